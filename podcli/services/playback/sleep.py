"""The sleep timer: fade, pause, and be found again where the fade began."""

from __future__ import annotations

from podcli.domain import Chapter, Sleep, SleepKind
from podcli.errors import UsageError

_MOST_MINUTES = 24 * 60.0


class SleepTimer:
    """Counts while it plays. Whoever owns it calls `tick` and does what it says."""

    def __init__(self, fade_s: float) -> None:
        self._fade_s = fade_s
        self.kind: SleepKind | None = None
        self._left_s = 0.0
        self._target_s: float | None = None
        self._fade_from: float | None = None

    def set(self, kind: SleepKind, minutes: float, chapters: tuple[Chapter, ...], position_s: float) -> None:
        """Start it anew. Raises UsageError when it cannot end there."""
        if kind == "chapter" and not chapters:
            raise UsageError("This episode has no chapters to sleep after.", "Give minutes, or “episode” for its end.")
        if kind == "minutes" and not 0 < minutes <= _MOST_MINUTES:
            raise UsageError(f"A sleep timer of {minutes:g} minutes makes no sense.", "Give 1 to 1440 minutes.")
        self.kind, self._left_s, self._fade_from = kind, minutes * 60, None
        self.moved(chapters, position_s)

    def clear(self) -> None:
        """No more."""
        self.kind = self._fade_from = self._target_s = None

    def moved(self, chapters: tuple[Chapter, ...], position_s: float) -> None:
        """The listener went elsewhere: the chapter to end with is the one there."""
        if self._fade_from is not None:
            self._fade_from = position_s
        if self.kind == "chapter":
            later = [chapter for chapter in chapters if chapter.start_s > position_s + 0.05]
            here = [chapter for chapter in chapters if chapter.start_s <= position_s + 0.05]
            ends = here[-1].end_s if here else None
            following = later[0].start_s if later else None
            self._target_s = min((end for end in (ends, following) if end is not None and end > position_s), default=None)

    def left_s(self, position_s: float, end_s: float | None, speed: float) -> float | None:
        """Wall-clock seconds until silence; None when nobody knows. `end_s` is where the episode ends."""
        if self.kind == "minutes":
            return max(0.0, self._left_s)
        goal = self._target_s if self.kind == "chapter" and self._target_s is not None else end_s
        return None if goal is None else max(0.0, goal - position_s) / speed

    def shown(self, position_s: float, end_s: float | None, speed: float) -> Sleep | None:
        """For people."""
        return None if self.kind is None else Sleep(self.kind, self.left_s(position_s, end_s, speed))

    def passed(self, seconds: float) -> None:
        """So much wall-clock time was played."""
        self._left_s -= seconds

    def factor(self, position_s: float, end_s: float | None, speed: float) -> float:
        """The share of the volume to play at now (0 to 1); 0 means it is time: call `fire`."""
        if self.kind is None:
            return 1.0
        left = self.left_s(position_s, end_s, speed)
        if left is None:
            return 1.0
        if left > self._fade_s:
            self._fade_from = None
            return 1.0
        if self._fade_from is None:
            self._fade_from = position_s
        if left <= 0:
            return 0.0
        # Loudness is felt by its logarithm; a square comes near enough, and ends at nothing.
        return max(0.001, (left / self._fade_s) ** 2)

    def fire(self) -> float | None:
        """It is over: where the fade began, to be found there again."""
        began = self._fade_from
        self.clear()
        return began
