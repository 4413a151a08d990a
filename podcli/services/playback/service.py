"""The verbs of listening, over the player, the queue and the library."""

from __future__ import annotations

import time

from podcli.domain import Episode, Moment, PlayerState
from podcli.errors import PodcliError
from podcli.player.base import OnChange
from podcli.services.playback.back_to_back import BackToBack
from podcli.services.playback.history import History
from podcli.services.playback.journal import Journal, Passing
from podcli.services.playback.loaded import Loaded
from podcli.services.playback.moments import Moments
from podcli.services.playback.resume import begin_at, fitting_skips
from podcli.services.playback.smart import Smart
from podcli.services.playback.source import source_of
from podcli.store import require_episode

_ASLEEP_S = 10.0
"""So much more wall time than running time between two ticks means that the machine slept (or that its clock was set)."""
_LOOK_EVERY_S = 1.0
"""While others write to the library (a transcription), look at most this often what that means for playback."""


class PlaybackService(BackToBack):
    """Verbs over the player, and the keeper of the position.

    Threads: the store belongs to the thread that made this service, and so does every method here. The player reports from
    a thread of its own, which only reaches `on_change`, never the store. So whoever shows the player must call `tick` about
    four times a second from the first thread: it writes the journal (at least every four seconds, and every four seconds of
    audio), skips gaps and outros, runs the sleep timer and goes on with the queue. Verbs that move or halt playback save at
    once.

    One episode plays in one podcli at a time: `start` refuses one that another process has open. Different episodes may play
    in different processes; `status` then tells of the one started last.
    """

    # Start and stop

    def start(
        self,
        episode: Episode,
        start_s: float | None = None,
        silent: bool = False,
        paused: bool = False,
        on_change: OnChange | None = None,
        *,
        speed: float | None = None,
    ) -> None:
        """Play the downloaded file of `episode`, else stream it; from `start_s`, else from where the listener left off.

        A finished episode starts over. `silent` runs the clock without sound. `on_change` is called from the player's thread.
        `speed` wins over the show's own for this episode. Raises PodcliError when there is no audio or another podcli has the
        episode open, NetworkError when it may not be streamed, and PodcliError naming the package when libmpv is missing. What
        goes wrong later arrives in ``state.problem``.
        """
        self._line.wanted(episode.id)
        if self._loaded is not None and self._loaded.episode.id != episode.id:
            self._line.left(self._loaded.episode.id)
        self._on_change = on_change
        self._start(episode, start_s, silent, paused, speed=speed)

    def _start(
        self, episode: Episode, start_s: float | None, silent: bool, paused: bool, *, speed: float | None = None,
        automatic: bool = False, moment: Moment | None = None,
    ) -> None:  # fmt: skip
        fresh = require_episode(self._store.library, episode.id)
        source = source_of(self._store, fresh)
        self._shared.claim(fresh)
        self._leave()
        try:
            self._deck.ready(silent, self._on_change)
        except PodcliError:
            self._shared.release()
            raise
        fresh = require_episode(self._store.library, episode.id)  # leaving it (it may be the same) wrote its position
        self._tuner.turn_to(fresh.show_id, speed=speed)
        tuning, now = self.tuning, time.monotonic()
        begin = max(0.0, begin_at(fresh, tuning, self._settings.resume_back_s) if start_s is None else start_s)
        keeper = Journal if moment is None else Passing
        loaded = Loaded(
            fresh, "://" in source, begin, keeper(self._store, fresh, begin, now),
            History(self._store.listening.heard(fresh.id), begin, now), Smart(self._store, fresh), automatic=automatic,
            moment=moment,
        )  # fmt: skip
        if start_s is None and (fresh.finished or fresh.position_s <= 0):  # the intro
            loaded.history.skipped(begin, tuning.speed)
        if fresh.duration_s is not None:
            loaded.went(begin, fresh.duration_s - fitting_skips(tuning, fresh.duration_s)[1])
        self._loaded = loaded
        if moment is None:
            self._moments = Moments(())
        if self._sleep.kind != "minutes":
            self._deck.fade(1.0)
        self._deck.tune(tuning)
        self._deck.load(source, fresh, begin, paused=paused)
        self._look(now)
        self._ask_for_work()
        self._sleep.moved(loaded.chapters, begin)
        self._shared.tell(self.now, also_position=True)

    def stop(self) -> None:
        """Save and unload."""
        self._deck.stop()
        self._leave()
        self._shared.release()

    def close(self) -> None:
        """Save and free the player. Safe to call twice."""
        try:
            self._leave()
            self._shared.release()
        finally:
            self._loaded = self._on_change = None
            self._deck.close()
            self._shared.close()

    def _leave(self) -> None:
        """Save what is loaded, and let go of it."""
        loaded = self._loaded
        if loaded is None:
            return
        state, now = self.state, time.monotonic()
        if state.episode_id == loaded.episode.id:
            self._observe(loaded, state, now)
        if not loaded.over:
            loaded.journal.keep(state, loaded.history, now)
            if loaded.journal.finished and loaded.began:
                loaded.journal.finish(state.position_s, loaded.history)
        self._loaded = None

    # Queue

    def next_episode(self) -> bool:
        """Go on with the next of the queue; False when there is none. What played keeps its place and stays queued.

        Among moments: the next of them.
        """
        loaded = self._loaded
        if loaded is not None and loaded.moment is not None:
            return self._go_on(self._moments.after())
        return self._advance(self._line.following(loaded.episode.id if loaded else None))

    def previous_episode(self) -> None:
        """Back to what played before in this sitting, else to the beginning of this. Among moments: the one before."""
        if self._loaded is not None and self._loaded.moment is not None:
            if not self._go_on(self._moments.before()):
                self._jump(self._loaded.moment.start_s)
            return
        before = self._line.before()
        episode = self._store.library.episode(before) if before is not None else None
        if episode is not None:
            self._start(episode, None, self._deck.silent, False)
        elif self._loaded is not None:
            self._jump(fitting_skips(self.tuning, self.state.duration_s)[0])

    def in_queue(self) -> bool:
        """Whether what is loaded came from the queue (and is still in it)."""
        return self._loaded is not None and self._line.holds(self._loaded.episode.id)

    def _advance(self, rest: list[Episode]) -> bool:
        """Start the first of `rest` that can be played; those that cannot are told."""
        for episode in rest:
            loaded = self._loaded
            try:
                self._start(episode, None, self._deck.silent, False, automatic=True)
            except PodcliError as error:
                self._skip(episode, error.message)
            else:
                if loaded is not None and loaded.episode.id != episode.id:
                    self._line.left(loaded.episode.id)
                return True
        return False

    def _skip(self, episode: Episode, why: str) -> None:
        self._line.failed(episode.id)
        self._notices.append(f"“{episode.title}” was skipped: {why}")

    # Time passes

    def tick(self) -> None:
        """Everything that happens by itself. Call about four times a second from the thread that made this service."""
        loaded, state, now = self._loaded, self.state, time.monotonic()
        if loaded is None or state.episode_id != loaded.episode.id:
            return
        self._observe(loaded, state, now)
        self._notice_sleep_of_machine(now)
        learned = (state.chapters, state.duration_s) != loaded.seen
        if learned or (now - self._looked_at >= _LOOK_EVERY_S and self._store.data_version() != self._version):
            self._look(now)
        if state.problem:
            self._unplayable(loaded, state)
        elif not loaded.over and self._at_end(loaded, state):
            self._end(loaded, state)
        elif not state.paused:
            self._fade_out(loaded, state)
            self._skip_gap(loaded, state, now)
        if self._loaded is loaded and loaded.journal.due(self.state, now):
            self.save()
        else:
            self._tell()

    def _notice_sleep_of_machine(self, now: float) -> None:
        """Sound devices seldom survive it (ALSA, PulseAudio after a resume)."""
        before, self._clocks = self._clocks, (time.time(), now)
        if before is not None and (self._clocks[0] - before[0]) - (now - before[1]) > _ASLEEP_S:
            self._deck.renew_output()

    def _at_end(self, loaded: Loaded, state: PlayerState) -> bool:
        end = self._end_s()
        return state.ended or (end is not None and not loaded.in_outro and not state.paused and state.position_s >= end)

    def _end(self, loaded: Loaded, state: PlayerState) -> None:
        """It was heard to its end, or to its outro: go on with the queue, unless the listener wants to sleep."""
        if loaded.moment is not None:
            return self._end_moment(loaded)
        loaded.over = True
        if not state.ended and state.duration_s is not None:
            loaded.history.skipped(state.duration_s - state.position_s, state.speed)
        rest = self._line.following(loaded.episode.id)
        try:
            loaded.journal.finish(state.position_s, loaded.history)
        except PodcliError:  # the library is busy: the next tick tries again
            loaded.over = False
            raise
        asleep = self._sleep.kind in ("episode", "chapter")
        if asleep:
            self._sleep.clear()
        if asleep or not self.advance or not self._advance(rest):
            if not state.ended and state.duration_s is not None:
                self._deck.seek(state.duration_s)
            if asleep:
                self._deck.set_paused(True)
                self._deck.fade(1.0)

    def _unplayable(self, loaded: Loaded, state: PlayerState) -> None:
        """What came up by itself and cannot be played is told and passed over; what the listener chose is his to see."""
        if loaded.over or not loaded.automatic or (loaded.began and loaded.moment is None):
            return
        loaded.over = True
        if loaded.moment is None:
            rest = self._line.following(loaded.episode.id)
            self._skip(loaded.episode, state.problem)
            told = self._notices[-1]
            went_on = self._advance(rest)
        else:
            told = f"“{loaded.moment.text}” was skipped: {state.problem}"
            self._notices.append(told)
            went_on = self._go_on([n for n in self._moments.after() if self._moments[n].episode_id != loaded.episode.id])
        if not went_on:
            self._notices.remove(told)  # it stays to be seen in `problem`

    def _fade_out(self, loaded: Loaded, state: PlayerState) -> None:
        factor = self._sleep.factor(state.position_s, self._end_s(), state.speed)
        if factor > 0 or self._sleep.kind == "episode":
            self._deck.fade(max(factor, 0.001))
            return
        began = self._sleep.fire()
        self._deck.set_paused(True)
        self._deck.fade(1.0)
        if began is not None:
            self._go(began)
        loaded.rested_at = time.monotonic()

    def _skip_gap(self, loaded: Loaded, state: PlayerState, now: float) -> None:
        if not self.tuning.smart_speed or state.ended:
            return
        to = loaded.smart.past(state.position_s)
        if to is not None:
            loaded.history.skipped_gap(to, state.speed, now)
            self._deck.seek(to)
