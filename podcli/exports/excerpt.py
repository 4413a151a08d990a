"""The words of a stretch, with times that count from its start: captions for a clip."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from podcli.domain import Segment, Word


def excerpt(segments: Iterable[Segment], start_s: float, end_s: float) -> list[Segment]:
    """What is said from `start_s` to `end_s`. Of a segment that goes on beyond, the words in it when their times are known,
    else all of it."""
    found = []
    for segment in segments:
        if segment.end_s <= start_s or segment.start_s >= end_s:
            continue
        words = tuple(word for word in segment.words if start_s <= (word.start_s + word.end_s) / 2 < end_s)
        if segment.words and not words:
            continue
        whole = len(words) == len(segment.words)
        found.append(
            replace(
                segment,
                start_s=max(segment.start_s, start_s) - start_s,
                end_s=min(segment.end_s, end_s) - start_s,
                text=segment.text if whole else " ".join(word.text.strip() for word in words),
                words=tuple(Word(word.start_s - start_s, word.end_s - start_s, word.text) for word in words),
            )
        )
    return found
