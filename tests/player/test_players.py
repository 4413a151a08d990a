"""What both players promise, each on its own clock: libmpv in real time without a sound card, and the silent one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from podcli.domain import EpisodeId, PlayerState
from podcli.player.base import OnChange, Player, clamp_position, clamp_speed, clamp_volume
from podcli.player.mpv import MpvPlayer
from podcli.player.silent import SilentPlayer
from tests.player.tones import tone, until

LENGTH_S = 20.0
Start = Callable[..., tuple[Player, list[tuple[float, PlayerState]]]]


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    return tone(tmp_path / "tone.wav", LENGTH_S)


@pytest.fixture(params=[MpvPlayer, SilentPlayer])
def play(request: pytest.FixtureRequest, sound: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts a player on 20 s of sound and returns it with the list of (when, state) it tells."""
    monkeypatch.setenv("PODCLI_AO", "null")
    players: list[Player] = []
    make: Callable[[OnChange], Player] = request.param

    def start(start_s: float = 0.0, *, paused: bool = False) -> tuple[Player, list[tuple[float, PlayerState]]]:
        told: list[tuple[float, PlayerState]] = []
        player = make(lambda state: told.append((time.monotonic(), state)))
        players.append(player)
        player.load(str(sound), episode_id=EpisodeId(7), title="A tone", start_s=start_s, paused=paused, duration_s=LENGTH_S)
        return player, told

    yield start
    for player in players:
        player.close()


def pace(player: Player, seconds: float = 1.0) -> float:
    """Seconds of sound a second of wall clock."""
    until(lambda: player.state.position_s > 0 and not player.state.notice)
    before, at = player.state.position_s, time.monotonic()
    until(lambda: player.state.position_s > before)  # libmpv reports in steps: measure from one to another
    before, at = player.state.position_s, time.monotonic()
    time.sleep(seconds)
    return (player.state.position_s - before) / (time.monotonic() - at)


def test_it_plays_at_the_pace_of_the_clock(play: Start) -> None:
    player, _ = play()
    assert pace(player) == pytest.approx(1.0, abs=0.25)
    state = player.state
    assert (state.episode_id, state.title, state.paused, state.ended, state.problem) == (7, "A tone", False, False, "")
    assert state.duration_s == pytest.approx(LENGTH_S)


def test_twice_as_fast(play: Start) -> None:
    player, _ = play()
    player.set_speed(2.0)
    assert pace(player) == pytest.approx(2.0, abs=0.4)


def test_a_pause_stops_the_clock_and_going_on_starts_it(play: Start) -> None:
    player, _ = play(5.0)
    until(lambda: player.state.position_s > 5.3)
    player.set_paused(True)
    assert player.state.paused
    time.sleep(0.3)
    at = player.state.position_s
    time.sleep(0.6)
    assert player.state.position_s == pytest.approx(at, abs=0.05)
    player.set_paused(False)
    until(lambda: player.state.position_s > at + 0.3)


def test_loaded_paused_it_waits_where_it_was_told(play: Start) -> None:
    player, _ = play(8.0, paused=True)
    time.sleep(0.5)
    assert player.state.paused
    assert player.state.position_s == pytest.approx(8.0, abs=0.05)


def test_seeking_goes_there_at_once_and_stays_inside(play: Start) -> None:
    player, told = play(1.0)
    until(lambda: player.state.position_s > 1.2)
    player.seek(12.0)
    assert player.state.position_s >= 12.0
    until(lambda: player.state.position_s > 12.4)
    assert all(state.position_s >= 11.9 for _, state in told if state.position_s > 4), "an old position came after the seek"
    player.seek(-5.0)
    until(lambda: 0.2 < player.state.position_s < 3)
    player.seek(1e9)
    until(lambda: player.state.ended)
    assert player.state.position_s == pytest.approx(LENGTH_S, abs=0.1)


def test_a_seek_straight_after_loading_counts(play: Start) -> None:
    player, _ = play(1.0)
    player.seek(10.0)
    until(lambda: player.state.position_s > 10.3)
    assert player.state.position_s < 14


def test_the_end_is_told_once_and_going_back_plays_on(play: Start) -> None:
    player, told = play(LENGTH_S - 0.6)
    until(lambda: any(state.ended for _, state in told))
    assert player.state.ended
    assert not player.state.problem
    assert player.state.position_s == pytest.approx(LENGTH_S, abs=0.1)
    time.sleep(0.5)
    assert sum(state.ended for _, state in told) == 1
    player.seek(3.0)
    assert not player.state.ended
    until(lambda: 3.2 < player.state.position_s < 8)


def test_it_tells_at_most_four_times_a_second_and_at_once_what_was_asked(play: Start) -> None:
    player, told = play()
    until(lambda: player.state.position_s > 0.5)
    told.clear()
    time.sleep(1.5)
    assert 3 <= len(told) <= 7
    gaps = [after - before for (before, _), (after, _) in pairwise(told)]
    assert min(gaps) > 0.15
    told.clear()
    asked = time.monotonic()
    player.set_paused(True)
    until(lambda: any(state.paused for _, state in told))
    assert next(when for when, state in told if state.paused) - asked < 0.2
    told.clear()
    player.seek(15.0)
    until(lambda: told)
    assert told[0][1].position_s == pytest.approx(15.0, abs=0.1)


def test_volume_and_speed_are_kept_in_bounds(play: Start) -> None:
    player, told = play()
    player.set_volume(130)
    player.set_speed(9)
    assert (player.state.volume, player.state.speed) == (100, 4.0)
    player.set_volume(30)
    player.set_speed(0.1)
    until(lambda: told and (told[-1][1].volume, told[-1][1].speed) == (30, 0.5))


def test_stopping_keeps_the_position(play: Start) -> None:
    player, _ = play(6.0)
    until(lambda: player.state.position_s > 6.3)
    at = player.state.position_s
    player.stop()
    time.sleep(0.5)
    assert at <= player.state.position_s < at + 0.3
    assert player.state.paused
    assert player.state.episode_id == 7
    player.seek(1.0) if isinstance(player, MpvPlayer) else None
    assert player.state.position_s >= at


def test_loading_another_forgets_the_one_before(play: Start, tmp_path: Path) -> None:
    player, told = play(15.0)
    until(lambda: player.state.position_s > 15.2)
    other = tone(tmp_path / "other.wav", 4)
    player.load(str(other), episode_id=EpisodeId(8), title="Other", duration_s=4.0)
    until(lambda: player.state.position_s > 0.3)
    mixed = [state for _, state in told if state.episode_id == 8 and state.position_s > 4]
    assert not mixed, "a position of the old episode was told as the new one's"
    assert player.state.duration_s == pytest.approx(4.0)


def test_closing_twice_and_using_it_afterwards_is_harmless(play: Start) -> None:
    player, told = play(2.0)
    player.close()
    player.close()
    told.clear()
    player.set_paused(True)
    player.stop()
    time.sleep(0.3)
    assert told == []


@pytest.mark.parametrize(("asked", "given"), [(0, 0.5), (9, 4.0), (1.299999, 1.3), (float("nan"), 0.5)])
def test_speed_bounds(asked: float, given: float) -> None:
    assert clamp_speed(asked) == given


def test_other_bounds() -> None:
    assert [clamp_volume(value) for value in (-1, 50, 101)] == [0, 50, 100]
    assert [clamp_position(value, 10) for value in (-1, 5, 11)] == [0, 5, 10]
    assert clamp_position(1e6, None) == 1e6
