"""A transcript cut into the short cues that captions are made of.

Source: podcast-namespace ``transcripts.md``: SubRip at most 2 lines of 32 characters, WebVTT lines of at most 65.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from podcli.domain import Segment, Word
from podcli.text import clean_line

_MS = 0.001
_LATEST_S = 359_999.0
"""99:59:59: hours of two digits are what every reader takes."""


@dataclass(frozen=True, slots=True)
class Cue:
    """What is shown from `start_s` until `end_s`; `words` are those of `lines` when their times are known."""

    start_s: float
    end_s: float
    lines: tuple[str, ...]
    speaker: str = ""
    words: tuple[Word, ...] = ()


def to_cues(segments: Iterable[Segment], width: int, height: int, *, names: bool = False) -> Iterator[Cue]:
    """Cues of at most `height` lines of at most `width` characters (a longer word stands alone), in order and never empty.

    `names` leaves room for ``Name: `` in the first cue of each speaker. Times are finite, at least a millisecond long, and
    starts never go back. A cue within a segment starts with its first word; without word times, in proportion to its length.
    """
    latest, speaker = 0.0, ""
    for segment in segments:
        text = clean_line(segment.text)
        if not text:
            continue
        prefix = f"{clean_line(segment.speaker)}: " if names and segment.speaker.strip() and segment.speaker != speaker else ""
        speaker = segment.speaker
        start_s = max(latest, min(_finite(segment.start_s), _LATEST_S))
        end_s = max(start_s + _MS, min(_finite(segment.end_s), _LATEST_S + 0.999))
        for cue in _cut(segment, prefix, text, width, height, start_s, end_s):
            latest = cue.start_s
            yield cue


def _cut(segment: Segment, prefix: str, text: str, width: int, height: int, start_s: float, end_s: float) -> Iterator[Cue]:
    lines = textwrap.wrap(prefix + text, width, break_long_words=False, break_on_hyphens=False)
    parts = [lines[index : index + height] for index in range(0, len(lines), height)]
    words = _timed(segment.words, text, start_s, end_s)
    if words:
        words = (*(Word(words[0].start_s, words[0].start_s, part) for part in prefix.split()), *words)
    total = max(1, sum(len(line) for line in lines))
    said = shown = 0
    for index, part in enumerate(parts):
        count = sum(len(line.split(" ")) for line in part)
        own = words[shown : shown + count]
        begins = own[0].start_s if own and index else start_s + (end_s - start_s) * said / total
        shown, said = shown + count, said + sum(len(line) for line in part)
        following = words[shown].start_s if words and shown < len(words) else start_s + (end_s - start_s) * said / total
        until = end_s if index + 1 == len(parts) else following
        yield Cue(begins, max(begins + _MS, until), tuple(part), clean_line(segment.speaker), own)


def _timed(words: Sequence[Word], text: str, start_s: float, end_s: float) -> tuple[Word, ...]:
    """The words with times that rise within the segment; () when they are not those of `text`."""
    kept = [(word, clean_line(word.text)) for word in words]
    if " ".join(shown for _, shown in kept if shown) != text:
        return ()
    timed, latest = [], start_s
    for word, shown in kept:
        if shown:
            latest = min(max(latest, _finite(word.start_s)), end_s)
            timed += [Word(latest, max(latest, min(_finite(word.end_s), end_s)), part) for part in shown.split(" ")]
    return tuple(timed)


def _finite(seconds: float) -> float:
    return max(0.0, seconds) if math.isfinite(seconds) else 0.0
