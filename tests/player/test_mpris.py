"""Media keys: a real session bus, and the real ``playerctl`` on it."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from podcli.domain import Enclosure, Episode, EpisodeId, NowPlaying, PlayerState, ShowId
from podcli.player.mpris import Mpris
from tests.player.session import Session, session
from tests.player.tones import until

PLAYER = "org.mpris.MediaPlayer2.Player"
EPISODE = Episode(
    EpisodeId(7), "key", ShowId(1), "The Show", "Tea", "guid", Enclosure("https://example.org/tea.mp3", "audio/mpeg", None)
)
PLAYING = NowPlaying(PlayerState(EpisodeId(7), "Tea", position_s=60.0, duration_s=600.0, paused=False), EPISODE, up_next="Coffee")


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    with session(tmp_path, monkeypatch) as found:
        yield found


class Desk:
    """Our player on the bus, and what it was asked for."""

    def __init__(self, **options: str) -> None:
        self.asked: queue.Queue[tuple[str, float | None]] = queue.Queue()
        self.mpris = Mpris(lambda name, value: self.asked.put((name, value)), **options)

    def next(self) -> tuple[str, float | None]:
        return self.asked.get(timeout=10)


@pytest.fixture
def desk(bus: Session) -> Iterator[Desk]:
    made = Desk()
    assert made.mpris.start()
    made.mpris.show(PLAYING)
    until(lambda: bus.playerctl("status") == "Playing")
    yield made
    made.mpris.close()


def moved(now: NowPlaying, **changes: object) -> NowPlaying:
    return replace(now, state=replace(now.state, **changes))  # type: ignore[arg-type]


def test_what_plays_is_told(bus: Session, desk: Desk) -> None:
    assert bus.playerctl("--list-all") == "podcli"
    assert bus.playerctl("metadata", "title") == "Tea"
    assert bus.playerctl("metadata", "album") == bus.playerctl("metadata", "artist") == "The Show"
    assert bus.playerctl("metadata", "mpris:length") == "600000000"
    assert bus.playerctl("metadata", "xesam:url") == "https://example.org/tea.mp3"
    assert bus.playerctl("metadata", "mpris:trackid") == "'/org/podcli/episode/7'"
    assert float(bus.playerctl("position")) == pytest.approx(60.0, abs=0.5)
    assert float(bus.playerctl("volume")) == 1.0


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (["play"], ("play", None)),
        (["pause"], ("pause", None)),
        (["play-pause"], ("toggle", None)),
        (["stop"], ("stop", None)),
        (["next"], ("next", None)),
        (["previous"], ("previous", None)),
        (["position", "10+"], ("seek_by", 10.0)),
        (["position", "10-"], ("seek_by", -10.0)),
        (["position", "90.5"], ("seek_to", 90.5)),
        (["volume", "0.25"], ("volume", 25.0)),
        (["volume", "7"], ("volume", 100.0)),
    ],
)
def test_keys_reach_the_player(bus: Session, desk: Desk, arguments: list[str], asked: tuple[str, float | None]) -> None:
    bus.playerctl(*arguments)
    assert desk.next() == asked
    assert desk.asked.empty()
