"""`podcli snip` and `podcli snips`, as processes: what plays, a time, lists, edits, undo, and what is said when it cannot be."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from podcli.domain import Enclosure, Episode, Feed, FeedItem, Segment
from podcli.services import open_services
from podcli.store import open_store
from podcli.store.listening import Playing
from tests.conftest import Podcli
from tests.pipeline.readings import put_episode, put_transcript
from tests.pipeline.test_snipping import SAID

DEMO = Path(__file__).parents[2] / "podcli" / "demo"


@pytest.fixture
def episode(home: Path) -> Episode:
    with open_services() as services:
        found = put_episode(services.store)
        put_transcript(services.store, found, [Segment(s.start_s, s.end_s, s.text, s.speaker) for s in SAID])
    return found


def test_from_the_moment_to_the_list_and_back(podcli: Podcli, episode: Episode) -> None:
    made = podcli("snip", str(episode.id), "--at", "1:10", "--tag", "idea", "--note", "Look it up", "--json")
    assert made.returncode == 0, made.stderr
    said = json.loads(made.stdout)
    assert (said["start"], said["end"], said["at"], said["speaker"], said["tags"]) == (32.5, 80.0, 70.0, "Ben", ["idea"])
    assert said["text"].startswith("Malcom McLean") and said["title"] is None and said["note"] == "Look it up"
    assert "language model" in made.stderr and "podcli models pull" in made.stderr
    (listed,) = json.loads(podcli("snips", "--search", "trailers", "--json").stdout)
    assert listed == said
    assert json.loads(podcli("snips", "--tag", "nothing", "--json").stdout) == []
    edited = json.loads(podcli("snips", "edit", "1", "--begin", "1", "--star", "--title", "Cheap loading", "--json").stdout)
    assert (edited["start"], edited["starred"], edited["title"]) == (40.0, True, "Cheap loading")
    shown = podcli("snips", "--starred").stdout
    assert "★ Cheap loading" in shown and "0:40 to 1:20" in shown and "#idea" in shown
    assert "“Ben: He put whole trailers" in podcli("snips", "show", "1").stdout
    assert json.loads(podcli("snips", "tags", "--json").stdout) == [{"tag": "idea", "snips": 1}]
    assert podcli("snips", "remove", "1").returncode == 0
    assert podcli("snips").stdout == "" and "Removed a snip" in podcli("undo").stdout + podcli("undo").stderr
    assert json.loads(podcli("snips", "show", "1", "--json").stdout)["number"] == 1


def test_without_an_episode_it_is_what_plays(podcli: Podcli, episode: Episode) -> None:
    assert podcli("snip").returncode == 2
    with open_services() as services:
        state = {"title": "One", "show": "A", "key": "k", "position": 70.0, "at": time.time(), "speed": 1.0, "paused": True,
                 "ended": False, "duration": None, "sleep": None}  # fmt: skip
        services.playback._shared.claim(episode)
        services.store.listening.save_playing(Playing(os.getpid(), episode.id, state))
        made = podcli("snip", "--back", "20s", "--json")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["at"] == 70.0 and json.loads(made.stdout)["end"] == 80.0


@pytest.mark.parametrize(
    ("back", "start"), [((), 50.0), (("--back", "20s"), 80.0), (("--back", "0:20"), 80.0), (("--back", "80s"), 20.0)]
)
def test_back_is_how_much_before_the_moment_is_kept(podcli: Podcli, home: Path, back: tuple[str, ...], start: float) -> None:
    with open_services() as services:
        found = put_episode(services.store)
        said = [Segment(n * 10, n * 10 + 9, f"Ship number {n} carried steel boxes.") for n in range(20)]
        put_transcript(services.store, found, said)
    made = podcli("snip", str(found.id), "--at", "1:40", *back, "--json")
    assert made.returncode == 0, made.stderr
    kept = json.loads(made.stdout)
    assert (kept["start"], kept["end"]) == (start, 99.0)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("snip", "1", "--at", "soon"), "not a time"),
        (("snip", "1", "--at", "1:00", "--back", "2h"), "no length"),
        (("snip", "1", "--at", "1:00", "--back", "1"), "no length"),
        (("snip", "1", "--at", "0"), "Nothing was said yet"),
        (("snip", "no such thing", "--at", "1:00"), "no such thing"),
        (("snips", "show", "9"), "There is no snip 9"),
        (("snips", "edit", "9", "--star"), "There is no snip 9"),
        (("snips", "remove", "9"), "There is no snip 9"),
        (("snips", "--since", "someday"), "no time"),
    ],
)
def test_what_makes_no_sense_is_said_in_a_sentence(
    podcli: Podcli, episode: Episode, arguments: tuple[str, ...], says: str
) -> None:
    done = podcli(*arguments)
    assert done.returncode == 2 and says in done.stderr and "Traceback" not in done.stderr


@pytest.fixture
def several(episode: Episode) -> None:
    """Snips 1 and 4 of "One" and 2 of "Another", both of the show "A"; 3 of a show "B". The first is a month old."""
    with open_services() as services:
        url = "https://feeds.example.org/b.xml"
        services.store.library.save_feed(Feed(url, "B", (FeedItem("t", "Tea", Enclosure(f"{url}.mp3")),)), url=url)
        another = put_episode(services.store, "Another")
        tea = next(each for each in services.library.episodes() if each.title == "Tea")
        services.snips.keep(episode.id, 70.0, tags=["idea"])
        services.snips.star(services.snips.keep(another.id, 50.0).snip.id)
        services.snips.keep(tea.id, 60.0)
        services.snips.keep(episode.id, 30.0)
        for number, days in ((1, 30), (2, 3), (3, 2), (4, 1)):
            made = datetime.now(UTC) - timedelta(days=days)
            services.store._db.execute("update snip set created_at = ? where id = ?", [made.isoformat(), number])


@pytest.mark.parametrize(
    ("arguments", "numbers"),
    [
        ((), [4, 3, 2, 1]),
        (("--since", "7d"), [4, 3, 2]),
        (("--since", "36h"), [4]),
        (("--starred",), [2]),
        (("--episode", "one"), [4, 1]),
        (("--show", "B"), [3]),
        (("--show", "A"), [4, 2, 1]),
        (("--limit", "3"), [4, 3, 2]),
        (("-n", "1"), [4]),
        (("--tag", "#idea"), [1]),
        (("--show", "A", "--since", "7d", "--limit", "1"), [4]),
    ],
    ids=str,
)  # fmt: skip
def test_each_option_leaves_others_out(podcli: Podcli, several: None, arguments: tuple[str, ...], numbers: list[int]) -> None:
    done = podcli("snips", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    assert [each["number"] for each in json.loads(done.stdout)] == numbers
    lines = podcli("snips", *arguments).stdout.splitlines()
    assert [int(line[:5]) for line in lines if line[:5].strip()] == numbers


def test_those_of_an_episode_are_in_its_order(podcli: Podcli, several: None) -> None:
    with open_services() as services:
        services.store._db.execute("update snip set created_at = '2020-01-01T00:00:00+00:00' where id = 4")
    assert [each["number"] for each in json.loads(podcli("snips", "--episode", "one", "--json").stdout)] == [4, 1]
    assert [each["number"] for each in json.loads(podcli("snips", "--json").stdout)] == [3, 2, 1, 4]


def test_every_edit_can_be_turned_round(podcli: Podcli, episode: Episode) -> None:
    def edit(*arguments: str) -> dict[str, object]:
        done = podcli("snips", "edit", "1", *arguments, "--json")
        assert done.returncode == 0, done.stderr
        found: dict[str, object] = json.loads(done.stdout)
        return found

    podcli("snip", str(episode.id), "--at", "1:10", "--tag", "idea", "--tag", "ships")
    assert (edit("--end", "-1")["end"], edit("--end", "-1")["end"]) == (64.0, 52.0)
    assert (edit("--end", "2")["end"], edit("--begin", "-1")["start"]) == (80.0, 20.0)
    moved = edit("--begin", "2", "--end", "1")
    assert (moved["start"], moved["end"]) == (40.0, 200.0) and str(moved["text"]).startswith("He put whole trailers")
    assert edit("--untag", "IDEA")["tags"] == ["ships"]
    assert edit("--tag", "new", "--untag", "ships")["tags"] == ["new"]
    assert (edit("--star")["starred"], edit("--no-star")["starred"], edit("--note", "x")["starred"]) == (True, False, False)
    assert edit("--note", "")["note"] in (None, "")


def test_those_of_a_tag_are_heard_and_no_others(podcli: Podcli, home: Path) -> None:
    with open_services() as services:
        found = services.library.resolve(str(DEMO / "trailer.mp3"))
        assert isinstance(found, Episode)
        for at, tags in ((4.0, ["idea"]), (9.0, []), (14.0, ["Idea"])):
            made = services.store.snips.add(found.id, start_s=at - 1, end_s=at, at_s=at)
            services.snips.tag(made.id, tags)
    done = podcli("snips", "--tag", "idea", "play", "--silent", "--json")
    assert done.returncode == 0, done.stderr
    positions = [line["position"] for line in map(json.loads, done.stdout.splitlines())]
    assert any(12.9 <= each <= 14.6 for each in positions) and any(2.9 <= each <= 4.6 for each in positions)
    assert not any(4.7 < each < 12.8 for each in positions), positions
    assert positions.index(max(positions)) < positions.index(min(positions)), "in the order of the list, the newest first"


def test_they_are_heard_one_after_the_other(podcli: Podcli, tmp_path: Path) -> None:
    with open_services() as services:
        found = services.library.resolve(str(DEMO / "trailer.mp3"))
        assert isinstance(found, Episode)
        for at in (6.0, 12.0):
            services.store.snips.add(found.id, start_s=at - 1, end_s=at, at_s=at)
    done = podcli("snips", "play", "1", "2", "--silent", "--json")
    assert done.returncode == 0, done.stderr
    positions = [line["position"] for line in map(json.loads, done.stdout.splitlines())]
    assert min(positions) >= 4.9 and max(positions) <= 12.6 and any(position > 11 for position in positions)


@pytest.mark.models
def test_nobody_need_stay_until_the_words_are_there(
    podcli: Podcli, test_models: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file is read in one lane, heard and titled in another; whoever asked for it is gone at once."""
    monkeypatch.setenv("PODCLI_MODELS", str(test_models))
    (home / "config").mkdir(parents=True, exist_ok=True)
    (home / "config" / "settings.toml").write_text('[models]\ntranscribe = "whisper-tiny.en"\nwrite = "smollm2-135m"\n')
    done = podcli("snip", DEMO / "episode.mp3", "--at", "1:30", "--no-wait", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["state"] == "kept", done.stderr
    limit = time.monotonic() + 120
    with open_store() as store:
        while (found := store.snips.find()[0]).state != "written":
            assert time.monotonic() < limit, [(job.kind, job.state, job.message) for job in store.jobs.recent()]
            time.sleep(0.2)
    assert found.text and found.title


@pytest.mark.models
def test_an_episode_nobody_transcribed_is_snipped_by_real_models(
    podcli: Podcli, test_models: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PODCLI_MODELS", str(test_models))
    (home / "config").mkdir(parents=True, exist_ok=True)
    (home / "config" / "settings.toml").write_text('[models]\ntranscribe = "whisper-tiny.en"\nwrite = "smollm2-135m"\n')
    done = podcli("snip", DEMO / "episode.mp3", "--at", "2:40", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["state"] == "written" and said["model"] == "smollm2-135m" and said["title"]
    assert 90 < said["start"] < 130 and 155 < said["end"] < 175 and len(said["text"].split()) > 80
    assert said["text"][0].isupper() and said["text"].rstrip()[-1] in ".!?"
    with open_services() as services:
        (heard,) = services.store.insights.find(said["episode"]).heard  # type: ignore[union-attr]
        assert heard[0] > 60 and heard[1] < 195, "no more than that stretch was heard"
