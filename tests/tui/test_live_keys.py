"""Whatever names a key names the listener's own: empty lists, the way back to what plays, tabs, the line at the bottom."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.widgets import Static

from podcli import settings
from podcli.services import Services
from podcli.tui.app import PodcliApp
from tests.tui import stage
from tests.tui.conftest import player, press, seen, told, until, view


@pytest.fixture
def own_keys(home: Path) -> None:
    for name, keys in {
        "episode.enqueue": "f2", "episode.play_next": "f3", "transcript.follow": "f4", "episode.transcript": "f5",
        "library.add": "f6", "episode.takeaways": "f7", "library.refresh": "f8", "view.shows": "f9", "app.help": "f10",
        "episode.unheard_only": "f11",
    }.items():  # fmt: skip
        settings.set_value(f"keys.{name}", keys)


def nothing(app: PodcliApp) -> str:
    """What stands in place of the list, whatever the width."""
    words = app.screen.query_one("#nothing", Static)
    assert words.display or not app.library.whole
    return str(words.content)


async def test_an_empty_queue_names_the_keys_that_fill_it(own_keys: None, services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        await view(pilot, "queue")
        await until(pilot, lambda: "f2 on any episode puts it at the end, f3 right" in nothing(app))
        assert "{" not in seen(app)


async def test_an_empty_show_names_the_key_that_looks_again(own_keys: None, services: Services) -> None:
    stage.stock(services)
    shows = services.store.cards.shows()
    services.store._db.execute("delete from episode where show_id = ?", [shows[0].id])
    async with player() as (app, pilot):
        app.open_show(shows[0].id)
        await until(pilot, lambda: "f8 looks for new ones." in seen(app))


async def test_without_a_key_its_words_are_named(services: Services) -> None:
    stage.stock(services)
    settings.set_value("keys.episode.play_next", "")
    async with player() as (app, pilot):
        await view(pilot, "queue")
        await until(pilot, lambda: ":play next right after" in nothing(app))


async def test_tabs_views_and_hints(own_keys: None, services: Services) -> None:
    stage.stock(services)
    async with player((160, 40)) as (app, pilot):
        await until(pilot, lambda: "f5 Transcript" in seen(app) and "Press f7 to make them." in seen(app))
        assert "f9 Shows" in seen(app).splitlines()[0]
        last = seen(app).splitlines()[-1]
        assert "f2 Queue" in last and "f10 Keys" in last and "e Queue" not in last
        await press(pilot, ["f11"])
        await until(pilot, lambda: "not heard" in seen(app))


async def test_the_way_back_to_what_plays(own_keys: None, services: Services, tmp_path: Path) -> None:
    talk = stage.stock(services)["Mars"]
    stage.download(services, talk, tmp_path)
    stage.speak(services, talk)
    async with player() as (app, pilot):
        app.verbs.play(talk.id)
        await until(pilot, lambda: app.now.state.position_s > 0.1)
        app.open_episode(None)
        await until(pilot, lambda: "This is sentence number 0." in seen(app))
        await press(pilot, "G")
        await until(pilot, lambda: "f4: back to what plays" in seen(app))
        await press(pilot, ["f4"])
        await until(pilot, lambda: "back to what plays" not in seen(app))


async def test_an_empty_library_names_the_key_that_adds(own_keys: None) -> None:
    async with player() as (app, pilot):
        await until(pilot, lambda: "Press f6 and give the address of a podcast." in nothing(app))


@pytest.mark.parametrize("size", [(40, 20), (60, 20), (160, 30)])
async def test_help_and_quit_always_show_whatever_their_keys(services: Services, size: tuple[int, int]) -> None:
    settings.set_value("keys.app.help", "f10")
    settings.set_value("keys.app.quit", "f12")
    settings.set_value("keys.episode.archive", "q")
    stage.stock(services)
    async with player(size) as (app, pilot):
        await until(pilot, lambda: seen(app).splitlines()[-1].rstrip().endswith("f10 Keys  f12 Quit"))
        assert ("q Archive" in seen(app).splitlines()[-1]) == (size[0] > 40)


async def test_other_keys_hold_from_the_next_start_and_that_is_said(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        app.verbs.set_setting("player.back_s", "15")
        await until(pilot, lambda: app.settings.player.back_s == 15)
        assert told(app) == ""
        app.verbs.set_setting("tui.preset", "emacs")
        await until(pilot, lambda: "Keys and mouse change when podcli starts anew." in told(app))
