"""Asking the model about a passage, and which of its answers hold."""

from __future__ import annotations

import re
import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from podcli.pipeline import prompts
from podcli.pipeline.boilerplate import offers
from podcli.pipeline.central import leans, stands_alone
from podcli.pipeline.clauses import main_clause, whole_clauses
from podcli.pipeline.passages import Passage
from podcli.pipeline.salience import about_us
from podcli.pipeline.support import gathered, supposed
from podcli.pipeline.tasks import task_of
from podcli.pipeline.verify import LEAD, Proven, Reason, Verifier, same

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from podcli.engines.base import Writer, Written

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
_IDLE = re.compile(r"\byeah\b|![\"'”’]*$", re.IGNORECASE)
"""Chatter."""
_APART, _APART_PLAIN = 0.015, 0.4
"""How much surer it must be for each line that lies between those of its proof, and how much plainer if any does: they may not
belong together. Of 60 such claims eight of the 20 that were less plain were wrong, and five of the 22 with more than one between.
"""
_SUPPOSED = 0.05
"""And where the lines suppose what the claim says is so: about nine of 30 such claims were wrong."""
_BELIEVED = 4.0
"""What such a probability, above that, is worth beside how much a line matters."""
_LEAST_LIKELY = 8
"""Tokens of a claim that tell how far the model went from what was to be expected after these lines."""
_ASK = "\n\nSomebody writes: {claim}\n\nIs that what the lines say? Answer yes or no:"
_WORDED = 0.5
"""What a claim that the model worded is worth more than a line as it was said."""
_STEMS, _LINES = 5, 4
"""Content words a line must have to be told as it was said, and how many lines of a piece are looked at."""
_NOTES = 4
"""Sentences a title is asked about."""
ROOM = 420
"""Tokens a passage leaves for the longest question about it and the answer."""

Answers = Mapping[str, str]
"""What was answered about one passage, by the names of the questions."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Below which a claim that its words bear out is dropped.

    Chosen on claims of Qwen 1.5B that were read with their proof: of 65, about 47 true, the surest that have three of four true
    ones (above 0.91) were true nine times of ten; of 96 above that, four of the 13 below the second bound were wrong, seven of
    the rest. Other rules have taken wrong ones out since, so the first is a little lower.
    """

    sure: float = 0.90
    """The probability of "yes" when the model is asked whether the lines say that."""
    plain: float = -1.5
    """The mean logarithm of the probabilities of its least likely tokens."""


