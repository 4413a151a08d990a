"""Is it said? Every claim of a model is held against the sentences; what survives carries a quote copied from them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby
from typing import TYPE_CHECKING, Literal

from podcli.domain import Point, PointKind, Sentence
from podcli.pipeline import boilerplate, figures, prompts, words
from podcli.text import clean_line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from podcli.engines.base import Embedder

Reason = Literal[
    "no such line",
    "no statement",
    "instruction",
    "sponsor",
    "vague",
    "number",
    "name",
    "negation",
    "not supported",
    "duplicate",
    "cut off",
    "too long",
    "doubtful",
]
"""Why a claim is dropped."""

LONGEST_QUOTE = 6
"""Sentences a quote may have; and words, below."""
_LONGEST_WORDS = 90
_NEAR = 3
"""Sentences around a cited one that may hold the proof: small models miss by one or two."""
_NEW = 0.15
"""Of a claim's content words, how many may be missing from its proof (one always, as long as most are there): "causing a loss of"
turns two true halves into something nobody said. For a proof that is not where the model said, `_NEW_ELSEWHERE`."""
_NEW_ELSEWHERE = 0.05
_SHARE, _ALIKE = 0.7, 0.5
"""The share that must be there in any case, and the least likeness (cosine) of claim and proof."""
_VAGUE = frozenset(
    [
        "it", "its", "this", "that", "these", "those", "they", "their", "he", "his", "him", "she", "her", "here", "such",
    ]
)  # fmt: skip
_ITSELF = re.compile(
    r"\b(?:[Tt]he|[Tt]hese|[Tt]his) "
    r"(?:speaker|host|podcast|episode|transcript|text|passage|lines?|author|narrator|conversation)\b"
)
"""Talk about the talk, which small models put before what they were asked for."""
_FIRST = re.compile(r"\b(?:I|[Mm]e|[Mm]y|[Mm]yself|[Ww]e|[Uu]s|[Oo]ur|[Oo]urselves)\b")
"""Words of who speaks. ("US" is a name.)"""
_DANGLING = re.compile(r"\b(?:it|them|they|him|her|that|this)\b")
_STOPPED = re.compile(r"[.!?。！？؟।…][\"'”’»)\]]*$")
LEAD = re.compile(
    r"^(?:and|but|so|because|then|well|yes|yeah|now|also|right|okay|ok|exactly|in fact|actually|no,? but)\b[,]?\s+", re.IGNORECASE
)
_END = re.compile(r"[.!?。！？؟।…]+[\"'”’»)\]]*(?:\s+|$)|(?<=[。！？])")


@dataclass(frozen=True, slots=True)
class Proven:
    """A claim that holds. `first` and `last` are places (0-based) in the transcript's sentences."""

    item: Point
    first: int
    last: int
    vector: NDArray[np.float32]
    """Of the statement, unit length."""
    share: float


