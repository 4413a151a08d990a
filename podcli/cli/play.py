"""The terminal player behind ``podcli play``: one line, single keys, and a position that is always kept."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from signal import SIGINT
from typing import TYPE_CHECKING

from podcli import keymap
from podcli.cli.controls import Controls
from podcli.cli.keyboard import Keyboard, Signals
from podcli.cli.output import ProgressLine, narrate, reader_left
from podcli.cli.playline import extras, status_line
from podcli.domain import Episode, EpisodeId, Moment, PlayerState, SleepKind
from podcli.domain.documents import MomentLineJson, PlayLineJson
from podcli.errors import ExitCode, NetworkError, PodcliError
from podcli.text import clean_line, timecode

if TYPE_CHECKING:
    from podcli.player.base import OnChange
    from podcli.player.mpris import Mpris
    from podcli.services import Services

_STEP_S = 0.2
_DRAIN_S = 0.4
"""libmpv reports the end when the last sound has left for the device, which still has to play it."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """How this sitting was asked for."""

    silent: bool = False
    json: bool = False
    start_s: float | None = None
    speed: float | None = None
    queue: bool | None = None
    """Whether the queue goes on; None means when the episode came from it."""
    sleep: tuple[SleepKind, float] | None = None
    device: str = ""


def run(services: Services, episode: Episode, wishes: Wishes) -> int:
    """Play `episode` until it (and the queue, if that was wished for) ends, fails or the listener quits; the exit code.

    With ``wishes.json`` a `PlayLineJson` is printed on stdout, on a line of its own, for every change. Raises
    PodcliError, or NetworkError for what was streamed, when it cannot be played.
    """
    playback = services.playback

    def begin(on_change: OnChange | None) -> None:
        playback.start(episode, wishes.start_s, wishes.silent, on_change=on_change, speed=wishes.speed)
        playback.advance = playback.in_queue() if wishes.queue is None else wishes.queue

    return _sit(services, begin, wishes)


def run_moments(services: Services, moments: Sequence[Moment], wishes: Wishes) -> int:
    """Play `moments` back to back; otherwise as `run`, and with ``wishes.json`` each object has a ``moment`` (its text)."""
    playback = services.playback

    def begin(on_change: OnChange | None) -> None:
        playback.start_moments(moments, wishes.silent, on_change, speed=wishes.speed)
        playback.advance = False  # of an episode that a key leads into; the queue is another matter

    return _sit(services, begin, wishes)


def _sit(services: Services, begin: Callable[[OnChange | None], None], wishes: Wishes) -> int:
    changes: SimpleQueue[PlayerState] | None = SimpleQueue() if wishes.json else None
    playback = services.playback
    keys = keymap.load(services.settings)
    with Signals() as signals, Keyboard() as keyboard:
        if wishes.device:
            playback.set_device(wishes.device)
        begin(None if changes is None else changes.put)
        if wishes.sleep is not None:
            playback.set_sleep(*wishes.sleep)
        session = _Session(services, keys, keyboard, signals, changes)
        remote = _media_keys(services, session)
        try:
            return session.run()
        except BrokenPipeError:  # whoever read our JSON left, which is their right; click would make it a failure
            reader_left()
            return ExitCode.OK
        finally:
            with contextlib.suppress(OSError):
                session.line.clear()
            if remote is not None:
                remote.close()


def _media_keys(services: Services, session: _Session) -> Mpris | None:
    """Answer media keys where there is a desktop that passes them on."""
    desktop = services.settings.desktop
    if not desktop.media_keys:
        return None
    from podcli.player.mpris import Mpris

    mpris = Mpris(lambda name, value: session.asked.put((name, value)), previous=desktop.headset_previous)
    if not mpris.start():
        return None
    session.remote = mpris
    return mpris


class _Session:
    """One sitting: an episode, and what the queue brings after it."""

    def __init__(
        self,
        services: Services,
        keys: keymap.Keymap,
        keyboard: Keyboard,
        signals: Signals,
        changes: SimpleQueue[PlayerState] | None,
    ) -> None:
        self.services = services
        self.playback = services.playback
        self.keyboard = keyboard
        self.signals = signals
        self.line = ProgressLine()
        self.asked: SimpleQueue[tuple[str, float | None]] = SimpleQueue()
        """What media keys want; they are pressed on another thread."""
        self.remote: Mpris | None = None
        player = services.settings.player
        self._controls = Controls(self.playback, keys, player, say=self._say, end=self._quit, keep=self._keep_snip)
        self._help_key = keys.shown("app.help")
        among = (("player.whole_episode", "whole episode"), ("player.next", "next"), ("player.previous", "before"))
        self._moment_keys = ", ".join(f"{keys.shown(command)} {what}" for command, what in among if keys.shown(command))
        self._changes = changes
        self._printed: PlayLineJson | None = None
        # The line and the JSON would mix on one terminal.
        self._quiet = changes is not None and sys.stdout.isatty()
        self._told = set[str]()
        self._announced: tuple[EpisodeId, Moment | None] | None = None
        self._quitting = False
        self._unkept: list[tuple[EpisodeId, float]] = []
        """Moments to keep once the library is free: playback does not wait for it."""
        self._moments = self.playback.moment is not None

    def run(self) -> int:
        """The loop: keep, tell, draw, listen."""
        while True:
            self._announce()
            self._tell()
            self._keep()
            for words in self.playback.take_notices():
                self._say(words)
            if self.playback.problem:
                raise self._failure(self.playback.problem)
            if self.playback.over:
                time.sleep(_DRAIN_S)
                return self._bye("Finished." if self.playback.moment is None else "", ExitCode.OK)
            if self._quitting:
                return self._bye(self._stopped_at(), ExitCode.OK)
            if self.signals.ending or self.keyboard.gone:
                return self._interrupted()
            if self.signals.stopping:
                self._stop_here()
            if self.signals.continued:
                self.signals.continued = False
                self.keyboard.forget()
                self.line.clear()
            self._draw()
            for key in self.keyboard.keys(_STEP_S):
                self._controls.press(key)
            while not self.asked.empty():
                self._controls.remote(*self.asked.get_nowait())

    def _announce(self) -> None:
        """Say what plays, and from where, when that is news."""
        episode, at, moment = self.playback.episode, self.playback.state.position_s, self.playback.moment
        if episode is None or self._announced == (episode.id, moment):
            return
        first, before = self._announced is None, self._announced
        self._announced = episode.id, moment
        self._told.clear()
        help_key = f"{self._help_key} for keys" if self._help_key else ""
        if moment is not None:
            number, count = self.playback.now.moment_number
            hints = ", ".join(filter(None, [self._moment_keys, help_key]))
            where = f"{clean_line(episode.title)} ({clean_line(episode.show_title)}), {timecode(moment.start_s)}"
            words = f"{number}/{count} “{clean_line(moment.text)}” — {where}"
        elif before is not None and before[0] == episode.id:
            hints, words = "", f"Playing the whole of “{clean_line(episode.title)}”, on from {timecode(at)}."
        else:
            hints, where = help_key, f" from {timecode(at)}" if at >= 1 else ""
            words = f"Playing “{clean_line(episode.title)}”{where}."
        self._say(words + (f"  ({hints})" if hints and self.keyboard.present and first else ""))

    def _tell(self, *, last: bool = False) -> None:
        """Print the changes that came; at the `last` also how it stands now."""
        while self._changes is not None and not self._changes.empty():
            self._print(self._changes.get_nowait())
        if self._changes is not None and last:
            self._print(self.playback.state)
        if self.remote is not None:
            self.remote.show(self.playback.now)

    def _print(self, state: PlayerState) -> None:
        if state.episode_id is None:  # the player told of its speed or volume before it had anything to play
            return
        said: PlayLineJson | MomentLineJson = {
            "episode": state.episode_id,
            "position": round(state.position_s, 2),
            "duration": None if state.duration_s is None else round(state.duration_s, 2),
            "paused": state.paused,
            "speed": state.speed,
            "ended": state.ended,
            "problem": clean_line(state.problem),
        }
        if self._moments:
            moment = self.playback.moment
            said = MomentLineJson(**said, moment=clean_line(moment.text) if moment is not None else None)
        if said != self._printed:
            self._printed = said
            print(json.dumps(said), flush=True)

    def _keep(self) -> None:
        """Let time pass. A library that is busy now gets the position later, at the latest when we leave."""
        try:
            self.playback.tick()
            if self.playback.asked_for_work:
                self.playback.asked_for_work = False
                self.services.jobs.ensure_workers()
            if self._unkept and not self.services.store.is_held():
                self._say(self._keep_snips())
        except PodcliError as error:
            self._say_once(f"{error.message} podcli tries again.")

    def _draw(self) -> None:
        now = self.playback.now
        if now.state.notice and not now.state.notice.endswith("…"):
            self._say_once(now.state.notice)
        if not self._quiet and (self.keyboard.ours or not self.keyboard.present):
            columns = shutil.get_terminal_size((80, 24)).columns
            chapter = now.chapter.title if now.chapter else ""
            self.line.draw(status_line(now.state, chapter, columns - 1, extras(now)), "")

    def _say(self, words: str) -> None:
        self.line.clear()
        narrate(words)

    def _say_once(self, words: str) -> None:
        if words not in self._told:
            self._told.add(words)
            self._say(words)

    def _quit(self) -> None:
        self._quitting = True

    def _keep_snip(self) -> str:
        """Keep what was just said; its words and title come by themselves, also after this has ended."""
        self._unkept.append(self.services.snips.what_plays(self.playback))
        if self.services.store.is_held():
            return "Another program is writing to the library: it is kept as soon as that is done."
        return self._keep_snips()

    def _keep_snips(self) -> str:
        words = ""
        while self._unkept:
            moment = self._unkept.pop(0)
            try:
                kept = self.services.snips.keep(*moment, priority=1)
            except PodcliError:
                if self.services.store.is_held():  # taken again since we looked: nothing is given up for that
                    self._unkept.insert(0, moment)
                raise
            if kept.jobs:
                self.services.jobs.ensure_workers()
            words = f"{kept.words} `podcli snips` lists it. {kept.lacks}".strip()
        return words

    def _stop_here(self) -> None:
        """Ctrl-Z: silence, the terminal as it was, and on from here when the shell says so."""
        was_paused = self.playback.state.paused
        self.playback.set_paused(True)
        self.line.clear()
        self.keyboard.release()
        self.signals.stop_here()
        if not was_paused:
            self.playback.set_paused(False)

    def _interrupted(self) -> int:
        number = self.signals.ending
        if number == SIGINT:
            return self._bye(self._stopped_at(), ExitCode.INTERRUPTED)
        # The shell's convention for a process ended by a signal; a terminal that went away counts as SIGHUP.
        return self._bye(self._stopped_at(), 128 + (number or 1))

    def _stopped_at(self) -> str:
        episode = self.playback.episode
        if episode is None:
            return "Stopped."
        if self.playback.moment is not None:  # it was not kept
            at = timecode(self.playback.state.position_s)
            return f"Stopped. `podcli play {episode.id} --from {at}` plays the episode from there."
        return f"Stopped at {timecode(self.playback.state.position_s)}; `podcli play {episode.id}` goes on from there."

    def _bye(self, words: str, code: int) -> int:
        if self._unkept:
            self._say(self._keep_snips())
        self.playback.save()
        self._tell(last=True)
        with contextlib.suppress(OSError):  # when the terminal is gone there is nobody to tell
            self.line.clear()
            if words:
                narrate(words)
        return code

    def _failure(self, problem: str) -> PodcliError:
        self.playback.save()
        self._tell(last=True)
        if self.playback.streaming:
            return NetworkError(problem)
        return PodcliError(problem, "Give another file, or download the episode again.")
