"""What is new, and what to hear first for this listener, with the reasons."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

from textual import on
from textual.message import Message

from podcli.domain import EpisodeCard, EpisodeId
from podcli.services.digest import Digest, DigestItem
from podcli.tui import phrases
from podcli.tui.library import View
from podcli.tui.messages import DigestRead, SettingsRead
from podcli.tui.rows import Row
from podcli.tui.screens.episodes import EpisodesScreen
from podcli.tui.widgets.scroll_list import ScrollList


class DigestScreen(EpisodesScreen):
    """Opened over a view, and made anew each time. What is decided here leaves it, as in the inbox."""

    VIEW = "digest"
    HEADING = "Digest"
    WHERES = ("episodes", "show")
    HINTS = (
        "list.open", "episode.enqueue", "episode.play_next", "episode.archive", "episode.later", "episode.download",
        "list.filter", "player.toggle", "app.back", "app.help",
    )  # fmt: skip
    EMPTY = (
        "Nothing new: you are up to date.",
        "{library.refresh_all} looks for new episodes of all shows, “:digest 4w” further back.",
    )

    def __init__(self, since: str = "") -> None:
        super().__init__(View("all"))
        self._since = since
        self._digest: Digest | None = None
        self._items: dict[EpisodeId, DigestItem] = {}

    def mounted(self) -> None:
        """Have it made."""
        self._fill(anew=True)
        self.pane.items.focus()
        self.ask(self._since)

    def ask(self, since: str) -> None:
        """What is new since then; '' for the usual time."""
        self._since = since
        self.podcli.verbs.read_digest(since)

    def take(self, message: Message) -> None:
        """Here it is."""
        super().take(message)
        if isinstance(message, SettingsRead):
            self.ask(self._since)
        if isinstance(message, DigestRead):
            self._digest = message.digest
            self._items = {item.id: item for item in message.digest.items}
            self._fill(anew=True)
            if message.digest.notice:
                self.podcli.say(message.digest.notice)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """It has an order of its own."""
        if action in ("list_sort", "list_reverse", "episode_unheard_only"):
            return False
        return super().check_action(action, parameters)

    def keep(self) -> None:
        """Nothing: the next one is another."""

    def all_shown(self) -> list[EpisodeId]:
        """Everything in it."""
        cards, needles = self.podcli.library.cards, self.view.words.casefold().split()
        return [
            item.id
            for item in self._items.values()
            if (card := cards.get(item.id)) is not None and not _dealt_with(card, item) and _has(item, needles)
        ]

    def _fill(self, *, anew: bool = False) -> None:
        ids = self.all_shown()
        self.pane.items.set_keys(ids, tall=frozenset(ids), anew=anew)
        self.pane.say(self._heading(len(ids)), [] if ids else self._nothing())
        self.pane.credit(self._digest.models if self._digest else ())
        self._tell_selection()

    def _heading(self, count: int) -> str:
        found = self._digest
        if found is None or not count:
            return self.HEADING
        first = sum(self._items[each].first for each in self.all_shown())
        counted = f"{first} to hear first, {count - first} also new" if first else f"{count:,} new"
        return " · ".join([self.HEADING, counted, *([] if found.personal else ["newest first"])])

    def _nothing(self) -> Sequence[str]:
        if self._digest is None and self.podcli.library.shows:
            return ["Looking at what is new…"]
        return super()._nothing()

    def _make(self, key: Hashable) -> Row:
        library = self.podcli.library
        number = EpisodeId(key) if isinstance(key, int) else None
        card, item = (library.cards.get(number), self._items.get(number)) if number is not None else (None, None)
        if card is None or item is None:
            return Row(key, "…", wrap=False)
        speed = library.speed(card.show_id, self.podcli.settings.player.speed)
        why = item.because[0].removeprefix("because ") if item.because else ""
        more = " ".join(part for part in (f"{why[:1].upper()}{why[1:]}." if why else "", item.gist) if part)
        row = phrases.card_row(card, show=library.title(card.show_id), speed=speed, job=self._job(card.id), gist=more)
        return replace(row, tail="hear first") if item.first else row

    @on(ScrollList.Chosen)
    def _opened(self, event: ScrollList.Chosen) -> None:
        """Enter shows the episode, where Enter plays it: a digest is for choosing."""
        if event.rows is self.pane.items and isinstance(event.row.key, int):
            event.prevent_default()
            self.podcli.open_episode(EpisodeId(event.row.key))


def _dealt_with(card: EpisodeCard, item: DigestItem) -> bool:
    """Heard, or decided on since the digest was made."""
    return card.finished or (card.triage == "done" and item.episode.triage != "done")


def _has(item: DigestItem, needles: Sequence[str]) -> bool:
    words = f"{item.episode.title} {item.episode.show} {item.gist}".casefold()
    return all(needle in words for needle in needles)
