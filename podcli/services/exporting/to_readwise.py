"""Snips to Readwise: new ones in batches, changed ones one by one, and never over a word their reader changed there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from podcli.accounts.calls import Refused
from podcli.accounts.readwise import Highlight, Readwise
from podcli.domain import SentAction, SnipCard
from podcli.errors import PodcliError
from podcli.exports.readwise import BATCH, highlight
from podcli.exports.wording import snip_title
from podcli.services.exporting.sent import Ledger, Sent, digest

_HOPELESS = 20
"""So many snips refused and none taken, and the rest is not tried: our own choice, so that an error comes soon."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """What is remembered of a snip: digests of what was sent, the id Readwise gave, and whether it said that it has it."""

    whole: str
    text: str
    note: str
    id: int | None = None
    sure: bool = False


@dataclass(frozen=True, slots=True)
class _Entry:
    """A snip, what it is as a highlight, and what is remembered of it."""

    card: SnipCard
    fields: dict[str, object]
    was: _Mark | None

    @property
    def text(self) -> str:
        return str(self.fields["text"])

    @property
    def note(self) -> str:
        return str(self.fields.get("note", ""))

    @property
    def mark(self) -> _Mark:
        return _Mark(digest(_changeable(self.fields)), _words(self.text), _words(self.note))

    def sent(self, action: SentAction, id_: int | None = None, problem: str = "") -> Sent:
        """What became of it."""
        snip = self.card.snip
        return Sent(action, snip.episode_id, snip.id, snip_title(snip), str(id_ or ""), "", problem)


class ToReadwise:
    """Brings an account up to date. With `force` also what its reader changed there, and what was sent before."""

    def __init__(self, account: Readwise, ledger: Ledger, *, force: bool = False) -> None:
        self._account, self._ledger, self._force = account, ledger, force

    def send(self, cards: Sequence[SnipCard]) -> Iterator[Sent]:
        """Tell of each snip once it is there, and remember it. Raises as `Service.call`: what was sent stays remembered."""
        known = self._ledger.all()
        entries = [_Entry(card, highlight(card), _mark(known.get(card.key))) for card in cards]
        new: list[_Entry] = []
        for entry in entries:
            if entry.was is None or (not entry.was.sure and entry.was.whole == entry.mark.whole):
                new.append(entry)
            elif entry.was.whole == entry.mark.whole and not self._force:
                yield entry.sent("same", entry.was.id)
            elif (done := self._update(entry, entry.was)) is not None:
                yield done
            else:
                new.append(entry)
        refused = made = 0
        for start in range(0, len(new), BATCH):
            for each in self._create(new[start : start + BATCH]):
                yield each
                refused, made = refused + (each.action == "refused"), made + (each.action != "refused")
                if refused >= _HOPELESS and not made:
                    raise PodcliError(
                        f"Readwise refuses every snip ({each.problem or 'without saying why'}).",
                        "Try again after an update of podcli.",
                    )

    def _create(self, batch: Sequence[_Entry]) -> Iterator[Sent]:
        """Send new ones; of a batch that is refused its halves, so that only what is wrong is left out."""
        # Remembered before it is sent: an answer may be lost, and what changes until the next time shall be no second highlight.
        self._ledger.put({each.card.key: _kept(replace(each.mark, id=each.was.id if each.was else None)) for each in batch})
        try:
            ids = self._account.create([each.fields for each in batch])
        except Refused as refused:
            if not refused.of_content:
                raise
            if len(batch) > 1:
                middle = len(batch) // 2
                yield from self._create(batch[:middle])
                yield from self._create(batch[middle:])
                return
            self._ledger.put({batch[0].card.key: None})
            yield batch[0].sent("refused", problem=refused.says)
            return
        self._ledger.put(
            {each.card.key: _kept(replace(each.mark, id=id_, sure=True)) for each, id_ in zip(batch, ids, strict=True)}
        )
        for each, id_ in zip(batch, ids, strict=True):
            yield each.sent("again" if each.was is not None and each.was.sure else "made", id_)

    def _update(self, entry: _Entry, was: _Mark) -> Sent | None:
        """Bring one up to date that was sent before; None when it is not there."""
        there = self._find(entry, was)
        if there is None:
            return None
        change: dict[str, object] = {}
        text, note, theirs = was.text, was.note, False
        if there.text.split() != entry.text.split():
            theirs = not self._force and _words(there.text) != was.text
            change |= {} if theirs else {"text": entry.text}
        if there.note.split() != entry.note.split():
            kept = not self._force and _words(there.note) != was.note
            change |= {} if kept else {"note": entry.note}
            theirs = theirs or kept
        if there.location != entry.fields["location"]:
            change["location"] = entry.fields["location"]
        if (url := entry.fields.get("highlight_url", there.url)) != there.url:
            change["url"] = url
        if change:
            try:
                if not self._account.update(there.id, change):
                    return None
            except Refused as refused:
                if not refused.of_content:
                    raise
                return entry.sent("refused", there.id, refused.says)
        text = entry.mark.text if "text" in change or _words(there.text) == entry.mark.text else text
        note = entry.mark.note if "note" in change or _words(there.note) == entry.mark.note else note
        self._ledger.put({entry.card.key: _kept(_Mark(entry.mark.whole, text, note, there.id, sure=True))})
        return entry.sent("yours" if theirs else "changed" if change else "same", there.id)

    def _find(self, entry: _Entry, was: _Mark) -> Highlight | None:
        """The highlight that was made of it, told by the second in which it was kept, which Readwise's reader cannot change, and
        by its words or its place: another program may have made one in the same second."""
        made = entry.card.snip.created_at.replace(microsecond=0)
        if was.id is not None:
            there = self._account.get(was.id)
            if there is None:
                return None
            if there.made_at is None or there.made_at.replace(microsecond=0) == made:
                return there
        found = [each for each in self._account.made_at(made) if each.made_at and each.made_at.replace(microsecond=0) == made]
        found.sort(key=lambda each: (_words(each.text) != was.text, each.location != entry.fields["location"]))
        ours = (was.text, entry.mark.text)
        return next((each for each in found if _words(each.text) in ours or each.location == entry.fields["location"]), None)


def _changeable(fields: dict[str, object]) -> dict[str, object]:
    """What can be changed of a highlight. Title, author and picture are those of its source, and stay as they were sent."""
    return {name: fields.get(name, "") for name in ("text", "note", "location", "highlight_url")}


def _words(text: str) -> str:
    """A digest of the words of a text, blanks and tags aside: Readwise may take tags out of a note."""
    words = text.split()
    while words and words[0].startswith(".") and len(words[0]) > 1:
        words.pop(0)
    return digest(words)


def _kept(mark: _Mark) -> dict[str, object]:
    return {"whole": mark.whole, "text": mark.text, "note": mark.note, "id": mark.id, "sure": mark.sure}


def _mark(kept: object) -> _Mark | None:
    """What was remembered; None for what is no mark."""
    if not isinstance(kept, dict) or not all(isinstance(kept.get(name), str) for name in ("whole", "text", "note")):
        return None
    id_ = kept.get("id")
    return _Mark(kept["whole"], kept["text"], kept["note"], id_ if isinstance(id_, int) else None, kept.get("sure") is True)
