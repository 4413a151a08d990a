"""Points that lean on what was said before, once more as sentences that need no other; kept only when they hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from podcli.domain import Point, Sentence
from podcli.pipeline import prompts
from podcli.pipeline.central import stands_alone
from podcli.pipeline.verify import Proven, Verifier, same

if TYPE_CHECKING:
    from podcli.engines.base import Embedder, Writer

_LEANS_ON = re.compile(r"\b(?:he|she|they|his|hers?|its|theirs?|there|then)\b", re.IGNORECASE)
_BEFORE = 4
"""Sentences before a point that the model gets with it: there the names are that "it" and "they" stand for."""


def reworded(
    items: Sequence[Point],
    sentences: Sequence[Sentence],
    writer: Writer,
    embedder: Embedder,
    report: Callable[[int], None] | None = None,
) -> tuple[Point, ...]:
    """`items` (of `sentences`, in order of time), those that lean on others in new words where the model finds some that hold.

    The proof of the new words must contain the sentence they are for; it may begin up to four sentences earlier. An item whose
    new words do not hold, or say what another item says, stays as it was. `report` gets how many are done. Raises ModelError.
    """
    verifier = Verifier(sentences, embedder)
    places = {sentence.number: place for place, sentence in enumerate(sentences)}
    vectors = embedder.embed([item.text for item in items]) if items else ()
    now = [
        Proven(item, places[item.sentences[0]], places[item.sentences[-1]], vector, 1.0)
        for item, vector in zip(items, vectors, strict=True)
    ]
    for number, point in enumerate(now):
        found = _reword(point, verifier, writer) if _leans(point.item.text) else None
        if found and not any(same(found, other) for other in now[:number] + now[number + 1 :]):
            now[number] = found
        if report:
            report(number + 1)
    return tuple(point.item for point in now)


def _leans(text: str) -> bool:
    """Whether words mean something only to who heard what was before; the others are left alone: a question costs seconds."""
    return not stands_alone(text) or text[:1].islower() or bool(_LEANS_ON.search(text))


def _reword(point: Proven, verifier: Verifier, writer: Writer) -> Proven | None:
    around = range(max(0, point.first - _BEFORE), point.last + 1)
    shown = [place for place in around if verifier.kinds[place] not in ("sponsor", "greeting")]
    if not shown:
        return None
    question = prompts.rewording([verifier.sentences[place].text for place in shown])
    answer = writer.write(system=question.system, text=question.text, grammar=question.grammar, max_tokens=question.max_tokens)
    found = verifier.check(answer.text.strip(), [point.last], around) if answer.stopped else None
    # Words that hold for a neighbour are about something else than what was chosen.
    if isinstance(found, Proven) and found.item.kind == "claim" and found.first <= point.last <= found.last:
        return found
    return None
