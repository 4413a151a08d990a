"""Where one types: a line of text, and what a list should contain."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input

from podcli.text import clean


class LineInput(Input):
    """Textual draws what is in an input as it is: so nothing a terminal would obey may get in, by paste or from the library."""

    def validate_value(self, value: str) -> str:
        """Without it."""
        return clean(value).replace("\n", " ")


class FilterInput(LineInput):
    """Enter keeps the filter, Escape takes it away."""

    BINDING_GROUP_TITLE = "Filter"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave(True)", "Show all", key_display="esc", tooltip="Show everything again"),
        Binding("enter,down", "leave(False)", "Keep the filter", key_display="⏎", tooltip="Back to the list, filtered"),
    ]
    DEFAULT_CSS = "FilterInput, FilterInput:focus { border: none; height: 1; padding: 0 1; display: none; background: $boost; }"

    class Left(Message):
        """Done typing."""

    def action_leave(self, drop: bool) -> None:
        """Back to the list."""
        if drop:
            self.value = ""
        if not self.value:
            self.display = False
        self.post_message(self.Left())


class SearchInput(FilterInput):
    """The same where nothing is shown before words were typed."""

    BINDING_GROUP_TITLE = "Search"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave(True)", "Clear", key_display="esc", tooltip="Forget these words"),
        Binding("enter,down", "leave(False)", "To what was found", key_display="⏎", tooltip="To what was found"),
    ]


class QuestionInput(LineInput):
    """Where a question is typed: always there."""

    BINDING_GROUP_TITLE = "Question"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave(True)", "Back", key_display="esc", tooltip="Stop looking; else back"),
        Binding("up,tab", "leave(False)", "To the answers", key_display="↑", tooltip="To the answers"),
        Binding("enter", "submit", "Ask", key_display="⏎", tooltip="Ask"),
    ]
    DEFAULT_CSS = "QuestionInput, QuestionInput:focus { border: none; height: 1; padding: 0 1; background: $boost; }"

    class Left(Message):
        """The keys go elsewhere; `back` when the listener wants out."""

        def __init__(self, back: bool) -> None:
            super().__init__()
            self.back = back

    def action_leave(self, back: bool) -> None:
        """To the answers, or out."""
        self.post_message(self.Left(back))
