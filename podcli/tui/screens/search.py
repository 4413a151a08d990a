"""Find what was said, by its words and by its meaning, and episodes by their titles and notes."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Static

from podcli.domain import EpisodeId
from podcli.text import clean_line
from podcli.tui.messages import HitsRead
from podcli.tui.rows import Row
from podcli.tui.screens.base import LOW, BaseScreen
from podcli.tui.screens.rows import RowsScreen
from podcli.tui.widgets.filter_input import FilterInput, SearchInput
from podcli.tui.widgets.row_list import RowList
from podcli.tui.widgets.scroll_list import ScrollList

_REST_S = 0.15
"""The library is asked once the listener stops typing this long."""
FILTERS = "show:ship since:7d until:2026-11-01 speaker:anna heard:no episode:12"


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
        self._text = ""
        """What was asked for last."""
        self._waiting: Timer | None = None
        self._chose = False
        """Whether the listener has moved in what was found: then it must not move under the cursor."""
        self._problems = ""
        self.whole = False
        """Whether what means the same is among what was found."""

    def mounted(self) -> None:
        """The keys go to the input."""
        super().mounted()
        box = self.query_one(FilterInput)
        box.placeholder = "Words that were said, or that are in a title"
        self._ask()

    def resumed(self) -> None:
        """The list stays as it was found."""

    def on_screen_suspend(self) -> None:
        """Another view is in front: what searches by meaning needs memory that nobody uses then."""
        self.call_later(self._left_for_another)

    def _left_for_another(self) -> None:
        stack = self.podcli.screen_stack
        above = stack[stack.index(self) + 1 :] if self in stack else []
        if self not in stack or any(isinstance(each, BaseScreen) for each in above):  # a small window is no other view
            self.podcli.verbs.search_ends()

    def fit_width(self, width: int) -> None:
        """What narrows it down is told where there is room for it."""
        self._tell_filters()

    def _tell_filters(self) -> None:
        line, help = self.query_one("#about", Static), f"Narrow it down: {FILTERS}"
        roomy = self.size.width > len(help) + 4 and self.size.height >= LOW
        line.update(Content(self._problems or help))
        line.display = bool(self._problems or (self._text and roomy))

    def _ask(self) -> None:
        box = self.query_one(FilterInput)
        box.display = True
        box.focus()

    def rows(self) -> Sequence[Row]:
        """What was found."""
        return self._rows

    def nothing(self) -> Sequence[str]:
        """Before and after looking."""
        if self._text:
            return (f"“{self._text}” was not found.", "What was said can be found in episodes that have a transcript.")
        return (
            "Type words: every episode that was transcribed here is searched, and all titles and notes. "
            "What was said is found by its meaning too.",
            f"Narrow it down: {FILTERS}",
        )

    @on(Input.Changed)
    def _filtered(self, event: Input.Changed) -> None:
        event.prevent_default()  # what was found need not read like what was typed: lists would hide it
        if self._waiting is not None:
            self._waiting.stop()
        self._waiting = self.set_timer(_REST_S, lambda: self._search(event.value.strip()))

    def _search(self, text: str) -> None:
        if text == self._text:
            return
        self._text = text
        if text:
            self.podcli.verbs.search(text)
        else:
            self._rows, self._problems = (), ""
            self._tell_filters()
            self.fill()

    @on(FilterInput.Left)
    def _left(self) -> None:
        self.query_one(FilterInput).display = True
        self.query_one(RowList).focus()

    @on(ScrollList.Moved)
    def _moved(self, event: ScrollList.Moved) -> None:
        self._chose = self._chose or event.by_person

    def take(self, message: Message) -> None:
        """What was found."""
        super().take(message)
        if isinstance(message, HitsRead) and message.text == self._text:
            self.whole = message.meant
            if not message.meant:
                self._chose = False
                self._problems = clean_line(" ".join(message.problems))
                self._tell_filters()
            self._rows = self._with_chosen(message.rows) if self._chose else message.rows
            if not self._chose:
                self.items.set_rows([], anew=True)
            self.fill()
            self.say(f"Search · {len(message.rows):,} found")

    def _with_chosen(self, rows: Sequence[Row]) -> Sequence[Row]:
        """`rows`, and among them the one under the cursor, whether it is still one of the best or not."""
        chosen = self.items.current
        if chosen is None or not chosen.live or any(row.key == chosen.key for row in rows):
            return rows
        at = self.items.cursor
        return [*rows[:at], chosen, *rows[at:]]

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
