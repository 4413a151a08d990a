"""Passages of transcripts and their vectors, and the rows a search is made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from podcli.domain import EpisodeId, ShowId, TranscriptId
from podcli.store.connection import utc, writing
from podcli.store.rows import Rows, like, packed


class Passage(NamedTuple):
    """A few sentences in a row: the numbers of the first and last, and when they were said."""

    first: int
    last: int
    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Scope:
    """What is searched; None and '' mean everything."""

    show_id: ShowId | None = None
    episode_id: EpisodeId | None = None
    since: datetime | None = None
    until: datetime | None = None
    speaker: str = ""
    heard: bool | None = None

    @property
    def narrow(self) -> bool:
        """Whether anything is left out."""
        return self != Scope()

    def values(self) -> dict[str, object]:
        """The parameters of `INSIDE`."""
        return {
            "show": self.show_id, "episode": self.episode_id, "since": utc(self.since), "until": utc(self.until),
            "heard": None if self.heard is None else int(self.heard),
        }  # fmt: skip


INSIDE = """(:show is null or s.id = :show) and (:episode is null or e.id = :episode)
    and (:since is null or e.published_at >= :since) and (:until is null or e.published_at < :until)
    and (:heard is null or coalesce(p.finished, 0) = :heard)"""
"""Whether an episode `e` of show `s`, played as `p`, is in a scope; who speaks is asked of its sentences."""


class PassageStore(Rows):
    """Rows of passage and passage_vectors. Only the newest complete transcript of an episode is searched."""

    def save(self, transcript_id: TranscriptId, model: str, passages: Sequence[Passage], vectors: bytes) -> None:
        """Keep the passages of a transcript with their vectors, in place of those before."""
        with writing(self._db):
            self._db.execute("delete from passage where transcript_id = ?", [transcript_id])
            self._db.conn.executemany(
                """insert into passage (transcript_id, position, first_sentence, last_sentence, start_s, end_s)
                values (?, ?, ?, ?, ?, ?)""",
                [(transcript_id, place, *passage) for place, passage in enumerate(passages)],
            )
            self._db.execute(
                "insert or replace into passage_vectors (transcript_id, model, passages, vectors) values (?, ?, ?, ?)",
                [transcript_id, model, len(passages), vectors],
            )

    def any_transcript(self) -> bool:
        """Whether anything was transcribed."""
        return self._db.execute("select 1 from transcript where complete limit 1").fetchone() is not None

    def missing(self, model: str) -> list[TranscriptId]:
        """Complete transcripts that have no vectors of `model` yet."""
        sql = """select t.id from transcript t left join passage_vectors v on v.transcript_id = t.id
            where t.complete and coalesce(v.model, '') <> ? order by t.id"""
        return [TranscriptId(row[0]) for row in self._db.execute(sql, [model]).fetchall()]

    def transcripts(self, scope: Scope) -> dict[TranscriptId, EpisodeId]:
        """The transcripts in `scope`, one for each episode."""
        sql = f"""select max(t.id) as id, e.id as episode from transcript t join episode e on e.id = t.episode_id
            join show s on s.id = e.show_id and s.removed_at is null left join playback p on p.episode_id = e.id
            where t.complete and {INSIDE} group by e.id"""
        return {TranscriptId(row["id"]): EpisodeId(row["episode"]) for row in self._db.query(sql, scope.values())}

    def vectors(self, ids: Iterable[TranscriptId], model: str) -> list[tuple[TranscriptId, bytes]]:
        """The vectors of transcripts, in order of their ids."""
        sql = """select transcript_id, vectors from passage_vectors where model = ? and transcript_id in
            (select value from json_each(?)) order by transcript_id"""
        return [(TranscriptId(row[0]), row[1]) for row in self._db.execute(sql, [model, packed(ids)]).fetchall()]

    def at(self, places: Sequence[tuple[TranscriptId, int]]) -> dict[tuple[TranscriptId, int], Passage]:
        """Passages by transcript and position."""
        found = {}
        for transcript_id, position in places:
            sql = """select first_sentence, last_sentence, start_s, end_s from passage
                where transcript_id = ? and position = ?"""
            if row := self._db.execute(sql, [transcript_id, position]).fetchone():
                found[(transcript_id, position)] = Passage(*row)
        return found

    def worded(
        self, query: str, *, ranked: bool, limit: int, within: Iterable[TranscriptId] | None = None, speaker: str = ""
    ) -> list[tuple[TranscriptId, int]]:
        """Transcript and number of sentences that match an FTS5 query: the best by bm25, or, unranked, the newest.

        Only those of `within`, when it is given, and of speakers whose name contains `speaker`.
        """
        order = "x.rank" if ranked else "x.rowid desc"
        values: list[object] = [query, limit]
        sql = f"""select n.transcript_id, n.number from (select rowid, rank from sentence_fts x where sentence_fts match ?
            order by {order} limit ?) m join sentence n on n.id = m.rowid"""
        if within is not None:
            sql = f"""select n.transcript_id, n.number from sentence_fts x join sentence n on n.id = x.rowid
                where sentence_fts match ? and n.transcript_id in (select value from json_each(?))
                and n.speaker like ? escape '\\' order by {order} limit ?"""
            values = [query, packed(within), like(speaker), limit]
        return [(TranscriptId(row[0]), int(row[1])) for row in self._db.execute(sql, values).fetchall()]

    def holding(self, hits: Sequence[tuple[TranscriptId, int]]) -> dict[tuple[TranscriptId, int], tuple[TranscriptId, int]]:
        """For sentences (transcript, number), the passage (transcript, position) that holds each; without index, none."""
        sql = """select position from passage where transcript_id = ? and first_sentence <= ? and last_sentence >= ?
            order by position limit 1"""
        found = {}
        for transcript_id, number in hits:
            if row := self._db.execute(sql, [transcript_id, number, number]).fetchone():
                found[(transcript_id, number)] = (transcript_id, int(row[0]))
        return found

    def said(self, transcript_id: TranscriptId, first: int, last: int) -> list[dict[str, Any]]:
        """The sentences of a passage."""
        sql = """select number, start_s, end_s, speaker, text from sentence
            where transcript_id = ? and number between ? and ? order by number"""
        return list(self._db.query(sql, [transcript_id, first, last]))

    def spoken_by(self, transcript_id: TranscriptId, first: int, last: int, speaker: str) -> bool:
        """Whether somebody whose name contains `speaker` says something in a passage."""
        sql = """select 1 from sentence where transcript_id = ? and number between ? and ?
            and speaker like ? escape '\\' limit 1"""
        return self._db.execute(sql, [transcript_id, first, last, like(speaker)]).fetchone() is not None
