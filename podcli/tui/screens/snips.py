"""What was kept: heard one after the other, changed, and from each into its whole episode."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from textual.message import Message

from podcli.domain import JobId, Moment, SnipCard
from podcli.exports.share import quote_text
from podcli.services.playback.moments import of_snips
from podcli.text import clean_line
from podcli.tui import phrases
from podcli.tui.messages import JobsRead, PlayerMoved, SnipsRead
from podcli.tui.rows import Row
from podcli.tui.screens.rows import RowsScreen

_OF_ONE = ("whole", "star", "note", "title", "tag", "remove", "begin_earlier", "begin_later", "end_earlier", "end_later", "copy")
_NOTHING = "-"
"""Typed in place of a note or title to have none."""


class SnipsScreen(RowsScreen):
    """Opened over a view. Enter plays the snip under the cursor."""

    VIEW = "snips"
    HEADING = "Snips"
    WHERES = ("snips",)
    HINTS = (
        "list.open", "snips.play_all", "snips.whole", "snips.star", "snips.note", "snips.tag", "snips.copy", "snips.remove",
        "list.filter", "app.back", "app.help",
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__()
        self._found: Sequence[SnipCard] | None = None
        self._ended = set[JobId]()
        """Work on snips that has ended, in whatever order."""

    def mounted(self) -> None:
        """Have them read."""
        super().mounted()
        self.podcli.verbs.read_snips()

    def resumed(self) -> None:
        """Others may have been kept meanwhile."""
        super().resumed()
        self.podcli.verbs.read_snips()

    def rows(self) -> Sequence[Row]:
        """The newest first."""
        return phrases.snip_rows(self._found or ())

    def nothing(self) -> Sequence[str]:
        """How they come to be."""
        if self._found is None:
            return ("Looking…",)
        key = self.podcli.keys.shown("snip.keep")
        return ("You have kept nothing yet.", f"{key} keeps what was just said, while something plays.")

    def fill(self) -> None:
        """Show them, and how many there are."""
        super().fill()
        self.say(f"{self.HEADING} · {len(self._found):,}" if self._found else self.HEADING)
        self._mark()

    def take(self, message: Message) -> None:
        """Here they are; or one of them has its words or title now; or something else plays."""
        super().take(message)
        match message:
            case SnipsRead():
                self._found = message.found
                self.fill()
                self.refresh_bindings()
            case PlayerMoved():
                self._mark()
            case JobsRead():
                ended = {job.id for job in message.recent if job.kind in ("snip", "retell") and not job.active}
                if ended - self._ended:
                    self.podcli.verbs.read_snips()
                self._ended = ended

    def _mark(self) -> None:
        moment = self.podcli.now.moment
        playing = (card.snip.id for card in self._found or () if moment and card.snip.episode_id == moment.episode_id
                   and card.snip.start_s == moment.start_s)  # fmt: skip
        self.items.mark(next(playing, None))

    def _cards(self) -> list[SnipCard]:
        """The one under the cursor and those after it, as the list is filtered."""
        by_id: dict[Hashable, SnipCard] = {card.snip.id: card for card in self._found or ()}
        rows = self.items.shown[self.items.cursor :] if self.items.cursor >= 0 else []
        return [by_id[row.key] for row in rows if row.key in by_id]

    def _card(self) -> SnipCard | None:
        return next(iter(self._cards()), None)

    def _play(self, cards: Sequence[SnipCard]) -> None:
        moments: list[Moment] = of_snips(cards)
        if moments:
            self.podcli.verbs.play_moments(moments)

    def chosen(self, row: Row) -> None:
        """Hear this one."""
        self._play(self._cards()[:1])

    def action_snips_play_all(self) -> None:
        """This and those after it."""
        self._play(self._cards())

    def action_snips_whole(self) -> None:
        """Its whole episode, from there, with its words."""
        if card := self._card():
            self.podcli.verbs.play(card.snip.episode_id, card.snip.start_s)
            self.podcli.open_episode(card.snip.episode_id)

    def action_snips_star(self) -> None:
        """One of the best, or not."""
        if card := self._card():
            self.podcli.verbs.star_snip(card.snip.id, not card.snip.starred)

    def action_snips_note(self, text: str = "") -> None:
        """Write what you think of it."""
        if card := self._card():
            kept = "" if text == _NOTHING else text
            self.podcli.verbs.note_snip(card.snip.id, kept) if text else self._type("snips.note", clean_line(card.snip.note))

    def action_snips_title(self, text: str = "") -> None:
        """Give it a title of your own."""
        if card := self._card():
            kept = "" if text == _NOTHING else text
            self.podcli.verbs.title_snip(card.snip.id, kept) if text else self._type("snips.title", clean_line(card.snip.title))

    def action_snips_tag(self, text: str = "") -> None:
        """Add a tag; one with a minus in front is taken away."""
        if card := self._card():
            self.podcli.verbs.tag_snip(card.snip.id, text) if text else self._type("snips.tag", "")

    def _type(self, command: str, text: str) -> None:
        words = next(each.words for each in self.podcli.keys.commands("snips") if each.id == command)
        self.podcli.action_app_command(f"{words} {text}")

    def action_snips_remove(self) -> None:
        """Out of the library."""
        if card := self._card():
            self.podcli.verbs.remove_snip(card.snip.id)

    def action_snips_begin_earlier(self) -> None:
        """A sentence more at its beginning."""
        self._move(begin=-self.podcli.take_count())

    def action_snips_begin_later(self) -> None:
        """A sentence less at its beginning."""
        self._move(begin=self.podcli.take_count())

    def action_snips_end_earlier(self) -> None:
        """A sentence less at its end."""
        self._move(end=-self.podcli.take_count())

    def action_snips_end_later(self) -> None:
        """A sentence more at its end."""
        self._move(end=self.podcli.take_count())

    def _move(self, *, begin: int = 0, end: int = 0) -> None:
        if card := self._card():
            self.podcli.verbs.move_snip(card.snip.id, begin=begin, end=end)

    def action_snips_copy(self) -> None:
        """Its words with a time link, to the clipboard."""
        if card := self._card():
            self.podcli.copy(quote_text(card))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a snip there is nothing to do with one."""
        if action in (f"snips_{each}" for each in (*_OF_ONE, "play_all")) and self._card() is None:
            return False
        return super().check_action(action, parameters)