BOUNDS = Bounds()


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

    Of the core of each piece one sentence is asked for; when that is cut off, one of half the core; of a passage worth reading
    twice, when nothing holds, one of its whole best piece. `after` gets the answers so far when a piece was read. Raises
    ModelError.
    """
    answers = dict(known)

    def put(name: str, said: str) -> None:
        answers[name] = said
        keep(name, said)

    def answer(text: str, question: prompts.Question) -> str:
        if question.name not in answers:
            written = whole_answer(writer, text, question)
            if question.sentence and written.text:
                # Before the answer: after a kill between them it is asked again.
                put(_kept_as("plain", question), f"{_plainness(written):.2f}")
            put(question.name, written.text)
        return answers[question.name]

    def holds(number: int, attempt: int) -> bool:
        shown, question = passage.tries(number)[attempt], _question(verifier, passage, number, attempt)
        text, name = passage.text(shown, verifier.sentences), _kept_as("sure", question)
        found = _found(verifier, answer(text, question), shown)
        if isinstance(found, Proven) and found.item.kind == "claim" and name not in answers:
            put(name, believed(writer, text, found.item.text, name))
        after(answers)
        return isinstance(found, Proven) and _trusted(verifier, answers, question, found, BOUNDS)

    told = [holds(number, 0) for number in range(len(passage.pieces))]
    for number in range(len(passage.pieces)):
        cut_off = not answers[_question(verifier, passage, number, 0).name]
        wanted = passage.twice and number == passage.best and not any(told)
        if (cut_off or wanted) and len(passage.tries(number)) > 1:
            holds(number, 1)
    if passage.pieces:
        answer(_notes(passage, verifier, answers), prompts.title())
    return answers


def believed(writer: Writer, text: str, claim: str, name: str) -> str:
    """The probability of "yes" (0 to 1, as text) when the model is asked whether `text` says a claim. Raises ModelError.

    `name` is what it is kept under: it decides which adapters take part.
    """
    asked = _ASK.format(claim=claim)
    yes = writer.likelihood(system=prompts.SYSTEM, text=text, question=asked, task=task_of(name))[0]
    return f"{yes:.3f}"


def _notes(passage: Passage, verifier: Verifier, answers: Answers) -> str:
    """What the title of a chapter is asked about: the core of its one piece, or what was said about each of several."""
    told = [said for number in range(len(passage.pieces)) if (said := _said(verifier, passage, number, answers))]
    return prompts.listed(told[:_NOTES]) if len(told) > 1 else passage.text(passage.cores[0], verifier.sentences)


def _said(verifier: Verifier, passage: Passage, number: int, answers: Answers) -> str:
    """What the model said of a piece: what holds, if anything does."""
    found, _, _ = _held(verifier, passage, number, answers, BOUNDS)
    return found.item.text if found else answers.get(_question(verifier, passage, number, 0).name, "")


def _line(verifier: Verifier, piece: Sequence[int], worth: NDArray[np.float32]) -> Proven | None:
    """The line of a piece that matters most, of those that say anything and stand alone, as it was said."""
    able = [place for place in piece if not verifier.kinds[place] and len(verifier.stems(place)) >= _STEMS]
    best = sorted(able, key=lambda place: -float(worth[place]))[:_LINES]
    return next((found for place in best if (found := tidied(verifier, place)) is not None), None)


def _found(verifier: Verifier, said: str, piece: Sequence[int]) -> Proven | Reason:
    return gathered(verifier, said, piece) if said else "cut off"


def _question(verifier: Verifier, passage: Passage, number: int, attempt: int) -> prompts.Question:
    """What is asked at an attempt about a piece."""
    return prompts.point(verifier.sentences[passage.pieces[number][0]].number, attempt)


def _kept_as(kind: Literal["sure", "plain"], question: prompts.Question) -> str:
    """What it is kept under how sure the model is of its answer to `question`, and how likely its least likely words were."""
    return f"{kind}:{question.name}"


def _belief(answers: Answers, question: prompts.Question) -> float:
    """The probability of "yes" when the model was asked whether the lines say what it answered; 1 when it was not asked."""
    return float(answers.get(_kept_as("sure", question), "1"))


def _trusted(verifier: Verifier, answers: Answers, question: prompts.Question, found: Proven, bounds: Bounds) -> bool:
    """Whether the model is sure enough of a claim, and worded it in what was to be expected after its lines."""
    between = found.last - found.first + 1 - len(found.item.sentences)
    if _belief(answers, question) < bounds.sure + _APART * between + _SUPPOSED * supposed(verifier, found):
        return False
    return float(answers.get(_kept_as("plain", question), "0")) >= bounds.plain + _APART_PLAIN * bool(between)


def whole_answer(writer: Writer, text: str, question: prompts.Question) -> Written:
    """The answer, its text '' when it was cut off."""
    written = writer.write(
        system=prompts.SYSTEM, text=text, question=question.question, grammar=question.grammar, max_tokens=question.max_tokens,
        task=task_of(question.name),
    )  # fmt: skip
    if written.stopped and len(written.text) < prompts.LONGEST_ANSWER:
        return written
    return replace(written, text=whole_clauses(written.text) if question.sentence else "")


def _plainness(written: Written) -> float:
    """The mean logarithm of the probabilities of the least likely tokens of what is told of an answer."""
    told, length = len(main_clause(written.text)), 0
    chances: list[float] = []
    for piece, chance in written.chances:
        if length >= told:
            break
        length += len(piece)
        chances.append(chance)
    return statistics.fmean(sorted(chances)[:_LEAST_LIKELY]) if chances else 0.0


def held(
    verifier: Verifier, worth: NDArray[np.float32], read: list[tuple[Passage, Answers]]
) -> tuple[list[Held], Counter[Reason]]:
    """The claims that hold, without duplicates, in order of time; and why the others were dropped."""
    kept: list[Held] = []
    dropped: Counter[Reason] = Counter()
    bounds = _bounds(read)
    for number, (passage, answers) in enumerate(read):
        for nth in range(len(passage.pieces)):
            found, belief, why = _held(verifier, passage, nth, answers, bounds)
            dropped.update(why)
            if found is None and why:
                found = _line(verifier, passage.pieces[nth], worth)
            if found is None:
                continue
            shown = range(found.first, found.last + 1)
            place = max(shown, key=lambda place: float(worth[place]))
            value = float(worth[place])
            if found.item.kind == "claim":
                value += _WORDED + _BELIEVED * (belief - BOUNDS.sure)
            claim = Held(found, place, number, value)
            twin = next((other for other in kept if same(found, other.proven)), None)
            if twin is not None:
                dropped["duplicate"] += 1
                if twin.worth >= claim.worth:
                    continue
                kept.remove(twin)
            kept.append(claim)
    return sorted(kept, key=lambda claim: claim.proven.first), dropped


def _bounds(read: Sequence[tuple[Passage, Answers]]) -> Bounds:
    """Below which bounds a claim is dropped: of a model that comes never near being so sure or plain, the better half is kept."""

    def half(kind: str, bound: float, near: float) -> float:
        found = [float(said) for _, answers in read for name, said in answers.items() if name.startswith(kind)]
        return statistics.median(found) if found and max(found) < near else bound

    return Bounds(max(0.5, half("sure:", BOUNDS.sure, 0.85)), half("plain:", BOUNDS.plain, -2.0))


def _held(
    verifier: Verifier, passage: Passage, number: int, answers: Answers, bounds: Bounds
) -> tuple[Proven | None, float, list[Reason]]:
    """The first answer about a piece that holds, how sure the model is of it, and why those before it do not hold."""
    why: list[Reason] = []
    for attempt, shown in enumerate(passage.tries(number)):
        question = _question(verifier, passage, number, attempt)
        if question.name not in answers:
            continue
        found = _found(verifier, answers[question.name], shown)
        if isinstance(found, Proven) and _trusted(verifier, answers, question, found, bounds):
            return found, _belief(answers, question), why
        why.append(found if isinstance(found, str) else "doubtful")
    return None, 0.0, why


def tidied(verifier: Verifier, place: int) -> Proven | None:
    """A sentence as it was said, without its fillers, where no wording of it holds; None when it does not stand alone."""
    sentence = verifier.sentences[place]
    text = _FILLERS.sub(" ", LEAD.sub("", sentence.text))
    text = re.sub(r"\s+([,.;:!?])", r"\1", re.sub(r"(?:,\s*)+,", ",", " ".join(text.split()))).strip(" ,")
    text = LEAD.sub("", text)
    text = text[:1].upper() + text[1:]
    if (
        sentence.text[:1].islower()
        or about_us(text)
        or offers(text)
        or not stands_alone(text)
        or not _SHORTEST <= len(text.split()) <= _LONGEST
        or _DANGLES.search(text)
        or leans(text)
        or _IDLE.search(text)
    ):
        return None
    return Proven(verifier.taken(place, place, text), place, place, verifier.vectors[place], 1.0)


def identity(passage: Passage, verifier: Verifier) -> tuple[int, int]:
    """The numbers of a passage's first and last sentence: what its answers are kept under."""
    return verifier.sentences[passage.first].number, verifier.sentences[passage.last].number
