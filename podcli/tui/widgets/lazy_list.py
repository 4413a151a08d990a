"""A list of very many items, of which only those in sight are ever made into rows."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from functools import lru_cache
from itertools import accumulate

from textual import events
from textual.geometry import Size

from podcli.tui.rows import Line, Row, fixed
from podcli.tui.widgets.scroll_list import GUTTER, ScrollList

_KEPT = 400


class LazyList(ScrollList):
    """Items known by their keys; `make` turns one into a row when it comes into sight.

    An item is two lines tall, and two more when its key is in `tall`.
    """

    def __init__(self, make: Callable[[Hashable], Row], *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._keys: Sequence[Hashable] = ()
        self._tallest: frozenset[Hashable] = frozenset()
        self._made = lru_cache(_KEPT)(make)
        self._laid = lru_cache(_KEPT)(self._lay_out)

    @property
    def keys(self) -> Sequence[Hashable]:
        """What is listed, in order."""
        return self._keys

    def set_keys(self, keys: Sequence[Hashable], *, tall: frozenset[Hashable] = frozenset(), anew: bool = False) -> None:
        """List these. The cursor stays on the item it was on, or at its place when that is gone, and the view where it was.

        `anew` says that they are about something else: back to the top.
        """
        key = self._key(self._cursor) if 0 <= self._cursor < len(self._keys) and not anew else None
        offset = self._tops[self._cursor] - round(self.scroll_y) if key is not None else 0
        if anew:
            self._cursor = -1
        self._keys, self._tallest = keys, tall
        self._tops = (
            list(accumulate((4 if each in tall else 2 for each in keys), initial=0)) if tall else range(0, 2 * len(keys) + 1, 2)
        )
        self._height = self._tops[-1]
        self._tops = self._tops[:-1]
        self.virtual_size = Size(self.scrollable_content_region.width, self._height)
        self.forget()
        self._put_cursor(key)
        if anew:
            self.scroll_to(y=0, animate=False, immediate=True, force=True)
        elif key is not None and 0 <= self._cursor < len(keys):
            # What the listener looks at stands still, whatever came or went above it.
            self.scroll_to(y=max(0, self._tops[self._cursor] - offset), animate=False, immediate=True, force=True)

    def forget(self) -> None:
        """Items may read differently now: make those in sight anew."""
        self._made.cache_clear()
        self._laid.cache_clear()
        self.refresh()

    def range_from_cursor(self, count: int) -> list[Hashable]:
        """The key under the cursor and those after it, `count` in all."""
        return list(self._keys[self._cursor : self._cursor + count]) if self._cursor >= 0 else []

    def place(self, key: Hashable) -> int | None:
        """Which it is, counted from 1."""
        index = self._index(key)
        return index + 1 if index >= 0 else None

    def on_resize(self, event: events.Resize) -> None:
        """Another width reads differently."""
        self.virtual_size = Size(self.scrollable_content_region.width, self._height)
        self._laid.cache_clear()
        self.show_cursor()

    def _length(self) -> int:
        return len(self._keys)

    def _key(self, index: int) -> Hashable:
        return self._keys[index]

    def _live(self, index: int) -> bool:
        return True

    def _index(self, key: Hashable) -> int:
        if key is None:
            return -1
        if 0 <= self._cursor < len(self._keys) and self._keys[self._cursor] == key:
            return self._cursor
        try:
            return self._keys.index(key)  # half a millisecond for 50,000 of them
        except ValueError:
            return -1

    def _row(self, index: int) -> Row:
        return self._made(self._keys[index])

    def _lines(self, index: int) -> Sequence[Line]:
        return self._laid(index, self.scrollable_content_region.width)

    def _lay_out(self, index: int, width: int) -> Sequence[Line]:
        return fixed(self._row(index), max(8, width - GUTTER), self._tall(index))
