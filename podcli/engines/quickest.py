"""Which of several ways to compute the same is the fastest on this processor: by trying. Imports torch."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TypeVar

import torch

_TIMES, _LONG_S = 5, 0.1
"""Each is tried so often, less often once all have taken so long together."""
Name = TypeVar("Name")


def quickest(ways: Mapping[Name, Callable[[], object]], threads: int) -> Name:
    """The one that took the least time on so many threads: all in turn, so that a moment in which the machine is busy is no one's
    alone, the first round for warming up."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    took: dict[Name, float] = {}
    spent = 0.0
    try:
        with torch.inference_mode():
            for turn in range(1 + _TIMES):
                for name, work in ways.items():
                    seconds = _seconds(work)
                    spent += seconds
                    if turn:
                        took[name] = min(seconds, took.get(name, seconds))
                if turn and spent > _LONG_S:
                    break
    finally:
        torch.set_num_threads(before)
    return min(took, key=lambda name: took[name])


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
