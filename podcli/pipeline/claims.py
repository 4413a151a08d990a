"""Asking the model about a passage, and which of its answers hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from podcli.pipeline import prompts
from podcli.pipeline.central import stands_alone
from podcli.pipeline.passages import Passage
from podcli.pipeline.verify import LEAD, Proven, Reason, Verifier, same

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from podcli.engines.base import Writer

_SHORTEST, _LONGEST = 8, 32
"""Words of a sentence that is told as it was said."""
_FILLERS = re.compile(
    r",?\s*\b(?:you know|i mean|kind of|sort of|or whatever|and stuff(?: like that)?|and things like that|i guess|um+|uh+)\b,?"
    r"|(?<=[a-z]),? like,(?= )|\b(?:really|basically|literally|actually|just)\b(?= )|, right(?=[,.])",
    re.IGNORECASE,
)
_DANGLES = re.compile(
    r"\b(?:you|I|we|my|our|your|it's|that's|this|these|those|he|she|they)\b.*\b(?:it|that|this|them|there)\b"
    r"|\b(?:it|this|that) (?:was|is|were)\b|\bit's\b|\bthat's\b",
    re.IGNORECASE,
)
"""What leans on what was said before."""
SURE = 0.9
"""Of a claim's words, the share in its proof from which on the model need not be asked whether the lines say so."""
_DOUBT = 0.5
"""The probability of "yes" below which a borderline claim is dropped."""
_ASK = "\n\nSomebody writes: {claim}\n\nIs that what the lines say? Answer yes or no:"
ROOM = 420
"""Tokens a passage leaves for the longest question about it and the answer."""

Answers = Mapping[str, str]
"""What was answered about one passage, by the names of the questions."""


@dataclass(frozen=True, slots=True)
class Held:
    """A claim that holds: `place` is the sentence it words, `passage` the number of its passage, `worth` how much it matters."""

    proven: Proven
    place: int
    passage: int
    worth: float


def ask(passage: Passage, verifier: Verifier, writer: Writer, known: Answers, keep: Callable[[str, str], None]) -> dict[str, str]:
    """Every answer about a passage: those `known` from before, and new ones, each handed to `keep` as soon as it is there.

    An answer that was cut off is asked for once more in fewer words; when that is cut off too it stays empty. Raises ModelError.
    """
    answers = dict(known)
    text = passage.text(verifier.sentences)

    def answer(question: prompts.Question, shorter: prompts.Question | None) -> str:
        if question.name not in answers:
            said = whole_answer(writer, text, question) or (whole_answer(writer, text, shorter) if shorter else "")
            answers[question.name] = said
            keep(question.name, said)
        return answers[question.name]

    for place in passage.points:
        line = verifier.sentences[place].text
        number = passage.lines.index(place) + 1
        about = verifier.sentences[place].number
        said = answer(prompts.wording(number, line, about=about), prompts.wording(number, line, about=about, short=True))
        found = verifier.check(said, [place], range(passage.first, passage.last + 1)) if said else "no statement"
        name = f"sure:{about}"
        if isinstance(found, Proven) and found.item.kind == "claim" and found.share < SURE and name not in answers:
            yes = writer.likelihood(system=prompts.SYSTEM, text=text, question=_ASK.format(claim=found.item.text))[0]
            answers[name] = f"{yes:.3f}"
            keep(name, answers[name])
    answer(prompts.title(), None)
    answer(prompts.gist(), None)
    return answers


def whole_answer(writer: Writer, text: str, question: prompts.Question) -> str:
    """The answer, or '' when it was cut off."""
    written = writer.write(
        system=prompts.SYSTEM, text=text, question=question.question, grammar=question.grammar, max_tokens=question.max_tokens
    )
    return written.text if written.stopped else ""


def held(
    verifier: Verifier, worth: NDArray[np.float32], read: list[tuple[Passage, Answers]]
) -> tuple[list[Held], Counter[Reason]]:
    """The claims that hold, without duplicates, in order of time; and why the others were dropped."""
    kept: list[Held] = []
    dropped: Counter[Reason] = Counter()
    for number, (passage, answers) in enumerate(read):
        for place in passage.points:
            found = _checked(verifier, passage, answers, place)
            if found is None:
                continue
            if isinstance(found, str):
                dropped[found] += 1
                found = tidied(verifier, place)
            if found is None:
                continue
            value = float(worth[found.first : found.last + 1].max())
            claim = Held(found, place, number, value + 0.3 * (found.item.kind == "claim"))
            twin = next((other for other in kept if same(found, other.proven)), None)
            if twin is not None:
                dropped["duplicate"] += 1
                if twin.worth >= claim.worth:
                    continue
                kept.remove(twin)
            kept.append(claim)
    return sorted(kept, key=lambda claim: claim.proven.first), dropped


def tidied(verifier: Verifier, place: int) -> Proven | None:
    """A sentence as it was said, without its fillers, where no wording of it holds; None when it does not stand alone."""
    sentence = verifier.sentences[place]
    text = _FILLERS.sub(" ", LEAD.sub("", sentence.text))
    text = re.sub(r"\s+([,.;:!?])", r"\1", re.sub(r"(?:,\s*)+,", ",", " ".join(text.split()))).strip(" ,")
    text = LEAD.sub("", text)
    text = text[:1].upper() + text[1:]
    if (
        sentence.text[:1].islower()
        or not stands_alone(text)
        or not _SHORTEST <= len(text.split()) <= _LONGEST
        or _DANGLES.search(text)
    ):
        return None
    return Proven(verifier.taken(place, place, text), place, place, verifier.vectors[place], 1.0)


def _checked(verifier: Verifier, passage: Passage, answers: Answers, place: int) -> Proven | Reason | None:
    about = verifier.sentences[place].number
    said = answers.get(f"point:{about}")
    if said is None:
        return None
    if not said:
        return "cut off"
    found = verifier.check(said, [place], range(passage.first, passage.last + 1))
    if isinstance(found, Proven) and float(answers.get(f"sure:{about}", "1")) < _DOUBT:
        return "doubtful"
    return found


def numbered_answers(readings: Mapping[tuple[int, int, str], str], passage: Passage, verifier: Verifier) -> dict[str, str]:
    """Of stored readings (by sentence numbers), those of `passage`."""
    place = identity(passage, verifier)
    return {question: answer for (first, last, question), answer in readings.items() if (first, last) == place}


def identity(passage: Passage, verifier: Verifier) -> tuple[int, int]:
    """The numbers of a passage's first and last sentence: what its answers are kept under."""
    return verifier.sentences[passage.first].number, verifier.sentences[passage.last].number
