"""``podcli highlights``: read, and played back to back in a real terminal."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from podcli.domain import Episode, Insight, Point, Sentence
from podcli.services import open_services
from podcli.store import open_store
from tests.cli.terminal import Terminal
from tests.conftest import Podcli
from tests.loopback import Site
from tests.player.tones import tone, until
from tests.store.examples import feed, item

PROGRAM = (sys.executable, "-m", "podcli")


@pytest.fixture(autouse=True)
def no_sound_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCLI_AO", "null")


@pytest.fixture
def episodes(home: Path, tmp_path: Path) -> Iterator[list[Episode]]:
    """Two shows with an episode each, a minute long, downloaded, with two moments each; and one nobody has read."""
    audio = tone(tmp_path / "one.wav", 60)
    now = datetime.now(UTC)
    with open_services() as services:
        store = services.store
        for number, show in enumerate(("Tea", "Sky")):
            url = f"https://feeds.example.org/{show}.xml"
            items = [item(f"{show}1", title=f"{show} one", duration_s=60.0, published=now - timedelta(days=10 * number))]
            items += [item("unread", title="Unread", duration_s=60.0)] if not number else []
            store.library.save_feed(feed(*items, url=url, title=show), url=url)
        found = {episode.title: episode for episode in services.library.episodes()}
        for title in ("Tea one", "Sky one"):
            episode = found[title]
            store.library.save_file(episode.id, path=str(audio), sha256=f"{episode.id:064d}", bytes=audio.stat().st_size)
            made = store.insights.begin(
                episode.id, audio_sha256=f"{episode.id:064d}", source="whisper", model="w", decode_version="1"
            )
            sentences = [Sentence(n + 1, 2.0 * n, 2.0 * n + 2, f"Sentence {n} of {title}.") for n in range(30)]
            store.insights.finish(made.id, sentences)
            points = tuple(
                Point(f"{title} says {n}.", "", 2.0 * n, 2.0 * n + 2, (n + 1,), "highlight", f"{title} {n}", 0.9 - n / 100)
                for n in (5, 20)
            )
            store.insights.save_insight(made.id, Insight("highlights", "a-model", "1", points))
        store.library.save_position(found["Tea one"].id, 33.0)
        yield [found["Tea one"], found["Sky one"], found["Unread"]]


def position(episode: Episode) -> tuple[float, bool]:
    with open_store() as store:
        found = store.library.episode(episode.id)
        assert found
        return found.position_s, found.finished


def test_the_best_of_every_show_is_listed_with_who_found_it(podcli: Podcli, episodes: list[Episode]) -> None:
    done = podcli("highlights")
    assert done.returncode == 0 and "Tea one says 5." in done.stdout and "Sky one says 20." in done.stdout
    assert "0:10  2 s  Tea one (Tea)" in done.stdout and "Found by a-model, on this machine." in done.stdout
    found = json.loads(podcli("highlights", "--json", "--show", "Sky").stdout)
    assert [(each["show"], each["start"], each["model"]) for each in found] == [
        ("Sky", 10.0, "a-model"),
        ("Sky", 40.0, "a-model"),
    ]
    assert {each["show"] for each in json.loads(podcli("highlights", "--json", "--since", "5d").stdout)} == {"Tea"}
    assert len(json.loads(podcli("highlights", "--json", "-n", "3").stdout)) == 3


def test_unheard_leaves_out_what_was_finished(podcli: Podcli, episodes: list[Episode]) -> None:
    with open_store() as store:
        store.library.save_position(episodes[1].id, 60.0, finished=True)
    assert {each["show"] for each in json.loads(podcli("highlights", "--json", "--unheard").stdout)} == {"Tea"}


def test_what_contradicts_itself_or_is_not_there_is_said(podcli: Podcli, episodes: list[Episode]) -> None:
    done = podcli("highlights", "1", "--since", "2w")
    assert done.returncode == 2 and "choose among all episodes" in done.stderr
    done = podcli("highlights", "--since", "soon", "--play")
    assert done.returncode == 2 and "'soon' is no time." in done.stderr
    done = podcli("highlights", "--since", "2100-01-01", "--play")
    assert done.returncode == 0 and "No highlights yet." in done.stderr


def test_they_play_back_to_back_and_leave_every_place_as_it_was(podcli: Podcli, episodes: list[Episode]) -> None:
    done = podcli("highlights", "--play", "--silent", "--speed", "4", "--json")
    assert done.returncode == 0, done.stderr
    told = done.stderr.splitlines()
    assert [line.partition(" ")[0] for line in told] == ["1/4", "2/4", "3/4", "4/4", "That"]
    assert "“Tea one 5” — Tea one (Tea), 0:10" in done.stderr and told[-1] == "That was the last moment."
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {line["moment"] for line in lines} == {"Tea one 5", "Tea one 20", "Sky one 5", "Sky one 20"}
    assert position(episodes[0]) == (33.0, False) and position(episodes[1]) == (0.0, False)


def test_those_of_one_episode_play_in_their_order(podcli: Podcli, episodes: list[Episode]) -> None:
    done = podcli("highlights", episodes[1].id, "--play", "--silent", "--speed", "4")
    assert done.returncode == 0
    assert [line[:3] for line in done.stderr.splitlines()] == ["1/2", "2/2", "Tha"]
    assert done.stderr.index("0:10") < done.stderr.index("0:40")


def test_keys_lead_to_the_next_the_one_before_and_into_the_whole_episode(episodes: list[Episode]) -> None:
    terminal = Terminal(*PROGRAM, "highlights", "--play", "--silent", columns=120)
    try:
        terminal.expect(r"1/4 “Tea one 5”.*W whole episode, > next, < before, \? for keys")
        terminal.expect(r"moment 1/4, \d s left")
        until(terminal.raw, "single keys")
        terminal.press(">")
        terminal.expect("2/4 “")
        terminal.press("<")
        terminal.expect("1/4 “Tea one 5”")
        terminal.press("W")
        terminal.expect("Playing the whole of “Tea one”, on from 0:1")
        terminal.press("?")
        terminal.expect("From the moment that plays into its whole episode")
        terminal.press("W")
        terminal.expect("The whole episode plays already.")
        until(lambda: 10 < position(episodes[0])[0] < 33, "on from here, as any episode")
        terminal.press("\x7f")
        terminal.press("q")
        assert terminal.ends() == 0
        assert position(episodes[0])[0] == pytest.approx(33, abs=2), "undoing the jump is where the listener was"
    finally:
        terminal.close()


def test_leaving_says_how_to_hear_more_and_keeps_nothing(episodes: list[Episode]) -> None:
    terminal = Terminal(*PROGRAM, "highlights", "--play", "--silent", "--show", "Sky")
    try:
        terminal.expect("1/2 “Sky one 5”")
        until(terminal.raw, "single keys")
        terminal.press("q")
        assert terminal.ends() == 0
        assert f"Stopped. `podcli play {episodes[1].id} --from 0:1" in terminal.seen
    finally:
        terminal.close()
    assert position(episodes[1]) == (0.0, False)


def test_kill_9_costs_nothing(episodes: list[Episode]) -> None:
    terminal = Terminal(*PROGRAM, "highlights", str(episodes[0].id), "--play", "--silent")
    try:
        terminal.expect(r"moment 1/2, \d s left")
        os.kill(terminal.process.pid, signal.SIGKILL)
        terminal.process.wait(20)
    finally:
        terminal.close()
    assert position(episodes[0]) == (33.0, False)


def test_what_cannot_be_played_is_passed_over(podcli: Podcli, episodes: list[Episode], tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp3"
    broken.write_bytes(b"<html>" * 500)
    with open_store() as store:
        store.library.save_file(episodes[0].id, path=str(broken), sha256="0" * 64, bytes=3000)
    done = podcli("highlights", "--play", "--speed", "4", "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("was skipped: broken.mp3 does not hold audio") >= 1
    assert done.stderr.splitlines()[-1] == "That was the last moment."
    with open_store() as store:
        store.library.save_file(episodes[1].id, path=str(broken), sha256="1" * 64, bytes=3000)
    done = podcli("highlights", "--play")
    assert done.returncode == 1 and "does not hold audio" in done.stderr


def test_what_was_not_downloaded_is_streamed(podcli: Podcli, episodes: list[Episode], site: Site, tmp_path: Path) -> None:
    url = site.put("/one.wav", (tmp_path / "one.wav").read_bytes(), type="audio/wav")
    with open_store() as store:
        store._db.execute("delete from file")
        store._db.execute("update show set kind = 'link'")  # an address of our own network must be the listener's
        store._db.execute("update episode set enclosure_url = ?", [url])
    done = podcli("highlights", "--play", "--speed", "4", "--show", "Sky", "--json")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {line["moment"] for line in lines} == {"Sky one 5", "Sky one 20"} and max(line["position"] for line in lines) > 41
