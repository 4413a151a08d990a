"""Which of several ways to compute the same is the fastest on this processor: by trying. Imports torch."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TypeVar

import torch

_TIMES = 4
Name = TypeVar("Name")


def quickest(ways: Mapping[Name, Callable[[], object]]) -> tuple[Name, float]:
    """The one that took the least time of some runs on one thread, as batches have it, and that time in seconds."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            took = {name: min(_seconds(work) for _ in range(_TIMES)) for name, work in ways.items()}
    finally:
        torch.set_num_threads(threads)
    best = min(took, key=lambda name: took[name])
    return best, took[best]


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
