"""Vectors of passages, so that what was meant is found too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcli.store.migrations.steps import migrations, statements

if TYPE_CHECKING:
    from sqlite_utils import Database

_SEARCH = """
create table passage (
    id integer primary key,
    transcript_id integer not null references transcript(id) on delete cascade,
    position integer not null,
    first_sentence integer not null,
    last_sentence integer not null,
    start_s real not null,
    end_s real not null,
    unique (transcript_id, position)
) strict;
create table passage_vectors (
    transcript_id integer primary key references transcript(id) on delete cascade,
    model text not null,
    passages integer not null,
    vectors blob not null
) strict
"""


@migrations()
def m004_search(db: Database) -> None:
    """Passages of transcripts, and for each transcript the vectors of its passages (int8, one row after the other)."""
    for statement in statements(_SEARCH):
        db.execute(statement)
