"""Keys: counts, jumping, the `:` line, the palette, help from the live keymap, presets; every command has somebody to do it."""

from __future__ import annotations

import pytest
from textual import events
from textual.widgets import Input

from podcli import keymap, settings
from podcli.keymap import COMMANDS, PRESETS
from podcli.services import Services
from podcli.tui.app import PodcliApp
from podcli.tui.keys import method_name
from podcli.tui.screens.asking import AskScreen
from podcli.tui.screens.base import BaseScreen
from podcli.tui.screens.command_line import CommandLine
from podcli.tui.screens.episode import EpisodeScreen
from podcli.tui.screens.episodes import EpisodesScreen
from podcli.tui.screens.highlights import HighlightsScreen
from podcli.tui.screens.inbox import InboxScreen
from podcli.tui.screens.jobs import JobsScreen
from podcli.tui.screens.models import ModelsScreen
from podcli.tui.screens.queue import QueueScreen
from podcli.tui.screens.search import SearchScreen
from podcli.tui.screens.settings import SettingsScreen
from podcli.tui.screens.show import ShowScreen
from podcli.tui.screens.shows import ShowsScreen
from podcli.tui.screens.snips import SnipsScreen
from podcli.tui.widgets.scroll_list import ScrollList
from podcli.tui.widgets.transcript_view import TranscriptView
from tests.tui import stage
from tests.tui.conftest import player, press, seen, told, until, view

_WHERE: dict[str, tuple[type, ...]] = {
    "everywhere": (PodcliApp, BaseScreen), "list": (ScrollList, EpisodesScreen),
    "episodes": (EpisodesScreen,), "show": (ShowScreen,),
    "inbox": (InboxScreen,), "shows": (ShowsScreen,), "queue": (QueueScreen,), "jobs": (JobsScreen,), "models": (ModelsScreen,),
    "settings": (SettingsScreen,), "search": (SearchScreen,), "highlights": (HighlightsScreen,), "snips": (SnipsScreen,),
    "ask": (AskScreen,),
    "transcript": (TranscriptView,), "episode": (EpisodeScreen,),
}  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS, ids=lambda each: each.id)
def test_every_command_is_done_by_somebody(command: keymap.Command) -> None:
    name = f"action_{method_name(command.id)}"
    doers = (TranscriptView,) if command.id.startswith("list.find") else _WHERE[command.where]
    assert any(hasattr(each, name) for each in doers), f"nobody has {name}"


def cursor(app: PodcliApp) -> int:
    """Which row the cursor is on."""
    return app.screen.query_one("#list ScrollList", ScrollList).cursor


@pytest.mark.usefixtures("unhurried")
async def test_counts_repeat_motions(services: Services) -> None:
    stage.subscribe(services, "Tea", *(f"Tea {n}" for n in range(30)), new=30)
    async with player() as (app, pilot):
        await pilot.press("3", "j")
        assert cursor(app) == 3
        await pilot.press("1", "2", "j")
        assert cursor(app) == 15
        await pilot.press("5")
        assert "5" in seen(app).splitlines()[0][-8:], "what is typed shows"
        await pilot.press("k")
        assert cursor(app) == 10
        await pilot.press("2", "0", "G")
        assert cursor(app) == 19
        await pilot.press("g", "j")
        assert cursor(app) == 1, "a count is used up"
        await pilot.press("ctrl+d")
        assert cursor(app) > 5
        assert app.current_mode == "inbox"


@pytest.mark.usefixtures("unhurried")
async def test_a_count_a_key_did_not_use_is_not_for_the_next(services: Services) -> None:
    stage.subscribe(services, "Tea", *(f"Tea {n}" for n in range(30)), new=30)
    async with player() as (app, pilot):
        await pilot.press("5", "v", "j")
        assert cursor(app) == 1
        await pilot.press("4", "j", "j")
        assert cursor(app) == 6
        await pilot.press("9", "escape", "k")
        assert cursor(app) == 5 and app.current_mode == "inbox"


