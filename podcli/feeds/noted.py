"""Chapters that are written as times in show notes."""

from __future__ import annotations

import re
from itertools import pairwise

from podcli.domain import Chapter
from podcli.feeds.chapters import tidy_chapters
from podcli.text import parse_timecode

_MOST_LINES = 2000
_LONGEST_LINE = 300
_TIME = r"(\d{1,3}:[0-5]\d(?::[0-5]\d)?)(?!\d|\s{0,2}[ap]\.?m\b)"
_LEADING = re.compile(rf"[\s\-–—*•·>#(\[]{{0,8}}{_TIME}[\s)\].:|\-–—]{{1,8}}(\S.*)", re.I)
_TRAILING = re.compile(rf"[\s\-–—*•·>#]{{0,8}}(\S.*?)[\s(\[|:\-–—@]{{1,8}}{_TIME}[)\].\s]{{0,4}}", re.I)


def noted_chapters(notes: str, duration_s: float | None = None) -> tuple[Chapter, ...]:
    """Times in show notes as chapters: lines such as ``12:34 Title``, ``(1:02:03) Title`` or ``Title – 12:34``.

    Nothing unless there are at least two, in ascending order, within the episode: other times are not chapters.
    """
    lines = [line.strip() for line in notes.splitlines()[:_MOST_LINES] if ":" in line]
    lines = [line for line in lines if len(line) <= _LONGEST_LINE]
    leading = [(match[1], match[2]) for line in lines if (match := _LEADING.fullmatch(line))]
    trailing = [(match[2], match[1]) for line in lines if not _LEADING.fullmatch(line) and (match := _TRAILING.fullmatch(line))]
    found = leading if len(leading) >= len(trailing) else trailing
    timed = [(seconds, title) for time, title in found if (seconds := parse_timecode(time)) is not None]
    if duration_s is not None:
        timed = [(seconds, title) for seconds, title in timed if seconds < duration_s]
    if len(timed) < 2 or any(later[0] <= earlier[0] for earlier, later in pairwise(timed)):
        return ()
    return tuple(tidy_chapters([(seconds, None, title) for seconds, title in timed], source="notes"))
