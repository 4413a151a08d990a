"""Moments of an episode, found without a model: what to play again (highlights), sentences to quote, questions raised."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from podcli.domain import Point
from podcli.pipeline import words
from podcli.pipeline.boilerplate import MANNERS, UNTOLD
from podcli.pipeline.central import stands_alone
from podcli.pipeline.claims import Held
from podcli.pipeline.salience import about_us
from podcli.pipeline.verify import Verifier

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SHORTEST_S, LONGEST_S = 30.0, 90.0
_BEST_S = 55.0
_HIGHLIGHTS, _QUOTES, _QUESTIONS = 6, 8, 8
_FILLER = re.compile(
    r"\b(?:you know|i mean|kind of|sort of|like,|or whatever|i guess|um+|uh+|and stuff|right\?|yeah|okay|blah)\b|--|\.\.\.", re.I
)
_MEMORABLE = re.compile(
    r"\b(?:never|always|nobody|everybody|everyone|nothing|everything|the only|the best|the worst|the most|the hardest|"
    r"the biggest|not .{3,40} but|if you|the more|instead of|rather than|"
    r"love|hate|fear|believe|wrong|truth|secret|lesson|mistake|future)\b",
    re.IGNORECASE,
)
_LEANS = re.compile(
    r"\b(?:this|that|it|these|those|them|one|there)[.!,]?$|\b(?:that|this) (?:approach|one|thing|point|stuff|way|regard|context|"
    r"question|sense|process|story|idea)\b|^(?:take|use|try|do|look|if you(?:'re| are) interested|the (?:first|next|last) one)\b",
    re.IGNORECASE,
)
"""What needs the sentences before it."""
_QUOTE_STEMS = 5
"""Content words below which a sentence is not worth repeating."""
_ASKS = re.compile(
    r"(?:^|[,.;:–—-] *|\b(?:and|so|but|then|like|wondering|curious),? )[\"“']?"
    r"(?:what|why|how|who|when|where|which|is|are|do|does|"
    r"did|can|could|should|would|will|has|have|was|were|if)\b",
    re.IGNORECASE,
)
_TAG = re.compile(r"(?:\bright|\byeah|\bokay|\bno|\bhuh|isn't it|you know)[?!.\"”]+$", re.IGNORECASE)
_HANDED = re.compile(r"\b(?:you|your|we|why|how|what)\b", re.IGNORECASE)


def highlights(
    verifier: Verifier, worth: NDArray[np.float32], starts: Sequence[int], claims: Sequence[Held], titles: Sequence[str] = ()
) -> list[Point]:
    """The best stretches of 30 to 90 seconds, cut at sentence bounds within a chapter, in order.

    The best of a chapter has its title (`titles`, one for each of `starts`); others the beginning of what is claimed in them.
    None in a transcript without times.
    """
    sentences = verifier.sentences
    if not sentences or sentences[-1].end_s <= SHORTEST_S:
        return []
    ends = [*starts[1:], len(sentences)]
    found: list[tuple[float, Held, int, int]] = []
    for claim in claims:
        chapter = next((first, end) for first, end in zip(starts, ends, strict=True) if first <= claim.place < end)
        stretch = _stretch(claim, chapter, verifier, worth)
        if stretch:
            found.append((stretch[0], claim, stretch[1], stretch[2]))
    chosen: list[tuple[float, Held, int, int]] = []
    for candidate in sorted(found, key=lambda one: -one[0]):
        apart = all(candidate[3] < other[2] or candidate[2] > other[3] for other in chosen)
        crowd = sum(candidate[1].passage == other[1].passage for other in chosen)
        if apart and crowd < 2 and len(chosen) < max(1, min(_HIGHLIGHTS, len(sentences) // 20)):
            chosen.append(candidate)
    named: dict[int, str] = {}
    for _, claim, first, _ in chosen:
        number = sum(start <= first for start in starts) - 1
        title = titles[number] if number < len(titles) else ""
        named[first] = title if title and title not in named.values() else headline(claim.proven.item.text)
    return [_highlight(verifier, *one, named[one[2]]) for one in sorted(chosen, key=lambda one: one[2])]


def _stretch(
    claim: Held, chapter: tuple[int, int], verifier: Verifier, worth: NDArray[np.float32]
) -> tuple[float, int, int] | None:
    """The best run of sentences around a claim: its score, first and last place."""
    sentences = verifier.sentences
    best: tuple[float, int, int] | None = None
    for first in range(max(chapter[0], claim.place - 10), claim.proven.first + 1):
        total = 0.0
        for last in range(first, min(chapter[1], first + 40)):
            if verifier.kinds[last] in UNTOLD | MANNERS:
                break
            total += float(worth[last]) * verifier.lengths[last]
            length = sentences[last].end_s - sentences[first].start_s
            if length > LONGEST_S:
                break
            if last < max(claim.proven.last, claim.place) or length < SHORTEST_S:
                continue
            score = total / sum(verifier.lengths[first : last + 1]) + 0.3 * claim.worth - abs(length - _BEST_S) / 150
            score += 0.25 if stands_alone(sentences[first].text) or verifier.kinds[first] == "question" else 0.0
            score += 0.1 if first and sentences[first].speaker != sentences[first - 1].speaker else 0.0
            score -= 0.2 if verifier.kinds[last] in ("question", "scrap") else 0.0
            if best is None or score > best[0]:
                best = (score, first, last)
    return best


def _highlight(verifier: Verifier, score: float, claim: Held, first: int, last: int, title: str) -> Point:
    whole = verifier.taken(first, last)
    text = claim.proven.item.text
    return Point(text, whole.quote, whole.start_s, whole.end_s, whole.sentences, "highlight", title, score, whole.speaker)


def headline(text: str, most: int = 60) -> str:
    """The beginning of a statement as a title, never cut inside a word."""
    plain = text.strip().rstrip(".!")
    if len(plain) <= most:
        return plain
    return plain[: plain.rfind(" ", 0, most)].rstrip(" ,;:–—") + "…"


def quotes(verifier: Verifier, worth: NDArray[np.float32]) -> list[Point]:
    """Sentences worth repeating, word for word, in order: short, whole, sharp, in the speaker's own voice."""

    def value(place: int) -> float:
        text = verifier.sentences[place].text
        count = len(text.split())
        if verifier.kinds[place] or not 6 <= count <= 34 or _FILLER.search(text) or not text.rstrip("\"'”’").endswith((".", "!")):
            return 0.0
        if place >= 0.97 * len(verifier.sentences) or about_us(text) or _LEANS.search(text):
            return 0.0
        if len(words.stems(text)) < _QUOTE_STEMS:
            return 0.0
        own = 0.2 * bool(re.search(r"\b(?:I|we|my|our)\b", text)) + 0.3 * stands_alone(text)
        return float(worth[place]) * 0.5 + own + 0.35 * min(2, len(_MEMORABLE.findall(text)))

    return _best(verifier, value, _QUOTES, "quote", least=0.95)


