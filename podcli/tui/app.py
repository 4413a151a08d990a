"""The terminal player. `run` opens it; everything it shows and does goes through `Verbs` to the services."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual import on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.message import Message

from podcli import keymap as keymaps
from podcli import paths
from podcli import settings as settings_file
from podcli.domain import Episode, Job, NowPlaying
from podcli.keymap import Keymap
from podcli.settings import Settings
from podcli.store.glance import glance
from podcli.tui import hang_up, memory, stopwatch, themes
from podcli.tui import messages as told
from podcli.tui.bridge import Bridge
from podcli.tui.counting import DIGITS, Counting, Counts
from podcli.tui.everywhere import Everywhere
from podcli.tui.keys import bind
from podcli.tui.library import Library
from podcli.tui.palette import Palette
from podcli.tui.screens.base import BaseScreen
from podcli.tui.typeahead import TypeAhead
from podcli.tui.verbs import Verbs
from podcli.tui.windows import Windows

if TYPE_CHECKING:
    from podcli.tui.messages import Tab

VIEWS = ("inbox", "shows", "queue", "search", "jobs", "models", "settings")
_HEAD = 200
"""So many of the newest episodes are there before all others: the first screen is full of them."""
_SWITCH_S = 0.001
"""How long the thread that reads the library may keep the interpreter while a key waits (Python's own is 5 ms)."""
_HOMES = ("inbox", "shows", "queue")
"""Where one may find oneself again after a new start."""
_LABELS = {"jobs": "Work"}


def _view(name: str) -> Callable[[], BaseScreen]:
    """Makes a screen, whose module is imported when it is first opened."""

    def make() -> BaseScreen:
        from importlib import import_module

        module = import_module(f"podcli.tui.screens.{name}")
        screen: BaseScreen = getattr(module, f"{name.capitalize()}Screen")()
        return screen

    return make


class PodcliApp(TypeAhead, Everywhere, Windows, Counts, App[None]):
    """Views, windows over them, and the bridge."""

    TITLE = "podcli"
    # All at once: whatever a screen brought along later would have every style read anew, in the middle of a key press.
    CSS_PATH: ClassVar[list[Any]] = [f"screens/{name}.tcss" for name in ("base", "episodes", "episode", "rows", "dialogues")]
    CSS = "ToastRack { margin-bottom: 4; } Toast { max-width: 90%; width: 64; }"
    BINDING_GROUP_TITLE = "Everywhere"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q,ctrl+c", "app_quit", "Quit", show=False, priority=True, system=True),
        *DIGITS,
    ]
    MODES: ClassVar[dict[str, Any]] = {name: _view(name) for name in VIEWS}
    COMMANDS: ClassVar[set[Any]] = {Palette}

    def __init__(self, *, settings: Settings | None = None, silent: bool = False) -> None:
        """Raises UsageError when the settings or the keys in them cannot be understood."""
        seen = glance(paths.database(), _HEAD)
        home = seen.remembered.get("view") if seen is not None else None
        self.DEFAULT_MODE = str(home) if home in _HOMES else "inbox"  # type: ignore[misc]  # Textual reads it off the app
        super().__init__(ansi_color=True if themes.is_plain() else None)  # only then does Textual drop colours altogether
        del self._bindings.key_to_bindings[self.COMMAND_PALETTE_BINDING]  # ours is in the keymap, perhaps on another key
        self.settings = settings or settings_file.load()
        self.keys: Keymap = keymaps.load(self.settings)
        self.library = Library()
        self.remembered: Mapping[str, object] = {}
        if seen is not None:
            self.library.name_shows(seen.shows, {})
            self.library.take(seen.cards, (), whole=False)
            self.remembered = seen.remembered
        self.now = NowPlaying()
        self.recent: Sequence[Job] = ()
        self.active: Sequence[Job] = ()
        self.episode_read: Episode | None = None
        """The selected episode, whole."""
        self.failure: Exception | None = None
        self.bridge = Bridge(self.post_message, silent=silent)
        self.verbs = Verbs(self.bridge)
        self.stop_work = False
        self.counting = Counting(self.after, self.digit_alone, self.count_changed)
        self._problem = ""
        self._noticed = set[str]()
        self.views = {name: (self.keys.shown(f"view.{name}"), _LABELS.get(name, name.capitalize())) for name in VIEWS}

    @property
    def _app(self) -> PodcliApp:
        return self

    def on_mount(self) -> None:
        """Colours, keys, the library; answer the signal that ends programs."""
        complaints = [*themes.register(self), themes.choose(self, self.settings)]
        bind(self, self.keys, ["everywhere"], ["player.toggle", "library.add", "app.help", "app.quit"])
        self.call_after_refresh(self.bridge.start)  # what it imports would delay the first screen
        with contextlib.suppress(NotImplementedError, RuntimeError, ValueError):  # only the main thread may
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, self.exit)
        self.set_interval(memory.CHECK_S, memory.rest)
        self.app_suspend_signal.subscribe(self, lambda _: self.verbs.pause())
        self.app_resume_signal.subscribe(self, lambda _: self.came_back())
        if os.environ.get("PODCLI_DEBUG"):
            stopwatch.watch(self._too_slow)
        for complaint in filter(None, complaints):
            self.say(complaint, severity="warning")

    def _too_slow(self, error: stopwatch.TooSlow) -> None:
        if self.library.whole:  # what it takes to begin is measured by the bench
            self.failure = error
            self.exit(return_code=1)

    def close_down(self) -> None:
        """Save the position and let go of player, workers and library."""
        self.bridge.stop(stop_work=self.stop_work)

    # Looking

    def front(self) -> BaseScreen | None:
        """The view in front, beneath whatever window is open; None before the first is drawn, and once all is being closed."""
        stack = () if self._exit or not self.is_running else reversed(self.screen_stack)
        return next((each for each in stack if isinstance(each, BaseScreen) and each.ready), None)

    def tab_keys(self) -> dict[Tab, str]:
        """What to press for each tab of an episode."""
        return {tab: self.keys.shown(f"episode.{tab}") for tab in told.TABS}

    # What the bridge tells

    @on(told.CannotGoOn)
    def _cannot_go_on(self, message: told.CannotGoOn) -> None:
        self.failure = message.error
        self.exit(return_code=1)

    @on(told.Opened)
    def _opened(self, message: told.Opened) -> None:
        self.remembered = message.remembered
        if message.held_by is not None:
            words = f"Another podcli (process {message.held_by}) holds this library."
            self.say(f"{words} You can look at everything here; playing and changing is for that one.", severity="warning")
        self._show(message)

    @on(told.CardsRead)
    def _cards_read(self, message: told.CardsRead) -> None:
        self.library.take(message.cards, message.gone, whole=message.whole)
        self._show(message)
        if message.whole:
            memory.settled()
            self.bridge.aside(self.library.presort)

    @on(told.ShowsRead)
    def _shows_read(self, message: told.ShowsRead) -> None:
        self.library.name_shows(message.shows, message.settings)
        self._show(message)

    @on(told.GistsRead)
    def _gists_read(self, message: told.GistsRead) -> None:
        self.library.gists.update(message.gists)
        self._show(message)

    @on(told.SheetRead)
    @on(told.PassagesRead)
    def _episode_read(self, message: told.SheetRead | told.PassagesRead) -> None:
        self.episode_read = message.episode
        self._show(message)

    @on(told.JobsRead)
    def _jobs_read(self, message: told.JobsRead) -> None:
        self.recent, self.active = message.recent, message.active
        self._show(message)

    @on(told.SettingsRead)
    def _settings_read(self, message: told.SettingsRead) -> None:
        before, self.settings = self.settings, message.settings
        if (before.tui.preset, before.keys, before.tui.mouse) != (
            self.settings.tui.preset,
            self.settings.keys,
            self.settings.tui.mouse,
        ):
            self.say("Keys and mouse change when podcli starts anew.")
        themes.choose(self, self.settings)
        self._show(message)

    @on(told.Reply)
    def _answered(self, message: Message) -> None:
        self._show(message)

    @on(told.PlayerMoved)
    def _player_moved(self, message: told.PlayerMoved) -> None:
        self.now = message.now
        problem, notice = message.now.state.problem, message.now.state.notice
        if problem and problem != self._problem:
            self.say(problem, severity="error")
        self._problem = problem
        if notice and not notice.endswith("…") and notice not in self._noticed:
            self._noticed.add(notice)
            self.say(notice, severity="warning")
        self._show(message)

    def _show(self, message: Message) -> None:
        for window in self.screen_stack[1:]:
            if (take := getattr(window, "take", None)) is not None and not isinstance(window, BaseScreen):
                take(message)
        if (screen := self.front()) is not None:
            screen.take(message)

    def _fatal_error(self) -> None:
        """Textual would print a traceback with local values here; `run` hands the error to whoever called it instead."""
        self._close_messages_no_wait()


def run() -> int:
    """Open the player and return the exit code once it is closed.

    Raises UsageError for settings nobody can follow, PodcliError when the library cannot be opened, and whatever nobody
    foresaw, once the terminal is restored.
    """
    memory.starting()
    app = PodcliApp()
    sys.setswitchinterval(_SWITCH_S)
    hang_up.answer(app, app.close_down)
    try:
        app.run(mouse=app.settings.tui.mouse)
    finally:
        app.close_down()
    problem = app.failure or app._exception
    if problem is not None:
        raise problem
    return app.return_code or 0
