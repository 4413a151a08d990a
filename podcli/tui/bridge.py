"""The one place where another thread meets Textual: a thread of its own holds the services, the player and the library.

The app calls the methods below, which only put work into a queue; answers come back as messages (see `messages`). The
thread also looks at the library whenever somebody, in whatever process, wrote to it.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from textual.message import Message

from podcli import paths
from podcli.domain import Episode, EpisodeId, JobId, PlayerState, ShowId
from podcli.errors import ModelError, PodcliError
from podcli.services.insights import Wish
from podcli.tui.messages import AddStarted, CannotGoOn, ModelsMissing, Offer, PlayerMoved, Told
from podcli.tui.watch import Watch

if TYPE_CHECKING:
    from podcli.services import Services

_POLL_S = 0.1
_LOOK_S = 0.25
"""The library is read at most this often while a job writes to it."""
_REST = 8
"""After a look that took long (a large library) wait this many times as long, so that the screen stays quick."""
_ENSURE_S = 0.5
_TICK_S = 1.0
_STOP_S = 15.0
"""How long quitting may wait for the library: somebody else may be writing to it."""

Verb = Callable[["Services"], None]


class Bridge:
    """Give it where to post messages; `start` it, use its verbs from the app's thread, and `stop` it."""

    def __init__(self, post: Callable[[Message], object], *, silent: bool = False) -> None:
        self._post = post
        self._silent = silent
        self._verbs: queue.SimpleQueue[Verb | None] = queue.SimpleQueue()
        self._watch: Watch
        self._thread = threading.Thread(target=self._run, name="bridge", daemon=True)
        self._stop_work = False
        self._awaited: list[tuple[set[JobId], EpisodeId, Wish]] = []
        """What was wished for while its models are being fetched."""
        self._complaint, self._complained = "", 0.0

    def start(self) -> None:
        """Open the library in the background."""
        self._thread.start()

    def stop(self, *, stop_work: bool = False) -> bool:
        """Save the position, let go of everything and end the thread. With `stop_work` jobs end now and can be taken up again;
        otherwise they go on without us. False when the library did not answer in time."""
        self._stop_work = stop_work
        self._verbs.put(None)
        if self._thread.is_alive():
            self._thread.join(_STOP_S)
        return not self._thread.is_alive()

    # Looking

    def look_at(self, show_id: ShowId | None) -> None:
        """Show the episodes of this show, or of all."""
        self._verbs.put(lambda _: self._watch.look_at(show_id))

    def select(self, episode_id: EpisodeId | None) -> None:
        """Show what this episode says."""
        self._verbs.put(lambda _: self._watch.select(episode_id))

    # Listening

    def play(self, episode_id: EpisodeId, start_s: float | None = None) -> None:
        """Play from `start_s`, else from where the listener was; when it is already loaded just go there."""

        def verb(services: Services) -> None:
            playback = services.playback
            state = playback.state
            if playback.episode and playback.episode.id == episode_id and not state.problem:
                if start_s is not None:
                    playback.seek_to(start_s)
                if state.ended and start_s is None:
                    playback.seek_to(0.0)
                playback.set_paused(False)
            else:
                episode = services.library.episode(episode_id)
                name = episode.show_title
                playback.start(episode, start_s=start_s, silent=self._silent, on_change=lambda now: self._moved(now, name))
            self._moved(playback.state, playback.episode.show_title if playback.episode else "")

        self._verbs.put(verb)

    def toggle(self) -> None:
        """Pause or go on."""
        self._verbs.put(lambda services: services.playback.toggle())

    def seek_by(self, seconds: float) -> None:
        """Go back (negative) or on."""
        self._verbs.put(lambda services: services.playback.seek_by(seconds))

    def change_speed(self, step: float) -> None:
        """A little faster or slower; 0 means back to 1."""

        def verb(services: Services) -> None:
            services.playback.change_speed(step) if step else services.playback.set_speed(1.0)
            loaded = services.playback.episode
            self._moved(services.playback.state, loaded.show_title if loaded else "")

        self._verbs.put(verb)

    def pause(self) -> None:
        """Be quiet, whatever it was before."""
        self._verbs.put(lambda services: services.playback.set_paused(True))

    # Work

    def request(self, episode_id: EpisodeId, wish: Wish) -> None:
        """Start what is missing for `wish`; `ModelsMissing` comes back when it needs a model first."""

        def verb(services: Services) -> None:
            try:
                services.insights.request(episode_id, wish)
            except ModelError as error:
                self._offer(services, error, episode_id, wish)

        self._verbs.put(verb)

    def pull(self, offer: Offer) -> None:
        """Fetch the models of `offer`, then do what they were needed for."""

        def verb(services: Services) -> None:
            jobs = {services.jobs.pull(model_id).id for model_id in offer.models}
            self._awaited.append((jobs, offer.episode_id, offer.wish))

        self._verbs.put(verb)

    def add(self, text: str) -> None:
        """Subscribe to an address or a feed file, or put a single recording (link or file) on its shelf."""

        def verb(services: Services) -> None:
            from podcli.services.library import AUDIO_ENDINGS

            try:
                if Path(unquote(urlsplit(text).path)).suffix.lower() in AUDIO_ENDINGS:
                    found = services.library.resolve(text)
                    if isinstance(found, Episode):
                        self._post(AddStarted(None, found.show_id, found.id))
                        return
                self._post(AddStarted(services.library.add(text, priority=1).id))
            except PodcliError as error:
                self._post(Told(error.message, error.hint, "error", topic="add"))

        self._verbs.put(verb)

    def download(self, episode_id: EpisodeId) -> None:
        """Fetch the audio."""

        def verb(services: Services) -> None:
            episode = services.library.episode(episode_id)
            if episode.audio_path and Path(episode.audio_path).is_file():
                self._post(Told(f"“{episode.title}” is already on this machine."))
            else:
                services.library.download(episode_id)

        self._verbs.put(verb)

    def refresh(self, show_id: ShowId | None) -> None:
        """Look for new episodes in one show or all."""
        self._verbs.put(lambda services: _ignore(services.library.refresh(show_id)))

    def remove(self, show_id: ShowId) -> None:
        """Unsubscribe and delete what was downloaded."""

        def verb(services: Services) -> None:
            show = services.library.show(str(show_id))
            if services.playback.episode and services.playback.episode.show_id == show_id:
                services.playback.stop()
                self._moved(PlayerState(speed=services.playback.state.speed), "")
            services.library.remove(show)
            self._post(Told(f"“{show.title}” is gone from the library."))

        self._verbs.put(verb)

    def cancel(self, job_id: JobId) -> None:
        """Stop a job now, and those that wait for it."""
        self._verbs.put(lambda services: _ignore(services.jobs.cancel(job_id)))

    def retry(self, job_id: JobId) -> None:
        """Do an ended job again, from where it was."""
        self._verbs.put(lambda services: _ignore(services.jobs.retry(job_id)))

    # The thread

    def _run(self) -> None:
        from podcli.services import open_services

        try:
            services = open_services()
        except Exception as error:
            self._post(CannotGoOn(error))
            return
        try:
            self._loop(services)
        except Exception as error:
            self._post(CannotGoOn(error))
        finally:
            with contextlib.suppress(PodcliError):
                services.close()

    def _loop(self, services: Services) -> None:
        watch = self._watch = Watch(services, self._post)
        version: object = None
        looked = ensured = ticked = 0.0
        rest = _LOOK_S
        while True:
            verb = self._next(_POLL_S)
            busy = verb is not _nothing
            while verb is not _nothing:
                if verb is None:
                    return self._end(services)
                self._guarded(verb, services)
                verb = self._next(0.0)
            now = time.monotonic()
            if busy or now - ensured > _ENSURE_S:
                ensured = now
                self._guarded(lambda services: services.jobs.ensure_workers(), services)
                self._guarded(self._go_on_after_pull, services)
            if now - ticked > _TICK_S and "playback" in vars(services):
                ticked = now
                self._guarded(lambda services: services.playback.tick(), services)
            if watch.stale or now - looked > rest:
                seen = services.jobs.data_version()
                if watch.stale or seen != version:
                    version = seen if self._guarded(lambda _: watch.read(), services) else None
                    looked = time.monotonic()
                    rest = max(_LOOK_S, _REST * (looked - now))

    def _next(self, timeout_s: float) -> Verb | None:
        try:
            return self._verbs.get(timeout=timeout_s) if timeout_s else self._verbs.get_nowait()
        except queue.Empty:
            return _nothing

    def _end(self, services: Services) -> None:
        if self._stop_work:
            with contextlib.suppress(PodcliError):
                services.jobs.let_go(services.jobs.active())

    def _guarded(self, verb: Verb, services: Services) -> bool:
        """Do it; whatever goes wrong is told in words (once in a row: some verbs run every second). Whether it went well."""
        try:
            verb(services)
        except PodcliError as error:
            self._complain(error)
        except Exception as error:
            self._complain(_explained(error))
        else:
            return True
        return False

    def _complain(self, error: PodcliError) -> None:
        if error.message != self._complaint or time.monotonic() - self._complained > _STOP_S:
            self._complaint, self._complained = error.message, time.monotonic()
            self._post(Told(error.message, error.hint, "error"))

    def _moved(self, state: PlayerState, show_title: str) -> None:
        """Also called from the player's thread."""
        self._post(PlayerMoved(state, show_title))

    def _offer(self, services: Services, error: ModelError, episode_id: EpisodeId, wish: Wish) -> None:
        roles = ("transcribe",) if wish == "transcribe" else ("transcribe", "write")
        cards = [card for card in services.models.missing() if card.role in roles]
        if not cards:  # damaged, or named in the settings: its own words say what to do
            raise error
        size = sum(card.offers[0].bytes for card in cards)
        ids, licences = tuple(card.id for card in cards), tuple(card.licence for card in cards)
        self._post(ModelsMissing(Offer(ids, size, error.message, error.hint, episode_id, wish, licences)))

    def _go_on_after_pull(self, services: Services) -> None:
        for wanted in list(self._awaited):
            jobs = [services.jobs.get(job_id) for job_id in wanted[0]]
            if not any(job.active for job in jobs):
                self._awaited.remove(wanted)
                if all(job.state == "done" for job in jobs):
                    services.insights.request(wanted[1], wanted[2])


def _nothing(_services: Services) -> None:
    """Stands for an empty queue."""


def _ignore(_value: object) -> None:
    """For verbs whose answer arrives through the library."""


def _explained(error: Exception) -> PodcliError:
    """Words for an error nobody foresaw; its details go to the log."""
    if type(error).__module__ == "sqlite3":
        from podcli.store.connection import explain

        return explain(paths.database(), error)
    log = paths.log_file("podcli")
    try:
        paths.make_private(log.parent)
        with log.open("a") as file:
            traceback.print_exception(error, file=file)
    except OSError:
        return PodcliError(f"Something went wrong that podcli did not foresee ({type(error).__name__}).")
    return PodcliError(
        f"Something went wrong that podcli did not foresee ({type(error).__name__}).",
        f"The details are in {log}; please report them.",
    )
