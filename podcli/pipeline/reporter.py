"""Progress of the running job, written to its row at most five times a second."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from podcli.domain import Job, Progress
from podcli.engines.pace import Pace

if TYPE_CHECKING:
    from podcli.store import Store


class Reporter:
    """One per job. Rows are written by the thread that owns the store."""

    def __init__(self, store: Store, job: Job) -> None:
        self._store = store
        self._job = job
        self._pace = Pace(self.put, "", total=None)

    def stage(self, name: str, *, unit: Literal["bytes", "seconds", "steps"] = "steps", total: float | None = None) -> None:
        """Begin a new stretch of work with its own unit and total."""
        self._pace = Pace(self.put, name, total=total, unit=unit)
        self.put(Progress(0.0, total, unit, name))

    def advance(self, done: float, total: float | None = None) -> None:
        """`done` of the stage's total so far, in its unit."""
        if total is not None:
            self._pace.total = total
        self._pace.at(done)

    def put(self, progress: Progress) -> None:
        """Progress somebody else has worked out."""
        self._store.jobs.report(self._job.id, progress)
