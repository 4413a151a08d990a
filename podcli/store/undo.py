"""What can be undone: each act as words for a person and the steps that take it back, as data."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from podcli.domain import Undo
from podcli.store.connection import now, parse_time, writing
from podcli.store.rows import Rows

KEPT = 100
Step = dict[str, Any]
"""``do`` names the kind of step (see `services.undo`); the rest is what it needs, as JSON."""


class UndoStore(Rows):
    """Rows of undo, any process's."""

    def push(self, label: str, steps: Sequence[Step]) -> None:
        """Note an act that was just done; the oldest beyond `KEPT` are forgotten."""
        with writing(self._db):
            self._db.execute(
                "insert into undo (label, steps, created_at) values (?, ?, ?)",
                [label, json.dumps(list(steps), separators=(",", ":")), now()],
            )
            self._db.execute("delete from undo where id <= (select id from undo order by id desc limit 1 offset ?)", [KEPT])

    def last(self, limit: int = 1) -> list[Undo]:
        """The newest acts, newest first."""
        rows = self._db.execute("select id, label, created_at from undo order by id desc limit ?", [limit])
        return [Undo(row[0], row[1], at) for row in rows if (at := parse_time(row[2]))]

    def steps(self) -> list[Step]:
        """Those of the newest act."""
        row = self._db.execute("select steps from undo order by id desc limit 1").fetchone()
        return list(json.loads(row[0])) if row else []

    def take(self) -> tuple[Undo, list[Step]] | None:
        """The newest act and its steps, no longer kept; None when there is none."""
        with writing(self._db):
            newest = self.last()
            steps = self.steps()
            if not newest:
                return None
            self._db.execute("delete from undo where id = ?", [newest[0].id])
        return newest[0], steps
