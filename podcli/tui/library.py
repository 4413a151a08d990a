"""All episodes as lists show them, in memory: what is in the inbox, in a show, in the queue, sorted and filtered. No Textual."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal

from podcli.domain import EpisodeCard, EpisodeId, Show, ShowId, ShowSettings

if TYPE_CHECKING:
    from podcli.store.cards import Gist

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
class LookedAt:
    """The episode and the show a screen is about, and which of them is meant first when something is asked."""

    episode_id: EpisodeId | None = None
    show_id: ShowId | None = None
    first: Literal["episode", "show", "all"] = "all"


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
        self.gists: dict[EpisodeId, Gist] = {}
        self.whole = False
        """Whether all episodes are here already, not only the newest."""
        self._by_date: list[EpisodeCard] = []
        self._folded: dict[EpisodeId, str] = {}
        """Titles without case, to sort and to find by."""
        self._orders: dict[Sort, list[EpisodeId]] = {}
        """All episodes in an order that was asked for, for as long as it holds."""
        self._tallies: dict[ShowId, Tally] | None = None
        self._counts: Counter[str] | None = None

    def take(self, cards: Iterable[EpisodeCard], gone: Iterable[EpisodeId], *, whole: bool) -> None:
        """These are new or changed, those are gone; `whole`: these are all there are."""
        if whole:  # newest first, as they are read
            self.cards, self.whole = {card.id: card for card in cards}, True
            self._by_date = list(self.cards.values())
            self._folded = {card.id: card.title.casefold() for card in self._by_date}
            self._orders = {}
        else:
            cards, gone = list(cards), list(gone)
            before = len(self.cards)
            if gone or not all(_sorts_alike(card, self.cards.get(card.id)) for card in cards):
                self._orders = {}
            self._orders.pop("progress", None)
            self.cards.update((card.id, card) for card in cards)
            self._folded.update((card.id, card.title.casefold()) for card in cards)
            grown = len(self.cards) > before
            for each in gone:
                self.cards.pop(each, None)
                self.gists.pop(each, None)
                self._folded.pop(each, None)
            # A dict keeps the order of its keys: only what is new has to find its place.
            self._by_date = sorted(self.cards.values(), key=_published, reverse=True) if grown else list(self.cards.values())
            if grown:
                self.cards = {card.id: card for card in self._by_date}
        self._tallies = self._counts = None

    def presort(self) -> None:
        """Have every order at hand before somebody asks. For another thread: what changes meanwhile wins."""
        cards, orders = self._by_date, self._orders
        for sort in SORTS[1:]:
            found = [card.id for card in sorted(cards, key=self._order(sort))]
            if self._by_date is cards and self._orders is orders:
                orders.setdefault(sort, found)

    def name_shows(self, shows: Iterable[Show], settings: Mapping[ShowId, ShowSettings]) -> None:
        """These are all the shows there are, and how each is played."""
        self.shows = {show.id: show for show in shows}
        self.settings = settings
        self._orders.pop("show", None)

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
        return self._counted()["unheard"]

    def inbox(self) -> int:
        """How many episodes wait for a decision."""
        return self._counted()["inbox"]

    def queued(self) -> int:
        """How many episodes are in the queue."""
        return self._counted()["queue"]

    def look(self, view: View) -> list[EpisodeId]:
        """The episodes of a view, in its order."""
        cards = _on_shelf(view, self._sorted(view))
        if view.unheard:
            cards = [card for card in cards if not card.finished]
        if needles := view.words.casefold().split():
            cards = self._matching(cards, needles)
        return list(map(_id, cards))

    def _matching(self, cards: Sequence[EpisodeCard], needles: Sequence[str]) -> list[EpisodeCard]:
        """Each needle must be in the episode's or its show's title; a show's title is looked at once."""
        folded = self._folded
        for needle in needles:
            shows = {show.id for show in self.shows.values() if needle in show.title.casefold()}
            titles = zip(cards, map(folded.__getitem__, map(_id, cards)), strict=True)
            if shows:
                cards = [card for card, title in titles if needle in title or card.show_id in shows]
            else:
                cards = [card for card, title in titles if needle in title]
        return list(cards)

    def _sorted(self, view: View) -> Sequence[EpisodeCard]:
        if view.shelf == "queue":
            return sorted((card for card in self.cards.values() if card.queued is not None), key=_place)
        if view.sort == "date":
            cards: Sequence[EpisodeCard] = self._by_date
        elif view.shelf == "all":
            if view.sort not in self._orders:
                self._orders[view.sort] = [card.id for card in sorted(self._by_date, key=self._order(view.sort))]
            cards = list(map(self.cards.__getitem__, self._orders[view.sort]))
        else:
            cards = sorted(_on_shelf(view, self._by_date), key=self._order(view.sort))
        return cards[::-1] if view.reverse else cards

    def _order(self, sort: Sort) -> Callable[[EpisodeCard], Any]:
        if sort == "title":
            folded = self._folded
            return lambda card: folded[card.id]
        if sort == "show":
            titles = {show.id: show.title.casefold() for show in self.shows.values()}
            return lambda card: titles.get(card.show_id, "")
        if sort == "length":
            return lambda card: -(card.duration_s or 0.0)
        return lambda card: (card.finished, -(card.position_s / card.duration_s if card.duration_s else 0.0))

    def _count(self) -> dict[ShowId, Tally]:
        episodes = Counter(map(_show, self._by_date))
        unheard = Counter(card.show_id for card in self._by_date if not card.finished)
        newest = {card.show_id: card.published for card in reversed(self._by_date)}
        return {show_id: Tally(count, unheard[show_id], newest[show_id]) for show_id, count in episodes.items()}

    def _counted(self) -> Counter[str]:
        if self._counts is None:
            self._counts = Counter(map(_triage, self._by_date))
            self._counts["queue"] = sum(place is not None for place in map(_queued, self._by_date))
            self._counts["unheard"] = len(self._by_date) - sum(map(_finished, self._by_date))
        return self._counts


_published, _show, _triage = attrgetter("published"), attrgetter("show_id"), attrgetter("triage")
_queued, _finished, _id = attrgetter("queued"), attrgetter("finished"), attrgetter("id")


def _place(card: EpisodeCard) -> float:
    return card.queued or 0.0


def _sorts_alike(card: EpisodeCard, before: EpisodeCard | None) -> bool:
    """Whether no order but that by progress can have changed."""
    return before is not None and (card.title, card.duration_s, card.show_id, card.published) == (
        before.title, before.duration_s, before.show_id, before.published,
    )  # fmt: skip


def _on_shelf(view: View, cards: Sequence[EpisodeCard]) -> Sequence[EpisodeCard]:
    if view.shelf == "show":
        return [card for card in cards if card.show_id == view.show_id]
    if view.shelf in ("inbox", "later"):
        return [card for card in cards if card.triage == view.shelf]
    return cards if view.shelf == "all" else [card for card in cards if card.queued is not None]
