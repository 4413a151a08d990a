"""Windows over a view: what they ask, what each answer does, and that Escape does nothing at all."""

from __future__ import annotations

import asyncio
import webbrowser
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from podcli import settings
from podcli.domain import AudioDevice, Episode, Show, ShowId, ShowSettings
from podcli.services import Services
from podcli.tui.app import PodcliApp
from podcli.tui.messages import DevicesRead
from podcli.tui.rows import Row
from podcli.tui.screens.ask import Ask, Choose, HelpScreen
from podcli.tui.screens.command_line import CommandLine
from podcli.tui.screens.show_settings import ShowSettingsScreen
from podcli.tui.screens.window import Window
from podcli.tui.typeahead import TypeAhead
from tests.tui import stage
from tests.tui.conftest import player, press, seen, told, until, view

NOTES = "<p>See https://example.org/tea and (https://example.org/pot). Again https://example.org/tea</p>"


@pytest.fixture
def tea(services: Services) -> list[Episode]:
    return stage.subscribe(services, "Tea Time", "Assam", "Bancha", new=2, notes=NOTES)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the browser got."""
    found = list[str]()
    monkeypatch.setattr(webbrowser, "open", lambda url: found.append(url) or True)
    return found


async def about(app: PodcliApp, pilot: object, episode: Episode) -> None:
    """Wait until the player knows all about an episode."""
    await until(pilot, lambda: app.episode_read is not None and app.episode_read.id == episode.id)  # type: ignore[arg-type]


# Links


async def test_links_of_the_notes_each_once_and_the_page_first(tea: list[Episode], opened: list[str]) -> None:
    async with player() as (app, pilot):
        await about(app, pilot, tea[0])
        await press(pilot, "U")
        await until(pilot, lambda: "Links" in seen(app) and "https://example.org/pot" in seen(app))
        assert [row.key for row in app.screen.query_one("RowList").rows] == [  # type: ignore[attr-defined]
            "https://example.org/0", "https://example.org/tea", "https://example.org/pot",
        ]  # fmt: skip
        await press(pilot, ["escape"])
        assert opened == []
        await press(pilot, ["U", "j", "enter"])
        await until(pilot, lambda: opened == ["https://example.org/tea"])
        assert "Opened https://example.org/tea" in told(app)


async def test_the_page_is_opened_or_copied_where_there_is_no_browser(
    tea: list[Episode], opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with player() as (app, pilot):
        await about(app, pilot, tea[0])
        await press(pilot, "o")
        await until(pilot, lambda: opened == ["https://example.org/0"])
        monkeypatch.setattr(webbrowser, "open", lambda url: False)
        await press(pilot, "o")
        await until(pilot, lambda: "Copied: https://example.org/0" in told(app))
        assert app.clipboard == "https://example.org/0"


@pytest.mark.parametrize("link", ["", "javascript:alert(1)", "file:///etc/passwd"])
async def test_only_pages_of_the_web_are_opened(services: Services, tea: list[Episode], opened: list[str], link: str) -> None:
    services.store._db.execute("update episode set link = ?, description = 'No links here.'", [link])
    async with player() as (app, pilot):
        await about(app, pilot, tea[0])
        await press(pilot, "o")
        await until(pilot, lambda: "This episode names no page." in told(app))
        await press(pilot, "U")
        await until(pilot, lambda: "The notes have no links." in told(app))
        await press(pilot, "Y")
        assert opened == []


async def test_the_address_is_copied(tea: list[Episode]) -> None:
    async with player() as (app, pilot):
        await about(app, pilot, tea[0])
        await press(pilot, "Y")
        await until(pilot, lambda: app.clipboard == "https://example.org/0")


# How a show is played


async def test_every_way_a_show_is_played(services: Services, tea: list[Episode]) -> None:
    show = tea[0].show_id

    def kept() -> ShowSettings:
        return services.library.show_settings(show)

    async with player() as (app, pilot):
        await press(pilot, "P")
        await until(pilot, lambda: "How “Tea Time” is played" in seen(app) and "Speed: as for all shows" in seen(app))
        await press(pilot, ["enter", *"1,5x", "enter"])
        await until(pilot, lambda: kept().speed == 1.5 and "Speed: 1.5×" in seen(app))
        await press(pilot, ["j", "enter", *"30", "enter"])
        await until(pilot, lambda: kept().skip_intro_s == 30 and "30 s" in seen(app))
        await press(pilot, ["j", "enter", *"many", "enter"])
        await until(pilot, lambda: "“many” does not do: a number from 0 to 600." in told(app))
        await press(pilot, ["enter", *"601", "enter"])
        await until(pilot, lambda: "“601” does not do" in told(app))
        assert kept().skip_outro_s is None
        await press(pilot, ["j", "enter"])
        await until(pilot, lambda: kept().voice_boost is True)
        await press(pilot, ["enter"])
        await until(pilot, lambda: kept().voice_boost is False)
        await press(pilot, ["j", "enter", "enter"])
        await until(pilot, lambda: kept().loudness == "dynaudnorm")
        await press(pilot, ["j", "enter"])
        await until(pilot, lambda: kept().smart_speed is True)
        await press(pilot, ["D"])
        await until(pilot, lambda: kept().smart_speed is None)
        await press(pilot, ["k"] * 5 + ["D"])
        await until(pilot, lambda: kept() == ShowSettings(skip_intro_s=30, voice_boost=False, loudness="dynaudnorm"))
        await press(pilot, ["escape"])
        await until(pilot, lambda: "is played" not in seen(app))


# Choosing


async def test_devices_are_listed_with_the_one_in_use_and_can_be_chosen(tea: list[Episode], tmp_path: Path) -> None:
    async with player() as (app, pilot):
        chosen = list[str]()
        app.verbs.set_device = chosen.append  # type: ignore[method-assign]
        app.post_message(DevicesRead([AudioDevice("auto", "As the system says"), AudioDevice("usb", "Headset [/b]")]))
        await until(pilot, lambda: "Where the sound goes" in seen(app) and "Headset [/b]" in seen(app))
        assert "›  As the system says" in seen(app)
        await press(pilot, ["j", "enter"])
        await until(pilot, lambda: chosen == ["usb"])


async def test_the_command_for_devices_asks_the_player(tea: list[Episode]) -> None:
    async with player() as (app, pilot):
        await press(pilot, [":", *"device", "enter"])
        await until(pilot, lambda: "Where the sound goes" in seen(app))


@pytest.mark.parametrize("key", ["z", "U", "P", "a", "question_mark", "ctrl+p", "apostrophe", "colon"])
async def test_escape_leaves_every_window_and_nothing_has_happened(services: Services, tea: list[Episode], key: str) -> None:
    async with player() as (app, pilot):
        await about(app, pilot, tea[0])
        focus = app.focused
        await pilot.press(key)
        await until(pilot, lambda: len(app.screen_stack) == 2)
        await pilot.press("escape")
        await until(pilot, lambda: len(app.screen_stack) == 1)
        assert app.focused is focus and not app._notifications and services.undo.last() is None


async def test_time_saved_is_told(tea: list[Episode]) -> None:
    async with player() as (app, pilot):
        await press(pilot, [":", *"stats", "enter"])
        await until(pilot, lambda: "30 days" in told(app))


# The editor


async def test_the_file_of_settings_is_edited_and_read_again(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tea: list[Episode]
) -> None:
    editor = tmp_path / "editor"
    monkeypatch.setenv("VISUAL", str(editor))
    async with player() as (app, pilot):
        monkeypatch.setattr(app, "suspend", _no_terminal)
        await view(pilot, "settings")
        await press(pilot, "E")
        await until(pilot, lambda: "The editor" in told(app) and "cannot be started" in told(app))
        for text, says in (("[player]\\nback_s = 25\\n", ""), ("[player]\\nbakc_s = 25\\n", "player.bakc_s")):
            editor.write_text(f'#!/bin/sh\nprintf "{text}" > "$1"\n')
            editor.chmod(0o755)
            await press(pilot, "E")
            await until(pilot, lambda says=says: says in told(app) and app.settings.player.back_s == 25)  # type: ignore[misc]
        assert app.is_running and settings.value(app.settings, "player.back_s") == 25


class _no_terminal:
    """In place of giving the terminal away: the tests have none."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None


