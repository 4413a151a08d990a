"""Moments a listener kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcli.store.migrations.steps import migrations, statements

if TYPE_CHECKING:
    from sqlite_utils import Database

_SNIPS = """
create table snip (
    id integer primary key,
    episode_id integer not null references episode(id) on delete cascade,
    start_s real not null,
    end_s real not null,
    at_s real not null,
    text text not null default '',
    speaker text not null default '',
    title text not null default '',
    summary text not null default '',
    takeaway text not null default '',
    model text not null default '',
    note text not null default '',
    tags text not null default '[]' check (json_valid(tags)),
    starred integer not null default 0,
    state text not null default 'kept' check (state in ('kept', 'transcribed', 'written', 'failed')),
    created_at text not null,
    edited_at text,
    removed_at text
) strict;
create index snip_by_episode on snip (episode_id, start_s);
"""


@migrations()
def m008_snips(db: Database) -> None:
    """A snip is a stretch of an episode, its words, and what was made of it; a removed one is kept for undo."""
    for statement in statements(_SNIPS):
        db.execute(statement)
