"""The terminal player behind ``podcli play``: one line, single keys, and a position that is always kept."""

from __future__ import annotations

import contextlib
import json
import shutil
import sys
import time
from bisect import bisect_right
from collections.abc import Callable
from queue import SimpleQueue
from signal import SIGINT
from typing import TYPE_CHECKING

from podcli.cli.keyboard import Keyboard, Signals
from podcli.cli.output import ProgressLine, cells, cut, narrate, reader_left
from podcli.domain import Chapter, Episode, PlayerState
from podcli.errors import ExitCode, NetworkError, PodcliError
from podcli.text import clean_line, timecode

if TYPE_CHECKING:
    from podcli.services import Services
    from podcli.services.playback import PlaybackService

_STEP_S = 0.2
_DRAIN_S = 0.4
"""libmpv reports the end when the last sound has left for the device, which still has to play it."""
_BACK_S, _ON_S, _MINUTE_S = 10.0, 30.0, 60.0
_FASTER = 0.1
_HELP = """\
  space  pause, go on       q  quit
  ←  10 s back              →  30 s on
  H  a minute back          L  a minute on
  [  slower   ]  faster     =  speed 1"""


def run(services: Services, episode: Episode, *, silent: bool, json_: bool, start: float | None, speed: float | None) -> int:
    """Play `episode` until it ends, fails or the listener quits, and return the exit code.

    `json_` prints one JSON object a line on stdout for every change: ``position`` and ``duration`` (seconds, null while
    unknown), ``paused``, ``speed``, ``ended``, ``problem`` ('' while all is well). Raises PodcliError, or NetworkError for
    what was streamed, when it cannot be played.
    """
    changes: SimpleQueue[PlayerState] | None = SimpleQueue() if json_ else None
    playback = services.playback
    if speed is not None:
        playback.set_speed(speed)
    with Signals() as signals, Keyboard() as keyboard:
        playback.start(episode, start_s=start, silent=silent, on_change=None if changes is None else changes.put)
        session = _Session(playback, services.insights.chapters(episode.id), keyboard, signals, changes)
        session.hello()
        try:
            return session.run()
        except BrokenPipeError:  # whoever read our JSON left, which is their right; click would make it a failure
            reader_left()
            return ExitCode.OK
        finally:
            with contextlib.suppress(OSError):
                session.line.clear()


