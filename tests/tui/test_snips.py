"""Snips in the player: kept with a key while something plays, listed, heard, changed, taken back."""

from __future__ import annotations

import base64
import os
import re
import sys
import time
from dataclasses import replace
from pathlib import Path
from threading import Timer

import pytest

from podcli.domain import Episode, EpisodeId
from podcli.errors import PodcliError
from podcli.pipeline import lock
from podcli.services import Services
from podcli.services.snips import Kept, SnipService
from podcli.store import Store
from podcli.tui.screens.command_line import CommandLine
from podcli.tui.screens.snips import SnipsScreen
from tests.cli.terminal import Terminal
from tests.held import held
from tests.tui import stage
from tests.tui.conftest import player, press, seen, told, until


@pytest.fixture
def mars(services: Services, tmp_path: Path) -> Episode:
    found = stage.stock(services)["Mars"]
    stage.download(services, found, tmp_path)
    stage.speak(services, found, 40)
    return found


async def test_a_key_keeps_what_was_just_said_and_undo_takes_it_back(services: Services, mars: Episode) -> None:
    async with player() as (app, pilot):
        await press(pilot, ["b"])
        await until(pilot, lambda: "Nothing plays, so there is nothing to keep." in told(app))
        app.verbs.play(mars.id, 100.0)
        await until(pilot, lambda: app.now.state.position_s > 100.1)
        await press(pilot, ["b"])
        await until(pilot, lambda: "Kept " in told(app))
        assert not app.now.state.paused, "playback goes on"
        (card,) = services.snips.cards()
        first, last = round(card.snip.start_s / 10), round(card.snip.end_s / 10) - 1
        assert 5 <= first <= 7 and 9 <= last <= 12 and card.snip.at_s - 12 < card.snip.end_s < card.snip.at_s + 12
        assert card.snip.text == " ".join(stage.sentence(n) for n in range(first, last + 1))
        await press(pilot, ["ctrl+z"])
        await until(pilot, lambda: "Undone: Kept a snip of “Mars”" in told(app))
        assert services.snips.cards() == []


async def test_they_are_listed_and_changed_by_keys(services: Services, mars: Episode) -> None:
    for at in (100.0, 300.0):
        services.snips.keep(mars.id, at)
    async with player() as (app, pilot):
        await press(pilot, ["T"])
        await until(pilot, lambda: isinstance(app.screen, SnipsScreen) and "Snips · 2" in seen(app))
        assert "Mars — Night Sky · 4:10" in " ".join(seen(app).split())
        await press(pilot, ["f"])
        await until(pilot, lambda: f"★ {stage.sentence(25)}"[:20] in seen(app))
        await press(pilot, ["e"])
        await until(pilot, lambda: isinstance(app.screen, CommandLine))
        await pilot.press(*"Look", "enter")
        await until(pilot, lambda: "· Look" in seen(app))
        await press(pilot, ["t"])
        await until(pilot, lambda: isinstance(app.screen, CommandLine))
        await pilot.press(*"Mine", "enter")
        await until(pilot, lambda: services.snips.cards()[0].snip.title == "Mine")
        await press(pilot, [":"])
        await until(pilot, lambda: isinstance(app.screen, CommandLine))
        await pilot.press(*"snip", "space", *"title", "space", "minus", "enter")
        await until(pilot, lambda: services.snips.cards()[0].snip.title == "")
        await press(pilot, ["number_sign"])
        await until(pilot, lambda: isinstance(app.screen, CommandLine))
        await pilot.press(*"idea", "enter")
        await until(pilot, lambda: "#idea" in seen(app))
        await press(pilot, ["right_parenthesis"])
        await until(pilot, lambda: services.snips.cards()[0].snip.start_s == 260.0)
        await press(pilot, ["right_curly_bracket", "right_curly_bracket"])
        await until(pilot, lambda: services.snips.cards()[0].snip.end_s == 320.0)
        await press(pilot, ["y"])
        await until(pilot, lambda: "Copied: “This is sentence number 26." in told(app))
        await press(pilot, ["x"])
        await until(pilot, lambda: "Snips · 1" in seen(app))
        await press(pilot, ["ctrl+z"])
        await press(pilot, ["escape", "T"])
        await until(pilot, lambda: "Snips · 2" in seen(app))
        (first, _) = services.snips.cards()
        assert (first.snip.note, first.snip.tags, first.snip.starred) == ("Look", ("idea",), True)


