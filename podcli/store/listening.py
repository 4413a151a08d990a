"""What was listened to: heard stretches, seconds per day and show, and the row that tells what plays now."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from podcli.domain import EpisodeId, Listened, ShowId, Span
from podcli.store.connection import now, writing

if TYPE_CHECKING:
    from sqlite_utils import Database

_SUMS = ", ".join(
    f"coalesce(sum(l.{name}), 0) as {name}" for name in ("heard_s", "wall_s", "saved_speed_s", "saved_gaps_s", "saved_skips_s")
)

_PLAYED = """from playback p join episode e on e.id = p.episode_id join show s on s.id = e.show_id
where p.position_s > 0 and s.removed_at is null order by p.updated_at desc, p.finished, p.rowid desc limit 1"""


@dataclass(frozen=True, slots=True)
class Playing:
    """The row of now_playing: the process that plays, and what it last said (see `services.playback.shared`)."""

    pid: int
    episode_id: EpisodeId | None
    state: dict[str, Any]


class ListeningStore:
    """Rows of listened and now_playing, and the heard stretches of playback."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def heard(self, episode_id: EpisodeId) -> tuple[Span, ...]:
        """The stretches of an episode that were heard: merged, in order, in seconds."""
        row = self._db.execute("select heard from playback where episode_id = ?", [episode_id]).fetchone()
        return tuple((float(start), float(end)) for start, end in json.loads(row[0])) if row else ()

    def save_heard(self, episode_id: EpisodeId, spans: Iterable[Span]) -> None:
        """Replace the heard stretches; the listening position stays as it is."""
        packed = json.dumps([[round(start, 1), round(end, 1)] for start, end in spans], separators=(",", ":"))
        self._db.execute(
            """insert into playback (episode_id, heard, updated_at) values (?, ?, ?)
            on conflict (episode_id) do update set heard = excluded.heard where heard <> excluded.heard""",
            [episode_id, packed, now()],
        )

    def leave_inbox(self, episode_id: EpisodeId) -> None:
        """It was listened to, so there is nothing left to decide."""
        self._db.execute("update episode set triage = 'done' where id = ? and triage <> 'done'", [episode_id])

    def add_listened(self, day: str, show_id: ShowId, more: Listened) -> None:
        """Add to the seconds of a day (local, ISO 8601) and show."""
        self._db.execute(
            """insert into listened (day, show_id, heard_s, wall_s, saved_speed_s, saved_gaps_s, saved_skips_s)
            values (?, ?, ?, ?, ?, ?, ?)
            on conflict (day, show_id) do update set heard_s = heard_s + excluded.heard_s, wall_s = wall_s + excluded.wall_s,
            saved_speed_s = saved_speed_s + excluded.saved_speed_s, saved_gaps_s = saved_gaps_s + excluded.saved_gaps_s,
            saved_skips_s = saved_skips_s + excluded.saved_skips_s""",
            [day, show_id, more.heard_s, more.wall_s, more.saved_speed_s, more.saved_gaps_s, more.saved_skips_s],
        )

    def listened(self, since: str = "") -> Listened:
        """The sums over every show from day `since` on."""
        return _listened(next(self._db.query(f"select {_SUMS} from listened l where l.day >= ?", [since])))

    def listened_by_show(self, since: str = "") -> list[tuple[str, Listened]]:
        """Title and sums of each show from day `since` on, most heard first; shows that are gone count together as ''."""
        rows = self._db.query(
            f"""select coalesce(s.title, '') as title, {_SUMS} from listened l left join show s on s.id = l.show_id
            where l.day >= ? group by s.id order by sum(l.heard_s) desc, title""",
            [since],
        )
        return [(row["title"], _listened(row)) for row in rows]

    def listened_by_day(self, since: str = "") -> list[tuple[str, Listened]]:
        """Day and sums, oldest first."""
        rows = self._db.query(f"select l.day, {_SUMS} from listened l where l.day >= ? group by l.day order by l.day", [since])
        return [(row["day"], _listened(row)) for row in rows]

    def gaps(self, audio_sha256: str) -> tuple[Span, ...] | None:
        """Where the audio with this checksum is silent, in order; None when nobody measured it yet."""
        row = self._db.execute("select spans from gap where audio_sha256 = ?", [audio_sha256]).fetchone()
        return None if row is None else tuple((float(start), float(end)) for start, end in json.loads(row[0]))

    def save_gaps(self, audio_sha256: str, spans: Iterable[Span]) -> None:
        """Keep where it is silent."""
        packed = json.dumps([[round(start, 2), round(end, 2)] for start, end in spans], separators=(",", ":"))
        self._db.execute(
            "insert or replace into gap (audio_sha256, spans, created_at) values (?, ?, ?)", [audio_sha256, packed, now()]
        )

    def last_played(self) -> tuple[EpisodeId | None, bool]:
        """What was listened to last, and whether to its end; None when nothing was."""
        row = self._db.execute(f"select p.episode_id, p.finished {_PLAYED}").fetchone()
        return (EpisodeId(row[0]), bool(row[1])) if row else (None, False)

    def last_begun(self) -> EpisodeId | None:
        """What was listened to last and is not finished."""
        row = self._db.execute(f"select p.episode_id {_PLAYED.replace('where', 'where not p.finished and')}").fetchone()
        return EpisodeId(row[0]) if row else None

    def playing(self) -> Playing | None:
        """What was last said to play; its process may be gone."""
        row = self._db.execute("select pid, episode_id, state from now_playing").fetchone()
        return Playing(row[0], None if row[1] is None else EpisodeId(row[1]), json.loads(row[2])) if row else None

    def save_playing(self, playing: Playing) -> None:
        """Say what plays; there is one row, the last word counts. Nothing when the episode is gone from the library."""
        self._db.execute(
            """insert into now_playing (id, pid, episode_id, state, updated_at)
            select 1, :pid, :episode, :state, :now where exists (select 1 from episode where id = :episode)
            on conflict (id) do update set pid = excluded.pid, episode_id = excluded.episode_id, state = excluded.state,
            updated_at = excluded.updated_at""",
            {"pid": playing.pid, "episode": playing.episode_id, "state": json.dumps(playing.state), "now": now()},
        )

    def clear_playing(self, pid: int) -> None:
        """Process `pid` plays no more."""
        with writing(self._db):
            self._db.execute("delete from now_playing where pid = ?", [pid])


def _listened(row: dict[str, Any]) -> Listened:
    return Listened(row["heard_s"], row["wall_s"], row["saved_speed_s"], row["saved_gaps_s"], row["saved_skips_s"])
