"""Notes of episodes to Notion: a page for each, and what is new below what is on it. No word on a page is ever changed.

Notion knows no idempotency key. So what is about to be sent is remembered first; where it cannot be told whether it arrived
(the connection broke, this process was killed), the pages are looked at before anything is sent again.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar

from podcli.accounts.calls import Refused, Unsure
from podcli.accounts.notion import Notion, Page
from podcli.domain import EpisodeNotes, SentAction
from podcli.errors import PodcliError
from podcli.exports import notion as pages
from podcli.exports.notion import MARKDOWN_VERSION, Part
from podcli.exports.wording import snip_title
from podcli.services.exporting.sent import Ledger, Sent, digest
from podcli.text import clean_line, human_duration

LOOKS_S = (1.0, 4.0, 15.0, 40.0)
"""Between looks for what may still arrive."""
_AT_WORK = timedelta(seconds=60)
"""So long Notion works on a request at most (“Status codes”, 503)."""
_CLOCKS_DIFFER = timedelta(minutes=10)
_MOST_BLOCKS = 900
"""Of a page that is sent as Markdown: a request may have 1,000 (“Request limits”), and Notion may count otherwise than we do."""
_HOPELESS = 5
"""So many episodes refused and none taken, and the rest is not tried: our own choice, so that an error comes soon."""
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class _State:
    """What is remembered of an episode: its page, the digest of each part on it, and what was being sent and since when.

    `whole` says that all that is told of the episode has arrived; from then on only snips are added.
    """

    page: str = ""
    url: str = ""
    parts: dict[str, str] = field(default_factory=dict)
    whole: bool = False
    trying: dict[str, str] = field(default_factory=dict)
    since: str = ""


class ToNotion:
    """Puts notes below the page `parent`. With `force` every page is looked at, and snips that changed are put below again."""

    def __init__(self, account: Notion, ledger: Ledger, parent: str, version: str, *, force: bool = False) -> None:
        self._account, self._ledger, self._parent, self._force = account, ledger, parent, force
        self._markdown = version >= MARKDOWN_VERSION
        self._taken = self._refused = 0
        self._known = {key: _state(kept) for key, kept in ledger.all().items()}

    def send(self, notes: EpisodeNotes, *, look: bool = False) -> Iterator[Sent]:
        """Bring the page of an episode up to date, and tell of it and of each snip that Notion does not take.

        With `look` also ask whether the page is still there. Raises as `Service.call`: what was sent stays remembered, and the
        next time goes on from there.
        """
        episode, parts = notes.episode, pages.episode_parts(notes)
        action: SentAction = "same"
        state = self._settle(notes, self._known.get(episode.key, _State()), parts)
        missing, older = self._missing(state, parts)
        if state.page and (missing or look or self._force) and self._account.page(state.page) is None:
            state, action = _State(), "again"
        if not state.page:
            action = "again" if action == "again" else "made"
            try:
                state = self._create(notes, parts)
            except Refused as refused:
                self._refused += 1
                if not refused.of_content or (self._refused >= _HOPELESS and not self._taken):
                    raise
                yield Sent("refused", episode.id, title=episode.title, problem=refused.says)
                return
            self._taken += 1
            missing, older = self._missing(state, parts)
        elif missing:
            action = "added"
        problems: list[Sent] = []
        for batch in pages.requests(missing):
            state = self._add(notes, state, batch, parts, problems)
        if not state.whole:
            state = self._remember(episode.key, replace(state, whole=True))
        action = "kept" if action == "same" and older else action
        yield Sent(action, episode.id, title=episode.title, id=state.page, url=state.url)
        yield from problems

    def _missing(self, state: _State, parts: Sequence[Part]) -> tuple[list[Part], int]:
        """What is to be put onto the page, and how many snips are on it as they were before they changed."""
        missing = [part for part in parts if part.key not in state.parts and (part.snip is not None or not state.whole)]
        snips = [part for part in parts if part.snip is not None]
        older = [part for part in snips if state.parts.get(part.key, _print(part)) != _print(part)]
        return (missing + older, 0) if self._force else (missing, len(older))

    def _create(self, notes: EpisodeNotes, parts: Sequence[Part]) -> _State:
        """Make the page: all of it as Markdown where that is taken and fits, else with as many blocks as one request takes."""
        first = next(iter(pages.requests(parts)), [])
        tries = [(pages.page_body(self._parent, notes, first), first)]
        if len(first) > 1:  # a snip that Notion does not take shall not keep the page from being made
            tries.append((pages.page_body(self._parent, notes, first[:1]), first[:1]))
        if self._markdown and sum(len(part.blocks) for part in parts) <= _MOST_BLOCKS:
            tries.insert(0, (pages.markdown_page(self._parent, notes, date.today()), list(parts)))
        for body, sent in tries:
            if not pages.fits(body):
                continue
            try:
                return self._made(notes, body, sent)
            except Refused as refused:
                if refused.status in (403, 404):
                    raise PodcliError(
                        "Notion does not let the integration write below the page that episodes go below.",
                        "On that page in Notion: ••• and Connections; or name another: `podcli connect notion --page ADDRESS`.",
                    ) from None
                if not refused.of_content or sent is tries[-1][1]:
                    raise
                self._markdown = self._markdown and "markdown" not in refused.says.lower()
        raise AssertionError("one block more is always small enough")

    def _add(
        self, notes: EpisodeNotes, state: _State, batch: Sequence[Part], parts: Sequence[Part], problems: list[Sent]
    ) -> _State:
        """Put `batch` below; of one that is refused its halves, so that only what is wrong is left out, and told in
        `problems`."""
        try:
            return self._append(notes.episode.key, state, batch, parts)
        except Refused as refused:
            if not refused.of_content:
                raise
            if len(batch) > 1:
                state = self._add(notes, state, batch[: len(batch) // 2], parts, problems)
                return self._add(notes, state, batch[len(batch) // 2 :], parts, problems)
            snip = next((snip for snip in notes.snips if snip.id == batch[0].snip), None)
            title = snip_title(snip) if snip else notes.episode.title
            problems.append(Sent("refused", notes.episode.id, snip.id if snip else None, title, problem=refused.says))
            return state

    def _made(self, notes: EpisodeNotes, body: dict[str, object], parts: Sequence[Part]) -> _State:
        key = notes.episode.key
        begun = _now()
        for last in (False, True):
            state = self._remember(key, _State(trying=_prints(parts), since=_now()))
            try:
                made: Page | None = self._account.create(body)
            except Unsure as unsure:
                made = self._search(lambda: self._look_for(notes, begun), state, unsure)
                if made is None and last:
                    raise
            except PodcliError:  # it certainly was not made, so nobody has to look for it
                self._remember(key, _State())
                raise
            if made is not None:
                return self._remember(key, _State(made.id, made.url, _prints(parts)))
        raise AssertionError("unreachable")

    def _append(self, key: str, state: _State, batch: Sequence[Part], parts: Sequence[Part]) -> _State:
        before, trying = state.parts, replace(state, trying=_prints(batch))
        blocks = [block for part in batch for block in part.blocks]
        for last in (False, True):
            state = self._remember(key, replace(trying, since=_now()))  # of each try: so long it may still arrive
            try:
                self._account.append(state.page, blocks)
                break
            except Unsure as unsure:
                found = self._search(lambda: self._arrived(trying, parts, before), state, unsure)
                if found is not None:
                    return self._remember(key, found)
                if last:
                    raise
            except PodcliError:
                self._remember(key, replace(state, trying={}, since=""))
                raise
        return self._remember(key, replace(state, parts={**state.parts, **state.trying}, trying={}, since=""))

    def _settle(self, notes: EpisodeNotes, state: _State, parts: Sequence[Part]) -> _State:
        """Find out what became of what was being sent when nobody learned whether it arrived."""
        if not state.trying:
            return state
        if state.page:
            if self._account.page(state.page) is None:
                return self._remember(notes.episode.key, replace(state, trying={}, since=""))
            there = self._search(lambda: self._arrived(state, parts, state.parts), state)
            return self._remember(notes.episode.key, there or replace(state, trying={}, since=""))
        found = self._search(lambda: self._look_for(notes, state.since), state)
        return self._remember(notes.episode.key, _State(found.id, found.url, state.trying) if found else _State())

    def _search(self, look: Callable[[], _Found | None], state: _State, unsure: Unsure | None = None) -> _Found | None:
        """What `look` finds, now or as long as Notion may still be at work on what it was sent; None when it did not arrive."""
        for wait in (*LOOKS_S, None):
            found = look()
            age = datetime.now(UTC) - datetime.fromisoformat(state.since)
            if found is not None or wait is None or age > _AT_WORK or (unsure and unsure.over):
                return found
            why = f"{unsure.message} " if unsure else ""
            self._account.service.tell(f"{why}Looking again in {human_duration(wait)} whether it arrived at Notion…")
            time.sleep(wait)
        return None

    def _look_for(self, notes: EpisodeNotes, begun: str) -> Page | None:
        """The page that was made of an episode, though nobody said so: a new one below the parent with its title."""
        others = {_bare(each.page) for each in self._known.values()}
        since = datetime.fromisoformat(begun) - _CLOCKS_DIFFER
        wanted = _letters(pages.page_title(notes))
        for child in self._account.children(self._parent):
            new = child.kind == "child_page" and child.made_at >= since and _bare(child.id) not in others
            if new and _letters(child.words) == wanted:
                return self._account.page(child.id)
        return None

    def _arrived(self, state: _State, parts: Sequence[Part], before: dict[str, str]) -> _State | None:
        """`state` with those parts of which most is on its page, since a block may be changed or taken away meanwhile; None when
        none is there but those from `before`."""
        there = {_letters(child.words) for child in self._account.children(state.page)}
        found = dict(state.parts)
        for part in parts:
            said = [_letters(pages.words(block)) for block in part.blocks]
            # Of one that is put there a second time most was there before.
            enough = len(said) if part.key in before else len(said) / 2
            if part.key in state.trying and sum(words in there for words in said) >= enough:
                found[part.key] = state.trying[part.key]
        return replace(state, parts=found, trying={}, since="") if found != before else None

    def _remember(self, key: str, state: _State) -> _State:
        self._known[key] = state
        kept = {name: value for name, value in asdict(state).items() if value}
        self._ledger.put({key: kept or None})
        return state


def _prints(parts: Sequence[Part]) -> dict[str, str]:
    return {part.key: _print(part) for part in parts}


def _print(part: Part) -> str:
    return digest([pages.words(block) for block in part.blocks])[:12]


def _letters(text: str) -> str:
    """A text as far as Markdown, blanks and escapes cannot change it."""
    return "".join(char for char in clean_line(text).casefold() if char.isalnum()) or "untitled"


def _bare(id_: str) -> str:
    return id_.replace("-", "").lower()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _state(kept: object) -> _State:
    """What was remembered; nothing for what is no state."""
    row: dict[str, Any] = kept if isinstance(kept, dict) else {}
    parts, trying = row.get("parts"), row.get("trying")
    try:
        since = datetime.fromisoformat(str(row["since"])).isoformat() if row.get("since") else _now()
    except ValueError:
        since = _now()
    return _State(
        str(row.get("page") or ""), str(row.get("url") or ""), parts if isinstance(parts, dict) else {},
        row.get("whole") is True, trying if isinstance(trying, dict) else {}, since,
    )  # fmt: skip
