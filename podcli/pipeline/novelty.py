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
_HASHED = 512
_MOST_WORDS = 40.0
"""A sentence weighs as much as its words, up to this."""


def length(text: str) -> float:
    """Words of a text; two characters make one where words are not spaced."""
    return max(1.0, len(text.split()) + len(_UNSPACED.findall(text)) / 2)


def clock(sentences: Sequence[Sentence]) -> NDArray[np.float64]:
    """When each sentence begins, and at last when the last one ends: seconds from the first, by the words where there are no times."""
    import numpy as np

    starts = np.array([sentence.start_s for sentence in sentences], np.float64)
    spoken = np.cumsum([0.0, *(length(sentence.text) for sentence in sentences)]) / WORDS_A_SECOND
    times = np.append(starts, max(sentences[-1].end_s, sentences[-1].start_s))
    if not np.isfinite(times).all() or times[-1] - times[0] < 0.2 * spoken[-1]:
        return spoken
    return np.asarray(np.maximum.accumulate(times - times[0]))


def weights(sentences: Sequence[Sentence]) -> NDArray[np.float64]:
    """What each sentence weighs in a stretch."""
    import numpy as np

    return np.minimum(np.array([length(sentence.text) for sentence in sentences], np.float64), _MOST_WORDS)


def word_vectors(sentences: Sequence[Sentence]) -> NDArray[np.float32]:
    """Rows of 512: the stems of each sentence by how rare they are, hashed with signs; words said once only say nothing."""
    import numpy as np

    bags = [Counter(stems(sentence.text)) for sentence in sentences]
    spread = Counter(stem for bag in bags for stem in bag)
    rows = np.zeros((len(bags), _HASHED), np.float32)
    for row, bag in zip(rows, bags, strict=True):
        for stem, times in bag.items():
            if spread[stem] > 1:
                code = zlib.crc32(stem.encode())
                row[code % _HASHED] += (1 if code & 0x10000 else -1) * times * math.log(len(bags) / spread[stem])
    return rows


def centred(vectors: NDArray[np.float32], weigh: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighed rows without what the whole episode has in common, in float64 for sums."""
    import numpy as np

    rows = np.nan_to_num(np.asarray(vectors, np.float64))
    mean = (rows * weigh[:, None]).sum(0) / max(weigh.sum(), 1e-9)
    return np.asarray((rows - mean) * weigh[:, None])


def novelty(rows: NDArray[np.float64], times: NDArray[np.float64], window_s: float) -> NDArray[np.float64]:
    """1 - cosine of what is said in `window_s` before and after each sentence begins, as a standard score; weaker at the ends."""
    import numpy as np

    starts = times[:-1]
    sums = np.vstack([np.zeros((1, rows.shape[1])), np.cumsum(rows, 0)])
    here = np.arange(len(rows))
    low = np.minimum(np.searchsorted(starts, starts - window_s), np.maximum(here - 1, 0))
    high = np.maximum(np.searchsorted(starts, starts + window_s), here + 1)
    left, right = sums[here] - sums[low], sums[high] - sums[here]
    scale = np.linalg.norm(left, axis=1) * np.linalg.norm(right, axis=1)
    found = standard(1 - (left * right).sum(1) / np.maximum(scale, 1e-9))
    # Half a window tells little, and what it tells would look new.
    return np.asarray(found * np.clip(np.minimum(starts, times[-1] - starts) / window_s, 0.0, 1.0))


def chains(
    sentences: Sequence[Sentence], times: NDArray[np.float64], longest_s: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Lexical chains (LCseg, Galley et al. 2003): a word said again within `longest_s` ties what is between.

    Returns how strongly each sentence is tied to what was before, and how many chains it begins for its length (a headline's words
    come back in its story), both as standard scores.
    """
    import numpy as np

    bags = [set(stems(sentence.text)) for sentence in sentences]
    spread = Counter(stem for bag in bags for stem in bag)
    begun, tied = np.zeros(len(bags) + 1), np.zeros(len(bags) + 1)
    open_: dict[str, tuple[int, int, int]] = {}

    def close(stem: str) -> None:
        first, last, said = open_.pop(stem)
        worth = math.log(len(bags) / spread[stem]) * math.log(said)
        begun[first] += worth
        tied[first + 1] += worth
        tied[last + 1] -= worth

    for place, bag in enumerate(bags):
        for stem in sorted(bag):
            if stem in open_ and times[place] - times[open_[stem][1]] > longest_s:
                close(stem)
            first, _, said = open_.get(stem, (place, place, 0))
            open_[stem] = (first, place, said + 1)
    for stem in list(open_):
        close(stem)
    size = np.array([max(5.0, length(sentence.text)) for sentence in sentences])
    return standard(np.cumsum(tied)[:-1]), standard(begun[:-1] / size)


def standard(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean 0, deviation 1, cut at ±4; zeros when all are the same."""
    import numpy as np

    deviation = float(values.std()) if len(values) else 0.0
    if deviation < 1e-9:
        return np.zeros_like(values)
    return np.clip((values - values.mean()) / deviation, -4.0, 4.0)


def pauses(sentences: Sequence[Sentence]) -> NDArray[np.float64]:
    """Silence before each sentence, 0 to 1: 3 s and more is 1."""
    import numpy as np

    gaps = [0.0, *(b.start_s - a.end_s for a, b in itertools.pairwise(sentences))]
    return np.clip(np.nan_to_num(np.array(gaps, np.float64)) / 3.0, 0.0, 1.0)
