"""Shows: finding them, how each is played, removing them and bringing them back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, fields
from datetime import UTC, datetime, timedelta
from typing import Any

from podcli.domain import Show, ShowId, ShowSettings
from podcli.store.connection import now, writing
from podcli.store.rows import SHOWS, Rows, like, packed, to_show

KEEP_REMOVED_DAYS = 7
_HEIR = """select f.episode_id from file f join episode e on e.id = f.episode_id join show s on s.id = e.show_id
where f.sha256 = transcript.audio_sha256 and s.removed_at is null"""
_SETTINGS = [field.name for field in fields(ShowSettings)]


class ShowStore(Rows):
    """Rows of show and show_setting."""

    def shows(self, *, subscribed: bool = True) -> list[Show]:
        """Subscriptions by title; with `subscribed` false also single files and links, after them."""
        where = "and s.kind = 'feed'" if subscribed else ""
        rows = self._db.query(f"{SHOWS} {where} group by s.id order by s.kind = 'feed' desc, lower(s.title)")
        return [to_show(row) for row in rows]

    def show(self, show_id: ShowId) -> Show | None:
        """One show."""
        return next((to_show(row) for row in self._db.query(f"{SHOWS} and s.id = ? group by s.id", [show_id])), None)

    def shows_of(self, ids: Iterable[ShowId]) -> dict[ShowId, Show]:
        """Those shows, by their numbers, in one query. Who was removed is missing."""
        rows = self._db.query(f"{SHOWS} and s.id in (select value from json_each(?)) group by s.id", [packed(ids)])
        return {ShowId(row["id"]): to_show(row) for row in rows}

    def show_by_url(self, url: str) -> Show | None:
        """The show subscribed to at `url`."""
        return next((to_show(row) for row in self._db.query(f"{SHOWS} and s.url = ? group by s.id", [url])), None)

    def shows_titled(self, part: str) -> list[Show]:
        """Shows whose title contains `part`; an exact title wins alone."""
        rows = [to_show(row) for row in self._db.query(f"{SHOWS} and s.title like ? escape '\\' group by s.id", [like(part)])]
        exact = [show for show in rows if show.title.casefold() == part.casefold()]
        return exact or rows

    def mark_fetched(self, show_id: ShowId, *, etag: str, last_modified: str) -> None:
        """The server said nothing changed (304)."""
        self._db.execute(
            "update show set fetched_at = ?, etag = ?, last_modified = ?, problem = '' where id = ?",
            [now(), etag, last_modified, show_id],
        )

    def mark_problem(self, show_id: ShowId, problem: str) -> None:
        """The last refresh failed; `problem` says why."""
        self._db.execute("update show set problem = ? where id = ?", [problem, show_id])

    def move_show(self, show_id: ShowId, url: str) -> None:
        """The feed moved for good. Nothing happens when another show already lives at `url`."""
        self._db.execute("update or ignore show set url = ?, etag = '', last_modified = '' where id = ?", [url, show_id])

    def remove_show(self, show_id: ShowId) -> None:
        """Hide a show and all that hangs on it; nothing is lost before `purge_removed`."""
        self._db.execute("update show set removed_at = ? where id = ? and removed_at is null", [now(), show_id])

    def downloads(self, show_id: ShowId) -> int:
        """How many audio files of a show are ours, removed or not."""
        sql = "select count(*) from file f join episode e on e.id = f.episode_id where e.show_id = ? and f.ours"
        return int(self._scalar(sql, [show_id]))

    def bring_back_show(self, show_id: ShowId, kind: str = "") -> bool:
        """Take `remove_show` back, as the `kind` it was; False when it was purged meanwhile."""
        changed = self._db.execute(
            "update show set removed_at = null, kind = case when :kind = '' then kind else :kind end where id = :id",
            {"id": show_id, "kind": kind},
        )
        return changed.rowcount > 0

    def purge_removed(self, *, keep_days: float = KEEP_REMOVED_DAYS) -> list[str]:
        """Forget for good what was removed longer ago; returns the audio files of it that are ours to delete."""
        limit = (datetime.now(UTC) - timedelta(days=keep_days)).isoformat(timespec="seconds")
        with writing(self._db):
            rows = self._db.execute(
                """select f.path from file f join episode e on e.id = f.episode_id join show s on s.id = e.show_id
                where s.removed_at <= ? and f.ours and not exists (select 1 from file g join episode h on h.id = g.episode_id
                    join show t on t.id = h.show_id where g.path = f.path and t.removed_at is null)""",
                [limit],
            ).fetchall()
            # What the very same audio of another show's episode rests on is not lost with this one.
            self._db.execute(
                f"""update transcript set episode_id = ({_HEIR}) where exists ({_HEIR}) and episode_id in (
                    select e.id from episode e join show s on s.id = e.show_id where s.removed_at <= ?)""",
                [limit],
            )
            self._db.execute("delete from show where removed_at <= ?", [limit])
        return [row[0] for row in rows]

    def show_settings(self, show_id: ShowId) -> ShowSettings:
        """How a show is played; all None when it has nothing of its own."""
        sql = f"select {', '.join(_SETTINGS)} from show_setting where show_id = ?"
        return next((to_settings(row) for row in self._db.query(sql, [show_id])), ShowSettings())

    def all_show_settings(self) -> dict[ShowId, ShowSettings]:
        """The same of all shows that have something of their own, in one query."""
        rows = self._db.query(f"select show_id, {', '.join(_SETTINGS)} from show_setting")
        return {ShowId(row["show_id"]): to_settings(row) for row in rows}

    def save_show_settings(self, show_id: ShowId, settings: ShowSettings) -> None:
        """Replace how a show is played; with nothing but None it has nothing of its own any more."""
        with writing(self._db):
            self._db.execute("delete from show_setting where show_id = ?", [show_id])
            if settings != ShowSettings():
                self._db.execute(
                    f"""insert into show_setting (show_id, {", ".join(_SETTINGS)})
                    select id, ?, ?, ?, ?, ?, ? from show where id = ?""",
                    [*astuple(settings), show_id],
                )


def to_settings(row: dict[str, Any]) -> ShowSettings:
    """A row of show_setting."""
    flags = {name: None if row[name] is None else bool(row[name]) for name in ("voice_boost", "smart_speed")}
    return ShowSettings(**{**{name: row[name] for name in _SETTINGS}, **flags})
