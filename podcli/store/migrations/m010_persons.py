"""Who takes part: hosts, guests and others, as the feed says."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcli.store.migrations.steps import migrations, statements

if TYPE_CHECKING:
    from sqlite_utils import Database

# `team` is the ``group`` of podcast:person, which is a word of SQL and would have to be quoted.
_PERSONS = """
create table person (
    id integer primary key,
    show_id integer references show(id) on delete cascade,
    episode_id integer references episode(id) on delete cascade,
    name text not null,
    role text not null,
    team text not null,
    link text not null default '',
    image_url text not null default '',
    check ((show_id is null) <> (episode_id is null))
) strict;
create index person_by_episode on person (episode_id) where episode_id is not null;
create index person_by_show on person (show_id) where show_id is not null;
"""


@migrations()
def m010_persons(db: Database) -> None:
    """A row belongs to an episode, or to a show: then it is for every episode that has none of its own."""
    for statement in statements(_PERSONS):
        db.execute(statement)
