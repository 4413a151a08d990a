"""Progress of the running job: rate and time left, written to its row at most four times a second."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Literal

from podcli.domain import Job, Progress

if TYPE_CHECKING:
    from podcli.store import Store

_EVERY_S = 0.25
_WINDOW_S = 8.0
"""The rate is measured over the last seconds, so that it follows a network or a neighbour that changes its mind."""


class Reporter:
    """One per job. Rows are written by the thread that owns the store."""

    def __init__(self, store: Store, job: Job) -> None:
        self._store = store
        self._job = job
        self._stage = ""
        self._unit: Literal["bytes", "seconds", "steps"] = "steps"
        self._total: float | None = None
        self._written = 0.0
        self._seen: deque[tuple[float, float]] = deque()

    def stage(self, name: str, *, unit: Literal["bytes", "seconds", "steps"] = "steps", total: float | None = None) -> None:
        """Begin a new stretch of work with its own unit and total."""
        self._stage, self._unit, self._total = name, unit, total
        self._seen.clear()
        self._write(0.0)

    def advance(self, done: float, total: float | None = None) -> None:
        """`done` of the stage's total so far, in its unit."""
        if total is not None:
            self._total = total
        moment = time.monotonic()
        self._seen.append((moment, done))
        while len(self._seen) > 2 and moment - self._seen[0][0] > _WINDOW_S:
            self._seen.popleft()
        if moment - self._written >= _EVERY_S:
            self._write(done)

    def _write(self, done: float) -> None:
        self._written = time.monotonic()
        rate = self._rate()
        left = (self._total - done) / rate if rate and self._total is not None else None
        progress = Progress(done, self._total, self._unit, self._stage, rate, max(0.0, left) if left is not None else None)
        self._store.jobs.report(self._job.id, progress)

    def _rate(self) -> float | None:
        if len(self._seen) < 2:
            return None
        (then, before), (moment, done) = self._seen[0], self._seen[-1]
        return (done - before) / (moment - then) if moment > then and done > before else None
