"""What the player looks like in named states, as pictures: ``snapshots/*.svg``.

``UPDATE_SNAPSHOTS=1 pytest tests/tui/test_snapshots.py`` draws them anew after the looks were changed on purpose. A state that
reads differently leaves its new picture beside the old one (``*.new.svg``) and fails.
"""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from podcli import paths
from podcli.domain import Episode, EpisodeId, Moment, Sleep
from podcli.pipeline import lock
from podcli.services import Services
from podcli.text import timecode
from podcli.tui.app import PodcliApp
from podcli.tui.messages import PlayerMoved, Told
from podcli.tui.screens.base import MEDIUM
from podcli.tui.screens.search import SearchScreen
from tests.tui import shelf
from tests.tui.conftest import press, seen, until, view

FOLDER = Path(__file__).parent / "snapshots"


@dataclass(frozen=True)
class Stage:
    """What a state is made of."""

    app: PodcliApp
    pilot: Pilot[None]
    services: Services
    episodes: dict[str, Episode]

    async def shows(self, *words: str) -> None:
        """Wait until all these words are there."""
        await until(self.pilot, lambda: all(word in seen(self.app) for word in words), timeout_s=15)

    async def ready(self) -> None:
        """The inbox is full, and what its first episode says stands beside it."""
        await self.shows("Why Venus", *(["No takeaways yet"] if self.app.size.width >= MEDIUM else []))

    async def go(self, name: str, *words: str) -> None:
        """To a view."""
        await view(self.pilot, name)
        await self.shows(*words)

    async def press(self, *keys: str) -> None:
        """One after the other."""
        await press(self.pilot, keys)

    async def plays(self, *, position_s: float = 185.0, paused: bool = False, sleep: Sleep | None = None) -> None:
        """As if the player reported it: no clock runs."""
        now = shelf.playing(self.episodes["The Box That Shrank the World"], position_s=position_s, paused=paused, sleep=sleep)
        self.app.post_message(PlayerMoved(now))
        await self.shows(timecode(position_s))

    async def plays_moment(self, *, position_s: float) -> None:
        """A moment, as if the player reported it."""
        now = shelf.playing(self.episodes["The Box That Shrank the World"], position_s=position_s)
        text, start_s, end_s = shelf.HIGHLIGHTS[0]
        moment = Moment(now.state.episode_id or EpisodeId(0), start_s, end_s, text)
        self.app.post_message(PlayerMoved(replace(now, moment=moment, moment_number=(2, 7))))
        await self.shows("2/7")

    async def meant(self) -> None:
        """Wait until the search by meaning has answered."""
        await until(self.pilot, lambda: isinstance(self.app.screen, SearchScreen) and self.app.screen.whole, timeout_s=60)

    async def opens(self, key: str, *words: str) -> None:
        """The first episode of the inbox, full width, with one of its tabs in front."""
        await self.go("inbox", "The Box That Shrank the World")
        await self.top()
        await self.press(key)
        await self.shows(*words)

    async def top(self) -> None:
        """The episode that has everything."""
        await self.press("slash", *"Box", "enter")
        await self.shows("Inbox · 1")


State = Callable[[Stage], Awaitable[None]]
STATES: dict[str, tuple[State, dict[str, object]]] = {}


def state(name: str, **how: object) -> Callable[[State], State]:
    """Names a state. `how`: size, filled, work, env, theme, held, waiting."""

    def keep(make: State) -> State:
        STATES[name] = make, how
        return make

    return keep


@state("inbox")
@state("inbox-wide", size=(120, 40))
@state("inbox-40-columns", size=(40, 20))
@state("no-colour", env={"NO_COLOR": "1"})
@state("terminal-theme", theme="terminal")
@state("light-theme", theme="textual-light")
async def _inbox(stage: Stage) -> None:
    await stage.ready()


@state("inbox-empty", filled=False)
async def _empty(stage: Stage) -> None:
    await stage.shows("Your library is empty.")


@state("inbox-done")
async def _done(stage: Stage) -> None:
    for each in stage.episodes.values():
        stage.services.store.library.triage([each.id], "done")
    await stage.shows("Nothing new")


