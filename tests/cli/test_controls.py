"""Keys and media keys to verbs, on a real service with the silent player."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from podcli import keymap
from podcli.cli.controls import Controls
from podcli.cli.playline import extras
from podcli.domain import EpisodeId, Moment, NowPlaying, PlayerState, Sleep
from podcli.services import Services, open_services
from podcli.settings import PlayerSettings, Settings
from tests.player.tones import tone


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """Two queued files of ten minutes, the first playing from 5:00."""
    with open_services() as opened:
        for name in ("one", "two"):
            file = tone(tmp_path / f"{name}.wav", 600, rate=1000)
            episode = opened.store.library.put_on_shelf("file", file.as_uri())
            opened.store.library.set_duration(episode, 600)
            opened.store.library.enqueue(episode)
        opened.playback.start(opened.library.episode(EpisodeId(1)), 300.0, silent=True, paused=True)
        yield opened


class Told(list[str]):
    """What was said, and whether the sitting was ended."""

    ended = False

    def end(self) -> None:
        self.ended = True


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def controls(services: Services, told: Told) -> Controls:
    settings = Settings(player=PlayerSettings(back_s=7, forward_s=40))
    return Controls(
        services.playback, keymap.load(settings), settings.player, say=told.append, end=told.end, keep=lambda: "Kept."
    )


def test_media_keys(services: Services, controls: Controls, told: Told) -> None:
    playback = services.playback
    controls.remote("play", None)
    assert not playback.state.paused
    controls.remote("pause", None)
    assert playback.state.paused
    controls.remote("toggle", None)
    assert not playback.state.paused
    controls.remote("pause", None)
    controls.remote("seek_to", 100.0)
    controls.remote("seek_by", -20.0)
    assert playback.state.position_s == pytest.approx(80, abs=0.5)
    controls.remote("speed", 1.5)
    controls.remote("volume", 30.0)
    assert (playback.state.speed, playback.state.volume) == (1.5, 30)
    controls.remote("next", None)
    assert playback.episode
    assert playback.episode.title == "two"
    controls.remote("previous", None)
    assert playback.episode.title == "one"
    controls.remote("snip", None)
    assert told[-1] == "Kept."
    controls.press("b")
    assert told[-1] == "Kept."
    controls.remote("nonsense", 1.0)
    assert not told.ended
    controls.remote("stop", None)
    assert told.ended


def test_keys_take_their_steps_from_the_settings(services: Services, controls: Controls, told: Told) -> None:
    playback = services.playback
    for key, position in (("right", 340), ("left", 333), ("L", 393), ("H", 333)):
        controls.press(key)
        assert playback.state.position_s == position
    controls.press("backspace")
    assert playback.state.position_s == 300
    controls.press("]")
    controls.press("]")
    controls.press("[")
    assert playback.state.speed == 1.1
    controls.press("=")
    assert playback.state.speed == 1.0
    controls.press(",")
    assert told == ["This episode has no chapters."]
    controls.press("f9")
    controls.press("q")
    assert told.ended


def test_the_sleep_key_goes_round(services: Services, controls: Controls, told: Told) -> None:
    kinds = []
    for _ in range(6):
        controls.press("z")
        sleep = services.playback.now.sleep
        kinds.append((sleep.kind, sleep.kind == "minutes" and sleep.left_s) if sleep else None)
    assert kinds == [("minutes", 900), ("minutes", 1800), ("minutes", 3600), ("episode", False), None, ("minutes", 900)]
    assert told[0] == "Sleep in 15 min."


def test_help_names_the_live_keys(controls: Controls, told: Told) -> None:
    controls.press("?")
    lines = told[0].splitlines()
    assert any("⌫" in line and "last jump" in line for line in lines)
    assert any("Quit" in line for line in lines)


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (NowPlaying(), ()),
        (NowPlaying(state=PlayerState(volume=50)), ("50 %",)),
        (NowPlaying(state=PlayerState(volume=50, muted=True), smart_speed=True), ("muted", "smart")),
        (NowPlaying(sleep=Sleep("minutes", 900.0)), ("sleep 15 min",)),
        (NowPlaying(sleep=Sleep("minutes", 871.0)), ("sleep 15 min",)),
        (NowPlaying(sleep=Sleep("minutes", 31.2)), ("sleep 31 s",)),
        (NowPlaying(sleep=Sleep("episode", None)), ("sleep: end of episode",)),
    ],
)
def test_what_is_out_of_the_ordinary(now: NowPlaying, words: tuple[str, ...]) -> None:
    assert extras(now) == words


def test_among_moments_next_and_previous_are_moments(services: Services, controls: Controls, told: Told) -> None:
    playback = services.playback
    playback.start_moments([Moment(EpisodeId(n), 60.0 * n, 60.0 * n + 30, f"Moment {n}") for n in (1, 2)], silent=True)
    controls.remote("next", None)
    assert playback.now.moment_number == (2, 2)
    controls.press(">")
    assert told[-1] == "That was the last moment."
    controls.remote("previous", None)
    assert playback.now.moment_number == (1, 2)
    controls.press("W")
    assert playback.now.moment is None and playback.episode is not None and playback.episode.title == "one"
    controls.press("W")
    assert told[-1] == "The whole episode plays already."
    controls.remote("next", None)
    assert playback.episode.title == "two", "the queue, as ever"


def test_the_line_tells_which_moment_it_is() -> None:
    moment = Moment(EpisodeId(1), 60.0, 90.0, "Tea")
    now = NowPlaying(PlayerState(position_s=70.0), moment=moment, moment_number=(2, 7))
    assert extras(now) == ("moment 2/7, 20 s left",)
