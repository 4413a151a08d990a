"""What listening and deciding need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcli.store.migrations.steps import migrations, statements

if TYPE_CHECKING:
    from sqlite_utils import Database

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
    for statement in statements(_LISTENING):
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
