"""A screen with one list of rows: shows, work, models, settings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from podcli.text import clean, clean_line
from podcli.tui.rows import Row
from podcli.tui.screens.base import BaseScreen
from podcli.tui.widgets.filter_input import FilterInput
from podcli.tui.widgets.row_list import RowList
from podcli.tui.widgets.scroll_list import ScrollList


class RowsScreen(BaseScreen):
    """Subclasses make the `rows` and say what Enter does (`chosen`)."""

    HEADING: ClassVar[str] = ""
    ABOUT: ClassVar[str] = ""
    """A sentence above the list."""
    INPUT: ClassVar[type[FilterInput]] = FilterInput

    def body(self) -> ComposeResult:
        """Filter, a sentence, the list."""
        with Vertical(classes="panes framed"):
            yield self.INPUT(placeholder="Filter: Enter keeps it, Esc shows all")
            yield Static(Content(self.ABOUT), id="about")
            yield RowList(id="rows")

    def mounted(self) -> None:
        """Full, and the keys go there."""
        self.query_one("#about").display = bool(self.ABOUT)
        self.fill()
        self.items.focus()

    def resumed(self) -> None:
        """Whatever changed meanwhile."""
        self.fill()

    @property
    def items(self) -> RowList:
        """The list."""
        return self.query_one(RowList)

    def rows(self) -> Sequence[Row]:
        """What it shows now."""
        raise NotImplementedError

    def nothing(self) -> Sequence[str]:
        """What it says when there are none."""
        return ("Nothing here.",)

    def chosen(self, row: Row) -> None:
        """Enter on a row."""

    def fill(self) -> None:
        """Show what there is now; the cursor stays where it is."""
        rows = self.rows()
        if not rows:
            rows = [
                Row(("nothing", n), clean_line(text), tone="dim", live=False, gap=True) for n, text in enumerate(self.nothing())
            ]
        self.items.set_rows(rows)
        self.say(self.HEADING)

    def say(self, heading: str, about: str = "") -> None:
        """What the frame and the sentence in it say."""
        self.query_one(".framed").border_title = Content(clean_line(heading, limit=80))
        if about:
            line = self.query_one("#about", Static)
            line.update(Content(clean(about)))
            line.display = True

    @on(ScrollList.Chosen)
    def _chosen(self, event: ScrollList.Chosen) -> None:
        self.chosen(event.row)

    @on(Input.Changed)
    def _filtered(self, event: Input.Changed) -> None:
        self.items.filter(event.value)

    @on(FilterInput.Left)
    def _left(self) -> None:
        self.items.focus()

    def action_list_filter(self, words: str = "") -> None:
        """Type what to look for."""
        box = self.query_one(FilterInput)
        box.display = True
        box.value = words or box.value
        (self.items if words else box).focus()

    def action_app_back(self) -> None:
        """Drop the filter; else out of here."""
        box = self.query_one(FilterInput)
        if box.value:
            box.value = ""
            box.display = False
            self.items.focus()
        else:
            self.podcli.leave()

    def take(self, message: Message) -> None:
        """Subclasses say what makes them fill anew."""
        super().take(message)
