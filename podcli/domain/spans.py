"""Stretches of an episode, as sets: what was heard of it, what is missing."""

from __future__ import annotations

from collections.abc import Iterable

Span = tuple[float, float]
"""A stretch of an episode: start and end in seconds."""
END_S = 1e9
"""Where a stretch ends that goes on to the end of the audio, however long that is: later than any."""


def merged(spans: Iterable[Span], join_s: float = 1.0) -> tuple[Span, ...]:
    """`spans` in order, those that meet (or are at most `join_s` apart) joined."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        if joined and start <= joined[-1][1] + join_s:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return tuple(joined)


def missing(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The stretches between second 0 and the end that `spans` leave out, in order."""
    gaps, at = list[Span](), 0.0
    for start, end in merged(spans, 0.0):
        if start > at:
            gaps.append((at, start))
        at = max(at, end)
    return (*gaps, (at, END_S)) if at < END_S else tuple(gaps)


def unbroken_s(spans: Iterable[Span]) -> float:
    """How far `spans` reach from second 0 on without a gap."""
    first = next(iter(missing(spans)), None)
    return END_S if first is None else first[0]
