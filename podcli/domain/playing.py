"""What plays, as players report it and as listeners see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from podcli.domain.shows import Chapter, Episode, EpisodeId, Loudness
from podcli.domain.spans import Span

SleepKind = Literal["minutes", "episode", "chapter"]
"""What a sleep timer waits for the end of."""


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

    kind: SleepKind
    left_s: float | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of an episode that is heard by itself; `text` says what it is about."""

    episode_id: EpisodeId
    start_s: float
    end_s: float
    text: str


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
    moment: Moment | None = None
    """What is heard of it, when that is only a moment: then the listener's place in the episode stays where it was."""
    moment_number: tuple[int, int] = (0, 0)
    """Which moment that is, counted from 1, and of how many."""

    @property
    def chapter(self) -> Chapter | None:
        """The chapter that plays."""
        return next((each for each in reversed(self.chapters) if each.start_s <= self.state.position_s + 0.05), None)

    @property
    def left_s(self) -> float | None:
        """Wall-clock seconds to the end (of the moment) at the present speed; None while the length is unknown."""
        end_s = self.moment.end_s if self.moment else self.state.duration_s
        return None if end_s is None else max(0.0, end_s - self.state.position_s) / (self.state.speed or 1.0)
