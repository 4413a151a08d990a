"""The schema, as numbered steps that are only ever added to. The README describes the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcli.store.sqlite_light import Migrations

if TYPE_CHECKING:
    from sqlite_utils import Database

migrations = Migrations("podcli")

_INITIAL = """
create table show (
    id integer primary key,
    url text not null unique,
    kind text not null default 'feed' check (kind in ('feed', 'file', 'link')),
    title text not null,
    author text not null default '',
    description text not null default '',
    link text not null default '',
    image_url text not null default '',
    language text not null default '',
    etag text not null default '',
    last_modified text not null default '',
    fetched_at text,
    problem text not null default '',
    added_at text not null
) strict;
create table episode (
    id integer primary key,
    key text not null unique,
    show_id integer not null references show(id) on delete cascade,
    guid text not null,
    title text not null,
    published_at text,
    duration_s real,
    description text not null default '',
    link text not null default '',
    image_url text not null default '',
    season integer,
    number integer,
    explicit integer not null default 0,
    enclosure_url text not null,
    enclosure_type text not null default '',
    enclosure_bytes integer,
    chapters_url text not null default '',
    in_feed integer not null default 1,
    added_at text not null,
    unique (show_id, guid)
) strict;
create index episode_by_date on episode (published_at desc);
create index episode_by_show on episode (show_id, published_at desc);
create table transcript_link (
    id integer primary key,
    episode_id integer not null references episode(id) on delete cascade,
    url text not null,
    type text not null default '',
    language text not null default '',
    rel text not null default '',
    unique (episode_id, url)
) strict;
create table file (
    id integer primary key,
    episode_id integer not null unique references episode(id) on delete cascade,
    path text not null,
    sha256 text not null,
    bytes integer not null,
    type text not null default '',
    ours integer not null default 1,
    added_at text not null
) strict;
create table chapter (
    id integer primary key,
    episode_id integer not null references episode(id) on delete cascade,
    source text not null,
    position integer not null,
    start_s real not null,
    end_s real,
    title text not null,
    unique (episode_id, source, position)
) strict;
create table transcript (
    id integer primary key,
    episode_id integer not null references episode(id) on delete cascade,
    audio_sha256 text not null,
    source text not null check (source in ('publisher', 'whisper')),
    model text not null,
    decode_version text not null,
    language text not null default '',
    complete integer not null default 0,
    notice text not null default '',
    created_at text not null,
    finished_at text,
    unique (audio_sha256, model, decode_version)
) strict;
create index transcript_by_episode on transcript (episode_id);
create table segment (
    id integer primary key,
    transcript_id integer not null references transcript(id) on delete cascade,
    position integer not null,
    start_s real not null,
    end_s real not null,
    speaker text not null default '',
    text text not null,
    words text not null default '[]' check (json_valid(words)),
    unique (transcript_id, position)
) strict;
create table sentence (
    id integer primary key,
    transcript_id integer not null references transcript(id) on delete cascade,
    number integer not null,
    start_s real not null,
    end_s real not null,
    speaker text not null default '',
    text text not null,
    unique (transcript_id, number)
) strict;
create virtual table sentence_fts using fts5 (text, content='sentence', content_rowid='id', tokenize='porter unicode61');
create trigger sentence_fts_insert after insert on sentence begin
    insert into sentence_fts (rowid, text) values (new.id, new.text);
end;
create trigger sentence_fts_delete after delete on sentence begin
    insert into sentence_fts (sentence_fts, rowid, text) values ('delete', old.id, old.text);
end;
create trigger sentence_fts_update after update of text on sentence begin
    insert into sentence_fts (sentence_fts, rowid, text) values ('delete', old.id, old.text);
    insert into sentence_fts (rowid, text) values (new.id, new.text);
