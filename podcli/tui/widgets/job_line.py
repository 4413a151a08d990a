"""One line about the work that runs now; not there while there is none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from podcli.domain import Job
from podcli.text import clean_line
from podcli.tui import working
from podcli.tui.rows import cut

if TYPE_CHECKING:
    from podcli.tui.screens.base import BaseScreen

_BAR = 12


class JobLine(Widget):
    """Stage, share, rate, time left, and how many jobs wait."""

    DEFAULT_CSS = """
    JobLine { height: 1; padding: 0 1; background: $surface; color: $text; display: none; }
    JobLine.-working { display: block; }
    """

    active: reactive[Sequence[Job]] = reactive(())

    def watch_active(self, active: Sequence[Job]) -> None:
        """Out of the way while nothing is to be done."""
        self.set_class(bool(active), "-working")

    def render(self) -> Content:
        """The line."""
        if not self.active:
            return Content("")
        width, job = max(10, self.content_size.width), self.active[0]
        done = working.share(job.progress) if job.state == "running" else None
        waiting = len(self.active) - 1
        parts = [
            working.doing(job),
            f"“{clean_line(job.title or job.target, limit=80)}”",
            f"+{waiting} waiting" if waiting else "",
        ]
        line = "⚙ " + " · ".join(part for part in parts if part)
        if done is not None and width >= 60:
            line = f"⚙ {working.bar(done, _BAR)} {line[2:]}"
        tail = f"  {self._way_out()}" if width >= 60 else ""
        return Content(cut(line, width - cell_len(tail)) + tail)

    def _way_out(self) -> str:
        """What to press about it: its own keys work only where all work is listed (elsewhere x deletes a file)."""
        screen = cast("BaseScreen", self.screen)
        command, does = "view.jobs", "shows it"
        if screen.VIEW == "jobs":
            command, does = ("jobs.pause", "goes on") if self.active[0].state == "paused" else ("jobs.cancel", "stops it")
        keys = screen.podcli.keys.shown(command)
        return f"{keys} {does}" if keys else ""
