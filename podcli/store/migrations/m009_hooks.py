"""A third lane of work: the listener's own commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcli.store.migrations.steps import migrations, statements

if TYPE_CHECKING:
    from sqlite_utils import Database

# SQLite cannot change a check: a new table takes the rows over (https://www.sqlite.org/lang_altertable.html, section 7).
_JOBS = """
create table job_new (
    id integer primary key,
    kind text not null,
    lane text not null check (lane in ('net', 'ml', 'hook')),
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
    finished_at text,
    paused_at text
) strict;
insert into job_new select * from job;
drop table job;
alter table job_new rename to job;
create unique index job_once on job (kind, coalesce(episode_id, 0), target, options) where state in ('queued', 'running');
create index job_waiting on job (lane, id) where state = 'queued';
"""


@migrations()
def m009_hooks(db: Database) -> None:
    """Work of the lane ``hook``."""
    for statement in statements(_JOBS):
        db.execute(statement)
