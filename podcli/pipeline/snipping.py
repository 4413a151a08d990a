"""Where a thought begins and ends around the moment a listener pressed the key. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from podcli.domain import Sentence, Span
from podcli.pipeline.central import stands_alone

BACK_S = 45.0
"""So much before the key is meant, as a rule."""
LONGEST_S = 180.0
"""A snip is no longer, however long the sentences are, unless more was asked for."""
_EARLIER_S, _LATER_S = 25.0, 15.0
"""How far a beginning may lie before and after the second that was meant."""
_AFTER_S = 12.0
"""A sentence that ends this soon after the key is heard to its end."""
_REACTION_S = 2.0
"""A sentence that had begun this shortly before the key was not meant."""
_PAUSE_S = 0.7


def bounds(said: Sequence[Sentence], at_s: float, back_s: float = BACK_S) -> tuple[int, int] | None:
    """The first and last of `said` (in order of time) to keep when the key was pressed at second `at_s`; None when there is
    nothing about there.

    It begins where a sentence does that needs none before it, best after a pause or with another speaker, about `back_s` before
    the key; it ends with the sentence that was being said.
    """
    ends = [n for n, each in enumerate(said) if each.start_s <= at_s - _REACTION_S or (n == 0 and each.start_s <= at_s)]
    if not ends or at_s - said[ends[-1]].end_s > max(back_s, BACK_S):
        return None
    last = ends[-1]
    while last > 0 and said[last].end_s > at_s + _AFTER_S and said[last - 1].end_s > at_s - back_s:
        last -= 1  # it goes on far beyond the key: the one before was meant
    meant = at_s - back_s
    begins = [n for n in range(last + 1) if meant - _EARLIER_S <= said[n].start_s <= meant + _LATER_S]
    if begins:
        return max(begins, key=lambda n: _begins(said, n, meant)), last
    return max(0, next((n for n in range(last + 1) if said[n].end_s > meant), last)), last


def _begins(said: Sequence[Sentence], place: int, meant_s: float) -> float:
    """How well a snip begins here."""
    each = said[place]
    value = -abs(each.start_s - meant_s) / 20
    if place == 0:
        return value + 1.0
    before = said[place - 1]
    value += min(1.0, max(0.0, each.start_s - before.end_s) / _PAUSE_S) * 0.5
    value += 0.7 if each.speaker != before.speaker else 0.0
    return value - (0.0 if stands_alone(each.text) else 0.6) - (0.0 if before.text.rstrip()[-1:] in ".!?…。！？" else 0.8)


def stretch(said: Sequence[Sentence], at_s: float, back_s: float = BACK_S) -> Span | None:
    """From where to where to keep (seconds): that of `bounds`, which ends with the sentence that was being said. It is no longer
    than three minutes, or than was asked for with room for whole sentences: what is too much goes at the beginning."""
    found = bounds(said, at_s, back_s)
    if found is None:
        return None
    first, last = found
    longest = max(LONGEST_S, back_s + _EARLIER_S + _AFTER_S)
    while first < last and said[last].end_s - said[first].start_s > longest:
        first += 1
    start_s, end_s = said[first].start_s, said[last].end_s
    if end_s - start_s > longest:  # one sentence without end: the clock cuts it, around the key
        end_s = max(start_s, min(end_s, at_s + _AFTER_S))
        start_s = max(start_s, end_s - longest)
    return start_s, end_s


def moved(said: Sequence[Sentence], kept: Span, *, begin: int = 0, end: int = 0) -> Span:
    """`kept` with its beginning and end moved by so many sentences: negative is earlier. It keeps one sentence at least."""
    inside = [n for n, each in enumerate(said) if each.start_s < kept[1] - 0.05 and each.end_s > kept[0] + 0.05]
    if not inside:
        return kept
    first, last = (min(max(0, at), len(said) - 1) for at in (inside[0] + begin, inside[-1] + end))
    if first > last:
        first = last = last if begin > 0 else first
    return said[first].start_s, said[last].end_s


def within(said: Sequence[Sentence], kept: Span) -> tuple[str, str]:
    """What is said in a stretch, and who says it when it is one person."""
    inside = [each for each in said if each.start_s < kept[1] - 0.05 and each.end_s > kept[0] + 0.05]
    speakers = {each.speaker for each in inside}
    return " ".join(each.text for each in inside), speakers.pop() if len(speakers) == 1 else ""
