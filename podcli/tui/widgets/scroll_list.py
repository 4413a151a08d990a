"""What every list shares: a cursor (``›``), a mark for what plays (``▶``), scrolling, and drawing only the lines in sight."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from podcli.tui.rows import Line, Row, cut

GUTTER = 3
_MARK = Style(bold=True, underline=True)


def one() -> int:
    """How often a motion is done when nobody typed a count."""
    return 1


class ScrollList(ScrollView, can_focus=True, inherit_bindings=False):
    """A list of items that are some lines tall. Subclasses know the items; `_tops` holds the first line of each.

    `Moved` tells that the cursor stands on another item, `Chosen` that somebody pressed Enter or clicked twice on one. Keys are
    bound by the screen (see `tui.keys`); the methods are named after the commands.
    """

    BINDING_GROUP_TITLE = "Lists"
    COMPONENT_CLASSES: ClassVar[set[str]] = {"row--text", "row--dim", "row--head", "row--cursor", "row--marked"}
    DEFAULT_CSS = """
    ScrollList { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; scrollbar-gutter: stable; background: $surface; }
    ScrollList > .row--text { color: $text; }
    ScrollList > .row--dim { color: $text-muted; }
    ScrollList:ansi > .row--dim { text-style: dim; }
    ScrollList > .row--head { color: $text; text-style: bold; }
    ScrollList > .row--marked { color: $text-accent; text-style: bold; }
    ScrollList > .row--cursor { background: $surface-lighten-2; }
    ScrollList:focus > .row--cursor { background: $primary 45%; text-style: bold; }
    """

    class Moved(Message):
        """The cursor stands on another row, or on none."""

        def __init__(self, rows: ScrollList, row: Row | None, by_person: bool) -> None:
            super().__init__()
            self.rows, self.row, self.by_person = rows, row, by_person

        @property
        def control(self) -> ScrollList:
            """The list."""
            return self.rows

    class Chosen(Message):
        """Enter or a double click."""

        def __init__(self, rows: ScrollList, row: Row) -> None:
            super().__init__()
            self.rows, self.row = rows, row

        @property
        def control(self) -> ScrollList:
            """The list."""
            return self.rows

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.count: Callable[[], int] = one
        """How often the next motion is to be done; asking uses it up."""
        self._tops: Sequence[int] = ()
        self._height = 0
        self._cursor = -1
        self._told: Hashable = None
        self._marked: Hashable = None

    def on_mount(self) -> None:
        """Get the keys."""
        if (give := getattr(self.screen, "bind_list", None)) is not None:
            give(self)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where nothing is, nothing opens."""
        return False if action == "list_open" and self.current is None else super().check_action(action, parameters)

    # What subclasses know

    def _length(self) -> int:
        """How many items there are."""
        raise NotImplementedError

    def _row(self, index: int) -> Row:
        """Item `index`."""
        raise NotImplementedError

    def _lines(self, index: int) -> Sequence[Line]:
        """Its lines, as many as `_tops` says."""
        raise NotImplementedError

    def _key(self, index: int) -> Hashable:
        """What it stands for."""
        return self._row(index).key

    def _live(self, index: int) -> bool:
        """Whether the cursor may rest on it."""
        return self._row(index).live

    # Looking

    @property
    def current(self) -> Row | None:
        """The row under the cursor."""
        return self._row(self._cursor) if 0 <= self._cursor < self._length() else None

    @property
    def cursor(self) -> int:
        """The index of the row under the cursor, -1 for none."""
        return self._cursor

    def mark(self, key: Hashable) -> None:
        """Which row is being played; None for none."""
        if key != self._marked:
            self._marked = key
            self.refresh()

    def go_to(self, key: Hashable, *, centre: bool = False) -> bool:
        """Put the cursor on the row `key`, if it is shown; whether it is."""
        index = self._index(key)
        if index >= 0:
            self._move(index, by_person=False)
            self.show_cursor(centre=centre)
        return index >= 0

    def go_to_index(self, index: int) -> None:
        """Put the cursor on row `index` of those shown and keep it near the middle."""
        if 0 <= index < self._length() and index != self._cursor:
            self._move(index, by_person=False)
            self.show_cursor(centre=True)

    def _index(self, key: Hashable) -> int:
        return next((n for n in range(self._length()) if self._key(n) == key), -1) if key is not None else -1

    def _tall(self, index: int) -> int:
        """How many lines item `index` has."""
        return (self._tops[index + 1] if index + 1 < len(self._tops) else self._height) - self._tops[index]

    def _row_at(self, line: int) -> int | None:
        index = bisect_right(self._tops, line) - 1
        return index if 0 <= index < len(self._tops) and line < self._height else None

    # Cursor

    def _put_cursor(self, key: Hashable) -> None:
        found = self._index(key)
        if found < 0:
            found = self._near(min(max(self._cursor, 0), self._length() - 1), 1)
        self._move(found, by_person=False)

    def _near(self, index: int, step: int) -> int:
        """The next row from `index` on where the cursor may rest, looking the other way at the end; -1 for none."""
        step = 1 if step > 0 else -1
        for way in (step, -step):
            at = index
            while 0 <= at < self._length():
                if self._live(at):
                    return at
                at += way
        return -1

    def _move(self, index: int, *, by_person: bool) -> None:
        self._cursor = index
        key = self._key(index) if 0 <= index < self._length() else None
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
        top, height = self._tops[self._cursor], self._tall(self._cursor)
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

    def _cursor_by(self, step: int) -> None:
        """So many rows on or back; within a row taller than the view, lines."""
        if not self._tops:  # not drawn yet
            self._step(self._cursor + step, step)
            return
        if not 0 <= self._cursor < len(self._tops):
            self.scroll_relative(y=step, animate=False, immediate=True)
            return
        top, height = self._tops[self._cursor], self._tall(self._cursor)
        room, at = self.scrollable_content_region.height, round(self.scroll_y)
        if height > room and (top + height > at + room if step > 0 else top < at):
            self.scroll_relative(y=step, animate=False, immediate=True)
            return
        self._step(self._cursor + step, step)

    def _page_by(self, pages: float) -> None:
        """So many pages, or a part of one."""
        lines = round(self.scrollable_content_region.height * pages)
        if not self._tops:  # not drawn yet: how far a page goes is not known
            return
        if not 0 <= self._cursor < len(self._tops):
            self.scroll_relative(y=lines, animate=False, immediate=True)
            return
        line = min(max(self._tops[self._cursor] + lines, 0), self._height - 1)
        target = self._row_at(line)
        step = 1 if pages > 0 else -1
        if target is not None:
            self._step(target if target != self._cursor else self._cursor + step, step)

    def _step(self, index: int, step: int) -> None:
        index = self._near(min(max(index, 0), self._length() - 1), step)
        if index >= 0:
            self._move(index, by_person=True)
            self.show_cursor()

    # Commands

    def action_list_down(self) -> None:
        """Down."""
        self._cursor_by(self.count())

    def action_list_up(self) -> None:
        """Up."""
        self._cursor_by(-self.count())

    def action_list_page_down(self) -> None:
        """A page down."""
        self._page_by(1.0 * self.count())

    def action_list_page_up(self) -> None:
        """A page up."""
        self._page_by(-1.0 * self.count())

    def action_list_half_down(self) -> None:
        """Half a page down."""
        self._page_by(0.5 * self.count())

    def action_list_half_up(self) -> None:
        """Half a page up."""
        self._page_by(-0.5 * self.count())

    def action_list_top(self) -> None:
        """The first row."""
        self._step(0, 1)

    def action_list_bottom(self) -> None:
        """The last row; with a count, that row."""
        count = self.count()
        self._step(count - 1 if count > 1 else self._length() - 1, -1)

    def action_list_open(self) -> None:
        """Open or play the row under the cursor."""
        if self.current is not None:
            self.post_message(self.Chosen(self, self.current))

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor, a double click chooses."""
        index = self._row_at(event.y + round(self.scroll_y))
        if index is not None and self._live(index):
            self._move(index, by_person=True)
            if event.chain == 2:
                self.action_list_open()

    # Drawing

    def render_line(self, y: int) -> Strip:
        """Line `y` of what is in sight."""
        width = self.scrollable_content_region.width
        line_number = y + round(self.scroll_y)
        index = self._row_at(line_number)
        if index is None:
            return Strip.blank(width, self.rich_style)
        row, lines, number = self._row(index), self._lines(index), line_number - self._tops[index]
        if number >= len(lines):
            return Strip.blank(width, self.rich_style)
        line = lines[number]
        under, marked = index == self._cursor, row.key == self._marked and self._marked is not None
        under = under and not (row.gap and number == len(lines) - 1)
        cursor = ("row--cursor",) if under else ()
        look = self._look("row--marked" if marked and line.tone == "text" and not number else f"row--{line.tone}", *cursor)
        dim = self._look("row--dim", *cursor)
        gutter = ("›" if under and not number else " ") + ("▶" if marked and not number else " ") + " "
        left = cut(line.text, max(1, width - GUTTER - cell_len(line.lead) - (cell_len(line.tail) + 1 if line.tail else 0)))
        used = GUTTER + cell_len(line.lead) + cell_len(left)
        pad = max(0, width - used - cell_len(line.tail))
        text = _standing_out(left, line.marks, look) if line.marks else [Segment(left, look)]
        segments = [Segment(gutter, look), Segment(line.lead, dim), *text, Segment(" " * pad, look)]
        return Strip([*segments, Segment(line.tail, dim)] if line.tail else segments, width)

    def _look(self, *names: str) -> Style:
        return self.get_component_rich_style(*names)


def _standing_out(text: str, marks: Sequence[tuple[int, int]], look: Style) -> list[Segment]:
    """`text`, with the stretches in `marks` bold and underlined: no colour would do on every ground."""
    found, at = list[Segment](), 0
    for first, last in marks:
        found += [Segment(text[at:first], look), Segment(text[first:last], look + _MARK)]
        at = last
    return [*found, Segment(text[at:], look)]
