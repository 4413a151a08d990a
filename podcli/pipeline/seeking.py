"""Seeking an answer in transcripts: search, let the model judge and word what was found, prove it, else search again.

The model never says that something was not said (a small one says so too often): it says how likely each passage has the answer,
and what the answer is. What it says must bring something that the question does not have, and the sentences must have that. When
no passage of a search does, the model writes how somebody may have said it, and that is searched for; after three searches it was
not said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from podcli.domain import Point
from podcli.pipeline import asking_prompts as ask_for
from podcli.pipeline.asking_prompts import SEARCHER, SYSTEM, TASK
from podcli.pipeline.evidence import Evidence, Support
from podcli.pipeline.retrieval import retrieve
from podcli.pipeline.sought import Sought
from podcli.store.passages import Scope

if TYPE_CHECKING:
    from podcli.engines.base import Embedder, Writer
    from podcli.store import Store

_SEARCHES = 3
_PASSAGES = (6, 4, 3)
"""Passages read after each search."""
_WORDED = 2
"""Of a search, as many passages are asked for their answer; more when the model is sure of more."""
_SURE, _HOPE = 0.4, -0.1
"""How sure the model must be of a passage to be asked for its answer at once; and, after the others of the search, at all."""
_ENOUGH, _ENOUGH_NUMBER = 0.85, 0.6
"""What a candidate must be worth, and one that brings the number that was asked for, to be told without a further search."""
_AT_LAST = 0.5
"""What it must be worth when all searches are done."""
_AGREED, _AGREED_AT_LAST = 0.7, 0.79
"""How likely the model must find it that the lines say what it wrote."""
_BEYOND_DOUBT = 1.2
"""What the number or time that was asked for must be worth for nothing more to be read."""
_SHARE = 0.5
"""Of what a claim brings, what its sentences must have."""
_QUOTABLE = 0.3
"""How sure the model must be of a passage for a line of it to be told where no wording of the answer is proven."""
_BEHIND = 0.12
"""How much less sure than of the best candidate the model may be of another that is told too."""
_MOST = 3
"""Sentences of an answer."""


@dataclass(frozen=True)
class Candidate:
    """An answer a passage may give: how sure the model is of the passage (-1 to 1), what it says, and what of it is proven."""

    evidence: Evidence
    sure: float
    claim: str
    support: Support
    agreed: float
    """How likely the model finds it that the passage says so, when it is asked again."""

    @property
    def worth(self) -> float:
        """How good an answer it is."""
        return self.sure + 0.5 * self.support.covered + 0.3 * self.support.share

    @cached_property
    def shown(self) -> Point:
        """What is told of it."""
        return self.evidence.shown(self.claim, self.support)


class Search:
    """The search for one answer, as far as it has come."""

    def __init__(self, store: Store, embedder: Embedder, writer: Writer, question: str, scope: Scope) -> None:
        self._store, self._embedder, self._writer, self._scope = store, embedder, writer, scope
        self.sought = Sought.of(question)
        self.searches: list[str] = []
        self.read: list[tuple[Evidence, float]] = []
        self.candidates: list[Candidate] = []
        self._over = False
        """Whether nothing more is searched for."""

    def run(self, tell: Callable[[], None] = lambda: None) -> list[Candidate]:
        """The candidates that answer the question, best first; none when it was not said. `tell` is called at each step."""
        for turn in range(_SEARCHES):
            self._look_for(self._words(turn), _PASSAGES[turn], tell)
            if found := self.accepted():
                return found
        self._over = True
        return self.accepted()

    def accepted(self) -> list[Candidate]:
        """Of the candidates so far, those that are told."""
        good = sorted((each for each in self.candidates if self._enough(each)), key=lambda each: -each.worth)
        told: list[Candidate] = []
        for each in good:
            if len(told) < _MOST and (not told or each.sure >= told[0].sure - _BEHIND) and not any(_same(each, o) for o in told):
                told.append(each)
        return told

    def _words(self, turn: int) -> str:
        question = self.sought.text
        if turn == 0:
            return question
        ask, grammar = (ask_for.guess, ask_for.SENTENCE) if turn == 1 else (ask_for.other_words, ask_for.LIST)
        written = self._writer.write(system=SEARCHER, text=ask(question), grammar=grammar, max_tokens=48, task=TASK)
        return written.text

    def _look_for(self, words: str, count: int, tell: Callable[[], None]) -> None:
        """Read what a search finds that was not read before."""
        self.searches.append(words)
        fresh: list[tuple[Evidence, float]] = []
        for found in retrieve(self._store, self._embedder, words, self._scope, limit=count + len(self.read)):
            if len(fresh) == count:
                break
            if any(_overlap(found.transcript_id, found.first, found.last, each) for each, _ in self.read):
                continue
            evidence = Evidence(self._store, self._embedder, found)
            if not evidence.text:
                continue
            sure = self._sure(evidence)
            fresh.append((evidence, sure))
            self.read.append((evidence, sure))
            if sure >= _SURE:
                self._word(evidence, sure)
            tell()
            if self._settled():
                break
        worded = sum(sure >= _SURE for _, sure in fresh)
        doubtful = sorted((each for each in fresh if _HOPE <= each[1] < _SURE), key=lambda each: -each[1])
        for evidence, sure in doubtful[: max(0, _WORDED - worded)] if not self._settled() else ():
            self._word(evidence, sure)
            tell()

    def _settled(self) -> bool:
        """Whether the one fact that is asked for is found beyond doubt: other passages need not be read."""
        return self.sought.kind in ("number", "time") and any(each.worth >= _BEYOND_DOUBT for each in self.accepted())

    def _sure(self, evidence: Evidence) -> float:
        question = self.sought.text
        yes = self._writer.likelihood(system=SYSTEM, text=evidence.text, question=ask_for.said(question), task=TASK)[0]
        none = self._writer.likelihood(
            system=SYSTEM, text=evidence.text, question=ask_for.line(question), answers=ask_for.LINES, task=TASK
        )[0]
        return yes - none

    def _word(self, evidence: Evidence, sure: float) -> None:
        written = self._writer.write(
            system=SYSTEM, text=evidence.text, question=ask_for.answer(self.sought.text), grammar=ask_for.SENTENCE,
            max_tokens=ask_for.ANSWER_TOKENS, task=TASK,
        )  # fmt: skip
        claim = written.text.strip() if written.stopped else ""
        support = evidence.support(self.sought, claim) if claim else None
        if support is not None and self._answers(evidence, claim, support):
            repeats = self.sought.kind == "open" and evidence.repeats(claim, support)
            self._weigh(evidence, sure, "" if repeats else claim, claim, support)
        elif self.sought.kind == "open" and sure >= _QUOTABLE:
            self._quote(evidence, sure)

    def _quote(self, evidence: Evidence, sure: float) -> None:
        """Let the model point at a line by repeating it: what it words itself is not proven."""
        written = self._writer.write(
            system=SYSTEM, text=evidence.text, question=ask_for.quote(self.sought.text), grammar=ask_for.SENTENCE,
            max_tokens=ask_for.ANSWER_TOKENS, task=TASK,
        )  # fmt: skip
        support = evidence.line(self.sought, written.text)
        if support is not None and self._answers(evidence, written.text, support):
            self._weigh(evidence, sure, "", evidence.verifier.quote(support.first, support.last), support)

    def _weigh(self, evidence: Evidence, sure: float, claim: str, told: str, support: Support) -> None:
        question = ask_for.confirm(self.sought.text, told)
        agreed = self._writer.likelihood(system=SYSTEM, text=evidence.text, question=question, task=TASK)[0]
        self.candidates.append(Candidate(evidence, sure, claim, support, agreed))

    def _answers(self, evidence: Evidence, claim: str, support: Support) -> bool:
        """Whether a claim brings what is asked for, proven by who is asked, where what the question names is named."""
        return (
            support.share >= _SHARE
            and self.sought.fits(claim)
            and evidence.spoken_by(self._scope.speaker, support)
            and evidence.names(self.sought)
        )

    def _enough(self, each: Candidate) -> bool:
        if self._over:
            return each.worth >= _AT_LAST and each.agreed >= _AGREED_AT_LAST
        return each.worth >= (_ENOUGH_NUMBER if self.sought.kind == "number" else _ENOUGH) and each.agreed >= _AGREED


def _overlap(transcript_id: int, first: int, last: int, read: Evidence) -> bool:
    return transcript_id == read.transcript_id and min(last, read.last) - max(first, read.first) >= 1


def _same(one: Candidate, other: Candidate) -> bool:
    if one.evidence.transcript_id != other.evidence.transcript_id:
        return False
    return not frozenset(one.shown.sentences).isdisjoint(other.shown.sentences)
