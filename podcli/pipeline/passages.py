"""What of a chapter the model reads, and in which pieces: it is asked for one sentence about each."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from podcli.domain import Sentence
from podcli.pipeline import prompts
from podcli.pipeline.verify import Verifier

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

PIECE_TOKENS = 340
"""About as much of a talk gives one claim. Shorter chapters are cut in two pieces."""
_SHORTEST = 150
_LONGEST = 1.4
"""Times `PIECE_TOKENS` a piece may have."""
_SPARE, _SHARE = 2.2, 0.8
"""Pieces read for each takeaway that is wanted: of chatty talk one of five gives a claim that holds. But not more than this share
of all."""
_TWICE = 0.5
"""The share of chapters, those that matter most, whose best piece is read whole when its core gave nothing: it costs twice as
much and gives a claim in one of nine times, but of what the episode is about. Also of the first, where that is announced."""
_CROWDED = 0.15
"""What each piece that is read of a fifth of the talk takes from the worth of the next."""
_FEW = 4
"""Sentences of a piece that tell how much it matters."""
_CORE_TOKENS, _CORE_SHARE, _SMALL = 160, 0.6, 200
"""The most a core may have, of how much of its piece, and a piece that is its own core: of more, a small model joins what
does not belong together, and half of what it says does not hold; of less, it tells trifles."""
_TURN = 0.25
"""Of a piece, how far from its even end a speaker's turn may begin to end it there."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A chapter: `first` to `last` of the sentences (0-based places), and its `pieces` that are read, in order.

    A piece is the places of its sentences; of each, `cores` has the neighbours that matter most. Number `best` matters most; it
    is read whole, when nothing said of the cores holds, if the passage is worth reading `twice`.
    """

    first: int
    last: int
    pieces: tuple[tuple[int, ...], ...]
    cores: tuple[tuple[int, ...], ...]
    best: int
    twice: bool = False

    def tries(self, number: int) -> tuple[tuple[int, ...], ...]:
        """What may be asked about for piece `number`: its core; then the whole, or half the core if the answer was cut off."""
        core = self.cores[number]
        second = self.pieces[number] if self.twice and number == self.best else core[: len(core) // 2]
        return (core, second) if second and second != core else (core,)

    def text(self, piece: Sequence[int], sentences: Sequence[Sentence]) -> str:
        """What the model reads."""
        return prompts.listed([sentences[place].text for place in piece])


def plan(
    verifier: Verifier, worth: NDArray[np.float32], starts: Sequence[int], count: Callable[[str], int], room: int
) -> list[Passage]:
    """A passage for each chapter with content, its pieces of at most `room` tokens. `starts` are the chapters' first places.

    How a chapter is cut depends on nothing outside it, so a chapter that was read is cut the same when the transcript has grown.
    What matters little beside the rest (small talk, plans for the weekend) is not read, but for the best piece of each chapter.
    """
    ends = [*starts[1:], len(verifier.sentences)]
    cut = [_pieces(first, end, verifier, worth, count, room) for first, end in zip(starts, ends, strict=True)]
    best = {(chapter, _best(pieces, worth)) for chapter, pieces in enumerate(cut) if pieces}
    wanted = min(round(_SPARE * takeaways_wanted(verifier.sentences)), math.ceil(_SHARE * sum(map(len, cut))))
    read = _spread(cut, best, wanted, len(verifier.sentences), worth)
    chapters = [chapter for chapter, pieces in enumerate(cut) if pieces]
    ranked = sorted(chapters, key=lambda chapter: -max(_worth(piece, worth) for piece in cut[chapter]))
    twice = {*chapters[:1], *ranked[: math.ceil(_TWICE * len(chapters))]}
    passages = []
    for chapter in chapters:
        pieces = tuple(piece for n, piece in enumerate(cut[chapter]) if (chapter, n) in read)
        cores = tuple(_core(piece, verifier, worth, count) for piece in pieces)
        passages.append(Passage(starts[chapter], ends[chapter] - 1, pieces, cores, _best(pieces, worth), chapter in twice))
    return passages


def _spread(
    cut: Sequence[Sequence[Sequence[int]]],
    read: Collection[tuple[int, int]],
    wanted: int,
    length: int,
    worth: NDArray[np.float32],
) -> set[tuple[int, int]]:
    """`read` (chapter and number of each piece) and those that matter most, spread over the fifths of a talk: `wanted` in all."""
    chosen = set(read)
    left = [(chapter, n) for chapter, pieces in enumerate(cut) for n in range(len(pieces)) if (chapter, n) not in chosen]

    def fifth(each: tuple[int, int]) -> int:
        return 5 * cut[each[0]][each[1]][0] // length

    crowd = Counter(map(fifth, chosen))
    while left and len(chosen) < wanted:
        best = max(left, key=lambda each: _worth(cut[each[0]][each[1]], worth) - _CROWDED * crowd[fifth(each)])
        left.remove(best)
        chosen.add(best)
        crowd[fifth(best)] += 1
    return chosen


def takeaways_wanted(sentences: Sequence[Sentence]) -> int:
    """Takeaways an episode deserves: 5 to 9, fewer for less than two minutes of talk.

    Talk is measured in words (150 a minute, or 350 characters where words are not spaced), not in time: music says nothing.
    """
    minutes = sum(max(len(sentence.text.split()) / 150, _unspaced(sentence.text) / 350) for sentence in sentences)
    return max(1, min(len(sentences), round(2 * minutes + 1) if minutes < 2 else min(9, 5 + math.floor(minutes / 12))))


def _unspaced(text: str) -> int:
    return 0 if text.isascii() else sum(char >= "\u2e80" for char in text)


def _best(pieces: Sequence[Sequence[int]], worth: NDArray[np.float32]) -> int:
    return max(range(len(pieces)), key=lambda n: _worth(pieces[n], worth))


def _worth(piece: Sequence[int], worth: NDArray[np.float32]) -> float:
    """How much a piece matters: its best few sentences."""
    best = sorted((float(worth[place]) for place in piece), reverse=True)[:_FEW]
    return sum(best) / _FEW


def _pieces(
    first: int, end: int, verifier: Verifier, worth: NDArray[np.float32], count: Callable[[str], int], room: int
) -> list[tuple[int, ...]]:
    """The content of a chapter in pieces of about the same size, cut where somebody begins to speak if that is near."""
    shown = [place for place in range(first, end) if verifier.kinds[place] in ("", "question")]
    if not any(not verifier.kinds[place] for place in shown):
        return []
    sizes = {place: count(prompts.listed([verifier.sentences[place].text])) + 1 for place in shown}
    total = sum(sizes.values())
    pieces = max(1, round(total / PIECE_TOKENS), min(2, total // _SHORTEST))
    even = total / pieces
    found: list[list[int]] = [[]]
    used = 0
    for place in shown:
        into = used - even * (len(found) - 1)  # of this piece
        turns = verifier.sentences[place].speaker != verifier.sentences[place - 1].speaker or verifier.kinds[place] == "question"
        if len(found) < pieces and found[-1] and (into >= even * (1 + _TURN) or (into >= even * (1 - _TURN) and turns)):
            found.append([])
        found[-1].append(place)
        used += sizes[place]
    most = min(room, round(_LONGEST * PIECE_TOKENS))
    return [fitted for piece in found if (fitted := _fitted(piece, sizes, worth, most))]


def _core(piece: Sequence[int], verifier: Verifier, worth: NDArray[np.float32], count: Callable[[str], int]) -> tuple[int, ...]:
    """The neighbours in a piece that matter most, of those that are short enough; one sentence at least."""
    sizes = {place: count(prompts.listed([verifier.sentences[place].text])) + 1 for place in piece}
    if sum(sizes.values()) <= _SMALL:
        return tuple(piece)
    most = min(_CORE_TOKENS, _CORE_SHARE * sum(sizes.values()))
    runs = []
    for start in range(len(piece)):
        end = start + 1
        while end < len(piece) and sum(sizes[place] for place in piece[start : end + 1]) <= most:
            end += 1
        runs.append(tuple(piece[start:end]))
    return max(runs, key=lambda run: sum(float(worth[place]) * sizes[place] for place in run))


def _fitted(piece: Sequence[int], sizes: dict[int, int], worth: NDArray[np.float32], most: int) -> tuple[int, ...]:
    """As much of a piece as there is room for, what matters most first."""
    kept: set[int] = set()
    used = 0
    for place in sorted(piece, key=lambda place: -float(worth[place])):
        if used + sizes[place] <= most:
            kept.add(place)
            used += sizes[place]
    return tuple(sorted(kept))
