"""A framed list of episodes with a filter above it, and words in its place when it is empty."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from podcli.text import clean, clean_line
from podcli.tui.rows import Row
from podcli.tui.widgets.filter_input import FilterInput
from podcli.tui.widgets.lazy_list import LazyList


class ListPane(Vertical):
    """Its heavy frame shows where the keys go."""

    BINDING_GROUP_TITLE = "List"
    DEFAULT_CSS = """
    ListPane { border: round $foreground 40%; border-title-color: $text; background: $surface; }
    ListPane:focus-within { border: heavy $primary; }
    ListPane > #nothing { padding: 1 2; height: auto; color: $text-muted; display: none; }
    """

    def __init__(self, make: Callable[[Hashable], Row], heading: str, *, id: str) -> None:
        super().__init__(id=id)
        self._make = make
        self._drawn = ""
        self.border_title = Content(heading)

    def compose(self) -> ComposeResult:
        """Filter, words, list."""
        yield FilterInput(placeholder="Filter: Enter keeps it, Esc shows all")
        yield Static(id="nothing")
        yield LazyList(self._make, id="items")

    @property
    def items(self) -> LazyList:
        """The list."""
        return self.query_one(LazyList)

    def say(self, heading: str, nothing: Sequence[str]) -> None:
        """What the frame says, and what stands in place of an empty list."""
        self.border_title = Content(clean_line(heading, limit=80))
        text = clean("\n\n".join(nothing))
        if text != self._drawn:
            self._drawn = text
            words = self.query_one("#nothing", Static)
            words.update(Content(text))
            words.display = bool(text)

    def credit(self, models: Iterable[str]) -> None:
        """Say who wrote what stands beneath the titles."""
        names = ", ".join(sorted({clean_line(each, limit=60) for each in models}))
        self.border_subtitle = Content(f"gists by {names}" if names else "")

    def show_filter(self, words: str | None = None, *, focus: bool = False) -> None:
        """Let the listener type, or filter by `words` at once."""
        box = self.query_one(FilterInput)
        box.display = True
        if words is not None:
            box.value = words
        if focus:
            box.focus()

    def hide_filter(self) -> None:
        """Show everything."""
        box = self.query_one(FilterInput)
        box.value = ""
        box.display = False
        self.items.focus()

    @on(FilterInput.Left)
    def _left(self, event: FilterInput.Left) -> None:
        event.stop()
        self.items.focus()

    def on_click(self, event: events.Click) -> None:
        """An empty list can be clicked too."""
        self.items.focus()
