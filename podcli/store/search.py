"""Full-text search over sentences (SQLite FTS5)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from podcli.domain import EpisodeId

if TYPE_CHECKING:
    from sqlite_utils import Database


@dataclass(frozen=True, slots=True)
class Hit:
    """A sentence that matches, and where it was said."""

    episode_id: EpisodeId
    episode_title: str
    show_title: str
    start_s: float
    text: str


class SearchStore:
    """Queries over sentence_fts."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def sentences(self, words: str, *, limit: int = 20) -> list[Hit]:
        """Sentences that hold all of `words`, best first (bm25). Any text is a valid query: operators are taken literally."""
        terms = [word.replace('"', "") for word in words.split()]
        query = " ".join(f'"{term}"' for term in terms if term)
        if not query:
            return []
        rows = self._db.query(
            """select e.id, e.title as episode, s.title as show, n.start_s, n.text
            from sentence_fts x join sentence n on n.id = x.rowid join transcript t on t.id = n.transcript_id
            join episode e on e.id = t.episode_id join show s on s.id = e.show_id
            where sentence_fts match ? order by x.rank limit ?""",
            [query, limit],
        )
        return [Hit(EpisodeId(row["id"]), row["episode"], row["show"], row["start_s"], row["text"]) for row in rows]
