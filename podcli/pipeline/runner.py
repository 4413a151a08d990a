"""The parent side of the workers: start one where there is work, let it go, or end it at once. Imports no engine."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import get_args

from podcli import paths
from podcli.domain import Job, Lane
from podcli.pipeline import lock
from podcli.store import Store

_LOG_BYTES_KEPT = 1_000_000


class Workers:
    """The worker processes this process started."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._children: dict[Lane, subprocess.Popen[bytes]] = {}

    def ensure(self) -> None:
        """Start a worker for every lane that has work and none alive. Cheap enough to call several times a second."""
        for lane in get_args(Lane):
            child = self._children.get(lane)
            if child is not None and child.poll() is None:
                continue
            self._forget(lane)
            if self._store.jobs.unfinished(lane) and lock.holder(lane) is None:
                self._children[lane] = _start(lane)

    def end(self, job: Job) -> None:
        """Kill the worker that runs `job`, whoever started it. Its row must have been ended before."""
        if job.state == "running" and job.pid is not None and lock.holder(job.lane) == job.pid:
            _kill(job.pid)
            self._forget(job.lane)

    def lost(self, job: Job) -> bool:
        """Whether `job` is marked running although its lane has no worker."""
        return job.state == "running" and lock.holder(job.lane) is None

    def owns(self, job: Job) -> bool:
        """Whether `job` runs in a child of ours."""
        child = self._children.get(job.lane)
        return child is not None and child.pid == job.pid

    def close(self) -> None:
        """Let go of our children: one that still has somebody's work goes on alone, an idle one ends now. Hooks that wait run
        without us."""
        start_alone(self._store, "hook")
        for lane, child in list(self._children.items()):
            if child.poll() is None and self._store.jobs.unfinished(lane):
                _let_go(child)
                del self._children[lane]
        self.kill()

    def kill(self) -> None:
        """End all our children at once; what they had written stays and is taken up again another time."""
        for lane, child in list(self._children.items()):
            if child.poll() is None:
                _kill(child.pid)
            self._forget(lane)

    def _forget(self, lane: Lane) -> None:
        """A child that has ended or was killed: take its exit status and close our end of its pipe."""
        child = self._children.pop(lane, None)
        if child is not None:
            child.wait()
            assert child.stdin is not None
            with contextlib.suppress(OSError):
                child.stdin.close()


_alone = dict[tuple[Path, Lane], subprocess.Popen[bytes]]()
"""The last of each lane of a home: none is started beside one that is on its way."""
_left = list[subprocess.Popen[bytes]]()
"""Others, kept so that their exit status is taken when they have ended."""


def start_alone(store: Store, *lanes: Lane) -> None:
    """Start a worker that goes on alone for each lane that has work and none. Never raises: what called it has done its own work,
    and nothing may fail because of a hook."""
    _left[:] = [child for child in _left if child.poll() is None]
    with contextlib.suppress(Exception):  # a library that is closed or locked, a machine without room for a process
        for lane in lanes:
            if store.jobs.unfinished(lane) and lock.holder(lane) is None and not _on_its_way(lane):
                if (before := _alone.get(_key(lane))) is not None:
                    _left.append(before)
                _alone[_key(lane)] = child = _start(lane)
                _let_go(child)


def _key(lane: Lane) -> tuple[Path, Lane]:
    return paths.state(), lane


def _on_its_way(lane: Lane) -> bool:
    """Whether a child lives that did not have its lane's lock yet; one that had it is leaving and takes up nothing more."""
    child = _alone.get(_key(lane))
    return child is not None and child.poll() is None and lock.taken_last_by(lane) != child.pid


def _let_go(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        assert child.stdin is not None
        child.stdin.write(b"detach\n")
        child.stdin.close()


def _start(lane: Lane) -> subprocess.Popen[bytes]:
    paths.make_private(paths.state())
    log = paths.log_file(f"worker-{lane}")
    mode = "ab" if log.exists() and log.stat().st_size < _LOG_BYTES_KEPT else "wb"
    with log.open(mode) as file:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "podcli.pipeline.worker", lane],
            stdin=subprocess.PIPE,
            stdout=file,
            stderr=file,
            # A session of its own: Ctrl-C at the terminal is for us to act on, and the whole group can be killed.
            start_new_session=True,
        )


def _kill(pid: int) -> None:
    if pid == os.getpid():
        return  # who holds the lane itself, as tests do, stops by itself
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)
