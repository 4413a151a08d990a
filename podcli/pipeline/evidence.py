"""Passages that may hold an answer, and what of a model's sentence they prove."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from podcli.domain import EpisodeId, Point, Sentence, TranscriptId
from podcli.pipeline import figures, prompts, words
from podcli.pipeline.verify import Proven, Verifier

if TYPE_CHECKING:
    from podcli.engines.base import Embedder
    from podcli.pipeline.retrieval import Retrieved
    from podcli.pipeline.sought import Sought
    from podcli.store import Store

_AROUND = 60
"""Sentences before and after a passage by which names and sponsor messages in it are known."""
_NEAR = 10
"""Sentences before and after within which what a question names must be named."""
_LONGEST = 4
"""Sentences that prove an answer."""
_MOST_WORDS = 90
"""Words of a line with what follows it."""
_SHORT = 8
"""Words of a proof that needs the next sentence to be understood."""
_REPEATED = 0.8
"""Of the content words of a repeated line, how many the line must have."""
_REASON = re.compile(r"(?:(?:and|that's|that is|it's|it is),? )?(?:because|since|so that)\b", re.IGNORECASE)
_SILENT = frozenset(["sponsor", "instruction", "sound"])
"""Kinds of sentences that prove nothing."""


@dataclass(frozen=True, slots=True)
class Support:
    """The sentences (places in `Evidence.sentences`) that have what a claim brings."""

    first: int
    last: int
    share: float
    """Of what is new in the claim, how much they have."""
    covered: float
    """Of what the question is about, how much they have."""


class Evidence:
    """A passage that was found, with what is said around it."""

    def __init__(self, store: Store, embedder: Embedder, found: Retrieved) -> None:
        self.transcript_id: TranscriptId = found.transcript_id
        self.episode_id: EpisodeId = found.episode_id
        self.first, self.last = found.first, found.last
        rows = store.passages.said(found.transcript_id, max(1, found.first - _AROUND), found.last + _AROUND)
        self.sentences = [Sentence(row["number"], row["start_s"], row["end_s"], row["text"], row["speaker"]) for row in rows]
        numbers = [sentence.number for sentence in self.sentences]
        self.place = range(numbers.index(found.first), numbers.index(found.last) + 1)
        self.verifier = Verifier(self.sentences, embedder)
        episode = store.library.episode(found.episode_id)
        self._titles = f"{episode.title} {episode.show_title}" if episode else ""

    @property
    def text(self) -> str:
        """What the model reads."""
        return prompts.passage([self.sentences[place].text for place in self.place if self._counts(place)])

    def names(self, sought: Sought) -> bool:
        """Whether all that the question names is named near the passage, in a title, or speaks there."""
        near = self.sentences[max(0, self.place.start - _NEAR) : self.place.stop + _NEAR]
        said = " ".join([self._titles, *(f"{sentence.speaker} {sentence.text}" for sentence in near)])
        known, _ = words.squeezed(said)
        sounds = {_sound(name) for name in known}
        return all(name in known or (len(name) > 3 and _sound(name) in sounds) for name in sought.names)

    def support(self, sought: Sought, claim: str) -> Support | None:
        """The sentences in or beside the passage that have the numbers and names of `claim`, and most of what it brings."""
        new, names, numbers = sought.news(claim)
        best: tuple[float, Support] | None = None
        for first, last in self._runs():
            text = " ".join(sentence.text for sentence in self.sentences[first : last + 1])
            if numbers and figures.missing(claim, text):
                continue
            known, _ = words.squeezed(text)
            if not all(_named(name, known) for name in names):
                continue
            stems = frozenset(words.stems(text))
            share = sum(stem in stems for stem in new) / len(new) if new else 1.0
            covered = self._covered(sought, stems, text)
            score = share + 0.5 * covered - 0.1 * (last - first)
            if best is None or score > best[0]:
                best = (score, Support(first, last, share, covered))
        return best[1] if best else None

    def line(self, sought: Sought, copied: str) -> Support | None:
        """The sentence of the passage that `copied` repeats, as a whole or as far as it goes."""
        wanted = frozenset(words.stems(copied))
        best: tuple[float, Support] | None = None
        for place in self.place:
            stems = self.verifier.stems(place)
            share = len(wanted & stems) / len(wanted) if wanted else 0.0
            if self._counts(place) and share >= _REPEATED and (best is None or share > best[0]):
                best = (share, Support(place, place, share, self._covered(sought, stems, self.sentences[place].text)))
        return best[1] if best else None

    def repeats(self, claim: str, support: Support) -> bool:
        """Whether a claim is no more than a part of what was said."""
        return words.squeezed(claim)[1].strip() in words.squeezed(self.verifier.quote(support.first, support.last))[1]

    def spoken_by(self, name: str, support: Support) -> bool:
        """Whether somebody whose name contains `name` says any of it; '' is anybody."""
        voices = [sentence.speaker.casefold() for sentence in self.sentences[support.first : support.last + 1]]
        return any(name.casefold() in voice for voice in voices)

    def shown(self, claim: str, support: Support) -> Point:
        """The claim with its proof when that has all of it, else what was said; '' is a line that was pointed at."""
        cited = range(support.first, support.last + 1)
        around = range(max(0, self.place.start - 2), min(len(self.sentences), self.place.stop + 2))
        found = self.verifier.check(claim, list(cited), around) if claim else "no statement"
        if isinstance(found, Proven) and found.item.kind == "claim":
            return found.item
        first, last = self._whole(support.first, support.last)
        return self.verifier.taken(first, last if claim else self._goes_on(first, last))

    def _counts(self, place: int) -> bool:
        return self.verifier.kinds[place] not in _SILENT

    def _runs(self) -> list[tuple[int, int]]:
        first, last = max(0, self.place.start - 1), min(len(self.sentences), self.place.stop + 2)
        found = []
        for start in range(first, last):
            for end in range(start, min(last, start + _LONGEST)):
                if not self._counts(end):
                    break
                if not (start == end and self.verifier.kinds[start] in ("question", "greeting")):
                    found.append((start, end))
        return found

    def _covered(self, sought: Sought, stems: frozenset[str], text: str) -> float:
        wanted = len(sought.stems) + len(sought.numbers)
        if not wanted:
            return 0.0
        has = sum(stem in stems for stem in sought.stems)
        if sought.numbers:
            values = {value for each in figures.figures(text) for reading in each.readings for value, _ in reading}
            has += sum(any(all(value in values for value, _ in reading) for reading in each.readings) for each in sought.numbers)
        return has / wanted

    def _whole(self, first: int, last: int) -> tuple[int, int]:
        """A proof with the reason that follows it, or with a few words more where it says too little alone."""
        if last + 1 < len(self.sentences) and self._counts(last + 1) and _REASON.match(self.sentences[last + 1].text):
            last += 1
        while len(self.verifier.quote(first, last).split()) < _SHORT and last - first + 1 < _LONGEST:
            if last + 1 < len(self.sentences) and self._counts(last + 1):
                last += 1
            elif first > 0 and self._counts(first - 1):
                first -= 1
            else:
                break
        return first, last

    def _goes_on(self, first: int, last: int) -> int:
        """The place up to which whoever said a line goes on with it: what answers "what is that" is seldom one sentence."""
        speaker = self.sentences[first].speaker
        while last + 1 < len(self.sentences) and last - first + 1 < _LONGEST:
            following = self.sentences[last + 1]
            if not self._counts(last + 1) or self.verifier.kinds[last + 1] == "question" or following.speaker != speaker:
                break
            if len(self.verifier.quote(first, last + 1).split()) > _MOST_WORDS:
                break
            last += 1
        return last


def _named(name: str, known: frozenset[str]) -> bool:
    """Whether a name is among words, alone or as a part of a longer one (``Shipit`` of Shipit.show)."""
    return name in known or (len(name) > 4 and any(word.startswith(name) for word in known))


def _sound(name: str) -> str:
    """A name by its consonants: speech recognition writes "rough" for Ruff."""
    plain = re.sub(r"gh|ph|v", "f", name)
    plain = re.sub(r"c(?=[eiy])|z", "s", plain)
    plain = re.sub(r"ck|c|q", "k", plain)
    return re.sub(r"(.)\1+", r"\1", plain[:1] + re.sub(r"[aeiouyhw]", "", plain[1:]))
