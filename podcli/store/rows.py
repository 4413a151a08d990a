"""How rows of shows and episodes are read, and what the groups of verbs over them share."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from podcli.domain import Enclosure, Episode, EpisodeId, Show, ShowId
from podcli.store.connection import parse_time

if TYPE_CHECKING:
    from sqlite_utils import Database

# A removed show is hidden wherever shows or episodes are read, until it is brought back or purged.
SHOWS = """
select s.*, count(e.id) as episodes, coalesce(sum(e.id is not null and not coalesce(p.finished, 0)), 0) as unheard
from show s left join episode e on e.show_id = s.id left join playback p on p.episode_id = e.id
where s.removed_at is null
"""
EPISODES = """
select e.*, s.title as show_title, f.path as audio_path, f.sha256 as audio_sha256,
    coalesce(p.position_s, 0) as position_s, coalesce(p.finished, 0) as finished,
    exists (select 1 from transcript t where t.complete and (t.episode_id = e.id or t.audio_sha256 = f.sha256)) as has_transcript,
    exists (select 1 from insight i join transcript t on t.id = i.transcript_id
        where i.complete and i.kind = 'takeaways' and (t.episode_id = e.id or t.audio_sha256 = f.sha256)) as has_takeaways
from episode e join show s on s.id = e.show_id and s.removed_at is null
left join file f on f.episode_id = e.id left join playback p on p.episode_id = e.id
"""


class Rows:
    """A group of verbs over one connection."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def _scalar(self, sql: str, values: list[Any]) -> Any:  # noqa: ANN401 (whatever SQLite holds)
        return self._db.execute(sql, values).fetchone()[0]


def packed(ids: Iterable[int]) -> str:
    """Numbers for ``in (select value from json_each(?))``: any number of them is one bound value."""
    return json.dumps([int(each) for each in ids])


def like(part: str) -> str:
    """The pattern, escaped with a backslash, of what contains `part`."""
    escaped = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def to_show(row: dict[str, Any]) -> Show:
    """A row of `SHOWS`."""
    return Show(
        id=ShowId(row["id"]), url=row["url"], title=row["title"], kind=row["kind"], author=row["author"],
        description=row["description"], link=row["link"], image_url=row["image_url"], language=row["language"], etag=row["etag"],
        last_modified=row["last_modified"], fetched_at=parse_time(row["fetched_at"]), problem=row["problem"],
        episodes=row["episodes"], unheard=row["unheard"],
    )  # fmt: skip


def to_episode(row: dict[str, Any]) -> Episode:
    """A row of `EPISODES`."""
    return Episode(
        id=EpisodeId(row["id"]), key=row["key"], show_id=ShowId(row["show_id"]), show_title=row["show_title"], title=row["title"],
        guid=row["guid"], enclosure=Enclosure(row["enclosure_url"], row["enclosure_type"], row["enclosure_bytes"]),
        published=parse_time(row["published_at"]), duration_s=row["duration_s"], description=row["description"], link=row["link"],
        audio_path=row["audio_path"] or "", audio_sha256=row["audio_sha256"] or "", position_s=row["position_s"],
        finished=bool(row["finished"]), has_transcript=bool(row["has_transcript"]), has_takeaways=bool(row["has_takeaways"]),
        triage=row["triage"],
    )  # fmt: skip
