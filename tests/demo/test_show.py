"""The sample show says the truth about itself: sizes, durations, chapters, words."""

from __future__ import annotations

import itertools
import json
from importlib.resources import files

import av
import pytest

from podcli.domain import Feed
from podcli.feeds.chapters import parse_chapters
from podcli.feeds.parse import parse_feed
from podcli.feeds.published import parse_transcript

SHOW = files("podcli.demo")
BASE = "http://127.0.0.1:1"


@pytest.fixture(scope="module")
def feed() -> Feed:
    return parse_feed(SHOW.joinpath("feed.xml").read_bytes().replace(b"{base}", BASE.encode()), f"{BASE}/feed.xml")


def seconds(name: str) -> float:
    with SHOW.joinpath(name).open("rb") as file, av.open(file) as audio:
        assert audio.duration is not None
        return audio.duration / 1_000_000


def spoken(name: str) -> list[str]:
    return [text for _, text in json.loads(SHOW.joinpath(name).read_text("utf-8"))]


def test_feed_has_the_episode_and_its_trailer(feed: Feed) -> None:
    assert (feed.title, feed.language.lower(), feed.skipped) == ("Small Big Things", "en-us", 0)
    assert [item.title for item in feed.items] == ["The Box That Shrank the World", "Trailer: Small Big Things"]
    assert all(item.persons for item in feed.items)


@pytest.mark.parametrize(("index", "name"), [(0, "episode.mp3"), (1, "trailer.mp3")])
def test_enclosure_is_the_file(feed: Feed, index: int, name: str) -> None:
    item = feed.items[index]
    assert item.enclosure.url == f"{BASE}/{name}"
    assert (item.enclosure.type, item.enclosure.bytes) == ("audio/mpeg", len(SHOW.joinpath(name).read_bytes()))
    assert item.duration_s == pytest.approx(seconds(name), abs=0.6)


def test_small_enough_to_ship() -> None:
    assert len(SHOW.joinpath("episode.mp3").read_bytes()) <= 1_500_000
    assert len(SHOW.joinpath("trailer.mp3").read_bytes()) <= 200_000
    assert 240 <= seconds("episode.mp3") <= 360


def test_only_the_trailer_brings_a_transcript(feed: Feed) -> None:
    episode, trailer = feed.items
    assert episode.transcripts == ()
    assert [(link.url, link.type) for link in trailer.transcripts] == [(f"{BASE}/trailer.vtt", "text/vtt")]
    segments = parse_transcript(SHOW.joinpath("trailer.vtt").read_bytes(), "text/vtt", f"{BASE}/trailer.vtt")
    assert " ".join(segment.text for segment in segments) == " ".join(spoken("trailer.json"))
    assert segments[-1].end_s <= seconds("trailer.mp3")


def test_chapters_cover_the_episode_and_match_the_audio(feed: Feed) -> None:
    assert feed.items[0].chapters_url == f"{BASE}/chapters.json"
    chapters = parse_chapters(SHOW.joinpath("chapters.json").read_bytes())
    assert chapters[0].start_s == 0
    assert all(chapter.end_s == following.start_s for chapter, following in itertools.pairwise(chapters))
    assert chapters[-1].end_s == pytest.approx(seconds("episode.mp3"), abs=1)
    with SHOW.joinpath("episode.mp3").open("rb") as file, av.open(file) as audio:
        embedded = [(float(mark["start"] * (mark["time_base"] or 0)), mark["metadata"]["title"]) for mark in audio.chapters()]
        assert (audio.metadata["title"], audio.metadata["album"]) == (feed.items[0].title, feed.title)
    assert embedded == [(pytest.approx(chapter.start_s), chapter.title) for chapter in chapters]


def test_reference_is_what_was_spoken() -> None:
    lines = SHOW.joinpath("reference.txt").read_text("utf-8").splitlines()
    assert [line.partition(": ")[2] for line in lines] == spoken("script.json")
    segments = parse_transcript(SHOW.joinpath("reference.vtt").read_bytes(), "text/vtt", "reference.vtt")
    assert " ".join(segment.text for segment in segments) == " ".join(spoken("script.json"))
