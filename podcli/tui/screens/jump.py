"""Two keys to any pane: every place one can be gets a letter."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from podcli.tui.screens.window import Window

_LETTERS = "asdfghjklqwertyuiopzxcvbnm"


class Jump(Window[Widget | str | None]):
    """Dismissed with the widget or the view whose letter was pressed."""

    def __init__(self, panes: Sequence[Widget], views: Sequence[tuple[str, str, int]]) -> None:
        """`views`: name, label, column in the first line."""
        super().__init__()
        self._targets: dict[str, Widget | str] = {}
        self._labels: list[tuple[str, int, int]] = []
        letters = iter(_LETTERS)
        for pane in panes:
            letter = next(letters)
            self._targets[letter] = pane
            self._labels.append((letter, pane.region.x + 1, pane.region.y))
        for name, label, column in views:
            own = label[:1].casefold()
            letter = own if own not in self._targets else next(each for each in letters if each not in self._targets)
            self._targets[letter] = name
            self._labels.append((letter, column, 0))

    def compose(self) -> ComposeResult:
        """A letter on each."""
        for letter, x, y in self._labels:
            label = Static(Content(letter), classes="label")
            label.styles.offset = (x, y)
            yield label

    def on_key(self, event: events.Key) -> None:
        """Go there, or back."""
        event.stop()
        self.dismiss(self._targets.get(event.key))