@state("inbox-loading", filled=False, waiting=True)
async def _loading(stage: Stage) -> None:
    await stage.shows("Opening the library")


@state("inbox-failed")
async def _failed(stage: Stage) -> None:
    await stage.ready()
    words = "cdn.example.org refuses the connection.", "Look whether this machine is online, then press d again."
    stage.app.post_message(Told(*words, "error"))
    await stage.shows("! cdn.example.org")


@state("inbox-20x5", size=(20, 5))
async def _tiny(stage: Stage) -> None:
    await stage.plays()


@state("filter")
async def _filter(stage: Stage) -> None:
    await stage.ready()
    await stage.press("slash", *"venus")
    await stage.shows("Inbox · 1")


@state("shows", size=(120, 40))
async def _shows(stage: Stage) -> None:
    show = next(each for each in stage.services.store.cards.shows() if each.title == "Night Sky Notes")
    stage.services.store.library.mark_problem(show.id, "show-1.example.org does not answer.")
    await stage.go("shows", "does not answer", "The Slow Boat")


@state("show")
async def _show(stage: Stage) -> None:
    await stage.go("shows", "The Slow Boat")
    await stage.press("slash", *"Slow", "enter", "enter")
    await stage.shows("The Longest Strike")


@state("queue")
async def _queue(stage: Stage) -> None:
    await stage.go("queue", "1. Why Venus", "3. 味噌")


@state("queue-empty")
async def _queue_empty(stage: Stage) -> None:
    stage.services.queue.clear()
    await stage.go("queue", "The queue is empty")


@state("takeaways", size=(120, 40))
async def _takeaways(stage: Stage) -> None:
    await stage.opens("w", "16 cents")


@state("takeaways-40-columns", size=(40, 24))
async def _takeaways_narrow(stage: Stage) -> None:
    await stage.opens("w", "Takeaways by qwen3-4b", "Ideal X")


@state("moments", size=(120, 40))
@state("moments-40-columns", size=(40, 24))
async def _moments(stage: Stage) -> None:
    await stage.opens("V", "Highlights", "Questions raised")


@state("made-hidden", size=(120, 40))
async def _made_hidden(stage: Stage) -> None:
    await stage.opens("C", "A man with trucks", "Six days of loading")
    await stage.press("I")
    await stage.shows("[C Chapters] i Notes", "A man with trucks")
    stage.app.clear_notifications()


@state("highlights", size=(120, 40))
@state("highlights-40-columns", size=(40, 24))
async def _highlights(stage: Stage) -> None:
    await stage.ready()
    await stage.press("0")
    await stage.shows("Highlights · 2", "boxes")


@state("highlights-none")
async def _highlights_none(stage: Stage) -> None:
    stage.services.store._db.execute("delete from insight where kind = 'highlights'")
    await stage.ready()
    await stage.press("0")
    await stage.shows("No highlights yet.")


@state("snips", size=(120, 40))
@state("snips-40-columns", size=(40, 24))
async def _snips(stage: Stage) -> None:
    snips = stage.services.snips
    episodes = {each.title: each for each in stage.services.library.episodes()}
    box, cranes = episodes["The Box That Shrank the World"], episodes["How Cranes Learned to Wait"]
    first = snips.keep(box.id, 300.0, tags=["trade"], note="Ask [b]Tom[/b] about ports").snip
    snips.title(first.id, "Loading cost more than the voyage")
    snips.star(first.id)
    snips.keep(cranes.id, 500.0)
    await stage.ready()
    await stage.press("T")
    await stage.shows("Snips · 2", "★")


@state("snips-none")
async def _snips_none(stage: Stage) -> None:
    await stage.ready()
    await stage.press("T")
    await stage.shows("You have kept nothing yet.")


@state("playing-moment")
async def _playing_moment(stage: Stage) -> None:
    await stage.ready()
    await stage.plays_moment(position_s=250.0)


@state("ask", size=(120, 40))
@state("ask-40-columns", size=(40, 24))
async def _ask(stage: Stage) -> None:
    shelf.answer(stage.services, stage.episodes, "Why did shipping get cheap?")
    await stage.go("shows")
    await stage.press("A")
    await stage.shows("For example", "Asked before", "Ports were")


