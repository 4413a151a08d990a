"""How fast something goes and how long it will still take."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

from podcli.domain import Progress, Unit

ReportProgress = Callable[[Progress], None]

_WINDOW_S = 10.0
_EVERY_S = 0.2


class Pace:
    """Turns counts into Progress with rate and time left, over the last seconds; speaks at most five times a second."""

    def __init__(self, report: ReportProgress, stage: str, *, total: float | None, unit: Unit = "bytes") -> None:
        self.total = total
        self.done = 0.0
        self._report, self._stage, self.unit = report, stage, unit
        self._seen: deque[tuple[float, float]] = deque()
        self._spoken = float("-inf")

    def anew(self) -> Pace:
        """The same stretch of work without what was measured so far: it stood still."""
        return Pace(self._report, self._stage, total=self.total, unit=self.unit)

    def at(self, done: float) -> None:
        """`done` of `total` is behind us."""
        now, self.done = time.monotonic(), done
        if self._seen and done < self._seen[-1][1]:
            self._seen.clear()  # a download began anew
        self._seen.append((now, done))
        while now - self._seen[0][0] > _WINDOW_S and len(self._seen) > 2:
            self._seen.popleft()
        finished = self.total is not None and done >= self.total
        if now - self._spoken < _EVERY_S and not finished:
            return
        self._spoken = now
        since, before = self._seen[0]
        rate = (done - before) / (now - since) if now > since and done > before else None
        left = max(0.0, self.total - done) / rate if rate and self.total is not None else None
        self._report(Progress(done, self.total, self.unit, self._stage, rate, left))
