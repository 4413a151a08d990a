"""Find what was said, and episodes by their titles and notes."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input

from podcli.domain import EpisodeId
from podcli.tui.messages import HitsRead
from podcli.tui.rows import Row
from podcli.tui.screens.rows import RowsScreen
from podcli.tui.widgets.filter_input import FilterInput, SearchInput
from podcli.tui.widgets.row_list import RowList

_REST_S = 0.15
"""The library is asked once the listener stops typing this long."""


class SearchScreen(RowsScreen):
    """Type; Enter goes to the list; Enter there plays that second."""

    VIEW = "search"
    HEADING = "Search"
    WHERES = ("search",)
    INPUT = SearchInput
    HINTS = ("list.open", "list.filter", "player.toggle", "app.help", "app.quit")

    def __init__(self) -> None:
        super().__init__()
        self._rows: Sequence[Row] = ()
        self._words = ""
        self._waiting: Timer | None = None

    def mounted(self) -> None:
        """The keys go to the input."""
        super().mounted()
        box = self.query_one(FilterInput)
        box.placeholder = "Words that were said, or that are in a title"
        self._ask()

    def resumed(self) -> None:
        """The list stays as it was found."""

    def _ask(self) -> None:
        box = self.query_one(FilterInput)
        box.display = True
        box.focus()

    def rows(self) -> Sequence[Row]:
        """What was found."""
        return self._rows

    def nothing(self) -> Sequence[str]:
        """Before and after looking."""
        if self._words:
            return (f"“{self._words}” was not found.", "What was said can be found in episodes that have a transcript.")
        return ("Type words: every episode that was transcribed here is searched, and all titles and notes.",)

    @on(Input.Changed)
    def _filtered(self, event: Input.Changed) -> None:
        event.prevent_default()  # what was found need not read like what was typed: lists would hide it
        if self._waiting is not None:
            self._waiting.stop()
        self._waiting = self.set_timer(_REST_S, lambda: self._search(event.value))

    def _search(self, words: str) -> None:
        self._words = words.strip()
        if self._words:
            self.podcli.verbs.search(self._words)
        else:
            self._rows = ()
            self.fill()

    @on(FilterInput.Left)
    def _left(self) -> None:
        self.query_one(FilterInput).display = True
        self.query_one(RowList).focus()

    def take(self, message: Message) -> None:
        """What was found."""
        super().take(message)
        if isinstance(message, HitsRead) and message.words == self._words:
            self._rows = message.rows
            self.items.set_rows([], anew=True)
            self.fill()
            self.say(f"Search · {len(message.rows):,} found")

    def chosen(self, row: Row) -> None:
        """Play that second, or open the episode."""
        if isinstance(row.key, tuple):
            episode_id = EpisodeId(row.key[0])
            if row.start_s is not None:
                self.podcli.verbs.play(episode_id, row.start_s)
            else:
                self.podcli.open_episode(episode_id)

    def action_list_filter(self, words: str = "") -> None:
        """Type again."""
        self._ask()
        if words:
            self.query_one(FilterInput).value = words

    def action_app_back(self) -> None:
        """Out of here."""
        self.podcli.leave()
