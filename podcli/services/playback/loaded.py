"""The episode in the player, with everything that is known of it while it plays."""

from __future__ import annotations

from dataclasses import dataclass, field

from podcli.domain import Chapter, Episode, Moment, PlayerState
from podcli.services.playback.history import History
from podcli.services.playback.journal import Journal
from podcli.services.playback.jumps import Jumps
from podcli.services.playback.smart import Smart

_BEGAN_S = 2.0
_EDGE_S = 0.05


@dataclass(slots=True)
class Loaded:
    """Changes as it plays; belongs to the thread of its service."""

    episode: Episode
    streaming: bool
    begin_s: float
    journal: Journal
    history: History
    smart: Smart
    jumps: Jumps = field(default_factory=Jumps)
    chapters: tuple[Chapter, ...] = ()
    seen: tuple[tuple[Chapter, ...], float | None] = ((), None)
    """The chapters and the length the audio itself had when they were last looked at."""
    automatic: bool = False
    """It came up by itself: when it cannot be played, the next one is tried."""
    heard_s: float = 0.0
    """Seconds of audio since it was started."""
    over: bool = False
    """Its end has been dealt with."""
    in_outro: bool = False
    """The listener went into the outro, so it is not skipped."""
    moment: Moment | None = None
    """What is heard of it, when that is not the whole."""
    rested_at: float | None = None
    """The monotonic moment of the pause it is in, while the position is the one it paused at."""

    @property
    def began(self) -> bool:
        """Whether any of it was heard."""
        return self.heard_s > _BEGAN_S

    def end_s(self, state: PlayerState, outro_s: float) -> float | None:
        """Where it ends for this listener; None while the length is unknown."""
        if self.moment is not None:
            return self.moment.end_s
        if state.duration_s is None:
            return None
        return state.duration_s - (0.0 if self.in_outro else outro_s)

    def went(self, position_s: float, end_s: float | None) -> None:
        """The listener sent it there; `end_s` is where the outro begins."""
        self.over = False
        self.rested_at = None
        self.in_outro = self.moment is None and end_s is not None and position_s >= end_s - _EDGE_S