class _Session:
    """One sitting in front of one episode."""

    def __init__(
        self,
        playback: PlaybackService,
        chapters: list[Chapter],
        keyboard: Keyboard,
        signals: Signals,
        changes: SimpleQueue[PlayerState] | None,
    ) -> None:
        self.playback = playback
        self.keyboard = keyboard
        self.signals = signals
        self.line = ProgressLine()
        self._changes = changes
        self._printed: dict[str, object] = {}
        # The line and the JSON would mix on one terminal.
        self._quiet = changes is not None and sys.stdout.isatty()
        self._chapters = chapters
        self._starts = [chapter.start_s for chapter in chapters]
        self._told = set[str]()
        self._keys: dict[str, Callable[[], None]] = {
            " ": playback.toggle,
            "left": lambda: playback.seek_by(-_BACK_S),
            "right": lambda: playback.seek_by(_ON_S),
            "H": lambda: playback.seek_by(-_MINUTE_S),
            "L": lambda: playback.seek_by(_MINUTE_S),
            "[": lambda: playback.change_speed(-_FASTER),
            "]": lambda: playback.change_speed(_FASTER),
            "=": lambda: playback.set_speed(1.0),
            "?": self._help,
        }

    def hello(self) -> None:
        """Say what plays, and from where."""
        episode, at = self.playback.episode, self.playback.state.position_s
        assert episode is not None
        where = f" from {timecode(at)}" if at >= 1 else ""
        keys = "  (? for keys)" if self.keyboard.present else ""
        narrate(f"Playing “{clean_line(episode.title)}”{where}.{keys}")

    def run(self) -> int:
        """The loop: tell, keep, draw, listen."""
        while True:
            state = self.playback.state
            self._tell()
            if state.problem:
                raise self._failure(state.problem)
            self._keep()
            if state.ended:
                time.sleep(_DRAIN_S)
                return self._bye("Finished.", ExitCode.OK)
            if self.signals.ending or self.keyboard.gone:
                return self._interrupted()
            if self.signals.stopping:
                self._stop_here()
            if self.signals.continued:
                self.signals.continued = False
                self.keyboard.forget()
                self.line.clear()
            self._draw(state)
            for key in self.keyboard.keys(_STEP_S):
                if key == "q":
                    return self._bye(self._stopped_at(), ExitCode.OK)
                if action := self._keys.get(key):
                    action()

    def _tell(self, *, last: bool = False) -> None:
        """Print the changes that came; at the `last` also how it stands now."""
        while self._changes is not None and not self._changes.empty():
            self._print(self._changes.get_nowait())
        if self._changes is not None and last:
            self._print(self.playback.state)

    def _print(self, state: PlayerState) -> None:
        said: dict[str, object] = {
            "position": round(state.position_s, 2),
            "duration": None if state.duration_s is None else round(state.duration_s, 2),
            "paused": state.paused,
            "speed": state.speed,
            "ended": state.ended,
            "problem": clean_line(state.problem),
        }
        if said != self._printed:
            self._printed = said
            print(json.dumps(said), flush=True)

    def _keep(self) -> None:
        """Save when due. A library that is busy now gets the position later, at the latest when we leave."""
        try:
            self.playback.tick()
        except PodcliError as error:
            self._say_once(f"{error.message} podcli tries again.")

    def _draw(self, state: PlayerState) -> None:
        if state.notice and not state.notice.endswith("…"):
            self._say_once(state.notice)
        if not self._quiet and (self.keyboard.ours or not self.keyboard.present):
            columns = shutil.get_terminal_size((80, 24)).columns
            self.line.draw(status_line(state, self._chapter(state.position_s), columns - 1), "")

    def _say_once(self, words: str) -> None:
        if words not in self._told:
            self._told.add(words)
            self.line.clear()
            narrate(words)

    def _chapter(self, position_s: float) -> str:
        at = bisect_right(self._starts, position_s + 0.01)
        return self._chapters[at - 1].title if at else ""

    def _help(self) -> None:
        self.line.clear()
        narrate(_HELP)

    def _stop_here(self) -> None:
        """Ctrl-Z: silence, the terminal as it was, and on from here when the shell says so."""
        was_paused = self.playback.state.paused
        self.playback.set_paused(True)
        self.line.clear()
        self.keyboard.release()
        self.signals.stop_here()
        self.playback.set_paused(was_paused)

    def _interrupted(self) -> int:
        number = self.signals.ending
        if number == SIGINT:
            return self._bye(self._stopped_at(), ExitCode.INTERRUPTED)
        # The shell's convention for a process ended by a signal; a terminal that went away counts as SIGHUP.
        return self._bye(self._stopped_at(), 128 + (number or 1))

    def _stopped_at(self) -> str:
        episode = self.playback.episode
        assert episode is not None
        return f"Stopped at {timecode(self.playback.state.position_s)}; `podcli play {episode.id}` goes on from there."

    def _bye(self, words: str, code: int) -> int:
        self.playback.save()
        self._tell(last=True)
        with contextlib.suppress(OSError):  # when the terminal is gone there is nobody to tell
            self.line.clear()
            narrate(words)
        return code

    def _failure(self, problem: str) -> PodcliError:
        self.playback.save()
        self._tell(last=True)
        if self.playback.streaming:
            return NetworkError(problem)
        return PodcliError(problem, "Give another file, or download the episode again.")


def status_line(state: PlayerState, chapter: str, columns: int) -> str:
    """Position, length, speed and chapter in at most `columns` terminal columns; what matters least goes first."""
    mark = "‖" if state.paused else "▶"
    here = f"{mark} {timecode(state.position_s)}"
    passing = state.notice if state.notice.endswith("…") else ""
    length = timecode(state.duration_s) if state.duration_s else "?"
    tail = [f"{state.speed:g}×"] + (["paused"] if state.paused else []) + [text for text in (passing, chapter) if text]
    bar = min(30, columns - 50)
    if bar >= 8 and state.duration_s:
        filled = round(min(1.0, state.position_s / state.duration_s) * bar)
        times = f"{here} {'━' * filled}{'─' * (bar - filled)} {length}"
    else:
        times = f"{here} / {length}"
    if cells(times) > columns:
        times = here
    return cut(" · ".join([times, *tail]), max(1, columns)).rstrip()
