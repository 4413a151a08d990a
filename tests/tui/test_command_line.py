"""The ``:`` line in the player: Tab, arrows, what was typed before, arguments, and every command typed out once."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from podcli.keymap import COMMANDS
from podcli.services import Services
from podcli.tui.app import PodcliApp
from podcli.tui.screens.command_line import CommandLine, completions
from tests.tui import stage
from tests.tui.conftest import player, press, seen, told, until

_LEAVES = {"app.quit", "app.suspend"}
"""What would end the test."""


async def typing(app: PodcliApp, pilot: Pilot[None], text: str = "") -> Input:
    """Open the line and put something on it."""
    await pilot.press(":")
    await until(pilot, lambda: isinstance(app.screen, CommandLine) and app.screen.query(Input))
    box = app.screen.query_one(Input)
    box.value = text
    box.cursor_position = len(text)
    await pilot.pause()
    return box


async def closed(app: PodcliApp, pilot: Pilot[None]) -> None:
    """Wait until the line is gone."""
    await until(pilot, lambda: not isinstance(app.screen, CommandLine))


async def test_tab_goes_as_far_as_it_is_clear_then_through_what_there_is(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        box = await typing(app, pilot, "vol")
        await pilot.press("tab")
        assert box.value == "volume ", "one command: with the blank before its argument"
        await pilot.press("tab")
        assert box.value == "volume 0"
        await pilot.press("tab", "tab")
        assert box.value == "volume 50"
        await pilot.press("up")
        assert box.value == "volume 25"
        box.value = "chap"
        await pilot.pause()
        await pilot.press("tab")
        assert box.value == "chapter", "as far as all agree"
        await pilot.press("down", "down")
        assert box.value in ("chapters", "chapter next", "chapter previous")
        await pilot.press("escape")
        await closed(app, pilot)


async def test_what_was_typed_before_is_offered_first(services: Services) -> None:
    stage.stock(services)
    async with player() as (app, pilot):
        for text in ("sort title", "reverse"):
            await typing(app, pilot, text)
            await pilot.press("enter")
            await closed(app, pilot)
        await until(pilot, lambda: "by title, reversed" in seen(app))
        box = await typing(app, pilot)
        assert seen(app).count("typed before") == 2
        await pilot.press("down")
        assert box.value == "reverse"
        await pilot.press("down", "enter")
        await closed(app, pilot)
        box = await typing(app, pilot)
        await pilot.press("down")
        assert box.value == "sort title", "the last one first"


@pytest.mark.parametrize("way", ["escape", "enter", "backspace", "ctrl+c"])
async def test_an_empty_line_closes(services: Services, way: str) -> None:
    async with player() as (app, pilot):
        await typing(app, pilot)
        await pilot.press(way)
        await closed(app, pilot)
        assert app.is_running and not app._exit and not app._notifications


async def test_quit_typed_out_quits(services: Services) -> None:
    async with player() as (app, pilot):
        await typing(app, pilot, "quit")
        await pilot.press("enter")
        await until(pilot, lambda: app._exit)


async def test_a_name_nobody_has_stays_to_be_mended(services: Services) -> None:
    async with player() as (app, pilot):
        box = await typing(app, pilot, "plya 3")
        await pilot.press("enter")
        await until(pilot, lambda: "There is no command “plya 3”." in seen(app))
        assert box.value == "plya 3"
        await pilot.press("escape")
        await closed(app, pilot)


async def test_arguments_do_what_keys_do(services: Services, tmp_path: Path) -> None:
    episode = stage.stock(services)["Assam"]
    stage.download(services, episode, tmp_path)
    stage.chapters(services, episode, *"abcdef")
    async with player() as (app, pilot):
        app.verbs.play(episode.id)
        await until(pilot, lambda: app.now.state.position_s > 0.1)
        await press(pilot, ["space"])
        for text, holds in (
            ("speed 1.7x", lambda: app.now.state.speed == 1.7),
            ("speed 0,8", lambda: app.now.state.speed == 0.8),
            ("volume 40%", lambda: app.now.state.volume == 40),
            ("seek 5:00", lambda: 299 < app.now.state.position_s < 302),
            ("seek +30", lambda: 329 < app.now.state.position_s < 332),
            ("seek -1:00", lambda: 269 < app.now.state.position_s < 272),
            ("sleep chapter", lambda: app.now.sleep is not None and app.now.sleep.kind == "chapter"),
            ("sleep 12", lambda: app.now.sleep is not None and 700 < (app.now.sleep.left_s or 0) <= 720),
            ("sleep off", lambda: app.now.sleep is None),
            ("smart speed on", lambda: app.now.smart_speed),
            ("smart speed off", lambda: not app.now.smart_speed),
            ("voice boost", lambda: app.now.voice_boost),
            ("loudness loudnorm", lambda: app.now.loudness == "loudnorm"),
            ("loudness", lambda: app.now.loudness == "off"),
            ("filter ban", lambda: "Inbox · 1" in seen(app) and "Bancha" in seen(app)),
            ("open queue", lambda: app.current_mode == "queue"),
            ("open playing", lambda: "[t Transcript]" in seen(app)),
        ):
            await typing(app, pilot, text)
            await pilot.press("enter")
            await until(pilot, holds)


@pytest.mark.parametrize("part", range(4))
async def test_no_command_breaks_anything_typed_out_of_the_blue(services: Services, part: int) -> None:
    """Each once without, once with an argument it does not expect; windows that open are left."""
    stage.stock(services)
    async with player() as (app, pilot):
        for command in COMMANDS[part::4]:
            if command.id in _LEAVES:
                continue
            for argument in ("", "[/b]\x1b]0;x\x07") if command.argument else ("",):
                app.call_next(app.run_command, command, argument)
                await pilot.pause()
                await pilot.pause()
                assert app.failure is None and app._exception is None, command.id
                for _ in range(4):
                    if app.screen is not app.front():
                        await pilot.press("escape")
        await until(pilot, lambda: app.front() is not None)
        assert "foresee" not in told(app), told(app)


def test_completions_hold_what_is_typed() -> None:
    for command in COMMANDS:
        assert command.words in [text for text, _ in completions(command.words, COMMANDS, lambda _: ())], command.id
    found = [text for text, _ in completions("theme no", COMMANDS, lambda _: ("nord", "dracula", "monokai"))]
    assert found == ["theme nord", "theme monokai"] or found == ["theme nord"]
    assert completions("zzz", COMMANDS, lambda _: ()) == []
