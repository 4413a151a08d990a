"""The ``:`` line: every command by name, with what can be typed after it, completed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from podcli.keymap import Command
from podcli.text import clean_line
from podcli.tui.rows import cut
from podcli.tui.screens.window import Window
from podcli.tui.widgets.filter_input import LineInput

_MOST = 8


def parse(text: str, commands: Sequence[Command]) -> tuple[Command | None, str]:
    """The command meant by `text` and what was typed after it; the longest name wins, else a name only it begins with."""
    words = " ".join(text.split())
    for command in sorted(commands, key=lambda each: -len(each.words)):
        if words == command.words:
            return command, ""
        if words.startswith(command.words + " ") and command.argument:
            return command, words[len(command.words) + 1 :]
    first, _, rest = words.partition(" ")
    near = [command for command in commands if command.words.startswith(first)] if first else []
    if len(near) == 1 and (not rest or near[0].argument):
        return near[0], rest
    return None, words


def completions(text: str, commands: Sequence[Command], values: Callable[[Command], Sequence[str]]) -> list[tuple[str, str]]:
    """(what it would read, what it does) for everything `text` may become."""
    typed = text.lstrip()
    for command in commands:
        if command.argument and typed.startswith(command.words + " "):
            rest = typed[len(command.words) + 1 :].casefold()
            found = [each for each in values(command) if rest in each.casefold()]
            if found or not rest:
                return [(f"{command.words} {each}", command.help) for each in found] or [
                    (f"{typed}{command.argument}", command.help)
                ]
    begins = [each for each in commands if each.words.startswith(typed)]
    holds = [each for each in commands if typed in each.words and each not in begins]
    return [(each.words, each.help) for each in (*begins, *holds)]


class CommandLine(Window[tuple[Command, str] | None]):
    """Tab completes, ↑ ↓ choose, Enter does it, Escape goes back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+c", "dismiss(None)", "Back", show=False),
        Binding("tab", "complete", "Complete", show=False, priority=True),
        Binding("down", "choose(1)", show=False, priority=True),
        Binding("up", "choose(-1)", show=False, priority=True),
    ]

    def __init__(
        self, commands: Sequence[Command], values: Callable[[Command], Sequence[str]], history: Sequence[str], text: str = ""
    ) -> None:
        super().__init__()
        self._commands, self._values, self._history, self._text = commands, values, history, text
        self._found: list[tuple[str, str]] = []
        self._at = -1

    def compose(self) -> ComposeResult:
        """What may be meant, then what is typed."""
        with Vertical():
            yield Static(id="found")
            yield LineInput(self._text, placeholder="command; Tab completes", select_on_focus=False)

    def fill(self) -> None:
        """Begin typing."""
        self._look(self._text)
        self.query_one(Input).focus()

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        if not (0 <= self._at < len(self._found) and self._found[self._at][0] == event.value):
            self._look(event.value)

    def _look(self, text: str) -> None:
        self._at = -1
        recent = [(each, "typed before") for each in self._history] if not text.strip() else []
        self._found = recent[:3] + completions(text, self._commands, self._values)
        self._draw()

    def _draw(self, words: str = "") -> None:
        first = max(0, min(self._at - _MOST // 2, len(self._found) - _MOST))
        lines: list[str | tuple[str, str]] = []
        room = self.query_one("#found", Static).content_size.width or self.size.width - 4
        for n, (name, what) in enumerate(self._found[first : first + _MOST], first):
            lines.append((f"{'›' if n == self._at else ' '} {name:<24}", "bold" if n == self._at else ""))
            lines.append(f" {cut(what, max(1, room - max(26, cell_len(name) + 2) - 1))}\n")
        if not self._found:
            lines = [words or "No command has such a name."]
        self.query_one("#found", Static).update(Content.assemble(*lines))

    def action_choose(self, step: int) -> None:
        """One of those above."""
        if self._found:
            self._at = (self._at + step) % len(self._found) if self._at >= 0 else (0 if step > 0 else len(self._found) - 1)
            self._put(self._found[self._at][0])

    def action_complete(self) -> None:
        """As far as it is clear, else the next of those above."""
        text = self.query_one(Input).value
        if len(self._found) == 1:
            command = next((each for each in self._commands if each.words == self._found[0][0]), None)
            self._put(self._found[0][0] + (" " if command is not None and command.argument else ""))
            self._look(self.query_one(Input).value)
        elif (
            self._found
            and self._at < 0
            and (common := _common([name for name, _ in self._found if name.startswith(text)])) > text
        ):
            self._put(common)
            self._look(common)
        else:
            self.action_choose(1)

    def _put(self, text: str) -> None:
        box = self.query_one(Input)
        box.value = text
        box.cursor_position = len(text)
        self._draw()

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        text = event.value.strip()
        if not text:
            self.dismiss(None)
            return
        command, rest = parse(text, self._commands)
        if command is None:
            self._found = []
            self._draw(f"There is no command “{clean_line(text, limit=60)}”. Tab shows those that come near.")
            return
        self.dismiss((command, rest))

    def on_key(self, event: events.Key) -> None:
        """An emptied line closes."""
        if event.key == "backspace" and not self.query_one(Input).value:
            event.stop()
            self.dismiss(None)


def _common(names: Sequence[str]) -> str:
    if not names:
        return ""
    low, high = min(names), max(names)
    size = next((n for n, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), len(low))
    return low[:size]
