"""Media keys: a real session bus, and the real ``playerctl`` on it."""

from __future__ import annotations

import json
import math
import os
import queue
import re
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from dbus_fast import DBusError

from podcli.domain import Enclosure, Episode, EpisodeId, NowPlaying, PlayerState, ShowId
from podcli.player.mpris import NAME, PATH, Mpris
from tests.conftest import Podcli
from tests.player.session import Client, Session, session
from tests.player.tones import tone, until

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


@pytest.fixture
def client(desk: Desk) -> Iterator[Client]:
    made = Client(NAME, PATH)
    yield made
    made.close()


def test_everything_the_specification_demands_is_there(client: Client) -> None:
    assert client.get("org.mpris.MediaPlayer2") == {
        "CanQuit": True, "CanRaise": False, "HasTrackList": False, "Identity": "podcli",
        "SupportedUriSchemes": [], "SupportedMimeTypes": [],
    }  # fmt: skip
    values = client.get(PLAYER)
    assert set(values.pop("Metadata")) == {
        "mpris:trackid", "mpris:length", "xesam:title", "xesam:album", "xesam:artist", "xesam:url",
    }  # fmt: skip
    assert values == {
        "PlaybackStatus": "Playing", "Rate": 1.0, "MinimumRate": 0.5, "MaximumRate": 4.0, "Volume": 1.0, "Position": 60_000_000,
        "CanGoNext": True, "CanGoPrevious": True, "CanPlay": True, "CanPause": True, "CanSeek": True, "CanControl": True,
    }  # fmt: skip


def test_speed_and_volume_can_be_set(client: Client, desk: Desk) -> None:
    for given, asked in [(1.5, ("speed", 1.5)), (0.1, ("speed", 0.5)), (100.0, ("speed", 4.0)), (0.0, ("pause", None))]:
        client.set(PLAYER, "Rate", "d", given)
        assert desk.next() == asked
    for given, percent in [(0.5, 50.0), (-1.0, 0.0), (9.0, 100.0)]:
        client.set(PLAYER, "Volume", "d", given)
        assert desk.next() == ("volume", percent)
    for name in ("Rate", "Volume"):
        for nonsense in (math.nan, math.inf):
            client.set(PLAYER, name, "d", nonsense)
    with pytest.raises(DBusError):
        client.set(PLAYER, "PlaybackStatus", "s", "Playing")
    assert desk.asked.empty()


def test_a_position_is_taken_only_for_what_plays(client: Client, desk: Desk) -> None:
    track = "/org/podcli/episode/7"
    for given, microseconds in [("/org/podcli/episode/8", 1), (track, -1), (track, 600_000_001), ("/", 1)]:
        client.call(PLAYER, "SetPosition", "ox", given, microseconds)
    client.call(PLAYER, "SetPosition", "ox", track, 600_000_000)
    assert desk.next() == ("seek_to", 600.0)
    assert desk.asked.empty()


def test_seeking_beyond_the_end_means_next_where_something_follows(client: Client, desk: Desk) -> None:
    client.call(PLAYER, "Seek", "x", 541_000_000)
    assert desk.next() == ("next", None)
    desk.mpris.show(replace(PLAYING, up_next=""))
    until(lambda: not client.get(PLAYER)["CanGoNext"])
    client.call(PLAYER, "Seek", "x", 541_000_000)
    assert desk.next() == ("seek_by", 541.0)


def test_nothing_is_opened_from_outside(client: Client, desk: Desk) -> None:
    with pytest.raises(DBusError, match="opens nothing"):
        client.call(PLAYER, "OpenUri", "s", "file:///etc/passwd")
    client.call("org.mpris.MediaPlayer2", "Raise")
    assert desk.asked.empty()


def test_quit(client: Client, desk: Desk) -> None:
    client.call("org.mpris.MediaPlayer2", "Quit")
    assert desk.next() == ("quit", None)


def test_only_what_changed_is_told_and_never_the_position(client: Client, desk: Desk) -> None:
    for step in range(20):
        desk.mpris.show(moved(PLAYING, position_s=60 + step / 100))
    desk.mpris.show(moved(PLAYING, paused=True, volume=40.0))
    until(lambda: client.heard)
    desk.mpris.show(moved(PLAYING, paused=True, volume=40.0, speed=2.0))
    until(lambda: len(client.heard) == 2)
    assert [member for member, _ in client.heard] == ["PropertiesChanged"] * 2
    changes = [{name: value.value for name, value in body[1].items()} for _, body in client.heard]
    assert changes == [{"PlaybackStatus": "Paused", "Volume": 0.4}, {"Rate": 2.0}]


