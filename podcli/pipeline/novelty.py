"""How much the talk changes at each gap between sentences: by embeddings, by words, by pauses. Linear in the length."""

from __future__ import annotations

import itertools
import math
import re
import zlib
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from podcli.domain import Sentence
from podcli.pipeline.words import stems

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WORDS_A_SECOND = 2.7
"""For transcripts without times."""
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_LONGEST_STEP_S = 300.0
"""From one sentence to the next: more is music, or an impossible time, and shall not look like an hour of talk."""
_HASHED = 256
_MOST_WORDS = 40.0
"""A sentence weighs as much as its words, up to this."""


def length(text: str) -> float:
    """Words of a text; two characters make one where words are not spaced."""
    return max(1.0, len(text.split()) + len(_UNSPACED.findall(text)) / 2)


def clock(sentences: Sequence[Sentence]) -> NDArray[np.float64]:
    """When each sentence begins, and last when the last one ends (s, from the first); by its words where there are no times.

    Longer pauses count as five minutes.
    """
    import numpy as np

    starts = np.array([sentence.start_s for sentence in sentences], np.float64)
    spoken = np.cumsum([0.0, *(length(sentence.text) for sentence in sentences)]) / WORDS_A_SECOND
    times = np.append(starts, max(sentences[-1].end_s, sentences[-1].start_s))
    if not np.isfinite(times).all() or times[-1] - times[0] < 0.2 * spoken[-1]:
        return spoken
    return np.cumsum([0.0, *np.clip(np.diff(times), 0.0, _LONGEST_STEP_S)])


def weights(sentences: Sequence[Sentence]) -> NDArray[np.float64]:
    """What each sentence weighs in a stretch."""
    import numpy as np

    return np.minimum(np.array([length(sentence.text) for sentence in sentences], np.float64), _MOST_WORDS)


def bags(sentences: Sequence[Sentence]) -> list[Counter[str]]:
    """The stems of each sentence, counted. Every word is looked at once."""
    known: dict[str, tuple[str, ...]] = {}
    found = []
    for sentence in sentences:
        words = sentence.text.split()
        for word in words:
            if word not in known:
                known[word] = stems(word)
        found.append(Counter([stem for word in words for stem in known[word]]))
    return found


def word_vectors(said: Sequence[Counter[str]]) -> NDArray[np.float64]:
    """Rows of 256: the stems of each sentence by how rare they are, hashed with signs; words said once only say nothing."""
    import numpy as np

    spread = Counter(stem for bag in said for stem in bag)
    codes = {stem: zlib.crc32(stem.encode()) for stem, times in spread.items() if times > 1}
    worth = {stem: (1 if code & 0x10000 else -1) * math.log(len(said) / spread[stem]) for stem, code in codes.items()}
    rows = np.zeros((len(said), _HASHED), np.float64)
    for row, bag in zip(rows, said, strict=True):
        for stem, times in bag.items():
            if stem in codes:
                row[codes[stem] % _HASHED] += times * worth[stem]
    return rows


def sums(vectors: NDArray[np.float32] | NDArray[np.float64], weigh: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """Running sums of rows, the first 0; weighed rows, without what the whole episode has in common, when there are weights."""
    import numpy as np

    rows = np.nan_to_num(np.asarray(vectors, np.float64))
    if weigh is not None:
        rows = (rows - (rows * weigh[:, None]).sum(0) / max(weigh.sum(), 1e-9)) * weigh[:, None]
    return np.vstack([np.zeros((1, rows.shape[1])), np.cumsum(rows, 0)])


def novelty(total: NDArray[np.float64], times: NDArray[np.float64], window_s: float) -> NDArray[np.float64]:
    """1 - cosine of what is said `window_s` before and after each sentence begins, as a standard score; weaker at the ends.

    `total` as from `sums`, `times` as from `clock`.
    """
    import numpy as np

    starts = times[:-1]
    here = np.arange(len(starts))
    low = np.minimum(np.searchsorted(starts, starts - window_s), np.maximum(here - 1, 0))
    high = np.maximum(np.searchsorted(starts, starts + window_s), here + 1)
    left, right = total[:-1] - total[low], total[high] - total[:-1]
    alike = np.einsum("ij,ij->i", left, right)
    scale = np.sqrt(np.einsum("ij,ij->i", left, left) * np.einsum("ij,ij->i", right, right))
    # Half a window tells little, and what it tells would look new.
    edge = np.clip(np.minimum(starts, times[-1] - starts) / window_s, 0.0, 1.0)
    return np.asarray(standard(1 - alike / np.maximum(scale, 1e-9)) * edge)


def chains(
    said: Sequence[Counter[str]], weigh: NDArray[np.float64], times: NDArray[np.float64], longest_s: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lexical chains (LCseg, Galley et al. 2003): a word said again within `longest_s` ties what is between.

    Returns how strongly each sentence is tied to what was before, and how many chains it begins for its length (the words of a
    headline come back in its story), both as standard scores.
    """
    import numpy as np

    spread = Counter(stem for bag in said for stem in bag)
    begun, tied = np.zeros(len(said) + 1), np.zeros(len(said) + 1)
    running: dict[str, tuple[int, int, int]] = {}

    def close(stem: str) -> None:
        first, last, count = running.pop(stem)
        worth = math.log(len(said) / spread[stem]) * math.log(count)
        begun[first] += worth
        tied[first + 1] += worth
        tied[last + 1] -= worth

    for place, bag in enumerate(said):
        for stem in bag:
            if stem in running and times[place] - times[running[stem][1]] > longest_s:
                close(stem)
            first, _, count = running.get(stem, (place, place, 0))
            running[stem] = (first, place, count + 1)
    for stem in list(running):
        close(stem)
    return standard(np.cumsum(tied)[:-1]), standard(begun[:-1] / np.maximum(weigh, 5.0))


def standard(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean 0, deviation 1, cut at ±4; zeros when all are the same."""
    import numpy as np

    deviation = float(values.std()) if len(values) else 0.0
    if deviation < 1e-9:
        return np.zeros_like(values)
    return np.asarray(np.clip((values - values.mean()) / deviation, -4.0, 4.0))


def pauses(sentences: Sequence[Sentence]) -> NDArray[np.float64]:
    """Silence before each sentence, 0 to 1: 3 s and more is 1."""
    import numpy as np

    gaps = [0.0, *(b.start_s - a.end_s for a, b in itertools.pairwise(sentences))]
    return np.clip(np.nan_to_num(np.array(gaps, np.float64)) / 3.0, 0.0, 1.0)
