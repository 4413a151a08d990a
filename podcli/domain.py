"""What podcli talks about: frozen values that cross every layer. Seconds are floats and end in ``_s``."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NewType

ShowId = NewType("ShowId", int)
EpisodeId = NewType("EpisodeId", int)
TranscriptId = NewType("TranscriptId", int)
JobId = NewType("JobId", int)
AnswerId = NewType("AnswerId", int)

TranscriptSource = Literal["publisher", "whisper"]
JobKind = Literal["add", "refresh", "download", "transcribe", "insights", "ask", "pull", "gaps", "chapters"]
JobState = Literal["queued", "running", "done", "failed", "cancelled", "stopped"]
Lane = Literal["net", "ml"]
Role = Literal["transcribe", "write", "embed"]
Triage = Literal["inbox", "later", "done"]
"""Where an episode is with its listener: new and undecided, kept to snip later, or dealt with (archived, queued, played)."""
Loudness = Literal["off", "dynaudnorm", "loudnorm"]
InsightKind = Literal["chapters", "gist", "summary", "takeaways", "highlights", "quotes", "questions", "mentions"]
MentionKind = Literal["person", "book", "paper", "link", "tool", "organisation"]
PointKind = Literal["claim", "quote", "question", "chapter", "highlight"] | MentionKind
Span = tuple[float, float]
"""A stretch of an episode: start and end in seconds."""


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
class Point:
    """One statement and its proof: `quote` is copied from the transcript between `start_s` and `end_s`.

    `kind` is ``claim`` when the model worded `text`, ``quote`` when `text` is itself a sentence of the episode, ``chapter`` and
    ``highlight`` for a stretch with a `title`, or what is mentioned (`title` is its name, `text` what was said of it).
    """

    text: str
    quote: str
    start_s: float
    end_s: float
    sentences: tuple[int, ...] = ()
    kind: PointKind = "claim"
    title: str = ""
    score: float = 0.0
    """How much it matters among its like; higher is more."""
    speaker: str = ""
    """Who said it, when one person did and the transcript knows."""


@dataclass(frozen=True, slots=True)
class Insight:
    """What a model made of an episode, with the model that made it; `items` are in the order they are shown.

    Takeaways come strongest first; the sentences of a summary, chapters, highlights and the rest in order of time.
    """

    kind: InsightKind
    model: str
    prompt_version: str
    items: tuple[Point, ...] = ()
    complete: bool = True
    notice: str = ""
    adapters: str = ""
    """The LoRA adapters that took part, with their scales; '' for none."""


@dataclass(frozen=True, slots=True)
class Citation:
    """One sentence of an answer and its proof: `quote` is copied from what was said between `start_s` and `end_s`.

    `kind` is ``claim`` when the model worded `text`, ``quote`` when `text` is itself what was said.
    """

    text: str
    quote: str
    episode_id: EpisodeId
    episode_title: str
    show_title: str
    start_s: float
    end_s: float
    sentences: tuple[int, ...] = ()
    kind: Literal["claim", "quote"] = "claim"
    speaker: str = ""
    """Who said it, when one person did and the transcript knows."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What episodes say to a question, or that they do not. While it is not `complete`, `sentences` are those found so far."""

    id: AnswerId
    question: str
    scope: str
    """What was searched, in words (such as “6 episodes”)."""
    sentences: tuple[Citation, ...] = ()
    answered: bool = False
    """False, once it is complete: it is not said in these episodes."""
    complete: bool = False
    model: str = ""
    prompt_version: str = ""
    follows: AnswerId | None = None
    """The answer whose question this one goes on from."""
    understood: str = ""
    """A follow-up question as it stands alone; '' when it did so already."""
    searches: tuple[str, ...] = ()
    """The words that were looked for, in turn."""
    transcripts: int = 0
    """How many were searched."""
    notice: str = ""
    asked_at: datetime | None = None


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
    started_at: datetime | None = None
    """When a worker took it up last."""

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
    muted: bool = False
    ended: bool = False
    problem: str = ""
    notice: str = ""
    """Something to know that stops nothing, such as no sound device or waiting for the network."""
    chapters: tuple[Chapter, ...] = ()
    """Those embedded in the audio, once it is open (source ``embedded``)."""
    device: str = ""
    """The name of the chosen output device; '' for the default."""


@dataclass(frozen=True, slots=True)
class AudioDevice:
    """A way for sound to leave this machine: libmpv's name for it, and what people call it."""

    name: str
    description: str


@dataclass(frozen=True, slots=True)
class Sleep:
    """A running sleep timer. `left_s` is wall-clock seconds until silence, as far as they can be told."""

    kind: Literal["minutes", "episode", "chapter"]
    left_s: float | None = None


@dataclass(frozen=True, slots=True)
class NowPlaying:
    """All that is known about what plays: what the bar at the bottom, ``play --status`` and MPRIS show."""

    state: PlayerState = PlayerState()
    episode: Episode | None = None
    chapters: tuple[Chapter, ...] = ()
    """Of the best source, in order; `Chapter.source` says which."""
    heard: tuple[Span, ...] = ()
    """Merged, in order."""
    sleep: Sleep | None = None
    smart_speed: bool = False
    voice_boost: bool = False
    loudness: Loudness = "off"
    up_next: str = ""
    """The title that comes after this one."""
    saved_s: float = 0.0
    """Saved by speed, gaps and skips since this episode was started."""

    @property
    def chapter(self) -> Chapter | None:
        """The chapter that plays."""
        return next((each for each in reversed(self.chapters) if each.start_s <= self.state.position_s + 0.05), None)

    @property
    def left_s(self) -> float | None:
        """Wall-clock seconds to the end at the present speed; None while the length is unknown."""
        if self.state.duration_s is None:
            return None
        return max(0.0, self.state.duration_s - self.state.position_s) / (self.state.speed or 1.0)
