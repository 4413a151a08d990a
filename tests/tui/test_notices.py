"""What the player tells of itself: once, in words, and until it is another matter."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from podcli.domain import NowPlaying, PlayerState
from podcli.services import Services
from podcli.tui.app import PodcliApp
from podcli.tui.messages import PlayerMoved
from tests.tui import stage
from tests.tui.conftest import player, press, seen, told, until


def moved(app: PodcliApp, **state: object) -> None:
    """As the bridge tells it."""
    app.post_message(PlayerMoved(NowPlaying(replace(PlayerState(title="Assam", duration_s=600.0), **state))))  # type: ignore[arg-type]


async def test_a_problem_is_told_once_and_again_after_it_was_gone(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        for _ in range(3):
            moved(app, episode_id=1, problem="The device is gone.")
            await pilot.pause()
        assert told(app) == "! The device is gone."
        await until(pilot, lambda: "! Assam — The device is gone." in seen(app) and "stopped" in seen(app))
        moved(app, episode_id=1, problem="Another.")
        await until(pilot, lambda: "! Another." in told(app))
        moved(app, episode_id=1)
        await until(pilot, lambda: "stopped" not in seen(app))


async def test_a_notice_is_told_once_and_a_passing_one_only_shown(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        moved(app, episode_id=1, notice="Buffering…")
        await until(pilot, lambda: "Assam — Buffering…" in seen(app))
        assert told(app) == ""
        for position in (1.0, 2.0, 3.0):
            moved(app, episode_id=1, position_s=position, notice="No sound device: silent.")
            await pilot.pause()
        moved(app, episode_id=1, position_s=4.0)
        moved(app, episode_id=1, position_s=5.0, notice="No sound device: silent.")
        await pilot.pause()
        assert told(app) == "! No sound device: silent."


async def test_a_file_that_goes_while_it_plays_leaves_the_player_usable(services: Services, tmp_path: Path) -> None:
    episodes = stage.stock(services)
    gone = stage.download(services, episodes["Assam"], tmp_path)
    stage.download(services, episodes["Bancha"], tmp_path)
    async with player() as (app, pilot):
        app.verbs.play(episodes["Assam"].id, 100.0)
        await until(pilot, lambda: app.now.state.position_s > 100.8)
        gone.unlink()
        app.verbs.play(episodes["Bancha"].id)
        await until(pilot, lambda: app.now.state.title == "Bancha" and app.now.state.position_s > 0.1)
        assert services.library.episode(episodes["Assam"].id).position_s > 100, "the place is kept"


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        (["space"], ""), (["left"], ""), (["backspace"], ""), (["period"], ""), ([">"], ""), (["<"], ""),
        (["8"], "Nothing plays"), (["]"], ""), (["*"], ""), (["z", "j", "enter"], ""),
    ],
)  # fmt: skip
async def test_with_nothing_loaded_every_key_of_the_player_is_harmless(keys: list[str], says: str) -> None:
    async with player() as (app, pilot):
        await press(pilot, keys)
        done = list[bool]()
        app.bridge.do(lambda _: done.append(True), writes=False)
        await until(pilot, lambda: done and says in told(app))
        await pilot.pause()
        assert app.is_running and "foresee" not in told(app) and not told(app).startswith("! Something")


async def test_remaining_is_at_the_speed_it_plays_with_and_an_unknown_length_says_so(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        moved(app, episode_id=1, position_s=120.0, speed=2.0)
        await until(pilot, lambda: "2:00" in seen(app) and "10:00 · 4 min left  2×" in seen(app))
        moved(app, episode_id=1, position_s=120.0, duration_s=None)
        await until(pilot, lambda: "2:00" in seen(app) and "? " in seen(app) and "left" not in seen(app).splitlines()[-2])
        moved(app, episode_id=1, position_s=600.0, ended=True)
        await until(pilot, lambda: "■ Assam" in seen(app) and "finished" in seen(app))
