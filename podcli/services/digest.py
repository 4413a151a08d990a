"""The digest: what is new, one line each, and what to hear first for this listener and why. Nothing leaves this machine."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from podcli.domain import EpisodeId, ShowId
from podcli.errors import ModelError, UsageError
from podcli.services.taste import Taste, Verdict, about, first_sentence, judge, numbers, spread
from podcli.settings import Settings
from podcli.store.digest import Fresh
from podcli.text import clean_line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from podcli.store import Store

    Embed = Callable[[Sequence[str]], NDArray[np.float32]]

USUAL = "7d"
"""Since when, when nobody says."""
_MOST = 1000
_FIRST, _SHARE = 7, 0.3
"""At most so many are to be heard first, and not more than this share of all (but three)."""
_ENOUGH = 0.3
"""The score from which on an episode is to be heard first."""
_GIST = 240
_UNITS = {"h": 1 / 24, "d": 1, "w": 7}
_LONGEST_DAYS = 36_500
_REMEMBERED = timedelta(days=90)
NOTHING_KNOWN = "Nothing was heard or decided yet, so the newest come first."
SWITCHED_OFF = "The order is by date: digest.personal is off."


@dataclass(frozen=True, slots=True)
class DigestItem:
    """One new episode. `gist` says in a line what it is about; `because` why it is where it is."""

    episode: Fresh
    gist: str = ""
    because: tuple[str, ...] = ()
    first: bool = False

    @property
    def id(self) -> EpisodeId:
        """The episode's number."""
        return self.episode.id


@dataclass(frozen=True, slots=True)
class Digest:
    """What is new since a moment, what to hear first at the head. `notice` says when that was not chosen for the listener."""

    since: datetime
    items: tuple[DigestItem, ...] = ()
    personal: bool = True
    notice: str = ""
    more: bool = False
    """Whether there were more than a digest can hold; the oldest are missing."""
    models: tuple[str, ...] = ()
    """Those that say what episodes are about; where none did it is the publisher who says so."""

    @property
    def first(self) -> tuple[DigestItem, ...]:
        """What to hear first."""
        return tuple(item for item in self.items if item.first)

    @property
    def rest(self) -> tuple[DigestItem, ...]:
        """What is also new."""
        return tuple(item for item in self.items if not item.first)


@dataclass(frozen=True, slots=True)
class Material:
    """What was read from the library for a digest; the rest needs the library no more."""

    since: datetime
    fresh: Sequence[Fresh]
    gists: dict[EpisodeId, str]
    taste: Taste | None
    """None when the listener wants no choosing."""
    notes: dict[EpisodeId, str]
    models: tuple[str, ...] = ()
    """Those that wrote the gists of what is new."""


