"""What a process does that must not be noticed: the processor and the disk serve everybody else first."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import sys

_NICE = 10
_IOPRIO_SET = {"x86_64": 251, "aarch64": 30}
"""The system call's number; C libraries have no function for it (ioprio_set(2))."""
_WHO_PROCESS, _IDLE = 1, 3 << 13


def step_back(*, disk: bool) -> None:
    """Let whoever listens and presses keys go first, though both cores are busy; with `disk`, also whoever uses the disk: good
    for models, not for a download that somebody waits for.

    Where the system knows no such thing, or forbids it, nothing changes.
    """
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, 0, _NICE)  # nice() would add up whenever the process replaces itself
    number = _IOPRIO_SET.get(platform.machine())
    if disk and number and sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).syscall(number, _WHO_PROCESS, 0, _IDLE)
