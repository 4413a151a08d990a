"""What the steps are registered with."""

from __future__ import annotations

from podcli.store.sqlite_light import Migrations

migrations = Migrations("podcli")


def statements(script: str) -> list[str]:
    """Split at the semicolons that end a statement (``sqlite3.complete_statement`` knows triggers)."""
    import sqlite3

    found, pending = list[str](), ""
    for line in script.strip().splitlines():
        pending += line + "\n"
        if sqlite3.complete_statement(pending):
            found.append(pending)
            pending = ""
    return [*found, pending] if pending.strip() else found
