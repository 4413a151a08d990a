"""A line is a record, and the library is never in memory whole."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator

from hypothesis import given

from podcli.domain import EpisodeNotes
from podcli.exports import jsonl
from podcli.text import clean
from tests.exports.kept import NOTES, hostile_notes


@given(hostile_notes())
def test_every_line_is_one_record(notes: EpisodeNotes) -> None:
    lines = list(jsonl.lines([notes]))
    assert all(line.endswith("\n") and line.count("\n") == 1 and "\r" not in line for line in lines)
    records = [json.loads(line.encode().decode(), parse_constant=lambda name: [][0]) for line in lines]
    kinds = [record["type"] for record in records]
    assert kinds == ["episode"] + ["chapter"] * len(notes.chapters) + ["insight"] * 4 + ["snip"] * len(notes.snips)
    assert all(record.get("episode", record.get("id")) == notes.episode.key for record in records)
    snips = [record for record in records if record["type"] == "snip"]
    assert [(each["text"], each["note"]) for each in snips] == [
        (clean(snip.text), clean(snip.note) if snip.note else None) for snip in notes.snips
    ]


def test_records_come_as_they_are_asked_for() -> None:
    def endless() -> Iterator[EpisodeNotes]:
        while True:
            yield NOTES

    assert len(list(itertools.islice(jsonl.lines(endless()), 1000))) == 1000
