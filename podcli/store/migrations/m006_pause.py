"""Work that waits because somebody said so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcli.store.migrations.steps import migrations

if TYPE_CHECKING:
    from sqlite_utils import Database


@migrations()
def m006_pause(db: Database) -> None:
    """When a job was paused; it waits like a queued one, but nobody takes it up."""
    db.execute("alter table job add column paused_at text")
