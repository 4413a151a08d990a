"""Chapters JSON against its specification, and back through podcli's reader."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from podcli.domain import Chapter
from podcli.exports import chapters
from podcli.feeds.chapters import parse_chapters
from tests.exports.kept import NOTES, hostile

anything = st.floats(allow_nan=True, allow_infinity=True) | st.floats(0, 90_000)


@given(st.lists(st.builds(Chapter, anything, st.none() | anything, hostile), max_size=5))
def test_the_required_is_there_and_in_order(listed: list[Chapter]) -> None:
    document = json.loads(chapters.to_json(replace(NOTES, chapters=tuple(listed))), parse_constant=lambda name: [][0])
    assert document["version"] == "1.2.0" and isinstance(document["chapters"], list)
    starts = [each["startTime"] for each in document["chapters"]]
    assert starts == sorted(starts) and all(isinstance(start, int | float) and start >= 0 for start in starts)
    assert all(set(each) <= {"startTime", "endTime", "title"} and isinstance(each["title"], str) for each in document["chapters"])
    assert all(each.get("endTime", 1e10) > each["startTime"] for each in document["chapters"])


def test_chapters_read_back_as_they_were() -> None:
    read = parse_chapters(chapters.to_json(NOTES).encode())
    assert [(each.start_s, each.end_s, each.title) for each in read] == [
        (each.start_s, each.end_s, each.title) for each in NOTES.chapters
    ]
