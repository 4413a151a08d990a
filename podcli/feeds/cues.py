"""Cues as publishers cut them (a caption line, a word, a rolling pair of lines) into segments people can read."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from podcli.domain import Segment, Word
from podcli.feeds.times import MAX_SECONDS
from podcli.text import clean_line

MAX_CUES = 200_000
_MAX_CUE_CHARS = 20_000
_MAX_LINES = 200
_LONGEST_S = 20.0
_LONGEST_CHARS = 300
_PAUSE_S = 1.5
_RESTART_S = 60.0
"""Going back by so much and on from there, a transcript begins anew: it was put together from parts, each timed from 0."""
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)\]]*$")
# "Ann Lee: Hello", "BOB: hi"; up to four capitalised words, so "And here is the thing: …" stays text.
_SPEAKER = re.compile(r"(?:>>\s*)?((?:[^\W\d_a-z][\w.'’-]{0,24})(?:\s(?:[^\W_a-z][\w.'’-]{0,24}|\d{1,2})){0,3})\s?:\s+(?=\S)")
_NO_NAMES = {"note", "warning", "example", "question", "answer", "q", "a", "update", "tip", "hint", "ps", "spoiler", "music"}


@dataclass(frozen=True, slots=True)
class Cue:
    """A publisher's unit of text: seconds, lines, and who speaks when it is known. `new_voice`: a dash says it is another."""

    start_s: float
    end_s: float
    lines: tuple[str, ...]
    speaker: str = ""
    words: tuple[Word, ...] = ()
    new_voice: bool = False


def to_segments(cues: Iterable[Cue], *, prefixes: bool = True, rolling: bool = False) -> list[Segment]:
    """Readable segments: cues made finite and monotonic, rolling repeats dropped, sentences joined, speakers kept.

    `prefixes` reads ``Name:`` at the start of a line as the speaker, who goes on until the next; `rolling` says the cues
    repeat their predecessor's lines, which is otherwise found out.
    """
    kept = _monotonic(cues)
    if rolling or _rolls(kept):
        kept = _unrolled(kept)
    if prefixes:
        kept = _named(kept)
    return _joined(kept)


def _monotonic(cues: Iterable[Cue]) -> list[Cue]:
    kept: list[Cue] = []
    for cue in cues:
        lines = tuple(text for part in cue.lines[:_MAX_LINES] if (text := clean_line(part, limit=_MAX_CUE_CHARS)))
        if not lines or not math.isfinite(cue.start_s) or not 0 <= cue.start_s <= MAX_SECONDS:
            continue
        end = cue.end_s if math.isfinite(cue.end_s) and cue.end_s <= MAX_SECONDS else cue.start_s
        kept.append(replace(cue, lines=lines, end_s=max(end, cue.start_s), speaker=clean_line(cue.speaker, limit=80)))
        if len(kept) >= MAX_CUES:
            break
    kept = _one_clock(kept)
    kept.sort(key=lambda cue: cue.start_s)
    for index, cue in enumerate(kept[:-1]):
        following = kept[index + 1].start_s
        if cue.end_s > following or cue.end_s == cue.start_s:
            # An overlap, or a cue without an end: it lasts until the next begins.
            kept[index] = replace(cue, end_s=following if cue.end_s > following else min(following, cue.start_s + 5))
    return kept


def _one_clock(cues: list[Cue]) -> list[Cue]:
    """Parts that each begin at 0 are put one after the other; a lone cue that is out of order stays as it is."""
    timed: list[Cue] = []
    latest = shift = 0.0
    for index, cue in enumerate(cues):
        ahead = cues[index : index + 4]
        goes_on = len(ahead) == 4 and all(a.start_s <= b.start_s < a.start_s + _RESTART_S for a, b in pairwise(ahead))
        if cue.start_s < min(_RESTART_S, latest - shift - _RESTART_S) and goes_on:
            shift = latest + min(_LONGEST_S, timed[-1].end_s - timed[-1].start_s) - cue.start_s
        if shift:
            words = tuple(replace(word, start_s=word.start_s + shift, end_s=word.end_s + shift) for word in cue.words)
            cue = replace(cue, start_s=cue.start_s + shift, end_s=cue.end_s + shift, words=words)
        timed.append(cue)
        latest = max(latest, cue.start_s)
    return [cue for cue in timed if cue.start_s <= MAX_SECONDS]


