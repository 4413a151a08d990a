"""How every export calls things: titles of snips without one, stretches of time, who said it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from podcli.domain import EpisodeNotes, Snip, SnipCard
from podcli.text import clean_line, timecode

_WORDS = 8


def snip_title(snip: Snip) -> str:
    """Its title; before a model wrote one, its first words, and before there are words, when it is."""
    if title := clean_line(snip.title):
        return title
    words = clean_line(snip.text).split(" ")
    if words != [""]:
        return " ".join(words[:_WORDS]) + ("…" if len(words) > _WORDS else "")
    return f"Moment at {timecode(snip.start_s)}"


def span(snip: Snip) -> str:
    """From when to when: ``12:34–13:05``."""
    return f"{timecode(snip.start_s)}–{timecode(snip.end_s)}"


def utc_stamp(moment: datetime) -> str:
    """A moment with a time zone as RFC 3339 has it, in UTC: ``2026-08-22T10:15:30Z``."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def source_line(card: SnipCard) -> str:
    """Where it is from: ``Show · Episode · 12:34``."""
    return clean_line(f"{card.show.title} · {card.episode.title} · {timecode(card.snip.start_s)}")


def told(snip: Snip) -> str:
    """What is noted of it: the listener's note, else the summary and takeaway a model wrote."""
    summary, takeaway = snip.summary.strip(), snip.takeaway.strip()
    # Of a few sentences both are often the same one.
    return snip.note.strip() or "\n\n".join(part for part in (summary, "" if takeaway in summary else takeaway) if part)


def books(notes: EpisodeNotes) -> tuple[str, ...]:
    """Titles of the books that are mentioned, each once."""
    return _once(point.title for point in notes.points("mentions") if point.kind == "book")


def tag_words(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags as most programs take them, each once: no ``#``, blanks as ``-``, only letters, digits, ``_``, ``-`` and ``/``."""
    return _once(_tag(tag) for tag in tags)


def hash_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Tags as Obsidian takes them: one character is no digit, so ``1984`` becomes ``y1984`` as its help suggests."""
    return tuple(f"y{tag}" if tag.replace("/", "").isdigit() else tag for tag in tag_words(tags))


def _tag(tag: str) -> str:
    joined = "-".join(clean_line(tag).lstrip("#").split())
    return "".join(char for char in joined if char.isalnum() or char in "_-/").strip("/-")


def _once(words: Iterable[str]) -> tuple[str, ...]:
    cleaned = (clean_line(word) for word in words)
    return tuple(dict.fromkeys(word for word in cleaned if word))
