"""Moments a listener kept: a stretch of an episode, its words, and what was made of it."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NewType

from podcli.domain.insights import Insight, InsightKind, Point, Segment, Transcript
from podcli.domain.shows import Chapter, Episode, EpisodeId, Person, Show

SnipId = NewType("SnipId", int)

SnipState = Literal["kept", "transcribed", "written", "failed"]
"""How far it is: only the range is known, its words are there, a model has titled it, or the words could not be had."""


@dataclass(frozen=True, slots=True)
class Snip:
    """A kept stretch of an episode. The listener pressed at `at_s`; what is kept lasts from `start_s` to `end_s`."""

    id: SnipId
    episode_id: EpisodeId
    start_s: float
    end_s: float
    at_s: float
    created_at: datetime
    """In UTC, and never changed: with the episode's key it tells snips apart on every machine."""
    text: str = ""
    """The words of the stretch; '' before they are transcribed."""
    speaker: str = ""
    """Who said them, when one person did and the transcript knows."""
    title: str = ""
    summary: str = ""
    takeaway: str = ""
    model: str = ""
    """Which model wrote title, summary and takeaway; '' when none did."""
    note: str = ""
    """The listener's own words."""
    tags: tuple[str, ...] = ()
    starred: bool = False
    edited_at: datetime | None = None
    """When the listener changed it last, in UTC."""
    state: SnipState = "kept"

    @property
    def duration_s(self) -> float:
        """How long it lasts."""
        return max(0.0, self.end_s - self.start_s)

    @property
    def changed_at(self) -> datetime:
        """When it was edited last, or made."""
        return self.edited_at or self.created_at


@dataclass(frozen=True, slots=True)
class SnipCard:
    """A snip with the episode and show it comes from: all that a program needs to show it by itself."""

    snip: Snip
    episode: Episode
    show: Show

    @property
    def key(self) -> str:
        """Twelve hex digits that stay the same through edits, exports and other machines."""
        named = f"{self.episode.key}\n{self.snip.created_at.isoformat()}\n{self.snip.at_s:.3f}"
        return hashlib.sha256(named.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def _words(role: str) -> set[str]:
    """Those of “co-host” or “guest host”: a ghost writer is no host."""
    return set(re.split("[^a-z]+", role))


@dataclass(frozen=True, slots=True)
class EpisodeNotes:
    """All that is kept of one episode: its snips in order of time, chapters of the best source, and what a model made of it."""

    episode: Episode
    show: Show
    snips: tuple[Snip, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    insights: tuple[Insight, ...] = ()
    persons: tuple[Person, ...] = ()
    segments: tuple[Segment, ...] = ()
    """The transcript, in order of time, when an export shall have it."""
    transcript: Transcript | None = None
    """Where those are from; without segments of its own."""

    @property
    def guests(self) -> tuple[str, ...]:
        """Names of its guests."""
        return tuple(each.name for each in self.persons if "guest" in _words(each.role))

    @property
    def hosts(self) -> tuple[str, ...]:
        """Names of its hosts."""
        hosting = ((each.name, _words(each.role)) for each in self.persons)
        return tuple(name for name, role in hosting if role & {"host", "cohost"} and "guest" not in role)

    @property
    def cards(self) -> tuple[SnipCard, ...]:
        """The snips, each with episode and show."""
        return tuple(SnipCard(snip, self.episode, self.show) for snip in self.snips)

    def points(self, kind: InsightKind) -> tuple[Point, ...]:
        """What was made of that kind; empty when it was not."""
        return next((made.items for made in self.insights if made.kind == kind), ())
