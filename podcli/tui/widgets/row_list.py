"""A list of many rows of any height, each laid out once."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from rich.cells import cell_len
from textual import events
from textual.geometry import Size

from podcli.text import clean_line
from podcli.tui.rows import Line, Row, lay_out
from podcli.tui.widgets.scroll_list import GUTTER, ScrollList

_NOTHING = ("nothing", "found")


class RowList(ScrollList):
    """Shows `Row`s."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: list[Row] = []
        self._shown: list[Row] = []
        self._laid: list[tuple[Line, ...]] = []
        self._tops: list[int] = []
        self._lead = self._laid_width = 0
        self._needle = self._sought = ""

    @property
    def rows(self) -> Sequence[Row]:
        """All rows, also those the filter hides."""
        return self._rows

    @property
    def shown(self) -> Sequence[Row]:
        """The rows that match the filter."""
        return self._shown

    def _length(self) -> int:
        return len(self._shown)

    def _row(self, index: int) -> Row:
        return self._shown[index]

    def _lines(self, index: int) -> Sequence[Line]:
        return self._laid[index]

    def set_rows(self, rows: Sequence[Row], *, start: int = 0, anew: bool = False) -> None:
        """Replace the rows from index `start` on. The cursor stays on the row it was on, and that row where it was.

        `anew` says that these rows are about something else: back to the top.
        """
        key = None if anew or self.current is None else self.current.key
        before = self._tops[self._cursor] if key is not None and self._cursor < len(self._tops) else None
        if anew:
            self._cursor = -1
            self.scroll_to(y=0, animate=False, immediate=True)
        if start and start == len(self._rows) and not self._needle and self._laid_width:
            self._rows.extend(rows)
            self._shown = self._rows
            self._lay_out_from(start)
        else:
            self._rows[start:] = rows
            self._filter()
        self._put_cursor(key)
        if before is not None and self.current is not None and self.current.key == key and self._cursor < len(self._tops):
            self._shift(self._tops[self._cursor] - before)

    def _shift(self, lines: int) -> None:
        """What the listener looks at stands still, whatever came or went above it."""
        if lines:
            self.scroll_to(y=max(0, self.scroll_y + lines), animate=False, immediate=True, force=True)

    def show_top(self, key: Hashable) -> None:
        """Scroll so that the row `key` is the first in sight."""
        index = self._index(key)
        if 0 <= index < len(self._tops):
            self.scroll_to(y=self._tops[index], animate=False, immediate=True, force=True)

    def filter(self, needle: str) -> None:
        """Show only rows that contain `needle`."""
        key = self.current.key if self.current else None
        self._needle, self._sought = needle.strip().casefold(), needle.strip()
        self._filter()
        self._put_cursor(key)
        self.show_cursor()

    # Layout

    def _filter(self) -> None:
        self._shown = [row for row in self._rows if row.matches(self._needle)] if self._needle else self._rows
        if not self._shown and self._rows:
            self._shown = [Row(_NOTHING, f"Nothing here has “{clean_line(self._sought, limit=60)}”.", tone="dim", live=False)]
        self._lay_out_from(0)

    def _lay_out_from(self, start: int) -> None:
        if not self.display:  # a tab in the back: when it comes to the front
            self._laid, self._tops, self._height, self._laid_width = [], [], 0, 0
            return
        width = self.scrollable_content_region.width
        lead = max((cell_len(row.lead) for row in self._shown[start:]), default=0)
        lead = lead + 1 if lead else 0
        if start and lead > self._lead:
            start = 0
        if not start:
            self._laid, self._tops, self._height = [], [], 0
            self._lead = lead
        self._laid_width = width
        for row in self._shown[start:]:
            lines = lay_out(row, max(8, width - GUTTER), self._lead)
            self._laid.append(lines)
            self._tops.append(self._height)
            self._height += len(lines)
        self.virtual_size = Size(width, self._height)
        self.refresh()

    def on_show(self, event: events.Show) -> None:
        """Lay out what came while this was hidden."""
        self._fit()

    def on_resize(self, event: events.Resize) -> None:
        """Wrap anew when the width changed."""
        self._fit()

    def _fit(self) -> None:
        if self.scrollable_content_region.width != self._laid_width:
            top = self._row_at(round(self.scroll_y))
            self._lay_out_from(0)
            if top is not None:
                self.scroll_to(y=self._tops[top], animate=False, immediate=True, force=True)
        self.show_cursor()