def test_a_jump_is_told(client: Client, desk: Desk) -> None:
    desk.mpris.show(moved(PLAYING, position_s=61.0))  # a second early is no jump
    desk.mpris.show(moved(PLAYING, position_s=300.0))
    until(lambda: client.heard)
    desk.mpris.show(moved(PLAYING, position_s=300.1))
    desk.mpris.show(moved(PLAYING, position_s=10.0, paused=True))
    until(lambda: len(client.heard) == 3)
    assert client.heard[0] == ("Seeked", [300_000_000])
    assert [member for member, _ in client.heard] == ["Seeked", "PropertiesChanged", "Seeked"]
    assert client.heard[2] == ("Seeked", [10_000_000])


def test_others_can_count_the_position_at_any_speed(client: Client, desk: Desk) -> None:
    desk.mpris.show(moved(PLAYING, speed=4.0))
    begun = time.monotonic()
    while (elapsed := time.monotonic() - begun) < 1.0:
        desk.mpris.show(moved(PLAYING, speed=4.0, position_s=60 + 4 * elapsed))
        time.sleep(0.05)
    assert [member for member, _ in client.heard] == ["PropertiesChanged"]
    while (elapsed := time.monotonic() - begun) < 2.0:  # gaps are skipped: it runs faster than they count
        desk.mpris.show(moved(PLAYING, speed=4.0, position_s=60 + 8 * elapsed))
        time.sleep(0.05)
    until(lambda: ("Seeked") in [member for member, _ in client.heard])
    told, microseconds = next((n, body[0]) for n, (member, body) in enumerate(client.heard) if member == "Seeked")
    assert told == 1
    assert 64_000_000 < microseconds < 77_000_000


def test_another_episode_that_begins_in_the_middle(client: Client, desk: Desk) -> None:
    other = replace(EPISODE, id=EpisodeId(8), title="Coffee")
    state = PlayerState(EpisodeId(8), "Coffee", position_s=60.0, paused=False)
    desk.mpris.show(NowPlaying(state, other))
    until(lambda: len(client.heard) == 2)
    metadata = client.heard[0][1][1]["Metadata"].value
    assert metadata["mpris:trackid"].value == "/org/podcli/episode/8"
    assert "mpris:length" not in metadata
    assert client.heard[1] == ("Seeked", [60_000_000])


def test_after_stop_nothing_is_left(bus: Session, client: Client, desk: Desk) -> None:
    desk.mpris.show(NowPlaying(replace(PLAYING.state, paused=True)))
    until(lambda: bus.playerctl("status") == "Stopped")
    values = client.get(PLAYER)
    assert values["Metadata"]["mpris:trackid"].value == "/org/mpris/MediaPlayer2/TrackList/NoTrack"
    assert not any(values[name] for name in ("CanGoNext", "CanGoPrevious", "CanPlay", "CanPause", "CanSeek"))


def test_what_strangers_wrote_breaks_nothing(bus: Session, client: Client, desk: Desk) -> None:
    hostile = "a\x00b\ud800c\x1b]0;x\x07d\u202e" + "é" * 5000
    episode = replace(EPISODE, title=hostile, show_title=hostile, enclosure=Enclosure("http://x/\x00\udfff", "", None))
    desk.mpris.show(replace(moved(PLAYING, title=hostile, duration_s=1e300, position_s=math.nan), episode=episode))
    until(lambda: bus.playerctl("metadata", "title").startswith("ab�cdéé"))
    assert len(bus.playerctl("metadata", "artist")) <= 400
    assert client.get(PLAYER)["Position"] == 0
    desk.mpris.show(replace(PLAYING, episode=replace(EPISODE, enclosure=Enclosure("file:///home/x/tea.mp3", "", None))))
    until(lambda: bus.playerctl("metadata", "title") == "Tea")
    assert bus.playerctl("metadata", "xesam:url") == ""


def test_previous_can_be_the_snip_button(bus: Session) -> None:
    desk = Desk(previous="snip")
    assert desk.mpris.start()
    desk.mpris.show(PLAYING)
    until(lambda: bus.playerctl("status") == "Playing")
    bus.playerctl("previous")
    assert desk.next() == ("snip", None)
    desk.mpris.close()


