"""A library as JSON Lines (jsonlines.org): a record a line, `type` says what it is. For scripts, and to keep."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, TypedDict

from podcli.domain import (
    Chapter,
    EpisodeNotes,
    Insight,
    InsightKind,
    Point,
    Show,
    ShowSettings,
    SnipCard,
    Transcript,
    TranscriptSource,
)
from podcli.domain.documents import (
    KeptJson,
    PersonsField,
    PointKindField,
    SettingsJson,
    SourceField,
    SpeakerField,
    TriageField,
    person_json,
    settings_json,
)
from podcli.domain.schema import Seconds, When
from podcli.domain.shows import ShowKind
from podcli.exports.links import time_link
from podcli.exports.wording import utc_stamp
from podcli.text import clean


class ShowRecordJson(TypedDict):
    """A show, and how it is subscribed to."""

    type: Annotated[Literal["show"], "Tells the records apart."]
    url: Annotated[str, "The address of its feed, which records of its episodes have as `feed`; of the shelves for single files "
                        "and links podcli:file and podcli:link."]  # fmt: skip
    title: Annotated[str, "Its title."]
    kind: Annotated[ShowKind, "feed: a subscription; file, link: the shelf for single files, or links."]
    author: Annotated[str | None, "Who makes it; null: the feed does not say."]
    description: Annotated[str | None, "What it is about, as the feed says it; null: it does not."]
    link: Annotated[str | None, "Its web page; null: none."]
    image: Annotated[str | None, "The address of its picture; null: none."]
    language: Annotated[str | None, "Its language, as the feed says it; null: it does not."]
    settings: SettingsJson


class EpisodeRecordJson(TypedDict):
    """An episode, and where its listener is in it."""

    type: Annotated[Literal["episode"], "Tells the records apart."]
    id: Annotated[str, "Stable: the same on every machine."]
    title: Annotated[str, "Its title."]
    show: Annotated[str, "The title of its show."]
    author: Annotated[str | None, "Who makes the show; null: the feed does not say."]
    feed: Annotated[str | None, "The address of the feed; null: none."]
    published: Annotated[When | None, "When it was published; null: the feed does not say."]
    duration: Annotated[Seconds | None, "How long it is; null: unknown."]
    link: Annotated[str | None, "Its web page; null: none."]
    audio_url: Annotated[str | None, "Where the publisher has the audio; of a local file a file: address; null: nowhere."]
    description: Annotated[str | None, "What it is about, as the feed says it; null: it does not."]
    position: Annotated[Seconds | None, "Where the listener is; null: unknown."]
    finished: Annotated[bool, "Heard to the end, or marked so."]
    triage: TriageField
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


class WordRecordJson(TypedDict):
    """A spoken word."""

    text: Annotated[str, "The word."]
    start: Annotated[Seconds | None, "Where it begins; null: unknown."]
    end: Annotated[Seconds | None, "Where it ends; null: unknown."]


class SegmentRecordJson(TypedDict):
    """A stretch of speech."""

    text: Annotated[str, "What is said."]
    speaker: Annotated[str | None, "Who says it; null: the transcript does not know."]
    start: Annotated[Seconds | None, "Where it begins; null: unknown."]
    end: Annotated[Seconds | None, "Where it ends; null: unknown."]
    words: Annotated[list[WordRecordJson], "Each with its seconds; empty: they are not known."]


class TranscriptRecordJson(TypedDict):
    """All that is said in an episode."""

    type: Annotated[Literal["transcript"], "Tells the records apart."]
    episode: Annotated[str, "The stable id of its episode."]
    source: Annotated[TranscriptSource, "publisher: the publisher's own; whisper: made here."]
    model: Annotated[str | None, "Which model heard it; null: none did."]
    language: Annotated[str | None, "Its language; null: unknown."]
    translated: Annotated[bool, "Whether it is English for what is said in another language."]
    segments: Annotated[list[SegmentRecordJson], "In order of time."]


RecordJson = ShowRecordJson | TranscriptRecordJson | EpisodeRecordJson | ChapterRecordJson | InsightRecordJson | SnipRecordJson


def lines(library: Iterable[EpisodeNotes], shows: Iterable[tuple[Show, ShowSettings]] = ()) -> Iterator[str]:
    """The shows; then each episode with its chapters, insights, snips and (where it has one to give) transcript, one by one; a
    line ends with its line feed.

    What belongs to an episode names it by `episode`, which is the episode's `id`; an episode its show by `feed`. Times are
    seconds, dates ISO 8601 in UTC, what is unknown is null.
    """
    for show, settings in shows:
        yield _line(_show(show, settings))
    for notes in library:
        yield _line(_episode(notes))
        for chapter in notes.chapters:
            yield _line(_chapter(notes, chapter))
        for made in notes.insights:
            yield _line(_insight(notes, made))
        for card in notes.cards:
            yield _line(_snip(card))
        if notes.transcript is not None:
            yield _line(_transcript(notes, notes.transcript))


def _show(show: Show, settings: ShowSettings) -> ShowRecordJson:
    return {
        "type": "show", "url": show.url, "title": show.title, "kind": show.kind, "author": show.author or None,
        "description": show.description or None, "link": show.link or None, "image": show.image_url or None,
        "language": show.language or None, "settings": settings_json(settings),
    }  # fmt: skip


def _episode(notes: EpisodeNotes) -> EpisodeRecordJson:
    episode, show = notes.episode, notes.show
    return {
        "type": "episode", "id": episode.key, "title": episode.title, "show": show.title, "author": show.author or None,
        "feed": show.url or None, "published": _date(episode.published), "duration": _second(episode.duration_s),
        "link": episode.link or None, "audio_url": episode.enclosure.url or None,
        "description": episode.description or None, "position": _second(episode.position_s), "finished": episode.finished,
        "triage": episode.triage, "guests": list(notes.guests),
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


def _transcript(notes: EpisodeNotes, made: Transcript) -> TranscriptRecordJson:
    return {
        "type": "transcript", "episode": notes.episode.key, "source": made.source, "model": made.model or None,
        "language": made.language or None, "translated": made.translated,
        "segments": [
            {
                "text": each.text, "speaker": each.speaker or None, "start": _second(each.start_s), "end": _second(each.end_s),
                "words": [{"text": w.text, "start": _second(w.start_s), "end": _second(w.end_s)} for w in each.words],
            }
            for each in notes.segments
        ],
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
