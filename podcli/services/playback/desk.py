"""What every verb of playback stands on: the parts, what is known of what plays, and keeping it."""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import Any

from podcli.domain import Episode, EpisodeId, Listened, Moment, NowPlaying, PlayerState
from podcli.player.base import OnChange
from podcli.services.playback import chapters as chaptering
from podcli.services.playback.deck import Deck
from podcli.services.playback.line import Line
from podcli.services.playback.loaded import Loaded
from podcli.services.playback.moments import Moments
from podcli.services.playback.resume import fitting_skips
from podcli.services.playback.shared import Shared
from podcli.services.playback.sleep import SleepTimer
from podcli.services.playback.tuning import Tuner, Tuning
from podcli.settings import Settings
from podcli.store import Store

_PATIENCE_S = 10.0
"""So long the position may wait for another program; it is not lost with us before, `close` waits for it."""


class Desk:
    """The state of playback. `PlaybackService` adds the verbs."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings.player
        self._deck = Deck(settings.player)
        self._tuner = Tuner(store, settings.player)
        self._shared = Shared(store)
        self._sleep = SleepTimer(settings.player.sleep_fade_s)
        self._line = Line(store)
        self._loaded: Loaded | None = None
        self._moments = Moments(())
        self._on_change: OnChange | None = None
        self._notices: list[str] = []
        self._up_next = ""
        self._version: object = None
        self._looked_at = 0.0
        self._clocks: tuple[float, float] | None = None
        """The wall clock and the monotonic one, which stands while the machine sleeps, at the last tick."""
        self._asked = set[EpisodeId]()
        """Whose publishers were asked for chapters: once in a sitting is enough."""
        self._held_since: float | None = None
        """Since when another program holds the library."""
        self.advance = True
        """Whether the queue goes on when an episode ends."""
        self.asked_for_work = False
        """Whether a job was added on behalf of what plays (gaps, chapters): somebody should see that a worker runs."""

    # What plays

    @property
    def state(self) -> PlayerState:
        """The latest snapshot; never blocks. Before anything was started it holds speed and volume."""
        return self._deck.state

    @property
    def episode(self) -> Episode | None:
        """What is loaded, as it was when it was started."""
        return self._loaded.episode if self._loaded else None

    @property
    def streaming(self) -> bool:
        """Whether what is loaded comes over the network."""
        return self._loaded is not None and self._loaded.streaming

    @property
    def over(self) -> bool:
        """Whether what is loaded came to its end, or failed, and nothing follows by itself. Known after a `tick`."""
        return self._loaded is not None and self._loaded.over

    @property
    def problem(self) -> str:
        """Why what is loaded cannot be played, once nothing else is tried in its place; '' while all is well."""
        loaded = self._loaded
        if loaded is None or (loaded.automatic and not loaded.over and (not loaded.began or loaded.moment is not None)):
            return ""
        return self.state.problem

    @property
    def moment(self) -> Moment | None:
        """What is heard of the episode that is loaded, when that is only a moment."""
        return self._loaded.moment if self._loaded else None

    @property
    def tuning(self) -> Tuning:
        """How it is played: the show's own settings, else this sitting's, else settings.toml."""
        return self._tuner.tuning

    @property
    def now(self) -> NowPlaying:
        """Everything about what plays, for people. Only from the thread that made this service."""
        state, loaded, tuning = self.state, self._loaded, self.tuning
        if loaded is None:
            return NowPlaying(state=state, smart_speed=tuning.smart_speed, voice_boost=tuning.voice_boost,
                              loudness=tuning.loudness)  # fmt: skip
        return NowPlaying(
            state=state, episode=loaded.episode, chapters=loaded.chapters, heard=loaded.history.spans,
            sleep=self._sleep.shown(state.position_s, self._end_s(), state.speed), smart_speed=tuning.smart_speed,
            voice_boost=tuning.voice_boost, loudness=tuning.loudness, up_next=self._up_next, saved_s=loaded.history.saved_s,
            moment=loaded.moment, moment_number=self._moments.number(loaded.moment),
        )  # fmt: skip

    def status(self) -> dict[str, Any]:
        """What plays in any podcli process: ``status`` is playing, paused or stopped; see `shared.Shared.status`."""
        return self._shared.status()

    def take_notices(self) -> list[str]:
        """Sentences to tell the listener that came up since the last call, such as what was skipped and why."""
        notices, self._notices = self._notices, []
        return notices

    def listened(self, days: int = 30) -> Listened:
        """Sums over the last `days` days, today included."""
        return self._store.listening.listened(_since(days))

    def listened_by_show(self, days: int = 30) -> list[tuple[str, Listened]]:
        """The same, for each show by title, most heard first."""
        return self._store.listening.listened_by_show(_since(days))

    def to_go_on_with(self) -> Episode | None:
        """What “play” means without an episode: what was played last, when that was not its end; else the head of the queue;
        else whatever was begun last.
        """
        last, finished = self._store.listening.last_played()
        queue = [] if last is not None and not finished else self._store.library.queue()
        if queue:
            return queue[0]
        begun = last if not finished else self._store.listening.last_begun()
        return self._store.library.episode(begun) if begun is not None else None

    # Keeping it

    def save(self) -> None:
        """Keep the position now, if it moved; near the end (see `is_finished`) the episode is marked finished.

        While another program holds the library a later tick does it: no key is kept waiting. Raises PodcliError when that lasts.
        """
        loaded, now = self._loaded, time.monotonic()
        if loaded is not None and not self._put_off(now):
            kept = loaded.journal.keep(self.state, loaded.history, now)
            self._shared.tell(self.now, also_position=kept)

    def _put_off(self, now: float) -> bool:
        if not self._store.is_held():
            self._held_since = None
        elif self._held_since is None or now - self._held_since < _PATIENCE_S:
            self._held_since = self._held_since or now
            return True
        else:
            self._held_since = now  # it is waited for, and given up in words
        return False

    def _tell(self) -> None:
        if self._loaded is not None:
            self._shared.tell(self.now, also_position=False)

    def _observe(self, loaded: Loaded, state: PlayerState, now: float) -> None:
        if state.episode_id != loaded.episode.id:
            return
        heard = loaded.history.observe(state.position_s, state.speed, now)
        loaded.heard_s += heard
        self._sleep.passed(heard / state.speed)

    def _look(self, now: float) -> None:
        """The library may say something new: about the show, the chapters, the gaps, the queue."""
        loaded = self._loaded
        if loaded is None:
            return
        if self._tuner.look():
            self._deck.tune(self.tuning)
        state = self.state
        if state.chapters and state.chapters != loaded.seen[0]:
            stored = self._store.library.chapters(loaded.episode.id)
            if not stored or stored[0].source != "embedded":
                self._store.library.save_chapters(loaded.episode.id, "embedded", state.chapters)
        loaded.seen = (state.chapters, state.duration_s)
        found = chaptering.chapters_of(self._store, loaded.episode, state.duration_s)
        if found != loaded.chapters:
            loaded.chapters = found
            self._sleep.moved(found, state.position_s)
        self._up_next = self._following_title(loaded)
        loaded.smart.look(wanted=self.tuning.smart_speed)
        self._version, self._looked_at = self._store.data_version(), now

    def _following_title(self, loaded: Loaded) -> str:
        if loaded.moment is not None:
            return next((self._moments[number].text for number in self._moments.after()), "")
        following = self._line.following(loaded.episode.id)
        return following[0].title if following else ""

    def _ask_for_work(self) -> None:
        """What playback would like to know and only a job can find out: gaps, and a chapter file of the publisher's."""
        loaded = self._loaded
        if loaded is None:
            return
        if self.tuning.smart_speed:
            loaded.smart.look(wanted=True)
            self.asked_for_work |= loaded.smart.request()
        episode = loaded.episode
        if episode.id not in self._asked and chaptering.lacks_publishers(self._store, episode):
            self._asked.add(episode.id)
            self._store.jobs.enqueue("chapters", episode_id=episode.id, title=episode.title)
            self.asked_for_work = True

    def _end_s(self) -> float | None:
        loaded, state = self._loaded, self.state
        return loaded.end_s(state, fitting_skips(self.tuning, state.duration_s)[1]) if loaded else None


def _since(days: int) -> str:
    return (date.today() - timedelta(days=max(1, days) - 1)).isoformat()
