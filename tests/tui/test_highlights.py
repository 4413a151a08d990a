"""Highlights of all shows: heard one by one or back to back, and from each into its whole episode."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from podcli.domain import Episode
from podcli.services import Services
from podcli.tui.app import PodcliApp
from podcli.tui.screens.command_line import CommandLine
from podcli.tui.screens.episode import EpisodeScreen
from podcli.tui.screens.highlights import HighlightsScreen
from tests.tui import stage
from tests.tui.conftest import player, press, seen, told, until


@pytest.fixture
def episodes(services: Services, tmp_path: Path) -> dict[str, Episode]:
    """Of two shows, downloaded; Assam was heard up to 5:00."""
    found = stage.stock(services)
    for title in ("Assam", "Mars"):
        stage.download(services, found[title], tmp_path)
    stage.highlights(services, found["Assam"], 100.0, 20.0)
    stage.highlights(services, found["Mars"], 60.0)
    services.store.library.save_position(found["Assam"].id, 300.0)
    return found


def heading(app: PodcliApp) -> str:
    return next((line for line in seen(app).split("\n") if "Highlights ·" in line), "")


async def test_enter_plays_the_moment_and_the_place_in_the_episode_stays(
    services: Services, episodes: dict[str, Episode]
) -> None:
    async with player() as (app, pilot):
        await press(pilot, "0")
        await until(pilot, lambda: "Highlights · 3" in heading(app))
        text = seen(app)
        assert (
            text.index("Assam says [b]something[/b] at 100.")
            < text.index("Mars says")
            < text.index("Assam says [b]something[/b] at 20.")
        )
        assert "Found by a-model, on this machine." in text and "Assam — Tea Time · 20 Nov 2026 · 1:40" in text and "40 s" in text
        await press(pilot, ["enter"])
        await until(pilot, lambda: app.now.moment is not None and 100 <= app.now.state.position_s < 140)
        await until(pilot, lambda: "▶ 1/1 Assam says" in seen(app) and "s left" in seen(app))
        assert any("›▶" in line and "at 100." in line for line in seen(app).split("\n"))
        app.verbs.seek_to(141.0)
        await until(pilot, lambda: "That was the last moment." in told(app) and app.now.state.paused)
        assert services.library.episode(episodes["Assam"].id).position_s == 300.0


async def test_all_from_here_then_next_then_the_whole_episode(services: Services, episodes: dict[str, Episode]) -> None:
    async with player() as (app, pilot):
        await press(pilot, "0")
        await until(pilot, lambda: "Highlights · 3" in heading(app))
        await press(pilot, "jP")
        await until(pilot, lambda: app.now.moment_number == (1, 2) and app.now.state.episode_id == episodes["Mars"].id)
        await press(pilot, ">")
        await until(pilot, lambda: app.now.moment_number == (2, 2) and app.now.state.episode_id == episodes["Assam"].id)
        await press(pilot, "<>>")
        await until(pilot, lambda: "That was the last moment." in told(app))
        await press(pilot, "W")
        await until(pilot, lambda: app.now.moment is None and app.now.state.episode_id == episodes["Assam"].id)
        assert "The whole episode plays, on from here." in told(app) and app.now.state.position_s < 100
        await press(pilot, "W")
        await until(pilot, lambda: "No moment plays" in told(app))


async def test_the_whole_episode_opens_at_that_second(services: Services, episodes: dict[str, Episode]) -> None:
    async with player() as (app, pilot):
        await press(pilot, "0")
        await until(pilot, lambda: "Highlights · 3" in heading(app))
        await press(pilot, "o")
        await until(pilot, lambda: isinstance(app.screen, EpisodeScreen) and app.now.state.position_s >= 100)
        assert app.now.moment is None and app.now.state.episode_id == episodes["Assam"].id
        await press(pilot, ["escape"])
        await until(pilot, lambda: isinstance(app.screen, HighlightsScreen))


async def test_only_those_of_the_list_as_it_is_filtered_are_played(services: Services, episodes: dict[str, Episode]) -> None:
    async with player() as (app, pilot):
        await press(pilot, "0")
        await until(pilot, lambda: "Highlights · 3" in heading(app))
        await press(pilot, ["slash", *"tea", "enter", "P"])
        await until(pilot, lambda: app.now.moment_number == (1, 2))
        assert app.now.episode is not None and app.now.episode.show_title == "Tea Time" and "Assam" in app.now.up_next


async def test_unheard_and_since_narrow_it(services: Services, episodes: dict[str, Episode]) -> None:
    services.store.library.save_position(episodes["Mars"].id, 0.0, finished=True)
    async with player() as (app, pilot):
        await press(pilot, "0")
        await until(pilot, lambda: "Highlights · 3" in heading(app))
        await press(pilot, "u")
        await until(pilot, lambda: "Highlights · 2 · not heard" in heading(app))
        await press(pilot, "u")
        await until(pilot, lambda: "Highlights · 3" in heading(app))
        await pilot.press(":")
        await until(pilot, lambda: isinstance(app.screen, CommandLine) and isinstance(app.focused, Input))
        app.screen.query_one(Input).value = "highlights 2100-01-01"
        await pilot.press("enter")
        await until(pilot, lambda: "There are no such moments." in seen(app))
        app.open_highlights("soon")
        await until(pilot, lambda: "'soon' is no time." in told(app) and "Highlights · 3" in heading(app))


async def test_what_is_found_while_one_looks_joins_them(services: Services, episodes: dict[str, Episode]) -> None:
    async with player() as (app, pilot):
        await press(pilot, "0")
        await until(pilot, lambda: "Highlights · 3" in heading(app))
        stage.highlights(services, episodes["Venus"], 10.0, model="other-model")
        with services.store.writing():
            job = services.store.jobs.enqueue("insights", episode_id=episodes["Venus"].id, title="Venus")
            services.store._db.execute("update job set state = 'done', finished_at = created_at where id = ?", [job.id])
        await until(pilot, lambda: "Highlights · 4" in heading(app) and "Found by a-model, other-model" in seen(app))


async def test_the_best_of_one_episode_is_a_key_away(services: Services, episodes: dict[str, Episode]) -> None:
    stage.speak(services, episodes["Venus"])
    async with player() as (app, pilot):
        app.open_episode(episodes["Venus"].id)
        await until(pilot, lambda: isinstance(app.screen, EpisodeScreen))
        await press(pilot, "O")
        await until(pilot, lambda: "No moments of this episode were found yet." in told(app))
        app.open_episode(episodes["Assam"].id)
        await press(pilot, "O")
        await until(pilot, lambda: app.now.moment_number == (1, 2) and app.now.state.episode_id == episodes["Assam"].id)


async def test_without_any_it_says_how_they_come_to_be(services: Services) -> None:
    stage.stock(services)
    for size in ((40, 16), (120, 40)):
        async with player(size) as (app, pilot):
            await press(pilot, "0")
            await until(pilot, lambda: "No highlights yet." in seen(app) and "w on an episode" in " ".join(seen(app).split()))
            await press(pilot, ["P", "o", "enter", "escape"])
            await until(pilot, lambda: not isinstance(app.screen, HighlightsScreen))


async def test_search_is_typed_on_the_command_line_too(services: Services) -> None:
    stage.speak(services, stage.stock(services)["Assam"], 3)
    async with player() as (app, pilot):
        await type_search(app, pilot)
        await until(pilot, lambda: "found" in seen(app) and "This is sentence number" in seen(app))


async def type_search(app: PodcliApp, pilot: Pilot[None]) -> None:
    await pilot.press(":")
    await until(pilot, lambda: isinstance(app.screen, CommandLine) and isinstance(app.focused, Input))
    app.screen.query_one(Input).value = "search numbered sentences"
    await pilot.press("enter")
