"""The schema as it began."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcli.store.migrations.steps import migrations, statements

if TYPE_CHECKING:
    from sqlite_utils import Database

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


@migrations()
def m001_initial(db: Database) -> None:
    """Shows, episodes, files, transcripts with FTS5 over sentences, insights with evidence, playback, queue, jobs."""
    for statement in statements(_INITIAL):
        db.execute(statement)
