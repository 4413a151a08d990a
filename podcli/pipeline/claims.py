"""Asking the model about a passage, and which of its answers hold."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from podcli.pipeline import prompts
from podcli.pipeline.central import stands_alone, telling
from podcli.pipeline.passages import Passage
from podcli.pipeline.salience import ABOUT_US
from podcli.pipeline.support import gathered
from podcli.pipeline.tasks import task_of
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
_DOUBT = 0.6
"""The probability of "yes" below which a borderline claim is dropped."""
_ASK = "\n\nSomebody writes: {claim}\n\nIs that what the lines say? Answer yes or no:"
_WORDED = 0.5
"""What a claim that the model worded is worth more than a line as it was said."""
_STEMS = 4
"""Content words a line must have to be told."""
_NOTES = 4
"""Sentences a title is asked about."""
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


def ask(
    passage: Passage,
    verifier: Verifier,
    writer: Writer,
    known: Answers,
    keep: Callable[[str, str], None],
    after: Callable[[Answers], None] = lambda answers: None,
) -> dict[str, str]:
    """Every answer about a chapter: those `known` from before, and new ones, each handed to `keep` as soon as it is there.

    Of each piece one sentence is asked for; when that does not hold, its best line is to be worded. An answer that was cut off
    stays empty. `after` gets the answers so far when a piece was read. Raises ModelError.
    """
    answers = dict(known)

    def answer(text: str, question: prompts.Question) -> str:
        if question.name not in answers:
            answers[question.name] = whole_answer(writer, text, question)
            keep(question.name, answers[question.name])
        return answers[question.name]

    for piece in passage.pieces:
        text, about = passage.text(piece, verifier.sentences), verifier.sentences[piece[0]].number
        found = _found(verifier, answer(text, prompts.point(about)), piece)
        name = f"sure:{about}"
        if isinstance(found, Proven) and found.item.kind == "claim" and found.share < SURE and name not in answers:
            claim = _ASK.format(claim=found.item.text)
            yes = writer.likelihood(system=prompts.SYSTEM, text=text, question=claim, task=task_of(name))[0]
            answers[name] = f"{yes:.3f}"
            keep(name, answers[name])
        if (isinstance(found, str) or _doubted(answers, about)) and (place := _telling(verifier, piece)) is not None:
            answer(text, prompts.wording(verifier.sentences[place].text, about=about))
        after(answers)
    if passage.pieces:
        answer(_notes(passage, verifier, answers), prompts.title())
    return answers


def _notes(passage: Passage, verifier: Verifier, answers: Answers) -> str:
    """What the title of a chapter is asked about: its one piece, or what was said about each of several."""
    said = [answers.get(prompts.point(verifier.sentences[piece[0]].number).name, "") for piece in passage.pieces]
    told = [each for each in said if each]
    return prompts.listed(told[:_NOTES]) if len(told) > 1 else passage.text(passage.pieces[0], verifier.sentences)


def _telling(verifier: Verifier, piece: Sequence[int]) -> int | None:
    """The line of a piece that says most, of those that say anything."""
    able = []
    for place in piece:
        text = verifier.sentences[place].text
        if (
            not verifier.kinds[place]
            and len(verifier.stems(place)) >= _STEMS
            and stands_alone(text)
            and not ABOUT_US.search(text)
        ):
            able.append((telling(text) - 0.3 * bool(_DANGLES.search(text)), -place))
    return -max(able)[1] if able else None


def _found(verifier: Verifier, said: str, piece: Sequence[int]) -> Proven | Reason:
    return gathered(verifier, said, piece) if said else "cut off"


def _doubted(answers: Answers, about: int) -> bool:
    """Whether the model, asked again, did not find the claim about a piece in its lines."""
    return float(answers.get(f"sure:{about}", "1")) < _DOUBT


def whole_answer(writer: Writer, text: str, question: prompts.Question) -> str:
    """The answer, or '' when it was cut off."""
    written = writer.write(
        system=prompts.SYSTEM, text=text, question=question.question, grammar=question.grammar, max_tokens=question.max_tokens,
        task=task_of(question.name),
    )  # fmt: skip
    if written.stopped and len(written.text) < prompts.LONGEST_ANSWER:
        return written.text
    return _clauses(written.text) if question.sentence else ""


def _clauses(text: str) -> str:
    """A sentence that was cut off, as far as its last whole clause; '' when that is not much."""
    whole = text[: max(text.rfind(","), text.rfind(";"), 0)]
    open_ended = re.search(r"\b(?:and|or|that|which|who|with|of)$", whole)
    return f"{whole}." if len(whole.split()) >= _SHORTEST and not open_ended else ""


def held(
    verifier: Verifier, worth: NDArray[np.float32], read: list[tuple[Passage, Answers]]
) -> tuple[list[Held], Counter[Reason]]:
    """The claims that hold, without duplicates, in order of time; and why the others were dropped."""
    kept: list[Held] = []
    dropped: Counter[Reason] = Counter()
    for number, (passage, answers) in enumerate(read):
        for piece in passage.pieces:
            found, why = _checked(verifier, piece, answers)
            dropped.update(why)
            if found is None:
                continue
            shown = range(found.first, found.last + 1)
            place = max(shown, key=lambda place: float(worth[place]))
            claim = Held(found, place, number, float(worth[place]) + _WORDED * (found.item.kind == "claim"))
            twin = next((other for other in kept if same(found, other.proven)), None)
            if twin is not None:
                dropped["duplicate"] += 1
                if twin.worth >= claim.worth:
                    continue
                kept.remove(twin)
            kept.append(claim)
    return sorted(kept, key=lambda claim: claim.proven.first), dropped


def _checked(verifier: Verifier, piece: Sequence[int], answers: Answers) -> tuple[Proven | None, list[Reason]]:
    """What holds of the answers about a piece, and why others do not; a line as it was said when none does."""
    about = verifier.sentences[piece[0]].number
    said, worded = (answers.get(question.name) for question in (prompts.point(about), prompts.wording("", about=about)))
    if said is None:
        return None, []
    found = _found(verifier, said, piece)
    if isinstance(found, Proven) and _doubted(answers, about):
        found = "doubtful"
    if isinstance(found, Proven):
        return found, []
    place = _telling(verifier, piece)
    if place is None:
        return None, [found]
    second = verifier.check(worded, [place], range(piece[0], piece[-1] + 1)) if worded else "cut off"
    return (tidied(verifier, place), [found]) if isinstance(second, str) else (second, [found])


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


def identity(passage: Passage, verifier: Verifier) -> tuple[int, int]:
    """The numbers of a passage's first and last sentence: what its answers are kept under."""
    return verifier.sentences[passage.first].number, verifier.sentences[passage.last].number
