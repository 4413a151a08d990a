"""A library as JSON Lines (jsonlines.org): a record a line, `type` says what it is. For scripts, and to keep."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from datetime import datetime

from podcli.domain import Chapter, EpisodeNotes, Insight, Point, SnipCard
from podcli.exports.links import time_link
from podcli.exports.wording import utc_stamp
from podcli.text import clean


def lines(library: Iterable[EpisodeNotes]) -> Iterator[str]:
    """Each episode, then its chapters, insights and snips, one by one; a line ends with its line feed.

    Every record but the episode's names its episode by `episode`, which is the episode's `id`. Times are seconds, dates
    ISO 8601 in UTC, what is unknown is null.
    """
    for notes in library:
        yield _line(_episode(notes))
        for chapter in notes.chapters:
            yield _line(_chapter(notes, chapter))
        for made in notes.insights:
            yield _line(_insight(notes, made))
        for card in notes.cards:
            yield _line(_snip(card))


def _episode(notes: EpisodeNotes) -> dict[str, object]:
    episode, show = notes.episode, notes.show
    return {
        "type": "episode", "id": episode.key, "title": episode.title, "show": show.title, "author": show.author or None,
        "feed": show.url or None, "published": _date(episode.published), "duration": _second(episode.duration_s),
        "link": episode.link or None, "audio_url": episode.enclosure.url or None, "guests": list(notes.guests),
    }  # fmt: skip


def _chapter(notes: EpisodeNotes, chapter: Chapter) -> dict[str, object]:
    return {
        "type": "chapter", "episode": notes.episode.key, "start": _second(chapter.start_s), "end": _second(chapter.end_s),
        "title": chapter.title, "source": chapter.source,
    }  # fmt: skip


def _insight(notes: EpisodeNotes, made: Insight) -> dict[str, object]:
    return {
        "type": "insight", "episode": notes.episode.key, "kind": made.kind, "model": made.model or None,
        "points": [_point(point) for point in made.items],
    }  # fmt: skip


def _point(point: Point) -> dict[str, object]:
    return {
        "kind": point.kind, "title": point.title or None, "text": point.text, "quote": point.quote,
        "start": _second(point.start_s), "end": _second(point.end_s), "speaker": point.speaker or None,
    }  # fmt: skip


def _snip(card: SnipCard) -> dict[str, object]:
    snip = card.snip
    return {
        "type": "snip", "id": card.key, "episode": card.episode.key, "start": _second(snip.start_s), "end": _second(snip.end_s),
        "at": _second(snip.at_s), "title": snip.title or None, "text": snip.text, "speaker": snip.speaker or None,
        "summary": snip.summary or None, "takeaway": snip.takeaway or None, "model": snip.model or None,
        "note": snip.note or None, "tags": list(snip.tags), "starred": snip.starred,
        "link": time_link(card.episode, snip.start_s, snip.end_s) or None, "created": _date(snip.created_at),
        "edited": _date(snip.edited_at), "state": snip.state,
    }  # fmt: skip


def _line(record: dict[str, object]) -> str:
    return json.dumps({name: _clean(value) for name, value in record.items()}, ensure_ascii=False, allow_nan=False) + "\n"


def _clean(value: object) -> object:
    """Text is cleaned on its way out, as everywhere: these lines are printed to terminals."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [_clean(each) for each in value]
    return {name: _clean(each) for name, each in value.items()} if isinstance(value, dict) else value


def _second(seconds: float | None) -> float | None:
    return round(seconds, 3) if seconds is not None and math.isfinite(seconds) else None


def _date(moment: datetime | None) -> str | None:
    return utc_stamp(moment) if moment else None