def test_a_second_player_gets_a_name_of_its_own(bus: Session, desk: Desk) -> None:
    second, third = Desk(), Desk(instance="instance5")
    assert second.mpris.start()
    assert third.mpris.start()
    assert set(bus.playerctl("--list-all").split()) == {"podcli", f"podcli.instance{os.getpid()}", "podcli.instance5"}
    second.mpris.close()
    third.mpris.close()
    assert bus.playerctl("--list-all") == "podcli"


def test_closing_twice_and_showing_afterwards(bus: Session, desk: Desk) -> None:
    desk.mpris.close()
    desk.mpris.close()
    desk.mpris.show(PLAYING)
    assert "podcli" not in bus.playerctl("--list-all")


@pytest.mark.parametrize("address", ["", "disabled:", "nonsense", "unix:path=/nowhere/bus", "tcp:host=127.0.0.1,port=1"])
def test_without_a_bus_nothing_happens(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    desk = Desk()
    assert desk.mpris.start() is False
    desk.mpris.show(PLAYING)
    desk.mpris.close()


def test_a_bus_that_says_nothing_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "bus"))
        silent.listen()
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={tmp_path}/bus")
        begun = time.monotonic()
        assert Desk().mpris.start() is False
        assert time.monotonic() - begun < 4


def test_the_bus_of_the_session_is_found_without_its_variable(
    bus: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS")
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    desk = Desk()
    assert desk.mpris.start()
    desk.mpris.close()


def test_when_the_bus_goes_away_playback_goes_on(bus: Session, desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    capfd.readouterr()
    bus.end()
    for step in range(50):
        desk.mpris.show(moved(PLAYING, position_s=60.0 + 10 * step, paused=step % 2 == 0))
        time.sleep(0.01)
    until(lambda: not [thread for thread in threading.enumerate() if thread.name == "mpris"])
    desk.mpris.show(PLAYING)
    desk.mpris.close()
    assert capfd.readouterr() == ("", "")


def test_podcli_play_answers_playerctl(bus: Session, podcli: Podcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCLI_AO", "null")
    process = podcli.start("play", tone(tmp_path / "talk.wav", 600), "--from", "60")

    near = partial(pytest.approx, abs=1)

    def status() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(podcli("play", "--status", "--json").stdout)
        return found

    try:
        until(lambda: bus.playerctl("status") == "Playing")
        assert bus.playerctl("metadata", "title") == "talk"
        bus.playerctl("pause")
        until(lambda: bus.playerctl("status") == "Paused")
        bus.playerctl("position", "300")
        until(lambda: float(bus.playerctl("position")) == near(300))
        bus.playerctl("position", "10-")
        until(lambda: float(bus.playerctl("position")) == near(290))
        until(lambda: status().get("paused") and status()["position"] == near(290), str(status()))
        bus.playerctl("volume", "0.5")
        until(lambda: float(bus.playerctl("volume")) == 0.5)
        bus.playerctl("play-pause")
        until(lambda: bus.playerctl("status") == "Playing")
        bus.playerctl("stop")
        _, err = process.communicate(timeout=20)
        assert process.returncode == 0, err
        assert re.search("Stopped at 4:(49|5)", err), err
        assert bus.playerctl("--list-all") == ""
    finally:
        process.kill()
        process.communicate()


def test_the_headset_keeps_a_snip_when_set_so(
    bus: Session, podcli: Podcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert podcli("config", "set", "desktop.headset_previous", "snip").returncode == 0
    process = podcli.start("play", tone(tmp_path / "talk.wav", 600), "--from", "60", "--silent")
    try:
        until(lambda: bus.playerctl("status") == "Playing")
        bus.playerctl("previous")
        until(lambda: podcli("snips", "--json").stdout.strip() not in ("", "[]"))
        (kept,) = json.loads(podcli("snips", "--json").stdout)
        assert kept["state"] == "kept" and 60 < kept["at"] < 90 and kept["start"] == pytest.approx(kept["at"] - 45, abs=0.1)
        assert bus.playerctl("status") == "Playing", "playback goes on"
        bus.quit()
        _, err = process.communicate(timeout=20)
        assert process.returncode == 0 and "Kept 0:" in err
    finally:
        process.kill()


def test_podcli_play_outlives_the_desktop(bus: Session, podcli: Podcli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCLI_AO", "null")
    process = podcli.start("play", tone(tmp_path / "talk.wav", 4))
    try:
        until(lambda: bus.playerctl("status") == "Playing")
        bus.end()
        _, err = process.communicate(timeout=30)
        assert process.returncode == 0
        assert err.splitlines()[-1] == "Finished."
        assert "Traceback" not in err
    finally:
        process.kill()
        process.communicate()
