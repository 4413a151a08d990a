"""The position of one episode, written down often enough that nothing can take more than a few seconds of it."""

from __future__ import annotations

from datetime import date

from podcli.domain import Episode, PlayerState
from podcli.pipeline.events import happened
from podcli.services.playback.history import History
from podcli.services.playback.resume import is_finished
from podcli.store import Store

SAVE_EVERY_S = 3.5
"""With a tick each quarter of a second this is never more than four."""
_SAVE_AFTER_S = 4.0
"""So much audio: at four times the speed that passes in one second."""
_BEGUN_S, _MOVED_S = 0.5, 0.05
"""A position that moved by less is the one already kept. At first it takes more: opening an episode that fails must not creep
backwards."""
_ASTRAY_S = 2.0


class Journal:
    """Keeps where the listener is in `episode`; it begins at `begin_s`."""

    def __init__(self, store: Store, episode: Episode, begin_s: float, now: float) -> None:
        self._store = store
        self._episode = episode
        self._kept_s = begin_s
        self._lowest_s = begin_s
        self._least_s = _BEGUN_S
        self._kept_at = now - SAVE_EVERY_S  # the first words are kept at once: the listener may have gone far to hear them
        self.finished = episode.finished
        """What the library says."""
        self._told = False
        """Whether hooks were told that it was heard: once in a sitting is enough, though the listener goes back a little."""

    def asked(self, position_s: float) -> None:
        """A verb sent playback there. A position before all that was asked for is a player's mistake, and never kept."""
        self._lowest_s = min(self._lowest_s, position_s)

    def due(self, state: PlayerState, now: float) -> bool:
        """Whether it is time to `keep`."""
        halted = (state.ended or bool(state.problem)) and not self.finished
        moved = abs(state.position_s - self._kept_s)
        return halted or moved >= _SAVE_AFTER_S or (now - self._kept_at >= SAVE_EVERY_S and moved >= self._least_s)

    def keep(self, state: PlayerState, history: History, now: float) -> bool:
        """Write the position, if it moved, with what was heard; near the end the episode is marked finished.

        Whether something was written. A state of another episode is never taken for this one's.
        """
        self._kept_at = now
        if state.episode_id != self._episode.id:
            return False
        if state.position_s < self._lowest_s - _ASTRAY_S and not state.ended:
            return False
        finished = is_finished(state)
        moved = abs(state.position_s - self._kept_s) >= self._least_s
        if not moved and (finished == self.finished or not state.ended):
            return False
        if self._store.library.episode(self._episode.id) is None:
            return False  # its show was removed while it played
        with self._store.writing():
            mark = finished if finished != self.finished else None  # what somebody marked by hand meanwhile stays
            self._store.library.save_position(self._episode.id, round(state.position_s, 2), mark)
            if state.duration_s and self._episode.duration_s is None and not state.problem:
                self._store.library.set_duration(self._episode.id, state.duration_s)
            self.keep_history(history)
        self._kept_s = self._lowest_s = state.position_s
        self._least_s = _MOVED_S
        self._now_finished(finished)
        return True

    def keep_history(self, history: History) -> None:
        """Write what was heard and saved since the last time."""
        self._store.listening.save_heard(self._episode.id, history.spans)
        self._count(history)

    def _count(self, history: History) -> None:
        new = history.take()
        if new.heard_s or new.saved_s:
            self._store.listening.add_listened(date.today().isoformat(), self._episode.show_id, new)

    def finish(self, position_s: float, history: History) -> None:
        """It was heard to its end: marked so, and out of queue and inbox."""
        if self._store.library.episode(self._episode.id) is None:
            return
        with self._store.writing():
            self._store.library.save_position(self._episode.id, round(position_s, 2), True)
            self._store.library.dequeue(self._episode.id)
            self._store.listening.leave_inbox(self._episode.id)
            self.keep_history(history)
        self._kept_s = self._lowest_s = position_s
        self._now_finished(True)

    def _now_finished(self, finished: bool) -> None:
        news = finished and not self.finished and not self._told
        self.finished = finished
        if news:
            self._told = True
            happened(self._store, "finished", self._episode)


class Passing(Journal):
    """Of a moment: the time counts, but where the listener is in the episode, and whether it was heard, stay as they were."""

    def due(self, state: PlayerState, now: float) -> bool:
        """Whether it is time to count."""
        return now - self._kept_at >= SAVE_EVERY_S

    def keep(self, state: PlayerState, history: History, now: float) -> bool:
        """Count the time that was listened. Nothing of the episode is written."""
        self._kept_at = now
        if self._store.library.episode(self._episode.id) is None:
            return False
        with self._store.writing():
            self._count(history)
        return True

    def finish(self, position_s: float, history: History) -> None:
        """The moment is over; the episode is not."""
        self.keep(PlayerState(), history, self._kept_at)
