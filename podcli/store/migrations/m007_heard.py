"""Which stretches of the audio a transcript covers: the part that plays is heard before what comes earlier."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcli.store.migrations.steps import migrations

if TYPE_CHECKING:
    from sqlite_utils import Database


@migrations()
def m007_heard(db: Database) -> None:
    """Merged stretches, seconds, as a JSON array of pairs. What was begun before covers all up to its last word."""
    db.execute("alter table transcript add column heard text not null default '[]' check (json_valid(heard))")
    db.execute(
        """update transcript set heard = json_array(json_array(0.0, s.end_s))
        from (select transcript_id, max(end_s) as end_s from segment group by transcript_id) s
        where s.transcript_id = transcript.id and not complete"""
    )