end;
create table reading (
    id integer primary key,
    transcript_id integer not null references transcript(id) on delete cascade,
    model text not null,
    prompt_version text not null,
    first_sentence integer not null,
    last_sentence integer not null,
    answer text not null,
    created_at text not null,
    unique (transcript_id, model, prompt_version, first_sentence, last_sentence)
) strict;
create table insight (
    id integer primary key,
    transcript_id integer not null references transcript(id) on delete cascade,
    kind text not null check (kind in ('takeaways', 'summary')),
    model text not null,
    adapters text not null default '',
    prompt_version text not null,
    complete integer not null default 0,
    notice text not null default '',
    created_at text not null,
    unique (transcript_id, kind, model, adapters, prompt_version)
) strict;
create table insight_item (
    id integer primary key,
    insight_id integer not null references insight(id) on delete cascade,
    position integer not null,
    kind text not null check (kind in ('claim', 'quote')),
    text text not null,
    quote text not null,
    start_s real not null,
    end_s real not null,
    unique (insight_id, position)
) strict;
create table evidence (
    item_id integer not null references insight_item(id) on delete cascade,
    sentence_number integer not null,
    primary key (item_id, sentence_number)
) strict, without rowid;
create table playback (
    episode_id integer primary key references episode(id) on delete cascade,
    position_s real not null default 0,
    finished integer not null default 0,
    updated_at text not null
) strict;
create table queue (
    episode_id integer primary key references episode(id) on delete cascade,
    position real not null
) strict;
create table job (
    id integer primary key,
    kind text not null,
    lane text not null check (lane in ('net', 'ml')),
    state text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed', 'cancelled', 'stopped')),
    episode_id integer references episode(id) on delete cascade,
    target text not null default '',
    title text not null default '',
    options text not null default '{}' check (json_valid(options)),
    after_id integer references job(id) on delete set null,
    priority integer not null default 0,
    done real not null default 0,
    total real,
    unit text not null default 'steps',
    stage text not null default '',
    rate real,
    left_s real,
    message text not null default '',
    hint text not null default '',
    exit_code integer not null default 0,
    result text not null default '{}' check (json_valid(result)),
    attempts integer not null default 0,
    pid integer,
    heartbeat_at text,
    created_at text not null,
    started_at text,
    finished_at text
) strict;
create unique index job_once on job (kind, coalesce(episode_id, 0), target, options) where state in ('queued', 'running');
create index job_waiting on job (lane, id) where state = 'queued';
create view episode_overview as
    select e.id, e.key, s.title as show, e.title, date(e.published_at) as published, round(e.duration_s / 60.0, 1) as minutes,
        f.path as audio, coalesce(p.position_s, 0) as position_s, coalesce(p.finished, 0) as heard,
        (select t.model from transcript t where t.episode_id = e.id and t.complete order by t.id desc limit 1) as transcript,
        (select count(*) from insight i join transcript t on t.id = i.transcript_id
            where t.episode_id = e.id and i.complete) as insights
    from episode e join show s on s.id = e.show_id
    left join file f on f.episode_id = e.id left join playback p on p.episode_id = e.id
    order by e.published_at desc;
create view takeaway_overview as
    select s.title as show, e.title as episode, n.kind as insight, n.model, i.position, i.start_s, i.end_s, i.text, i.quote
    from insight_item i join insight n on n.id = i.insight_id join transcript t on t.id = n.transcript_id
    join episode e on e.id = t.episode_id join show s on s.id = e.show_id
    order by e.published_at desc, n.id, i.position
"""


def _statements(script: str) -> list[str]:
    """Split at the semicolons that end a statement (``sqlite3.complete_statement`` knows triggers)."""
    import sqlite3

    statements, pending = [], ""
    for line in script.strip().splitlines():
        pending += line + "\n"
        if sqlite3.complete_statement(pending):
            statements.append(pending)
            pending = ""
    return [*statements, pending] if pending.strip() else statements


@migrations()
def m001_initial(db: Database) -> None:
    """Shows, episodes, files, transcripts with FTS5 over sentences, insights with evidence, playback, queue, jobs."""
    for statement in _statements(_INITIAL):
        db.execute(statement)


_LISTENING = """
alter table episode add column triage text not null default 'done' check (triage in ('inbox', 'later', 'done'));
alter table show add column removed_at text;
alter table playback add column heard text not null default '[]' check (json_valid(heard));
create index episode_card on episode (published_at desc, id, show_id, title, duration_s, triage);
create table show_setting (
    show_id integer primary key references show(id) on delete cascade,
    speed real,
    skip_intro_s real,
    skip_outro_s real,
    voice_boost integer,
    loudness text check (loudness in ('off', 'dynaudnorm', 'loudnorm')),
    smart_speed integer
) strict;
create table listened (
    day text not null,
    show_id integer not null,
    heard_s real not null default 0,
    wall_s real not null default 0,
    saved_speed_s real not null default 0,
    saved_gaps_s real not null default 0,
    saved_skips_s real not null default 0,
    primary key (day, show_id)
) strict, without rowid;
create table gap (
    audio_sha256 text primary key,
    spans text not null check (json_valid(spans)),
    created_at text not null
) strict;
create table now_playing (
    id integer primary key check (id = 1),
    pid integer not null,
    episode_id integer references episode(id) on delete cascade,
    state text not null check (json_valid(state)),
    updated_at text not null
) strict;
create table undo (
    id integer primary key,
    label text not null,
    steps text not null check (json_valid(steps)),
    created_at text not null
) strict;
create table remembered (
    key text primary key,
    value text not null check (json_valid(value))
) strict, without rowid;
create table episode_change (
    episode_id integer primary key,
    seq integer not null
) strict;
create index episode_change_by_seq on episode_change (seq);
drop view episode_overview;
create view episode_overview as
    select e.id, e.key, s.title as show, e.title, date(e.published_at) as published, round(e.duration_s / 60.0, 1) as minutes,
        e.triage, f.path as audio, coalesce(p.position_s, 0) as position_s, coalesce(p.finished, 0) as heard,
        (select t.model from transcript t where t.episode_id = e.id and t.complete order by t.id desc limit 1) as transcript,
        (select count(*) from insight i join transcript t on t.id = i.transcript_id
            where t.episode_id = e.id and i.complete) as insights
    from episode e join show s on s.id = e.show_id and s.removed_at is null
    left join file f on f.episode_id = e.id left join playback p on p.episode_id = e.id
    order by e.published_at desc;
