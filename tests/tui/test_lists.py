"""Lists by themselves: the cursor and what is looked at stand still, whatever comes and goes; pages, ends, wide and tall rows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from podcli.tui.rows import Row
from podcli.tui.widgets.lazy_list import LazyList
from podcli.tui.widgets.scroll_list import ScrollList


class Alone(App[None]):
    """One list and nothing else; what it tells."""

    def __init__(self, rows: ScrollList) -> None:
        super().__init__()
        self.list, self.told = rows, list[str]()

    def compose(self) -> ComposeResult:
        yield self.list

    def on_scroll_list_moved(self, event: ScrollList.Moved) -> None:
        self.told.append(f"moved {event.row.key if event.row else None}{' by person' if event.by_person else ''}")

    def on_scroll_list_chosen(self, event: ScrollList.Chosen) -> None:
        self.told.append(f"chosen {event.row.key}")

    def drawn(self) -> list[str]:
        """Its lines, without the scroll bar at the right."""
        lines = self.screen._compositor.render_strips()
        return ["".join(segment.text for segment in line)[: self.size.width - 1].rstrip() for line in lines]


def item(key: Hashable) -> Row:
    return Row(key, f"Item {key}", note=f"note {key}", more=f"gist of {key}", wrap=False)


def lazy() -> LazyList:
    return LazyList(item)


@asynccontextmanager
async def alone(rows: ScrollList, size: tuple[int, int] = (40, 10)) -> AsyncIterator[tuple[Alone, Pilot[None]]]:
    app = Alone(rows)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield app, pilot


async def settle(pilot: Pilot[None]) -> None:
    """Let messages and scrolling come to rest."""
    await pilot.pause()
    await pilot.pause()


def top_item(app: Alone) -> str:
    """What stands in the first line."""
    return app.drawn()[0]


# Lazy lists


async def test_only_what_is_in_sight_is_made() -> None:
    made = list[Hashable]()

    def make(key: Hashable) -> Row:
        made.append(key)
        return item(key)

    rows = LazyList(make)
    async with alone(rows) as (app, pilot):
        rows.set_keys(range(50_000))
        await settle(pilot)
        assert top_item(app) == "›  Item 0" and len(set(made)) < 12
        rows.action_list_bottom()
        await settle(pilot)
        assert app.drawn()[-2].startswith("›  Item 49999") and len(set(made)) < 24


@pytest.mark.parametrize("before", [0, 7, 40])
async def test_what_is_looked_at_stands_still_when_something_comes_above(before: int) -> None:
    rows = lazy()
    async with alone(rows) as (app, pilot):
        rows.set_keys(range(100))
        rows.go_to(before)
        await settle(pilot)
        was = app.drawn()
        rows.set_keys([*range(1000, 1005), *range(100)])
        await settle(pilot)
        assert app.drawn() == was and rows.current is not None and rows.current.key == before
        rows.set_keys(range(100))
        await settle(pilot)
        assert app.drawn() == was
        assert app.told == ["moved 0"] + ([f"moved {before}"] if before else []), "the cursor did not leave its item"


async def test_an_item_that_is_gone_leaves_the_cursor_at_its_place() -> None:
    rows = lazy()
    async with alone(rows) as (app, pilot):
        rows.set_keys(range(5))
        rows.go_to(2)
        rows.set_keys([0, 1, 3, 4])
        await settle(pilot)
        assert rows.current is not None and rows.current.key == 3
        rows.go_to(4)
        rows.set_keys([0, 1])
        assert rows.current.key == 1, "the last, when there are fewer"
        rows.set_keys([])
        await settle(pilot)
        assert rows.current is None and rows.cursor == -1 and app.told[-1] == "moved None"
        rows.action_list_open()
        rows.action_list_down()
        rows.action_list_page_down()
        rows.set_keys([9])
        await settle(pilot)
        assert rows.current is not None and rows.current.key == 9 and not any("chosen" in each for each in app.told)


async def test_anew_begins_at_the_top() -> None:
    rows = lazy()
    async with alone(rows) as (app, pilot):
        rows.set_keys(range(100))
        rows.action_list_bottom()
        await settle(pilot)
        rows.set_keys(range(99, -1, -1), anew=True)
        await settle(pilot)
        assert top_item(app).startswith("›  Item 99") and rows.cursor == 0


async def test_tall_items_hold_a_gist_and_do_not_shift_the_view() -> None:
    rows = lazy()
    async with alone(rows) as (app, pilot):
        rows.set_keys(range(50))
        rows.go_to(20)
        await settle(pilot)
        line = next(n for n, each in enumerate(app.drawn()) if "Item 20" in each)
        rows.set_keys(range(50), tall=frozenset(range(0, 50, 3)))
        await settle(pilot)
        assert "Item 20" in app.drawn()[line]
        assert [each.strip() for each in app.drawn() if "gist" in each] and rows.place(20) == 21


async def test_a_range_from_the_cursor() -> None:
    rows = lazy()
    async with alone(rows):
        assert rows.range_from_cursor(3) == []
        rows.set_keys("abcde")
        rows.go_to("d")
        assert rows.range_from_cursor(1) == ["d"] and rows.range_from_cursor(9) == ["d", "e"]
        assert rows.place("a") == 1 and rows.place("z") is None


async def test_counts_pages_and_ends() -> None:
    rows = lazy()
    async with alone(rows) as (app, pilot):
        rows.set_keys(range(100))
        await settle(pilot)
        counts = iter([5, 2, 30, 1, 1])
        rows.count = lambda: next(counts, 1)
        rows.action_list_down()
        assert rows.cursor == 5
        rows.action_list_up()
        assert rows.cursor == 3
        rows.action_list_bottom()
        assert rows.cursor == 29, "a count names the row"
        rows.action_list_page_up()
        assert rows.cursor == 24, "ten lines are five items"
        rows.action_list_half_down()
        assert rows.cursor == 26
        rows.action_list_top()
        rows.action_list_up()
        await settle(pilot)
        assert rows.cursor == 0 and app.told[-1] == "moved 0 by person"
        rows.action_list_bottom()
        rows.action_list_down()
        assert rows.cursor == 99


async def test_clicks_and_enter() -> None:
    rows = lazy()
    async with alone(rows) as (app, pilot):
        rows.set_keys(range(3))
        await settle(pilot)
        await pilot.click(ScrollList, offset=(5, 2))
        await settle(pilot)
        assert rows.cursor == 1 and app.told[-1] == "moved 1 by person"
        await pilot.click(ScrollList, offset=(5, 4), times=2)
        await settle(pilot)
        assert app.told[-1] == "chosen 2"
        await pilot.click(ScrollList, offset=(5, 8))
        assert rows.cursor == 2, "below the last is nothing"


async def test_what_plays_is_marked() -> None:
    rows = lazy()
    async with alone(rows) as (app, pilot):
        rows.set_keys(range(3))
        rows.mark(1)
        await settle(pilot)
        assert [each[:2] for each in app.drawn()[:6:2]] == ["› ", " ▶", "  "]
        rows.mark(None)
        await settle(pilot)
        assert "▶" not in "".join(app.drawn())
