"""Every kind of insight, adapters as part of what an answer is kept under, and several questions about one passage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcli.store.migrations.steps import migrations, statements

if TYPE_CHECKING:
    from sqlite_utils import Database

# SQLite cannot change a check: the tables are made anew, children before parents, so that nothing is deleted in cascade.
_INSIGHTS = """
drop view episode_overview;
drop view takeaway_overview;
drop trigger insight_changes_episodes;
create table insight_new (
    id integer primary key,
    transcript_id integer not null references transcript(id) on delete cascade,
    kind text not null,
    model text not null,
    adapters text not null default '',
    prompt_version text not null,
    complete integer not null default 0,
    notice text not null default '',
    created_at text not null,
    unique (transcript_id, kind, model, adapters, prompt_version)
) strict;
create table insight_item_new (
    id integer primary key,
    insight_id integer not null references insight_new(id) on delete cascade,
    position integer not null,
    kind text not null,
    title text not null default '',
    text text not null,
    quote text not null,
    speaker text not null default '',
    start_s real not null,
    end_s real not null,
    score real not null default 0,
    unique (insight_id, position)
) strict;
create table evidence_new (
    item_id integer not null references insight_item_new(id) on delete cascade,
    sentence_number integer not null,
    primary key (item_id, sentence_number)
) strict, without rowid;
insert into insight_new (id, transcript_id, kind, model, adapters, prompt_version, complete, notice, created_at)
    select id, transcript_id, kind, model, adapters, prompt_version, complete, notice, created_at from insight;
insert into insight_item_new (id, insight_id, position, kind, text, quote, start_s, end_s)
    select id, insight_id, position, kind, text, quote, start_s, end_s from insight_item;
insert into evidence_new select item_id, sentence_number from evidence;
drop table evidence;
drop table insight_item;
drop table insight;
alter table insight_new rename to insight;
alter table insight_item_new rename to insight_item;
alter table evidence_new rename to evidence;
create index highlight_by_score on insight_item (score desc) where kind = 'highlight';
update or ignore job set kind = 'insights' where kind in ('takeaways', 'summary');
delete from job where kind in ('takeaways', 'summary');
drop table reading;
create table reading (
    id integer primary key,
    transcript_id integer not null references transcript(id) on delete cascade,
    model text not null,
    adapters text not null default '',
    prompt_version text not null,
    first_sentence integer not null,
    last_sentence integer not null,
    question text not null,
    answer text not null,
    created_at text not null,
    unique (transcript_id, model, adapters, prompt_version, first_sentence, last_sentence, question)
) strict;
create trigger insight_changes_episodes after insert on insight begin
    insert into episode_change (episode_id, seq)
    select e.id, (select coalesce(max(seq), 0) + 1 from episode_change) from transcript t join episode e
    on e.id = t.episode_id or e.id in (select episode_id from file where sha256 = t.audio_sha256)
    where t.id = new.transcript_id on conflict (episode_id) do update set seq = excluded.seq;
end;
create view episode_overview as
    select e.id, e.key, s.title as show, e.title, date(e.published_at) as published, round(e.duration_s / 60.0, 1) as minutes,
        e.triage, f.path as audio, coalesce(p.position_s, 0) as position_s, coalesce(p.finished, 0) as heard,
        (select t.model from transcript t where t.episode_id = e.id and t.complete order by t.id desc limit 1) as transcript,
        (select count(*) from insight i join transcript t on t.id = i.transcript_id
            where t.episode_id = e.id and i.complete) as insights
    from episode e join show s on s.id = e.show_id and s.removed_at is null
    left join file f on f.episode_id = e.id left join playback p on p.episode_id = e.id
    order by e.published_at desc;
create view insight_overview as
    select s.title as show, e.title as episode, n.kind as insight, n.model, i.position, i.kind, i.title, i.start_s, i.end_s,
        i.text, i.quote
    from insight_item i join insight n on n.id = i.insight_id join transcript t on t.id = n.transcript_id
    join episode e on e.id = t.episode_id join show s on s.id = e.show_id and s.removed_at is null
    order by e.published_at desc, n.id, i.position;
create view takeaway_overview as
    select show, episode, insight, model, position, start_s, end_s, text, quote from insight_overview
    where insight in ('takeaways', 'summary')
"""


@migrations()
def m003_insights(db: Database) -> None:
    """Chapters, highlights, mentions and the rest beside takeaways and summary; readings by question and adapters."""
    for statement in statements(_INSIGHTS):
        db.execute(statement)
