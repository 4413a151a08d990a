"""The one place where another thread meets Textual: a thread of its own holds the services, the player and the library.

`do` only puts work into a queue; answers come back as messages (see `messages`). The thread also looks at the library whenever
somebody, in whatever process, wrote to it. What can be done is in `verbs`.
"""

from __future__ import annotations

import contextlib
import queue
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from textual.message import Message

from podcli import paths
from podcli.domain import JobId, NowPlaying, PlayerState
from podcli.errors import PodcliError
from podcli.tui.claim import Claim
from podcli.tui.messages import CannotGoOn, Opened, PlayerMoved, Told
from podcli.tui.watch import Watch

if TYPE_CHECKING:
    from podcli.player.mpris import Mpris
    from podcli.services import Services
    from podcli.services.searcher import Searcher

_POLL_S = 0.1
_LOOK_S = 0.25
"""The library is read at most this often while a job writes to it."""
_REST = 8
"""After a look that took long (a large library) wait this many times as long, so that the screen stays quick."""
_ENSURE_S = 0.5
_TICK_S = 0.25
_STOP_S = 15.0
"""How long quitting may wait for the library: somebody else may be writing to it."""

Verb = Callable[["Services"], object]


class Bridge:
    """Give it where to post messages; `start` it, `do` verbs from the app's thread, and `stop` it."""

    def __init__(self, post: Callable[[Message], object], *, silent: bool = False) -> None:
        self.post = post
        self.silent = silent
        self.held_by: int | None = None
        """The process that holds the library, when it is not us: then nothing is changed here."""
        self.awaited: list[tuple[set[JobId], Verb]] = []
        """What was wished for while its models are being fetched."""
        self.searcher: Searcher | None = None
        """Answers searches by meaning, once somebody searched."""
        self.watch: Watch
        self._verbs: queue.SimpleQueue[Verb | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="bridge", daemon=True)
        self._waiting: list[Verb] = []
        self._stop_work = False
        self._claim = Claim()
        self._mpris: Mpris | None = None
        self._now = NowPlaying()
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

    def do(self, verb: Verb, *, writes: bool = True) -> None:
        """Have the thread do this. What `writes` is refused while another podcli holds the library."""
        self._verbs.put(self._refuse if writes and self.held_by is not None else verb)

    def put_off(self, verb: Verb) -> None:
        """Do it once no other program holds the library, at the latest when we end. Called from the thread."""
        self._waiting.append(verb)

    def aside(self, work: Callable[[], None]) -> None:
        """Have a thread of its own do what takes seconds and needs neither player nor library."""

        def guarded() -> None:
            try:
                work()
            except PodcliError as error:
                self._complain(error)
            except Exception as error:
                self._complain(_explained(error))

        threading.Thread(target=guarded, name="aside", daemon=True).start()

    def moved(self, services: Services) -> None:
        """Tell all about what plays."""
        self._now = services.playback.now
        self.post(PlayerMoved(self._now))
        if self._mpris is not None:
            self._mpris.show(self._now)

    def state_changed(self, state: PlayerState) -> None:
        """Called from the player's thread: what it says, with what was known about the episode."""
        if self._now.episode is None or state.episode_id == self._now.episode.id:
            self._now = replace(self._now, state=state)
            self.post(PlayerMoved(self._now))

    def _refuse(self, _services: Services) -> None:
        words = f"Another podcli (process {self.held_by}) holds this library: here it can only be read."
        self.post(Told(words, "Quit that one to change things here.", "warning"))

    # The thread

    def _run(self) -> None:
        from podcli.services import open_services

        try:
            services = open_services()
        except Exception as error:
            self.post(CannotGoOn(error))
            return
        try:
            self.held_by = self._claim.take()
            self.post(Opened(self.held_by, services.store.library.remembered_all("tui")))
            self._loop(services)
        except Exception as error:
            self.post(CannotGoOn(error))
        finally:
            if self._mpris is not None:
                self._mpris.close()
            if self.searcher is not None:
                self.searcher.close()
            with contextlib.suppress(PodcliError):
                services.close()
            self._claim.let_go()

    def _loop(self, services: Services) -> None:
        watch = self.watch = Watch(services, self.post)
        version: object = None
        looked = ensured = ticked = 0.0
        rest = _LOOK_S
        while True:
            verb = self._next(_POLL_S if version is not None else 0.0)
            busy = verb is not _nothing
            while verb is not _nothing:
                if verb is None:
                    return self._end(services)
                self._guarded(verb, services)
                verb = self._next(0.0)
            if self._waiting and not services.store.is_held():
                self._do_waiting(services)
            now = time.monotonic()
            if watch.stale or now - looked > rest:
                seen = services.jobs.data_version()
                if watch.stale or seen != version:
                    version = seen if self._guarded(lambda _: watch.read(), services) else None
                    looked = time.monotonic()
                    rest = max(_LOOK_S, _REST * (looked - now))
            if self.held_by is None and (busy or now - ensured > _ENSURE_S):
                ensured = now
                self._guarded(lambda services: services.jobs.ensure_workers(), services)
                self._guarded(self._go_on_after_pull, services)
                self._guarded(self._answer_media_keys, services)
            if "playback" in vars(services) and (busy or now - ticked > _TICK_S):
                ticked = now
                self._guarded(self._tick, services)

    def _tick(self, services: Services) -> None:
        services.playback.tick()
        for words in services.playback.take_notices():
            self.post(Told(words, severity="warning"))
        self.moved(services)

    def _next(self, timeout_s: float) -> Verb | None:
        try:
            return self._verbs.get(timeout=timeout_s) if timeout_s else self._verbs.get_nowait()
        except queue.Empty:
            return _nothing

    def _do_waiting(self, services: Services) -> None:
        verbs, self._waiting = self._waiting, []
        for verb in verbs:
            self._guarded(verb, services)

    def _end(self, services: Services) -> None:
        self._do_waiting(services)
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
            self.post(Told(error.message, error.hint, "error"))

    def _go_on_after_pull(self, services: Services) -> None:
        for wanted in list(self.awaited):
            jobs = [services.jobs.get(job_id) for job_id in wanted[0]]
            if not any(job.active for job in jobs):
                self.awaited.remove(wanted)
                if all(job.state == "done" for job in jobs):
                    self.do(wanted[1])

    def _answer_media_keys(self, services: Services) -> None:
        """Once something was played, the desktop's keys reach us too."""
        if self._mpris is not None or "playback" not in vars(services) or not services.settings.desktop.media_keys:
            return
        from podcli.player.mpris import Mpris
        from podcli.tui.remote import answer

        self._mpris = Mpris(lambda name, value: answer(self, name, value), previous=services.settings.desktop.headset_previous)
        self._mpris.start()


def _nothing(_services: Services) -> None:
    """Stands for an empty queue."""


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
