"""Going places: views, windows over them, the command line, jumping, help, and leaving."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Literal

from textual import on
from textual.app import SystemCommand
from textual.message_pump import MessagePump
from textual.screen import Screen
from textual.widget import Widget

from podcli.domain import EpisodeId, ShowId
from podcli.keymap import COMMANDS, Command
from podcli.text import clean, clean_line, human_bytes
from podcli.tui import messages as told
from podcli.tui import phrases, working
from podcli.tui.keys import invoke, live_keys
from podcli.tui.library import LookedAt
from podcli.tui.rows import Row

if TYPE_CHECKING:
    from podcli.tui.app import PodcliApp

_LONG_S, _SHORT_S = 12.0, 4.0
_LINK = re.compile(r"https?://[^\s<>\"')\]]+")
_VALUES = {
    "player.speed": ("0.8", "1", "1.2", "1.5", "1.8", "2", "2.5", "3", "4"),
    "player.sleep": ("off", "5", "10", "15", "20", "30", "45", "60", "chapter", "episode"),
    "player.volume": ("0", "25", "50", "75", "100"),
    "player.loudness": ("off", "dynaudnorm", "loudnorm"),
    "player.smart_speed": ("on", "off"),
    "player.voice_boost": ("on", "off"),
    "app.insights": ("on", "off"),
    "episode.summary": ("short", "medium", "long"),
    "view.digest": ("24h", "7d", "2w", "4w"),
    "view.highlights": ("7d", "2w", "4w", "12w"),
    "list.sort": ("date", "title", "length", "show", "progress"),
}


class Windows(MessagePump):  # only Textual's own classes look for handlers marked with @on
    """A part of the app."""

    if TYPE_CHECKING:

        @property
        def _app(self) -> PodcliApp: ...

    _history: tuple[str, ...] = ()

    # Saying

    def say(self, text: str, hint: str = "", severity: Literal["information", "warning", "error"] = "information") -> None:
        """A toast; what went wrong stays longer and is marked without colour too."""
        long = severity != "information"
        words = "\n".join(part for part in (f"{'! ' if long else ''}{text}", hint) if part)
        words = clean(words)
        if all(each.message != words or each.has_expired for each in self._app._notifications):  # once is enough
            self._app.notify(words, severity=severity, markup=False, timeout=_LONG_S if long else _SHORT_S)

    @on(told.Told)
    def _told(self, message: told.Told) -> None:
        if message.topic == "add" and hasattr(self._app.screen, "take_add"):
            self._app.screen.take_add(message)
        elif message.topic != "ask" or (front := self._app.front()) is None or front.VIEW != "ask":  # there it is seen
            self.say(message.text, message.hint, message.severity)

    @on(told.AddStarted)
    def _add_started(self, message: told.AddStarted) -> None:
        if hasattr(self._app.screen, "take_add"):
            self._app.screen.take_add(message)

    @on(told.DevicesRead)
    def _devices_read(self, message: told.DevicesRead) -> None:
        rows = [Row(each.name, each.description, note=each.name) for each in message.devices]
        self.choose("Where the sound goes", rows, self._app.verbs.set_device, at=self._app.now.state.device or "auto")

    @on(told.ShowSettingsRead)
    def _show_settings_read(self, message: told.ShowSettingsRead) -> None:
        from podcli.tui.screens.show_settings import ShowSettingsScreen

        self._app.push_screen(ShowSettingsScreen(message.show, message.settings))

    @on(told.ModelsMissing)
    def _models_missing(self, message: told.ModelsMissing) -> None:
        from podcli.tui.screens.dialogues import Question

        offer = message.offer

        def decided(answer: str | None) -> None:
            if answer == "y":
                self._app.verbs.pull_for(offer)

        names = " and ".join(offer.models)
        size = f" ({human_bytes(offer.bytes)})" if offer.bytes else ""
        text = f"{offer.reason}\n\nThat takes {names}{size}, once. Outside the player: {offer.hint}"
        self._app.push_screen(Question("A model is missing", text, {"y": "Fetch it now, then go on"}), decided)

    @on(told.NoSound)
    def _no_sound(self, message: told.NoSound) -> None:
        from podcli.tui.screens.dialogues import Question

        def decided(answer: str | None) -> None:
            if answer == "s":
                self._app.bridge.silent = True
                if message.moments:
                    self._app.verbs.play_moments(message.moments)
                else:
                    self._app.verbs.play(message.episode_id, message.start_s)

        text = f"{message.reason}\n\n{message.hint}"
        answers = {"s": "Go on without sound: the clock runs and the words follow it"}
        self._app.push_screen(Question("There is no sound here", text, answers), decided)

    def copy(self, text: str) -> None:
        """To the clipboard (OSC 52); only ever text that was cleaned here."""
        text = clean(text)
        self._app.copy_to_clipboard(text)
        self.say(f"Copied: {text[:60]}{'…' if len(text) > 60 else ''}")

    # Going

    def open_view(self, name: str) -> None:
        """To one of the views; when one is there already, what was opened over it is closed."""
        if self._app.current_mode == name:
            while len(self._app.screen_stack) > 1:
                self._app.pop_screen()
        self._app.switch_mode(name)
        self._app.verbs.remember("view", name)

    def open_show(self, show_id: ShowId | None) -> None:
        """The episodes of a show, or of all."""
        from podcli.tui.screens.show import ShowScreen

        self._app.push_screen(ShowScreen(show_id))

    def open_episode(self, episode_id: EpisodeId | None) -> None:
        """One episode; None for what plays."""
        from podcli.tui.screens.episode import EpisodeScreen

        found = episode_id if episode_id is not None else self._app.now.state.episode_id
        if found is None:
            self.say("Nothing plays.")
            return
        if isinstance(self._app.screen, EpisodeScreen):
            self._app.screen.about(found)
        else:
            self._app.push_screen(EpisodeScreen(found))

    def open_digest(self, since: str = "") -> None:
        """What is new since then (as `podcli digest --since` reads it), and what to hear first."""
        from podcli.tui.screens.digest import DigestScreen

        if isinstance(self._app.screen, DigestScreen):
            self._app.screen.ask(since)
        else:
            self._app.push_screen(DigestScreen(since))

    def open_highlights(self, since: str = "") -> None:
        """The best moments of every show, of episodes since then."""
        from podcli.tui.screens.highlights import HighlightsScreen

        if isinstance(self._app.screen, HighlightsScreen):
            self._app.screen.ask(since)
        else:
            self._app.push_screen(HighlightsScreen(since))

    def open_snips(self) -> None:
        """What was kept."""
        from podcli.tui.screens.snips import SnipsScreen

        if not isinstance(self._app.screen, SnipsScreen):
            self._app.push_screen(SnipsScreen())

    def open_ask(self, question: str = "") -> None:
        """Ask the episode or the show that one looks at, else everything; the others are a key away."""
        from podcli.tui.screens.asking import AskScreen, wheres

        front, playing = self._app.front(), self._app.now.state.episode_id
        looked_at: Callable[[], LookedAt] | None = getattr(front, "looked_at", None)
        found = looked_at() if looked_at is not None else LookedAt(playing)
        self._app.push_screen(AskScreen(*wheres(self._app.library, found), question))

    def open_search(self, text: str = "") -> None:
        """The search, for `text`."""
        self.open_view("search")
        if text:
            self._app.call_later(self._search_for, text)

    def _search_for(self, text: str) -> None:
        from podcli.tui.screens.search import SearchScreen

        if isinstance(self._app.screen, SearchScreen):
            self._app.screen.action_list_filter(text)

    def leave(self) -> None:
        """One step back: to what this was opened from."""
        if len(self._app.screen_stack) > 1:
            self._app.pop_screen()

    def selected_episode(self) -> EpisodeId | None:
        """The episode under the cursor, on screens that have one."""
        selected: Callable[[], EpisodeId | None] | None = getattr(self._app.front(), "selected", None)
        return selected() if selected is not None else None

    def choose(self, heading: str, rows: Sequence[Row], then: Callable[[str], object], at: str = "") -> None:
        """Let the listener choose one of `rows`, whose keys are texts."""
        from podcli.tui.screens.ask import Choose

        def chosen(key: str | None) -> None:
            if key is not None:
                then(key)

        self._app.push_screen(Choose(heading, rows, at), chosen)

    def ask_address(self, address: str = "") -> None:
        """Ask for the address of a show."""
        from podcli.tui.screens.dialogues import AddScreen

        def added(found: tuple[ShowId | None, EpisodeId | None] | None) -> None:
            if found is not None:
                self.open_view("shows")
                self.open_show(found[0])

        self._app.push_screen(AddScreen(address), added)

    def open_link(self, url: str) -> None:
        """In the desktop's browser; copied where there is none."""
        from podcli.tui.screens.actions import open_in_browser

        if open_in_browser(url):
            self.say(f"Opened {url}")
        else:
            self.copy(url)

    def choose_link(self, episode_id: EpisodeId | None) -> None:
        """One of the links in the notes."""
        episode = self._app.episode_read
        if episode is None or episode.id != episode_id:
            return
        links = list(dict.fromkeys(_LINK.findall(f"{episode.link} {episode.description}")))[:200]
        if not links:
            self.say("The notes have no links.")
            return
        self.choose("Links", [Row(link, clean_line(link)) for link in links], self.open_link)

    # Commands

    def action_app_help(self) -> None:
        """The keys that work here, by where they belong."""
        from podcli.tui.screens.ask import HelpScreen

        self._app.clear_notifications()
        self._app.push_screen(HelpScreen(live_keys(self._app)))

    def action_app_palette(self) -> None:
        """Textual's palette, with our commands."""
        self._app.clear_notifications()
        self._app.action_command_palette()

    def action_app_command(self, text: str = "") -> None:
        """The ``:`` line."""
        from podcli.tui.screens.command_line import CommandLine

        def given(found: tuple[Command, str] | None) -> None:
            if found is not None:
                command, argument = found
                self._history = (f"{command.words} {argument}".strip(), *self._history)[:20]
                self._app.call_next(self.run_command, command, argument)

        self._app.clear_notifications()
        self._app.push_screen(CommandLine(COMMANDS, self.values, self._history, text), given)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Of Textual's own commands only the choice of colours; ours are in `palette`."""
        yield SystemCommand("Choose the colours", "Light, dark, and others", self._app.search_themes)

    async def run_command(self, command: Command, argument: str = "") -> None:
        """Do it where the focus is, or say where it works."""
        if not await invoke(self._app, command, argument):
            self.say(f"“{command.words}” has nothing to work on here.", severity="warning")

    def values(self, command: Command) -> Sequence[str]:
        """What may follow a command on the ``:`` line."""
        if command.id == "app.theme":
            return sorted(self._app.available_themes)
        if command.id == "app.open":
            return [*self._app.views, "playing"]
        return _VALUES.get(command.id, ())

    def action_app_open(self, view: str = "") -> None:
        """To a view by its name."""
        if view == "playing":
            self.open_episode(None)
        elif view in self._app.views:
            self.open_view(view)
        else:
            self.say(f"There is no view “{view}”: {', '.join(self._app.views)}.", severity="warning")

    def action_app_theme(self, name: str = "") -> None:
        """Other colours, kept."""
        if not name:
            self._app.search_themes()
        elif name in self._app.available_themes:
            self._app.verbs.set_setting("tui.theme", name)
        else:
            self.say(f"There is no theme “{name}”.", severity="warning")

    def action_app_jump(self) -> None:
        """A letter on every pane and view."""
        from podcli.tui.screens.jump import Jump

        screen = self._app.front()
        if screen is None:
            return

        def go(target: Widget | str | None) -> None:
            if isinstance(target, str):
                self.open_view(target)
            elif target is not None:
                target.focus()

        self._app.push_screen(Jump(screen.places(), screen.view_columns()), go)

    def action_app_back(self) -> None:
        """Nothing to go back from."""
        self.leave()

    def action_app_redraw(self) -> None:
        """Draw everything anew."""
        self._app.refresh(layout=True, repaint=True)

    def came_back(self) -> None:
        """From the shell. Whoever stopped us from outside (SIGTSTP) did not say so before."""
        self._app.verbs.pause()
        self.action_app_redraw()

    def action_app_suspend(self) -> None:
        """To the shell; `fg` comes back."""
        self._app.action_suspend_process()

    def edit_settings(self) -> None:
        """settings.toml in the listener's editor."""
        import os
        import shlex
        import subprocess

        from podcli import paths, settings
        from podcli.errors import PodcliError

        file = paths.settings_file()
        paths.make_private(file.parent)
        editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "nano"
        try:
            with self._app.suspend():
                subprocess.run([*shlex.split(editor), str(file)], check=False)
            self._app.post_message(told.SettingsRead(settings.load()))
        except PodcliError as error:
            self.say(error.message, error.hint, "error")
        except OSError:
            self.say(f"The editor {editor} cannot be started.", "Set EDITOR to the one you use.", "error")

    # Leaving

    def action_app_quit(self) -> None:
        """Quit; on the ``:`` line only leave that (ctrl+c)."""
        from podcli.tui.screens.command_line import CommandLine

        if isinstance(self._app.screen, CommandLine):
            self._app.screen.dismiss(None)
        else:
            self.quit()

    @on(told.QuitAsked)
    def quit(self) -> None:
        """While work runs, ask what shall become of it."""
        from podcli.tui.screens.dialogues import Question

        if isinstance(self._app.screen, Question):
            return
        going = [job for job in self._app.active if job.state != "paused" and job.lane != "hook"]  # hooks and exports go on alone
        if not going or self._app.bridge.held_by is not None:
            self._app.exit()
            return

        def decided(answer: str | None) -> None:
            if answer:
                self._app.stop_work = answer == "q"
                self._app.exit()

        work = "\n".join(f"- {working.doing(job)}: {phrases.title(job.title or job.target)}" for job in going[:4])
        answers = {"q": "Quit; the work stops and can go on later", "k": "Quit; the work goes on without the player"}
        self._app.push_screen(Question("Work is going on", work, answers), decided)