def questions(verifier: Verifier, worth: NDArray[np.float32]) -> list[Point]:
    """Questions that were raised, in order: those with a subject, not those asked out of manners."""

    def value(place: int) -> float:
        text = verifier.sentences[place].text
        count = len(text.split())
        if verifier.kinds[place] != "question" or not 6 <= count <= 32 or len(words.stems(text)) < 3:
            return 0.0
        if not _ASKS.search(text) or _TAG.search(text) or about_us(text):
            return 0.0
        near = float(worth[place : place + 4].mean())
        return 0.3 * bool(_HANDED.search(text)) + 0.08 * len(words.stems(text)) + near - 0.3 * len(_FILLER.findall(text))

    return _best(verifier, value, _QUESTIONS, "question", least=0.7)


def _best(verifier: Verifier, value: Callable[[int], float], most: int, kind: str, *, least: float) -> list[Point]:
    scored = [(score, place) for place in range(len(verifier.sentences)) if (score := value(place)) >= least]
    limit = max(1, min(most, len(verifier.sentences) // 25))
    chosen: list[tuple[float, int]] = []
    fifth = max(1, len(verifier.sentences) / 5)
    for score, place in sorted(scored, key=lambda pair: (-pair[0], pair[1])):
        if len(chosen) == limit:
            break
        crowd = sum(int(place / fifth) == int(other / fifth) for _, other in chosen)
        if crowd < max(2, most // 3) and all(float(verifier.vectors[place] @ verifier.vectors[at]) < 0.8 for _, at in chosen):
            chosen.append((score, place))
    found = []
    for score, place in sorted(chosen, key=lambda pair: pair[1]):
        taken = verifier.taken(place, place)
        found.append(Point(taken.text, taken.quote, taken.start_s, taken.end_s, taken.sentences,
                           "question" if kind == "question" else "quote", "", score, taken.speaker))  # fmt: skip
    return found