# Left before they are there


@pytest.mark.parametrize(
    "window",
    [
        lambda: Choose("Which?", [Row("a", "A")]),
        lambda: CommandLine([], lambda _command: [], []),
        lambda: ShowSettingsScreen(Show(ShowId(1), "https://a", "Tea"), ShowSettings()),
        lambda: Ask("What?", "It."),
        lambda: HelpScreen([]),
    ],
    ids=["choose", "command line", "show settings", "ask", "help"],
)
@pytest.mark.parametrize("steps", [0, 1, 3])
async def test_a_window_may_be_left_while_it_is_being_made(window: Callable[[], Window[Any]], steps: int) -> None:
    """On a busy machine Escape comes before there is anything to leave."""
    app = App[None]()
    async with app.run_test() as pilot:
        made = window()
        app.push_screen(made)
        for _ in range(steps):
            await asyncio.sleep(0)
        app.pop_screen()
        await pilot.pause()
        assert app.screen is not made


@pytest.mark.parametrize("key", ["tab", "down", "up", "enter", "escape"])
@pytest.mark.parametrize("steps", [0, 1, 3])
async def test_a_key_may_come_while_a_window_is_being_made(key: str, steps: int) -> None:
    app = App[None]()
    async with app.run_test() as pilot:
        app.push_screen(CommandLine([], lambda _command: [], []))
        for _ in range(steps):
            await asyncio.sleep(0)
        app.post_message(events.Key(key, None))
        await pilot.pause()


async def test_the_player_may_be_left_while_a_window_is_being_made() -> None:
    app = App[int]()
    async with app.run_test():
        app.push_screen(Choose("Which?", [Row("a", "A")]))
        app.exit(7)
    assert app.return_value == 7


class SlowView(Static, can_focus=True):
    """Keys are a while under way in it, as on a busy machine."""

    async def on_key(self, event: events.Key) -> None:
        await asyncio.sleep(0.05)


class SlowApp(TypeAhead, App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("colon", "line")]

    def compose(self) -> ComposeResult:
        yield SlowView()

    def action_line(self) -> None:
        self.push_screen(CommandLine([], lambda _command: [], []))


@pytest.mark.parametrize("pause", [0.0, 0.04, 0.1, 0.2])
async def test_what_is_typed_into_a_window_that_opens_keeps_its_order(pause: float) -> None:
    """Some keys are still in the view beneath when the window is there: those typed then have to wait for them."""
    app = SlowApp()
    async with app.run_test() as pilot:
        app.query_one(SlowView).focus()
        await pilot.pause()
        for character in ":abcd":
            app.post_message(events.Key("colon" if character == ":" else character, character))
        await asyncio.sleep(pause)
        for character in "efgh":
            app.post_message(events.Key(character, character))
            await asyncio.sleep(0.01)
        await until(pilot, lambda: isinstance(app.screen, CommandLine) and len(app.screen.query_one(Input).value) == 8)
        assert app.screen.query_one(Input).value == "abcdefgh"