@state("ask-answered", size=(120, 40))
@state("ask-answered-40-columns", size=(40, 24))
async def _ask_answered(stage: Stage) -> None:
    await _ask(stage)
    await stage.press("up", "G", "enter")
    await stage.shows("Loading fell", "Answered by")


@state("ask-nothing")
async def _ask_nothing(stage: Stage) -> None:
    await stage.ready()
    stage.app.open_episode(stage.episodes["Why Venus Turns Backwards"].id)
    await stage.shows("No transcript yet.")
    await stage.press("A")
    await stage.shows("This episode has no transcript yet.")


@state("summary")
async def _summary(stage: Stage) -> None:
    await stage.opens("v", "Until the nineteen-fifties")


@state("chapters", size=(120, 40))
async def _chapters(stage: Stage) -> None:
    await stage.opens("C", "A man with trucks")
    await stage.plays(position_s=500.0)
    await stage.shows("▶")


@state("notes", size=(120, 40))
async def _notes(stage: Stage) -> None:
    await stage.opens("i", "two years later")


@state("transcript", size=(120, 40))
async def _transcript(stage: Stage) -> None:
    await stage.opens("t", "bottleneck")
    await stage.plays(paused=True)
    await stage.shows("▶", "‖")


@state("playing-episode")
async def _playing_episode(stage: Stage) -> None:
    await stage.ready()
    await stage.plays(position_s=500.0, paused=True)
    await stage.press("8")
    await stage.shows("Transcript by", "Ideal X")


@state("playing", size=(120, 40))
async def _playing(stage: Stage) -> None:
    await stage.ready()
    await stage.plays(position_s=1234.0, sleep=Sleep("minutes", 720.0))
    await stage.shows("☾ 12 min")


@state("search", size=(120, 40))
async def _search(stage: Stage) -> None:
    stage.services.search.prepare()  # else what is found would change once more, when it is indexed
    await stage.go("search", "Type words")
    await stage.press(*"ideal x")
    await stage.meant()
    await stage.shows("found", "Loading the Ideal X")


@state("search-empty")
@state("search-empty-40-columns", size=(40, 24))
async def _search_empty(stage: Stage) -> None:
    await stage.go("search", "Type words")


@state("search-nothing")
async def _search_nothing(stage: Stage) -> None:
    await stage.go("search", "Type words")
    await stage.press(*"zebra since:soon")
    await stage.meant()
    await stage.shows("was not found", "is no time")


@state("work", size=(120, 40), work=True)
@state("work-40-columns", size=(40, 20), work=True)
async def _work(stage: Stage) -> None:
    await stage.go("jobs", "Downloading 40%", "cancelled")


@state("work-empty")
async def _work_empty(stage: Stage) -> None:
    await stage.go("jobs", "There has been no work yet")


@state("models", size=(120, 40))
async def _models(stage: Stage) -> None:
    await stage.go("models", "Takeaways and summaries")


@state("settings", size=(120, 40))
async def _settings(stage: Stage) -> None:
    await stage.go("settings", "publisher = true")


@state("help", size=(120, 40))
async def _help(stage: Stage) -> None:
    await stage.ready()
    await stage.press("?")
    await stage.shows("Archive", "Lists")


@state("command-line")
async def _command_line(stage: Stage) -> None:
    await stage.ready()
    await stage.press("colon", *"pl")
    await stage.shows("play next")


@state("palette")
async def _palette(stage: Stage) -> None:
    await stage.ready()
    await stage.press("ctrl+p", *"queue")
    await stage.shows("Put it at the end of the queue")


@state("dialogue")
async def _dialogue(stage: Stage) -> None:
    await stage.go("shows", "The Slow Boat")
    await stage.press("slash", *"Slow", "enter", "D")
    await stage.shows("Remove “The Slow Boat”?")


@state("add")
async def _add(stage: Stage) -> None:
    await stage.ready()
    await stage.press("a")
    await stage.shows("Add a show")


@state("sleep")
async def _sleep(stage: Stage) -> None:
    await stage.ready()
    await stage.press("z")
    await stage.shows("At the end of the episode")


