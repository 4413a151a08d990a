"""From what was read to what is shown: every kind of insight, made of claims that hold. Pure: the same answers give the same."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from podcli.domain import Chapter, InsightKind, Point
from podcli.pipeline import mentions, moments
from podcli.pipeline.central import central, leans, stands_alone
from podcli.pipeline.claims import BOUNDS, Answers, Held, held, tidied
from podcli.pipeline.lengths import SUMMARY_WORDS
from podcli.pipeline.naming import titled
from podcli.pipeline.passages import Passage, takeaways_wanted
from podcli.pipeline.salience import ABOUT_US, about_us
from podcli.pipeline.support import gathered
from podcli.pipeline.verify import Proven, Reason, Verifier

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Material:
    """What everything is made from. `chapters` are the publisher's, when there are any; `starts` the first places of chapters."""

    verifier: Verifier
    worth: NDArray[np.float32]
    starts: Sequence[int]
    chapters: Sequence[Chapter] = ()


@dataclass(frozen=True, slots=True)
class Findings:
    """The points of each kind, what is to be said about them, and why claims were dropped."""

    points: Mapping[InsightKind, tuple[Point, ...]]
    notice: str = ""
    asked: int = 0
    dropped: Counter[Reason] = field(default_factory=Counter)


def findings(
    material: Material, read: list[tuple[Passage, Answers]], whole: Answers, *, only: Collection[InsightKind] = ()
) -> Findings:
    """Everything, from the answers about each passage and those about the `whole` episode (``about``, ``name:…``).

    With `only` just those kinds.
    """
    verifier, worth = material.verifier, material.worth
    if all(kind == "sound" for kind in verifier.kinds):
        return Findings({}, "Nothing was said in this episode, so there is nothing to take away.")
    claims, dropped = held(verifier, worth, read)
    chosen = choose(claims, verifier, takeaways_wanted(verifier.sentences))
    chosen = spread(chosen, claims, verifier, worth)
    shown, notice = _filled(chosen, verifier, worth)
    chapters = functools.cache(lambda: _chapters(material, read, claims))
    make: dict[InsightKind, Callable[[], Iterable[Point]]] = {
        "takeaways": lambda: sorted(shown, key=lambda point: -point.score),
        "summary": lambda: summary(claims, verifier) or sorted(shown, key=lambda point: point.start_s),
        "gist": lambda: episode_gist(_told(whole), claims, verifier) or shown[:1],
        "chapters": chapters,
        "highlights": lambda: moments.highlights(
            verifier, worth, material.starts, claims, [chapter.title for chapter in chapters()]
        ),
        "quotes": lambda: moments.quotes(verifier, worth),
        "questions": lambda: moments.questions(verifier, worth),
        "mentions": lambda: mentions.mentions(verifier, mentions.names(verifier), whole),
    }
    points = {kind: tuple(made()) for kind, made in make.items() if not only or kind in only}
    asked = sum(1 for _, answers in read for name in answers if name.startswith(("point:", "again:")))
    return Findings(points, notice, asked, dropped)


def _told(whole: Answers) -> str:
    """What the model said the episode is about, if it stands by it."""
    return whole.get("about", "") if float(whole.get(BELIEF, "1")) >= BOUNDS.sure else ""


def choose(claims: Sequence[Held], verifier: Verifier, wanted: int) -> list[Held]:
    """The claims that matter most, spread over meaning (MMR) and over the fifths of the episode."""
    fifth = len(verifier.sentences) / 5
    chosen: list[Held] = []
    left = list(claims)

    def value(claim: Held) -> float:
        crowd = sum(int(claim.place / fifth) == int(other.place / fifth) for other in chosen)
        alike = max((float(claim.proven.vector @ other.proven.vector) for other in chosen), default=0.0)
        return _weight(claim) - 0.6 * max(0.0, alike) - 0.3 * crowd

    while left and len(chosen) < wanted:
        best = max(left, key=value)
        left.remove(best)
        chosen.append(best)
    return chosen


