"""Each chosen point once more, as a sentence that needs no other; kept only when it holds against what was said there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from podcli.domain import Sentence, Takeaway
from podcli.pipeline import prompts
from podcli.pipeline.verify import Proven, Verifier, same

if TYPE_CHECKING:
    from podcli.engines.base import Embedder, Writer

_BEFORE = 4
"""Sentences before a point that the model gets with it: there the names are that "it" and "they" stand for."""


def reworded(
    items: Sequence[Takeaway],
    sentences: Sequence[Sentence],
    writer: Writer,
    embedder: Embedder,
    report: Callable[[int], None] | None = None,
) -> tuple[Takeaway, ...]:
    """`items` (of `sentences`, in order of time), each in words of its own where the model finds some that hold.

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
        found = _reword(point, verifier, writer)
        if found and not any(same(found, other) for other in now[:number] + now[number + 1 :]):
            now[number] = found
        if report:
            report(number + 1)
    return tuple(point.item for point in now)


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
