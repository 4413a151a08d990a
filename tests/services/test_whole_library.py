"""A whole library as JSON Lines: all there is of it, and never more than a little of it in memory."""

from __future__ import annotations

import errno
import json
import os
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from podcli.domain import Chapter, Enclosure, Episode, Feed, FeedItem, Insight, Point, Segment, ShowSettings, Word
from podcli.errors import PodcliError
from podcli.services import Services
from podcli.services.exporting.files import Files
from tests.pipeline.readings import put_transcript
from tests.services.test_exporting import actions, export

_PAGE = 200


def subscribe(services: Services, title: str, episodes: int, *, notes: str = "") -> list[Episode]:
    url = f"https://{title.lower()}.example.org/feed.xml"
    items = tuple(
        FeedItem(f"g{n}", f"{title} {n:04}", Enclosure(f"https://c.example.org/{title}{n}.mp3"), description=notes)
        for n in range(episodes)
    )
    show, _ = services.store.library.save_feed(Feed(url, title, items, author="Ann"), url=url)
    return sorted(services.library.episodes(show_id=show, limit=None), key=lambda each: each.id)


def records(services: Services, folder: Path, **wish: object) -> list[dict[str, Any]]:
    (written,) = export(services, "jsonl", folder, **wish)
    return [json.loads(line) for line in written.path.read_text().splitlines()]


def test_it_has_every_show_and_episode_with_all_there_is_of_it(services: Services, tmp_path: Path) -> None:
    one, two = subscribe(services, "Ships", 2)
    subscribe(services, "Empty", 0)
    (gone,) = subscribe(services, "Gone", 1)
    services.store.library.remove_show(gone.show_id)
    shelf = services.store.library.put_on_shelf("file", "file:///talks/Talk.mp3")
    services.store.library.save_show_settings(one.show_id, ShowSettings(speed=1.5, voice_boost=True))
    services.store.library.save_position(one.id, 12.5, finished=False)
    services.store.library.save_position(two.id, 0.0, finished=True)
    services.store.library.save_chapters(one.id, "feed", [Chapter(0.0, 30.0, "Boxes")])
    put_transcript(
        services.store, one, [Segment(0.0, 2.0, "Steel boxes.", "Ann", (Word(0.0, 0.5, "Steel"), Word(0.6, 1.0, "boxes.")))]
    )
    transcript = services.store.insights.find(one.id)
    assert transcript is not None
    services.store.insights.save_insight(transcript.id, Insight("takeaways", "m", "1", (Point("So.", "Steel", 0.0, 2.0),)))
    services.store.snips.add(one.id, start_s=0.0, end_s=30.0, at_s=30.0)

    found = records(services, tmp_path)
    shows = {each["title"]: each for each in found if each["type"] == "show"}
    assert {title: each["kind"] for title, each in shows.items()} == {"Ships": "feed", "Empty": "feed", "Files": "file"}
    assert (shows["Ships"]["url"], shows["Ships"]["author"]) == ("https://ships.example.org/feed.xml", "Ann")
    assert (shows["Ships"]["settings"]["speed"], shows["Ships"]["settings"]["voice_boost"]) == (1.5, True)
    assert set(shows["Empty"]["settings"].values()) == {None}
    episodes = {each["title"]: each for each in found if each["type"] == "episode"}
    assert set(episodes) == {"Ships 0000", "Ships 0001", "Talk"}
    assert (episodes["Talk"]["feed"], episodes["Talk"]["audio_url"]) == ("podcli:file", "file:///talks/Talk.mp3")
    assert services.library.episode(shelf).title == "Talk"
    state = {title: (each["position"], each["finished"], each["triage"]) for title, each in episodes.items()}
    assert state["Ships 0000"] == (12.5, False, "inbox") and state["Ships 0001"][1] is True
    rest = [each for each in found if each["type"] not in ("show", "episode")]
    assert [each["type"] for each in rest] == ["chapter", "insight", "snip", "transcript"]
    assert {each["episode"] for each in rest} == {one.key}
    assert rest[3]["segments"] == [
        {"text": "Steel boxes.", "speaker": "Ann", "start": 0.0, "end": 2.0,
         "words": [{"text": "Steel", "start": 0.0, "end": 0.5}, {"text": "boxes.", "start": 0.6, "end": 1.0}]}
    ]  # fmt: skip
    narrowed = records(services, tmp_path / "show", show_id=one.show_id)
    assert [each["type"] for each in narrowed] == ["episode", "chapter", "insight", "snip"], "who chooses has what was kept"


def test_a_page_is_a_handful_of_queries(services: Services, tmp_path: Path) -> None:
    def asked() -> int:
        told = list[str]()
        services.store._db.conn.set_trace_callback(told.append)
        export(services, "jsonl", tmp_path)
        services.store._db.conn.set_trace_callback(None)
        return sum(each.lstrip().startswith("select") for each in told)

    subscribe(services, "A", _PAGE // 2)
    few = asked()
    subscribe(services, "B", 3 * _PAGE)
    assert asked() <= few + 3 * 9 + 2, "nine for each page; one finds that there are no more"
    assert Counter(each["type"] for each in records(services, tmp_path))["episode"] == _PAGE // 2 + 3 * _PAGE


def test_it_is_never_in_memory_whole(services: Services, tmp_path: Path) -> None:
    subscribe(services, "Long", 3000, notes="words of a publisher " * 200)
    tracemalloc.start()
    try:
        export(services, "jsonl", tmp_path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    size = (tmp_path / "podcli.jsonl").stat().st_size
    assert size > 12_000_000 and peak < size / 3, (size, peak)


def test_what_its_reader_changed_stays_and_nothing_is_left_beside_it(services: Services, tmp_path: Path) -> None:
    subscribe(services, "A", 3)
    file = tmp_path / "podcli.jsonl"
    assert actions(export(services, "jsonl", tmp_path)) == ["made"]
    before = file.stat().st_ino
    assert actions(export(services, "jsonl", tmp_path)) == ["same"] and file.stat().st_ino == before
    subscribe(services, "B", 1)
    assert actions(export(services, "jsonl", tmp_path)) == ["changed"]
    file.write_text("mine")
    assert actions(export(services, "jsonl", tmp_path)) == ["yours"] and file.read_text() == "mine"
    assert actions(export(services, "jsonl", tmp_path, force=True)) == ["changed"]
    assert [each.name for each in tmp_path.iterdir() if each.name.endswith((".part", ".jsonl"))] == ["podcli.jsonl"]


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), PodcliError("The library is gone.")])
def test_one_that_breaks_off_leaves_the_file_that_was_there(services: Services, tmp_path: Path, error: Exception) -> None:
    def broken() -> Iterator[str]:
        yield "half"
        raise error

    file = tmp_path / "library.jsonl"
    assert Files(services.store).large(file, ["all", " of it"]) == "made" and file.read_text() == "all of it"
    with pytest.raises(PodcliError, match=r"no room on the disk|The library is gone"):
        Files(services.store).large(file, broken())
    assert file.read_text() == "all of it" and [each.name for each in tmp_path.iterdir() if each.is_file()] == [file.name]