def spread(chosen: Sequence[Held], claims: Sequence[Held], verifier: Verifier, worth: NDArray[np.float32]) -> list[Held]:
    """`chosen` with every fifth of the episode in it that has anything to tell, for the least of a fifth with several.

    Where no claim of a fifth holds, its best sentence that stands alone is told as it was said.
    """
    fifth = len(verifier.sentences) / 5
    result = list(chosen)
    for wanted in range(5) if takeaways_wanted(verifier.sentences) >= _FEWEST else ():
        counts = Counter(int(claim.place / fifth) for claim in result)
        if counts[wanted]:
            continue
        best = max((claim for claim in claims if int(claim.place / fifth) == wanted), key=_weight, default=None)
        best = best or _said(range(int(wanted * fifth), int((wanted + 1) * fifth)), verifier, worth)
        least = min((claim for claim in result if counts[int(claim.place / fifth)] > 1), key=_weight, default=None)
        if best and len(result) < _FEWEST:
            result.append(best)
        elif best and least:
            result[result.index(least)] = best
    return result


def _said(places: range, verifier: Verifier, worth: NDArray[np.float32]) -> Held | None:
    """The sentence of `places` that matters most, of those that can be told as they were said; else that stand alone."""
    best = [place for place in sorted(places, key=lambda place: -float(worth[place]))[:40] if not verifier.kinds[place]]
    for place in best:
        if (proven := tidied(verifier, place)) is not None:
            return Held(proven, place, -1, float(worth[place]))
    whole = [place for place in best if stands_alone(verifier.sentences[place].text) and len(verifier.stems(place)) >= _STEMS]
    if not whole:
        return None
    place = min(whole, key=lambda place: _poor(verifier.sentences[place].text))
    return Held(Proven(verifier.taken(place, place), place, place, verifier.vectors[place], 1.0), place, -1, float(worth[place]))


def _poor(text: str) -> bool:
    """Whether a sentence that stands alone is about the talk, or leans on others."""
    return about_us(text) or leans(text)


def _weight(claim: Held) -> float:
    text = claim.proven.item.text
    housekeeping = len(ABOUT_US.findall(f"{text} {claim.proven.item.quote}"))
    value = claim.worth + 0.2 * claim.proven.share + 0.25 * stands_alone(text)
    value -= 0.3 * min(3, housekeeping) + 0.3 * bool(re.match(r"(?:I|We|You|If you)\b", text))
    return value - 0.2 * bool(_SOMEBODY.search(text))


def _filled(chosen: Sequence[Held], verifier: Verifier, worth: NDArray[np.float32]) -> tuple[list[Point], str]:
    """Takeaways with their scores; where too few claims hold, the most central sentences as quotes, and a notice that says so."""
    points = [_scored(claim.proven.item, _weight(claim)) for claim in chosen]
    wanted = takeaways_wanted(verifier.sentences)
    least = min(_FEWEST, wanted)
    if len(points) >= least:
        return points, ""
    taken = {place for claim in chosen for place in range(claim.proven.first, claim.proven.last + 1)}
    poor = {place for place, sentence in enumerate(verifier.sentences) if _poor(sentence.text)}
    fill = central(verifier, least - len(points), taken=taken | poor)
    fill += central(verifier, least - len(points) - len(fill), taken=taken | {*fill})
    points += [_scored(verifier.taken(place, place), 0.5 * float(worth[place])) for place in fill]
    if not points:
        return [], "Nothing was said that could be quoted."
    return points, "" if not fill else _notice(len(chosen), len(fill))


def _scored(point: Point, score: float) -> Point:
    return replace(point, score=score)


def _notice(claims: int, quotes: int) -> str:
    if not claims:
        return "None of the model's points could be checked against the words; these are the episode's most central sentences."
    held_up = "Only one of the model's points" if claims == 1 else f"Only {claims} of the model's points"
    more = "a central sentence of the episode follows" if quotes == 1 else f"{quotes} central sentences of the episode follow"
    return f"{held_up} could be checked against the words; {more} as {'a quote' if quotes == 1 else 'quotes'}."


def summary(claims: Sequence[Held], verifier: Verifier) -> list[Point]:
    """Claims for the longest summary, in order of time; their scores tell `shorten` which to leave out."""
    ranked: list[Held] = []
    left = [claim for claim in claims if claim.proven.item.kind == "claim"] or list(claims)
    passages = {claim.passage for claim in left}
    spoken = 0
    while left and spoken < SUMMARY_WORDS["long"]:

        def value(claim: Held) -> float:
            told = sum(claim.passage == other.passage for other in ranked)
            alike = max((float(claim.proven.vector @ other.proven.vector) for other in ranked), default=0.0)
            return _weight(claim) - 0.7 * told * min(4, len(passages)) / 4 - 0.5 * max(0.0, alike)

        best = max(left, key=value)
        left.remove(best)
        ranked.append(best)
        spoken += len(best.proven.item.text.split())
    points = [_scored(claim.proven.item, 1 - rank / max(1, len(ranked))) for rank, claim in enumerate(ranked)]
    return sorted(points, key=lambda point: point.start_s)


