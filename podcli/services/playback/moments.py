"""Moments to be heard back to back, and where in them playback is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from podcli.domain import Episode, Insight, Moment, SnipCard

if TYPE_CHECKING:
    from podcli.store.highlights import Highlight


class Moments:
    """A sequence of moments; `at` is the one that plays, counted from 0."""

    def __init__(self, moments: Iterable[Moment], at: int = 0) -> None:
        self._all = tuple(moments)
        self.at = at

    def __getitem__(self, number: int) -> Moment:
        return self._all[number]

    def number(self, moment: Moment | None) -> tuple[int, int]:
        """Which it is, counted from 1, and of how many; (0, 0) for none."""
        return (self.at + 1, len(self._all)) if moment is not None else (0, 0)

    def after(self) -> range:
        """Those that follow."""
        return range(self.at + 1, len(self._all))

    def before(self) -> range:
        """Those before, the nearest first."""
        return range(self.at - 1, -1, -1)


def of_feed(found: Sequence[Highlight]) -> list[Moment]:
    """The best moments of many episodes, in the order they were found."""
    return [Moment(each.episode_id, each.start_s, each.end_s, each.title or each.text) for each in found]


def of_snips(found: Sequence[SnipCard]) -> list[Moment]:
    """What was kept, in that order."""
    return [Moment(each.snip.episode_id, each.snip.start_s, each.snip.end_s, each.snip.title or each.snip.text) for each in found]


def of_episode(episode: Episode, highlights: Insight) -> list[Moment]:
    """The best moments of one episode, in order of time."""
    return [Moment(episode.id, item.start_s, item.end_s, item.title or item.text) for item in highlights.items]
