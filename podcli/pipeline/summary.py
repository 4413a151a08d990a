"""A summary: the model retells the verified takeaways, and every sentence of it is verified again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from podcli.domain import Point, Sentence
from podcli.pipeline import prompts
from podcli.pipeline.takeaways import Outcome
from podcli.pipeline.verify import Proven, Reason, Verifier, same

if TYPE_CHECKING:
    from podcli.engines.base import Embedder, Writer

_WORDS = 130
"""Roughly how long a summary gets."""


def summary(sentences: Sequence[Sentence], items: Sequence[Point], writer: Writer, embedder: Embedder) -> Outcome:
    """Sentences that retell `items` (verified takeaways of `sentences`), each with its quote and times, in order of time.

    A sentence must hold against the quote of the takeaway it retells. A takeaway that no sentence retells is told in its own
    verified words; the notice says so when that is all of them. Raises ModelError.
    """
    if not items:
        return Outcome((), "There are no takeaways to write a summary from.")
    told = _told(items)
    points = [item.text for item in told]
    while True:
        question = prompts.summing_up(points, len(points))
        room = writer.context_tokens - writer.count(question.system) - writer.count(question.text) - 60
        if room >= question.max_tokens or len(points) == 1:
            break
        points.pop()
    answer = writer.write(
        system=question.system, text=question.text, grammar=question.grammar, max_tokens=min(question.max_tokens, max(16, room))
    ).text
    verifier = Verifier(sentences, embedder)
    dropped = Outcome(()).dropped
    written: dict[int, Proven] = {}
    claims = prompts.parse(answer)
    for claim in claims:
        found = _check(claim, told, verifier)
        if isinstance(found, str):
            dropped[found] += 1
            continue
        number, proven = found
        if number in written or any(same(proven, other) for other in written.values()):
            dropped["duplicate"] += 1
            continue
        written[number] = proven
    result = tuple(written[number].item if number in written else item for number, item in enumerate(told))
    notice = "" if written else "The model's summary could not be checked against the words, so this is what the takeaways say."
    return Outcome(result, notice, len(claims), dropped, len(told) - len(written))


def _check(claim: prompts.Claim, told: Sequence[Point], verifier: Verifier) -> tuple[int, Proven] | Reason:
    """Which takeaway (its place) a sentence retells, with the proof; or why it retells none."""
    reason: Reason = "no such line"
    for line in claim.lines:
        if not 1 <= line <= len(told):
            continue
        numbers = told[line - 1].sentences
        places = range(numbers[0] - 1, numbers[-1])
        found = verifier.check(claim.text, list(places), places)
        if not isinstance(found, str):
            return line - 1, found
        reason = found
    return reason


def _told(items: Sequence[Point]) -> list[Point]:
    """As many takeaways as a summary of `_WORDS` words holds, spread over the episode, at least three."""
    average = sum(max(len(item.text.split()), len(item.text) / 12) for item in items) / len(items)
    count = min(len(items), max(3, int(_WORDS / max(1.0, average))))
    if count == len(items):
        return list(items)
    return [items[round(place * (len(items) - 1) / (count - 1))] for place in range(count)]
