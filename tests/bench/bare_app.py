"""The peer of the screen's bench: a Textual app with one DataTable and nothing else."""

from __future__ import annotations

from textual.app import App, ComposeResult
from textual.widgets import DataTable


class BareApp(App[None]):
    """Twenty rows."""

    def compose(self) -> ComposeResult:
        """One table."""
        yield DataTable()

    def on_mount(self) -> None:
        """Fill it."""
        table = self.query_one(DataTable)
        table.add_columns("Episode", "Show", "Length")
        table.add_rows([(f"Episode number {n}", "A show", "48 min") for n in range(20)])


if __name__ == "__main__":
    BareApp().run()
