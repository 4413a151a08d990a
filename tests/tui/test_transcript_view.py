"""The transcript by itself: what is lit, what is looked at, finding, counting, narrow screens, and times that make no sense."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import nan

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.strip import Strip

from podcli.domain import Chapter, Word
from podcli.tui.widgets.transcript_text import Passage
from podcli.tui.widgets.transcript_view import TranscriptView


class Alone(App[None]):
    """A transcript and nothing else; what it tells."""

    def __init__(self) -> None:
        super().__init__()
        self.words, self.told = TranscriptView(), list[str]()

    def compose(self) -> ComposeResult:
        yield self.words

    def on_transcript_view_seek(self, event: TranscriptView.Seek) -> None:
        self.told.append(f"seek {event.start_s:g}")

    def on_transcript_view_copy(self, event: TranscriptView.Copy) -> None:
        self.told.append(f"copy {event.passage.text}")

    def on_transcript_view_found(self, event: TranscriptView.Found) -> None:
        self.told.append(f"{event.index} of {event.count}")

    def drawn(self) -> list[str]:
        """Its lines, without the scroll bar at the right."""
        lines = self.screen._compositor.render_strips()
        return ["".join(segment.text for segment in line)[: self.size.width - 1].rstrip() for line in lines]


def said(count: int, first: int = 0) -> list[Passage]:
    """A sentence of four words every ten seconds."""
    return [
        Passage(n, n * 10.0, n * 10.0 + 10, f"Words of sentence {n}", words=tuple(
            Word(n * 10.0 + i * 2.5, n * 10.0 + i * 2.5 + 2.5, word) for i, word in enumerate(f"Words of sentence {n}".split())
        ))
        for n in range(first, first + count)
    ]  # fmt: skip


@asynccontextmanager
async def alone(count: int = 60, size: tuple[int, int] = (60, 12)) -> AsyncIterator[tuple[Alone, Pilot[None]]]:
    app = Alone()
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app.words.show(1, said(count))
        await settle(pilot)
        yield app, pilot


async def settle(pilot: Pilot[None]) -> None:
    await pilot.pause()
    await pilot.pause()


def shown(app: Alone, number: int) -> bool:
    """Whether a sentence is in sight."""
    return any(line.endswith(f"sentence {number}") for line in app.drawn())


@pytest.mark.parametrize(
    ("second", "number", "word"), [(0.0, 0, "Words"), (102.6, 10, "of"), (255.0, 25, "sentence"), (9999.0, 59, "59")]
)
async def test_the_sentence_and_the_word_that_are_said_are_lit(second: float, number: int, word: str) -> None:
    async with alone() as (app, pilot):
        app.words.follow(second, 1.0, True)
        await settle(pilot)
        assert shown(app, number)
        line = next(line for line in app.screen._compositor.render_strips() if f"sentence {number} " in line_text(line))
        assert line_text(line)[1] == "▶"
        assert lit(line) == [word]
        assert sum("▶" in each for each in app.drawn()) == 1


def line_text(line: Strip) -> str:
    return "".join(segment.text for segment in line)


def lit(line: Strip) -> list[str]:
    """The words that stand out of their sentence."""
    return [segment.text for segment in line if segment.style and segment.style.reverse and segment.text.strip()]


async def test_without_word_times_only_the_sentence_is_lit() -> None:
    async with alone() as (app, pilot):
        app.words.show(2, [Passage(0, 0, 5, "No times here"), Passage(1, 5, 9, "Nor here")])
        app.words.follow(6.0, 1.0, True)
        await settle(pilot)
        assert [line for line in app.drawn() if "▶" in line] == ["›▶ 0:05 Nor here"]


async def test_the_clock_is_carried_on_between_reports_but_not_for_ever() -> None:
    async with alone() as (app, _):
        for reported_ago, paused, number in ((0.0, False, 0), (0.6, False, 1), (60.0, False, 1), (0.6, True, 0)):
            app.words.follow(8.0, 4.0, paused)
            assert app.words._clock is not None
            app.words._clock = (8.0, app.words._clock[1] - reported_ago, app.words._clock[2])
            app.words._step()  # after a minute without a report the player has stopped: no more than a second is made up
            assert app.words.said is not None and app.words.said.number == number, reported_ago


async def test_looking_elsewhere_shows_the_way_back_and_end_goes_it() -> None:
    async with alone() as (app, pilot):
        app.words.follow(300.0, 1.0, False)
        await settle(pilot)
        assert app.words.following and shown(app, 30) and app.words.current is not None and app.words.current.number == 30
        app.words.action_list_top()
        await settle(pilot)
        assert not app.words.following and shown(app, 0) and "back to what plays" in app.drawn()[-1]
        app.words.follow(310.0, 1.0, False)
        await settle(pilot)
        assert shown(app, 0) and not shown(app, 31)
        app.words.action_transcript_follow()
        await settle(pilot)
        assert app.words.following and shown(app, 31) and "back to what plays" not in app.drawn()[-1]


@pytest.mark.parametrize("way", ["wheel", "click", "find", "page"])
async def test_every_way_of_looking_elsewhere_stops_following(way: str) -> None:
    async with alone() as (app, pilot):
        app.words.follow(300.0, 1.0, False)
        await settle(pilot)
        if way == "wheel":
            await pilot._post_mouse_events([_wheel()], TranscriptView, offset=(5, 5))
        elif way == "click":
            await pilot.click(TranscriptView, offset=(8, 1))
        elif way == "find":
            app.words.find("sentence 5")
        else:
            app.words.action_list_page_down()
        await settle(pilot)
        assert not app.words.following


def _wheel() -> type:
    from textual.events import MouseScrollDown

    return MouseScrollDown


async def test_enter_and_double_click_go_there_and_follow_again() -> None:
    async with alone() as (app, pilot):
        app.words.follow(300.0, 1.0, False)
        app.words.action_list_top()
        app.words.action_list_down()
        app.words.action_list_open()
        await settle(pilot)
        assert app.told == ["seek 10"] and app.words.following
        app.words.action_list_top()
        await settle(pilot)
        await pilot.click(TranscriptView, offset=(10, 4), times=2)
        await settle(pilot)
        assert app.told[-1] == "seek 40"
        app.words.action_transcript_copy()
        await settle(pilot)
        assert app.told[-1].startswith("copy Words of sentence")


async def test_counts() -> None:
    async with alone() as (app, _):
        counts = iter([7, 3, 20, 1])
        app.words.count = lambda: next(counts)
        app.words.action_list_down()
        app.words.action_list_up()
        assert app.words.current is not None and app.words.current.number == 4
        app.words.action_list_bottom()
        assert app.words.current.number == 19, "20G is the twentieth"
        app.words.action_list_bottom()
        assert app.words.current.number == 59


async def test_finding_goes_round_and_keeps_up_with_what_comes() -> None:
    async with alone(10) as (app, pilot):
        app.words.find("SENTENCE")
        await settle(pilot)
        assert app.told == ["1 of 10"]
        app.words.action_list_find_previous()
        app.words.action_list_find_next()
        app.words.action_list_find_next()
        await settle(pilot)
        assert app.told[1:] == ["10 of 10", "1 of 10", "2 of 10"]
        app.words.show(1, said(5, 10), start=10)
        app.words.action_list_find_previous()
        await settle(pilot)
        assert app.told[-1].endswith("of 15")
        app.words.find("zebra")
        await settle(pilot)
        assert app.told[-1] == "0 of 0"
        app.words.find("")
        await settle(pilot)
        assert app.told[-1] == "0 of 0" and not app.words._hits


async def test_another_episode_begins_at_the_top_and_follows() -> None:
    async with alone() as (app, pilot):
        app.words.action_list_bottom()
        app.words.show(2, said(30))
        await settle(pilot)
        assert app.words.following and app.words.current is not None and app.words.current.number == 0 and shown(app, 0)
        app.words.show(None, [])
        app.words.say(["No transcript yet.", "Press t to make it."])
        await settle(pilot)
        assert app.drawn()[0].strip() == "No transcript yet." and app.words.current is None
        for act in ("down", "up", "top", "bottom", "page_down", "half_up", "open", "find_next"):
            getattr(app.words, f"action_list_{act}")()
        app.words.action_transcript_follow()
        app.words.follow(10.0, 1.0, False)
        await settle(pilot)
        assert app.words.said is None


async def test_chapters_and_width_keep_what_is_looked_at() -> None:
    async with alone() as (app, pilot):
        app.words.action_list_bottom()
        await settle(pilot)
        app.words.chapters([Chapter(0, None, "Begin [/b]"), Chapter(400, None, "End\x1b[31m")])
        for size in ((18, 6), (100, 30), (60, 12)):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            assert app.words.current is not None and app.words.current.number == 59
        app.words.action_list_top()
        await settle(pilot)
        assert app.drawn()[0].strip() == "Begin [/b]"


async def test_times_that_make_no_sense_do_no_harm() -> None:
    async with alone() as (app, pilot):
        for starts in ((5.0, 3.0, nan, 9.0), (nan, nan), (-5.0, -1.0), (1e12, 2e12)):
            app.words.show(str(starts), [Passage(n, start, start, f"x {n}") for n, start in enumerate(starts)])
            for second in (-10.0, 0.0, 6.0, 1e13):
                app.words.follow(second, 1.0, False)
                await settle(pilot)
        assert app._exception is None


async def test_words_that_come_in_before_move_nothing_on_the_screen() -> None:
    async with alone() as (app, pilot):
        app.words.show(1, said(30, first=30))
        app.words.action_list_down()
        for _ in range(12):
            app.words.action_list_down()
        await settle(pilot)
        before, place = app.drawn(), app.words.current
        assert place is not None and place.number == 43
        app.words.show(1, said(60))
        await settle(pilot)
        assert app.words.current == place and app.drawn() == before


async def test_what_is_said_stays_lit_when_words_come_in_before_it() -> None:
    async with alone() as (app, pilot):
        app.words.show(1, said(30, first=30))
        app.words.follow(452.6, 1.0, True)
        await settle(pilot)
        app.words.show(1, said(60))
        app.words.follow(452.6, 1.0, True)
        await settle(pilot)
        assert app.words.said is not None and app.words.said.number == 45 and shown(app, 45)