drop view takeaway_overview;
create view takeaway_overview as
    select s.title as show, e.title as episode, n.kind as insight, n.model, i.position, i.start_s, i.end_s, i.text, i.quote
    from insight_item i join insight n on n.id = i.insight_id join transcript t on t.id = n.transcript_id
    join episode e on e.id = t.episode_id join show s on s.id = e.show_id and s.removed_at is null
    order by e.published_at desc, n.id, i.position
"""

# Not "insert or replace": inside a trigger the conflict rule of the statement that fired it would win (SQLite, CREATE TRIGGER).
_INTO_CHANGES = "insert into episode_change (episode_id, seq)"
_LATER = "(select coalesce(max(seq), 0) + 1 from episode_change)"
_OR_MOVE = "on conflict (episode_id) do update set seq = excluded.seq"
# Whatever changes what a list says of an episode: readers ask for what came after the last change they saw.
_CHANGES = {
    "episode": {
        "insert": ("", "new.id"),
        "update of show_id, title, published_at, duration_s, triage": (
            "when (old.show_id, old.title, old.published_at, old.duration_s, old.triage)"
            " is not (new.show_id, new.title, new.published_at, new.duration_s, new.triage)",
            "new.id",
        ),
        "delete": ("", "old.id"),
    },
    "playback": {
        "insert": ("", "new.episode_id"),
        "update of position_s, finished": ("when (old.position_s, old.finished) is not (new.position_s, new.finished)",
                                           "new.episode_id"),
        "delete": ("", "old.episode_id"),
    },
    "queue": {"insert": ("", "new.episode_id"), "update": ("", "new.episode_id"), "delete": ("", "old.episode_id")},
    "file": {"insert": ("", "new.episode_id"), "update": ("", "new.episode_id"), "delete": ("", "old.episode_id")},
    "transcript": {"delete": ("when old.complete", "old.episode_id")},
}  # fmt: skip
# What changes several episodes at once: trigger, event, and which episodes.
_WIDE_CHANGES = {
    "transcript_changes_episodes": (
        "update of complete on transcript",
        "select e.id, {later} from episode e left join file f on f.episode_id = e.id"
        " where e.id = new.episode_id or f.sha256 = new.audio_sha256",
    ),
    "insight_changes_episodes": (
        "insert on insight",
        "select e.id, {later} from transcript t join episode e"
        " on e.id = t.episode_id or e.id in (select episode_id from file where sha256 = t.audio_sha256)"
        " where t.id = new.transcript_id",
    ),
    "show_changes_episodes": (
        "update of removed_at on show when old.removed_at is not new.removed_at",
        "select id, {later} from episode where show_id = new.id",
    ),
}
_FRESH_PER_SHOW = 3


@migrations()
def m002_listening(db: Database) -> None:
    """Inbox, per-show playback, heard stretches, statistics, undo, what plays now, and which episodes changed when."""
    for statement in _statements(_LISTENING):
        db.execute(statement)
    for table, events in _CHANGES.items():
        for event, (condition, episode) in events.items():
            name = f"{table}_{event.split()[0]}_changes_episode"
            body = f"{_INTO_CHANGES} values ({episode}, {_LATER}) {_OR_MOVE};"
            db.execute(f"create trigger {name} after {event} on {table} {condition} begin {body} end")
    for name, (event, episodes) in _WIDE_CHANGES.items():
        body = f"{_INTO_CHANGES} {episodes.format(later=_LATER)} {_OR_MOVE};"
        db.execute(f"create trigger {name} after {event} begin {body} end")
    # Nobody wants an inbox of ten years: of what is there already, each show's newest few that were not heard.
    db.execute(
        """update episode set triage = 'inbox' where id in (
        select id from (select e.id, row_number() over (partition by e.show_id order by e.published_at desc, e.id desc) as n
            from episode e join show s on s.id = e.show_id left join playback p on p.episode_id = e.id
            where s.kind = 'feed' and not coalesce(p.finished, 0) and p.episode_id is null) where n <= ?)""",
        [_FRESH_PER_SHOW],
    )
    db.execute("insert or ignore into episode_change (episode_id, seq) select id, 1 from episode")
