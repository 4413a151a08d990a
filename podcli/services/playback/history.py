"""What of an episode was heard, and what it took: measured from how the position moves between two looks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from podcli.domain import Listened, Span, merged

_SLACK_S = 1.0
"""A position may run ahead of the clock by so much between two looks; more is a jump nobody told of."""
_JITTER_S = 0.3
_SHORTEST_S = 1.0
"""Less than this, once, is not having heard something."""


class History:
    """Of one episode while it plays. Positions are seconds of audio, `now` is monotonic."""

    def __init__(self, spans: Iterable[Span], position_s: float, now: float) -> None:
        self._spans = merged(spans)
        self._begin = self._at = position_s
        self._seen = now
        self._new = Listened()
        self._saved_s = 0.0

    @property
    def spans(self) -> tuple[Span, ...]:
        """Everything heard so far, merged, the stretch that plays included."""
        return merged([*self._spans, (self._begin, self._at)]) if self._at - self._begin >= _SHORTEST_S else self._spans

    @property
    def saved_s(self) -> float:
        """Wall-clock seconds saved since this began."""
        return self._saved_s + self._new.saved_s

    def observe(self, position_s: float, speed: float, now: float) -> float:
        """Note where playback is; returns the seconds of audio that were heard since the last look."""
        moved, passed = position_s - self._at, now - self._seen
        self._seen = now
        if -_JITTER_S < moved <= 0.0:  # a seek lands a little before where it was sent
            self._at = position_s
            self._begin = min(self._begin, position_s)
            return 0.0
        if not 0.0 < moved <= passed * speed + _SLACK_S:
            self._restart(position_s)
            return 0.0
        self._at = position_s
        wall = moved / speed
        self._new = replace(self._new, heard_s=self._new.heard_s + moved, wall_s=self._new.wall_s + wall,
                            saved_speed_s=self._new.saved_speed_s + moved - wall)  # fmt: skip
        return moved

    def jumped(self, to_s: float, now: float) -> None:
        """The listener went elsewhere."""
        self._restart(to_s)
        self._seen = now

    def skipped_gap(self, to_s: float, speed: float, now: float) -> None:
        """Silence up to `to_s` was jumped over: nothing was missed, so the stretch goes on."""
        self._new = replace(self._new, saved_gaps_s=self._new.saved_gaps_s + max(0.0, to_s - self._at) / speed)
        self._at, self._seen = to_s, now

    def skipped(self, seconds: float, speed: float) -> None:
        """An intro or outro of that length was left out."""
        self._new = replace(self._new, saved_skips_s=self._new.saved_skips_s + max(0.0, seconds) / speed)

    def take(self) -> Listened:
        """What came since the last call, to be added to the day's sums."""
        new, self._new = self._new, Listened()
        self._saved_s += new.saved_s
        return new

    def _restart(self, position_s: float) -> None:
        self._spans = self.spans
        self._begin = self._at = position_s
