"""A line is a record, and the library is never in memory whole."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

from hypothesis import given

from podcli.domain import EpisodeNotes, ShowSettings
from podcli.exports import jsonl
from podcli.text import clean
from tests.exports.kept import NOTES, hostile_notes


@given(hostile_notes())
def test_every_line_is_one_record(notes: EpisodeNotes) -> None:
    lines = list(jsonl.lines([notes]))
    assert all(line.endswith("\n") and line.count("\n") == 1 and "\r" not in line for line in lines)
    records = [json.loads(line.encode().decode(), parse_constant=lambda name: [][0]) for line in lines]
    kinds = [record["type"] for record in records]
    assert kinds == ["episode"] + ["chapter"] * len(notes.chapters) + ["insight"] * 4 + ["snip"] * len(notes.snips) + (
        ["transcript"] if notes.transcript else []
    )
    assert all(record.get("episode", record.get("id")) == notes.episode.key for record in records)
    snips = [record for record in records if record["type"] == "snip"]
    assert [(each["text"], each["note"]) for each in snips] == [
        (clean(snip.text), clean(snip.note) if snip.note else None) for snip in notes.snips
    ]


@given(hostile_notes())
def test_a_show_is_one_record_and_its_episodes_name_it(notes: EpisodeNotes) -> None:
    show, episode = map(json.loads, itertools.islice(jsonl.lines([notes], [(notes.show, ShowSettings(skip_intro_s=30))]), 2))
    assert (show["type"], show["url"], show["settings"]["skip_intro"]) == ("show", episode["feed"], 30)
    assert show["title"] == clean(notes.show.title) and show["settings"]["speed"] is None


def test_a_transcript_is_one_record_with_the_second_of_each_word() -> None:
    made = next(each for each in map(json.loads, jsonl.lines([NOTES])) if each["type"] == "transcript")
    assert (made["source"], made["model"], made["language"]) == ("whisper", "whisper-small.en", "en")
    assert [each["text"] for each in made["segments"]] == [each.text for each in NOTES.segments]
    assert made["segments"][0]["words"][1] == {"text": "to", "start": 0.6, "end": 0.8}


def test_records_come_as_they_are_asked_for() -> None:
    def endless() -> Iterator[EpisodeNotes]:
        while True:
            yield NOTES

    assert len(list(itertools.islice(jsonl.lines(endless()), 1000))) == 1000
