"""Chapters JSON against its specification, and back through podcli's reader."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcli.domain import Chapter
from podcli.exports import chapters
from podcli.feeds.chapters import parse_chapters
from tests.exports.kept import NOTES, hostile
from tests.exports.make import GOLDEN

# Podcasting 2.0, podcast-namespace, docs/examples/chapters/jsonChapters.md, version 1.2.
_TEXT, _NUMBER, _YES_OR_NO = (str,), (int, float), (bool,)
_OF_FILE = {"version": _TEXT, "chapters": (list,), "author": _TEXT, "title": _TEXT, "podcastName": _TEXT, "description": _TEXT,
            "fileName": _TEXT, "waypoints": _YES_OR_NO}  # fmt: skip
_OF_CHAPTER = {"startTime": _NUMBER, "endTime": _NUMBER, "title": _TEXT, "img": _TEXT, "url": _TEXT, "toc": _YES_OR_NO,
               "location": (dict,)}  # fmt: skip


def require_valid(document: Any) -> None:  # noqa: ANN401
    """Raises AssertionError for what the specification does not allow."""
    _require_types(document, _OF_FILE, ("version", "chapters"))
    for chapter in document["chapters"]:
        _require_types(chapter, _OF_CHAPTER, ("startTime",))
        assert chapter["startTime"] >= 0 and math.isfinite(chapter["startTime"])
        assert "endTime" not in chapter or chapter["startTime"] < chapter["endTime"] < math.inf
        assert all(chapter.get(name, "https:").startswith("https:") for name in ("img", "url"))
    starts = [chapter["startTime"] for chapter in document["chapters"]]
    assert starts == sorted(starts)


def _require_types(found: Any, types: Mapping[str, tuple[type, ...]], required: tuple[str, ...]) -> None:  # noqa: ANN401
    assert isinstance(found, dict) and set(required) <= set(found) <= set(types), found
    for name, value in found.items():
        assert isinstance(value, types[name]) and (types[name] == _YES_OR_NO or not isinstance(value, bool)), (name, value)


@pytest.mark.parametrize(
    "document",
    [
        {"chapters": []}, {"version": 1.2, "chapters": []}, {"version": "1.2.0"}, {"version": "1.2.0", "chapters": {}},
        {"version": "1.2.0", "chapters": [{"title": "x"}]}, {"version": "1.2.0", "chapters": [{"startTime": "0:00"}]},
        {"version": "1.2.0", "chapters": [{"startTime": 5}, {"startTime": 4}]},
        {"version": "1.2.0", "chapters": [{"startTime": True}]},
        {"version": "1.2.0", "chapters": [{"startTime": 5, "endTime": 5}]}, {"version": "1.2.0", "chapters": [], "more": 1},
        {"version": "1.2.0", "chapters": [{"startTime": 0, "title": None}]},
        {"version": "1.2.0", "chapters": [{"startTime": 0, "toc": 1}]}, {"version": "1.2.0", "chapters": [{"startTime": -1}]},
        {"version": "1.2.0", "chapters": [{"startTime": 0, "img": "javascript:alert(1)"}]},
    ],
    ids=str,
)  # fmt: skip
def test_the_rules_refuse_what_the_specification_does(document: object) -> None:
    with pytest.raises(AssertionError):
        require_valid(document)


def test_the_golden_file_keeps_to_the_rules() -> None:
    document = json.loads((GOLDEN / "chapters.json").read_text("utf-8"))
    require_valid(document)
    assert [each["title"] for each in document["chapters"]] == [each.title for each in NOTES.chapters]


anything = st.floats(allow_nan=True, allow_infinity=True) | st.floats(0, 90_000)


@given(st.lists(st.builds(Chapter, anything, st.none() | anything, hostile), max_size=5))
def test_the_required_is_there_and_in_order(listed: list[Chapter]) -> None:
    document = json.loads(chapters.to_json(replace(NOTES, chapters=tuple(listed))), parse_constant=lambda name: [][0])
    require_valid(document)
    assert document["version"] == "1.2.0" and all("title" in each for each in document["chapters"])
    possible = [each for each in listed if 0 <= each.start_s < 1e9]
    assert len(document["chapters"]) == len(possible)


def test_chapters_read_back_as_they_were() -> None:
    read = parse_chapters(chapters.to_json(NOTES).encode())
    assert [(each.start_s, each.end_s, each.title) for each in read] == [
        (each.start_s, each.end_s, each.title) for each in NOTES.chapters
    ]
