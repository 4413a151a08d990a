"""Snips in the player: kept with a key while something plays, listed, heard, changed, taken back."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from podcli.domain import Episode
from podcli.pipeline import lock
from podcli.services import Services
from podcli.tui.screens.command_line import CommandLine
from podcli.tui.screens.snips import SnipsScreen
from tests.tui import stage
from tests.tui.conftest import player, press, seen, told, until


@pytest.fixture
def mars(services: Services, tmp_path: Path) -> Episode:
    found = stage.stock(services)["Mars"]
    stage.download(services, found, tmp_path)
    stage.speak(services, found, 40)
    return found


async def test_a_key_keeps_what_was_just_said_and_undo_takes_it_back(services: Services, mars: Episode) -> None:
    async with player() as (app, pilot):
        await press(pilot, ["b"])
        await until(pilot, lambda: "Nothing plays, so there is nothing to keep." in told(app))
        app.verbs.play(mars.id, 100.0)
        await until(pilot, lambda: app.now.state.position_s > 100.1)
        await press(pilot, ["b"])
        await until(pilot, lambda: "Kept " in told(app))
        assert not app.now.state.paused, "playback goes on"
        (card,) = services.snips.cards()
        first, last = round(card.snip.start_s / 10), round(card.snip.end_s / 10) - 1
        assert 5 <= first <= 7 and 9 <= last <= 12 and card.snip.at_s - 12 < card.snip.end_s < card.snip.at_s + 12
        assert card.snip.text == " ".join(stage.sentence(n) for n in range(first, last + 1))
        await press(pilot, ["ctrl+z"])
        await until(pilot, lambda: "Undone: Kept a snip of “Mars”" in told(app))
        assert services.snips.cards() == []


async def test_they_are_listed_and_changed_by_keys(services: Services, mars: Episode) -> None:
    for at in (100.0, 300.0):
        services.snips.keep(mars.id, at)
    async with player() as (app, pilot):
        await press(pilot, ["T"])
        await until(pilot, lambda: isinstance(app.screen, SnipsScreen) and "Snips · 2" in seen(app))
        assert "Mars — Night Sky · 4:10" in " ".join(seen(app).split())
        await press(pilot, ["f"])
        await until(pilot, lambda: f"★ {stage.sentence(25)}"[:20] in seen(app))
        await press(pilot, ["e"])
        await until(pilot, lambda: isinstance(app.screen, CommandLine))
        await pilot.press(*"Look", "enter")
        await until(pilot, lambda: "· Look" in seen(app))
        await press(pilot, ["t"])
        await until(pilot, lambda: isinstance(app.screen, CommandLine))
        await pilot.press(*"Mine", "enter")
        await until(pilot, lambda: services.snips.cards()[0].snip.title == "Mine")
        await press(pilot, [":"])
        await until(pilot, lambda: isinstance(app.screen, CommandLine))
        await pilot.press(*"snip", "space", *"title", "space", "minus", "enter")
        await until(pilot, lambda: services.snips.cards()[0].snip.title == "")
        await press(pilot, ["number_sign"])
        await until(pilot, lambda: isinstance(app.screen, CommandLine))
        await pilot.press(*"idea", "enter")
        await until(pilot, lambda: "#idea" in seen(app))
        await press(pilot, ["right_parenthesis"])
        await until(pilot, lambda: services.snips.cards()[0].snip.start_s == 260.0)
        await press(pilot, ["right_curly_bracket", "right_curly_bracket"])
        await until(pilot, lambda: services.snips.cards()[0].snip.end_s == 320.0)
        await press(pilot, ["y"])
        await until(pilot, lambda: "Copied: “This is sentence number 26." in told(app))
        await press(pilot, ["x"])
        await until(pilot, lambda: "Snips · 1" in seen(app))
        await press(pilot, ["ctrl+z"])
        await press(pilot, ["escape", "T"])
        await until(pilot, lambda: "Snips · 2" in seen(app))
        (first, _) = services.snips.cards()
        assert (first.snip.note, first.snip.tags, first.snip.starred) == ("Look", ("idea",), True)


async def test_enter_plays_one_and_a_key_leads_into_its_episode(services: Services, mars: Episode) -> None:
    services.snips.keep(mars.id, 100.0)
    async with player() as (app, pilot):
        app.open_snips()
        await until(pilot, lambda: "Snips · 1" in seen(app))
        await press(pilot, ["enter"])
        await until(pilot, lambda: app.now.moment is not None and 50 <= app.now.state.position_s < 60)
        await press(pilot, ["o"])
        await until(pilot, lambda: app.now.moment is None and not isinstance(app.screen, SnipsScreen))
        assert 50 <= app.now.state.position_s < 60


async def test_titles_come_in_any_order(services: Services, mars: Episode) -> None:
    """Work that was asked for first may end last."""
    held = lock.take("ml")
    first, second = (services.snips.keep(mars.id, at).snip for at in (100.0, 300.0))
    jobs = [services.store.jobs.enqueue("retell", episode_id=mars.id, target=str(snip.id)) for snip in (first, second)]
    async with player(stop_work=False) as (app, pilot):
        app.open_snips()
        await until(pilot, lambda: "Snips · 2" in seen(app))
        for job, snip, title in ((jobs[1], second, "Came first"), (jobs[0], first, "Came last")):
            services.store.snips.save(replace(services.snips.get(snip.id), title=title, model="m"))
            services.store._db.execute("update job set state = 'done' where id = ?", [job.id])
            await until(pilot, lambda title=title: title in seen(app))  # type: ignore[misc]
    if held is not None:
        os.close(held)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)])
async def test_without_any_it_says_how_they_come_to_be(services: Services, size: tuple[int, int]) -> None:
    stage.stock(services)
    async with player(size) as (app, pilot):
        app.open_snips()
        await until(
            pilot, lambda: "You have kept nothing yet." in seen(app) and "b keeps what was" in " ".join(seen(app).split())
        )
        await press(pilot, ["x", "f", "enter", "P", "o", "left_parenthesis"])
        assert isinstance(app.screen, SnipsScreen) and app._exception is None
