"""How long a summary is: the same checked sentences, fewer or more of them."""

from __future__ import annotations

from collections.abc import Sequence

from podcli.domain import Point

SUMMARY_WORDS = {"short": 60, "medium": 120, "long": 240}


def shorten(points: Sequence[Point], length: str) -> list[Point]:
    """A summary of about 60, 120 or 240 words: its most important sentences, still in order."""
    most = SUMMARY_WORDS[length]
    chosen: list[Point] = []
    spoken = 0
    for point in sorted(points, key=lambda point: -point.score):
        count = max(len(point.text.split()), len(point.text) // 12 if not point.text.isascii() else 0)
        if chosen and spoken + count > most * 1.1:
            continue
        chosen.append(point)
        spoken += count
    return sorted(chosen, key=lambda point: point.start_s)
