"""What podcli talks about: frozen values that cross every layer. Seconds are floats and end in ``_s``."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NewType

ShowId = NewType("ShowId", int)
EpisodeId = NewType("EpisodeId", int)
TranscriptId = NewType("TranscriptId", int)
JobId = NewType("JobId", int)

TranscriptSource = Literal["publisher", "whisper"]
JobKind = Literal["add", "refresh", "download", "transcribe", "takeaways", "summary", "pull"]
JobState = Literal["queued", "running", "done", "failed", "cancelled", "stopped"]
Lane = Literal["net", "ml"]
Role = Literal["transcribe", "write", "embed"]


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
class Chapter:
    """A titled stretch of an episode; `source` is where it came from (feed, json, embedded, podcli)."""

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
    persons: tuple[str, ...] = ()


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


@dataclass(frozen=True, slots=True)
class Show:
    """A subscription, or a folder for single files and links (`kind` is feed, file or link)."""

    id: ShowId
    url: str
    title: str
    kind: str = "feed"
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


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word with its times."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech as a transcriber or publisher delivered it."""

    start_s: float
    end_s: float
    text: str
    speaker: str = ""
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Sentence:
    """Sentence `number` (1-based) of a transcript: what models point at and quotes are copied from."""

    number: int
    start_s: float
    end_s: float
    text: str
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class Transcript:
    """The words of an episode; `complete` is false while it is still being made."""

    id: TranscriptId
    episode_id: EpisodeId
    source: TranscriptSource
    model: str
    language: str
    complete: bool
    segments: tuple[Segment, ...] = ()
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Takeaway:
    """One statement and its proof: `quote` is copied from the transcript between `start_s` and `end_s`.

    `kind` is ``claim`` when the model worded `text`, ``quote`` when `text` is itself a sentence of the episode.
    """

    text: str
    quote: str
    start_s: float
    end_s: float
    sentences: tuple[int, ...] = ()
    kind: Literal["claim", "quote"] = "claim"


@dataclass(frozen=True, slots=True)
class Insight:
    """Takeaways or a summary, with the model that made it. For a summary `items` are its sentences in order."""

    kind: Literal["takeaways", "summary"]
    model: str
    prompt_version: str
    items: tuple[Takeaway, ...] = ()
    complete: bool = True
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a job is. `unit` is bytes, seconds (of audio) or steps; `rate` is units a second."""

    done: float = 0.0
    total: float | None = None
    unit: Literal["bytes", "seconds", "steps"] = "steps"
    stage: str = ""
    rate: float | None = None
    left_s: float | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A row of work. `message` and `hint` say why it failed."""

    id: JobId
    kind: JobKind
    lane: Lane
    state: JobState
    episode_id: EpisodeId | None = None
    target: str = ""
    title: str = ""
    options: dict[str, object] = field(default_factory=dict)
    progress: Progress = Progress()
    message: str = ""
    hint: str = ""
    exit_code: int = 0
    result: dict[str, object] = field(default_factory=dict)
    pid: int | None = None
    attempts: int = 0
    after: JobId | None = None
    created_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def active(self) -> bool:
        """Whether it still waits or runs."""
        return self.state in ("queued", "running")


@dataclass(frozen=True, slots=True)
class PlayerState:
    """A snapshot of playback; every field is as the player last reported it."""

    episode_id: EpisodeId | None = None
    title: str = ""
    position_s: float = 0.0
    duration_s: float | None = None
    paused: bool = True
    speed: float = 1.0
    volume: float = 100.0
    ended: bool = False
    problem: str = ""
    notice: str = ""
    """Something to know that stops nothing, such as no sound device or waiting for the network."""
