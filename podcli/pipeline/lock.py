"""One worker per lane on the whole machine: an flock on a file that holds the worker's process id."""

from __future__ import annotations

import contextlib
import fcntl
import os

from podcli import paths
from podcli.domain import Lane


def take(lane: Lane) -> int | None:
    """The lane's lock as an open file descriptor, or None when another process holds it."""
    folder = paths.make_private(paths.state())
    descriptor = os.open(folder / f"worker-{lane}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    os.truncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def taken_last_by(lane: Lane) -> int | None:
    """The process id of the worker that took the lane's lock last, whether it holds it still or not; None for none ever."""
    with contextlib.suppress(OSError, ValueError):
        return int((paths.state() / f"worker-{lane}.lock").read_text("ascii"))
    return None


def holder(lane: Lane) -> int | None:
    """The process id of the lane's worker, or None when there is none alive."""
    file = paths.state() / f"worker-{lane}.lock"
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        text = os.pread(descriptor, 32, 0)
        return int(text) if text.isdigit() else None
    finally:
        os.close(descriptor)
    return None
