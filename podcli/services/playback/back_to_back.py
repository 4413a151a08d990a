"""The verbs that play moments back to back: none of them moves the listener's place in its episode, or marks that heard."""

from __future__ import annotations

import time
from collections.abc import Sequence

from podcli.domain import Episode, Moment
from podcli.errors import PodcliError, UsageError
from podcli.player.base import OnChange
from podcli.services.playback.journal import Journal
from podcli.services.playback.loaded import Loaded
from podcli.services.playback.moments import Moments
from podcli.services.playback.transport import Transport
from podcli.store import require_episode


class BackToBack(Transport):
    """Moments, one after the other, and from each of them into its whole episode."""

    def start_moments(
        self, moments: Sequence[Moment], silent: bool = False, on_change: OnChange | None = None, *, speed: float | None = None
    ) -> None:
        """Play `moments` in their order; the first of them that can be played begins.

        Raises UsageError without moments, and what `start` raises when none of them can be played.
        """
        if not moments:
            raise UsageError("There is no moment to play.", "They are found with the takeaways: `podcli takeaways EPISODE`.")
        if self._loaded is not None and self._loaded.moment is None:
            self._line.left(self._loaded.episode.id)
        self._on_change = on_change
        sequence = Moments(moments)
        problem: PodcliError | None = None
        for number in range(len(moments)):
            try:
                return self._start_moment(sequence, number, silent=silent, speed=speed)
            except PodcliError as error:
                problem = error
        assert problem is not None
        raise problem

    def whole_episode(self) -> bool:
        """From the moment that plays into its whole episode, from here on; False when no moment plays.

        Undoing that jump leads to where the listener was in it before.
        """
        loaded, state, now = self._loaded, self.state, time.monotonic()
        if loaded is None or loaded.moment is None:
            return False
        self._observe(loaded, state, now)
        loaded.journal.keep(state, loaded.history, now)
        episode = require_episode(self._store.library, loaded.episode.id)
        self._line.wanted(episode.id)
        again, loaded.episode, loaded.moment, loaded.automatic = loaded.over, episode, None, False
        loaded.journal = Journal(self._store, episode, state.position_s, now)
        loaded.jumps.clear()
        if episode.position_s > 0 and not episode.finished:
            loaded.jumps.jumped(episode.position_s, state.position_s, now)
        self._moments = Moments(())
        loaded.went(state.position_s, self._end_s())
        self._look(now)
        if again:
            self.set_paused(False)
        self._shared.tell(self.now, also_position=True)
        return True

    def toggle(self) -> None:
        """Pause or go on; after the last moment, play it once more."""
        if self._is_over():
            self._again()
        else:
            super().toggle()

    def set_paused(self, paused: bool) -> None:
        """Pause, or go on: after a pause of more than ten seconds a little earlier."""
        if self._is_over() and not paused:
            self._again()
        else:
            super().set_paused(paused)

    def _is_over(self) -> bool:
        return self._loaded is not None and self._loaded.moment is not None and self._loaded.over

    def _again(self) -> None:
        """On with the next moment (a sleep timer may have ended before it), else once more."""
        if not self._go_on(self._moments.after()):
            self._start_moment(self._moments, self._moments.at, silent=self._deck.silent)

    def _go_on(self, numbers: Sequence[int]) -> bool:
        """Start the first of these moments that can be played; those that cannot are told."""
        for number in numbers:
            try:
                self._start_moment(self._moments, number, silent=self._deck.silent)
            except PodcliError as error:
                self._notices.append(f"“{self._moments[number].text}” was skipped: {error.message}")
            else:
                return True
        return False

    def _start_moment(self, sequence: Moments, number: int, *, silent: bool, speed: float | None = None) -> None:
        """Go to a moment; in the episode that is loaded already without loading it again."""
        moment, loaded = sequence[number], self._loaded
        before, at = self._moments, sequence.at
        self._moments, sequence.at = sequence, number
        if loaded is not None and loaded.moment is not None and self._holds(loaded, moment):
            loaded.moment = moment
            loaded.jumps.clear()
            self._go(moment.start_s)
            self._deck.set_paused(False)
            self._look(time.monotonic())
            return
        try:
            episode = require_episode(self._store.library, moment.episode_id)
            self._start(episode, moment.start_s, silent, False, speed=speed, automatic=True, moment=moment)
        except PodcliError:
            self._moments, sequence.at = before, at
            raise

    def _holds(self, loaded: Loaded, moment: Moment) -> bool:
        return loaded.episode.id == moment.episode_id and not self.state.problem and not self.state.ended

    def _end_moment(self, loaded: Loaded) -> None:
        """It was heard to its end: go on with the next, unless the listener wants to sleep; after the last one be quiet."""
        loaded.over = True
        loaded.journal.finish(self.state.position_s, loaded.history)
        asleep = self._sleep.kind in ("episode", "chapter")
        if asleep:
            self._sleep.clear()
        elif self._go_on(self._moments.after()):
            return
        else:
            self._notices.append("That was the last moment.")
        self._deck.set_paused(True)
        self._deck.fade(1.0)

    def _start(
        self, episode: Episode, start_s: float | None, silent: bool, paused: bool, *, speed: float | None = None,
        automatic: bool = False, moment: Moment | None = None,
    ) -> None:  # fmt: skip
        raise NotImplementedError
