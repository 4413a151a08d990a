"""Whatever is pressed, in whatever order, at whatever size: the player goes on, and says nothing it did not foresee."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from podcli.keymap import COMMANDS
from podcli.keymap.names import textual_name
from podcli.pipeline import lock
from podcli.services import Services
from podcli.tui.app import PodcliApp
from tests.tui import stage
from tests.tui.conftest import player, told, until

_NOT = {"q", "ctrl+c", "ctrl+q", "E", "ctrl+z"}
"""What ends the player or opens an editor; undo has a chance of its own."""
_KEYS = sorted({textual_name(key) for command in COMMANDS for key in command.keys} - _NOT)
_SIZES = ((120, 40), (80, 24), (60, 20), (40, 12), (20, 5), (5, 2), (1, 1), (200, 60))
_STEPS = int(os.environ.get("STORM_STEPS", "100"))


@pytest.fixture
def full(services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A library with a bit of everything; nobody works on its jobs."""
    monkeypatch.setattr("webbrowser.open", lambda _: False)
    held = lock.take("net"), lock.take("ml")
    episodes = stage.stock(services)
    for title in ("Assam", "Mars"):
        stage.download(services, episodes[title], tmp_path)
        transcript = stage.speak(services, episodes[title])
        stage.insight(services, transcript, "one", "two")
        stage.chapters(services, episodes[title], "a", "b")
    services.queue.add([episodes["Bancha"].id, episodes["Mars"].id])
    services.store.jobs.enqueue("download", episode_id=episodes["Venus"].id, title="Venus")
    yield
    for each in held:
        if each is not None:
            os.close(each)


@pytest.mark.parametrize("seed", [int(each) for each in os.environ.get("STORM_SEEDS", "1 2").split()])
async def test_a_storm_of_keys_and_sizes(seed: int, full: None) -> None:
    chance = random.Random(seed)
    pressed = list[str]()
    async with player() as (app, pilot):
        for step in range(_STEPS):
            if step % 25 == 24:
                size = chance.choice(_SIZES)
                pressed.append(f"{size[0]}×{size[1]}")
                await pilot.resize_terminal(*size)
            key = chance.choice(["escape", "enter", "ctrl+z"]) if chance.random() < 0.15 else chance.choice(_KEYS)
            pressed.append(key)
            await pilot.press(key)
            assert well(app), f"{pressed[-12:]}: {app.failure or app._exception!r} {told(app)}"
        await pilot.resize_terminal(100, 30)
        for _ in range(8):
            await pilot.press("escape")
        done = list[bool]()
        app.bridge.do(lambda _: done.append(True), writes=False)
        await until(pilot, lambda: done and app.front() is not None)
        assert well(app), told(app)


def well(app: PodcliApp) -> bool:
    """Whether it runs and nothing went wrong that nobody foresaw."""
    return app.is_running and not app._exit and app.failure is None and app._exception is None and "foresee" not in told(app)
