"""Chapters from wherever they are: in the audio, in the feed, in a file of the publisher's, in the show notes, or ours."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from podcli.domain import Chapter, Episode

if TYPE_CHECKING:
    from podcli.store import Store

FAR_IN_S = 3.0
"""Further into a chapter than this, “previous” means its own start."""


def chapters_of(store: Store, episode: Episode, duration_s: float | None = None) -> tuple[Chapter, ...]:
    """Of the best source, in order: embedded, feed, json, notes, podcli."""
    return with_noted(store.library.chapters(episode.id), episode, duration_s)


def with_noted(stored: Sequence[Chapter], episode: Episode, duration_s: float | None = None) -> tuple[Chapter, ...]:
    """The same, when those that are `stored` were read already."""
    from podcli.feeds.noted import noted_chapters

    if stored and stored[0].source != "podcli":
        return tuple(stored)
    return noted_chapters(episode.description, duration_s or episode.duration_s) or tuple(stored)


def lacks_publishers(store: Store, episode: Episode) -> bool:
    """Whether the publisher has a chapter file that was not read yet, and nothing better is known."""
    stored = store.library.chapters(episode.id)
    return bool(store.library.chapters_url(episode.id)) and (not stored or stored[0].source == "podcli")


def next_start(chapters: Sequence[Chapter], position_s: float) -> float | None:
    """Where the chapter after the one at `position_s` begins; None in the last."""
    return next((chapter.start_s for chapter in chapters if chapter.start_s > position_s + 0.05), None)


def previous_start(chapters: Sequence[Chapter], position_s: float) -> float | None:
    """Where the present chapter begins, or the one before when this one has only begun; None without chapters."""
    if not chapters:
        return None
    return max((chapter.start_s for chapter in chapters if chapter.start_s < position_s - FAR_IN_S), default=0.0)
