"""Shows and episodes: what a feed says, what is stored of it, and what its listener decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NewType

ShowId = NewType("ShowId", int)
EpisodeId = NewType("EpisodeId", int)

Triage = Literal["inbox", "later", "done"]
"""Where an episode is with its listener: new and undecided, kept to snip later, or dealt with (archived, queued, played)."""
ShowKind = Literal["feed", "file", "link"]
Loudness = Literal["off", "dynaudnorm", "loudnorm"]


@dataclass(frozen=True, slots=True)
class Enclosure:
    """The media file of a feed item (RSS 2.0 ``enclosure``)."""

    url: str
    type: str = ""
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class TranscriptLink:
    """A transcript the publisher offers (``podcast:transcript``)."""

    url: str
    type: str = ""
    language: str = ""
    rel: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who takes part (``podcast:person``); `role` and `group` are of the Podcast Taxonomy, in small letters."""

    name: str
    role: str = "host"
    group: str = "cast"
    link: str = ""
    image_url: str = ""


def in_words(persons: Sequence[Person]) -> str:
    """The first ten, each with what they do, for a line that people read; '' for nobody."""
    named = [f"{each.name} ({each.role})" for each in persons[:10]]
    return ", ".join(named) + (f" and {len(persons) - 10} more" if len(persons) > 10 else "")


@dataclass(frozen=True, slots=True)
class Chapter:
    """A titled stretch of an episode; `source` is where it came from (embedded, feed, json, notes, podcli)."""

    start_s: float
    end_s: float | None
    title: str
    source: str = "feed"


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One playable entry of a feed, cleaned, before it is stored."""

    guid: str
    title: str
    enclosure: Enclosure
    published: datetime | None = None
    duration_s: float | None = None
    description: str = ""
    link: str = ""
    image_url: str = ""
    season: int | None = None
    number: int | None = None
    explicit: bool = False
    transcripts: tuple[TranscriptLink, ...] = ()
    chapters_url: str = ""
    chapters: tuple[Chapter, ...] = ()
    persons: tuple[Person, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """What a feed document says, cleaned: the show and its playable items, newest first."""

    url: str
    title: str
    items: tuple[FeedItem, ...]
    author: str = ""
    description: str = ""
    link: str = ""
    image_url: str = ""
    language: str = ""
    new_url: str = ""
    next_page_url: str = ""
    skipped: int = 0
    persons: tuple[Person, ...] = ()
    """Those of every episode that names none."""


@dataclass(frozen=True, slots=True)
class Show:
    """A subscription, or a folder for single files and links (`kind` is feed, file or link)."""

    id: ShowId
    url: str
    title: str
    kind: ShowKind = "feed"
    author: str = ""
    description: str = ""
    link: str = ""
    image_url: str = ""
    language: str = ""
    etag: str = ""
    last_modified: str = ""
    fetched_at: datetime | None = None
    problem: str = ""
    episodes: int = 0
    unheard: int = 0


@dataclass(frozen=True, slots=True)
class Episode:
    """A stored episode. `key` is stable across machines; `audio_path` is set once it is downloaded."""

    id: EpisodeId
    key: str
    show_id: ShowId
    show_title: str
    title: str
    guid: str
    enclosure: Enclosure
    published: datetime | None = None
    duration_s: float | None = None
    description: str = ""
    link: str = ""
    audio_path: str = ""
    audio_sha256: str = ""
    position_s: float = 0.0
    finished: bool = False
    has_transcript: bool = False
    has_takeaways: bool = False
    triage: Triage = "inbox"


@dataclass(frozen=True, slots=True)
class EpisodeCard:
    """As little of an episode as a list shows: all 50,000 of them fit into memory. Made by `store.cards`."""

    id: EpisodeId
    show_id: ShowId
    title: str
    published: str = ""
    """ISO 8601, UTC; '' when unknown. Sorts as text."""
    duration_s: float | None = None
    position_s: float = 0.0
    finished: bool = False
    triage: Triage = "inbox"
    queued: float | None = None
    """Its place in the queue (ascending), when it is in it."""
    downloaded: bool = False
    has_transcript: bool = False
    has_insights: bool = False
    """Whether takeaways or a summary exist."""


@dataclass(frozen=True, slots=True)
class ShowSettings:
    """How one show is played; None means as the settings say."""

    speed: float | None = None
    skip_intro_s: float | None = None
    skip_outro_s: float | None = None
    voice_boost: bool | None = None
    loudness: Loudness | None = None
    smart_speed: bool | None = None


@dataclass(frozen=True, slots=True)
class Listened:
    """Statistics of a stretch of days: seconds of audio heard, seconds of life that took, and where the rest went."""

    heard_s: float = 0.0
    wall_s: float = 0.0
    saved_speed_s: float = 0.0
    saved_gaps_s: float = 0.0
    saved_skips_s: float = 0.0

    @property
    def saved_s(self) -> float:
        """All that was saved."""
        return self.saved_speed_s + self.saved_gaps_s + self.saved_skips_s


@dataclass(frozen=True, slots=True)
class Undo:
    """Something that can be undone, in words (such as “Archived 3 episodes”)."""

    id: int
    label: str
    at: datetime
