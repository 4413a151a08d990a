"""What strangers may write, in titles, notes, words, takeaways and work: every view draws it whole, and obeys nothing of it.

The bytes a real terminal gets are the matter of `test_escape_matrix`; this is about markup, widths, and what can be clicked.
"""

from __future__ import annotations

import json
import os
import sqlite3
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from rich.cells import cell_len

from podcli import paths
from podcli.pipeline import lock
from podcli.services import Services
from podcli.tui.app import PodcliApp
from tests.tui import stage
from tests.tui.conftest import player, press, seen, until, view

HOSTILE = {
    "escapes": "\x1b[31;5mred\x1b]52;c;cHduZWQ=\x07\x1b]0;pwned\x1b\\\x1b\x9b31m \u202egnp.\u2066exe\u2069\u200f\u061c",
    "tags": "[/b][/][/red][[[]]]][\\[ \\] {key} {0} %s [bold red on blue]loud [link=https://pwned.example]here",
    "click": "[@click=app.quit]press me[/]",
    "newlines": "one\ntwo\r\nthree\rfour\vfive\x0csix\u2028seven",
    "long": "x" * 10_000,
    "long words": "word " * 2_000,
    "widths": "Z" + "\u0300\u0345\u0489\u20dd" * 60 + "algo " + "味噌の一年と静かな台所" * 6 + "👩‍👩‍👧‍👦 🏳️‍🌈 🇩🇪 👍🏽 ✈️ 🫠" * 6,
    "nothing": "\u200b\u2060\ufeff",
}
# What stands where: table, column.
_PLACES = (
    ("show", "title"), ("show", "author"), ("show", "problem"), ("episode", "title"), ("episode", "description"),
    ("chapter", "title"), ("segment", "text"), ("sentence", "text"), ("insight_item", "text"), ("insight_item", "quote"),
    ("insight", "notice"), ("transcript", "notice"), ("job", "title"), ("job", "message"), ("job", "hint"),
)  # fmt: skip


@pytest.fixture
def episode_id(services: Services, tmp_path: Path) -> Iterator[int]:
    """An episode that has everything; nobody works on its jobs."""
    held = lock.take("net"), lock.take("ml")
    episodes = stage.stock(services)
    talk = episodes["Assam"]
    stage.download(services, talk, tmp_path)
    transcript = stage.speak(services, talk, 6)
    stage.insight(services, transcript, "one", "two")
    stage.insight(services, transcript, "all of it", kind="summary")
    stage.chapters(services, talk, "first", "second")
    services.queue.add([talk.id, episodes["Mars"].id])
    failed = services.store.jobs.enqueue("download", episode_id=episodes["Mars"].id, title="x")
    services.store.jobs.fail(failed.id, "x", "x")
    services.store.jobs.enqueue("download", episode_id=episodes["Venus"].id, title="x")
    yield talk.id
    for each in held:
        if each is not None:
            os.close(each)


def plant(text: str) -> None:
    """Into the rows, past everything that cleans at ingest."""
    with closing(sqlite3.connect(paths.database())) as rows, rows:
        for table, column in _PLACES:
            rows.execute(f"update {table} set {column} = ?", [text])
        rows.execute("update episode set title = title || ' ' || id, link = ?", [f"https://example.org/{text}"])
        spoken = json.dumps([[float(n), n + 1.0, text] for n in range(5)])
        rows.execute("update segment set words = ? where words <> '[]'", [spoken])


def check(app: PodcliApp) -> None:
    """The screen as it is holds text only, and each line is as wide as the screen."""
    assert app.failure is None and app._exception is None and app.is_running
    for line in app.screen._compositor.render_strips():
        text = "".join(segment.text for segment in line)
        bad = {
            char for char in text if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp") or char in "\u202e\u2066\u2069\u061c"
        }
        assert not bad, f"{bad} in {text[:200]!r}"
        assert cell_len(text) == app.size.width, text[:200]
        for segment in line:
            style = segment.style
            assert style is None or (not style.link and "app.quit" not in str(style.meta)), segment


@pytest.mark.parametrize("name", HOSTILE)
async def test_every_view_draws_it_and_obeys_nothing(name: str, services: Services, episode_id: int) -> None:
    plant(HOSTILE[name])
    async with player((100, 30)) as (app, pilot):
        await until(pilot, lambda: "Inbox · 2" in seen(app))
        for place in ("queue", "shows", "jobs", "inbox"):
            await view(pilot, place)
            check(app)
            await press(pilot, ["j"])
            await pilot.resize_terminal(40, 16)
            check(app)
            await pilot.resize_terminal(100, 30)
        app.open_show(None)
        await until(pilot, lambda: type(app.front()).__name__ == "ShowScreen")
        check(app)
        app.open_episode(services.library.episode(episode_id).id)  # type: ignore[arg-type]
        await until(pilot, lambda: type(app.front()).__name__ == "EpisodeScreen")
        await until(pilot, lambda: app.episode_read is not None and app.episode_read.id == episode_id)
        for key in "tvwCi":
            await press(pilot, [key])
            await until(pilot, lambda key=key: f"[{key} " in seen(app))  # type: ignore[misc]
            check(app)


@pytest.mark.parametrize("name", HOSTILE)
async def test_windows_and_the_bar_draw_it_too(name: str, services: Services, episode_id: int) -> None:
    plant(HOSTILE[name])
    async with player((100, 30)) as (app, pilot):
        await until(pilot, lambda: "Inbox · 2" in seen(app))
        app.verbs.play(services.library.episode(episode_id).id)  # type: ignore[arg-type]
        await until(pilot, lambda: app.now.state.episode_id == episode_id)
        await pilot.pause()
        check(app)
        app.say(HOSTILE[name], HOSTILE[name], "error")
        await pilot.pause()
        check(app)
        for opening, closing_key in (("P", "escape"), ("U", "escape"), ("?", "escape"), ("q", "escape")):
            depth = len(app.screen_stack)
            await press(pilot, [opening])
            await until(pilot, lambda depth=depth: len(app.screen_stack) > depth)  # type: ignore[misc]
            await pilot.pause()
            check(app)
            await press(pilot, [closing_key])
            await until(pilot, lambda depth=depth: len(app.screen_stack) == depth)  # type: ignore[misc]
        await view(pilot, "shows")
        await press(pilot, ["j", "D"])
        await until(pilot, lambda: "Remove" in seen(app))
        check(app)


@pytest.mark.parametrize("name", ["click", "tags"])
async def test_markup_is_shown_as_it_is_written(name: str, services: Services, episode_id: int) -> None:
    plant(HOSTILE[name])
    async with player((160, 30)) as (app, pilot):
        await until(pilot, lambda: f"{HOSTILE[name][:20]}" in seen(app))
        for x in range(6, 40, 4):
            await pilot.click("#list ScrollList", offset=(x, 0))
        assert app.is_running and not app._exit, "nothing of it can be clicked"


async def test_what_is_typed_or_pasted_is_text_too(services: Services, episode_id: int) -> None:
    async with player((100, 30)) as (app, pilot):
        for opening in ("slash", ":", "a"):
            await press(pilot, [opening])
            await pilot.pause()
            app.screen.query_one("LineInput, FilterInput").value = HOSTILE["escapes"] + HOSTILE["click"] + HOSTILE["tags"]  # type: ignore[attr-defined]
            await pilot.pause(0.1)
            check(app)
            await press(pilot, ["enter"])
            await pilot.pause(0.1)
            check(app)
            await press(pilot, ["escape", "escape"])
