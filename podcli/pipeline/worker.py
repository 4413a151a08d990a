"""The child process: claims jobs of one lane and runs them, one model at a time, until there is nothing left to do.

Its parent holds the other end of its standard input. When that closes the worker leaves at once (rows already written stay;
the job is taken up again from there), unless it was told ``detach``. Before a job that needs another model than the one in
memory the process replaces itself: that is the only sure way to give memory back, and two ggml builds never meet.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from typing import get_args

from podcli import settings as settings_file
from podcli.domain import Job, Lane
from podcli.errors import PodcliError
from podcli.pipeline import lock, power, runner, stages
from podcli.pipeline.background import step_back
from podcli.pipeline.reporter import Reporter
from podcli.pipeline.tidy import tidy
from podcli.store import Store, open_store

_POLL_S = 0.1


class Worker:
    """One lane's loop."""

    def __init__(self, lane: Lane, store: Store, lock_descriptor: int, *, detached: bool) -> None:
        self._lane = lane
        self._store = store
        self._lock = lock_descriptor
        self._detached = detached
        self._engine = ""
        self._settings = settings_file.load()
        self._models = stages.Models(self._settings.work.context_tokens)

    def run(self) -> None:
        """Work until idle for as long as the settings say."""
        threading.Thread(target=self._leave_with_parent, name="parent-watch", daemon=True).start()
        for job in self._jobs():
            self._run(job)

    def leave(self) -> None:
        """Give the lane back. What somebody added while we were at the door, and left to us, gets a worker of its own."""
        os.close(self._lock)
        if self._detached or self._lane == "hook":  # else our parent looks after that
            runner.start_alone(self._store, self._lane)

    def _jobs(self) -> Iterator[Job]:
        idle_since = time.monotonic()
        version, look_again = None, float("inf")
        while True:
            seen = self._store.data_version()
            if seen != version or time.monotonic() > look_again:
                version, look_again = seen, float("inf")
                if waiting := self._store.jobs.next(self._lane):
                    if power.must_wait(waiting):
                        self._store.jobs.tell(waiting.id, f"{power.WAITS}.")
                        idle_since = time.monotonic()
                        look_again = idle_since + power.EVERY_S
                        continue
                    self._make_room_for(waiting)
                if job := self._store.jobs.claim(self._lane):
                    yield job
                    idle_since = time.monotonic()
                    version = None
                    continue
            if look_again == float("inf") and time.monotonic() - idle_since >= self._settings.work.idle_exit_s:
                return
            time.sleep(_POLL_S)

    def _run(self, job: Job) -> None:
        context = stages.Context(self._store, self._settings, self._reporter(job), self._models)
        try:
            result = stages.run(job, context)
        except PodcliError as error:
            self._store.jobs.fail(job.id, error.message, error.hint, int(error.exit_code))
        except Exception as error:
            traceback.print_exc()
            sys.stderr.flush()
            message, hint, code = stages.explain(error)
            self._store.jobs.fail(job.id, message, hint, code)
        else:
            self._store.jobs.finish(job.id, result)
        # What waited for this job may belong to another lane, and whoever would start that is gone when we are on our own.
        runner.start_alone(self._store, *(get_args(Lane) if self._detached else ("hook",)))

    def _reporter(self, job: Job) -> Reporter:
        return Reporter(self._store, job, lambda: power.must_wait(job))

    def _make_room_for(self, job: Job) -> None:
        engine = stages.engine_of(job)
        if engine and self._engine and engine != self._engine:
            self._store.close()
            os.set_inheritable(self._lock, True)
            os.execv(
                sys.executable, [*_command(self._lane), "--lock", str(self._lock), *(["--detached"] if self._detached else [])]
            )
        self._engine = engine or self._engine

    def _leave_with_parent(self) -> None:
        # Not by `sys.stdin`: whoever waits in it holds its lock, and Python aborts when it cannot close it at the end.
        while said := os.read(sys.stdin.fileno(), 4096):
            if said.strip() == b"detach":
                self._detached = True
        if not self._detached:
            if os.getpgrp() == os.getpid():
                os.killpg(os.getpid(), signal.SIGKILL)  # with whatever it started itself, such as pip
            os._exit(0)


def _command(lane: Lane) -> list[str]:
    return [sys.executable, "-P", "-m", "podcli.pipeline.worker", lane]


def main(arguments: list[str]) -> None:
    """``python -m podcli.pipeline.worker net|ml|hook``."""
    (lane,) = (each for each in get_args(Lane) if each == arguments[0])
    if "--lock" in arguments:
        descriptor: int | None = int(arguments[arguments.index("--lock") + 1])
        assert descriptor is not None
        os.set_inheritable(descriptor, False)
    else:
        descriptor = lock.take(lane)
    if descriptor is None:
        return
    step_back(disk=lane == "ml")
    with open_store() as store:
        store.jobs.recover(lane)
        if lane == "net":
            tidy(store)
        worker = Worker(lane, store, descriptor, detached="--detached" in arguments)
        worker.run()
        worker.leave()


if __name__ == "__main__":
    main(sys.argv[1:])
