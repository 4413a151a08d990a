"""What comes before and after the episode that plays."""

from __future__ import annotations

from podcli.domain import Episode, EpisodeId
from podcli.store import Store

_KEPT = 100


class Line:
    """The queue, as far as playback is concerned, and what played in this sitting."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._played: list[EpisodeId] = []
        self._failed: set[EpisodeId] = set()

    def following(self, episode_id: EpisodeId | None) -> list[Episode]:
        """What is queued after `episode_id`, or everything queued when it is not in the queue; without what failed."""
        queue = self._store.library.queue()
        places = [place for place, episode in enumerate(queue) if episode.id == episode_id]
        rest = queue[places[0] + 1 :] if places else queue
        return [episode for episode in rest if episode.id not in self._failed]

    def holds(self, episode_id: EpisodeId) -> bool:
        """Whether it is queued."""
        return any(episode.id == episode_id for episode in self._store.library.queue())

    def failed(self, episode_id: EpisodeId) -> None:
        """It could not be played: not again before the listener asks for it."""
        self._failed.add(episode_id)

    def wanted(self, episode_id: EpisodeId) -> None:
        """The listener asks for it."""
        self._failed.discard(episode_id)

    def left(self, episode_id: EpisodeId) -> None:
        """It played, and something else does now."""
        self._played = [*self._played, episode_id][-_KEPT:]

    def before(self) -> EpisodeId | None:
        """What played before, each time one further back."""
        return self._played.pop() if self._played else None