def _overlap(before: tuple[str, ...], after: tuple[str, ...]) -> int:
    for count in range(min(len(before), len(after)), 0, -1):
        if before[-count:] == after[:count]:
            return count
    return 0


def _rolls(cues: list[Cue]) -> bool:
    pairs = list(pairwise(cues))
    repeated = sum(1 for before, after in pairs if _overlap(before.lines, after.lines))
    return len(cues) >= 8 and repeated >= len(pairs) * 0.5


def _unrolled(cues: list[Cue]) -> list[Cue]:
    """Roll-up captions (CEA-608 style): each cue keeps only the lines its predecessor did not show."""
    kept: list[Cue] = []
    shown: tuple[str, ...] = ()
    for cue in cues:
        fresh = cue.lines[_overlap(shown, cue.lines) :]
        shown = cue.lines
        if fresh:
            kept.append(replace(cue, lines=fresh, words=tuple(word for word in cue.words if word.start_s >= cue.start_s)))
        elif kept:
            kept[-1] = replace(kept[-1], end_s=max(kept[-1].end_s, cue.end_s))
    return kept


def _named(cues: list[Cue]) -> list[Cue]:
    """Split cues at lines that start with a speaker's name, and carry that speaker on."""
    named: list[Cue] = []
    speaker = ""
    for cue in cues:
        if cue.speaker:
            named.append(cue)
            continue
        parts: list[tuple[str, list[str]]] = []
        speaker = "" if cue.new_voice else speaker
        for text in cue.lines:
            match = _SPEAKER.match(text)
            if match and match[1].lower() not in _NO_NAMES:
                speaker = match[1].title() if match[1].isupper() and len(match[1]) > 3 else match[1]
                parts.append((speaker, [text[match.end() :]]))
            elif parts:
                parts[-1][1].append(text)
            else:
                parts.append((speaker, [text]))
        total = sum(len(line) for _, lines in parts for line in lines) or 1
        start = cue.start_s
        for name, lines in parts:
            end = start + (cue.end_s - cue.start_s) * sum(map(len, lines)) / total
            words = cue.words if len(parts) == 1 and lines == list(cue.lines) else ()
            named.append(replace(cue, start_s=start, end_s=end, lines=tuple(lines), speaker=name, words=words))
            start = end
    return named


def _joined(cues: list[Cue]) -> list[Segment]:
    segments: list[Segment] = []
    group: list[Cue] = []
    chars = 0
    for cue in cues:
        if group and (
            cue.speaker != group[-1].speaker
            or cue.new_voice
            or cue.start_s - group[-1].end_s > _PAUSE_S
            or cue.end_s - group[0].start_s > _LONGEST_S
            or chars > _LONGEST_CHARS
            or _SENTENCE_END.search(group[-1].lines[-1])
        ):
            segments.append(_segment(group))
            group, chars = [], 0
        group.append(cue)
        chars += sum(map(len, cue.lines))
    if group:
        segments.append(_segment(group))
    return segments


def _segment(group: list[Cue]) -> Segment:
    texts = [" ".join(cue.lines) for cue in group]
    words = tuple(word for cue, text in zip(group, texts, strict=True) for word in (cue.words or _spread(cue, text)))
    # A lone cue without word times has none; of several, their times are worth keeping.
    timed = len(group) > 1 or bool(group[0].words)
    return Segment(group[0].start_s, group[-1].end_s, " ".join(texts), group[0].speaker, words if timed else ())


def _spread(cue: Cue, text: str) -> tuple[Word, ...]:
    """Words share their cue's time by length: at most a cue's length wrong, so a cue of one word is exact."""
    parts = text.split()
    total = sum(len(part) + 1 for part in parts)
    words, done = [], 0
    for part in parts:
        start = cue.start_s + (cue.end_s - cue.start_s) * done / total
        done += len(part) + 1
        words.append(Word(start, cue.start_s + (cue.end_s - cue.start_s) * done / total, part))
    return tuple(words)
