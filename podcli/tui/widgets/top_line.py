"""The views one can go to, and how much waits in each."""

from __future__ import annotations

from collections.abc import Mapping

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from podcli.tui.rows import cut


class TopLine(Widget):
    """``1 Inbox 12   2 Shows   3 Queue 4 …``; where there is no room for all, only where one is."""

    DEFAULT_CSS = "TopLine { height: 1; padding: 0 1; background: $panel; color: $text; dock: top; }"

    class Opened(Message):
        """The listener clicked a view."""

        def __init__(self, view: str) -> None:
            super().__init__()
            self.view = view

    counts: reactive[Mapping[str, int]] = reactive(dict, layout=False)
    held: reactive[str] = reactive("")
    """What to say when another podcli holds the library, or what is being typed (a count)."""

    def __init__(self, views: Mapping[str, tuple[str, str]], at: str) -> None:
        """`views`: name → (key, label)."""
        super().__init__()
        self._views, self._at = views, at

    def render(self) -> Content:
        """The line."""
        width = max(8, self.content_size.width)
        full = self._fitting(width)
        if _columns(full) > width:
            full = [part for part in full if part[1]]
        parts: list[str | tuple[str, str]] = []
        for text, here in full:
            parts += ["  " if parts else "", (text, "bold reverse") if here else text]
        room = width - _columns(full)
        if self.held and room > 3:
            parts.append((cut(self.held, room - 1).rjust(room), "bold"))
        return Content.assemble(*parts)

    def on_click(self, event: events.Click) -> None:
        """To the view that was clicked."""
        starts = [(name, column) for name, _, column in self.columns() if column <= event.x]
        if starts:
            self.post_message(self.Opened(starts[-1][0]))

    def columns(self) -> list[tuple[str, str, int]]:
        """Name, label and first column of each view."""
        found, at = [], 1
        for (text, _), (name, (_, label)) in zip(self._fitting(self.content_size.width), self._views.items(), strict=True):
            found.append((name, label, at))
            at += cell_len(text) + 2
        return found

    def _fitting(self, width: int) -> list[tuple[str, bool]]:
        """All names with room around them, or without, or only the keys."""
        room = width - (cell_len(self.held) + 2 if self.held else 0)
        roomy = self._parts(labels=True)
        tight = [(text if here else text.strip(), here) for text, here in roomy]
        return next((parts for parts in (roomy, tight) if _columns(parts) <= room), self._parts(labels=False))

    def _parts(self, *, labels: bool) -> list[tuple[str, bool]]:
        found = []
        for name, (key, label) in self._views.items():
            count = self.counts.get(name, 0)
            number = f" {count:,}" if count else ""
            here = name == self._at
            found.append((f" {key} {label}{number} " if labels or here else key, here))
        return found


def _columns(parts: list[tuple[str, bool]]) -> int:
    return sum(cell_len(text) for text, _ in parts) + 2 * max(0, len(parts) - 1)