@state("read-only", held=True)
async def _read_only(stage: Stage) -> None:
    await stage.ready()
    await stage.shows("(process 4321)")


@pytest.fixture
def frozen(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, home: Path) -> Iterator[None]:
    """One time zone, one size of machine, nobody at work, and no clock that runs."""
    how = STATES[request.getfixturevalue("name")][1]
    for name, value in {"TZ": "UTC", "COLORTERM": "truecolor", "TERM": "xterm-256color", **how.get("env", {})}.items():  # type: ignore[dict-item]
        monkeypatch.setenv(name, value)
    if not how.get("env"):
        monkeypatch.delenv("NO_COLOR", raising=False)
    time.tzset()
    monkeypatch.setattr("podcli.engines.machine.memory_gb", lambda: 16.0)
    if how.get("waiting"):
        monkeypatch.setattr("podcli.tui.bridge.Bridge.start", lambda self: None)
    if theme := how.get("theme"):
        file = paths.settings_file()
        paths.make_private(file.parent)
        file.write_text(f'[tui]\ntheme = "{theme}"\n')
    with ExitStack() as held:
        for lane in ("net", "ml"):
            if (descriptor := lock.take(lane)) is not None:
                held.callback(os.close, descriptor)
        if how.get("held"):
            claim = held.enter_context((paths.make_private(paths.state()) / "player.lock").open("a+"))
            fcntl.flock(claim, fcntl.LOCK_EX)
            claim.write("4321")
            claim.flush()
        yield
    monkeypatch.undo()
    time.tzset()


@asynccontextmanager
async def shown(size: tuple[int, int], *, whole: bool) -> AsyncIterator[tuple[PodcliApp, Pilot[None]]]:
    """The app with its toasts; `whole`: once it has read the library."""
    app = PodcliApp(silent=True)
    app.stop_work = True
    try:
        async with app.run_test(size=size, notifications=True) as pilot:
            if whole:
                await until(pilot, lambda: app.library.whole and app.front() is not None)
            yield app, pilot
    finally:
        await asyncio.to_thread(app.close_down)


def picture(app: PodcliApp) -> str:
    """What stands on the screen, without what differs from run to run."""
    svg = app.export_screenshot(title="podcli", simplify=True)
    svg = re.sub(r"terminal-\d+", "terminal", svg)
    svg = re.sub(r"\s*@font-face \{[^}]*\}", "", svg)  # a web font's address is of no use to a picture one compares
    return "\n".join(line.rstrip() for line in svg.splitlines()) + "\n"


async def still(pilot: Pilot[None], app: PodcliApp) -> str:
    """The picture, once nothing moves any more."""
    last, same = "", 0
    deadline = asyncio.get_running_loop().time() + 15
    while same < 3:
        assert asyncio.get_running_loop().time() < deadline, "the screen does not come to rest"
        for box in app.screen.query(Input):
            box.cursor_blink = False
        await pilot.pause(0.1)
        now = picture(app)
        last, same = now, same + 1 if now == last else 0
    return last


@pytest.mark.parametrize("name", STATES)
async def test_it_looks_as_before(name: str, frozen: None, services: Services) -> None:
    make, how = STATES[name]
    episodes = shelf.fill(services) if how.get("filled", True) else {}
    if how.get("work"):
        shelf.work(services, episodes)
    async with shown(how.get("size", (80, 24)), whole=not how.get("waiting")) as (app, pilot):  # type: ignore[arg-type]
        await make(Stage(app, pilot, services, episodes))
        drawn = await still(pilot, app)
    file = FOLDER / f"{name}.svg"
    if os.environ.get("UPDATE_SNAPSHOTS"):
        file.write_text(drawn)
    if not file.is_file() or file.read_text() != drawn:
        new = file.with_suffix(".new.svg")
        new.write_text(drawn)
        pytest.fail(f"{name} looks different: compare {file} with {new.name}; UPDATE_SNAPSHOTS=1 keeps the new one.")


def test_every_picture_is_of_a_state() -> None:
    assert {file.stem for file in FOLDER.glob("*.svg") if not file.stem.endswith(".new")} == set(STATES)
