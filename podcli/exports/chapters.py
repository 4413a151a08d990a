"""Chapters as the JSON of Podcasting 2.0.

Source: podcast-namespace ``jsonChapters.md``, version 1.2: `version` and `chapters` are required, and of a chapter `startTime`.
"""

from __future__ import annotations

import json
from typing import Annotated, NotRequired, TypedDict

from podcli.domain import Chapter, EpisodeNotes
from podcli.domain.schema import Seconds
from podcli.text import clean_line

_ENDLESS = 1e9
"""Seconds no recording has; NaN and infinity are not below it either."""


class PodcastChapterJson(TypedDict):
    """A chapter."""

    startTime: Annotated[Seconds, "Where it begins."]
    endTime: NotRequired[Annotated[Seconds, "Where it ends; left out: where the next begins."]]
    title: Annotated[str, "Its title."]


class PodcastChaptersJson(TypedDict):
    """Chapters as `podcast:chapters` of Podcasting 2.0 has them."""

    version: Annotated[str, "Of the format."]
    title: NotRequired[Annotated[str, "The title of the episode."]]
    podcastName: NotRequired[Annotated[str, "The title of its show."]]
    author: NotRequired[Annotated[str, "Who makes the show."]]
    chapters: Annotated[list[PodcastChapterJson], "By their start."]


def to_json(notes: EpisodeNotes) -> str:
    """The episode's chapters by their start, with its title and show; chapters without a possible start are left out."""
    chapters = sorted((each for each in notes.chapters if _second(each.start_s) is not None), key=lambda each: each.start_s)
    names = {"title": clean_line(notes.episode.title), "podcastName": clean_line(notes.show.title)}
    document = {
        "version": "1.2.0",
        **{name: value for name, value in {**names, "author": clean_line(notes.show.author)}.items() if value},
        "chapters": [_chapter(each) for each in chapters],
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


def _chapter(chapter: Chapter) -> dict[str, object]:
    start, end = _second(chapter.start_s), _second(chapter.end_s)
    ends = {"endTime": end} if end is not None and start is not None and end > start else {}
    return {"startTime": start, **ends, "title": clean_line(chapter.title)}


def _second(seconds: float | None) -> float | int | None:
    """To a millisecond, whole where it is whole."""
    if seconds is None or not 0 <= seconds < _ENDLESS:
        return None
    rounded = round(seconds, 3)
    return int(rounded) if rounded == int(rounded) else rounded
