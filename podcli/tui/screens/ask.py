"""Small windows: one that asks for a line of text or one of several, one that lets choose, one with keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static

from podcli.text import clean, clean_line
from podcli.tui.rows import Row
from podcli.tui.screens.window import Window
from podcli.tui.widgets.filter_input import LineInput
from podcli.tui.widgets.row_list import RowList
from podcli.tui.widgets.scroll_list import ScrollList


class Ask(Window[str | None]):
    """Asks for a line of text. With `choices` Tab goes through them. Dismissed with the text, or None for Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "dismiss(None)", "Back", show=False),
        Binding("tab,down", "choice(1)", "Next choice", show=False),
        Binding("shift+tab,up", "choice(-1)", "Choice before", show=False),
    ]

    def __init__(self, heading: str, about: str, value: str = "", choices: Sequence[str] = ()) -> None:
        super().__init__()
        self._heading, self._about, self._value, self._choices = clean_line(heading), clean(about), value, list(choices)

    def compose(self) -> ComposeResult:
        """Heading, help, input."""
        with Vertical(classes="window"):
            yield Static(Content.styled(self._heading, "bold"))
            yield Static(Content(self._about))
            yield LineInput(self._value)
            if self._choices:
                yield Static(Content(f"Tab: {', '.join(self._choices)}"))
            yield Static(Content("Enter keeps it, Esc goes back."))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value.strip())

    def action_choice(self, step: int) -> None:
        """Another of the choices."""
        if self._choices:
            box = self.query_one(Input)
            at = self._choices.index(box.value) + step if box.value in self._choices else 0
            box.value = self._choices[at % len(self._choices)]
            box.cursor_position = len(box.value)


class Choose(Window[str | None]):
    """A list to choose from. Dismissed with the row's key, or None for Escape."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss(None)", "Back", show=False),
        Binding("down,j", "by(1)", show=False),
        Binding("up,k", "by(-1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    def __init__(self, heading: str, rows: Sequence[Row], at: str = "") -> None:
        super().__init__()
        self._heading, self._rows, self._at = clean_line(heading), rows, at

    def compose(self) -> ComposeResult:
        """Heading and list."""
        with Vertical(classes="window tall"):
            yield Static(Content.styled(self._heading, "bold"))
            yield RowList()
            yield Static(Content("Enter chooses, Esc goes back."))

    def fill(self) -> None:
        """Fill it."""
        rows = self.query_one(RowList)
        rows.set_rows(self._rows)
        rows.go_to(self._at)
        rows.focus()

    def action_by(self, step: int) -> None:
        """Up and down."""
        rows = self.query_one(RowList)
        rows.action_list_down() if step > 0 else rows.action_list_up()

    def action_choose(self) -> None:
        """This one."""
        self.query_one(RowList).action_list_open()

    @on(ScrollList.Chosen)
    def _chosen(self, event: ScrollList.Chosen) -> None:
        event.stop()
        self.dismiss(str(event.row.key))


class HelpScreen(Window[None]):
    """The keys that work where the listener was, read off the live bindings."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "dismiss", "Back"),
        Binding("j,down", "move(1)", show=False),
        Binding("k,up", "move(-1)", show=False),
        Binding("ctrl+d,pagedown,space", "move(15)", show=False),
        Binding("ctrl+u,pageup", "move(-15)", show=False),
    ]

    def __init__(self, sections: list[tuple[str, list[tuple[str, str]]]]) -> None:
        super().__init__()
        self._sections = sections

    def compose(self) -> ComposeResult:
        """A table a section; one widget, so that it opens at once."""
        with VerticalScroll(classes="window tall"):
            parts = list[str | tuple[str, str]]()
            width = max((len(key) for _, keys in self._sections for key, _ in keys), default=0)
            for heading, keys in self._sections:
                parts += [(heading, "bold"), "\n", *(f"  {key:<{width}}  {what}\n" for key, what in keys), "\n"]
            yield Static(Content.assemble(*parts))

    def action_move(self, lines: int) -> None:
        """Scroll, as lists do."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)
