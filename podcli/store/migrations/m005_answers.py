"""Questions, and what episodes say to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcli.store.migrations.steps import migrations, statements

if TYPE_CHECKING:
    from sqlite_utils import Database

_ANSWERS = """
create table answer (
    id integer primary key,
    identity text not null unique,
    question text not null,
    understood text not null default '',
    follows integer references answer(id) on delete set null,
    scope text not null default '{}' check (json_valid(scope)),
    scope_words text not null default '',
    transcripts integer not null default 0,
    model text not null,
    adapters text not null default '',
    prompt_version text not null,
    answered integer not null default 0,
    complete integer not null default 0,
    searches text not null default '[]' check (json_valid(searches)),
    notice text not null default '',
    asked_at text not null
) strict;
create table citation (
    id integer primary key,
    answer_id integer not null references answer(id) on delete cascade,
    position integer not null,
    kind text not null,
    text text not null,
    quote text not null,
    speaker text not null default '',
    episode_id integer not null references episode(id) on delete cascade,
    sentences text not null default '[]' check (json_valid(sentences)),
    start_s real not null,
    end_s real not null,
    unique (answer_id, position)
) strict;
create index citation_by_episode on citation (episode_id)
"""


@migrations()
def m005_answers(db: Database) -> None:
    """What was asked of which transcripts, and each sentence of the answer with where it was said."""
    for statement in statements(_ANSWERS):
        db.execute(statement)
