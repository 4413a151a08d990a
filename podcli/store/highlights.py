"""The best moments of all shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from podcli.domain import EpisodeId, ShowId
from podcli.store.connection import utc
from podcli.store.rows import Rows


@dataclass(frozen=True, slots=True)
class Highlight:
    """A moment of an episode: what is said between `start_s` and `end_s`, in a sentence (`text`)."""

    episode_id: EpisodeId
    episode_title: str
    show_title: str
    published: str
    title: str
    text: str
    start_s: float
    end_s: float
    score: float
    model: str


class HighlightStore(Rows):
    """Rows of insight_item of kind highlight, of each episode's newest complete insight; removed shows have none."""

    def best(
        self, *, show_id: ShowId | None = None, since: datetime | None = None, unheard: bool = False, limit: int = 20
    ) -> list[Highlight]:
        """At most two of an episode, the best of the newest episodes first: a month of age costs as much as 0.1 of score."""
        rows = self._db.query(
            """with newest as (select max(n.id) as id, t.episode_id from insight n join transcript t on t.id = n.transcript_id
                where n.kind = 'highlights' and n.complete group by t.episode_id),
            ranked as (select i.*, w.episode_id,
                row_number() over (partition by w.episode_id order by i.score desc, i.position) as place
                from insight_item i join newest w on w.id = i.insight_id)
            select e.id, e.title as episode, s.title as show, coalesce(e.published_at, '') as published, r.title, r.text,
                r.start_s, r.end_s, r.score, n.model
            from ranked r join insight n on n.id = r.insight_id join episode e on e.id = r.episode_id
            join show s on s.id = e.show_id and s.removed_at is null left join playback p on p.episode_id = e.id
            where r.place <= 2 and (:show is null or s.id = :show) and (:since is null or e.published_at >= :since)
            and (not :unheard or not coalesce(p.finished, 0))
            order by r.score - (julianday('now') - julianday(coalesce(e.published_at, 'now'))) / 300 desc, r.id limit :limit""",
            {"show": show_id, "since": utc(since), "unheard": int(unheard), "limit": limit},
        )
        return [
            Highlight(EpisodeId(row["id"]), row["episode"], row["show"], row["published"], row["title"], row["text"],
                      row["start_s"], row["end_s"], row["score"], row["model"])
            for row in rows
        ]  # fmt: skip
