"""Gathers what is kept of episodes, and brings files and accounts up to date with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, get_args

from podcli.domain import Episode, EpisodeId, EpisodeNotes, InsightKind, Show, ShowId, SnipCard
from podcli.errors import PodcliError, UsageError
from podcli.exports.filenames import file_names
from podcli.services.exporting import formats
from podcli.services.exporting.files import Files, Written
from podcli.services.exporting.formats import FORMATS, Document
from podcli.services.exporting.places import Place, place
from podcli.services.exporting.sent import Ledger, Sent, Tell, alone
from podcli.services.insights import InsightService
from podcli.services.snips import SnipService
from podcli.settings import Settings
from podcli.store import Store

if TYPE_CHECKING:
    from podcli.services.accounts import AccountService


@dataclass(frozen=True, slots=True)
class Wish:
    """What to export. Without `episodes` it is those with snips; `since`, `show_id` and `tag` choose among the snips.

    Of notes and of a library they choose episodes: a note always has all snips of its episode.
    """

    kind: str
    episodes: tuple[Episode, ...] = ()
    since: datetime | None = None
    show_id: ShowId | None = None
    tag: str = ""
    template: str = ""
    words: bool = False

    @property
    def narrowed(self) -> bool:
        """Whether only some snips are meant."""
        return bool(self.since or self.show_id or self.tag)


class ExportService:
    """Verbs that write what was kept for other programs."""

    def __init__(self, store: Store, settings: Settings, snips: SnipService, insights: InsightService) -> None:
        self._store, self._settings = store, settings
        self._snips, self._insights = snips, insights

    def place(self, wish: Wish, to: str | None) -> Place | None:
        """Where it goes, None for standard output; see `places.place`. Raises UsageError when `wish` makes no sense."""
        scope = FORMATS[wish.kind].scope
        if scope != "snips":
            _require_one_choice(wish)
        if scope in ("transcript", "chapters") and not wish.episodes:
            raise UsageError(f"Whose {scope}?", f"Name an EPISODE: `podcli export {wish.kind} EPISODE`.")
        if wish.template and wish.kind not in ("markdown", "obsidian"):
            raise UsageError(f"{wish.kind} takes no template.", "Templates are for markdown and obsidian.")
        if wish.words and wish.kind not in ("vtt", "transcript-json"):
            raise UsageError(f"{wish.kind} has no place for the seconds of words.", "vtt and transcript-json have.")
        return place(wish.kind, to, self._settings.export.folder, len(wish.episodes))

    def documents(self, wish: Wish) -> Iterator[Document]:
        """What is to be written, one by one; none when nothing was kept that fits.

        Raises PodcliError naming the command that makes what is missing, UsageError for a template with an unknown variable.
        """
        scope = FORMATS[wish.kind].scope
        if scope == "snips":
            yield Document(formats.of_snips(wish.kind, self._cards(wish)))
            return
        if scope == "library":
            yield Document(formats.of_library(list(self._library(wish))))
            return
        spoken = scope == "transcript" or "{{snip_transcript}}" in wish.template.replace(" ", "")
        for notes in self._library(wish, segments=spoken):
            if scope == "note":
                yield Document(formats.note(wish.kind, notes, date.today(), wish.template), notes.episode)
            else:
                self._require(notes, scope)
                yield Document(formats.of_episode(wish.kind, notes, wish.words), notes.episode)

    def write(self, wish: Wish, at: Place, *, force: bool = False) -> Iterator[Written]:
        """Bring the files up to date and tell of each; `force` writes those anew that were changed by hand.

        Raises PodcliError for the first that cannot be written: those before stay, and the same again goes on.
        """
        files, kind = Files(self._store, force=force), FORMATS[wish.kind]
        names = {} if at.file else file_names(self._store.library.episodes(limit=None), kind.ending)
        for document in self.documents(wish):
            path = at.folder / (at.file or names[document.episode.key if document.episode else ""])
            if isinstance(document.content, str):
                action = files.document(path, document.text.encode("utf-8", "replace"), within=at.folder)
            else:
                action = files.note(path, document.content, kind.comment, within=at.folder)
            yield Written(path, action, document.episode.id if document.episode else None)

    def send(self, wish: Wish, accounts: AccountService, tell: Tell, *, force: bool = False) -> tuple[int, Iterator[Sent]]:
        """How much there is to bring to the account of `wish.kind` (readwise: snips, notion: episodes), and what becomes of each
        while it is brought there.

        Raises PodcliError when it is not connected, and as `accounts.calls.Service.call`: what was sent before stays known.
        """
        if wish.kind == "readwise":
            cards = self._cards(wish)
            return len(cards), self._to_readwise(cards, accounts, tell, force)
        _require_one_choice(wish)
        chosen = wish.episodes or list({card.episode.id: card.episode for card in self._cards(wish)}.values())
        return len(chosen), self._to_notion(wish, accounts, tell, force)

    def _to_readwise(self, cards: list[SnipCard], accounts: AccountService, tell: Tell, force: bool) -> Iterator[Sent]:
        from podcli.services.exporting.to_readwise import ToReadwise

        with accounts.readwise(tell) as account, alone("readwise", "Readwise", tell):
            yield from ToReadwise(account, Ledger(self._store, "readwise"), force=force).send(cards)

    def _to_notion(self, wish: Wish, accounts: AccountService, tell: Tell, force: bool) -> Iterator[Sent]:
        from podcli.services.exporting.to_notion import ToNotion

        account, parent = accounts.notion(tell)
        with account, alone("notion", "Notion", tell):
            sender = ToNotion(account, Ledger(self._store, "notion"), parent, self._settings.export.notion_version, force=force)
            for notes in self._library(wish):
                yield from sender.send(notes, look=bool(wish.episodes))

    def notes(self, episode: Episode, *, segments: bool = False) -> EpisodeNotes:
        """All that is kept of an episode; its words too when wanted and completely known."""
        show = self._store.library.show(episode.show_id)
        assert show is not None  # episodes of removed shows are not found
        return self._notes(episode, show, self._snips.cards(episode_id=episode.id), segments)

    def _cards(self, wish: Wish) -> list[SnipCard]:
        """The newest last, so that a file grows at its end."""
        wanted = {episode.id for episode in wish.episodes}
        found = self._snips.cards(since=wish.since, show_id=wish.show_id, tag=wish.tag)
        return [card for card in reversed(found) if not wanted or card.episode.id in wanted]

    def _library(self, wish: Wish, *, segments: bool = False) -> Iterator[EpisodeNotes]:
        if wish.episodes:
            yield from (self.notes(episode, segments=segments) for episode in wish.episodes)
            return
        chosen = {card.episode.id for card in self._cards(wish)}
        kept = _by_episode(card for card in self._snips.cards() if card.episode.id in chosen)
        for cards in kept.values():
            yield self._notes(cards[0].episode, cards[0].show, cards, segments)

    def _notes(self, episode: Episode, show: Show, cards: list[SnipCard], segments: bool) -> EpisodeNotes:
        kinds: tuple[InsightKind, ...] = get_args(InsightKind)
        transcript = self._store.insights.find(episode.id, complete=True)
        found = [self._insights.insight(episode.id, kind) for kind in kinds] if transcript else []
        return EpisodeNotes(
            episode, show, tuple(sorted((card.snip for card in cards), key=lambda snip: (snip.start_s, snip.id))),
            tuple(self._insights.chapters(episode.id)),
            tuple(made for made in found if made is not None and made.complete),
            tuple(self._store.library.persons(episode)),
            segments=tuple(self._store.insights.segments(transcript.id)) if segments and transcript else (),
        )  # fmt: skip

    def _require(self, notes: EpisodeNotes, scope: str) -> None:
        number, title = notes.episode.id, notes.episode.title
        if scope == "transcript" and self._store.insights.find(number, complete=True) is None:
            raise PodcliError(f"“{title}” has no complete transcript yet.", f"`podcli transcript {number}` makes it.")
        if scope == "chapters" and not notes.chapters:
            raise PodcliError(f"“{title}” has no chapters yet.", f"`podcli chapters {number}` makes them.")


def _require_one_choice(wish: Wish) -> None:
    if wish.episodes and wish.narrowed:
        raise UsageError("--since, --show and --tag choose episodes, and one is named already.", "Give one or the other.")


def _by_episode(cards: Iterable[SnipCard]) -> dict[EpisodeId, list[SnipCard]]:
    found: dict[EpisodeId, list[SnipCard]] = {}
    for card in cards:
        found.setdefault(card.episode.id, []).append(card)
    return found
