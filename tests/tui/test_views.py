"""Shows, episodes of a show, queue, search, work, models, settings: every view with something in it, and with nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from podcli import settings
from podcli.domain import Progress
from podcli.pipeline import lock
from podcli.services import Services
from tests.tui import stage
from tests.tui.conftest import player, press, seen, told, until, view


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("shows", "No shows yet. Press a"), ("queue", "Your library is empty."), ("search", "Type words"),
        ("jobs", "There has been no work yet."), ("models", "whisper-tiny.en"), ("settings", "settings.toml"),
    ],
)  # fmt: skip
async def test_with_nothing_in_it_a_view_says_what_it_is_for(name: str, says: str) -> None:
    async with player() as (app, pilot):
        await view(pilot, name)
        await until(pilot, lambda: says in seen(app))


async def test_digits_open_the_views(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        for key, name in zip("2345671", ("shows", "queue", "search", "jobs", "models", "settings", "inbox"), strict=True):
            await pilot.press("alt+" + key if name in ("jobs",) else key)
            await until(pilot, lambda name=name: app.current_mode == name)  # type: ignore[misc]
            if name == "search":
                await pilot.press("enter")  # out of the words


# Shows


async def test_shows_list_what_is_new_and_open(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        await view(pilot, "shows")
        await until(pilot, lambda: "6 episodes of 2 shows" in seen(app))
        assert "Somebody · 4 episodes" in seen(app)
        await press(pilot, "s")
        await until(pilot, lambda: "by new" in seen(app))
        await press(pilot, ["slash", *"Sky", "enter", "enter"])
        await until(pilot, lambda: "Night Sky · 2" in seen(app) and "Venus" in seen(app))
        await press(pilot, ["escape"])
        await until(pilot, lambda: "Shows · 2" in seen(app))


async def test_removing_a_show_asks_and_can_be_undone(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        await view(pilot, "shows")
        await until(pilot, lambda: "Night Sky" in seen(app))
        await press(pilot, "jD")
        await until(pilot, lambda: "Remove “Night Sky”?" in seen(app))
        await press(pilot, ["escape"])
        assert len(services.store.cards.shows()) == 2
        await press(pilot, "Dy")
        await until(pilot, lambda: len(services.store.cards.shows()) == 1)
        await until(pilot, lambda: "Shows · 1" in seen(app))
        await press(pilot, ["ctrl+z"])
        await until(pilot, lambda: "Shows · 2" in seen(app))


async def test_how_a_show_is_played(services: Services) -> None:
    episodes = stage.stock(services)
    async with player() as (app, pilot):
        await view(pilot, "shows")
        await until(pilot, lambda: "Tea Time" in seen(app))
        await press(pilot, ["j", "j", "P"])
        await until(pilot, lambda: "Speed" in seen(app) and "Tea Time" in seen(app) and "ntro" in seen(app))
        await press(pilot, ["enter"])
        await until(pilot, lambda: "0.5" in seen(app))
        await press(pilot, [*"1.5", "enter"])
        await until(pilot, lambda: services.library.show_settings(episodes["Assam"].show_id).speed == 1.5)


async def test_a_show_that_could_not_be_refreshed_says_why(services: Services) -> None:
    stage.stock(services)
    services.store.library.mark_problem(stage.show_of(services, "Tea Time"), "feeds.example.org does not answer.")
    async with player() as (app, pilot):
        await view(pilot, "shows")
        await until(pilot, lambda: "! feeds.example.org does not answer." in seen(app))


async def test_adding_says_what_is_wrong_beneath_the_address() -> None:
    async with player() as (app, pilot):
        await press(pilot, "a")
        await until(pilot, lambda: "Add a show" in seen(app))
        await press(pilot, [*"http://127.0.0.1:9/x", "enter"])
        await until(pilot, lambda: "refuses the connection" in seen(app) and "Enter tries again" in seen(app))
        await press(pilot, ["escape"])
        await until(pilot, lambda: "Add a show" not in seen(app))


# Queue


async def test_the_queue_is_reordered_and_cleared_with_undo(services: Services) -> None:
    episodes = stage.stock(services)
    services.queue.add([episodes[title].id for title in ("Assam", "Bancha", "Mars")])
    async with player() as (app, pilot):
        await view(pilot, "queue")
        await until(pilot, lambda: "Queue · 3 · 50 min" in seen(app))
        await press(pilot, "J")
        await until(pilot, lambda: stage.queue(services) == ["Bancha", "Assam", "Mars"])
        await press(pilot, "J")
        await until(pilot, lambda: stage.queue(services) == ["Bancha", "Mars", "Assam"])
        await until(pilot, lambda: "2. Mars" in seen(app) and "3. Assam" in seen(app))
        await press(pilot, "K")
        await until(pilot, lambda: stage.queue(services) == ["Bancha", "Assam", "Mars"])
        await press(pilot, "D")
        await until(pilot, lambda: stage.queue(services) == ["Bancha", "Mars"])
        await press(pilot, "X")
        await until(pilot, lambda: "The queue is empty" in seen(app) and not stage.queue(services))
        await press(pilot, ["ctrl+z"])
        await until(pilot, lambda: stage.queue(services) == ["Bancha", "Mars"])
        await press(pilot, ["ctrl+z"])
        await until(pilot, lambda: stage.queue(services) == ["Bancha", "Assam", "Mars"])


# Search


async def test_search_finds_what_was_said_and_plays_that_second(services: Services, tmp_path: Path) -> None:
    episodes = stage.stock(services)
    stage.download(services, episodes["Assam"], tmp_path)
    stage.speak(services, episodes["Assam"])
    async with player() as (app, pilot):
        await view(pilot, "search")
        await press(pilot, [*"number 17"])
        await until(pilot, lambda: "This is sentence number 17." in seen(app) and "Assam — Tea Time" in seen(app))
        await press(pilot, ["enter", "enter"])
        await until(pilot, lambda: app.now.state.episode_id == episodes["Assam"].id)
        await until(pilot, lambda: 170 <= app.now.state.position_s < 180)


async def test_search_says_when_nothing_is_found(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        await view(pilot, "search")
        await press(pilot, [*"zebra"])
        await until(pilot, lambda: "“zebra” was not found." in seen(app))


# Work


async def test_work_shows_progress_can_be_stopped_and_tried_again(services: Services) -> None:
    episodes = stage.stock(services)
    held = lock.take("net"), lock.take("ml")  # nobody works on it but this test
    try:
        running = services.store.jobs.enqueue("download", episode_id=episodes["Assam"].id, title="Assam")
        services.store.jobs.claim("net")
        services.store.jobs.report(running.id, Progress(4_000_000, 10_000_000, "bytes", "Downloading", 2_000_000.0, 3.0))
        failed = services.store.jobs.enqueue("download", episode_id=episodes["Mars"].id, title="Mars")
        services.store.jobs.fail(failed.id, "cdn.example.org has no such file.", "The publisher may have moved it.")
        async with player() as (app, pilot):
            await view(pilot, "jobs")
            await until(pilot, lambda: "Downloading 40% · 3 s left · 2.0 MB/s" in seen(app))
            assert "failed" in seen(app) and "cdn.example.org has no such file. The publisher may have moved it." in seen(app)
            await press(pilot, ["g", "x"])
            await until(pilot, lambda: services.jobs.get(running.id).state == "cancelled")
            await press(pilot, ["G"])
            await until(pilot, lambda: "cancelled" in seen(app))
            await press(pilot, ["slash", *"Mars", "enter", "r"])
            await until(pilot, lambda: services.jobs.get(failed.id).state == "queued")
            await press(pilot, ["x", "D"])
            await until(pilot, lambda: not services.jobs.recent())
            await press(pilot, ["ctrl+z"])
            await until(pilot, lambda: len(services.jobs.recent()) == 2)
    finally:
        for each in held:
            if each is not None:
                os.close(each)


# Models, settings


async def test_models_say_what_they_need_and_which_is_used() -> None:
    async with player() as (app, pilot):
        await view(pilot, "models")
        await until(pilot, lambda: "Takeaways and summaries" in seen(app))
        assert "not here" in seen(app) and "needs" in seen(app) and "GB of memory" in seen(app)
        await press(pilot, "u")
        await until(pilot, lambda: "not installed" in told(app))


async def test_settings_are_changed_checked_and_put_back(home: Path) -> None:
    async with player() as (app, pilot):
        await view(pilot, "settings")
        await press(pilot, ["slash", *"back_s", "enter", "j", "enter"])
        await until(pilot, lambda: "From 1 to 600." in seen(app))
        await press(pilot, [*["backspace"] * 4, *"15", "enter"])
        await until(pilot, lambda: settings.load().player.back_s == 15)
        await until(pilot, lambda: "* back_s = 15" in seen(app))
        await press(pilot, ["enter", *["backspace"] * 4, *"9999", "enter"])
        await until(pilot, lambda: "must lie between 1 and 600" in told(app) + seen(app))
        assert settings.load().player.back_s == 15
        await press(pilot, ["escape"])
        await press(pilot, "D")
        await until(pilot, lambda: settings.load().player.back_s == 10)


async def test_a_setting_that_may_be_several_things_takes_words(home: Path) -> None:
    async with player() as (app, pilot):
        await view(pilot, "settings")
        await press(pilot, ["slash", *"accounts", "enter", "j", "enter"])
        await until(pilot, lambda: "Any of obsidian, markdown" in " ".join(seen(app).replace("┃", " ").split()))
        await press(pilot, [*"obsidian", "space", *"anki", "enter"])
        await until(pilot, lambda: settings.load().export.auto == ("obsidian", "anki"))
        await until(pilot, lambda: '* auto = ["obsidian", "anki"]' in seen(app))
        await press(pilot, ["enter", "space", *"srt", "enter"])
        await until(pilot, lambda: "export.auto knows no 'srt'" in told(app) + seen(app))
        await press(pilot, ["escape", "D"])
        await until(pilot, lambda: settings.load().export.auto == ())


async def test_a_preset_that_clashes_with_own_keys_is_refused(home: Path) -> None:
    settings.set_value("keys.episode.archive", "ctrl+n")  # in emacs that is Down
    async with player() as (app, pilot):
        app.verbs.set_setting("tui.preset", "emacs")
        await until(pilot, lambda: "ctrl+n" in told(app) and "list.down" in told(app))
        assert settings.load().tui.preset == "vim"


async def test_the_key_of_a_view_closes_what_was_opened_over_it(services: Services) -> None:
    episodes = stage.stock(services)
    async with player() as (app, pilot):
        await view(pilot, "shows")
        app.open_show(episodes["Mars"].show_id)
        await until(pilot, lambda: "Night Sky ·" in seen(app))
        await press(pilot, "2")
        await until(pilot, lambda: "Shows · 2" in seen(app))
