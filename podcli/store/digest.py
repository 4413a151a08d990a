"""What a digest is made of: what is new, and what its listener did with what came before. Reads only."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from podcli.domain import EpisodeId, ShowId, Triage
from podcli.store.connection import parse_time
from podcli.store.rows import Rows, packed

_NOTES = 1200
"""So many characters of the notes tell what an episode is about."""
_FRESH = """
select e.id, e.show_id, s.title, e.title, e.published_at, e.duration_s, substr(e.description, 1, {notes}), e.triage,
    q.episode_id is not null, coalesce(p.position_s, 0.0)
from episode e join show s on s.id = e.show_id and s.removed_at is null and s.kind = 'feed'
left join playback p on p.episode_id = e.id left join queue q on q.episode_id = e.id
where {when} and not coalesce(p.finished, 0) and (? is null or e.show_id = ?) and not ({archived})
"""
# Only what came after the show was subscribed to was ever offered: all else began as “done”, without anybody deciding.
_ARCHIVED = """e.triage = 'done' and e.published_at > s.added_at and q.episode_id is null
    and coalesce(p.position_s, 0.0) = 0.0 and coalesce(p.heard, '[]') = '[]'"""
_PAST = """
select e.id, e.show_id, e.title, coalesce(e.duration_s, 0.0), p.position_s, p.finished, p.heard, p.updated_at
from playback p join episode e on e.id = p.episode_id join show s on s.id = e.show_id and s.removed_at is null
where p.position_s > 0 or p.heard <> '[]' order by p.updated_at desc limit ?
"""
_TURNED_DOWN = f"""
select e.id, e.show_id, e.title, e.published_at
from episode e indexed by episode_card join show s on s.id = e.show_id and s.removed_at is null
left join playback p on p.episode_id = e.id left join queue q on q.episode_id = e.id
where e.published_at >= ? and coalesce(p.finished, 0) = 0 and {_ARCHIVED} order by e.published_at desc limit ?
"""
_WAITING = """
select e.id, e.show_id, e.title, e.published_at from queue q join episode e on e.id = q.episode_id
join show s on s.id = e.show_id and s.removed_at is null
union select e.id, e.show_id, e.title, e.published_at from episode e indexed by episode_card
join show s on s.id = e.show_id and s.removed_at is null where e.triage = 'later'
"""


@dataclass(frozen=True, slots=True)
class Fresh:
    """An episode that is new, not heard and not turned down."""

    id: EpisodeId
    show_id: ShowId
    show: str
    title: str
    published: datetime | None
    duration_s: float | None
    notes: str
    triage: Triage
    queued: bool
    position_s: float


@dataclass(frozen=True, slots=True)
class Past:
    """An episode the listener did something with. `heard` is the share that was listened to, 0 to 1."""

    id: EpisodeId
    show_id: ShowId
    title: str
    at: datetime | None
    heard: float = 0.0


class DigestStore(Rows):
    """Reads over episodes, playback, queue and insights."""

    def fresh(self, since: datetime, *, show_id: ShowId | None = None, limit: int = 1000) -> list[Fresh]:
        """What was published (or, without a date, found) since then, newest first: not heard, and not archived unheard."""
        values = [since.isoformat(timespec="seconds"), show_id, show_id]
        parts = [
            _FRESH.format(notes=_NOTES, when=when, archived=_ARCHIVED)
            for when in ("e.published_at >= ?", "e.published_at is null and e.added_at >= ?")
        ]
        sql = f"{' union all '.join(parts)} order by 5 desc, 1 desc limit ?"
        return [_fresh(row) for row in self._db.execute(sql, [*values, *values, limit])]

    def heard(self, limit: int = 1500) -> list[Past]:
        """What was listened to, at least in part, the latest first."""
        return [_past(row) for row in self._db.execute(_PAST, [limit])]

    def turned_down(self, since: datetime, limit: int = 500) -> list[Past]:
        """What came to the inbox since then and was archived unheard, newest first."""
        rows = self._db.execute(_TURNED_DOWN, [since.isoformat(timespec="seconds"), limit])
        return [Past(row[0], row[1], row[2], parse_time(row[3])) for row in rows]

    def waiting(self) -> list[Past]:
        """What is in the queue or kept to snip later."""
        return [Past(row[0], row[1], row[2], parse_time(row[3])) for row in self._db.execute(_WAITING)]

    def notes(self, ids: Iterable[EpisodeId]) -> dict[EpisodeId, str]:
        """The beginning of the notes of these episodes."""
        sql = f"select id, substr(description, 1, {_NOTES}) from episode where id in (select value from json_each(?))"
        return {EpisodeId(row[0]): row[1] for row in self._db.execute(sql, [packed(ids)])}

    def gists(self, ids: Iterable[EpisodeId]) -> dict[EpisodeId, str]:
        """The newest gist of each of these episodes that has one."""
        rows = self._db.execute(
            """with asked(id) as (select value from json_each(?)),
            heard(episode_id, transcript_id) as (
                select a.id, t.id from asked a join transcript t on t.episode_id = a.id
                union select a.id, t.id from asked a join file f on f.episode_id = a.id
                    join transcript t on t.audio_sha256 = f.sha256)
            select h.episode_id, x.text from heard h join insight i on i.transcript_id = h.transcript_id
            join insight_item x on x.insight_id = i.id
            where i.complete and i.kind = 'gist' and x.position = 0 order by i.id""",
            [packed(ids)],
        )
        return {EpisodeId(row[0]): row[1] for row in rows}

    def gist_models(self, ids: Iterable[EpisodeId]) -> list[str]:
        """The models that wrote gists of these episodes."""
        rows = self._db.execute(
            """select distinct i.model from insight i join transcript t on t.id = i.transcript_id
            where i.complete and i.kind = 'gist' and (t.episode_id in (select value from json_each(:ids)) or t.audio_sha256 in
            (select sha256 from file where episode_id in (select value from json_each(:ids)))) order by i.model""",
            {"ids": packed(ids)},
        )
        return [row[0] for row in rows]


def _fresh(row: tuple[Any, ...]) -> Fresh:
    return Fresh(
        EpisodeId(row[0]), ShowId(row[1]), row[2], row[3], parse_time(row[4]), row[5], row[6], row[7], bool(row[8]), row[9]
    )


def _past(row: tuple[Any, ...]) -> Past:
    number, show, title, duration_s, position_s, finished, heard, at = row
    length = max(float(duration_s), 1.0)
    share = sum(end - start for start, end in json.loads(heard)) / length if heard != "[]" else position_s / length
    # The stretches count from when podcli kept them; who had finished before had listened all the same.
    share = max(share, 0.8) if finished and (position_s > 0 or share >= 0.5) else share
    return Past(EpisodeId(number), ShowId(show), title, parse_time(at), min(1.0, max(0.0, share)))
