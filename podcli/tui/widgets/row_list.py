"""A list of many rows of any height that draws only the lines in sight: 20,000 sentences scroll as easily as ten."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Hashable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from podcli.tui.rows import Line, Row, cut, lay_out

_GUTTER = 3


class RowList(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows `Row`s with a cursor (``›``) and perhaps one row that is being played (``▶``).

    `Moved` tells that the cursor stands on another row, `Chosen` that somebody pressed Enter or clicked twice on one.
    """

    BINDING_GROUP_TITLE = "Lists"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down,j", "cursor(1)", "Down", show=False),
        Binding("up,k", "cursor(-1)", "Up", show=False),
        Binding("home,g", "edge(-1)", "Top", show=False),
        Binding("end,G", "edge(1)", "Bottom", show=False),
        Binding("pagedown", "page(1.0)", "Page down", show=False),
        Binding("pageup", "page(-1.0)", "Page up", show=False),
        Binding("ctrl+d", "page(0.5)", "Half a page down", show=False),
        Binding("ctrl+u", "page(-0.5)", "Half a page up", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"row--text", "row--dim", "row--head", "row--cursor", "row--marked"}
    DEFAULT_CSS = """
    RowList { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; background: $surface; }
    RowList > .row--text { color: $text; }
    RowList > .row--dim { color: $text-muted; }
    RowList > .row--head { color: $text; text-style: bold; }
    RowList > .row--marked { color: $text-accent; text-style: bold; }
    RowList > .row--cursor { background: $surface-lighten-2; }
    RowList:focus > .row--cursor { background: $primary 45%; text-style: bold; }
    """

    class Moved(Message):
        """The cursor stands on another row, or on none."""

        def __init__(self, rows: RowList, row: Row | None, by_person: bool) -> None:
            super().__init__()
            self.rows, self.row, self.by_person = rows, row, by_person

        @property
        def control(self) -> RowList:
            """The list."""
            return self.rows

    class Chosen(Message):
        """Enter or a double click."""

        def __init__(self, rows: RowList, row: Row) -> None:
            super().__init__()
            self.rows, self.row = rows, row

        @property
        def control(self) -> RowList:
            """The list."""
            return self.rows

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: list[Row] = []
        self._shown: list[Row] = []
        self._laid: list[tuple[Line, ...]] = []
        self._tops: list[int] = []
        self._height = self._lead = self._laid_width = 0
        self._cursor = -1
        self._told: Hashable = None
        self._marked: Hashable = None
        self._needle = ""

    @property
    def rows(self) -> Sequence[Row]:
        """All rows, also those the filter hides."""
        return self._rows

    @property
    def shown(self) -> Sequence[Row]:
        """The rows that match the filter."""
        return self._shown

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        return self._shown[self._cursor] if 0 <= self._cursor < len(self._shown) else None

    def set_rows(self, rows: Sequence[Row], *, start: int = 0, anew: bool = False) -> None:
        """Replace the rows from index `start` on. The cursor stays on the row it was on, the view where it was.

        `anew` says that these rows are about something else: back to the top.
        """
        key = None if anew or self.current is None else self.current.key
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

    def filter(self, needle: str) -> None:
        """Show only rows that contain `needle`."""
        key = self.current.key if self.current else None
        self._needle = needle.strip().casefold()
        self._filter()
        self._put_cursor(key)
        self.show_cursor()

    def mark(self, key: Hashable) -> None:
        """Which row is being played; None for none."""
        if key != self._marked:
            self._marked = key
            self.refresh()

    def go_to(self, key: Hashable, *, centre: bool = False) -> None:
        """Put the cursor on the row `key`, if it is shown."""
        for index, row in enumerate(self._shown):
            if row.key == key:
                self._move(index, by_person=False)
                self.show_cursor(centre=centre)
                return

    def go_to_index(self, index: int) -> None:
        """Put the cursor on row `index` of those shown and keep it near the middle."""
        if 0 <= index < len(self._shown) and index != self._cursor:
            self._move(index, by_person=False)
            self.show_cursor(centre=True)

    # Layout

    def _filter(self) -> None:
        self._shown = [row for row in self._rows if row.matches(self._needle)] if self._needle else self._rows
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
            lines = lay_out(row, max(8, width - _GUTTER), self._lead)
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

    def _row_at(self, line: int) -> int | None:
        index = bisect_right(self._tops, line) - 1
        return index if 0 <= index < len(self._laid) and line < self._height else None

    # Cursor

    def _put_cursor(self, key: Hashable) -> None:
        found = next((n for n, row in enumerate(self._shown) if row.key == key), -1) if key is not None else -1
        if found < 0:
            found = self._near(min(max(self._cursor, 0), len(self._shown) - 1), 1)
        self._move(found, by_person=False)

    def _near(self, index: int, step: int) -> int:
        """The next row from `index` on where the cursor may rest, looking the other way at the end; -1 for none."""
        for way in (step, -step):
            at = index
            while 0 <= at < len(self._shown):
                if self._shown[at].live:
                    return at
                at += way
        return -1

    def _move(self, index: int, *, by_person: bool) -> None:
        self._cursor = index
        key = self.current.key if self.current else None
        if key != self._told:
            if None in (key, self._told):
                self.refresh_bindings()  # whether Enter does something
            self._told = key
            # Without a sender of its own a message that began in our parent (a filter does) would not bubble past it.
            self.post_message(self.Moved(self, self.current, by_person).set_sender(self))
        self.refresh()

    def show_cursor(self, *, centre: bool = False) -> None:
        """Scroll so that the row under the cursor is in sight."""
        if not 0 <= self._cursor < len(self._tops):
            return  # nothing, or nothing laid out yet
        top, height = self._tops[self._cursor], len(self._laid[self._cursor])
        room, at = self.scrollable_content_region.height, round(self.scroll_y)
        if self._cursor == self._near(0, 1):
            top, height = 0, top + height  # what stands above the first row one can choose belongs to it
        if centre:
            target = top - max(0, (room - height) // 2)
        elif top < at or height > room:
            target = top
        elif top + height > at + room:
            target = top + height - room
        else:
            return
        # By force: right after the first layout Textual has not yet noticed that there is something to scroll.
        self.scroll_to(y=max(0, target), animate=False, immediate=True, force=True)

    def action_cursor(self, step: int) -> None:
        """One row up or down; within a row taller than the view, one line."""
        if not self._laid:  # not drawn yet
            self._step(self._cursor + step, step)
            return
        if not 0 <= self._cursor < len(self._tops):
            self.scroll_relative(y=step, animate=False, immediate=True)
            return
        top, height = self._tops[self._cursor], len(self._laid[self._cursor])
        room, at = self.scrollable_content_region.height, round(self.scroll_y)
        if height > room and (top + height > at + room if step > 0 else top < at):
            self.scroll_relative(y=step, animate=False, immediate=True)
            return
        self._step(self._cursor + step, step)

    def action_page(self, pages: float) -> None:
        """A page, or a part of it."""
        lines = round(self.scrollable_content_region.height * pages)
        if not self._laid:  # not drawn yet: how far a page goes is not known
            return
        if not 0 <= self._cursor < len(self._tops):
            self.scroll_relative(y=lines, animate=False, immediate=True)
            return
        line = min(max(self._tops[self._cursor] + lines, 0), self._height - 1)
        target = self._row_at(line)
        step = 1 if pages > 0 else -1
        if target is not None:
            self._step(target if target != self._cursor else self._cursor + step, step)

    def action_edge(self, way: int) -> None:
        """The first or the last row."""
        self._step(0 if way < 0 else len(self._shown) - 1, -way)

    def action_choose(self) -> None:
        """Open or play the row under the cursor."""
        if self.current is not None:
            self.post_message(self.Chosen(self, self.current))

    def _step(self, index: int, step: int) -> None:
        index = self._near(min(max(index, 0), len(self._shown) - 1), step)
        if index >= 0:
            self._move(index, by_person=True)
            self.show_cursor()

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor, a double click chooses."""
        index = self._row_at(event.y + round(self.scroll_y))
        if index is not None and self._shown[index].live:
            self._move(index, by_person=True)
            if event.chain == 2:
                self.action_choose()

    # Drawing

    def render_line(self, y: int) -> Strip:
        """Line `y` of what is in sight."""
        width = self.scrollable_content_region.width
        line_number = y + round(self.scroll_y)
        index = self._row_at(line_number)
        base = self.rich_style
        if index is None:
            return Strip.blank(width, base)
        row, number = self._shown[index], line_number - self._tops[index]
        if number >= len(self._laid[index]):
            return Strip.blank(width, base)
        line = self._laid[index][number]
        under, marked = index == self._cursor, row.key == self._marked and self._marked is not None
        under = under and not (row.gap and number == len(self._laid[index]) - 1)
        cursor = ("row--cursor",) if under else ()
        look = self._look("row--marked" if marked and line.tone == "text" else f"row--{line.tone}", *cursor)
        dim = self._look("row--dim", *cursor)
        gutter = ("›" if under and not number else " ") + ("▶" if marked and not number else " ") + " "
        left = cut(line.text, max(1, width - _GUTTER - cell_len(line.lead) - (cell_len(line.tail) + 1 if line.tail else 0)))
        used = _GUTTER + cell_len(line.lead) + cell_len(left)
        pad = max(0, width - used - cell_len(line.tail))
        segments = [Segment(gutter, look), Segment(line.lead, dim), Segment(left, look), Segment(" " * pad, look)]
        return Strip([*segments, Segment(line.tail, dim)] if line.tail else segments, width)

    def _look(self, *names: str) -> Style:
        return self.get_component_rich_style(*names)