async def test_enter_plays_one_and_a_key_leads_into_its_episode(services: Services, mars: Episode) -> None:
    services.snips.keep(mars.id, 100.0)
    async with player() as (app, pilot):
        app.open_snips()
        await until(pilot, lambda: "Snips · 1" in seen(app))
        await press(pilot, ["enter"])
        await until(pilot, lambda: app.now.moment is not None and 50 <= app.now.state.position_s < 60)
        await press(pilot, ["o"])
        await until(pilot, lambda: app.now.moment is None and not isinstance(app.screen, SnipsScreen))
        assert 50 <= app.now.state.position_s < 60


async def test_either_end_moves_either_way(services: Services, mars: Episode) -> None:
    kept = services.snips.keep(mars.id, 300.0).snip
    assert (kept.start_s, kept.end_s) == (250.0, 300.0)
    async with player() as (app, pilot):
        app.open_snips()
        await until(pilot, lambda: "Snips · 1" in seen(app))
        for keys, start_s, end_s in (
            ("left_parenthesis", 240.0, 300.0), ("left_curly_bracket", 240.0, 290.0),
            ("right_parenthesis", 250.0, 290.0), ("right_curly_bracket", 250.0, 300.0),
        ):  # fmt: skip
            await press(pilot, [keys])
            expected = (start_s, end_s)
            await until(pilot, lambda expected=expected: _range(services) == expected)  # type: ignore[misc]
        assert services.snips.get(kept.id).text == " ".join(stage.sentence(n) for n in range(25, 30))


def _range(services: Services) -> tuple[float, float]:
    (card,) = services.snips.cards()
    return card.snip.start_s, card.snip.end_s


async def test_a_key_plays_this_one_and_those_after_it(services: Services, mars: Episode) -> None:
    for at in (500.0, 100.0, 300.0):  # the newest first: 300, 100, 500
        services.snips.keep(mars.id, at)
    starts = [card.snip.start_s for card in services.snips.cards()]
    async with player() as (app, pilot):
        app.open_snips()
        await until(pilot, lambda: "Snips · 3" in seen(app))

        async def plays(start_s: float) -> None:
            await until(pilot, lambda: app.now.moment is not None and app.now.moment.start_s == start_s)
            await until(pilot, lambda: start_s <= app.now.state.position_s < start_s + 20)

        await press(pilot, ["P"])
        for start_s in starts:
            await plays(start_s)
            app.verbs.seek_to(start_s + 100.0)  # beyond its end
        await until(pilot, lambda: "That was the last moment." in told(app) and app.now.state.paused)
        await press(pilot, ["j", "P"])
        await plays(starts[1])


async def test_ten_thousand_open_and_scroll_much_as_a_hundred_do(services: Services, mars: Episode) -> None:
    async def spent(count: int) -> tuple[float, float]:
        """Seconds of work until so many are on the screen, and until twenty others were."""
        with services.store.writing():
            services.store._db.execute("delete from snip")
            for n in range(count):
                made = services.store.snips.add(mars.id, start_s=n, end_s=n + 30, at_s=n + 30)
                services.store.snips.save(replace(made, title=f"Snip {n}.", text="What was said. " * 20, state="written"))
        async with player() as (app, pilot):
            begun = time.process_time()
            app.open_snips()
            await until(pilot, lambda: f"Snips · {count:,}" in seen(app) and f"Snip {count - 1}." in seen(app))
            opened = time.process_time()
            await press(pilot, ["G"])
            await until(pilot, lambda: "Snip 0." in seen(app))
            await press(pilot, ["g"])
            await until(pilot, lambda: f"Snip {count - 1}." in seen(app))
            await press(pilot, ["j"] * 20)
            await until(pilot, lambda: f"Snip {count - 21}." in seen(app))
            return opened - begun, time.process_time() - opened

    few, many = await spent(100), await spent(10_000)
    assert many[0] < 20 * max(few[0], 0.2), "to read and lay out a hundred times as many"
    assert many[1] < 4 * max(few[1], 0.5), "what is on the screen is no more"


async def test_only_the_words_it_copies_reach_the_clipboard(services: Services, mars: Episode) -> None:
    evil = "Look\x1b]52;c;cHduZWQ=\x07 here\x9d52;c;cHduZWQ=\x9c"
    made = services.snips.keep(mars.id, 100.0).snip
    services.store._db.execute("update snip set text = ?, title = ?, speaker = ? where id = ?", [evil, evil, evil, made.id])
    services.store._db.execute("update episode set title = ?", [evil])
    terminal = Terminal(sys.executable, "-m", "podcli", columns=100)
    try:
        terminal.expect("Quit")
        terminal.press("T")
        terminal.expect("Snips · 1")
        terminal.press("y")
        terminal.expect("Copied")
        terminal.press("q")
        assert terminal.ends() == 0
    finally:
        terminal.close()
    (packed,) = re.findall(r"[\x1b]\]52;([^\x07\x1b]*)|\x9d", terminal.seen)
    copied = base64.b64decode(packed.removeprefix("c;")).decode()
    assert copied.startswith("“Look here") and "#t=" in copied and not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", copied)


