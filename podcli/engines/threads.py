"""How many threads a model should use: the cores there are, and whether they are free."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_PROBE = 3
"""Steps timed with each number of threads before the faster is kept."""
_AGAIN = 60
"""Steps until the question is asked again: the machine may have become busy, or idle."""


def physical_cores() -> int:
    """Cores this process may run on, hyper-threads not counted: they share the unit that multiplies matrices."""
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))
    if sys.platform == "darwin":
        return _apple_performance_cores() or len(allowed)
    siblings = set()
    for cpu in allowed:
        try:
            siblings.add(Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list").read_text().strip())
        except OSError:
            siblings.add(str(cpu))
    return max(1, len(siblings))


def _apple_performance_cores() -> int:
    """An efficiency core in the team would make every step wait for it."""
    try:
        answer = subprocess.run(["sysctl", "-n", "hw.perflevel0.physicalcpu"], capture_output=True, text=True, timeout=2)
        return int(answer.stdout)
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


class Team:
    """Times single steps with all threads and with one, and keeps what is faster.

    ggml's threads wait for one another by spinning. On an idle machine two write a third faster than one; with another program on
    the second core they write up to ten times slower (measured: 22 and 17 tokens/s idle, 1.3 and 13 busy).
    """

    def __init__(self, threads: int, set_threads: Callable[[int], None]) -> None:
        self._set = set_threads
        self._choices = (threads, 1) if threads > 1 else (1,)
        self._took: dict[int, float] = {}
        self._step = 0

    @contextmanager
    def step(self) -> Iterator[None]:
        """Around the evaluation of one token."""
        place = self._step % _AGAIN
        turn = place // _PROBE
        probing = turn < len(self._choices)
        if place == 0:
            self._took = dict.fromkeys(self._choices, 0.0)
        if probing and place % _PROBE == 0:
            self._set(self._choices[turn])
        started = time.perf_counter()
        yield
        if probing:
            self._took[self._choices[turn]] += time.perf_counter() - started
            if place + 1 == _PROBE * len(self._choices):
                self._set(min(self._took, key=lambda threads: self._took[threads]))
        self._step += 1
