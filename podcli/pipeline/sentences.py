"""Segments to numbered sentences with times: what models point at and quotes are copied from."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from podcli.domain import Segment, Sentence

LONG_WORDS = 50
"""A sentence with more words is cut: speech recognition sometimes forgets to punctuate."""
_CUT_FROM, _CUT_TO = 12, 40
_PAUSE_S = 3.0
"""Silence that ends a sentence whatever the punctuation."""

# CJK and fullwidth stops need no blank after them; Arabic, Urdu, Devanagari and Armenian ones do.
_STOP = re.compile(r"[。！？｡．]+[」』）”’\"']*|(?:\.{2,}|…|[.!?؟۔।։])[.!?…]*[\"'”’»)\]]*(?=\s|$)")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uff00-\uffef\u3000-\u303f]")
_TITLES = frozenset(
    [
        "mr", "mrs", "ms", "dr", "prof", "st", "gen", "sen", "rep", "gov", "capt", "lt", "sgt", "col", "rev", "hon", "vs",
        "cf", "fig", "no", "vol", "approx", "e.g", "i.e", "viz", "dept",
    ]
)  # fmt: skip
"""Abbreviations that something always follows."""
_MAY_END = frozenset(
    [
        "etc", "inc", "ltd", "co", "corp", "jr", "sr", "u.s", "u.k", "u.n", "e.u", "a.m", "p.m", "d.c", "ph.d", "m.d", "b.c",
        "a.d", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec",
    ]
)  # fmt: skip
"""Abbreviations that may also end a sentence: the next word decides."""
_STARTERS = frozenset(
    [
        "the", "a", "an", "this", "that", "these", "those", "it", "its", "he", "she", "we", "they", "i", "you", "my", "our",
        "your", "his", "her", "their", "and", "but", "so", "or", "then", "there", "here", "what", "when", "where", "why",
        "how", "who", "if", "in", "on", "at", "for", "from", "with", "as", "now", "yes", "no", "yeah", "well", "okay",
        "because", "after", "before", "while", "some", "most", "one", "today", "also", "however",
    ]
)  # fmt: skip
_CLAUSE = frozenset(
    [
        "and", "but", "so", "because", "which", "or", "then", "when", "if", "that", "where", "while", "though", "although",
    ]
)  # fmt: skip


@dataclass(slots=True)
class _Turn:
    """The text of one speaker's uninterrupted talk, with the times known at some of its characters."""

    speaker: str
    text: str = ""
    offsets: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def mark(self, offset: int, time_s: float) -> None:
        """Times and offsets only ever grow, so that every sentence has its place on one line."""
        if self.offsets and offset <= self.offsets[-1]:
            offset = self.offsets[-1]
        self.offsets.append(offset)
        self.times.append(max(time_s, self.times[-1]) if self.times else time_s)

    def begins(self, offset: int) -> float:
        """When the character at `offset` starts."""
        return self._at(offset, bisect_right(self.offsets, offset))

    def ends(self, offset: int) -> float:
        """When the character before `offset` is over."""
        return self._at(offset, bisect_left(self.offsets, offset))

    def _at(self, offset: int, after: int) -> float:
        exact = after if after < len(self.offsets) and self.offsets[after] == offset else after - 1
        if 0 <= exact < len(self.offsets) and self.offsets[exact] == offset:
            return self.times[exact]
        low, high = max(0, after - 1), min(after, len(self.offsets) - 1)
        span = self.offsets[high] - self.offsets[low]
        share = (offset - self.offsets[low]) / span if span else 0.0
        return self.times[low] + share * (self.times[high] - self.times[low])


def sentences(segments: Sequence[Segment]) -> list[Sentence]:
    """The sentences of a transcript in order, numbered from 1.

    A sentence may span segments, never speakers or a silence of 3 s. Where there are words with times those are used; else times
    are interpolated by character within the segment. Starts never decrease and no sentence ends before it starts. Text without
    punctuation is cut at pauses, else at clauses, after 12 to 40 words. Every sentence is a piece of the segments' text joined by
    single blanks.
    """
    found: list[Sentence] = []
    floor = 0.0
    for turn in _turns(segments):
        for start, end in _spans(turn):
            begins = max(floor, turn.begins(start))
            found.append(Sentence(len(found) + 1, begins, max(begins, turn.ends(end)), turn.text[start:end], turn.speaker))
            floor = begins
    return found


