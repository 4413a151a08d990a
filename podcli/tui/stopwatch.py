"""Nothing on the screen's thread may take long: with PODCLI_DEBUG=1 whatever does ends the player and is named."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

LIMIT_S = 0.05
"""Of the thread's own work. Waiting for a busy machine does not count, waiting for a disk or a lock does, see `BLOCKED_S`."""
BLOCKED_S = 0.25


class TooSlow(Exception):
    """A step of the screen's thread took longer than `LIMIT_S`."""


def watch(on_slow: Callable[[TooSlow], None]) -> Callable[[], None]:
    """Time every step of the event loop from now on; returns what ends it. For debugging: it costs microseconds a step."""
    handles: Any = asyncio.Handle  # its `_run` is where every step begins; there is no public place
    original = handles._run

    def timed(handle: asyncio.Handle) -> None:
        began, worked = time.perf_counter(), time.thread_time()
        original(handle)
        took, work = time.perf_counter() - began, time.thread_time() - worked
        if work > LIMIT_S or took > BLOCKED_S:
            on_slow(TooSlow(f"{_name(handle)} took {took * 1000:.0f} ms, {work * 1000:.0f} ms of them work"))

    handles._run = timed

    def end() -> None:
        handles._run = original

    return end


def _name(handle: asyncio.Handle) -> str:
    callback = getattr(handle, "_callback", None)
    task = getattr(callback, "__self__", None)
    if isinstance(task, asyncio.Task):
        return f"{task.get_name()} ({getattr(task.get_coro(), '__qualname__', '')})"
    return str(getattr(callback, "__qualname__", repr(callback)))
