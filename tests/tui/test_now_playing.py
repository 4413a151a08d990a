"""The bar at the bottom of every view, and what the keys of the player do to playback and to the library."""

from __future__ import annotations

from pathlib import Path

import pytest

from podcli.domain import Chapter, Episode, NowPlaying, PlayerState, Sleep
from podcli.services import Services
from podcli.tui.widgets.player_bar import seek_bar, sleeps
from tests.tui import stage
from tests.tui.conftest import player, press, seen, told, until, view


@pytest.fixture
def talk(services: Services, tmp_path: Path) -> Episode:
    """The only episode in the inbox: ten minutes, three chapters."""
    episode = stage.stock(services)["Assam"]
    services.store.library.triage([each.id for each in services.library.episodes() if each.id != episode.id], "done")
    stage.download(services, episode, tmp_path)
    stage.chapters(services, episode, "The garden", "The kettle", "The cup")
    return episode


async def test_the_bar_is_on_every_view(talk: Episode) -> None:
    async with player() as (app, pilot):
        assert "Nothing plays yet." in seen(app)
        await press(pilot, ["enter"])
        await until(pilot, lambda: "▶ Assam — Tea Time — The garden (feed)" in seen(app))
        for name in ("shows", "queue", "jobs", "models", "settings", "search"):
            await view(pilot, name)
            await until(pilot, lambda: "▶ Assam — Tea Time" in seen(app) and "10:00 · 10 min left  1×" in seen(app))
        app.open_episode(None)
        await until(pilot, lambda: "▶ Assam — Tea Time" in seen(app) and "[t Transcript]" in seen(app))


@pytest.mark.usefixtures("unhurried")
async def test_pause_seek_and_undo_the_jump(talk: Episode, services: Services) -> None:
    async with player() as (app, pilot):
        await press(pilot, ["enter"])
        await until(pilot, lambda: app.now.state.position_s > 0.2)
        await press(pilot, ["space"])
        await until(pilot, lambda: "paused" in seen(app))
        await press(pilot, ["right", "L"])
        await until(pilot, lambda: 90 <= app.now.state.position_s < 92)
        await press(pilot, ["left"])
        await until(pilot, lambda: 80 <= app.now.state.position_s < 82)
        await press(pilot, ["backspace"])
        await until(pilot, lambda: app.now.state.position_s >= 90 or app.now.state.position_s < 2)
        await pilot.press("3", "right")
        await until(pilot, lambda: app.now.state.position_s >= 90)
        await until(pilot, lambda: abs(services.library.episode(talk.id).position_s - app.now.state.position_s) < 1)


async def test_chapters_before_and_after(talk: Episode) -> None:
    async with player() as (app, pilot):
        await press(pilot, ["enter"])
        await until(pilot, lambda: "The garden" in seen(app))
        await press(pilot, ["full_stop"])
        await until(pilot, lambda: 100 <= app.now.state.position_s < 103 and "The kettle (feed)" in seen(app))
        await press(pilot, ["full_stop"])
        await until(pilot, lambda: "The cup (feed)" in seen(app))
        await press(pilot, ["comma"])
        await until(pilot, lambda: app.now.state.position_s < 203)


async def test_speed_volume_mute_and_what_is_left_at_that_speed(talk: Episode) -> None:
    async with player() as (app, pilot):
        await press(pilot, ["enter"])
        await until(pilot, lambda: app.now.state.position_s > 0.1)
        app.verbs.set_speed(2.0)
        await until(pilot, lambda: "5 min left  2×" in seen(app))
        await press(pilot, ["right_square_bracket"])
        await until(pilot, lambda: "2.1×" in seen(app))
        await press(pilot, ["equals_sign"])
        await until(pilot, lambda: "left  1×" in seen(app))
        await press(pilot, ["minus"])
        await until(pilot, lambda: "vol 95" in seen(app))
        await press(pilot, ["asterisk"])
        await until(pilot, lambda: "muted" in seen(app))
        await press(pilot, ["asterisk", "plus"])
        await until(pilot, lambda: "muted" not in seen(app) and "vol" not in seen(app))


