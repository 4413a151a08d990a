"""What was said in an episode, and what a model made of it: every statement with its proof."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NewType

from podcli.domain.shows import EpisodeId
from podcli.domain.spans import Span

TranscriptId = NewType("TranscriptId", int)
AnswerId = NewType("AnswerId", int)

TranscriptSource = Literal["publisher", "whisper"]
InsightKind = Literal["chapters", "gist", "summary", "takeaways", "highlights", "quotes", "questions", "mentions"]
MentionKind = Literal["person", "book", "paper", "link", "tool", "organisation"]
PointKind = Literal["claim", "quote", "question", "chapter", "highlight"] | MentionKind


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
    translated: bool = False
    """Whether the words are English for what was said in another language."""
    heard: tuple[Span, ...] = ()
    """Of one that is not complete: what it covers so far. The part that plays is heard first."""


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

    @property
    def timed(self) -> bool:
        """Whether it is known when it was said; in a transcript without times, only in which sentence."""
        return self.end_s > 0


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
    """What was searched, in words (such as “all episodes of A show”)."""
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
    adapters: str = ""
    """The LoRA adapters that took part, with their scales; '' for none."""
