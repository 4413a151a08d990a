"""Searching: what was found is shown, however it was put."""

from __future__ import annotations

from podcli.services import Services
from tests.tui import stage
from tests.tui.conftest import player, press, seen, until, view


async def test_other_forms_of_a_word_are_shown_too(services: Services) -> None:
    stage.speak(services, stage.stock(services)["Assam"], 3)
    async with player() as (app, pilot):
        await view(pilot, "search")
        await press(pilot, [*"numbered sentences"])
        await until(pilot, lambda: "Search · 3 found" in seen(app))
        assert all(f"This is sentence number {n}." in seen(app) for n in range(3))
