"""All episodes as lists show them, in memory: what is in the inbox, in a show, in the queue, sorted and filtered. No Textual."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any, Literal

from podcli.domain import EpisodeCard, EpisodeId, Show, ShowId, ShowSettings

Shelf = Literal["inbox", "later", "queue", "all", "show"]
Sort = Literal["date", "title", "length", "show", "progress"]
SORTS: tuple[Sort, ...] = ("date", "title", "length", "show", "progress")


@dataclass(frozen=True, slots=True)
class View:
    """Which episodes a list shows, and in which order."""

    shelf: Shelf
    show_id: ShowId | None = None
    sort: Sort = "date"
    reverse: bool = False
    """Oldest, shortest, Z first."""
    unheard: bool = False
    words: str = ""
    """All of them must be in the title or the show's title."""

    @property
    def name(self) -> str:
        """What it is remembered by."""
        return f"{self.shelf}:{self.show_id}" if self.show_id is not None else self.shelf

    def restored(self, kept: object) -> View:
        """This view as it was left; whatever does not fit is left out."""
        if not isinstance(kept, dict):
            return self
        sort = kept.get("sort")
        return replace(
            self,
            sort=sort if sort in SORTS else self.sort,
            reverse=kept.get("reverse") is True,
            unheard=kept.get("unheard") is True,
            words=str(kept.get("words", ""))[:200],
        )

    def kept(self) -> dict[str, object]:
        """What to remember of it."""
        return {"sort": self.sort, "reverse": self.reverse, "unheard": self.unheard, "words": self.words}


@dataclass(frozen=True, slots=True)
class Tally:
    """How much a show has."""

    episodes: int = 0
    unheard: int = 0
    newest: str = ""


class Library:
    """Cards, shows and gists, kept up to date from what the library's reader tells."""

    def __init__(self) -> None:
        self.cards: dict[EpisodeId, EpisodeCard] = {}
        self.shows: dict[ShowId, Show] = {}
        self.settings: Mapping[ShowId, ShowSettings] = {}
        self.gists: dict[EpisodeId, str] = {}
        self.whole = False
        """Whether all episodes are here already, not only the newest."""
        self._by_date: list[EpisodeCard] = []
        self._tallies: dict[ShowId, Tally] | None = None

    def take(self, cards: Iterable[EpisodeCard], gone: Iterable[EpisodeId], *, whole: bool) -> None:
        """These are new or changed, those are gone; `whole`: these are all there are."""
        if whole:  # newest first, as they are read
            self.cards, self.whole = {card.id: card for card in cards}, True
            self._by_date = list(self.cards.values())
        else:
            before = len(self.cards)
            self.cards.update((card.id, card) for card in cards)
            grown = len(self.cards) > before
            for each in gone:
                self.cards.pop(each, None)
                self.gists.pop(each, None)
            # A dict keeps the order of its keys: only what is new has to find its place.
            self._by_date = sorted(self.cards.values(), key=_published, reverse=True) if grown else list(self.cards.values())
            if grown:
                self.cards = {card.id: card for card in self._by_date}
        self._tallies = None

    def title(self, show_id: ShowId) -> str:
        """The show's title."""
        show = self.shows.get(show_id)
        return show.title if show else ""

    def speed(self, show_id: ShowId, default: float) -> float:
        """How fast the listener plays this show."""
        own = self.settings.get(show_id)
        return own.speed if own is not None and own.speed else default

    def tally(self, show_id: ShowId) -> Tally:
        """How many episodes a show has, how many were not heard, and when the newest came."""
        if self._tallies is None:
            self._tallies = self._count()
        return self._tallies.get(show_id, Tally())

    def unheard(self) -> int:
        """All that was not heard."""
        return sum(not card.finished for card in self.cards.values())

    def inbox(self) -> int:
        """How many episodes wait for a decision."""
        return sum(card.triage == "inbox" for card in self.cards.values())

    def queued(self) -> int:
        """How many episodes are in the queue."""
        return sum(card.queued is not None for card in self.cards.values())

    def look(self, view: View) -> list[EpisodeId]:
        """The episodes of a view, in its order."""
        cards = [card for card in self._sorted(view) if _on_shelf(view, card)]
        if view.unheard:
            cards = [card for card in cards if not card.finished]
        if needles := view.words.casefold().split():
            cards = self._matching(cards, needles)
        return [card.id for card in cards]

    def _matching(self, cards: Sequence[EpisodeCard], needles: Sequence[str]) -> list[EpisodeCard]:
        """Each needle must be in the episode's or its show's title; a show's title is looked at once."""
        for needle in needles:
            shows = {show.id for show in self.shows.values() if needle in show.title.casefold()}
            cards = [card for card in cards if needle in card.title.casefold() or card.show_id in shows]
        return list(cards)

    def _sorted(self, view: View) -> Sequence[EpisodeCard]:
        if view.shelf == "queue":
            return sorted((card for card in self.cards.values() if card.queued is not None), key=_place)
        cards: Sequence[EpisodeCard] = self._by_date
        if view.sort != "date":
            cards = sorted((card for card in cards if _on_shelf(view, card)), key=self._order(view.sort))
        return cards[::-1] if view.reverse else cards

    def _order(self, sort: Sort) -> Callable[[EpisodeCard], Any]:
        if sort == "title":
            return lambda card: card.title.casefold()
        if sort == "show":
            titles = {show.id: show.title.casefold() for show in self.shows.values()}
            return lambda card: titles.get(card.show_id, "")
        if sort == "length":
            return lambda card: -(card.duration_s or 0.0)
        return lambda card: (card.finished, -(card.position_s / card.duration_s if card.duration_s else 0.0))

    def _count(self) -> dict[ShowId, Tally]:
        found: dict[ShowId, list[Any]] = {}
        for card in self.cards.values():
            each = found.setdefault(card.show_id, [0, 0, ""])
            each[0] += 1
            each[1] += not card.finished
            each[2] = max(each[2], card.published)
        return {show_id: Tally(*each) for show_id, each in found.items()}


_published = attrgetter("published")


def _place(card: EpisodeCard) -> float:
    return card.queued or 0.0


def _on_shelf(view: View, card: EpisodeCard) -> bool:
    if view.shelf == "show":
        return card.show_id == view.show_id
    if view.shelf in ("inbox", "later"):
        return card.triage == view.shelf
    return view.shelf == "all" or card.queued is not None