class DigestService:
    """Reads, then judges: the second part takes no library and may run in another thread."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._settings = store, settings

    def digest(self, since: datetime, *, show_id: ShowId | None = None) -> Digest:
        """What is new since then, for this listener."""
        return made(self.material(since, show_id=show_id), embedding)

    def material(self, since: datetime, *, show_id: ShowId | None = None) -> Material:
        """What a digest is made of (a fraction of a second, also of 50,000 episodes)."""
        store = self._store.digest
        since = since.astimezone(UTC)
        fresh = store.fresh(since, show_id=show_id, limit=_MOST)
        taste = None
        notes: dict[EpisodeId, str] = {}
        ids = [episode.id for episode in fresh]
        if self._settings.digest.personal and fresh:
            now = datetime.now(UTC)
            taste = Taste(store.heard(), store.turned_down(now - _REMEMBERED), store.waiting(), now)
            past = numbers([*taste.liked(), *taste.disliked()])
            notes, ids = store.notes(past), [*ids, *past]
        models = store.gist_models(episode.id for episode in fresh)
        return Material(since, fresh, store.gists(ids), taste, notes, tuple(models))


def since_when(text: str, now: datetime) -> datetime:
    """The moment `text` means, as seen at `now`. Raises UsageError when it means none."""
    words = text.strip().casefold()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if words in ("today", "yesterday"):
        return midnight if words == "today" else midnight - timedelta(days=1)
    if found := re.fullmatch(r"(\d{1,6}) ?([hdw])\w*", words):
        days = int(found[1]) * _UNITS[found[2]]
        if days <= _LONGEST_DAYS:
            return now - timedelta(days=days)
    else:
        try:
            moment = datetime.fromisoformat(text.strip())
            moment = moment if moment.tzinfo else moment.replace(tzinfo=now.tzinfo)
            moment.astimezone(UTC)
        except (ValueError, OverflowError):
            pass
        else:
            return moment
    raise UsageError(f"{text!r} is no time a digest could begin at.", "Give 7d, 24h, 2w, yesterday or a date such as 2026-11-01.")


def embedding(texts: Sequence[str]) -> NDArray[np.float32]:
    """Unit vectors of `texts`, by the sentence embeddings that come with podcli."""
    from podcli.engines.embed import WordLlamaEmbedder

    return WordLlamaEmbedder().embed(texts)


def made(material: Material, embed: Embed) -> Digest:
    """Judge and order. `embed` gives unit rows, one a text, and is asked at most once; where it fails likeness counts nothing."""
    fresh, taste = material.fresh, material.taste
    lines = [_gist(episode, material.gists.get(episode.id, "")) for episode in fresh]
    more = len(fresh) >= _MOST
    if taste is None or not taste.known:
        items = tuple(DigestItem(episode, line) for episode, line in zip(fresh, lines, strict=True))
        notice = "" if not fresh else NOTHING_KNOWN if taste is not None else SWITCHED_OFF
        return Digest(material.since, items, False, notice, more, material.models)
    notice = ""
    try:
        alike = _likeness(material, taste, embed)
    except ModelError as error:
        alike, notice = (None, None), error.message
    verdicts = judge(fresh, taste, *alike)
    order = sorted(range(len(fresh)), key=lambda place: (-round(verdicts[place].score, 1), place))
    first = set(_first(fresh, verdicts, order))
    items = tuple(
        DigestItem(fresh[place], lines[place], _reasons(verdicts[place], place in first), place in first)
        for place in [*(place for place in order if place in first), *(place for place in order if place not in first)]
    )
    return Digest(material.since, items, True, notice, more, material.models)


def _first(fresh: Sequence[Fresh], verdicts: Sequence[Verdict], order: Sequence[int]) -> list[int]:
    """Those to hear first: good ones that can be explained, few of one show."""
    good = [place for place in order if verdicts[place].score >= _ENOUGH and verdicts[place].because]
    chosen = spread((fresh[place].show_id, fresh[place].queued) for place in good)
    most = min(_FIRST, max(3, round(_SHARE * len(fresh))))
    return [place for place, taken in zip(good, chosen, strict=True) if taken][:most]


def _reasons(verdict: Verdict, first: bool) -> tuple[str, ...]:
    return verdict.because[:2] if first or verdict.score > 0 else verdict.against


def _likeness(material: Material, taste: Taste, embed: Embed) -> tuple[NDArray[np.float32] | None, NDArray[np.float32] | None]:
    """How alike the new episodes are to those that were liked, and to those that were not; None for want of either."""
    import numpy as np

    liked, disliked = taste.liked(), taste.disliked()
    if not liked and not disliked:
        return None, None
    texts = [about(each.title, each.notes, material.gists.get(each.id, "")) for each in material.fresh]
    texts += [about(p.title, material.notes.get(p.id, ""), material.gists.get(p.id, "")) for p in [*liked, *disliked]]
    rows = embed(texts)
    rows = rows - rows.mean(0)  # what all of them have in common says nothing
    rows = np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), np.float32)
    count = len(material.fresh)
    alike = rows[:count] @ rows[count:].T
    return (alike[:, : len(liked)] if liked else None), (alike[:, len(liked) :] if disliked else None)


def _gist(episode: Fresh, gist: str) -> str:
    return clean_line(gist, limit=_GIST) or first_sentence(episode.notes, episode.title)
