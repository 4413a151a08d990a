"""All work: what runs, what waits, what became of the rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from podcli.domain import Job, JobId
from podcli.tui import phrases
from podcli.tui.rows import Row
from podcli.tui.widgets.key_line import KeyLine
from podcli.tui.widgets.panes import ListPane
from podcli.tui.widgets.row_list import RowList

if TYPE_CHECKING:
    from podcli.tui.app import PodcliApp


class JobsScreen(Screen[None]):
    """The newest jobs, newest first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("x", "stop_work", "Stop it"),
        Binding("r", "retry", "Try it again"),
        Binding("slash", "filter", "Filter", key_display="/"),
        Binding("escape,J,q", "app.pop_screen", "Back", key_display="esc"),
    ]

    def __init__(self, recent: Sequence[Job]) -> None:
        super().__init__()
        self._recent = recent

    def compose(self) -> ComposeResult:
        """A list and its keys."""
        yield ListPane("Work", id="jobs")
        yield KeyLine()

    def on_mount(self) -> None:
        """Show what is known."""
        self.show(self._recent)
        self._rows.focus()

    @property
    def _rows(self) -> RowList:
        return self.query_one(RowList)

    def show(self, recent: Sequence[Job]) -> None:
        """These are the jobs now."""
        nothing = [Row("none", "There has been no work yet.", tone="dim", live=False)]
        self._rows.set_rows(phrases.job_rows(recent) or nothing)

    def _selected(self) -> JobId | None:
        row = self._rows.current
        return JobId(row.key) if row is not None and isinstance(row.key, int) else None

    def action_stop_work(self) -> None:
        """Stop the job under the cursor, and those that wait for it."""
        if (job_id := self._selected()) is not None:
            cast("PodcliApp", self.app).bridge.cancel(job_id)

    def action_retry(self) -> None:
        """Go on with the job under the cursor from where it was."""
        if (job_id := self._selected()) is not None:
            cast("PodcliApp", self.app).bridge.retry(job_id)

    def action_filter(self) -> None:
        """Type what to look for."""
        self.query_one(ListPane).start_filter()
