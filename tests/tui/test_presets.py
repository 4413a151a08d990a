"""Every key of every preset, in every view: what the table says is what the live bindings do. What cannot be followed ends the
start in one sentence."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from podcli import keymap, paths, settings
from podcli.keymap import CONTEXTS, PRESETS, SHADOWS
from podcli.keymap.names import textual_name
from podcli.services import Services
from podcli.tui.app import PodcliApp
from podcli.tui.keys import method_name
from podcli.tui.screens.base import BaseScreen
from tests.cli.terminal import Terminal
from tests.tui import stage
from tests.tui.conftest import player, seen, until, view

_VIEWS = {"inbox": "inbox", "shows": "shows", "queue": "queue", "jobs": "work", "models": "models", "settings": "settings"}
_FIND = {"list.find_next", "list.find_previous"}
_PANES = {"pane.next", "pane.previous"}
_ORDER = {"list.sort", "list.reverse"}
_ABSENT = {
    "inbox": _FIND, "queue": _FIND, "shows": _FIND | {"pane.previous", "list.reverse"},
    "jobs": _FIND | _PANES | _ORDER | {"list.open", "jobs.pause", "jobs.cancel", "jobs.retry"},  # there is no work
    "models": _FIND | _PANES | _ORDER, "highlights": _FIND | _PANES | _ORDER, "snips": _FIND | _PANES | _ORDER,
    "settings": _FIND | _PANES | _ORDER,
    "transcript": _PANES | _ORDER | {"episode.unheard_only"},
}  # fmt: skip
"""What a list without panes, an order, or anything in it has no use for."""


def bound(app: PodcliApp) -> dict[str, str]:
    """Key → action, as it is live."""
    return {key: active.binding.action for key, active in app.screen.active_bindings.items()}


def wanted(live: keymap.Keymap, wheres: tuple[str, ...]) -> dict[str, str]:
    """Key → action, as the table says; where two may share a key the first of them has it."""
    firsts = {first for first, _ in SHADOWS}
    found = dict[str, str]()
    for where in wheres:
        for command in live.commands(where):
            for key in live.keys(command.id):
                if key.isdigit():
                    continue
                if textual_name(key) not in found or command.id in firsts:
                    found[textual_name(key)] = command.id
    return found


@pytest.mark.parametrize("name", PRESETS)
async def test_what_the_table_says_is_what_the_keys_do(services: Services, name: str) -> None:
    settings.set_value("tui.preset", name)
    live = keymap.preset(name)
    episodes = stage.stock(services)
    services.queue.add([episodes["Mars"].id])
    stage.highlights(services, episodes["Mars"], 60.0)
    async with player() as (app, pilot):
        for place, context in _VIEWS.items():
            await view(pilot, place)
            await until(pilot, lambda: isinstance(app.screen, BaseScreen) and app.focused is not None)
            await pilot.pause()
            check(app, live, place, context)
        app.open_episode(episodes["Mars"].id)
        await until(pilot, lambda: app.focused is not None and app.focused.id == "rows-transcript")
        await pilot.pause()
        check(app, live, "transcript", "transcript")
        app.open_highlights()
        await until(pilot, lambda: "Highlights · 1" in seen(app))
        await pilot.pause()
        check(app, live, "highlights", "highlights")
        services.snips.keep(episodes["Mars"].id, 60.0)
        app.open_snips()
        await until(pilot, lambda: "Snips · 1" in seen(app))
        await pilot.pause()
        check(app, live, "snips", "snips")


def check(app: PodcliApp, live: keymap.Keymap, place: str, context: str) -> None:
    """Compare."""
    now = bound(app)
    for key, command in wanted(live, CONTEXTS[context]).items():
        if command not in _ABSENT[place]:
            assert now.get(key) == method_name(command), f"{place}: {key} should be {command}, is {now.get(key)}"


async def test_tab_goes_to_the_other_pane_also_where_only_one_has_room(services: Services) -> None:
    episodes = stage.stock(services)
    stage.speak(services, episodes["Mars"])
    for size in ((40, 20), (120, 40)):
        async with player(size) as (app, pilot):
            await until(pilot, lambda: app.focused is not None and app.focused.id == "items")
            for key in ("tab", "shift+tab", "l", "h"):
                before = app.focused.id if app.focused else ""
                await pilot.press(key)
                await until(pilot, lambda before=before: app.focused is not None and app.focused.id != before)  # type: ignore[misc]
                assert app.focused is not None and app.focused.display and app.focused.region.width > 10
            assert app.focused.id == "items"


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ('[keys]\n"episode.archvie" = "c"\n', "episode.archvie"), ('[keys]\nepisode.archive = "ctrl+"\n', "ctrl+"),
        ("[keys]\napp.quit = []\n", "app.quit"), ('[tui]\npreset = "vi"\n', "vi"), ('[tui]\ncolour = "red"\n', "tui.colour"),
        ("[tui\n", "settings.toml"),
    ],
)  # fmt: skip
def test_what_cannot_be_followed_is_one_sentence_and_a_way_out(home: Path, lines: str, says: str) -> None:
    file = paths.settings_file()
    file.parent.mkdir(parents=True)
    file.write_text(lines)
    terminal = Terminal(sys.executable, "-m", "podcli", columns=240)
    try:
        assert terminal.ends() == 2
        assert says in terminal.seen and "Traceback" not in terminal.seen and "\x1b[?1049h" not in terminal.seen
        assert 1 <= len(terminal.seen.strip().splitlines()) <= 2
    finally:
        terminal.close()
