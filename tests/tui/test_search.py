"""Searching: what was found is shown, however it was put."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input

from podcli.domain import Episode, Segment
from podcli.pipeline.sentences import sentences
from podcli.services import Services
from podcli.tui.app import PodcliApp
from podcli.tui.messages import HitsRead
from podcli.tui.rows import Row
from podcli.tui.screens.ask import HelpScreen
from podcli.tui.screens.highlights import HighlightsScreen
from podcli.tui.screens.search import SearchScreen
from tests.cli.terminal import Terminal
from tests.player.tones import until as waited
from tests.processes import alive
from tests.tui import stage
from tests.tui.conftest import player, press, seen, until, view


async def test_other_forms_of_a_word_are_shown_too(services: Services) -> None:
    stage.speak(services, stage.stock(services)["Assam"], 3)
    async with player() as (app, pilot):
        await view(pilot, "search")
        await press(pilot, [*"numbered sentences"])
        await until(pilot, lambda: "Search · 3 found" in seen(app))
        assert all(f"This is sentence number {n}." in seen(app) for n in range(3))


async def look(pilot: Pilot[None], text: str) -> SearchScreen:
    """Type it into the search view."""
    await view(pilot, "search")
    screen = pilot.app.screen
    assert isinstance(screen, SearchScreen)
    screen.query_one(Input).value = text
    return screen


def talk(services: Services, episode: Episode, *texts: str) -> None:
    """A transcript of these sentences, ten seconds each."""
    made = services.store.insights.begin(
        episode.id, audio_sha256=f"{episode.id:064d}", source="whisper", model="w", decode_version="1"
    )
    segments = [Segment(10.0 * n, 10.0 * n + 10, text, "Anna Berg") for n, text in enumerate(texts)]
    services.store.insights.add_segments(made.id, segments)
    services.store.insights.finish(made.id, sentences(segments))


SLEEP = ("We all fare better with seven hours of sleep.", "Stressed people have trouble sleeping because they cannot relax.")


async def test_what_means_the_same_comes_a_moment_later(services: Services) -> None:
    talk(services, stage.stock(services)["Assam"], *SLEEP)
    async with player() as (app, pilot):
        await look(pilot, "insomnia and rest")
        await until(pilot, lambda: "Search · 0 found" in seen(app) and "was not found" in seen(app))
        await until(pilot, lambda: "Search · 1 found" in seen(app) and "seven hours of sleep" in seen(app), 60)
        assert "— Anna Berg" in seen(app) and "Assam — Tea Time" in seen(app)


async def test_the_chosen_row_stays_under_the_cursor_when_more_is_found(services: Services) -> None:
    episodes = stage.stock(services)
    async with player((80, 16)) as (app, pilot):
        screen = await look(pilot, "")
        screen._text = "tea"  # nobody was asked: what comes is what is posted here
        rows = [Row((int(episodes["Mars"].id), "said", float(n), 1), f"Words {n}", gap=True) for n in range(12)]
        app.post_message(HitsRead("tea", rows[:8]))
        await until(pilot, lambda: "Search · 8 found" in seen(app))
        await press(pilot, ["enter", *"jjj"])
        line = next(n for n, line in enumerate(seen(app).split("\n")) if "› " in line)
        app.post_message(HitsRead("other", rows[:1], meant=True))
        app.post_message(HitsRead("tea", [*rows[8:], *rows[:3], *rows[4:8]], meant=True))
        await until(pilot, lambda: "Search · 11 found" in seen(app))
        assert screen.items.current is not None and screen.items.current.key == rows[3].key, (
            "though it is no longer among the best"
        )
        app.post_message(HitsRead("tea", [*rows[8:], *rows[:8]], meant=True))
        await until(pilot, lambda: "Search · 12 found" in seen(app))
        assert screen.items.current.key == rows[3].key and screen.items.cursor == 7
        assert "Words 3" in seen(app).split("\n")[line], "and it stands where it stood"


async def test_before_anything_was_chosen_the_best_is_at_the_top(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        screen = await look(pilot, "")
        screen._text = "tea"  # nobody was asked: what comes is what is posted here
        rows = [Row((1, "said", float(n), 1), f"Words {n}") for n in range(5)]
        app.post_message(HitsRead("tea", rows[:3]))
        app.post_message(HitsRead("tea", rows[::-1], meant=True))
        await until(pilot, lambda: "Search · 5 found" in seen(app))
        assert screen.items.current is not None and screen.items.current.key == rows[4].key


async def test_enter_plays_the_second_it_was_said(services: Services, tmp_path: Path) -> None:
    episodes = stage.stock(services)
    talk(services, episodes["Assam"], "Good morning, all of you, and welcome to our show about many things.", SLEEP[1])
    stage.download(services, episodes["Assam"], tmp_path)
    async with player() as (app, pilot):
        await look(pilot, "trouble sleeping")
        await until(pilot, lambda: "Search · 1 found" in seen(app))
        await press(pilot, ["enter", "enter"])
        await until(pilot, lambda: app.now.state.episode_id == episodes["Assam"].id and app.now.state.position_s >= 10.0)


async def test_filters_narrow_and_those_that_mean_nothing_are_told(services: Services) -> None:
    episodes = stage.stock(services)
    talk(services, episodes["Assam"], *SLEEP)
    talk(services, episodes["Mars"], "They slept well up there.", "Sleep is the same on Mars.")
    async with player() as (app, pilot):
        await look(pilot, "sleep")
        await until(pilot, lambda: "Assam — Tea Time" in seen(app) and "Mars — Night Sky" in seen(app))
        assert "show:ship since:7d" in seen(app)
        await look(pilot, "sleep show:sky")
        await until(pilot, lambda: "Assam — Tea Time" not in seen(app) and "Mars — Night Sky" in seen(app))
        await look(pilot, "sleep show:nowhere")
        await until(pilot, lambda: "No show matches 'nowhere'." in seen(app))
        await look(pilot, "sleep")
        await until(pilot, lambda: "No show matches" not in seen(app))


async def test_the_words_of_the_search_are_marked_not_by_colour_alone(services: Services) -> None:
    talk(services, stage.stock(services)["Assam"], "This [b]sleep[/b] is no markup, and sleeping is.")
    async with player() as (app, pilot):
        await look(pilot, "sleep")
        await until(pilot, lambda: "Search · 1 found" in seen(app))
        strips = app.screen._compositor.render_strips()
        marked = [part.text for strip in strips for part in strip if part.style and part.style.underline and part.style.bold]
        assert marked == ["sleep", "sleeping"] and "[b]sleep[/b]" in seen(app)


async def test_it_says_what_can_be_typed_at_any_size(services: Services) -> None:
    for size in ((40, 20), (80, 24), (120, 40)):
        async with player(size) as (app, pilot):
            await view(pilot, "search")
            await until(pilot, lambda: "speaker:anna" in " ".join(seen(app).split()))


def children(app: PodcliApp) -> int | None:
    """The process beside, if one was started."""
    searcher = app.bridge.searcher
    return searcher._child.pid if searcher is not None and searcher._child is not None else None


async def test_it_does_not_outlive_a_player_that_is_killed(services: Services) -> None:
    talk(services, stage.stock(services)["Assam"], *SLEEP)
    terminal = Terminal(sys.executable, "-m", "podcli", columns=100)
    try:
        terminal.expect("Inbox · 4")
        await asyncio.to_thread(waited, lambda: "Search" in terminal.read() + terminal.seen)
        terminal.press("4")
        terminal.expect("Type words")
        terminal.press("insomnia")
        beside = Path(f"/proc/{terminal.process.pid}/task/{terminal.process.pid}/children")
        await asyncio.to_thread(waited, lambda: searching(beside))
        (pid,) = searching(beside)
        terminal.process.kill()
        terminal.process.wait(20)
        await asyncio.to_thread(waited, lambda: not alive(pid))
    finally:
        terminal.close()


def searching(children: Path) -> list[int]:
    """Those child processes that search. A thread may have started them, so all threads are asked."""
    pids = [int(pid) for file in children.parent.parent.glob("*/children") for pid in file.read_text().split()]
    return [pid for pid in pids if "podcli.services.searcher" in Path(f"/proc/{pid}/cmdline").read_text()]


async def test_the_process_beside_ends_when_the_view_is_left_and_with_the_player(services: Services) -> None:
    talk(services, stage.stock(services)["Assam"], *SLEEP)
    async with player() as (app, pilot):
        await look(pilot, "insomnia")
        await until(pilot, lambda: children(app))
        first = children(app)
        await press(pilot, ["enter", "?"])
        await until(pilot, lambda: isinstance(app.screen, HelpScreen))
        await press(pilot, ["escape"])
        await until(pilot, lambda: isinstance(app.screen, SearchScreen))
        assert first is not None and children(app) == first, "help is no other view"
        await press(pilot, "1")
        await until(pilot, lambda: children(app) is None and not alive(first))
        await look(pilot, "insomnia and rest")
        await until(pilot, lambda: children(app) not in (None, first))
        second = children(app)
        assert second is not None and alive(second)
        await press(pilot, ["enter", "0"])
        await until(pilot, lambda: isinstance(app.screen, HighlightsScreen) and not alive(second))
        await press(pilot, "4")
        await until(pilot, lambda: isinstance(app.screen, SearchScreen))
        await look(pilot, "insomnia")
        await until(pilot, lambda: children(app) not in (None, first, second))
        third = children(app)
        assert third is not None and alive(third)
    await asyncio.to_thread(waited, lambda: not alive(third))
