"""Transcripts with their segments and sentences, what models read in them, and what they concluded."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from podcli.domain import (
    EpisodeId,
    Insight,
    InsightKind,
    Point,
    Segment,
    Sentence,
    Span,
    Transcript,
    TranscriptId,
    TranscriptSource,
    Word,
    merged,
)
from podcli.store.connection import now, writing
from podcli.store.rows import packed

if TYPE_CHECKING:
    from sqlite_utils import Database

# An episode's transcripts are its own and those of any other episode with the very same audio.
TRANSLATED = " in English"
"""What the decode version of a translation ends in: another transcript than that of the words that were spoken."""
_OF_EPISODE = """from transcript t left join file f on f.episode_id = :episode
where (t.episode_id = :episode or t.audio_sha256 = f.sha256)"""


class InsightStore:
    """Rows of transcript, segment, sentence, reading, insight, insight_item and evidence."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def find(
        self, episode_id: EpisodeId, *, source: TranscriptSource | None = None, model: str = "", complete: bool = False,
        translated: bool | None = None,
    ) -> Transcript | None:  # fmt: skip
        """The best transcript of an episode: complete before partial, then the newest. Without its segments.

        `translated` asks for one that is, or is not, a translation.
        """
        sql = f"""select t.* {_OF_EPISODE} and (:source = '' or t.source = :source) and (:model = '' or t.model = :model)
            and (t.complete or not :complete) and (:translated is null or :translated = (t.decode_version like :ending))
            order by t.complete desc, t.id desc limit 1"""
        values = {
            "episode": episode_id, "source": source or "", "model": model, "complete": int(complete), "translated": translated,
            "ending": f"%{TRANSLATED}",
        }  # fmt: skip
        return next((_transcript(row) for row in self._db.query(sql, values)), None)

    def complete_of(self, ids: Iterable[EpisodeId]) -> dict[EpisodeId, TranscriptId]:
        """The complete transcript that `find` chooses for each episode; any number of them is one query."""
        sql = """select e.id, max(t.id) from episode e left join file f on f.episode_id = e.id
            join transcript t on t.complete and (t.episode_id = e.id or t.audio_sha256 = f.sha256)
            where e.id in (select value from json_each(?)) group by e.id"""
        return {EpisodeId(row[0]): TranscriptId(row[1]) for row in self._db.execute(sql, [packed(ids)])}

    def transcripts(self, ids: Iterable[TranscriptId]) -> dict[TranscriptId, Transcript]:
        """Those transcripts without their segments; any number of them is one query. Who is gone is missing."""
        rows = self._db.query("select * from transcript where id in (select value from json_each(?))", [packed(ids)])
        return {TranscriptId(row["id"]): _transcript(row) for row in rows}

    def begin(
        self,
        episode_id: EpisodeId,
        *,
        audio_sha256: str,
        source: TranscriptSource,
        model: str,
        decode_version: str,
        language: str = "",
    ) -> Transcript:
        """The transcript with this cache identity, made now when there is none."""
        with writing(self._db):
            self._db.execute(
                """insert or ignore into transcript
                (episode_id, audio_sha256, source, model, decode_version, language, created_at)
                values (?, ?, ?, ?, ?, ?, ?)""",
                [episode_id, audio_sha256, source, model, decode_version, language, now()],
            )
        sql = "select * from transcript where audio_sha256 = ? and model = ? and decode_version = ?"
        return _transcript(next(self._db.query(sql, [audio_sha256, model, decode_version])))

    def add_segments(self, transcript_id: TranscriptId, segments: Sequence[Segment], *, begun_s: float = 0.0) -> None:
        """Add segments that were heard one after the other, and all from second `begun_s` up to their end counts as heard; in
        one transaction."""
        with writing(self._db):
            first = self.count_segments(transcript_id)
            self._db.conn.executemany(
                """insert into segment (transcript_id, position, start_s, end_s, speaker, text, words)
                values (?, ?, ?, ?, ?, ?, ?)""",
                [
                    (transcript_id, first + n, s.start_s, s.end_s, s.speaker, s.text,
                     json.dumps([[round(w.start_s, 3), round(w.end_s, 3), w.text] for w in s.words], ensure_ascii=False))
                    for n, s in enumerate(segments)
                ],
            )  # fmt: skip
            if segments:
                self.cover(transcript_id, (begun_s, max(s.end_s for s in segments)))

    def cover(self, transcript_id: TranscriptId, span: Span) -> tuple[Span, ...]:
        """Count a stretch as heard, though nothing may have been said in it. Returns all that was heard."""
        with writing(self._db):
            heard = merged([*self.heard(transcript_id), span], 0.0)
            packed = json.dumps([[round(start, 3), round(end, 3)] for start, end in heard], separators=(",", ":"))
            self._db.execute("update transcript set heard = ? where id = ?", [packed, transcript_id])
        return heard

    def heard(self, transcript_id: TranscriptId) -> tuple[Span, ...]:
        """What a transcript that is being made covers: stretches in order, in seconds."""
        row = self._db.execute("select heard from transcript where id = ?", [transcript_id]).fetchone()
        return _spans(row[0]) if row else ()

    def count_segments(self, transcript_id: TranscriptId) -> int:
        """How many there are."""
        return int(self._db.execute("select count(*) from segment where transcript_id = ?", [transcript_id]).fetchone()[0])

    def finish(self, transcript_id: TranscriptId, sentences: Sequence[Sentence], *, language: str = "", notice: str = "") -> None:
        """Store the sentences and mark the transcript complete, at once."""
        with writing(self._db):
            self._db.execute("delete from sentence where transcript_id = ?", [transcript_id])
            self._db.conn.executemany(
                "insert into sentence (transcript_id, number, start_s, end_s, speaker, text) values (?, ?, ?, ?, ?, ?)",
                [(transcript_id, s.number, s.start_s, s.end_s, s.speaker, s.text) for s in sentences],
            )
            self._db.execute(
                """update transcript set complete = 1, heard = '[]', finished_at = ?, notice = ?,
                language = case when ? = '' then language else ? end where id = ?""",
                [now(), notice, language, language, transcript_id],
            )

    def discard(self, transcript_id: TranscriptId) -> None:
        """Drop a transcript and all that was read from it."""
        with writing(self._db):
            self._db.execute("delete from transcript where id = ?", [transcript_id])

    def segments(self, transcript_id: TranscriptId, *, until_s: float | None = None) -> list[Segment]:
        """Segments in the order in which they were said; with `until_s` those that end by that second."""
        # Ours may be heard in any order. Publishers' times are no better than their publisher: their order is that of the file.
        sql = """select s.* from segment s join transcript t on t.id = s.transcript_id
            where t.id = ? and (? is null or s.end_s <= ?) order by iif(t.source = 'whisper', s.start_s, 0), s.position"""
        return [_segment(row) for row in self._db.query(sql, [transcript_id, until_s, until_s])]

    def sentences(self, transcript_id: TranscriptId) -> list[Sentence]:
        """The numbered sentences of a complete transcript."""
        sql = "select * from sentence where transcript_id = ? order by number"
        return [
            Sentence(row["number"], row["start_s"], row["end_s"], row["text"], row["speaker"])
            for row in self._db.query(sql, [transcript_id])
        ]

    def readings(
        self, transcript_id: TranscriptId, *, model: str, prompt_version: str, adapters: str = ""
    ) -> dict[tuple[int, int, str], str]:
        """What the model already answered, by (first, last) sentence of the passage and name of the question."""
        sql = "select * from reading where transcript_id = ? and model = ? and adapters = ? and prompt_version = ?"
        return {
            (row["first_sentence"], row["last_sentence"], row["question"]): row["answer"]
            for row in self._db.query(sql, [transcript_id, model, adapters, prompt_version])
        }

    def add_reading(
        self,
        transcript_id: TranscriptId,
        *,
        model: str,
        prompt_version: str,
        passage: tuple[int, int],
        question: str,
        answer: str,
        adapters: str = "",
    ) -> None:
        """Keep one answer about a passage, so that a killed job goes on at the next."""
        self._db.execute(
            """insert or replace into reading
            (transcript_id, model, adapters, prompt_version, first_sentence, last_sentence, question, answer, created_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
            [transcript_id, model, adapters, prompt_version, *passage, question, answer, now()],
        )

    def forget_readings(self, transcript_id: TranscriptId, *, model: str) -> None:
        """Drop what `model` answered about a transcript, so that it is asked again."""
        self._db.execute("delete from reading where transcript_id = ? and model = ?", [transcript_id, model])

    def save_insight(self, transcript_id: TranscriptId, insight: Insight) -> None:
        """Store an insight, replacing what the same model, adapters and prompt said before."""
        with writing(self._db):
            identity = [transcript_id, insight.kind, insight.model, insight.adapters, insight.prompt_version]
            self._db.execute(
                """delete from insight where transcript_id = ? and kind = ? and model = ? and adapters = ?
                and prompt_version = ?""",
                identity,
            )
            insight_id = self._db.execute(
                """insert into insight (transcript_id, kind, model, adapters, prompt_version, complete, notice, created_at)
                values (?, ?, ?, ?, ?, ?, ?, ?)""",
                [*identity, int(insight.complete), insight.notice, now()],
            ).lastrowid
            for position, item in enumerate(insight.items):
                item_id = self._db.execute(
                    """insert into insight_item (insight_id, position, kind, title, text, quote, speaker, start_s, end_s, score)
                    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                    [insight_id, position, item.kind, item.title, item.text, item.quote, item.speaker, item.start_s, item.end_s,
                     item.score],
                ).lastrowid  # fmt: skip
                self._db.conn.executemany(
                    "insert or ignore into evidence (item_id, sentence_number) values (?, ?)",
                    [(item_id, number) for number in item.sentences],
                )

    def insight(
        self,
        transcript_id: TranscriptId,
        kind: InsightKind,
        *,
        model: str = "",
        prompt_version: str = "",
        adapters: str | None = None,
    ) -> Insight | None:
        """The newest insight of a kind, of any model (and adapters) or of one."""
        sql = """select * from insight where transcript_id = :transcript and kind = :kind
            and (:model = '' or model = :model) and (:version = '' or prompt_version = :version)
            and (:adapters is null or adapters = :adapters) order by complete desc, id desc limit 1"""
        values = {"transcript": transcript_id, "kind": kind, "model": model, "version": prompt_version, "adapters": adapters}
        return next((self._insight(row) for row in self._db.query(sql, values)), None)

    def insights_of(
        self, ids: Iterable[TranscriptId], wanted: Mapping[InsightKind, tuple[str, str, str]]
    ) -> dict[TranscriptId, list[Insight]]:
        """Of each kind that `wanted` names the one of that model, prompt version and adapters, else the newest of any, as
        `insight` finds them; any number of transcripts is two queries."""
        rows = self._db.query(
            """select * from insight where transcript_id in (select value from json_each(?))
            order by transcript_id, kind, complete desc, id desc""",
            [packed(ids)],
        )
        chosen: dict[tuple[int, InsightKind], dict[str, Any]] = {}
        exact = set[tuple[int, InsightKind]]()
        for row in rows:
            key = (row["transcript_id"], row["kind"])
            fits = (row["model"], row["prompt_version"], row["adapters"]) == wanted.get(row["kind"])
            if row["kind"] in wanted and (key not in chosen or (fits and key not in exact)):
                chosen[key] = row
            if fits:
                exact.add(key)
        items = self._items([row["id"] for row in chosen.values()])
        found: dict[TranscriptId, list[Insight]] = {}
        for (transcript_id, _), row in chosen.items():
            found.setdefault(TranscriptId(transcript_id), []).append(_made(row, items.get(row["id"], [])))
        return found

    def _insight(self, row: dict[str, Any]) -> Insight:
        return _made(row, self._items([row["id"]]).get(row["id"], []))

    def _items(self, insight_ids: Iterable[int]) -> dict[int, list[Point]]:
        rows = self._db.query(
            """select i.*, (select json_group_array(sentence_number) from evidence where item_id = i.id) as sentences
            from insight_item i where insight_id in (select value from json_each(?)) order by insight_id, position""",
            [packed(insight_ids)],
        )
        found: dict[int, list[Point]] = {}
        for row in rows:
            found.setdefault(row["insight_id"], []).append(_item(row))
        return found


def _made(row: dict[str, Any], items: Sequence[Point]) -> Insight:
    return Insight(
        row["kind"], row["model"], row["prompt_version"], tuple(items), bool(row["complete"]), row["notice"], row["adapters"]
    )


def _transcript(row: dict[str, Any]) -> Transcript:
    return Transcript(
        TranscriptId(row["id"]), EpisodeId(row["episode_id"]), row["source"], row["model"], row["language"],
        bool(row["complete"]), notice=row["notice"], translated=row["decode_version"].endswith(TRANSLATED),
        heard=_spans(row["heard"]),
    )  # fmt: skip


def _spans(packed: str) -> tuple[Span, ...]:
    return tuple((float(start), float(end)) for start, end in json.loads(packed))


def _segment(row: dict[str, Any]) -> Segment:
    words = tuple(Word(start, end, text) for start, end, text in json.loads(row["words"]))
    return Segment(row["start_s"], row["end_s"], row["text"], row["speaker"], words)


def _item(row: dict[str, Any]) -> Point:
    numbers = tuple(sorted(json.loads(row["sentences"])))
    return Point(row["text"], row["quote"], row["start_s"], row["end_s"], numbers, row["kind"], row["title"],
                 row["score"], row["speaker"])  # fmt: skip
