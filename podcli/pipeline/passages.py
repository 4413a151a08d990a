"""What of a chapter the model reads, and which of its sentences it is asked to word."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from podcli.domain import Sentence
from podcli.pipeline import prompts
from podcli.pipeline.verify import Verifier

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

READ_TOKENS = 700
"""Of a chapter, as many as the model is shown: its best sentences and what is said before them. A small model tells a chapter no
better when it sees all of it, and reading is what costs time."""
_SHARE = 0.8
"""Of a short chapter, at most this share is shown."""
_LINES = 30
_BEFORE = 2
"""Sentences shown before one that is to be worded: who "it" and "they" are."""
_FLOOR = 0.6
"""Of what the best tenth of an episode's sentences are worth: below that a sentence is not worded."""
_SPARE = 2.0
"""Sentences worded for each takeaway that is wanted: about half hold."""
_LEAST, _MOST = 1, 6
"""Sentences of a chapter to be worded."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A chapter: `first` to `last` of the sentences (0-based places), those that are shown, and of them those to be worded."""

    first: int
    last: int
    lines: tuple[int, ...]
    points: tuple[int, ...]

    def text(self, sentences: Sequence[Sentence]) -> str:
        """What the model reads."""
        return prompts.passage([sentences[place].text for place in self.lines])


def plan(
    verifier: Verifier, worth: NDArray[np.float32], starts: Sequence[int], count: Callable[[str], int], room: int
) -> list[Passage]:
    """A passage of at most `room` tokens for each chapter with content. `starts` are the chapters' first places."""
    import numpy as np

    ends = [*starts[1:], len(verifier.sentences)]
    wanted = takeaways_wanted(verifier.sentences)
    talk = sum(len(sentence.text.split()) for sentence, kind in zip(verifier.sentences, verifier.kinds, strict=True) if not kind)
    # What matters little beside the rest (greetings, plans for the weekend) is not told.
    floor = _FLOOR * float(np.quantile(worth[worth > 0], 0.9)) if (worth > 0).any() else 0.0
    passages = []
    for first, end in zip(starts, ends, strict=True):
        content = [place for place in range(first, end) if not verifier.kinds[place]]
        share = sum(len(verifier.sentences[place].text.split()) for place in content) / max(1, talk)
        telling = [place for place in content if worth[place] >= floor]
        points = _points(telling, max(_LEAST, min(_MOST, round(_SPARE * wanted * share))), verifier, worth)
        size = sum(count(verifier.sentences[place].text) for place in content)
        lines = _lines(first, end, points, verifier, worth, count, min(room, READ_TOKENS, max(200, round(_SHARE * size))))
        if lines:
            passages.append(Passage(first, end - 1, lines, tuple(place for place in points if place in lines)))
    return passages


def takeaways_wanted(sentences: Sequence[Sentence]) -> int:
    """Takeaways an episode deserves: 5 to 9, fewer for less than two minutes of talk.

    Talk is measured in words (150 a minute, or 350 characters where words are not spaced), not in time: music says nothing.
    """
    minutes = sum(max(len(sentence.text.split()) / 150, _unspaced(sentence.text) / 350) for sentence in sentences)
    return max(1, min(len(sentences), round(2 * minutes + 1) if minutes < 2 else min(9, 5 + math.floor(minutes / 12))))


def _unspaced(text: str) -> int:
    return sum(char >= "\u2e80" for char in text)


def _points(content: Sequence[int], most: int, verifier: Verifier, worth: NDArray[np.float32]) -> list[int]:
    """The places that matter most in a chapter, no two of them alike (MMR), in order."""
    chosen: list[int] = []
    left = sorted(content, key=lambda place: -float(worth[place]))[: 8 * most]
    while left and len(chosen) < most:
        best = max(left, key=lambda place: (float(worth[place]) - _alike(place, chosen, verifier), -place))
        left.remove(best)
        chosen.append(best)
    return sorted(chosen)


def _alike(place: int, chosen: Sequence[int], verifier: Verifier) -> float:
    alike = max((float(verifier.vectors[place] @ verifier.vectors[other]) for other in chosen), default=0.0)
    return 0.6 * max(0.0, alike) + 0.15 * sum(abs(place - other) <= 2 for other in chosen)


def _lines(
    first: int,
    end: int,
    points: Sequence[int],
    verifier: Verifier,
    worth: NDArray[np.float32],
    count: Callable[[str], int],
    room: int,
) -> tuple[int, ...]:
    """The places shown: those to be worded, what comes before them, and the best of the rest, as far as there is room."""
    shown = [place for place in range(first, end) if not verifier.kinds[place] or verifier.kinds[place] == "question"]
    before = [at for place in points for at in shown if place - _BEFORE <= at < place]
    rest = sorted((place for place in shown if not verifier.kinds[place]), key=lambda place: -float(worth[place]))
    taken: set[int] = set()
    used = 0
    for place in [*sorted(points, key=lambda place: -float(worth[place])), *before, *rest]:
        if place in taken or len(taken) >= _LINES:
            continue
        size = count(prompts.numbered(10, verifier.sentences[place].text)) + 1
        if used + size <= room:
            taken.add(place)
            used += size
    return tuple(sorted(taken))
