"""Sponsor messages that announce themselves nowhere: suspected by an offer ("go to …", "free trial"), confirmed by the model.

Asked about any passage, a small model is no judge (it says yes to a third of them); asked about one that makes an offer, it is.
Precision first: what is in doubt is content.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from podcli.domain import Sentence
from podcli.pipeline import prompts
from podcli.pipeline.boilerplate import UNTOLD, Kind, offers

if TYPE_CHECKING:
    from podcli.engines.base import Writer

_ASK = "\n\nIs this an advertisement, read out for a sponsor who pays for the podcast? Answer yes or no:"
_SURE = 0.7
"""Probability of "yes" from which on a suspect is a sponsor message. Real ones got 0.65 to 0.89, other talk 0.31 to 0.68."""
_AROUND, _APART, _MOST = 3, 5, 12


def suspects(sentences: Sequence[Sentence], kinds: Sequence[Kind]) -> list[range]:
    """Stretches with an offer in them that are not masked yet, neighbouring ones in one; at most a dozen, in order."""
    found: list[range] = []
    for place, sentence in enumerate(sentences):
        if kinds[place] in UNTOLD or not offers(sentence.text):
            continue
        if found and place - found[-1].stop < _APART:
            found[-1] = range(found[-1].start, place + 1)
        else:
            found.append(range(place, place + 1))
    return found[:_MOST]


def confirmed(
    sentences: Sequence[Sentence], kinds: Sequence[Kind], writer: Writer, known: dict[str, str], keep: Callable[[str, str], None]
) -> set[int]:
    """The places of suspects the model takes for sponsor messages, each with one sentence before it. Raises ModelError."""
    places: set[int] = set()
    for suspect in suspects(sentences, kinds):
        name = f"ad:{sentences[suspect.start].number}"
        if name not in known:
            around = range(max(0, suspect.start - _AROUND), min(len(sentences), suspect.stop + _AROUND))
            text = prompts.passage([sentences[place].text for place in around][:14])
            known[name] = f"{writer.likelihood(system=prompts.SYSTEM, text=text, question=_ASK)[0]:.3f}"
            keep(name, known[name])
        if float(known[name]) >= _SURE:
            places.update(range(max(0, suspect.start - 1), suspect.stop))
    return places
