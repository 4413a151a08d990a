"""The terminal player. `run` opens it; everything it shows and does goes through `Bridge` to the services."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Iterable, Sequence
from typing import ClassVar

from textual import on
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from podcli.domain import Job
from podcli.text import clean, human_bytes
from podcli.tui import phrases
from podcli.tui.bridge import Bridge
from podcli.tui.messages import AddStarted, CannotGoOn, JobsRead, ModelsMissing, PlayerMoved, Told
from podcli.tui.screens.dialogues import AddScreen, Question
from podcli.tui.screens.jobs import JobsScreen
from podcli.tui.screens.library import LibraryScreen

_LONG_S, _SHORT_S = 12.0, 4.0


class PodcliApp(App[None]):
    """One main screen, a few windows over it, and the bridge."""

    TITLE = "podcli"
    CSS = "ToastRack { margin-bottom: 4; } Toast { max-width: 90%; width: 64; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q,ctrl+c", "quit", "Quit", show=False, priority=True, system=True),
        Binding("ctrl+z", "suspend_process", "To the shell", show=False),
    ]

    def __init__(self, *, silent: bool = False) -> None:
        super().__init__()
        self.library = LibraryScreen()
        self.bridge = Bridge(self.library.post_message, silent=silent)
        self.recent: Sequence[Job] = ()
        self.active: Sequence[Job] = ()
        self.failure: Exception | None = None
        self._stop_work = False
        self._problem = ""
        self._noticed = set[str]()

    def get_default_screen(self) -> LibraryScreen:
        """The main screen."""
        return self.library

    def on_mount(self) -> None:
        """Open the library; answer the signals that end programs."""
        self.bridge.start()
        for number in (signal.SIGTERM, signal.SIGHUP):
            with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # only the main thread may
                asyncio.get_running_loop().add_signal_handler(number, self.exit)
        self.app_suspend_signal.subscribe(self, lambda _: self.bridge.pause())

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Of Textual's own commands only the choice of colours; ours are in `commands`."""
        yield SystemCommand("Choose the colours", "Light, dark, and others", self.search_themes)

    def close_down(self) -> None:
        """Save the position and let go of player, workers and library."""
        self.bridge.stop(stop_work=self._stop_work)

    # What the bridge tells

    @on(CannotGoOn)
    def _cannot_go_on(self, message: CannotGoOn) -> None:
        self.failure = message.error
        self.exit(return_code=1)

    @on(Told)
    def _told(self, message: Told) -> None:
        if message.topic == "add" and isinstance(self.screen, AddScreen):
            self.screen.take(message)
            return
        long = message.severity != "information"
        text = "\n".join(part for part in (f"{'! ' if long else ''}{message.text}", message.hint) if part)
        self.notify(clean(text), severity=message.severity, markup=False, timeout=_LONG_S if long else _SHORT_S)

    @on(AddStarted)
    def _add_started(self, message: AddStarted) -> None:
        if isinstance(self.screen, AddScreen):
            self.screen.take(message)

    @on(JobsRead)
    def _jobs_read(self, message: JobsRead) -> None:
        self.recent, self.active = message.recent, message.active
        if isinstance(self.screen, AddScreen):
            self.screen.take(message)
        elif isinstance(self.screen, JobsScreen):
            self.screen.show(message.recent)

    @on(PlayerMoved)
    def _player_moved(self, message: PlayerMoved) -> None:
        problem, notice = message.state.problem, message.state.notice
        if problem and problem != self._problem:
            self.notify(clean(f"! {problem}"), severity="error", markup=False, timeout=_LONG_S)
        self._problem = problem
        if notice and not notice.endswith("…") and notice not in self._noticed:
            self._noticed.add(notice)
            self.notify(clean(notice), severity="warning", markup=False)

    @on(ModelsMissing)
    def _models_missing(self, message: ModelsMissing) -> None:
        offer = message.offer

        def decided(answer: str | None) -> None:
            if answer == "y":
                self.bridge.pull(offer)

        names = " and ".join(offer.models)
        size = f" ({human_bytes(offer.bytes)})" if offer.bytes else ""
        text = f"{offer.reason}\n\nThat takes {names}{size}, once. Outside the player: {offer.hint}"
        self.push_screen(Question("A model is missing", text, {"y": "Fetch it now, then go on"}), decided)

    # Leaving

    async def action_quit(self) -> None:
        """Quit. While work runs, ask what shall become of it."""
        if isinstance(self.screen, Question):
            return
        if not self.active:
            self.exit()
            return

        def decided(answer: str | None) -> None:
            if answer:
                self._stop_work = answer == "q"
                self.exit()

        work = "\n".join(f"- {phrases.doing(job)}: {phrases.title(job.title or job.target)}" for job in self.active[:4])
        answers = {"q": "Quit; the work stops and can go on later", "k": "Quit; the work goes on without the player"}
        self.push_screen(Question("Work is going on", work, answers), decided)

    def _fatal_error(self) -> None:
        """Textual would print a traceback with local values here; `run` hands the error to whoever called it instead."""
        self._close_messages_no_wait()


def run() -> int:
    """Open the player and return the exit code once it is closed.

    Raises PodcliError when the library cannot be opened, and whatever nobody foresaw, once the terminal is restored.
    """
    app = PodcliApp()
    try:
        app.run()
    finally:
        app.close_down()
    problem = app.failure or app._exception
    if problem is not None:
        raise problem
    return app.return_code or 0
