"""The most central sentences of a text (LexRank over embeddings, Erkan and Radev 2004), when a model's claims do not hold."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING

from podcli.pipeline import figures, words
from podcli.pipeline.boilerplate import MANNERS, UNTOLD

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from podcli.pipeline.verify import Verifier

_LEANS = frozenset(
    [
        "it", "its", "this", "that", "these", "those", "they", "their", "them", "he", "his", "him", "she", "her", "and",
        "but", "or", "so", "because", "then", "which", "who", "also", "there", "here", "you", "we", "i", "yes", "no", "yeah",
        "well", "okay", "like", "what", "if", "now", "nobody", "one", "first", "second", "third", "finally", "remember", "only",
        "not", "being", "whether", "such", "where", "when", "how", "why", "typically", "even", "still", "just",
        "otherwise", "basically",
    ]
)  # fmt: skip
"""First words of sentences that lean on the one before."""
_OF_OTHERS = re.compile(
    r"^(?:(?:all|many|most|some|any|none|each|both|one) (?:of )?(?:those|these|this|that|them)|all (?:the|sorts of)|please|"
    r"speaking|continuing|some(?:one|body|thing)|anything that|the (?:other|(?:first|last|next|only) (?:one|thing))|by doing|"
    r"similarly|whereas|mostly|maybe|think of|for (?:me|example|instance)|to (?:me|continue)|a lot of|since|obviously|"
    r"last (?:night|week|time)|to \w+['’]s? point|\w+,? (?:they|it|he|she))\b|\b(?:that|(?:those|these)(?: things)?)[.]$|"
    r"\byou (?:mentioned|said|talked)\b|"
    r"\b(?:about|from|into|like|of|with) (?:this|that|it|them|those|these)(?: a lot|[,.;])",
    re.IGNORECASE,
)
"""How sentences begin or end that lean on others, beside those; imperatives, and what has no subject."""
_NO_VERB = re.compile(
    r"^\w+ing\b(?!.*\b(?:is|are|was|were|will|can|could|has|had|takes?|took|makes?|made|costs?|gives?|gave|means?|helps?|allows?|"
    r"involves?|requires?|leads?|led|lets?)\b)"
)
"""What somebody does, without what is said of it."""
_OWN = re.compile(r"\b(?:I|I['’](?:m|ve|d|ll)|[Mm]e|[Mm]y|[Mm]yself)\b")


def centrality(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much each of the unit vectors has in common with the others, 0 to 1."""
    import numpy as np

    if not len(vectors):
        return np.zeros(0, np.float32)
    # Only clear resemblance counts: with every weak one included, sentences of common words win.
    degree = np.concatenate(
        [np.maximum(vectors[start : start + 512] @ vectors.T - 0.2, 0).sum(axis=1) for start in range(0, len(vectors), 512)]
    )
    most = float(degree.max())
    return (degree / most if most > 0 else degree).astype(np.float32)


def central(verifier: Verifier, count: int, *, taken: Collection[int] = ()) -> list[int]:
    """Places of at most `count` sentences that say most, spread over the episode, in order; none of those `taken`.

    Only whole statements that stand alone are chosen; when there are none, any sentence that may be told.
    """
    sentences, kinds = verifier.sentences, verifier.kinds
    statements = [place for place, kind in enumerate(kinds) if not kind and stands_alone(sentences[place].text)]
    able = [place for place, kind in enumerate(kinds) if kind not in UNTOLD]
    pool = statements or [place for place in able if kinds[place] not in {"question", *MANNERS}] or able
    pool = [place for place in pool if place not in taken]
    if not pool or count < 1:
        return []
    worth = centrality(verifier.vectors[pool])
    scores = {place: float(worth[index]) + telling(sentences[place].text) for index, place in enumerate(pool)}
    chosen: list[int] = []
    used = list(taken)
    while pool and len(chosen) < count:
        best = max(pool, key=lambda place: (scores[place] - _crowding(place, [*chosen, *used], verifier), -place))
        pool.remove(best)
        if all(float(verifier.vectors[best] @ verifier.vectors[other]) < 0.85 for other in chosen):
            chosen.append(best)
    return sorted(chosen)


def telling(text: str) -> float:
    """A bonus for numbers and names, 0 to 0.45: they are what listeners write down."""
    names = [
        word for word in re.findall(r"(?<=[^.!?]\s)[A-Z][\w'’-]+", text) if word != "I" and not word.startswith(("I'", "I’"))
    ]
    return 0.15 * min(3, len([figure for figure in figures.figures(text) if not figure.casual]) + len(names))


def _crowding(place: int, chosen: list[int], verifier: Verifier) -> float:
    """What counts against a sentence: likeness to one chosen already (MMR), and chosen ones in the same fifth of the "
    "episode."""
    if not chosen:
        return 0.0
    alike = max(float(verifier.vectors[place] @ verifier.vectors[other]) for other in chosen)
    fifth = len(verifier.sentences) / 5
    return 0.6 * max(0.0, alike) + 0.25 * sum(int(place / fifth) == int(other / fifth) for other in chosen)


def leans(text: str) -> bool:
    """Whether a sentence, though whole, leans on others or is about whoever says it: it tells a stranger little."""
    if text[:1].islower() or text[:1] in ".…" or text.count('"') % 2 == 1 or fragment(text):
        return True
    return bool(_OF_OTHERS.search(text) or _OWN.search(text))


def fragment(text: str) -> bool:
    """Whether a sentence says nothing of what it names (English)."""
    return bool(_NO_VERB.search(text))


def stands_alone(text: str) -> bool:
    """Whether a sentence is whole and does not begin by leaning on the one before it."""
    length = len(text.split())
    unspaced = any(char > "\u2e80" for char in text) and len(text) >= 12
    return (6 <= length <= 45 or unspaced) and words.opening(text) not in _LEANS and text.rstrip("\"'”’»)]")[-1:] in ".!。！।…"
