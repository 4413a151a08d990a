"""Where the chapters of an episode begin, without a language model: signs of a new topic at each sentence, and their best set.

Signs: the words and meanings before and after differ (TextTiling, Hearst 1997; with sentence embeddings), few words are carried
across (lexical chains), words are new that will come back, a phrase such as "let's talk about", a question after a long answer, a
pause, a sponsor message. A dynamic program takes the set that scores best with
chapters of about even length (Utiyama & Isahara 2001). Deterministic, near-linear in the length of the transcript.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from podcli.domain import Sentence
from podcli.pipeline.boilerplate import Kind
from podcli.pipeline.cues import cues, questions
from podcli.pipeline.novelty import bags, chains, clock, novelty, pauses, sums, weights, word_vectors

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_WINDOWS = (0.25, 0.5, 1.0)
"""Of a usual chapter: how far to look to each side."""
_SHORTEST_S = 45.0
_SPACING_S = 12.0
"""At most one candidate in this time."""
_EVEN = 1.5
"""How much an unusual length costs."""
_BRIEF_S, _HOUR_S, _LONGEST_S = 180.0, 3600.0, 172_800.0
_LEAST, _MOST = 3, 6
"""Chapters of an episode, and of an hour."""
_NARROWEST_S = 15.0


def boundaries(sentences: Sequence[Sentence], kinds: Sequence[Kind], vectors: NDArray[np.float32]) -> list[int]:
    """The places (0-based indexes of sentences) where chapters begin, rising; the first is 0; none for no sentences.

    `kinds` as from `boilerplate.kinds`, `vectors` unit rows, one a sentence. At most 6 chapters an hour, but 3 to 6 below an hour
    and 1 to 3 below three minutes; none shorter than 45 s, or a twentieth of an episode of less than a quarter of an hour.
    """
    if not sentences:
        return []
    times = clock(sentences)
    total = float(times[-1])
    wanted = _wanted(total, len(sentences))
    if wanted == 1:
        return [0]
    score = signs(sentences, kinds, vectors, times, total / wanted)
    return _best(score, times, wanted)


def _wanted(total_s: float, sentences: int) -> int:
    """How many chapters an episode of this length has."""
    if total_s < _BRIEF_S:
        return min(sentences, 1 + int(total_s // 60))
    if total_s < _HOUR_S:
        return min(sentences, max(_LEAST, min(_MOST, int(total_s / _SHORTEST_S))))
    return min(sentences, int(_MOST * min(total_s, _LONGEST_S) / _HOUR_S))


def signs(
    sentences: Sequence[Sentence],
    kinds: Sequence[Kind],
    vectors: NDArray[np.float32],
    times: NDArray[np.float64],
    usual_s: float,
) -> NDArray[np.float64]:
    """How well a chapter of about `usual_s` could begin at each sentence: a sum of standard scores and cues."""
    import numpy as np

    weigh = weights(sentences)
    said = bags(sentences)
    meaning, words = sums(vectors, weigh), sums(word_vectors(said))
    score = np.array(cues(sentences, kinds)) + 1.2 * np.array(questions(sentences)) + pauses(sentences)
    for share in _WINDOWS:
        window = max(_NARROWEST_S, share * usual_s)
        score += (novelty(meaning, times, window) + novelty(words, times, window)) / len(_WINDOWS)
    tied, begun = chains(said, weigh, times, usual_s / 2)
    return np.asarray(score - 0.3 * tied + 0.3 * begun)


def _best(score: NDArray[np.float64], times: NDArray[np.float64], wanted: int) -> list[int]:
    """The `wanted` places with the highest score less the cost of uneven lengths; fewer when no more fit."""
    import numpy as np

    total = float(times[-1])
    usual = total / wanted
    shortest = min(_SHORTEST_S, total / 20, usual / 2)
    places = _candidates(score, times, min(_SPACING_S, shortest))
    at = np.append(times[places], total)
    worth = np.append(score[places], 0.0)
    gained = np.full((len(at), wanted + 1), -np.inf)
    came = np.zeros((len(at), wanted + 1), np.int64)
    gained[0, 0] = 0.0
    for here in range(1, len(at)):
        first = min(int(np.searchsorted(at, at[here] - 6 * usual)), here - 1)
        lengths = at[here] - at[first:here]
        cost = _EVEN * np.log(np.maximum(lengths, 1e-3) / usual) ** 2
        cost = np.where(lengths < shortest, np.inf, cost)
        ways = gained[first:here] - cost[:, None]
        best = ways.argmax(0)
        gained[here, 1:] = ways[best, np.arange(wanted + 1)][:-1] + worth[here]
        came[here, 1:] = best[:-1] + first
    possible = np.flatnonzero(np.isfinite(gained[-1]))
    if not len(possible):
        return [0]
    here, left = len(at) - 1, int(possible[-1])
    found = []
    while here:
        here, left = int(came[here, left]), left - 1
        found.append(int(places[here]))
    return found[::-1]


def _candidates(score: NDArray[np.float64], times: NDArray[np.float64], spacing_s: float) -> NDArray[np.int64]:
    """The first sentence, and those that score highest within `spacing_s` of themselves."""
    import numpy as np

    places, best = [0], -1
    for place in range(1, len(score)):
        if best >= 0 and times[place] - times[best] <= spacing_s:
            if score[place] > score[best]:
                best = place
        else:
            if best >= 0:
                places.append(best)
            best = place
    return np.array(places + ([best] if best >= 0 else []), np.int64)