async def test_a_digit_alone_is_a_view_and_a_count_gone_stale_is_none(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        await pilot.press("2")
        await until(pilot, lambda: app.current_mode == "shows")
        await until(pilot, lambda: not app.counting.typed)
        await pilot.press("1", "5")
        await until(pilot, lambda: not app.counting.typed)
        assert app.current_mode == "shows", "two digits are no view"


async def test_jumping_to_a_pane_and_to_a_view(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        await press(pilot, ["apostrophe"])
        await until(pilot, lambda: type(app.screen).__name__ == "Jump")
        letter = next(key for key, target in app.screen._targets.items() if getattr(target, "id", "") == "rows-takeaways")  # type: ignore[attr-defined]
        await press(pilot, letter)
        await until(pilot, lambda: app.focused is not None and app.focused.id == "rows-takeaways")
        await press(pilot, ["apostrophe"])
        await until(pilot, lambda: type(app.screen).__name__ == "Jump")
        letter = next(key for key, target in app.screen._targets.items() if target == "queue")  # type: ignore[attr-defined]
        await press(pilot, letter)
        await until(pilot, lambda: app.current_mode == "queue")


async def test_the_command_line_completes_and_runs(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        await press(pilot, [":", *"que"])
        await until(pilot, lambda: isinstance(app.screen, CommandLine) and "To the queue" in seen(app))
        await press(pilot, ["tab", "enter"])
        await until(pilot, lambda: app.current_mode == "queue")
        await press(pilot, [":", *"open sh"])
        await until(pilot, lambda: "shows" in seen(app))
        await press(pilot, ["tab", "enter"])
        await until(pilot, lambda: app.current_mode == "shows")


async def test_what_is_typed_while_the_line_opens_belongs_to_it(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        for text in (":", "c", "u", "x", "z", "m"):  # each but the first a key of the inbox; at once, without waiting
            app.post_message(events.Key(text if text != ":" else "colon", text))
        await until(pilot, lambda: isinstance(app.screen, CommandLine) and app.screen.query_one(Input).value == "cuxzm")
        await press(pilot, ["escape"])
        assert "Inbox · 4" in seen(app)
        for text in ":queue":
            app.post_message(events.Key(text if text != ":" else "colon", text))
        app.post_message(events.Key("enter", "\r"))
        await until(pilot, lambda: app.current_mode == "queue")


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("nonsense", "nonsense"), ("speed fast", "from 0.5 to 4"), ("speed 9", "from 0.5 to 4"), ("volume -1", "from 0 to 100"),
        ("open nowhere", "nowhere"), ("theme plaid", "plaid"), ("loudness much", "Loudness is one of"), 
        ("cancel", "nothing to work on"), ("seek noon", "noon"),
    ],
)  # fmt: skip
async def test_what_cannot_be_done_is_said(services: Services, typed: str, says: str) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        await press(pilot, [":"])
        await until(pilot, lambda: isinstance(app.screen, CommandLine))
        app.screen.query_one(Input).value = typed
        await press(pilot, ["enter"])
        await until(pilot, lambda: says in told(app) + seen(app))
        assert app.failure is None


async def test_the_palette_runs_commands(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        await press(pilot, ["ctrl+p"])
        await until(pilot, lambda: "Search for commands" in seen(app))
        await press(pilot, [*"To the shows"])
        await until(pilot, lambda: "To the shows" in seen(app) and "Key: 2" in seen(app))
        await press(pilot, ["enter"])
        await until(pilot, lambda: app.current_mode == "shows")


async def test_help_is_that_of_what_has_the_focus(services: Services) -> None:
    settings.set_value("keys.episode.archive", "f5 c")
    episodes = stage.stock(services)
    stage.speak(services, episodes["Assam"])
    async with player((120, 70)) as (app, pilot):
        await press(pilot, "?")
        await until(pilot, lambda: "Clear it out of the inbox" in seen(app))
        line = next(line for line in seen(app).splitlines() if "Clear it out of the inbox" in line)
        assert "f5 c" in line, "the live keymap"
        assert "Copy this sentence" not in seen(app)
        await press(pilot, ["escape"])
        await view(pilot, "settings")
        await press(pilot, "?")
        await until(pilot, lambda: "As it comes out of the box" in seen(app))
        assert "Clear it out of the inbox" not in seen(app)


async def test_the_last_line_offers_what_the_focus_can_do(services: Services) -> None:
    episodes = stage.stock(services)
    stage.speak(services, episodes["Mars"])
    async with player() as (app, pilot):
        await until(pilot, lambda: "c Archive" in seen(app).splitlines()[-1])
        await press(pilot, ["slash", *"Mars", "enter", "t", "tab"])
        await until(pilot, lambda: "y Copy" in seen(app).splitlines()[-1])


@pytest.mark.parametrize("name", PRESETS)
async def test_every_preset_moves_plays_and_helps(services: Services, name: str) -> None:
    settings.set_value("tui.preset", name)
    stage.stock(services)
    live = keymap.preset(name)

    def key(command: str) -> str:
        return next(each for each in live.keys(command) if not each.isdigit())

    async with player() as (app, pilot):
        await pilot.press(_pressed(key("list.down")))
        assert cursor(app) == 1
        await pilot.press(_pressed(key("list.up")))
        assert cursor(app) == 0
        await pilot.press(_pressed(key("app.help")))
        await until(pilot, lambda: type(app.screen).__name__ == "HelpScreen" and "Lists" in seen(app))
        await pilot.press("escape")
        await pilot.press(_pressed(key("app.quit")))
        await until(pilot, lambda: app._exit)


def _pressed(key: str) -> str:
    from podcli.keymap.names import textual_name

    return textual_name(key)


async def test_own_keys_work_and_the_preset_ones_are_gone(services: Services) -> None:
    settings.set_value("keys.episode.archive", "f5")
    stage.stock(services)
    async with player() as (app, pilot):
        await press(pilot, "c")
        await pilot.pause(0.2)
        assert "Inbox · 4" in seen(app)
        await press(pilot, ["f5"])
        await until(pilot, lambda: "Inbox · 3" in seen(app))


async def test_undo_says_when_there_is_nothing_to_undo(services: Services) -> None:
    async with player() as (app, pilot):
        await press(pilot, ["ctrl+z"])
        await until(pilot, lambda: "nothing to undo" in told(app).lower())


async def test_the_mouse_works_too(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        await pilot.click("#list ScrollList", offset=(6, 4))
        await until(pilot, lambda: cursor(app) == 2)
        await pilot.click("#tabs", offset=(20, 0))
        await until(pilot, lambda: "[v Summary]" in seen(app))
        await pilot.click("TopLine", offset=(18, 0))
        await until(pilot, lambda: app.current_mode == "shows")
