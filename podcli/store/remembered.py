"""What is kept from one start to the next without being a setting: layout, sort order, where the cursor was."""

from __future__ import annotations

import json

from podcli.store.rows import Rows, like


class RememberedStore(Rows):
    """Rows of remembered: JSON values by name."""

    def remembered(self, key: str) -> object:
        """What was last remembered under `key`; None when nothing was."""
        row = self._db.execute("select value from remembered where key = ?", [key]).fetchone()
        found: object = json.loads(row[0]) if row else None
        return found

    def remembered_all(self, group: str) -> dict[str, object]:
        """Everything under ``group.…``, by the rest of its name."""
        rows = self._db.execute(
            "select key, value from remembered where key like ? escape '\\'", [like(f"{group}.").removeprefix("%")]
        )
        return {key[len(group) + 1 :]: json.loads(value) for key, value in rows}

    def remember(self, key: str, value: object) -> None:
        """Keep `value` (JSON) under `key`; None forgets it."""
        if value is None:
            self._db.execute("delete from remembered where key = ?", [key])
            return
        self._db.execute(
            """insert into remembered (key, value) values (?, ?)
            on conflict (key) do update set value = excluded.value where value <> excluded.value""",
            [key, json.dumps(value, sort_keys=True)],
        )
