"""Chapters from wherever they are: in the audio, in the feed, in a file of the publisher's, in the show notes, or ours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from podcli.domain import Chapter, Episode
from podcli.text import parse_timecode

if TYPE_CHECKING:
    from podcli.store import Store

FAR_IN_S = 3.0
"""Further into a chapter than this, “previous” means its own start."""
_MOST_LINES = 2000
_LONGEST_LINE = 300
_TIME = r"(\d{1,3}:[0-5]\d(?::[0-5]\d)?)(?!\d|\s{0,2}[ap]\.?m\b)"
_LEADING = re.compile(rf"[\s\-–—*•·>#(\[]{{0,8}}{_TIME}[\s)\].:|\-–—]{{1,8}}(\S.*)", re.I)
_TRAILING = re.compile(rf"[\s\-–—*•·>#]{{0,8}}(\S.*?)[\s(\[|:\-–—@]{{1,8}}{_TIME}[)\].\s]{{0,4}}", re.I)


def chapters_of(store: Store, episode: Episode, duration_s: float | None = None) -> tuple[Chapter, ...]:
    """Of the best source, in order: embedded, feed, json, notes, podcli."""
    stored = store.library.chapters(episode.id)
    if stored and stored[0].source != "podcli":
        return tuple(stored)
    return noted_chapters(episode.description, duration_s or episode.duration_s) or tuple(stored)


def lacks_publishers(store: Store, episode: Episode) -> bool:
    """Whether the publisher has a chapter file that was not read yet, and nothing better is known."""
    stored = store.library.chapters(episode.id)
    return bool(store.library.chapters_url(episode.id)) and (not stored or stored[0].source == "podcli")


def noted_chapters(notes: str, duration_s: float | None = None) -> tuple[Chapter, ...]:
    """Times in show notes as chapters: lines such as ``12:34 Title``, ``(1:02:03) Title`` or ``Title – 12:34``.

    Nothing unless there are at least two, in ascending order, within the episode: other times are not chapters.
    """
    from podcli.feeds.chapters import tidy_chapters

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


def next_start(chapters: Sequence[Chapter], position_s: float) -> float | None:
    """Where the chapter after the one at `position_s` begins; None in the last."""
    return next((chapter.start_s for chapter in chapters if chapter.start_s > position_s + 0.05), None)


def previous_start(chapters: Sequence[Chapter], position_s: float) -> float | None:
    """Where the present chapter begins, or the one before when this one has only begun; None without chapters."""
    if not chapters:
        return None
    return max((chapter.start_s for chapter in chapters if chapter.start_s < position_s - FAR_IN_S), default=0.0)
