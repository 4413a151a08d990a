"""Rows of any height: filtering, growing, headings the cursor skips, and rows taller than the screen."""

from __future__ import annotations

from podcli.tui.rows import Row
from podcli.tui.widgets.row_list import RowList
from tests.tui.test_lists import alone, settle, top_item

ROWS = [
    Row("h", "Fruit", tone="head", live=False), Row("a", "Apple", note="red"), Row("b", "Banana", note="yellow"),
    Row("g", "", live=False), Row("k", "Kale", note="green"), Row("z", "the end", live=False),
]  # fmt: skip


def key(rows: RowList) -> object:
    return rows.current.key if rows.current else None


async def test_the_cursor_skips_what_it_may_not_rest_on() -> None:
    rows = RowList()
    async with alone(rows) as (app, pilot):
        rows.set_rows(ROWS)
        await settle(pilot)
        assert key(rows) == "a" and top_item(app).strip() == "Fruit"
        rows.action_list_down()
        rows.action_list_down()
        assert key(rows) == "k"
        rows.action_list_down()
        assert key(rows) == "k", "beyond is nothing to rest on"
        rows.action_list_up()
        assert key(rows) == "b"
        rows.action_list_top()
        await settle(pilot)
        assert key(rows) == "a" and top_item(app).strip() == "Fruit", "its heading is seen too"
        await pilot.click(RowList, offset=(4, 0))
        assert key(rows) == "a", "nor does a click rest there"


async def test_nothing_to_rest_on_is_no_cursor() -> None:
    rows = RowList()
    async with alone(rows) as (app, pilot):
        rows.set_rows([Row("n", "Nothing here.", live=False)])
        await settle(pilot)
        assert rows.current is None and "›" not in "".join(app.drawn())
        for act in (rows.action_list_down, rows.action_list_page_up, rows.action_list_bottom, rows.action_list_open):
            act()
        assert rows.current is None and not app.told


async def test_filtering_keeps_the_row_and_finds_in_notes() -> None:
    rows = RowList()
    async with alone(rows) as (app, pilot):
        rows.set_rows(ROWS)
        rows.go_to("k")
        rows.filter(" GREEN ")
        await settle(pilot)
        assert [row.key for row in rows.shown] == ["k"] and key(rows) == "k" and len(rows.rows) == 6
        rows.filter("ban")
        assert key(rows) == "b"
        rows.filter("")
        await settle(pilot)
        assert key(rows) == "b" and len(rows.shown) == 6
        rows.filter("Zebra\x1b[31m")
        await settle(pilot)
        assert rows.current is None and "".join(app.drawn()).strip() == "Nothing here has “Zebra”."
        rows.set_rows([])
        await settle(pilot)
        assert "".join(app.drawn()).strip() == "", "where nothing is, nothing can be found"
        rows.set_rows([Row("s", "Zebra\x1b[31m stripes")])
        assert key(rows) == "s"


async def test_a_list_that_grows_keeps_cursor_and_view() -> None:
    rows = RowList()
    async with alone(rows) as (app, pilot):
        rows.set_rows([Row(n, f"Line {n}") for n in range(50)])
        rows.go_to(30)
        await settle(pilot)
        was = app.drawn()
        rows.set_rows([Row(n, f"Line {n}") for n in range(50, 80)], start=50)
        await settle(pilot)
        assert app.drawn() == was and key(rows) == 30 and len(rows.shown) == 80
        rows.set_rows([Row(n, f"Other {n}") for n in range(40, 45)], start=40)
        await settle(pilot)
        assert len(rows.shown) == 45 and key(rows) == 30 and app.drawn() == was
        rows.set_rows([Row("x", "Else")], anew=True)
        await settle(pilot)
        assert key(rows) == "x" and top_item(app).startswith("›  Else")


async def test_rows_added_while_filtered_are_filtered_too() -> None:
    rows = RowList()
    async with alone(rows):
        rows.set_rows([Row(n, f"Line {n}") for n in range(20)])
        rows.filter("1")
        rows.set_rows([Row(n, f"Line {n}") for n in range(20, 32)], start=20)
        assert [row.key for row in rows.shown] == [1, *range(10, 20), 21, 31]


async def test_a_row_taller_than_the_screen_is_read_line_by_line() -> None:
    rows = RowList()
    async with alone(rows, (30, 6)) as (app, pilot):
        rows.set_rows([Row("long", "word " * 60), Row("next", "Next")])
        await settle(pilot)
        first = top_item(app)
        rows.action_list_down()
        await settle(pilot)
        assert key(rows) == "long" and top_item(app) != first
        for _ in range(30):
            rows.action_list_down()
        assert key(rows) == "next"
        rows.action_list_up()
        await settle(pilot)
        assert key(rows) == "long"


async def test_another_width_keeps_what_is_looked_at() -> None:
    rows = RowList()
    async with alone(rows, (60, 8)) as (app, pilot):
        rows.set_rows([Row(n, f"Row {n} " + "and on it goes " * 6) for n in range(40)])
        rows.go_to(25, centre=True)
        await settle(pilot)
        for width in (25, 90, 60):
            await pilot.resize_terminal(width, 8)
            await settle(pilot)
            assert key(rows) == 25 and any(line.startswith("›  Row 25") for line in app.drawn())
