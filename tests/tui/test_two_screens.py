"""Two screens about the same episode: both say what it says."""

from __future__ import annotations

from pathlib import Path

from podcli.services import Services
from tests.tui import stage
from tests.tui.conftest import player, press, seen, until


async def test_what_the_list_has_selected_can_be_opened_full_width(services: Services, tmp_path: Path) -> None:
    assam = stage.stock(services)["Assam"]
    stage.speak(services, assam)
    stage.download(services, assam, tmp_path)
    async with player() as (app, pilot):
        await press(pilot, ["slash", *"assam", "enter", "t"])
        await until(pilot, lambda: "This is sentence number 1." in seen(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.now.state.episode_id == assam.id)
        app.open_episode(None)
        await until(pilot, lambda: "Inbox ·" not in seen(app) and "This is sentence number 1." in seen(app))


async def test_what_was_told_to_the_screen_in_front_is_told_behind_it(services: Services, tmp_path: Path) -> None:
    assam = stage.stock(services)["Assam"]
    transcript = stage.speak(services, assam)
    async with player() as (app, pilot):
        await press(pilot, ["slash", *"assam", "enter"])
        await until(pilot, lambda: "No takeaways yet" in seen(app))
        app.open_episode(assam.id)
        await press(pilot, "w")
        await until(pilot, lambda: "Inbox ·" not in seen(app) and "No takeaways yet" in seen(app))
        stage.insight(services, transcript, "Tea is hot")
        await until(pilot, lambda: "Tea is hot" in seen(app))
        await press(pilot, ["escape"])
        await until(pilot, lambda: "Inbox ·" in seen(app) and "Tea is hot" in seen(app))


async def test_two_lists_with_the_same_episode(services: Services) -> None:
    assam = stage.stock(services)["Assam"]
    stage.speak(services, assam)
    async with player() as (app, pilot):
        await press(pilot, ["slash", *"assam", "enter", "t"])
        await until(pilot, lambda: "This is sentence number 1." in seen(app))
        app.open_show(assam.show_id)
        await until(pilot, lambda: "Tea Time · 4" in seen(app))
        await press(pilot, "t")
        await until(pilot, lambda: "This is sentence number 1." in seen(app))
