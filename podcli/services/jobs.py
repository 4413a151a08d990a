"""Work in progress: follow it, cancel it, try it again."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import replace

from podcli.domain import Job, JobId
from podcli.errors import UsageError
from podcli.pipeline.runner import Workers
from podcli.store import Store

_POLL_S = 0.05
_ENSURE_S = 0.5


class JobService:
    """Verbs over job rows; starts worker processes where there is work."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._workers = Workers(store)
        self._asked = False
        """Whether somebody here wanted work done without waiting for it."""

    def recent(self, limit: int = 50) -> list[Job]:
        """The newest jobs. One whose process is gone counts as stopped: whoever wants it next takes it up."""
        return [replace(job, state="stopped") if self._workers.lost(job) else job for job in self._store.jobs.recent(limit)]

    def active(self) -> list[Job]:
        """What runs and waits, in order."""
        return self._store.jobs.active()

    def get(self, job_id: JobId) -> Job:
        """One job. Raises UsageError when there is none."""
        job = self._store.jobs.get(job_id)
        if job is None:
            raise UsageError(f"There is no job {job_id}.", "See `podcli jobs` for the numbers.")
        return job

    def pull(self, model_id: str, *, force: bool = False, source: str = "", priority: int = 0) -> Job:
        """Start installing a model; `source` is ``wheel`` or ``https`` when one of several is wanted."""
        options: dict[str, object] = {**({"force": True} if force else {}), **({"source": source} if source else {})}
        return self._store.jobs.enqueue("pull", target=model_id, title=model_id, options=options, priority=priority)

    def cancel(self, job_id: JobId) -> Job:
        """Stop a job now, and those that wait for it. Raises UsageError when it has already ended."""
        return self._end(job_id, "cancelled")

    def pause(self, job_id: JobId) -> Job:
        """Let a job wait until it is resumed, and give back the memory it took; what it has done is kept.

        Raises UsageError when it has ended or is paused already.
        """
        state = self.get(job_id).state
        was = self._store.jobs.pause(job_id)
        if was is None:
            raise UsageError(f"Job {job_id} is {state}, so there is nothing to pause.", "See `podcli jobs`.")
        self._workers.end(was)
        return self.get(job_id)

    def pause_all(self) -> list[Job]:
        """Let all that runs or waits wait until it is resumed."""
        paused = []
        for job in self.active():
            if (was := self._store.jobs.pause(job.id)) is not None:
                self._workers.end(was)
                paused.append(self.get(job.id))
        return paused

    def resume(self, job_id: JobId) -> Job:
        """Go on with a paused job from where it was. Raises UsageError when it is not paused."""
        job = self.get(job_id)
        if not self._store.jobs.resume(job_id):
            raise UsageError(f"Job {job_id} is {job.state}, so there is nothing to resume.", "See `podcli jobs`.")
        return self.get(job_id)

    def resume_all(self) -> list[Job]:
        """Go on with all that is paused."""
        return [self.get(job.id) for job in self.active() if self._store.jobs.resume(job.id)]

    def retry(self, job_id: JobId) -> Job:
        """Do a failed or cancelled job again, from where it was. Raises UsageError when it has not ended that way."""
        job = self.get(job_id)
        if self._workers.lost(job):
            return job
        if not self._store.jobs.requeue(job_id):
            raise UsageError(f"Job {job_id} is {job.state}, so there is nothing to try again.")
        return self.get(job_id)

    def clear(self) -> int:
        """Forget jobs that ended; how many. Undo brings them back."""
        with self._store.writing():
            rows = self._store.jobs.forget_ended()
            if rows:
                label = "Cleared 1 piece of work" if len(rows) == 1 else f"Cleared {len(rows)} pieces of work"
                self._store.undo.push(label, [{"do": "jobs", "was": rows}])
        return len(rows)

    def follow(self, jobs: Iterable[Job]) -> Iterator[list[Job]]:
        """Yield the rows of `jobs` each time one changes, until all have ended; starts workers as needed.

        A job that another podcli let go of (``stopped``) is taken up here.
        """
        followed = [job.id for job in jobs]
        version, ensured = None, 0.0
        while True:
            if time.monotonic() - ensured > _ENSURE_S:
                self._workers.ensure()
                ensured = time.monotonic()
            seen = self._store.data_version()
            if seen != version:
                version = seen
                rows = [self.get(job_id) for job_id in followed]
                for job in rows:
                    if job.state == "stopped":
                        self._store.jobs.requeue(job.id)
                yield rows
                if not any(job.active or job.state == "stopped" for job in rows):
                    return
            time.sleep(_POLL_S)

    def let_go(self, jobs: Iterable[Job]) -> None:
        """Whoever waited for `jobs` no longer does: stop those that run in a worker of ours, leave others to their owner.

        Hooks and exports go on: they are short, and nobody would take them up again.
        """
        for job in jobs:
            fresh = self.get(job.id)
            if fresh.lane != "hook" and fresh.active and (self._workers.owns(fresh) or fresh.state == "queued"):
                self._end(job.id, "stopped")

    def ensure_workers(self) -> None:
        """Start workers where jobs wait; cheap. They go on when we have ended."""
        self._asked = True
        self._workers.ensure()

    def data_version(self) -> tuple[int, int]:
        """Changes whenever anybody wrote to the library."""
        return self._store.data_version()

    def close(self) -> None:
        """Let go of our workers: idle ones end, busy ones finish somebody else's work alone, and so does what we asked for."""
        if self._asked:
            self._workers.ensure()
        self._workers.close()

    def kill(self) -> None:
        """End our workers at once."""
        self._workers.kill()

    def _end(self, job_id: JobId, state: str) -> Job:
        job = self.get(job_id)
        if not self._store.jobs.end(job_id, "cancelled" if state == "cancelled" else "stopped"):
            raise UsageError(f"Job {job_id} has already ended ({job.state}).", "See `podcli jobs`.")
        self._workers.end(job)
        return self.get(job_id)
