"""What a listener is likely to want, from what they did: shows they finish, episodes like those they heard. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from podcli.domain import EpisodeId, ShowId
from podcli.store.digest import Fresh, Past
from podcli.text import clean_line

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HEARD, SKIPPED = 0.6, 0.15
"""From this share on an episode was listened to; below that one it was tried and left."""
_HALF_LIFE_DAYS = 90.0
_LIKE, _ALIKE_SHOW = 0.40, 0.08
"""From this likeness on it is worth saying; episodes of one show are alike anyway."""
_LONGEST = 60
_DULL = (
    "http://", "https://", "www.", "sponsor", "patreon", "subscribe", "promo code", "discount", "follow us", "leave a review",
    "leave us a review", "newsletter", "privacy", "advertis", "©", "merch ", "support the", "support this", "support us",
    "support our", "brought to you by", "hosted on", "transcript",
)  # fmt: skip
"""What is in lines that say nothing about the episode."""
_ENOUGH = 300
"""Characters of notes that tell what an episode is about."""


@dataclass(slots=True)
class Habit:
    """What became of a show's episodes; newer ones weigh more."""

    liked: float = 0.0
    declined: float = 0.0
    finished: int = 0
    turned_down: int = 0

    @property
    def worth(self) -> float:
        """From -1, never heard, to 1, always; 0 while little is known."""
        return (self.liked - self.declined) / (self.liked + self.declined + 1.5)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How much an episode is worth hearing, and why: in words that follow its title."""

    score: float = 0.0
    because: tuple[str, ...] = ()
    against: tuple[str, ...] = ()


@dataclass(slots=True)
class Taste:
    """All that is known of a listener."""

    heard: Sequence[Past] = ()
    turned_down: Sequence[Past] = ()
    waiting: Sequence[Past] = ()
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def known(self) -> bool:
        """Whether there is anything to judge by."""
        return bool(self.heard or self.turned_down or self.waiting)

    def liked(self, most: int = 150) -> list[Past]:
        """The latest that were heard to the end or nearly, then what waits to be heard."""
        return [*(past for past in self.heard if past.heard >= HEARD), *self.waiting][:most]

    def disliked(self, most: int = 100) -> list[Past]:
        """The latest that were tried and left, or archived unheard."""
        return [*(past for past in self.heard if self._skipped(past)), *self.turned_down][:most]

    def habits(self) -> Mapping[ShowId, Habit]:
        """By show."""
        found: dict[ShowId, Habit] = defaultdict(Habit)
        for past in self.heard:
            habit = found[past.show_id]
            if past.heard >= HEARD:
                habit.liked += self._fresh(past)
                habit.finished += 1
            elif self._skipped(past):
                habit.declined += self._fresh(past)
                habit.turned_down += 1
        for past in self.turned_down:
            found[past.show_id].declined += 0.7 * self._fresh(past)
            found[past.show_id].turned_down += 1
        for past in self.waiting:
            found[past.show_id].liked += 0.3 * self._fresh(past)
        return found

    def _skipped(self, past: Past) -> bool:
        """Begun two days ago and left: it may still be meant to go on before that."""
        return past.heard < SKIPPED and self._age_days(past) > 2

    def _fresh(self, past: Past) -> float:
        return float(0.5 ** (self._age_days(past) / _HALF_LIFE_DAYS))

    def _age_days(self, past: Past) -> float:
        return max(0.0, (self.now - past.at).total_seconds() / 86400) if past.at else _HALF_LIFE_DAYS


def judge(
    fresh: Sequence[Fresh],
    taste: Taste,
    likeness: NDArray[np.float32] | None = None,
    dislikeness: NDArray[np.float32] | None = None,
) -> list[Verdict]:
    """A verdict on each episode of `fresh`.

    `likeness` has a row for each of `fresh` and a column for each of ``taste.liked()``, `dislikeness` for ``taste.disliked()``.
    """
    habits, liked, disliked = taste.habits(), taste.liked(), taste.disliked()
    found = []
    for place, episode in enumerate(fresh):
        habit = habits.get(episode.show_id, Habit())
        score, because = _decided(episode)
        score += habit.worth
        because += _habit_words(episode, habit)
        if likeness is not None and liked:
            near, past = _nearest(likeness[place], liked, episode)
            score += 1.2 * max(0.0, near - 0.2)
            if past is not None and not (because and past.show_id == episode.show_id):
                because.append(f"like “{clean_line(past.title, limit=_LONGEST)}”, {_how(past)}")
        if dislikeness is not None and disliked:
            score -= 0.8 * max(0.0, float(dislikeness[place].max()) - 0.3)
        found.append(Verdict(score, tuple(because), _against(episode, habit)))
    return found


def _decided(episode: Fresh) -> tuple[float, list[str]]:
    """What the listener already said about this very episode."""
    if episode.queued:
        return 1.5, ["because it is in your queue"]
    if episode.position_s >= 30:
        return 1.2, ["because you began it"]
    return (0.8, ["because you kept it to snip later"]) if episode.triage == "later" else (0.0, [])


def _habit_words(episode: Fresh, habit: Habit) -> list[str]:
    show = clean_line(episode.show, limit=_LONGEST)
    known = habit.finished + habit.turned_down
    if habit.finished >= 2 and habit.finished >= 0.6 * known:
        return [f"because you finish most of {show}"]
    return [f"because you listen to {show}"] if habit.finished and habit.worth > 0.15 else []


def _against(episode: Fresh, habit: Habit) -> tuple[str, ...]:
    if habit.turned_down >= 3 and habit.finished <= 0.25 * (habit.finished + habit.turned_down):
        return (f"you seldom hear {clean_line(episode.show, limit=_LONGEST)}",)
    return ()


def _nearest(row: NDArray[np.float32], liked: Sequence[Past], episode: Fresh) -> tuple[float, Past | None]:
    """The likeness that counts, and the episode to name for it, if it is near enough."""
    best, named = 0.0, None
    for value, past in zip(row.tolist(), liked, strict=True):
        near = value - (_ALIKE_SHOW if past.show_id == episode.show_id else 0.0)
        if near > best and past.id != episode.id:
            best, named = near, past
    return best, named if best >= _LIKE else None


def _how(past: Past) -> str:
    return (
        "which you heard to the end" if past.heard >= 0.9 else "which you heard" if past.heard >= HEARD else "which waits for you"
    )


def about(title: str, notes: str, gist: str = "") -> str:
    """What an episode is about, for comparing: its title, its gist, and its notes without what all notes have."""
    lines = [line for line in notes.splitlines() if line.strip() and not _dull(line)]
    return " ".join([title, gist, " ".join(lines)[:_ENOUGH]])


def first_sentence(notes: str, title: str, limit: int = 180) -> str:
    """The first sentence of the notes that says something: not the title again, no sponsor, no links."""
    for line in notes.splitlines():
        for piece in re.split(r"(?<=[.!?…])\s+(?=\W?[^\Wa-z])|(?<=[。！？])", line.strip()):
            words = clean_line(piece)
            if len(words) >= 12 and not _dull(words) and words.casefold().rstrip(".") != title.casefold().rstrip("."):
                return _cut(words, limit)
    return ""


def _dull(line: str) -> bool:
    folded = line.casefold()
    return any(words in folded for words in _DULL)


def _cut(words: str, limit: int) -> str:
    if len(words) <= limit:
        return words
    head = words[: limit - 1]
    return (head[: head.rfind(" ")] if " " in head[limit // 2 :] else head).rstrip(" ,;:–—-") + "…"


def spread(scores: Iterable[tuple[ShowId, bool]], *, of_one_show: int = 2) -> list[bool]:
    """Which to take, in order, so that no show is there more than `of_one_show` times; what was chosen by hand always is."""
    taken: dict[ShowId, int] = defaultdict(int)
    found = []
    for show_id, chosen in scores:
        taken[show_id] += 1
        found.append(chosen or taken[show_id] <= of_one_show)
    return found


def numbers(pasts: Iterable[Past]) -> list[EpisodeId]:
    """Their ids."""
    return [past.id for past in pasts]
