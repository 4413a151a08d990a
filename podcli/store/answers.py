"""Questions that were asked, and their answers with where each sentence was said."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any

from podcli.domain import Answer, AnswerId, Citation, EpisodeId, ShowId, TranscriptId
from podcli.store.connection import now, parse_time, utc, writing
from podcli.store.passages import Scope
from podcli.store.rows import Rows, packed


class AnswerStore(Rows):
    """Rows of answer and citation."""

    def identity(self, answer: Answer, scope: Scope, transcripts: Iterable[TranscriptId]) -> str:
        """What the answer to a question is kept under: the question, what it follows, who answers, and what is searched.

        A transcript is told from one that was made anew under the same number. Times and what was heard are not part of it: they
        tell which transcripts are searched, and those are.
        """
        sql = """select id, coalesce(finished_at, '') from transcript
            where id in (select value from json_each(?)) order by id"""
        searched = [list(row) for row in self._db.execute(sql, [packed(transcripts)]).fetchall()]
        asked = " ".join(answer.question.casefold().split()).rstrip("?!. ")
        where = [scope.show_id, scope.episode_id, scope.speaker.casefold(), searched]
        parts = [asked, answer.follows, answer.model, answer.adapters, answer.prompt_version, where]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def begin(self, answer: Answer, scope: Scope, identity: str, *, again: bool = False) -> Answer:
        """The answer kept under `identity`; a new, empty one when there is none, or when it is wanted `again`."""
        with writing(self._db):
            found = self.find(identity)
            if found is not None and not again:
                return found
            if found is not None:
                self.save(replace(answer, id=found.id))
                return self.get(found.id) or answer
            answer_id = self._db.execute(
                """insert into answer
                (identity, question, follows, scope, scope_words, transcripts, model, adapters, prompt_version, asked_at)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                [identity, answer.question, answer.follows, _packed(scope), answer.scope, answer.transcripts, answer.model,
                 answer.adapters, answer.prompt_version, now()],
            ).lastrowid  # fmt: skip
        return self.get(AnswerId(int(answer_id or 0))) or answer

    def settle(self, answer_id: AnswerId, identity: str) -> AnswerId:
        """Keep an answer under another identity, since what is searched changed after it was asked; returns its id.

        When there is a complete one already, that is returned and this one forgotten.
        """
        with writing(self._db):
            there = self.find(identity)
            if there is None or there.id == answer_id:
                self._db.execute("update answer set identity = ? where id = ?", [identity, answer_id])
                return answer_id
            self._db.execute("delete from answer where id = ?", [answer_id if there.complete else there.id])
            if not there.complete:
                self._db.execute("update answer set identity = ? where id = ?", [identity, answer_id])
        return there.id if there.complete else answer_id

    def find(self, identity: str) -> Answer | None:
        """The answer that is kept under `identity`."""
        return next((self._answer(row) for row in self._db.query("select * from answer where identity = ?", [identity])), None)

    def get(self, answer_id: AnswerId) -> Answer | None:
        """One answer, as far as it has come."""
        return next((self._answer(row) for row in self._db.query("select * from answer where id = ?", [answer_id])), None)

    def scope(self, answer_id: AnswerId) -> Scope:
        """What the question was asked of."""
        row = self._db.execute("select scope from answer where id = ?", [answer_id]).fetchone()
        return _unpacked(row[0]) if row else Scope()

    def recent(self, scope: Scope | None = None, *, limit: int = 50) -> list[Answer]:
        """Complete answers, newest first; of `scope` alone when one is given. Those whose sources are gone are left out."""
        sql = """select * from answer a where complete and (:scope is null or scope = :scope)
            and (not answered or exists (select 1 from citation where answer_id = a.id)) order by asked_at desc, id desc
            limit :limit"""
        values = {"scope": None if scope is None else _packed(scope), "limit": limit}
        return [self._answer(row) for row in self._db.query(sql, values)]

    def save(self, answer: Answer) -> None:
        """Store what an answer has come to, in place of what it was."""
        with writing(self._db):
            self._db.execute(
                """update answer set understood = ?, scope_words = ?, transcripts = ?, answered = ?, complete = ?, searches = ?,
                notice = ?, asked_at = case when complete then ? else asked_at end where id = ?""",
                [answer.understood, answer.scope, answer.transcripts, int(answer.answered), int(answer.complete),
                 json.dumps(answer.searches, ensure_ascii=False), answer.notice, now(), answer.id],
            )  # fmt: skip
            self._db.execute("delete from citation where answer_id = ?", [answer.id])
            self._db.conn.executemany(
                """insert into citation (answer_id, position, kind, text, quote, speaker, episode_id, sentences, start_s, end_s)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                [
                    (answer.id, position, each.kind, each.text, each.quote, each.speaker, each.episode_id,
                     json.dumps(each.sentences), each.start_s, each.end_s)
                    for position, each in enumerate(answer.sentences)
                ],
            )  # fmt: skip

    def _answer(self, row: dict[str, Any]) -> Answer:
        return Answer(
            AnswerId(row["id"]), row["question"], row["scope_words"], tuple(self._citations(row["id"])), bool(row["answered"]),
            bool(row["complete"]), row["model"], row["prompt_version"],
            AnswerId(row["follows"]) if row["follows"] else None, row["understood"], tuple(json.loads(row["searches"])),
            row["transcripts"], row["notice"], parse_time(row["asked_at"]), row["adapters"],
        )  # fmt: skip

    def _citations(self, answer_id: int) -> Sequence[Citation]:
        sql = """select c.*, e.title as episode, s.title as show from citation c join episode e on e.id = c.episode_id
            join show s on s.id = e.show_id where answer_id = ? order by position"""
        return [
            Citation(row["text"], row["quote"], EpisodeId(row["episode_id"]), row["episode"], row["show"], row["start_s"],
                     row["end_s"], tuple(json.loads(row["sentences"])), row["kind"], row["speaker"])
            for row in self._db.query(sql, [answer_id])
        ]  # fmt: skip


def _packed(scope: Scope) -> str:
    values = {**asdict(scope), "since": utc(scope.since), "until": utc(scope.until)}
    return json.dumps({name: value for name, value in values.items() if value not in (None, "")}, sort_keys=True)


def _unpacked(text: str) -> Scope:
    values: dict[str, Any] = json.loads(text)
    show, episode = values.get("show_id"), values.get("episode_id")
    return Scope(
        ShowId(show) if show else None, EpisodeId(episode) if episode else None, _moment(values, "since"),
        _moment(values, "until"), values.get("speaker", ""), values.get("heard"),
    )  # fmt: skip


def _moment(values: dict[str, Any], name: str) -> datetime | None:
    return parse_time(values.get(name))
