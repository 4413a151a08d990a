"""Search over titles and show notes; what was said is found by way of passages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from podcli.domain import EpisodeId
from podcli.store.passages import INSIDE, Scope
from podcli.store.rows import Rows, like
from podcli.text import clean_line

_BEFORE, _AFTER = 60, 120
"""Characters of show notes told around what was found."""
_MOST_TERMS = 16


@dataclass(frozen=True, slots=True)
class Hit:
    """An episode that matches, and where: at `start_s` of what was said, or, when that is None, in its title or notes."""

    episode_id: EpisodeId
    episode_title: str
    show_title: str
    start_s: float | None
    text: str
    where: Literal["title", "notes", "said"] = "said"
    end_s: float | None = None
    speaker: str = ""
    likeness: float = 0.0
    """How like the query its passage is in meaning, 0 to 1."""


class SearchStore(Rows):
    """Queries over episode. Removed shows are not searched."""

    def episodes(self, words: str, *, limit: int = 20, scope: Scope | None = None) -> list[Hit]:
        """Episodes with all of `words` in title and show notes: first those that have all in the title; newest first."""
        terms = words.split()[:_MOST_TERMS]
        scope = scope or Scope()
        if not terms or scope.speaker:
            return []
        values: dict[str, object] = {f"t{n}": like(term) for n, term in enumerate(terms)}
        titled = " and ".join(f"e.title like :t{n} escape '\\'" for n in range(len(terms)))
        either = " and ".join(
            f"(e.title like :t{n} escape '\\' or e.description like :t{n} escape '\\')" for n in range(len(terms))
        )
        rows = self._db.query(
            f"""select e.id, e.title as episode, s.title as show, e.description, {titled} as titled
            from episode e join show s on s.id = e.show_id and s.removed_at is null left join playback p on p.episode_id = e.id
            where {either} and {INSIDE} order by titled desc, e.published_at desc, e.id desc limit :limit""",
            {**values, **scope.values(), "limit": limit},
        )
        return [
            Hit(EpisodeId(row["id"]), row["episode"], row["show"], None, clean_line(row["episode"]), "title") if row["titled"]
            else Hit(EpisodeId(row["id"]), row["episode"], row["show"], None, _around(row["description"], terms), "notes")
            for row in rows
        ]  # fmt: skip


def _around(notes: str, terms: list[str]) -> str:
    """The stretch of show notes around the first term that is in them."""
    notes = clean_line(notes)
    found = [at for term in terms if (at := notes.casefold().find(term.casefold())) >= 0]
    first = min(found, default=0)
    begin = 0 if first <= _BEFORE else notes.find(" ", first - _BEFORE) + 1
    end = min(len(notes), max(begin, first) + _AFTER)
    return ("…" if begin else "") + notes[begin:end].strip() + ("…" if end < len(notes) else "")
