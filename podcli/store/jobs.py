"""Rows of work. Any number of processes may add, follow and cancel them; a claim is atomic."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from podcli.domain import EpisodeId, Job, JobId, JobKind, JobState, Lane, Progress, SnipId
from podcli.store.connection import now, parse_time, writing

if TYPE_CHECKING:
    from sqlite_utils import Database

LANES: dict[JobKind, Lane] = {
    "add": "net", "refresh": "net", "download": "net", "pull": "net", "chapters": "net", "gaps": "net",
    "transcribe": "ml", "insights": "ml", "ask": "ml", "snip": "ml", "retell": "ml",
    "hook": "hook", "export": "hook",  # of its own: a hook may itself wait for work of the other lanes
}  # fmt: skip
MOST_ATTEMPTS = 3


class JobStore:
    """Rows of job."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def enqueue(
        self, kind: JobKind, *, episode_id: EpisodeId | None = None, target: str = "", title: str = "",
        options: dict[str, object] | None = None, after: JobId | None = None, priority: int = 0,
    ) -> Job:  # fmt: skip
        """Add a job, or return the one that already waits or runs for the same thing; was it paused, it goes on.

        `priority` 1 is for what somebody waits for at a prompt: it goes before what merely waits.
        """
        packed = json.dumps(options or {}, sort_keys=True)
        with writing(self._db):
            self._db.execute(
                """insert or ignore into job (kind, lane, episode_id, target, title, options, after_id, priority, created_at)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                [kind, LANES[kind], episode_id, target, title, packed, after, priority, now()],
            )
            row = next(
                self._db.query(
                    """select * from job where kind = ? and coalesce(episode_id, 0) = ? and target = ? and options = ?
                    and state in ('queued', 'running')""",
                    [kind, episode_id or 0, target, packed],
                )
            )
            self._db.execute("update job set paused_at = null where id = ?", [row["id"]])
        return _job({**row, "paused_at": None})

    def waits(self, kind: JobKind, episode_id: EpisodeId, target: str) -> bool:
        """Whether a job for this has not begun yet, whatever its options: what is asked for now, it will find. A paused one does
        not count, for nobody knows when it will."""
        sql = """select 1 from job where kind = ? and episode_id = ? and target = ? and state = 'queued' and paused_at is null
            limit 1"""
        return self._db.execute(sql, [kind, episode_id, target]).fetchone() is not None

    def get(self, job_id: JobId) -> Job | None:
        """One job."""
        return next((_job(row) for row in self._db.query("select * from job where id = ?", [job_id])), None)

    def recent(self, limit: int = 50) -> list[Job]:
        """The newest jobs, newest first."""
        return [_job(row) for row in self._db.query("select * from job order by id desc limit ?", [limit])]

    def active(self) -> list[Job]:
        """What runs and what waits, in the order it will be done."""
        sql = "select * from job where state in ('queued', 'running') order by state = 'queued', paused_at, priority desc, id"
        return [_job(row) for row in self._db.query(sql)]

    def next(self, lane: Lane) -> Job | None:
        """The job `claim` would take now."""
        sql = f"select * from job where {_CLAIMABLE} {_ORDER} limit 1"
        return next((_job(row) for row in self._db.query(sql, {"lane": lane})), None)

    def unfinished(self, lane: Lane) -> bool:
        """Whether a lane has a job to claim, or one marked running (its process may be gone)."""
        sql = f"select 1 from job where ({_CLAIMABLE}) or (lane = :lane and state = 'running') limit 1"
        return self._db.execute(sql, {"lane": lane}).fetchone() is not None

    def claim(self, lane: Lane) -> Job | None:
        """Take the next job of a lane for this process, atomically; None when there is none.

        A job whose predecessor failed fails with the same words instead of running, but for those of lane ``hook``. An export
        waits until nothing more is made of its episode's snips, but for what is paused.
        """
        with writing(self._db):
            self._fail_orphans()
            rows = self._db.execute(
                f"""update job set state = 'running', pid = :pid, heartbeat_at = :now, started_at = :now, attempts = attempts + 1,
                message = '', hint = '', exit_code = 0
                where id = (select id from job where {_CLAIMABLE} {_ORDER} limit 1) returning *""",
                {"lane": lane, "pid": os.getpid(), "now": now()},
            )
            names = [column[0] for column in rows.description]
            found = rows.fetchone()
        return _job(dict(zip(names, found, strict=True))) if found else None

    def report(self, job_id: JobId, progress: Progress) -> None:
        """Progress and heartbeat in one write."""
        self._db.execute(
            """update job set done = ?, total = ?, unit = ?, stage = ?, rate = ?, left_s = ?, heartbeat_at = ?
            where id = ? and state = 'running'""",
            [progress.done, progress.total, progress.unit, progress.stage, progress.rate, progress.left_s, now(), job_id],
        )

    def tell(self, job_id: JobId, message: str) -> None:
        """Why a queued job is not taken up; taken up, it forgets that."""
        self._db.execute(
            "update job set message = ? where id = ? and state = 'queued' and message <> ?", [message, job_id, message]
        )

    def finish(self, job_id: JobId, result: dict[str, object] | None = None) -> None:
        """The job is done; `result` is what its follower wants to know."""
        self._db.execute(
            """update job set state = 'done', result = ?, done = coalesce(total, done), left_s = 0, finished_at = ?
            where id = ? and state = 'running'""",
            [json.dumps(result or {}), now(), job_id],
        )

    def fail(self, job_id: JobId, message: str, hint: str = "", exit_code: int = 1) -> None:
        """The job failed, with words for a person, and with it those that wait for it; nothing when it has ended already."""
        with writing(self._db):
            self._db.execute(
                """update job set state = 'failed', message = ?, hint = ?, exit_code = ?, finished_at = ?
                where id = ? and state in ('queued', 'running')""",
                [message, hint, exit_code, now(), job_id],
            )
            self._fail_orphans()

    def end(self, job_id: JobId, state: JobState) -> bool:
        """Cancel or stop a job, and with it the queued jobs that wait for it, but for those of lane ``hook``; False when it had
        already ended."""
        with writing(self._db):
            changed = self._db.execute(
                "update job set state = ?, finished_at = ? where id = ? and state in ('queued', 'running')",
                [state, now(), job_id],
            ).rowcount
            self._db.execute(
                """with recursive chain(id) as (select ? union select j.id from job j join chain c on j.after_id = c.id)
                update job set state = ?, finished_at = ? where id in chain and state = 'queued' and lane <> 'hook'""",
                [job_id, state, now()],
            )
        return changed > 0

    def forsake(self, snip_id: SnipId) -> list[JobId]:
        """A snip is gone: cancel what is made of it and the hooks that would tell of it. Returns those jobs.

        Whoever is at one goes on unheard: killing it would cost the model in its memory.
        """
        rows = self._db.execute(
            """update job set state = 'cancelled', finished_at = ? where (kind in ('snip', 'retell') and target = ?
                and state in ('queued', 'running'))
            or (kind = 'hook' and target = 'snip' and json_extract(options, '$.snip') = ? and state = 'queued') returning id""",
            [now(), str(snip_id), snip_id],
        ).fetchall()
        return [JobId(row[0]) for row in rows]

    def pause(self, job_id: JobId) -> Job | None:
        """Let a job wait until `resume`. Returns it as it was, for whoever runs it must be stopped; None when it has ended or is
        paused already."""
        with writing(self._db):
            was = self.get(job_id)
            changed = self._db.execute(
                """update job set state = 'queued', paused_at = ?, pid = null, attempts = max(0, attempts - (state = 'running'))
                where id = ? and state in ('queued', 'running') and paused_at is null""",
                [now(), job_id],
            ).rowcount
        return was if changed else None

    def resume(self, job_id: JobId) -> bool:
        """Let a paused job be taken up again; False when it is not paused."""
        sql = "update job set paused_at = null where id = ? and state = 'queued' and paused_at is not null"
        return bool(self._db.execute(sql, [job_id]).rowcount > 0)

    def requeue(self, job_id: JobId) -> bool:
        """Make an ended job wait again, and the chain it waits for (a job of lane ``hook`` needs none); False when one like it is
        already active."""
        with writing(self._db):
            changed = self._db.execute(
                """update or ignore job set state = 'queued', pid = null, paused_at = null, finished_at = null,
                    message = '', hint = '', attempts = 0
                where state in ('failed', 'cancelled', 'stopped') and id in (
                    with recursive chain(id, after_id, lane) as (select id, after_id, lane from job where id = ?
                        union select j.id, j.after_id, j.lane from job j join chain c on j.id = c.after_id and c.lane <> 'hook')
                    select id from chain)""",
                [job_id],
            ).rowcount
        return changed > 0

    def missed(self, kind: JobKind, target: str, exit_code: int, *, but: EpisodeId) -> list[JobId]:
        """Of each episode but one the newest job for `target` that failed with `exit_code`, unless one like it was done since, or
        waits; the oldest first."""
        sql = """select max(id) from job where kind = ? and target = ? and state = 'failed' and exit_code = ? and episode_id <> ?
            and not exists (select 1 from job p
                where p.kind = job.kind and p.target = job.target and p.episode_id = job.episode_id
                and ((p.state = 'done' and (p.id > job.id or p.finished_at > job.finished_at))
                    or (p.state = 'queued' and p.paused_at is null)))
            group by episode_id order by 1"""
        return [JobId(row[0]) for row in self._db.execute(sql, [kind, target, exit_code, but])]

    def recover(self, lane: Lane) -> None:
        """Put running jobs of a lane back in the queue.

        Only the holder of the lane's lock may call this: it knows that their process is gone.
        """
        with writing(self._db):
            self._db.execute(
                """update job set state = 'failed', finished_at = ?, exit_code = 1,
                message = 'The process that did this ended unexpectedly ' || attempts || ' times.',
                hint = 'See the log with `podcli doctor`; `podcli jobs retry ' || id || '` tries again.'
                where lane = ? and state = 'running' and attempts >= ?""",
                [now(), lane, MOST_ATTEMPTS],
            )
            self._db.execute("update job set state = 'queued', pid = null where lane = ? and state = 'running'", [lane])
            self._fail_orphans()

    def prune(self, *, keep_days: int = 30) -> None:
        """Forget jobs that ended long ago."""
        limit = (datetime.now(UTC) - timedelta(days=keep_days)).isoformat(timespec="seconds")
        self._db.execute("delete from job where finished_at < ? and state not in ('queued', 'running')", [limit])

    def forget_ended(self) -> list[dict[str, Any]]:
        """Forget jobs that ended, however; their rows, for `restore`."""
        rows = list(self._db.query("select * from job where state not in ('queued', 'running') order by id"))
        self._db.execute("delete from job where state not in ('queued', 'running')")
        return rows

    def restore(self, rows: Sequence[Mapping[str, Any]]) -> None:
        """Bring forgotten rows back, but those of episodes that are gone."""
        for row in rows:
            names = ", ".join(row)
            values = ", ".join(f":{name}" for name in row)
            here = ":episode_id is null or :episode_id in (select id from episode)"
            self._db.execute(f"insert or ignore into job ({names}) select {values} where {here}", dict(row))

    def _fail_orphans(self) -> None:
        while self._db.execute(
            """update job set state = p.state, message = p.message, hint = p.hint,
            exit_code = p.exit_code, finished_at = :now from job p
            where p.id = job.after_id and job.state = 'queued' and job.lane <> 'hook'
            and p.state in ('failed', 'cancelled', 'stopped')""",
            {"now": now()},
        ).rowcount:  # a step each time
            pass


_ORDER = "order by priority desc, id"
_CLAIMABLE = """lane = :lane and state = 'queued' and paused_at is null
and (after_id is null or exists (select 1 from job p where p.id = job.after_id
    and (p.state = 'done' or (job.lane = 'hook' and p.state not in ('queued', 'running')))))
and (kind <> 'export' or not exists (select 1 from job p where p.episode_id = job.episode_id and p.kind in ('snip', 'retell')
    and p.state in ('queued', 'running') and p.paused_at is null))"""


def _job(row: dict[str, Any]) -> Job:
    return Job(
        id=JobId(row["id"]), kind=row["kind"], lane=row["lane"],
        state="paused" if row["paused_at"] and row["state"] == "queued" else row["state"],
        episode_id=EpisodeId(row["episode_id"]) if row["episode_id"] else None, target=row["target"], title=row["title"],
        options=json.loads(row["options"]),
        progress=Progress(row["done"], row["total"], row["unit"], row["stage"], row["rate"], row["left_s"]),
        message=row["message"], hint=row["hint"], exit_code=row["exit_code"], result=json.loads(row["result"]), pid=row["pid"],
        attempts=row["attempts"], after=JobId(row["after_id"]) if row["after_id"] else None,
        priority=row["priority"], created_at=parse_time(row["created_at"]), finished_at=parse_time(row["finished_at"]),
        started_at=parse_time(row["started_at"]),
    )  # fmt: skip