async def test_while_another_program_holds_the_library_playback_obeys_and_the_snip_comes(
    services: Services, home: Path, mars: Episode
) -> None:
    async with player() as (app, pilot):
        app.verbs.play(mars.id, 100.0)
        await until(pilot, lambda: app.now.state.position_s > 100.1)
        with held(home) as let_go:
            begun = time.monotonic()
            await press(pilot, ["b", "L"])
            await until(pilot, lambda: app.now.state.position_s > 159.0)
            await press(pilot, ["space"])
            await until(pilot, lambda: app.now.state.paused and "it is kept as soon as that is done" in told(app))
            assert time.monotonic() - begun < 5.0, "well before the library would be given up"
            await pilot.pause(1.0)
            assert services.snips.cards() == []
            let_go()
        await until(pilot, lambda: "Kept " in told(app))
        (card,) = services.snips.cards()
        assert 100.0 <= card.snip.at_s < 110.0, "the moment of the key"
        assert app.now.state.paused
    assert services.library.episode(mars.id).position_s == pytest.approx(app.now.state.position_s, abs=0.5)


async def test_who_quits_before_the_library_is_free_keeps_the_snip(services: Services, home: Path, mars: Episode) -> None:
    with held(home) as let_go:
        async with player() as (app, pilot):
            app.verbs.play(mars.id, 100.0)
            await until(pilot, lambda: app.now.state.position_s > 100.1)
            await press(pilot, ["b"])
            await until(pilot, lambda: "it is kept as soon as" in told(app))
            Timer(1.0, let_go).start()
    assert len(services.snips.cards()) == 1


async def test_a_library_that_is_taken_again_at_that_very_moment_costs_no_snip(
    services: Services, mars: Episode, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep, is_held = SnipService.keep, Store.is_held
    held_until: list[float] = []

    def keep_at_second_try(self: SnipService, episode_id: EpisodeId, at_s: float, *, priority: int) -> Kept:
        if not held_until:
            held_until.append(time.monotonic() + 0.5)
            raise PodcliError("The library is in use.")
        return keep(self, episode_id, at_s, priority=priority)

    monkeypatch.setattr(SnipService, "keep", keep_at_second_try)
    monkeypatch.setattr(Store, "is_held", lambda self: is_held(self) or time.monotonic() < max(held_until, default=0.0))
    async with player() as (app, pilot):
        app.verbs.play(mars.id, 100.0)
        await until(pilot, lambda: app.now.state.position_s > 100.1)
        await press(pilot, ["b"])
        await until(pilot, lambda: "Kept " in told(app))
    assert held_until and len(services.snips.cards()) == 1


async def test_titles_come_in_any_order(services: Services, mars: Episode) -> None:
    """Work that was asked for first may end last."""
    held = lock.take("ml")
    first, second = (services.snips.keep(mars.id, at).snip for at in (100.0, 300.0))
    jobs = [services.store.jobs.enqueue("retell", episode_id=mars.id, target=str(snip.id)) for snip in (first, second)]
    async with player(stop_work=False) as (app, pilot):
        app.open_snips()
        await until(pilot, lambda: "Snips · 2" in seen(app))
        for job, snip, title in ((jobs[1], second, "Came first"), (jobs[0], first, "Came last")):
            services.store.snips.save(replace(services.snips.get(snip.id), title=title, model="m"))
            services.store._db.execute("update job set state = 'done' where id = ?", [job.id])
            await until(pilot, lambda title=title: title in seen(app))  # type: ignore[misc]
    if held is not None:
        os.close(held)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)])
async def test_without_any_it_says_how_they_come_to_be(services: Services, size: tuple[int, int]) -> None:
    stage.stock(services)
    async with player(size) as (app, pilot):
        app.open_snips()
        await until(
            pilot, lambda: "You have kept nothing yet." in seen(app) and "b keeps what was" in " ".join(seen(app).split())
        )
        await press(pilot, ["x", "f", "enter", "P", "o", "left_parenthesis"])
        assert isinstance(app.screen, SnipsScreen) and app._exception is None