async def test_the_sleep_timer(talk: Episode) -> None:
    async with player() as (app, pilot):
        await press(pilot, ["enter"])
        await until(pilot, lambda: app.now.state.position_s > 0.1)
        await press(pilot, "z")
        await until(pilot, lambda: "No sleep timer" in seen(app))
        await press(pilot, ["j", "j", "enter"])
        await until(pilot, lambda: "☾ 10 min" in seen(app))
        app.verbs.sleep("chapter")
        await until(pilot, lambda: "☾ end of chapter" in seen(app))
        app.verbs.sleep(None)
        await until(pilot, lambda: "☾" not in seen(app))


async def test_the_queue_goes_on_by_itself_and_by_key(services: Services, tmp_path: Path) -> None:
    episodes = stage.stock(services)
    for title in ("Assam", "Bancha", "Ceylon"):
        stage.download(services, episodes[title], tmp_path)
    services.queue.add([episodes["Bancha"].id, episodes["Ceylon"].id])
    async with player() as (app, pilot):
        app.verbs.play(episodes["Assam"].id)
        await until(pilot, lambda: app.now.state.position_s > 0.1 and app.now.state.title == "Assam")
        await press(pilot, ["greater_than_sign"])
        await until(pilot, lambda: app.now.state.title == "Bancha")
        app.verbs.seek_to(599.0)
        await until(pilot, lambda: app.now.state.title == "Ceylon")
        assert services.library.episode(episodes["Bancha"].id).finished
        assert stage.queue(services) in (["Ceylon"], [])
        await press(pilot, ["less_than_sign"])
        await until(pilot, lambda: app.now.state.title == "Bancha")


async def test_a_file_that_is_gone_is_one_clear_notice(services: Services, tmp_path: Path) -> None:
    episodes = stage.stock(services)
    path = stage.download(services, episodes["Mars"], tmp_path)
    path.write_bytes(b"")
    async with player(silent=False) as (app, pilot):
        app.verbs.play(episodes["Mars"].id)
        await until(pilot, lambda: app.now.state.problem or told(app))
        await until(pilot, lambda: "! " in seen(app))
        assert told(app).count("Mars") <= 1 and "Traceback" not in told(app)
        await press(pilot, "j")
        assert app.failure is None, "still usable"


async def test_clicking_the_seek_bar_goes_there(talk: Episode) -> None:
    async with player() as (app, pilot):
        await press(pilot, ["enter"])
        await until(pilot, lambda: app.now.state.position_s > 0.1)
        first, width = app.screen.query_one("PlayerBar")._bar  # type: ignore[attr-defined]
        await pilot.click("PlayerBar", offset=(1 + first + width // 2, 1))
        await until(pilot, lambda: 290 <= app.now.state.position_s < 315)


# The bar by itself


def at(position: float, *, heard: tuple[tuple[float, float], ...] = (), chapters: tuple[float, ...] = ()) -> NowPlaying:
    return NowPlaying(
        state=PlayerState(position_s=position, duration_s=100.0), heard=heard,
        chapters=tuple(Chapter(start, None, "x") for start in chapters),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("now", "bar"),
    [
        (at(0), "●─────────"), (at(100), "─────────●"), (at(55), "─────●────"), (at(0, heard=((0, 30),)), "●━━───────"),
        (at(0, chapters=(0, 50)), "●────┬────"), (at(90, heard=((0, 100),), chapters=(50,)), "━━━━━┯━━━●"),
        (NowPlaying(state=PlayerState(position_s=9)), "──────────"),
        (at(1e9), "─────────●"), (at(0, chapters=(-5, 1e9)), "●─────────"),
    ],
)  # fmt: skip
def test_the_seek_bar(now: NowPlaying, bar: str) -> None:
    assert seek_bar(now, 10) == bar


@pytest.mark.parametrize(
    ("sleep", "words"),
    [(None, ""), (Sleep("minutes", 600.0), "  ☾ 10 min"), (Sleep("minutes", 12.2), "  ☾ 12 s"),
     (Sleep("chapter", 5.0), "  ☾ end of chapter")],
)  # fmt: skip
def test_what_the_sleep_timer_says(sleep: Sleep | None, words: str) -> None:
    assert sleeps(sleep) == words
