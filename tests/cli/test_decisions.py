"""Deciding from the command line: everything the player can do to inbox, queue, downloads and shows, in words and JSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from podcli import paths
from podcli.cli import run
from podcli.domain import Person, Sentence
from podcli.store import Store, open_store
from tests.store.examples import URL, feed, item

NOTES = "About ships.\n0:00 Hello\n5:00 Harbours\nSee (https://ships.example/a_(b)), https://ships.example/c."
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def store() -> Iterator[Store]:
    """Five episodes of one show, number 1 the newest; the newest three in the inbox."""
    with open_store() as opened:
        made = [
            item(
                str(n),
                published=datetime(2026, 1, 20 - n, tzinfo=UTC),
                duration_s=600.0 + n,
                description=NOTES,
                link="https://e.example/",
            )
            for n in range(1, 6)
        ]
        opened.library.save_feed(feed(*made, description="A show about things."), url=URL)
        yield opened


def words(capsys: Capture, *arguments: str, code: int = 0) -> str:
    """What a command says, on both streams."""
    assert run(list(arguments)) == code
    said = capsys.readouterr()
    return said.out + said.err


def answer(capsys: Capture, *arguments: str) -> Any:  # noqa: ANN401 (whatever the command answers)
    assert run([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def numbers(rows: list[dict[str, Any]]) -> list[int]:
    return [row["number"] for row in rows]


def test_the_inbox_and_what_leaves_it(store: Store, capsys: Capture) -> None:
    assert numbers(answer(capsys, "inbox")) == [1, 2, 3]
    assert "Episode 1" in words(capsys, "inbox")
    done = answer(capsys, "archive", "1", "Episode 1")
    assert done["changed"] == 1 and [row["triage"] for row in done["episodes"]] == ["done"]
    assert answer(capsys, "later", "2")["changed"] == 1
    assert answer(capsys, "mark", "3")["episodes"][0]["finished"]
    assert answer(capsys, "inbox") == [] and "inbox is empty" in words(capsys, "inbox")
    assert numbers(answer(capsys, "inbox", "--later")) == [2]
    assert "already" in words(capsys, "archive", "1")
    assert answer(capsys, "mark", "3", "--new")["changed"] == 1
    row = answer(capsys, "inbox")[0]
    assert row["number"] == 3 and not row["finished"] and row["gist"] is None


def test_marks(store: Store, capsys: Capture) -> None:
    store.library.save_position(store.library.episodes()[0].id, 200.0)
    assert answer(capsys, "mark", "1", "4", "--heard")["changed"] == 2
    back = answer(capsys, "mark", "1", "--unheard")
    assert (back["changed"], back["episodes"][0]["position"], back["episodes"][0]["finished"]) == (1, 200.0, False)
    assert answer(capsys, "mark", "--show", "A show") == {"changed": 4}
    assert answer(capsys, "mark", "--all") == {"changed": 0}
    for wrong in ([], ["1", "--all"], ["--all", "--show", "A show"], ["--unheard", "--all"], ["99"]):
        assert "podcli:" in words(capsys, "mark", *wrong, code=2)


def test_the_queue(store: Store, capsys: Capture) -> None:
    assert "queue is empty" in words(capsys, "queue")
    assert numbers(answer(capsys, "queue", "add", "3", "1", "3")) == [3, 1]
    assert numbers(answer(capsys, "queue", "next", "5", "4")) == [5, 4, 3, 1]
    assert numbers(answer(capsys, "queue", "move", "1", "2")) == [5, 1, 4, 3]
    assert numbers(answer(capsys, "queue", "move", "5", "99")) == [1, 4, 3, 5]
    assert numbers(answer(capsys, "queue", "remove", "4")) == [1, 3, 5]
    assert "was not in the queue" in words(capsys, "queue", "remove", "4")
    assert "3 episodes, 30 min left" in words(capsys, "queue")
    assert answer(capsys, "queue", "clear") == []
    assert "Emptied the queue of 3 episodes" in words(capsys, "undo")
    assert numbers(answer(capsys, "queue")) == [1, 3, 5]
    assert "not in the queue" in words(capsys, "queue", "move", "2", "1", code=2)
    assert run(["queue", "move", "1", "0"]) == 2


def test_undo_takes_back_one_after_the_other_and_says_what(store: Store, capsys: Capture) -> None:
    assert "nothing to undo" in words(capsys, "undo", code=2) and "nothing to undo" in words(capsys, "undo", "--list")
    words(capsys, "archive", "1", "2")
    words(capsys, "remove", "A show", "--yes")
    listed = answer(capsys, "undo", "--list")
    assert [act["label"] for act in listed] == ["Removed A show", "Archived 2 episodes"]
    assert datetime.fromisoformat(listed[0]["at"]).tzinfo
    assert words(capsys, "undo", "--list").splitlines()[0].endswith("Removed A show")
    assert answer(capsys, "shows") == [] and "no show" in words(capsys, "shows")
    assert answer(capsys, "undo") == {"undone": "Removed A show"}
    assert answer(capsys, "shows")[0]["episodes"] == 5 and numbers(answer(capsys, "inbox")) == [3]
    assert words(capsys, "undo") == "Undone: Archived 2 episodes\n"
    assert numbers(answer(capsys, "inbox")) == [1, 2, 3]


def test_deleting_audio(store: Store, capsys: Capture) -> None:
    audio = paths.audio() / "1.mp3"
    audio.parent.mkdir(parents=True)
    audio.write_bytes(b"x")
    store.library.save_file(store.library.episodes()[0].id, path=str(audio), sha256="0" * 64, bytes=1)
    assert "no downloaded audio" in words(capsys, "delete", "2", code=2)
    done = answer(capsys, "delete", "1", "2")
    assert done["files"] == 1 and done["episodes"][0]["file"] is None and not audio.exists()
    assert words(capsys, "undo").startswith("Undone: Deleted the audio of “Episode 1”") and audio.exists()
    assert "undo" not in words(capsys, "delete", "1", "--for-good")
    assert not audio.exists() and not list(paths.trash().iterdir())


def test_all_about_an_episode(store: Store, capsys: Capture) -> None:
    said = answer(capsys, "episode", "2")
    assert said["queued"] is None and said["notes"] == NOTES
    assert said["links"] == ["https://e.example/", "https://ships.example/a_(b)", "https://ships.example/c"]
    assert [(c["start"], c["title"], c["source"]) for c in said["chapters"]] == [
        (0.0, "Hello", "notes"),
        (300.0, "Harbours", "notes"),
    ]
    assert said["persons"] == [] and "With:" not in words(capsys, "episode", "2")
    words(capsys, "queue", "add", "2")
    store.library.save_position(store.library.episodes()[1].id, 61.0)
    store.library.save_persons(store.library.episodes()[1].id, [Person("Ann"), Person("Tom Ferris", "guest")])
    told = words(capsys, "episode", "Episode 2")
    for part in (
        "heard to 1:01, number 1 in the queue",
        "Chapters (times in the notes)",
        "With:            Ann (host), Tom Ferris (guest)",
        "5:00  Harbours",
        "https://ships.example/c",
    ):
        assert part in told
    assert answer(capsys, "episode", "2")["queued"] == 1
    assert answer(capsys, "episode", "2")["persons"][1] == {
        "name": "Tom Ferris", "role": "guest", "group": "cast", "link": None, "image": None}  # fmt: skip


def test_how_a_show_is_played(store: Store, capsys: Capture) -> None:
    assert "as the general settings say" in words(capsys, "show", "A show")
    said = answer(capsys, "show", "1", "--speed", "1.5", "--skip-intro", "30", "--no-voice-boost", "--loudness", "loudnorm")
    assert said["settings"] == {"speed": 1.5, "skip_intro": 30.0, "skip_outro": None, "voice_boost": False,
                                "loudness": "loudnorm", "smart_speed": None}  # fmt: skip
    assert said["title"] == "A show" and said["description"] == "A show about things."
    told = words(capsys, "show", "1", "--smart-speed")
    for part in ("speed 1.5", "without the intro of 30 s", "no voice boost", "smart speed", "even loudness (loudnorm)"):
        assert part in told
    assert answer(capsys, "show", "1", "--reset", "--speed", "2")["settings"]["loudness"] is None
    for wrong in (["--speed", "9"], ["--speed", "nan"], ["--skip-intro", "-1"]):
        assert "podcli:" in words(capsys, "show", "1", *wrong, code=2)
    assert answer(capsys, "show", "1")["settings"]["speed"] == 2.0
    assert "Changed how A show is played" in words(capsys, "undo")


def test_search_says_where_and_when(store: Store, capsys: Capture) -> None:
    made = store.insights.begin(store.library.episodes()[0].id, audio_sha256="a", source="whisper", model="m", decode_version="1")
    store.insights.finish(made.id, [Sentence(1, 61.0, 63.0, "Ships carry nearly all of it.")])
    hits = answer(capsys, "search", "ships", "--limit", "2")
    assert [(hit["number"], hit["where"], hit["start"]) for hit in hits] == [
        (1, "said", 61.0),
        (1, "notes", None),
        (2, "notes", None),
    ]
    told = words(capsys, "search", "ships", "carry")
    assert "Episode 1 (A show), 1:01" in told and "“Ships carry nearly all of it.”" in told
    assert answer(capsys, "search", "episode", "--show", "A show", "-n", "1")[0]["where"] == "title"
    assert "Nothing was found" in words(capsys, "search", "zebra")


def test_episodes_sorted_and_all_of_them(store: Store, capsys: Capture) -> None:
    assert numbers(answer(capsys, "episodes", "-n", "2")) == [1, 2]
    assert numbers(answer(capsys, "episodes", "--reverse", "-n", "2")) == [5, 4]
    assert numbers(answer(capsys, "episodes", "--sort", "length")) == [5, 4, 3, 2, 1]
    assert numbers(answer(capsys, "episodes", "--sort", "title", "--reverse")) == [5, 4, 3, 2, 1]
    assert numbers(answer(capsys, "episodes", "--sort", "show")) == [1, 2, 3, 4, 5]
    store.library.save_feed(feed(*[item(f"n{n}") for n in range(700)]), url="https://other.example/feed")
    assert len(answer(capsys, "episodes", "--all")) == 705
    words(capsys, "mark", "1")
    assert 1 not in numbers(answer(capsys, "episodes", "1", "--unheard"))


def test_ended_jobs_are_forgotten(store: Store, capsys: Capture) -> None:
    ended, waiting = store.jobs.enqueue("add", target="a"), store.jobs.enqueue("add", target="b")
    store.jobs.end(ended.id, "cancelled")
    assert answer(capsys, "jobs", "clear") == {"cleared": 1}
    assert [job.id for job in store.jobs.recent()] == [waiting.id]


HOSTILE = "a\x1b[31mred\x1b]52;c;eA==\x07\x9b2J‮b‏\nnew"


@pytest.mark.parametrize(
    "command",
    [["inbox"], ["archive", "1"], ["mark", "1"], ["queue", "add", "1"], ["episode", "1"], ["show", "1"], ["search", "red"],
     ["undo", "--list"], ["undo"], ["queue", "move", "2", "1"], ["delete", "1"]],
    ids=" ".join,
)  # fmt: skip
def test_nothing_hostile_reaches_the_terminal(command: list[str], store: Store, capsys: Capture) -> None:
    for table in ("episode", "show"):
        store._db.execute(
            f"update {table} set title = ?, description = ?, link = ?", [HOSTILE, HOSTILE, f"https://x.example/{HOSTILE}"]
        )
    words(capsys, "later", "1")
    for arguments in (command, [*command, "--json"]):
        run(arguments)
        said = capsys.readouterr()
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200f\u202e]", said.out + said.err), arguments


def test_an_unknown_library_is_empty_not_broken(home: Path, capsys: Capture) -> None:
    for command in ("inbox", "queue", "undo --list"):
        assert run(command.split()) == 0
        assert capsys.readouterr().out == ""
