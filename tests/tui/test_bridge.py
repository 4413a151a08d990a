"""Who holds the library, how things come back after a restart, and what is kept when the player ends."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from pathlib import Path

import pytest

from podcli import paths
from podcli.errors import PodcliError
from podcli.services import Services
from podcli.tui.claim import Claim
from tests.tui import stage
from tests.tui.conftest import player, press, seen, told, until, view


async def test_a_second_player_looks_but_changes_nothing(services: Services, tmp_path: Path) -> None:
    episodes = stage.stock(services)
    stage.speak(services, episodes["Mars"])
    holder = Claim()
    assert holder.take() is None
    try:
        async with player() as (app, pilot):
            await until(pilot, lambda: f"read only (process {os.getpid()})" in seen(app))
            assert f"Another podcli (process {os.getpid()}) holds this library" in told(app)
            await press(pilot, "c")
            await until(pilot, lambda: "here it can only be read" in told(app))
            await press(pilot, "e")
            await press(pilot, ["slash", *"Mars", "enter", "t"])
            await until(pilot, lambda: "This is sentence number 0." in seen(app))
            assert stage.queue(services) == [] and stage.triage(services, episodes["Assam"]) == "inbox"
    finally:
        holder.let_go()
    async with player() as (app, pilot):
        await press(pilot, "c")
        await until(pilot, lambda: any(stage.triage(services, each) == "done" for each in (episodes["Mars"], episodes["Assam"])))


async def test_everything_comes_back_as_it_was_left(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        await press(pilot, "svj")
        await press(pilot, ["slash", *"tea", "enter"])
        await until(pilot, lambda: "by title" in seen(app) and "Inbox · 3" in seen(app))
        chosen = app.front().selected()  # type: ignore[union-attr]
        await view(pilot, "shows")
        await press(pilot, "s")
        await view(pilot, "queue")
    async with player() as (app, pilot):
        await until(pilot, lambda: app.current_mode == "queue")
        await view(pilot, "inbox")
        await until(pilot, lambda: "by title" in seen(app) and "Inbox · 3" in seen(app))
        assert app.front().selected() == chosen  # type: ignore[union-attr]
        assert "[v Summary]" in seen(app)
        await view(pilot, "shows")
        await until(pilot, lambda: "by new" in seen(app))


async def test_what_is_remembered_may_be_nonsense(services: Services) -> None:
    stage.stock(services)
    for key, value in {
        "view": 7,
        "view.inbox": [1],
        "tab": {},
        "shows": "x",
        "view.queue": {"sort": 3, "at": "x", "words": None},
    }.items():
        services.store.library.remember(f"tui.{key}", value)
    async with player() as (app, pilot):
        await until(pilot, lambda: "Inbox · 4" in seen(app))
        await view(pilot, "queue")
        await view(pilot, "shows")
        assert app.failure is None


async def test_the_position_is_kept_when_the_player_ends(services: Services, tmp_path: Path) -> None:
    episode = stage.stock(services)["Assam"]
    stage.download(services, episode, tmp_path)
    async with player() as (app, pilot):
        app.verbs.play(episode.id, 100.0)
        await until(pilot, lambda: app.now.state.position_s > 100.5)
        last = app.now.state.position_s
    assert last - 0.1 <= services.library.episode(episode.id).position_s < last + 2


async def test_a_library_that_breaks_while_it_is_open_ends_in_words(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        await until(pilot, lambda: "Inbox · 4" in seen(app))
        app.bridge.do(_break)
        await until(pilot, lambda: "database" in told(app).lower() or "library" in told(app).lower())
        assert "Traceback" not in told(app)
        await press(pilot, "j")


def _break(_services: Services) -> None:
    raise sqlite3.DatabaseError("database disk image is malformed")


async def test_an_error_nobody_foresaw_is_one_sentence_and_a_log(services: Services) -> None:
    async with player() as (app, pilot):
        app.bridge.do(lambda _: 1 / 0)
        await until(pilot, lambda: "did not foresee (ZeroDivisionError)" in told(app))
        assert "ZeroDivisionError: division by zero" in paths.log_file("podcli").read_text()


async def test_the_same_complaint_is_not_repeated(services: Services) -> None:
    def fail(_services: Services) -> None:
        raise PodcliError("The disk is full.", "Make room.")

    async with player() as (app, pilot):
        for _ in range(5):
            app.bridge.do(fail)
        await until(pilot, lambda: "The disk is full." in told(app))
        await pilot.pause(0.3)
        assert told(app).count("The disk is full.") == 1


async def test_quitting_asks_about_work_that_runs(services: Services) -> None:
    from podcli.pipeline import lock

    episodes = stage.stock(services)
    held = lock.take("net"), lock.take("ml")
    try:
        services.store.jobs.enqueue("download", episode_id=episodes["Assam"].id, title="Assam")
        async with player() as (app, pilot):
            await until(pilot, lambda: app.active)
            await press(pilot, "q")
            await until(pilot, lambda: "Work is going on" in seen(app) and "Downloading: waiting" in seen(app))
            await press(pilot, ["escape"])
            await until(pilot, lambda: "Work is going on" not in seen(app))
            await press(pilot, "qk")
            await until(pilot, lambda: app._exit)
            assert not app.stop_work
    finally:
        for each in held:
            if each is not None:
                os.close(each)


async def test_quitting_without_work_is_at_once(services: Services) -> None:
    async with player() as (app, pilot):
        await press(pilot, "q")
        await until(pilot, lambda: app._exit)


@pytest.mark.parametrize("change", ["position", "title", "gone"])
async def test_what_another_process_changes_appears(services: Services, change: str) -> None:
    episodes = stage.stock(services)
    async with player() as (app, pilot):
        await until(pilot, lambda: "Inbox · 4" in seen(app))
        if change == "position":
            services.store.library.save_position(episodes["Assam"].id, 65.0)
            await until(pilot, lambda: "at 1:05" in seen(app))
        elif change == "title":
            stage.subscribe(services, "Third Show", "Oolong", new=1)
            await until(pilot, lambda: "Oolong" in seen(app))
        else:
            services.library.remove(services.library.show("Night Sky"))
            await until(pilot, lambda: "Mars" not in seen(app))
        await asyncio.sleep(0)
