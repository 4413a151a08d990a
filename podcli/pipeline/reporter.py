"""Progress of the running job, written to its row at most five times a second."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from podcli.domain import Job, Progress, Unit
from podcli.engines.pace import Pace
from podcli.pipeline.power import EVERY_S, WAITS

if TYPE_CHECKING:
    from podcli.store import Store


class Reporter:
    """One per job. Rows are written by the thread that owns the store.

    While `must_wait` says so, whoever reports is held: that is where the work stands still on a battery.
    """

    def __init__(self, store: Store, job: Job, must_wait: Callable[[], bool] = lambda: False) -> None:
        self._store = store
        self._job = job
        self._must_wait = must_wait
        self._looked = time.monotonic()
        self._pace = Pace(self.put, "", total=None)

    def stage(self, name: str, *, unit: Unit = "steps", total: float | None = None) -> None:
        """Begin a new stretch of work with its own unit and total."""
        self._pace = Pace(self.put, name, total=total, unit=unit)
        self.put(Progress(0.0, total, unit, name))

    def advance(self, done: float, total: float | None = None) -> None:
        """`done` of the stage's total so far, in its unit."""
        if total is not None:
            self._pace.total = total
        self._pace.at(done)
        if time.monotonic() - self._looked > EVERY_S:
            self._hold(done)

    def _hold(self, done: float) -> None:
        held = False
        while self._must_wait():
            if not held:
                self.put(Progress(done, self._pace.total, self._pace.unit, WAITS))
            held = True
            time.sleep(EVERY_S)
        if held:
            self._pace = self._pace.anew()
        self._looked = time.monotonic()

    def put(self, progress: Progress) -> None:
        """Progress somebody else has worked out."""
        self._store.jobs.report(self._job.id, progress)