class Verifier:
    """Holds claims against one transcript."""

    def __init__(self, sentences: Sequence[Sentence], embedder: Embedder, sponsored: Collection[int] = ()) -> None:
        """`sponsored` are places of sponsor messages that their words alone do not tell."""
        self.sentences = sentences
        kinds = boilerplate.kinds(sentences)
        self.kinds: list[boilerplate.Kind] = ["sponsor" if place in sponsored else kind for place, kind in enumerate(kinds)]
        self.vectors = embedder.embed([sentence.text for sentence in sentences])
        self._embedder = embedder
        # Who asks whether something is so has not said that it is.
        asked = [kind == "question" for kind in self.kinds]
        self._stems = [frozenset() if ask else frozenset(words.stems(s.text)) for ask, s in zip(asked, sentences, strict=True)]
        self.small = words.written_small(sentence.text for sentence in sentences)
        self._known: dict[tuple[str, tuple[int, ...], range], Proven | Reason] = {}
        self.gathered: dict[tuple[str, tuple[int, ...]], Proven | Reason] = {}
        """What `support.gathered` found before: what was read is looked at again whenever a piece more was read."""
        self.named: dict[range, list[str]] = {}
        """What `naming` found a chapter to talk about before."""
        self.lengths = [max(1, len(sentence.text.split())) for sentence in sentences]
        """Words of each sentence."""

    def check(self, text: str, cited: Sequence[int], place: range) -> Proven | Reason:
        """Hold `text` against the sentences of `place` (0-based), first against those around the `cited` ones.

        The proof is the shortest run of sentences that has all numbers and names of the claim and enough of its words. Anything
        the run does not have drops the claim: nothing is reworded.
        """
        key = (text, tuple(cited), place)
        if key not in self._known:
            self._known[key] = self._judge(text, cited, place)
        return self._known[key]

    def _judge(self, text: str, cited: Sequence[int], place: range) -> Proven | Reason:
        cited = [index for index in cited if index in place]
        if not cited:
            return "no such line"
        statement = self.stated(text)
        if statement in ("no statement", "instruction", "sponsor", "vague"):
            return statement  # type: ignore[return-value]
        vector = self._embedder.embed([statement])[0]
        near = [index for index in place if any(abs(index - other) <= _NEAR for other in cited)]
        found = self._prove(statement, vector, near, frozenset(cited), _NEW)
        if isinstance(found, str):
            elsewhere = self._prove(statement, vector, list(place), frozenset(), _NEW_ELSEWHERE)
            found = found if isinstance(elsewhere, str) else elsewhere
        if isinstance(found, Proven) and _ITSELF.search(statement) and not _ITSELF.search(found.item.quote):
            return "vague"
        if isinstance(found, Proven) and _FIRST.search(statement) and not self._of_oneself(found):
            return "vague"
        return found

    def embed(self, statement: str) -> NDArray[np.float32]:
        """A statement as a unit vector."""
        vector: NDArray[np.float32] = self._embedder.embed([statement])[0]
        return vector

    def stems(self, place: int) -> frozenset[str]:
        """The content words of a sentence; none of a question."""
        return self._stems[place]

    @cached_property
    def spread(self) -> Counter[str]:
        """In how many sentences each content word is."""
        return Counter(stem for stems in self._stems for stem in stems)

    def _of_oneself(self, found: Proven) -> bool:
        """Whether "I" and "we" of a claim are those of its proof, said by one person."""
        speakers = {self.sentences[place].speaker for place in range(found.first, found.last + 1)}
        return len(speakers) == 1 and bool(_FIRST.search(found.item.quote))

    def quote(self, first: int, last: int) -> str:
        """The sentences from `first` to `last` as they stand in the transcript."""
        return " ".join(sentence.text for sentence in self.sentences[first : last + 1])

    def taken(self, first: int, last: int, text: str = "") -> Point:
        """A takeaway with its proof; without `text`, or when that is what was said, a quote."""
        quote = self.quote(first, last)
        begin, end = self.sentences[first], self.sentences[last]
        said = not text or _plain(text) == _plain(quote)
        numbers = tuple(sentence.number for sentence in self.sentences[first : last + 1])
        end_s = max(sentence.end_s for sentence in self.sentences[first : last + 1])
        speakers = {sentence.speaker for sentence in self.sentences[first : last + 1]}
        who = speakers.pop() if len(speakers) == 1 else ""
        kind: PointKind = "quote" if said else "claim"
        return Point(quote if said else text, quote, begin.start_s, max(end_s, end.end_s), numbers, kind, speaker=who)

    def told(self, places: Sequence[int], text: str = "") -> Point:
        """The same for sentences that need not be neighbours; " … " stands where others were left out."""
        point = self.taken(places[0], places[-1], text)
        runs = [[place for _, place in run] for _, run in groupby(enumerate(places), lambda pair: pair[1] - pair[0])]
        if len(runs) == 1:
            return point
        quote = " … ".join(self.quote(run[0], run[-1]) for run in runs)
        who = {self.sentences[place].speaker for place in places}
        return replace(
            point, text=text or quote, quote=quote, sentences=tuple(self.sentences[place].number for place in places),
            kind="claim" if text else "quote", speaker=who.pop() if len(who) == 1 else "",
        )  # fmt: skip

    def likeness(self, vector: NDArray[np.float32], places: Sequence[int]) -> float:
        """Cosine of a unit vector and what the sentences at `places` say together."""
        return float(vector @ self.together(places))

    def together(self, places: Sequence[int]) -> NDArray[np.float32]:
        """What the sentences at `places` say together: a unit vector, or zeros where they say nothing."""
        import numpy as np

        rows = list(places)
        mean = np.average(self.vectors[rows], axis=0, weights=[self.lengths[row] for row in rows])
        return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-12))

    def stated(self, text: str) -> str:
        """What a claim states, at most two sentences of it; or, as a `Reason`, why it states nothing."""
        text = prompts.neutral(clean_line(text, limit=400))
        parts = _split(text)
        kinds = [boilerplate.kind(part) for part in parts]
        if "sponsor" in kinds:
            return "sponsor"
        if "instruction" in kinds:
            return "instruction"
        if len(text) >= prompts.CLAIM_LENGTH - 2 and not _STOPPED.search(parts[-1]):
            kinds[-1] = "scrap"  # cut off
        kept = [part for part, kind in zip(parts, kinds, strict=True) if not kind][:2]
        if not kept:
            return "no statement"
        kept[0] = LEAD.sub("", kept[0])
        statement = " ".join(kept)
        if prompts.parrots(frozenset(re.findall(r"[a-z]+", statement.lower()))):
            return "instruction"
        if words.opening(statement) in _VAGUE:
            return "vague"
        # A short sentence about "them" says nothing to somebody who was not there; "you never know" says little to anybody.
        least = 8 if words.opening(statement) == "you" or _DANGLING.search(statement) else 5
        if not words.stems(statement) or (statement.isascii() and len(statement.split()) < least):
            return "no statement"
        statement = statement[0].upper() + statement[1:]
        if statement.count('"') % 2:
            statement = statement.replace('"', "")
        return statement if _STOPPED.search(statement) else statement.rstrip(",;:-– ") + "."

    def _prove(
        self, statement: str, vector: NDArray[np.float32], near: list[int], cited: frozenset[int], new: float
    ) -> Proven | Reason:
        """The best run of `near` for a statement; when there is none, why the most similar one is none."""
        wanted = words.names(statement, self.small)
        content = frozenset(words.stems(statement))
        content = content - frozenset(stem for name in wanted for stem in words.stems(name)) or content
        if any(content <= self._stems[index] for index in near if self.kinds[index] == "sponsor"):
            return "sponsor"
        best: tuple[float, Proven] | None = None
        closest: tuple[float, bool, Reason] = (-1.0, False, "sponsor")
        for first, last in self._runs(near):
            share = len(content & frozenset().union(*self._stems[first : last + 1])) / len(content)
            alike = self._alike(vector, first, last)
            allowed = max(int(new * len(content)), new == _NEW)
            if round((1 - share) * len(content)) > allowed or share < _SHARE or alike < _ALIKE:
                closest = max(closest, (share, False, "not supported"))
                continue
            reason = self._objection(statement, wanted, first, last)
            if reason:
                closest = max(closest, (share, True, reason))
                continue
            hits = sum(1 for index in range(first, last + 1) if index in cited) / (last - first + 1)
            score = share + 0.3 * alike + 0.1 * hits - 0.08 * (last - first)
            if best is None or score > best[0]:
                best = (score, Proven(self.taken(first, last, statement), first, last, vector, share))
        return best[1] if best else closest[2]

    def _runs(self, near: list[int]) -> list[tuple[int, int]]:
        """Runs of neighbouring sentences, all of which may be told, starting and ending with a statement."""
        allowed = {index for index in near if self.kinds[index] not in boilerplate.UNTOLD}
        runs = []
        for first in sorted(allowed):
            length = 0
            for last in range(first, first + LONGEST_QUOTE):
                if last not in allowed:
                    break
                length += self.lengths[last]
                if length > _LONGEST_WORDS and last > first:
                    break
                if not (self.kinds[first] == "question" and first == last) and self.kinds[first] not in boilerplate.MANNERS:
                    runs.append((first, last))
        return runs

    def _objection(self, statement: str, wanted: list[str], first: int, last: int) -> Reason | Literal[""]:
        quote = self.quote(first, last)
        if figures.missing(statement, quote):
            return "number"
        known, _ = words.squeezed(quote)
        # A name said more often than in any sentence of the proof was put where another word stood.
        said = [words.squeezed(sentence.text)[1] for sentence in self.sentences[first : last + 1]]
        if any(name not in known or wanted.count(name) > max(1, *(text.count(f" {name} ") for text in said)) for name in wanted):
            return "name"
        if words.negates(statement) and not words.negates(quote):
            return "negation"
        denied, refused = words.denied(statement), words.denied(LEAD.sub("", quote))
        affirmed = frozenset(words.stems(statement)) - denied
        # What the proof says both ways ("crossing the ocean was not the ocean") decides nothing.
        both = frozenset(stem for stem in refused if words.stems(quote).count(stem) > 1)
        return "negation" if denied - refused or (refused - both) & affirmed else ""

    def _alike(self, vector: NDArray[np.float32], first: int, last: int) -> float:
        return self.likeness(vector, range(first, last + 1))


def same(one: Proven, other: Proven) -> bool:
    """Whether two claims say the same: because one sentence proves both, or by meaning or wording, with no other numbers."""
    shared = min(one.last, other.last) - max(one.first, other.first) + 1
    if shared > 0 and 2 * shared > min(one.last - one.first, other.last - other.first) + 1:
        return True
    if figures.missing(one.item.text, other.item.text) and figures.missing(other.item.text, one.item.text):
        return False
    if float(one.vector @ other.vector) >= 0.85:
        return True
    a, b = frozenset(words.stems(one.item.text)), frozenset(words.stems(other.item.text))
    return bool(a and b) and len(a & b) >= 0.7 * min(len(a), len(b))


def _split(text: str) -> list[str]:
    """Sentences of a short text."""
    parts, start = [], 0
    for match in _END.finditer(text):
        if match.end() > start:
            parts.append(text[start : match.end()].strip())
            start = match.end()
    parts.append(text[start:].strip())
    return [part for part in parts if part]


def _plain(text: str) -> str:
    return re.sub(r"[\W_]+", " ", text).strip().casefold()
