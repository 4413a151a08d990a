"""Smart speed: the gaps of an episode, as far as anybody knows them, jumped over.

Seeking over a gap, instead of squeezing it out of the sound, keeps clock, transcript and chapters right.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from podcli.domain import Episode, Span, TranscriptId, Word
from podcli.store import Store

_SHORTEST_S = 0.5
"""A shorter gap is breath, and belongs to the sentence."""
_EDGE_S = 0.12
"""So much of a gap stays on each side, or words would run into each other."""
_WORTH_S = 0.2
"""A jump that saves less is heard more than it helps."""
_LONGEST_BETWEEN_WORDS_S = 3.0
"""Where nobody speaks for longer, something else may be heard: music, a clip, applause."""


def gaps_between(words: Iterable[Word]) -> list[Span]:
    """Where nobody speaks for a moment, by the word times of a transcript."""
    found = [(earlier.end_s, later.start_s) for earlier, later in pairwise(words)]
    return [(start, end) for start, end in found if _SHORTEST_S <= end - start <= _LONGEST_BETWEEN_WORDS_S]


class Gaps:
    """Gaps in order, and where to go on in them."""

    def __init__(self, spans: Iterable[Span]) -> None:
        kept = sorted((start, end) for start, end in spans if end - start >= _SHORTEST_S)
        self._starts = [start for start, _ in kept]
        self._ends = [end for _, end in kept]

    def past(self, position_s: float) -> float | None:
        """Where to go on when `position_s` is in a gap worth jumping over; None elsewhere."""
        at = bisect_right(self._starts, position_s - _EDGE_S) - 1
        if at < 0:
            return None
        to = self._ends[at] - _EDGE_S
        return to if to - position_s >= _WORTH_S else None


class Smart:
    """Of one episode. Gaps measured in the audio win over those between the words of its transcript."""

    def __init__(self, store: Store, episode: Episode) -> None:
        self._store = store
        self._episode = episode
        self._gaps = Gaps([])
        self._measured = self._asked = False
        self._words_of: TranscriptId | None = None

    def look(self, *, wanted: bool) -> None:
        """Read the gaps when they are `wanted` and have come to be known."""
        if not wanted or self._measured:
            return
        if not self._episode.audio_sha256:  # it may have been read or downloaded since
            self._episode = self._store.library.episode(self._episode.id) or self._episode
        sha256 = self._episode.audio_sha256
        spans = self._store.listening.gaps(sha256) if sha256 else None
        if spans is not None:
            self._gaps, self._measured = Gaps(spans), True
            return
        transcript = self._store.insights.find(self._episode.id, complete=True)
        if transcript is not None and self._words_of != transcript.id:
            self._words_of = transcript.id
            words = [word for segment in self._store.insights.segments(transcript.id) for word in segment.words]
            self._gaps = Gaps(gaps_between(words))

    def past(self, position_s: float) -> float | None:
        """Where to go on when `position_s` is in a gap worth jumping over."""
        return self._gaps.past(position_s)

    def request(self) -> bool:
        """Have the gaps measured when the audio is here and nobody did; whether a job was added."""
        episode = self._episode
        if self._measured or self._asked:
            return False
        self._asked = True
        reading = None
        if not (episode.audio_sha256 and Path(episode.audio_path).is_file()):
            if not episode.enclosure.url.startswith("file:"):
                return False  # nobody asked to download it
            reading = self._store.jobs.enqueue("download", episode_id=episode.id, title=episode.title).id
        self._store.jobs.enqueue("gaps", episode_id=episode.id, title=episode.title, after=reading)
        return True
