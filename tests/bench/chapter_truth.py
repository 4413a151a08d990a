"""Where the chapters of real episodes begin: publishers' headlines, an editor's marks, joined pieces of other episodes."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from podcli.domain import Sentence
from tests.bench import talks

MARKS = Path(__file__).with_name("chapters_truth.json")
"""Marks made by reading: words from the start of the talk as `talks.talk` gives it."""
_HELD_OUT = ("practical-ai-121", "ship-it-26", "the-changelog-500")
"""Marked only after all weights were chosen, and never used to choose any."""
_JOINED = (
    (4, 60, 150),
    (6, 60, 150),
    (6, 90, 300),
    (5, 150, 500),
    (6, 240, 900),
    (6, 300, 600),
    (7, 240, 500),
    (8, 400, 1000),
    (12, 300, 900),
)
"""Pieces, and the shortest and longest piece in seconds, of each joined talk."""


@dataclass(frozen=True, slots=True)
class Case:
    """An episode and the seconds at which its chapters begin, without 0."""

    name: str
    origin: str
    sentences: tuple[Sentence, ...]
    truth: tuple[float, ...]

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.sentences[-1].end_s


def cases() -> Iterator[Case]:
    """All there is a truth for; needs the corpus."""
    yield from _headlines()
    yield from _marked()
    yield from _breaks()
    yield from _joined()


def _headlines() -> Iterator[Case]:
    for path in sorted(talks.CORPUS.glob("*.truth.json")):
        name = path.name.removesuffix(".truth.json")
        offsets = [chapter["word_offset"] for chapter in json.loads(path.read_text("utf-8"))["chapters"]]
        yield Case(name, "headlines", talks.talk(name).sentences, tuple(_second(name, offset) for offset in offsets))


def _second(name: str, offset: int) -> float:
    """When word `offset` of the written turns is said; the talk has them without markdown."""
    said = 0
    for text, _ in _turns(name):
        words = text.split()
        if offset < len(words):
            return (said + len(talks.plain(" ".join(words[:offset])).split())) / talks.WORDS_A_SECOND
        offset -= len(words)
        said += len(talks.plain(text).split())
    return said / talks.WORDS_A_SECOND


def _turns(name: str) -> Iterator[tuple[str, bool]]:
    """The text of each turn, and whether a break comes before it."""
    pending = False
    for turn in json.loads((talks.CORPUS / f"{name}.turns.json").read_text("utf-8"))["turns"]:
        if turn.get("text"):
            yield turn["text"], pending
        pending = bool(turn.get("break_"))


def _marked() -> Iterator[Case]:
    marks: dict[str, list[dict[str, int | str]]] = json.loads(MARKS.read_text("utf-8")) if MARKS.exists() else {}
    for name, chapters in marks.items():
        talk = talks.talk(name)
        begins = {}
        words = 0
        for sentence in talk.sentences:
            begins[words] = sentence.start_s
            words += len(sentence.text.split())
        origin = "held out" if name in _HELD_OUT else "editor"
        yield Case(name, origin, talk.sentences, tuple(begins[int(chapter["word_offset"])] for chapter in chapters))


def _breaks() -> Iterator[Case]:
    """Breaks of longer shows: few, so much that is found is no break and still a chapter."""
    for path in sorted(talks.CORPUS.glob("*.turns.json")):
        name = path.name.removesuffix(".turns.json")
        said, found = 0, []
        for text, after_break in _turns(name):
            if after_break and said:
                found.append(said / talks.WORDS_A_SECOND)
            said += len(talks.plain(text).split())
        if found and not path.with_name(f"{name}.truth.json").exists():
            yield Case(name, "breaks", talks.talk(name).sentences, tuple(found))


def _joined() -> Iterator[Case]:
    """Unrelated pieces of episodes of the pack, one after the other: an exact truth, easier than real talk."""
    chance = random.Random(20)
    names = [name for name in talks.names() if name.startswith(("practical-ai-", "ship-it-"))]
    for number, (pieces, shortest, longest) in enumerate(_JOINED * 2, 1):
        found: list[Sentence] = []
        truth, at = [], 0.0
        for name in chance.sample(names, pieces):
            piece = _piece(talks.talk(name).sentences, chance.uniform(shortest, longest), chance)
            truth.append(at)
            found += [replace(s, start_s=at + s.start_s - piece[0].start_s, end_s=at + s.end_s - piece[0].start_s) for s in piece]
            at = found[-1].end_s
        yield Case(f"joined-{number}", "joined", tuple(replace(s, number=n) for n, s in enumerate(found, 1)), tuple(truth[1:]))


def _piece(sentences: tuple[Sentence, ...], seconds: float, chance: random.Random) -> list[Sentence]:
    latest = max(0.0, sentences[-1].end_s - seconds)
    start = chance.uniform(0.0, latest)
    return [s for s in sentences if start <= s.start_s < start + seconds]
