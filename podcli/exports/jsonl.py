"""A library as JSON Lines (jsonlines.org): a record a line, `type` says what it is. For scripts, and to keep."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, TypedDict

from podcli.domain import Chapter, EpisodeNotes, Insight, InsightKind, Point, SnipCard
from podcli.domain.documents import KeptJson, PersonsField, PointKindField, SourceField, SpeakerField, person_json
from podcli.domain.schema import Seconds, When
from podcli.exports.links import time_link
from podcli.exports.wording import utc_stamp
from podcli.text import clean


class EpisodeRecordJson(TypedDict):
    """An episode with something kept of it."""

    type: Annotated[Literal["episode"], "Tells the records apart."]
    id: Annotated[str, "Stable: the same on every machine."]
    title: Annotated[str, "Its title."]
    show: Annotated[str, "The title of its show."]
    author: Annotated[str | None, "Who makes the show; null: the feed does not say."]
    feed: Annotated[str | None, "The address of the feed; null: none."]
    published: Annotated[When | None, "When it was published; null: the feed does not say."]
    duration: Annotated[Seconds | None, "How long it is; null: unknown."]
    link: Annotated[str | None, "Its web page; null: none."]
    audio_url: Annotated[str | None, "Where the publisher has the audio; null: nowhere."]
    guests: Annotated[list[str], "Names of those among `persons` who are guests."]
    persons: PersonsField


class ChapterRecordJson(TypedDict):
    """A chapter."""

    type: Annotated[Literal["chapter"], "Tells the records apart."]
    episode: Annotated[str, "The stable id of its episode."]
    start: Annotated[Seconds | None, "Where it begins; null: unknown."]
    end: Annotated[Seconds | None, "Where it ends; null: where the next begins."]
    title: Annotated[str, "Its title."]
    source: SourceField


class PointRecordJson(TypedDict):
    """A statement with its proof."""

    kind: PointKindField
    title: Annotated[str | None, "Of a chapter or highlight, or the name of what is mentioned; null: it has none."]
    text: Annotated[str, "What is stated."]
    quote: Annotated[str, "The words that prove it."]
    start: Annotated[Seconds | None, "Where they begin; null: unknown."]
    end: Annotated[Seconds | None, "Where they end; null: unknown."]
    speaker: SpeakerField


class InsightRecordJson(TypedDict):
    """What a model made of an episode."""

    type: Annotated[Literal["insight"], "Tells the records apart."]
    episode: Annotated[str, "The stable id of its episode."]
    kind: Annotated[InsightKind, "What it is."]
    model: Annotated[str | None, "Which model; null: none did."]
    points: Annotated[list[PointRecordJson], "As they are shown."]


class SnipRecordJson(KeptJson):
    """A snip."""

    type: Annotated[Literal["snip"], "Tells the records apart."]
    episode: Annotated[str, "The stable id of its episode."]
    start: Annotated[Seconds | None, "Where it begins; null: unknown."]
    end: Annotated[Seconds | None, "Where it ends; null: unknown."]
    at: Annotated[Seconds | None, "Where the listener was when they kept it; null: unknown."]
    text: Annotated[str, "The words that were said; '': not transcribed yet."]
    link: Annotated[str | None, "To its second in the episode; null: there is no such address."]


RecordJson = EpisodeRecordJson | ChapterRecordJson | InsightRecordJson | SnipRecordJson


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


def _episode(notes: EpisodeNotes) -> EpisodeRecordJson:
    episode, show = notes.episode, notes.show
    return {
        "type": "episode", "id": episode.key, "title": episode.title, "show": show.title, "author": show.author or None,
        "feed": show.url or None, "published": _date(episode.published), "duration": _second(episode.duration_s),
        "link": episode.link or None, "audio_url": episode.enclosure.url or None, "guests": list(notes.guests),
        "persons": [person_json(each) for each in notes.persons],
    }  # fmt: skip


def _chapter(notes: EpisodeNotes, chapter: Chapter) -> ChapterRecordJson:
    return {
        "type": "chapter", "episode": notes.episode.key, "start": _second(chapter.start_s), "end": _second(chapter.end_s),
        "title": chapter.title, "source": chapter.source,
    }  # fmt: skip


def _insight(notes: EpisodeNotes, made: Insight) -> InsightRecordJson:
    return {
        "type": "insight", "episode": notes.episode.key, "kind": made.kind, "model": made.model or None,
        "points": [_point(point) for point in made.items],
    }  # fmt: skip


def _point(point: Point) -> PointRecordJson:
    return {
        "kind": point.kind, "title": point.title or None, "text": point.text, "quote": point.quote,
        "start": _second(point.start_s), "end": _second(point.end_s), "speaker": point.speaker or None,
    }  # fmt: skip


def _snip(card: SnipCard) -> SnipRecordJson:
    snip = card.snip
    return {
        "type": "snip", "id": card.key, "episode": card.episode.key, "start": _second(snip.start_s), "end": _second(snip.end_s),
        "at": _second(snip.at_s), "title": snip.title or None, "text": snip.text, "speaker": snip.speaker or None,
        "summary": snip.summary or None, "takeaway": snip.takeaway or None, "model": snip.model or None,
        "note": snip.note or None, "tags": list(snip.tags), "starred": snip.starred,
        "link": time_link(card.episode, snip.start_s, snip.end_s) or None, "created": utc_stamp(snip.created_at),
        "edited": _date(snip.edited_at), "state": snip.state,
    }  # fmt: skip


def _line(record: RecordJson) -> str:
    return json.dumps({name: _clean(value) for name, value in record.items()}, ensure_ascii=False, allow_nan=False) + "\n"


def _clean(value: Any) -> Any:  # noqa: ANN401 - any JSON
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
