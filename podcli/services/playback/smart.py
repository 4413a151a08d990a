"""Smart speed: the gaps of an episode, as far as anybody knows them, jumped over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from podcli.domain import Episode
from podcli.store import Store

if TYPE_CHECKING:
    from podcli.player.gaps import Skipper


class Smart:
    """Of one episode. Gaps measured in the audio win over those between the words of its transcript."""

    def __init__(self, store: Store, episode: Episode) -> None:
        self._store = store
        self._episode = episode
        self._skipper: Skipper | None = None
        self._measured = self._tried_words = False

    def look(self, *, wanted: bool) -> None:
        """Read the gaps when they are `wanted` and have come to be known."""
        if not wanted or self._measured:
            return
        from podcli.player.gaps import Skipper, gaps_of_words

        sha256 = self._episode.audio_sha256
        spans = self._store.gaps.find(sha256) if sha256 else None
        if spans is not None:
            self._skipper, self._measured = Skipper(spans), True
        elif not self._tried_words:
            self._tried_words = True
            found = self._store.insights.find(self._episode.id, complete=True)
            words = [word for segment in self._store.insights.segments(found.id) for word in segment.words] if found else []
            self._skipper = Skipper(gaps_of_words(words)) if words else None

    def past(self, position_s: float, speed: float) -> float | None:
        """Where to go on when `position_s` is in a gap worth jumping over."""
        return self._skipper.past(position_s, speed) if self._skipper else None

    def request(self) -> bool:
        """Have the gaps measured when the audio is here and nobody did; whether a job was added."""
        episode = self._episode
        if self._measured or not episode.audio_sha256 or not Path(episode.audio_path).is_file():
            return False
        self._store.jobs.enqueue("gaps", episode_id=episode.id, title=episode.title)
        return True