def episode_gist(said: str, claims: Sequence[Held], verifier: Verifier) -> list[Point]:
    """One sentence on the episode: the model's when it holds where one of the best claims was said, else one that is near all.

    What is told in the first minutes is most often what the episode is about.
    """
    best = sorted(claims, key=lambda claim: -_weight(claim))[:GIST_FROM]
    for claim in best if said else ():
        near = range(max(0, claim.proven.first - _AROUND), min(len(verifier.sentences), claim.proven.last + _AROUND + 1))
        if isinstance(found := gathered(verifier, said, near), Proven):
            return [_scored(found.item, 1.0)]
    short = [claim for claim in claims if len(claim.proven.item.text.split()) <= _GIST_WORDS]
    told = [claim for claim in short if claim.proven.item.kind == "claim"] or short
    everything = verifier.together([place for place, kind in enumerate(verifier.kinds) if not kind] or range(len(verifier.kinds)))

    def near_all(claim: Held) -> float:
        item = claim.proven.item
        begins = claim.place < _FIRST_PART * len(verifier.sentences) and item.start_s < _FIRST_S
        value = _weight(claim) + _NEAR_ALL * float(claim.proven.vector @ everything) + _BEGINS * begins
        return value - _NOBODY * bool(_UNNAMED.search(item.text))

    return [_scored(max(told, key=near_all).proven.item, 1.0)] if told else []


_SOMEBODY = re.compile(r"\b(?:[Tt]he (?:speaker|author|host|guest|lines)|I|[Mm]y|[Ww]e|[Oo]ur|you)\b")
"""Who is not named."""
BELIEF = "about:sure"
"""What it is kept under how sure the model is of its gist."""
GIST_FROM = 8
"""Claims a gist is made from."""
_AROUND, _GIST_WORDS = 5, 32
_NEAR_ALL = 4.0
"""What likeness to everything that was said is worth in a gist, beside how much a claim matters."""
_UNNAMED = re.compile(r"\b(?:[Tt]he (?:speaker|author|host|guest|company|team|tool)s?|I|We|My|Our|He|She|They)\b")
"""Whose subject a stranger cannot know: no gist, if there is another."""
_BEGINS, _FIRST_S, _FIRST_PART = 0.9, 240.0, 0.2
"""And what it is worth to be said in the first four minutes of an episode, and its first fifth."""
_NOBODY = 0.7
"""What it costs a gist not to name who is meant."""
_STEMS, _FEWEST = 4, 5
"""Content words a sentence must have to be told, and takeaways an episode of two minutes or more has."""


def _chapters(material: Material, read: Sequence[tuple[Passage, Answers]], claims: Sequence[Held]) -> list[Point]:
    """Chapters with titles and gists. The publisher's titles always win."""
    verifier = material.verifier
    sentences = verifier.sentences
    ends = [*material.starts[1:], len(sentences)]
    by_first = {passage.first: (number, answers) for number, (passage, answers) in enumerate(read)}
    points: list[Point] = []
    for index, (first, end) in enumerate(zip(material.starts, ends, strict=True)):
        number, answers = by_first.get(first, (-1, {}))
        mine = sorted((claim for claim in claims if claim.passage == number), key=lambda claim: -_weight(claim))
        gist = next((claim.proven.item for claim in mine), None)
        given = material.chapters[index].title if index < len(material.chapters) else ""
        title = given or titled(answers.get("title", ""), range(first, end), verifier, [point.title for point in points])
        begin_s, end_s = sentences[first].start_s, sentences[end].start_s if end < len(sentences) else sentences[-1].end_s
        told = (gist.text, gist.quote, gist.sentences) if gist else ("", "", ())
        points.append(Point(told[0], told[1], begin_s, max(begin_s, end_s), told[2], "chapter", title))
    return points
