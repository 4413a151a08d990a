"""``podcli play`` through the queue, with sleep and status, and what a `kill -9` at any moment costs."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from podcli.domain import Chapter, Episode, EpisodeId, ShowSettings
from podcli.services import open_services
from podcli.store import open_store
from tests.cli.terminal import Terminal
from tests.conftest import Podcli
from tests.loopback import Site
from tests.player.tones import tone, until

Play = Callable[..., Terminal]
PROGRAM = (sys.executable, "-m", "podcli")


@pytest.fixture(autouse=True)
def no_sound_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCLI_AO", "null")


@pytest.fixture
def play() -> Iterator[Play]:
    """``podcli play …`` in a terminal; returns once it plays."""
    terminals: list[Terminal] = []

    def start(*arguments: str | Path) -> Terminal:
        terminal = Terminal(*PROGRAM, "play", *map(str, arguments))
        terminals.append(terminal)
        terminal.expect("Playing")
        terminal.expect(r"[▶‖] \d")
        until(terminal.raw, "single keys")
        return terminal

    yield start
    for terminal in terminals:
        terminal.close()


@pytest.fixture
def queued(tmp_path: Path) -> list[Episode]:
    """Three files in the queue: two seconds, one that is no audio, two minutes."""
    files = [tone(tmp_path / "first.wav", 2), tmp_path / "second.mp3", tone(tmp_path / "third.wav", 120)]
    files[1].write_bytes(b"<html>" * 500)
    with open_store() as store:
        ids = [store.library.put_on_shelf("file", file.as_uri()) for file in files]
        for each in ids:
            store.library.enqueue(each)
        return [found for each in ids if (found := store.library.episode(each))]


def kept(episode: int) -> float:
    with open_store() as store:
        found = store.library.episode(EpisodeId(episode))
        assert found
        return found.position_s


def status(podcli: Podcli) -> dict[str, object]:
    said = json.loads(podcli("play", "--status", "--json").stdout)
    assert isinstance(said, dict)
    return said


def test_it_goes_through_the_queue_and_skips_what_cannot_be_played(play: Play, queued: list[Episode]) -> None:
    terminal = play(queued[0].id)
    terminal.expect("Playing “third”")
    assert "“second” was skipped: second.mp3 does not hold audio" in terminal.seen
    terminal.press("q")
    assert terminal.ends() == 0
    with open_store() as store:
        assert [episode.title for episode in store.library.queue()] == ["second", "third"]
        first = store.library.episode(queued[0].id)
        assert first
        assert (first.finished, first.triage) == (True, "done")


def test_one_that_is_not_queued_ends_alone(podcli: Podcli, queued: list[Episode], tmp_path: Path) -> None:
    done = podcli("play", tone(tmp_path / "other.wav", 1))
    assert done.stderr.splitlines() == ["Playing “other”.", "Finished."]
    done = podcli("play", queued[0].id, "--no-queue")
    assert done.stderr.splitlines() == ["Playing “first”.", "Finished."]


def test_a_queue_that_ends_in_what_cannot_be_played(podcli: Podcli, queued: list[Episode]) -> None:
    with open_store() as store:
        store.library.dequeue(queued[2].id)
    done = podcli("play", "--json", "--queue")
    assert done.returncode == 1
    assert done.stderr.count("does not hold audio") == 1
    states = [json.loads(line) for line in done.stdout.splitlines()]
    assert {state["episode"] for state in states} == {queued[0].id, queued[1].id}
    assert "does not hold audio" in states[-1]["problem"]


def test_without_an_episode_it_goes_on(podcli: Podcli, play: Play, queued: list[Episode], tmp_path: Path) -> None:
    with open_store() as store:
        talk = store.library.put_on_shelf("file", tone(tmp_path / "talk.wav", 100).as_uri())
        store.library.save_position(talk, 50.0)
    first = play()
    assert "Playing “talk” from 0:47" in first.seen
    first.press("q")
    assert first.ends() == 0
    with open_store() as store:
        store.library.save_position(talk, 100.0, True)
    second = play("--silent")
    assert "Playing “first”" in second.seen
    second.press("q")
    assert second.ends() == 0


def test_with_nothing_to_go_on_with(podcli: Podcli) -> None:
    done = podcli("play")
    assert done.returncode == 2
    assert "Nothing is queued, and nothing was begun." in done.stderr


def test_keys_for_volume_chapters_undo_sleep_and_the_queue(play: Play, queued: list[Episode]) -> None:
    with open_store() as store:
        store.library.save_chapters(queued[2].id, "feed", [Chapter(0, 60, "Tea"), Chapter(60, None, "Coffee")])
    terminal = play(queued[2].id, "--from", "0:20", "--silent")
    terminal.expect("Tea")
    terminal.press(".")
    terminal.expect(r"▶ 1:0\d.*Coffee")
    terminal.press(".")
    terminal.expect("no further chapter")
    terminal.press("\x7f")
    terminal.expect(r"▶ 0:2\d.*Tea")
    terminal.press("\x7f")
    terminal.expect("no jump to undo")
    terminal.press("-")
    terminal.expect(r"Volume 95 %")
    terminal.expect(r"95 %")
    terminal.press("*")
    terminal.expect("Muted")
    terminal.press("+")
    terminal.expect("Volume 100 %")
    for words in ("15 min", "30 min", "1 h", "end of this episode", "timer off"):
        terminal.press("z")
        terminal.expect(words)
    terminal.press(">")
    terminal.expect("Nothing follows in the queue")
    terminal.press("?")
    terminal.expect("Back to before the last jump")
    terminal.press("q")
    assert terminal.ends() == 0


def test_keys_of_the_listeners_own(play: Play, queued: list[Episode], home: Path) -> None:
    (home / "config").mkdir(parents=True, exist_ok=True)
    (home / "config" / "settings.toml").write_text(
        '[player]\nforward_s = 45.0\n[keys]\n"player.forward" = ["f6", "alt+right"]\n"app.quit" = "f10"\n'
    )
    terminal = play(queued[2].id, "--silent")
    terminal.press("\x1b[17~")
    terminal.expect(r"▶ 0:4\d")
    terminal.press("\x1b[1;3C")
    terminal.expect(r"▶ 1:3\d")
    terminal.press("\x1b[Cq")
    time.sleep(0.5)
    assert terminal.process.poll() is None
    terminal.press("\x1b[21~")
    assert terminal.ends() == 0


def test_a_keymap_that_clashes_is_told_before_anything_plays(podcli: Podcli, queued: list[Episode], home: Path) -> None:
    (home / "config").mkdir(parents=True, exist_ok=True)
    (home / "config" / "settings.toml").write_text('[keys]\n"player.mute" = "["\n')
    done = podcli("play", str(queued[2].id))
    assert done.returncode == 2
    assert "player.mute" in done.stderr
    assert "Playing" not in done.stderr


def test_status_tells_what_another_process_plays(podcli: Podcli, play: Play, queued: list[Episode]) -> None:
    assert podcli("play", "--status").stdout == "Nothing plays.\n"
    assert status(podcli) == {"status": "stopped"}
    terminal = play(queued[2].id, "--from", "0:20", "--speed", "2", "--sleep", "20")
    said = status(podcli)
    assert (said["status"], said["pid"], said["episode"], said["speed"]) == (
        "playing", terminal.process.pid, queued[2].id, 2.0,
    )  # fmt: skip
    position = said["position"]
    assert isinstance(position, float)
    assert 20 <= position < 60
    assert {"title", "show", "duration", "paused", "chapter", "sleep", "up_next", "volume"} <= said.keys()
    time.sleep(1)
    later = status(podcli)["position"]
    assert isinstance(later, float)
    assert later > position + 1.5, "it is not told as of now"
    words = podcli("play", "--status").stdout
    assert words.startswith("Playing: third (Files)\n")
    assert "Sleep in 2" in words or "Sleep in 19 min" in words
    terminal.press(" ")
    terminal.expect("paused")
    assert status(podcli)["status"] == "paused"
    os.kill(terminal.process.pid, signal.SIGKILL)
    terminal.process.wait()
    assert status(podcli) == {"status": "stopped"}


def test_one_episode_plays_in_one_process(podcli: Podcli, play: Play, queued: list[Episode]) -> None:
    terminal = play(queued[2].id, "--from", "0:20")
    done = podcli("play", queued[2].id)
    assert done.returncode == 1
    assert f"“third” is already open in another podcli (process {terminal.process.pid})." in done.stderr
    other = podcli("play", queued[0].id, "--no-queue")
    assert other.returncode == 0, "another episode is fine"
    until(lambda: status(podcli).get("episode") == queued[2].id, "the row is taken back")
    terminal.press("q")
    assert terminal.ends() == 0
    again = play(queued[2].id)
    again.press("q")
    assert again.ends() == 0


@pytest.mark.parametrize("sound", [[], ["--silent"]])
def test_sleep_pauses_and_says_so(play: Play, queued: list[Episode], sound: list[str]) -> None:
    terminal = play(queued[2].id, "--from", "0:20", "--sleep", "0.05", *sound)
    terminal.expect("sleep")
    terminal.expect("paused")
    time.sleep(0.5)
    terminal.press("q")
    assert terminal.ends() == 0
    assert kept(queued[2].id) == pytest.approx(20, abs=1.5), "it goes on where the fade began"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--sleep", "soon"], "no time to sleep"),
        (["--sleep", "-5"], "makes no sense"),
        (["--sleep", "chapter"], "no chapters"),
        (["--from", "noon"], "is not a time"),
        (["--device", "nonsense-device"], "there is no device"),
    ],
)
def test_wishes_that_cannot_be(podcli: Podcli, queued: list[Episode], arguments: list[str], words: str) -> None:
    done = podcli("play", queued[0].id, *arguments)
    assert done.returncode == 2
    assert words in done.stderr


def test_devices_are_listed(podcli: Podcli) -> None:
    found = json.loads(podcli("play", "--devices", "--json").stdout)
    assert found[0]["name"] == "auto"
    assert set(found[0]) == {"name", "description"}
    assert podcli("play", "--devices").stdout.splitlines()[0].split() == ["name", "description"]


def test_statistics(podcli: Podcli, queued: list[Episode]) -> None:
    assert podcli("stats").stdout == "Nothing was listened to in the last 30 days.\n"
    assert podcli("play", queued[0].id, "--speed", "2", "--no-queue").returncode == 0
    said = json.loads(podcli("stats", "--json", "--days", "1").stdout)
    assert said["heard"] == pytest.approx(2, abs=0.3)
    assert said["took"] == pytest.approx(1, abs=0.3)
    assert said["saved_by_speed"] == pytest.approx(1, abs=0.3)
    assert [show["show"] for show in said["shows"]] == ["Files"]
    told = podcli("stats").stdout
    assert told.startswith("In the last 30 days: 2 s heard in 1 s.\nSaved: 1 s (1 s by speed).\n")
    assert re.search(r"Files +2 s +1 s +1 s", told)


@pytest.mark.parametrize(("speed", "wait_s"), [(1.0, 1.3), (1.0, 6.2), (4.0, 4.4)])
def test_kill_9_costs_at_most_five_seconds(tmp_path: Path, speed: float, wait_s: float) -> None:
    talk = tone(tmp_path / "talk.wav", 600)
    process = subprocess.Popen(
        [*PROGRAM, "play", str(talk), "--from", "100", "--speed", str(speed), "--json"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdout
    last = begun = 0.0
    with process.stdout as stdout:
        for line in stdout:
            position = json.loads(line)["position"]
            if position > 100.3:
                begun = begun or time.monotonic()
                last = position
                if time.monotonic() - begun >= wait_s:
                    break
        process.kill()
        rest = [json.loads(line)["position"] for line in stdout if line.endswith("}\n")]
    process.wait()
    last = max([last, *rest])
    lost = last - kept(1)
    print(f"kill -9 after {wait_s} s at {speed}×: {lost:.2f} s of audio lost")
    assert 0 <= lost + 0.5 <= 5.5
    with open_services() as services:
        services.playback.start(services.library.episode(EpisodeId(1)), silent=True, paused=True)
        assert services.playback.state.position_s <= last
        assert services.playback.state.position_s >= last - 5 - 3.1


def test_a_shows_settings_come_with_its_episode(play: Play, queued: list[Episode]) -> None:
    with open_store() as store:
        store.library.save_show_settings(queued[2].show_id, ShowSettings(speed=1.5, skip_intro_s=10))
    terminal = play(queued[2].id)
    assert "Playing “third” from 0:10" in terminal.seen
    terminal.expect("1.5×")
    terminal.press("]")
    terminal.expect("1.6×")
    terminal.press("q")
    assert terminal.ends() == 0
    with open_store() as store:
        assert store.library.show_settings(queued[2].show_id).speed == 1.6


def test_the_publishers_chapter_file_is_fetched_while_it_plays(podcli: Podcli, site: Site, tmp_path: Path) -> None:
    audio = site.put("/one.wav", tone(tmp_path / "one.wav", 60).read_bytes(), type="audio/wav")
    chapters = site.put("/one.json", json.dumps({"version": "1.2.0", "chapters": [
        {"startTime": 0, "title": "Tea"}, {"startTime": 30, "title": "Coffee"}]}).encode(), type="application/json")  # fmt: skip
    url = site.put(
        "/feed.xml",
        f"""<rss version="2.0" xmlns:podcast="https://podcastindex.org/namespace/1.0"><channel><title>A show</title>
        <item><title>One</title><guid>1</guid><enclosure url="{audio}" type="audio/wav" length="1"/>
        <podcast:chapters url="{chapters}" type="application/json+chapters"/></item></channel></rss>""".encode(),
    )
    assert podcli("add", url).returncode == 0
    process = podcli.start("play", "1", "--silent", "--json")
    try:
        until(lambda: "Tea" in str(status(podcli).get("chapter")), "the chapters", 30)
    finally:
        process.terminate()
        process.communicate()


def test_smart_speed_finds_the_gaps_of_a_file_and_jumps_over_them(podcli: Podcli, tmp_path: Path) -> None:
    """Two seconds of sound, two of silence, and so on: half of it is heard."""
    talk = tmp_path / "talk.wav"
    with wave.open(str(tone(tmp_path / "tone.wav", 2)), "rb") as sound, wave.open(str(talk), "wb") as file:
        file.setparams(sound.getparams())
        said = sound.readframes(16_000)
        for _ in range(30):
            file.writeframes(said + bytes(len(said)))
    assert podcli("config", "set", "player.smart_speed", "true").returncode == 0
    process = podcli.start("play", talk, "--from", "60", "--json")
    try:

        def saved() -> float:
            said = status(podcli).get("saved")
            return said if isinstance(said, float) else 0.0

        until(lambda: saved() > 2.0, "gaps that were jumped over", 40)
    finally:
        process.terminate()
        process.communicate()
    with open_store() as store:
        found = store.library.episode(EpisodeId(1))
        assert found
        gaps = store.listening.gaps(found.audio_sha256)
        assert gaps
        assert gaps[0] == pytest.approx((2.0, 4.0), abs=0.1)
        assert store.listening.listened().saved_gaps_s > 2.0
