"""Gathers what is kept of episodes, and brings files and accounts up to date with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from podcli.domain import Episode, EpisodeId, EpisodeNotes, ShowId, Snip, SnipCard, WrittenAction
from podcli.errors import PodcliError, UsageError
from podcli.exports.filenames import file_names
from podcli.exports.merge import Rendering
from podcli.pipeline.exporting import SENT
from podcli.services.exporting import formats
from podcli.services.exporting.files import Files, Written
from podcli.services.exporting.formats import FORMATS, Document, Format
from podcli.services.exporting.gathering import Gathering
from podcli.services.exporting.places import Place, automatic, place
from podcli.services.exporting.sent import Ledger, Sent, alone
from podcli.services.exporting.template import read_template
from podcli.services.insights import InsightService
from podcli.services.snips import SnipService
from podcli.settings import Settings, choices
from podcli.store import Store

if TYPE_CHECKING:
    from podcli.accounts.calls import Tell
    from podcli.services.accounts import AccountService

_AUTO = "export.auto"


@dataclass(frozen=True, slots=True)
class Wish:
    """What to export. Without `episodes` it is those with snips; `since`, `show_id` and `tag` choose among the snips.

    Of notes and of a library they choose episodes: a note always has all snips of its episode. A library of which nothing chooses
    is all there is, with or without snips, unless only what was `kept` is meant.
    """

    kind: str
    episodes: tuple[Episode, ...] = ()
    since: datetime | None = None
    show_id: ShowId | None = None
    tag: str = ""
    template: str = ""
    words: bool = False
    kept: bool = False

    @property
    def narrowed(self) -> bool:
        """Whether only some snips are meant."""
        return bool(self.since or self.show_id or self.tag)


class ExportService:
    """Verbs that write what was kept for other programs."""

    def __init__(self, store: Store, settings: Settings, snips: SnipService, insights: InsightService) -> None:
        self._store, self._settings = store, settings
        self._snips, self._gathering = snips, Gathering(store, insights)

    def place(self, wish: Wish, to: str | None) -> Place | None:
        """Where it goes, None for standard output; see `places.place`. Raises UsageError when `wish` makes no sense."""
        _check(wish)
        return place(wish.kind, to, self._settings.export.folder, len(wish.episodes))

    def automatic(self, wish: Wish, *, make: bool = True) -> tuple[Wish, Place]:
        """What is written, and where, when a snip of the episodes of `wish` changed (see the setting ``export.auto``): a file of
        many snips has them all, and of a library it is the episodes with snips, for all of it anew with each snip is too much.
        Without `make` no folder is made. Raises as `places.automatic`, UsageError for a kind that is not written by itself."""
        if wish.kind not in choices(_AUTO):
            raise UsageError(f"{wish.kind} is not exported by itself.", f"{_AUTO} may have {', '.join(choices(_AUTO))}.")
        if wish.narrowed:
            raise UsageError("--since, --show and --tag choose; --auto writes all that is kept.", "Give one or the other.")
        whole = wish if FORMATS[wish.kind].scope == "note" else replace(wish, episodes=(), kept=True)
        _check(whole)
        return whole, automatic(wish.kind, self._settings.export.folder, self._settings.export.auto, make=make)

    def cannot_go_by_themselves(self, accounts: AccountService) -> dict[str, PodcliError]:
        """What of ``export.auto`` cannot be written or sent as things are, and why. Changes nothing."""
        found, template = {}, self._settings.export.template
        for kind in self._settings.export.auto:
            try:
                if kind in SENT:
                    accounts.require(SENT[kind][0])
                else:
                    self.automatic(Wish(kind), make=False)
                    if template and FORMATS[kind].template:
                        read_template(template)
            except PodcliError as error:
                found[kind] = error
        return found

    def documents(self, wish: Wish) -> Iterator[Document]:
        """What is to be written, one by one; none when nothing was kept that fits.

        Raises PodcliError naming the command that makes what is missing, UsageError for a template with an unknown variable.
        """
        scope = FORMATS[wish.kind].scope
        if scope == "snips":
            yield Document(formats.of_snips(wish.kind, self._cards(wish)))
            return
        if scope == "library":
            chosen = wish.episodes or wish.narrowed or wish.kept
            shows, library = ([], self._library(wish)) if chosen else self._gathering.whole()
            yield Document(formats.of_library(library, shows))
            return
        spoken = scope == "transcript" or formats.asks_for(wish.template, "snip_transcript")
        dated = formats.asks_for(wish.template, "episode_export_date")
        for notes in self._library(wish, segments=spoken):
            if scope == "note":
                on = partial(_note, wish, notes)
                yield Document(on(date.today()), notes.episode, on if dated else None)
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
            if isinstance(document.content, Rendering):
                action = self._write_note(files, path, document, document.content, kind, at.folder)
            elif isinstance(document.content, str):
                action = files.document(path, document.content.encode("utf-8", "replace"), within=at.folder)
            else:
                action = files.large(path, document.content, within=at.folder)
            yield Written(path, action, document.episode.id if document.episode else None)

    def _write_note(
        self, files: Files, path: Path, document: Document, note: Rendering, kind: Format, within: Path
    ) -> WrittenAction:
        """The day that a note tells is that of its last change, else each new day would be one."""
        if document.on is None:
            return files.note(path, note, kind.comment, within=within)
        key, today = f"export.day.{path.absolute()}", date.today()
        written = self._store.library.remembered(key)
        earlier = document.on(date.fromisoformat(str(written))) if written else None
        action = files.note(path, document.on(today), kind.comment, within=within, earlier=earlier)
        if action in ("made", "changed", "added"):
            self._store.library.remember(key, today.isoformat())
        return action

    def send(self, wish: Wish, accounts: AccountService, tell: Tell, *, force: bool = False) -> tuple[int, Iterator[Sent]]:
        """How much there is to bring to the account of `wish.kind` (readwise: snips, notion: episodes), and what becomes of each
        while it is brought there.

        Raises PodcliError when it is not connected, and as `accounts.calls.Service.call`: what was sent before stays known.
        """
        if wish.kind == "readwise":
            return len(self._cards(wish)), self._to_readwise(wish, accounts, tell, force)
        _require_one_choice(wish)
        chosen = wish.episodes or list({card.episode.id: card.episode for card in self._cards(wish)}.values())
        return len(chosen), self._to_notion(wish, accounts, tell, force)

    def _to_readwise(self, wish: Wish, accounts: AccountService, tell: Tell, force: bool) -> Iterator[Sent]:
        from podcli.services.exporting.to_readwise import ToReadwise

        with accounts.readwise(tell) as account, alone("readwise", tell):
            cards = self._cards(wish)  # as they are when it is our turn
            yield from ToReadwise(account, Ledger(self._store, "readwise"), force=force).send(cards)

    def _to_notion(self, wish: Wish, accounts: AccountService, tell: Tell, force: bool) -> Iterator[Sent]:
        from podcli.services.exporting.to_notion import ToNotion

        account, parent = accounts.notion(tell)
        with account, alone("notion", tell):
            sender = ToNotion(account, Ledger(self._store, "notion"), parent, self._settings.export.notion_version, force=force)
            for notes in self._library(wish):
                yield from sender.send(notes, look=bool(wish.episodes))

    def _cards(self, wish: Wish) -> list[SnipCard]:
        """The newest last, so that a file grows at its end."""
        wanted = {episode.id for episode in wish.episodes}
        found = self._snips.cards(since=wish.since, show_id=wish.show_id, tag=wish.tag)
        return [card for card in reversed(found) if not wanted or card.episode.id in wanted]

    def _library(self, wish: Wish, *, segments: bool = False) -> Iterator[EpisodeNotes]:
        """All that is kept of each episode; its words too when wanted and completely known."""
        kept: dict[EpisodeId, list[Snip]] = {}
        for card in self._snips.cards(episode_id=wish.episodes[0].id if len(wish.episodes) == 1 else None):
            kept.setdefault(card.episode.id, []).append(card.snip)
        chosen = {card.episode.id for card in self._cards(wish)} if wish.narrowed else kept.keys()
        ids = [episode.id for episode in wish.episodes] or [each for each in kept if each in chosen]
        yield from self._gathering.of(ids, kept, segments=segments)

    def _require(self, notes: EpisodeNotes, scope: str) -> None:
        number, title = notes.episode.id, notes.episode.title
        if scope == "transcript" and self._store.insights.find(number, complete=True) is None:
            raise PodcliError(f"“{title}” has no complete transcript yet.", f"`podcli transcript {number}` makes it.")
        if scope == "chapters" and not notes.chapters:
            raise PodcliError(f"“{title}” has no chapters yet.", f"`podcli chapters {number}` makes them.")


def _note(wish: Wish, notes: EpisodeNotes, day: date) -> Rendering:
    return formats.note(wish.kind, notes, day, wish.template)


def _check(wish: Wish) -> None:
    scope = FORMATS[wish.kind].scope
    if scope != "snips":
        _require_one_choice(wish)
    if scope in ("transcript", "chapters") and not wish.episodes:
        raise UsageError(f"Whose {scope}?", f"Name an EPISODE: `podcli export {wish.kind} EPISODE`.")
    if wish.template and not FORMATS[wish.kind].template:
        those = " and ".join(kind for kind, its in FORMATS.items() if its.template)
        raise UsageError(f"{wish.kind} takes no template.", f"Templates are for {those}.")
    if wish.words and wish.kind not in ("vtt", "transcript-json"):
        raise UsageError(f"{wish.kind} has no place for the seconds of words.", "vtt and transcript-json have.")


def _require_one_choice(wish: Wish) -> None:
    if wish.episodes and wish.narrowed:
        raise UsageError("--since, --show and --tag choose episodes, and one is named already.", "Give one or the other.")
