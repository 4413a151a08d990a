"""Takeaways: windows of sentences are read by the model one by one, its claims verified, the best of them chosen."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from podcli.domain import Point, Sentence
from podcli.pipeline import boilerplate, prompts
from podcli.pipeline.central import central, centrality, stands_alone, telling
from podcli.pipeline.verify import Proven, Reason, Verifier, same

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from podcli.engines.base import Embedder, Writer

_CLAIMS = 2
"""Asked for per window; three when the whole talk is one window. With more, small models repeat themselves."""
_SMALLEST, _LARGEST, _WINDOWS = 220, 1400, 24
"""Tokens of a window: small ones are cited right, large ones cost less. Talks of hours have about `_WINDOWS` of them."""
_MOST_LINES = 40
_ENOUGH = 0.75
"""Of the wanted takeaways, how many claims must survive before the gaps are left alone."""


@dataclass(frozen=True, slots=True)
class Window:
    """Sentences `first` to `last` (their numbers). The model sees `lines` of them, numbered from 1, and is asked for `claims`."""

    first: int
    last: int
    lines: tuple[Sentence, ...]
    claims: int = _CLAIMS


@dataclass(frozen=True, slots=True)
class Outcome:
    """What survived, in order of time; `notice` is a sentence for the listener when something is to be said about it."""

    items: tuple[Point, ...]
    notice: str = ""
    asked: int = 0
    """Claims the model made."""
    dropped: Counter[Reason] = field(default_factory=Counter)
    quotes: int = 0
    """Of `items`, those that fill up for claims that did not hold: central sentences; in a summary, takeaways as they are."""


def plan_windows(sentences: Sequence[Sentence], writer: Writer) -> list[Window]:
    """Windows of about equal size that cover all sentences in order. Sponsor messages, greetings and scraps are not shown."""
    shown = [not kind or kind == "question" for kind in boilerplate.kinds(sentences)]
    sizes = [
        writer.count(prompts.numbered(10, sentence.text)) + 1 if show else 0
        for show, sentence in zip(shown, sentences, strict=True)
    ]
    most = max(64, writer.context_tokens - 260 - 90 * (_CLAIMS + 1) - writer.count(prompts.reading([], _CLAIMS).system))
    limit = min(most, max(_SMALLEST, min(_LARGEST, math.ceil(sum(sizes) / _WINDOWS))))
    parts = max(math.ceil(sum(sizes) / limit), math.ceil(sum(shown) / _MOST_LINES) if limit <= 2 * _SMALLEST else 1, 1)
    target = min(limit, sum(sizes) / parts)
    windows: list[tuple[int, int]] = []
    start, held = 0, 0
    for place, size in enumerate(sizes):
        if held and (held + size > limit or held + size / 2 > target):
            windows.append((start, place))
            start, held = place, 0
        held += size
    if sentences:
        windows.append((start, len(sentences)))
    claims = _CLAIMS + (len(windows) == 1)
    return [_window(sentences, shown, begin, end, claims) for begin, end in windows]


def _window(sentences: Sequence[Sentence], shown: Sequence[bool], begin: int, end: int, claims: int) -> Window:
    lines = tuple(sentences[place] for place in range(begin, end) if shown[place])
    return Window(sentences[begin].number, sentences[end - 1].number, lines, min(claims, len(lines)))


def ask(window: Window, writer: Writer) -> str:
    """The model's answer to a window, as it is; '' when there is nothing to show. Raises ModelError."""
    if not window.lines:
        return ""
    question = prompts.reading([sentence.text for sentence in window.lines], window.claims)
    return writer.write(system=question.system, text=question.text, grammar=question.grammar, max_tokens=question.max_tokens).text