def _turns(segments: Sequence[Segment]) -> Iterator[_Turn]:
    turn: _Turn | None = None
    last_s = 0.0
    for segment in sorted(segments, key=lambda segment: _finite(segment.start_s, 0.0)):
        text = " ".join(segment.text.split())
        if not text:
            continue
        start_s = max(0.0, _finite(segment.start_s, last_s))
        end_s = max(start_s, _finite(segment.end_s, start_s))
        if turn is None or turn.speaker != segment.speaker or start_s - last_s > _PAUSE_S:
            if turn is not None:
                yield turn
            turn = _Turn(segment.speaker)
        if turn.text and not (_CJK.match(turn.text[-1]) and _CJK.match(text[0])):
            turn.text += " "
        base = len(turn.text)
        turn.text += text
        for offset, time_s in _anchors(segment, text, start_s, end_s):
            turn.mark(base + offset, time_s)
        last_s = max(last_s, end_s)
    if turn is not None:
        yield turn


def _anchors(segment: Segment, text: str, start_s: float, end_s: float) -> Iterator[tuple[int, float]]:
    """The times known inside a segment, by character of `text`. Words that are not in the text in order are passed over."""
    place = 0
    yield 0, start_s
    for word in segment.words:
        spoken = " ".join(word.text.split())
        at = text.find(spoken, place, place + len(spoken) + 40) if spoken else -1
        if at >= 0 and math.isfinite(word.start_s) and math.isfinite(word.end_s):
            place = at + len(spoken)
            yield at, min(max(word.start_s, start_s), end_s)
            yield place, min(max(word.end_s, start_s), end_s)
    yield len(text), end_s


def _spans(turn: _Turn) -> Iterator[tuple[int, int]]:
    """Where each sentence of a turn starts and ends, blanks outside."""
    start = 0
    for match in _STOP.finditer(turn.text):
        if _is_end(turn.text, start, match):
            yield from _cut_long(turn, start, match.end())
            start = match.end()
    yield from _cut_long(turn, start, len(turn.text))


def _is_end(text: str, start: int, stop: re.Match[str]) -> bool:
    """Whether a stop ends a sentence, or belongs to an abbreviation, an initial, a list number or a pause for thought."""
    mark, rest = stop.group(), text[stop.end() : stop.end() + 40].split()
    if not rest or _CJK.match(mark[0]):
        return True
    following = rest[0].lstrip("\"'“‘([«")
    small = following[:1].islower()
    if mark[0] == "…" or mark.startswith("..") or mark[0] in "!?":
        return not small
    if mark[0] != ".":
        return True
    before = text[start : stop.start()].split()
    word = before[-1].lstrip("\"'“‘([«") if before else ""
    if len(before) == 1 and word.isdigit() and len(word) < 3:
        return False
    starter = not small and re.sub(r"\W.*", "", following.lower()) in _STARTERS
    if word.lower() in _TITLES:
        # "No." is a number before a number, an answer before anything else.
        return word.lower() == "no" and not following[:1].isdigit()
    if word.lower() in _MAY_END or re.fullmatch(r"(?:[A-Za-z]\.)+[A-Za-z]", word):
        return starter
    if len(word) == 1 and word.isupper() and word != "I":
        return starter
    return True


def _cut_long(turn: _Turn, start: int, end: int) -> Iterator[tuple[int, int]]:
    """One sentence, or several pieces of one that is too long to be one."""
    pieces = re.finditer(r"[^\s、，]{1,40}[、，]?|[、，]", turn.text[start:end])
    words = [(start + piece.start(), start + piece.end()) for piece in pieces]
    while len(words) > LONG_WORDS:
        cut = _best_cut(turn, words)
        yield words[0][0], words[cut - 1][1]
        words = words[cut:]
    if words:
        yield words[0][0], words[-1][1]


def _best_cut(turn: _Turn, words: Sequence[tuple[int, int]]) -> int:
    """After how many words to cut: at the longest pause, else before a clause, else after 40."""
    best, most = _CUT_TO, 0.0
    for place in range(_CUT_FROM, min(_CUT_TO, len(words) - 1) + 1):
        (_, ended), (begins, to) = words[place - 1], words[place]
        worth = 4.0 * min(2.0, max(0.0, turn.begins(begins) - turn.ends(ended) - 0.2))
        worth += 1.0 if turn.text[ended - 1] in ",;:—、，" else 0.0
        worth += 0.5 if turn.text[begins:to].lower().strip(",.") in _CLAUSE else 0.0
        worth += place / 1000  # of equals the later
        if worth > most and worth >= 0.5:
            best, most = place, worth
    return best


def _finite(value: float, otherwise: float) -> float:
    return value if math.isfinite(value) else otherwise
