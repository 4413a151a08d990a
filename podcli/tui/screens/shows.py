"""All shows."""

from __future__ import annotations

from collections.abc import Sequence

from textual.message import Message

from podcli.domain import ShowId
from podcli.tui import phrases
from podcli.tui.library import LookedAt
from podcli.tui.messages import CardsRead, ShowsRead
from podcli.tui.rows import Row
from podcli.tui.screens.dialogues import Question
from podcli.tui.screens.rows import RowsScreen

_ALL = "all"


class ShowsScreen(RowsScreen):
    """Enter opens the episodes of a show."""

    VIEW = "shows"
    HEADING = "Shows"
    WHERES = ("shows", "show")
    HINTS = ("list.open", "library.add", "library.refresh", "library.refresh_all", "player.settings", "shows.remove", "list.sort",
             "list.filter", "player.toggle", "app.help", "app.quit")  # fmt: skip
    _SORTS = ("title", "new", "newest")
    sort = "title"

    def mounted(self) -> None:
        """In the order it was left in."""
        kept = self.podcli.remembered.get("shows")
        if isinstance(kept, dict) and kept.get("sort") in self._SORTS:
            self.sort = str(kept["sort"])
        super().mounted()
        if isinstance(kept, dict):
            self.items.go_to(kept.get("at"), centre=True)

    def on_screen_suspend(self) -> None:
        """Another screen comes to the front."""
        row = self.items.current
        self.podcli.verbs.remember("shows", {"sort": self.sort, "at": row.key if row else None})

    def rows(self) -> Sequence[Row]:
        """All episodes first, then shows, then the shelves for single files and links."""
        library = self.podcli.library
        shows = [show for show in library.shows.values() if show.kind == "feed" or library.tally(show.id).episodes]
        if not shows:
            return []
        shows.sort(key=lambda show: (show.kind != "feed", show.title.casefold()))
        if self.sort == "new":
            shows.sort(key=lambda show: -library.tally(show.id).unheard)
        elif self.sort == "newest":
            shows.sort(key=lambda show: library.tally(show.id).newest, reverse=True)
        total = f"{len(library.cards):,} episodes of {len(shows):,} {'show' if len(shows) == 1 else 'shows'}"
        first = Row(_ALL, "All episodes", note=total, tail=phrases.new(library.unheard()), wrap=False)
        return [first, *(phrases.show_row(show, library.tally(show.id)) for show in shows)]

    def fill(self) -> None:
        """With the order in the frame."""
        super().fill()
        count = len(self.podcli.library.shows)
        self.say(f"Shows · {count:,}" + (f" · by {self.sort}" if self.sort != "title" else ""))

    def nothing(self) -> Sequence[str]:
        """How to begin."""
        if not self.podcli.library.whole:
            return ["Opening the library…"]
        return [f"No shows yet. Press {self.podcli.keys.shown('library.add')} and give the address of a podcast.",
                "Or quit and run “podcli demo”: it adds a sample show and makes its takeaways."]  # fmt: skip

    def take(self, message: Message) -> None:
        """New shows, new counts."""
        super().take(message)
        if isinstance(message, CardsRead | ShowsRead):
            self.fill()

    def chosen(self, row: Row) -> None:
        """Its episodes."""
        self.podcli.open_show(ShowId(row.key) if isinstance(row.key, int) else None)

    def show_id(self) -> ShowId | None:
        """The show under the cursor."""
        row = self.items.current
        return ShowId(row.key) if row is not None and isinstance(row.key, int) else None

    def looked_at(self) -> LookedAt:
        """The show under the cursor."""
        return LookedAt(show_id=self.show_id(), first="show" if self.show_id() is not None else "all")

    def action_list_sort(self, by: str = "") -> None:
        """By title, by what is new, by the newest episode."""
        self.sort = by if by in self._SORTS else self._SORTS[(self._SORTS.index(self.sort) + 1) % len(self._SORTS)]
        self.fill()

    def action_pane_next(self) -> None:
        """Into the show."""
        self.items.action_list_open()

    def action_library_refresh(self) -> None:
        """Look for new episodes of this show."""
        self.podcli.verbs.refresh(self.show_id())

    def action_player_settings(self) -> None:
        """How this show is played."""
        if (show_id := self.show_id()) is not None:
            self.podcli.verbs.read_show_settings(show_id)

    def action_shows_remove(self) -> None:
        """Ask, then forget the show under the cursor."""
        row, show_id = self.items.current, self.show_id()
        if row is None or show_id is None:
            self.podcli.say("Choose a show first.")
            return

        def decided(answer: str | None) -> None:
            if answer == "y":
                self.podcli.verbs.remove(show_id)

        undo = self.podcli.keys.shown("app.undo")
        text = f"Its episodes, transcripts, takeaways and downloaded files go too. {undo} brings all of it back for a week."
        self.app.push_screen(Question(f"Remove “{row.text}”?", text, {"y": "Remove it"}), decided)
