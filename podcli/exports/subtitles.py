"""A transcript as SubRip, WebVTT, or the JSON of Podcasting 2.0.

Sources: podcast-namespace ``transcripts.md``; W3C WebVTT §4 (timings, ``<v>`` and time stamps in cues, escapes).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Annotated, NotRequired, TypedDict

from podcli.domain import Segment
from podcli.domain.schema import Seconds
from podcli.exports.cues import Cue, to_cues

_SRT_WIDTH, _SRT_LINES = 32, 2
_VTT_WIDTH, _VTT_LINES = 65, 2
# Players act on <i>, </font>, {\an8} and \N, and SubRip has no escapes: such signs become their typographic likes.
_SRT_MARKUP = str.maketrans({"<": "‹", ">": "›", "{": "(", "}": ")", "\\": "∖"})


class TranscriptSegmentJson(TypedDict):
    """What is said from one second to another: a stretch, or a word."""

    speaker: NotRequired[Annotated[str, "Who says it, where that is known."]]
    startTime: Annotated[Seconds, "Where it begins."]
    endTime: Annotated[Seconds, "Where it ends."]
    body: Annotated[str, "The words."]


class PodcastTranscriptJson(TypedDict):
    """A transcript as `podcast:transcript` of Podcasting 2.0 has it."""

    version: Annotated[str, "Of the format."]
    segments: Annotated[list[TranscriptSegmentJson], "In order of time."]


def to_srt(segments: Iterable[Segment]) -> str:
    """SubRip: at most two lines of 32 characters, ``Name: `` where the speaker changes; '' for no speech."""
    out = []
    for number, cue in enumerate(to_cues(segments, _SRT_WIDTH, _SRT_LINES, names=True), 1):
        text = "\n".join(cue.lines).replace("-->", "→").translate(_SRT_MARKUP)
        out.append(f"{number}\n{_times(cue, ',')}\n{text}\n")
    return "\n".join(out)


def to_vtt(segments: Iterable[Segment], *, words: bool = False) -> str:
    """WebVTT (W3C, §4): cues of at most two lines of 65 characters with speakers as voices; the header alone for no speech.

    With `words`, a time stamp stands before each word whose time is known and lies within its cue, after the one before: players
    light them as they are said. Such a cue is one line; cues without known words are as without `words`.
    """
    cues = (
        f"{_times(cue, '.')}\n{_voice(cue)}{_stamped(cue) if words and cue.words else _plain(cue)}\n"
        for cue in to_cues(segments, _VTT_WIDTH, _VTT_LINES)
    )
    return "\n".join(["WEBVTT\n", *cues])


def to_json(segments: Iterable[Segment], *, words: bool = False) -> str:
    """The JSON of ``podcast:transcript``, version 1.0.0; `words` makes a segment of each word, as its specification shows."""
    listed = [entry for segment in segments for entry in _entries(segment, words)]
    return json.dumps(PodcastTranscriptJson(version="1.0.0", segments=listed), ensure_ascii=False, indent=1) + "\n"


def _entries(segment: Segment, words: bool) -> Iterator[TranscriptSegmentJson]:
    # One cue as wide as the segment: cleaned, with times that are in order and finite.
    for cue in to_cues([segment], max(1, len(segment.text) * 4), 1):
        if words and cue.words:
            for word in cue.words:
                yield _entry(cue.speaker, word.start_s, word.end_s, word.text)
        else:
            yield _entry(cue.speaker, cue.start_s, cue.end_s, " ".join(cue.lines))


def _entry(speaker: str, start_s: float, end_s: float, body: str) -> TranscriptSegmentJson:
    timed = TranscriptSegmentJson(startTime=round(start_s, 3), endTime=round(end_s, 3), body=body)
    return {"speaker": speaker, **timed} if speaker else timed


def _voice(cue: Cue) -> str:
    name = _escaped(cue.speaker).rstrip("-")  # "-->" would end the cue
    return f"<v {name}>" if name else ""


def _plain(cue: Cue) -> str:
    return "\n".join(_escaped(line) for line in cue.lines)


def _stamped(cue: Cue) -> str:
    """Words with the times at which they start; a stamp must lie within its cue and after the one before."""
    pieces, latest = [], _ms(cue.start_s)
    for word in cue.words:
        at = _ms(word.start_s)
        if latest < at < _ms(cue.end_s):
            pieces.append(f"<{_stamp(word.start_s, '.')}>")
            latest = at
        pieces.append(_escaped(word.text) + " ")
    return re.sub(r" (<[\d:.]+>) ?", r" \1", "".join(pieces)).rstrip()


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _times(cue: Cue, point: str) -> str:
    return f"{_stamp(cue.start_s, point)} --> {_stamp(cue.end_s, point)}"


def _ms(seconds: float) -> int:
    return round(seconds * 1000)


def _stamp(seconds: float, point: str) -> str:
    whole, ms = divmod(_ms(seconds), 1000)
    return f"{whole // 3600:02d}:{whole // 60 % 60:02d}:{whole % 60:02d}{point}{ms:03d}"