def takeaways(sentences: Sequence[Sentence], answers: Sequence[tuple[Window, str]], embedder: Embedder) -> Outcome:
    """Takeaways from the answers of a transcript's windows: verified, the best and best spread chosen, in order of time.

    When too few claims hold, the most central sentences fill up as quotes, and the notice says so.
    """
    if not sentences:
        return Outcome((), "Nothing was said in this episode, so there is nothing to take away.")
    verifier = Verifier(sentences, embedder)
    held, asked, dropped = verified(verifier, answers)
    wanted = how_many(sentences)
    chosen = _choose(held, verifier, wanted)
    spots = {place for proven in chosen for place in range(proven.first, proven.last + 1)}
    fill = central(verifier, wanted - len(chosen), taken=spots) if len(chosen) < _ENOUGH * wanted else []
    placed = [(proven.first, proven.item) for proven in chosen] + [(place, verifier.taken(place, place)) for place in fill]
    items = tuple(item for _, item in sorted(placed, key=lambda pair: pair[0]))
    return Outcome(items, _notice(len(chosen), len(fill)), asked, dropped, len(fill))


def verified(verifier: Verifier, answers: Sequence[tuple[Window, str]]) -> tuple[list[Proven], int, Counter[Reason]]:
    """The claims of `answers` that hold, without duplicates; how many there were; and why the others were dropped."""
    places = {sentence.number: place for place, sentence in enumerate(verifier.sentences)}
    held: list[Proven] = []
    dropped: Counter[Reason] = Counter()
    asked = 0
    for window, answer in answers:
        span = range(places[window.first], places[window.last] + 1)
        for claim in prompts.parse(answer):
            asked += 1
            cited = [places[window.lines[line - 1].number] for line in claim.lines if 1 <= line <= len(window.lines)]
            found = verifier.check(claim.text, cited, span)
            if isinstance(found, str):
                dropped[found] += 1
            elif any(same(found, other) for other in held):
                dropped["duplicate"] += 1
            else:
                held.append(found)
    return held, asked, dropped


def how_many(sentences: Sequence[Sentence]) -> int:
    """Takeaways an episode deserves: 3 for a minute of talk, 6 for five, 12 for an hour and more; never more than sentences.

    Talk is measured in words (150 a minute, or 350 characters where words are not spaced), not in time: music says nothing.
    """
    minutes = sum(max(len(sentence.text.split()) / 150, _unspaced(sentence.text) / 350) for sentence in sentences)
    return max(1, min(12, len(sentences), round(1.8 * math.log2(minutes + 1) + 1.2)))


def _unspaced(text: str) -> int:
    return sum(char >= "\u2e80" for char in text)


def _choose(held: list[Proven], verifier: Verifier, wanted: int) -> list[Proven]:
    """The most important claims (central, with numbers and names), spread over meaning and time."""
    if len(held) <= wanted:
        return list(held)
    common = centrality(verifier.vectors)
    fifth = len(verifier.sentences) / 5
    worth = {id(proven): _worth(proven, common) for proven in held}
    chosen: list[Proven] = []
    left = list(held)
    while left and len(chosen) < wanted:

        def value(proven: Proven) -> float:
            crowd = sum(int(proven.first / fifth) == int(other.first / fifth) for other in chosen)
            alike = max((float(proven.vector @ other.vector) for other in chosen), default=0.0)
            return worth[id(proven)] - 0.5 * max(0.0, alike) - 0.15 * crowd

        best = max(left, key=value)
        left.remove(best)
        chosen.append(best)
    return chosen


def _worth(proven: Proven, common: NDArray[np.float32]) -> float:
    """How much a claim matters: central, with numbers and names, said in these words, complete without what was before."""
    text = proven.item.text
    return float(common[proven.first : proven.last + 1].mean()) + telling(text) + 0.2 * proven.share + 0.2 * stands_alone(text)


def _notice(claims: int, quotes: int) -> str:
    if not quotes:
        return "" if claims else "Nothing was said that could be quoted."
    if not claims:
        return "None of the model's points could be checked against the words; these are the episode's most central sentences."
    held = "Only one of the model's points" if claims == 1 else f"Only {claims} of the model's points"
    more = (
        "a central sentence of the episode follows as a quote"
        if quotes == 1
        else f"{quotes} central sentences of the episode fill up, as quotes"
    )
    return f"{held} could be checked against the words; {more}."
