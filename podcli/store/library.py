"""Shows, episodes, audio files, listening positions and the queue."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import unquote, urlsplit

from podcli.domain import Chapter, Enclosure, Episode, EpisodeId, Feed, FeedItem, Show, ShowId, TranscriptLink
from podcli.errors import UsageError
from podcli.store.connection import now, parse_time, writing
from podcli.text import clean_line

if TYPE_CHECKING:
    from sqlite_utils import Database

_SHOWS = """
select s.*, count(e.id) as episodes, coalesce(sum(e.id is not null and not coalesce(p.finished, 0)), 0) as unheard
from show s left join episode e on e.show_id = s.id left join playback p on p.episode_id = e.id
"""
_EPISODES = """
select e.*, s.title as show_title, f.path as audio_path, f.sha256 as audio_sha256,
    coalesce(p.position_s, 0) as position_s, coalesce(p.finished, 0) as finished,
    exists (select 1 from transcript t where t.complete and (t.episode_id = e.id or t.audio_sha256 = f.sha256)) as has_transcript,
    exists (select 1 from insight i join transcript t on t.id = i.transcript_id
        where i.complete and i.kind = 'takeaways' and (t.episode_id = e.id or t.audio_sha256 = f.sha256)) as has_takeaways
from episode e join show s on s.id = e.show_id
left join file f on f.episode_id = e.id left join playback p on p.episode_id = e.id
"""
_NEWEST_FIRST = "order by e.published_at is null, e.published_at desc, e.id desc"


class LibraryStore:
    """Rows of show, episode, transcript_link, chapter, file, playback and queue."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def shows(self, *, subscribed: bool = True) -> list[Show]:
        """Subscriptions by title; with `subscribed` false also single files and links, after them."""
        where = "where s.kind = 'feed'" if subscribed else ""
        rows = self._db.query(f"{_SHOWS} {where} group by s.id order by s.kind = 'feed' desc, lower(s.title)")
        return [_show(row) for row in rows]

    def show(self, show_id: ShowId) -> Show | None:
        """One show."""
        return next((_show(row) for row in self._db.query(f"{_SHOWS} where s.id = ? group by s.id", [show_id])), None)

    def show_by_url(self, url: str) -> Show | None:
        """The show subscribed to at `url`."""
        return next((_show(row) for row in self._db.query(f"{_SHOWS} where s.url = ? group by s.id", [url])), None)

    def episodes(self, *, show_id: ShowId | None = None, limit: int = 500, unheard: bool = False) -> list[Episode]:
        """Episodes newest first."""
        where, values = [], list[object]()
        if show_id is not None:
            where.append("e.show_id = ?")
            values.append(show_id)
        if unheard:
            where.append("not coalesce(p.finished, 0)")
        condition = f"where {' and '.join(where)}" if where else ""
        return [_episode(row) for row in self._db.query(f"{_EPISODES} {condition} {_NEWEST_FIRST} limit ?", [*values, limit])]

    def episode(self, episode_id: EpisodeId) -> Episode | None:
        """One episode by its number."""
        return next((_episode(row) for row in self._db.query(f"{_EPISODES} where e.id = ?", [episode_id])), None)

    def episode_by_key(self, key: str) -> Episode | None:
        """One episode by its stable id."""
        return next((_episode(row) for row in self._db.query(f"{_EPISODES} where e.key = ?", [key])), None)

    def episodes_titled(self, part: str, *, show_part: str = "", limit: int = 20) -> list[Episode]:
        """Episodes whose title contains `part` (and whose show's title contains `show_part`), newest first."""
        sql = f"{_EPISODES} where e.title like ? escape '\\' and s.title like ? escape '\\' {_NEWEST_FIRST} limit ?"
        return [_episode(row) for row in self._db.query(sql, [_like(part), _like(show_part), limit])]

    def shows_titled(self, part: str) -> list[Show]:
        """Shows whose title contains `part`; an exact title wins alone."""
        rows = [_show(row) for row in self._db.query(f"{_SHOWS} where s.title like ? escape '\\' group by s.id", [_like(part)])]
        exact = [show for show in rows if show.title.casefold() == part.casefold()]
        return exact or rows

    def save_feed(
        self, feed: Feed, *, url: str, etag: str = "", last_modified: str = "", kind: str = "feed"
    ) -> tuple[ShowId, int]:
        """Store what a feed says under subscription `url` and return the show and how many episodes are new.

        `kind` is ``feed`` for a subscription, ``link`` for a feed that was only asked about.
        Episodes that left the feed stay, marked; listening positions, files and transcripts are untouched.
        """
        with writing(self._db):
            self._db.execute(
                """insert into show (url, title, author, description, link, image_url, language, etag, last_modified,
                fetched_at, added_at, kind)
                values (:url, :title, :author, :description, :link, :image_url, :language, :etag, :last_modified,
                :now, :now, :kind)
                on conflict (url) do update set title = :title, author = :author, description = :description, link = :link,
                image_url = :image_url, language = :language, etag = :etag, last_modified = :last_modified, fetched_at = :now,
                problem = '', kind = case when kind = 'feed' then kind else :kind end""",
                dict(url=url, title=feed.title or url, author=feed.author, description=feed.description, link=feed.link,
                     image_url=feed.image_url, language=feed.language, etag=etag,
                     last_modified=last_modified, now=now(), kind=kind),
            )  # fmt: skip
            show_id = ShowId(self._scalar("select id from show where url = ?", [url]))
            before = self._scalar("select count(*) from episode where show_id = ?", [show_id])
            if not feed.next_page_url:
                self._db.execute("update episode set in_feed = 0 where show_id = ?", [show_id])
            for item in feed.items:
                self.save_item(show_id, item, scope=url)
            return show_id, self._scalar("select count(*) from episode where show_id = ?", [show_id]) - before

    def save_item(self, show_id: ShowId, item: FeedItem, *, scope: str) -> EpisodeId:
        """Insert or update one episode; `scope` (the feed's URL) and the guid make its stable id."""
        with writing(self._db):
            self._db.execute(
                """insert into episode (key, show_id, guid, title, published_at, duration_s, description, link, image_url, season,
                number, explicit, enclosure_url, enclosure_type, enclosure_bytes, chapters_url, added_at)
                values (:key, :show, :guid, :title, :published, :duration, :description, :link, :image, :season,
                :number, :explicit, :url, :type, :bytes, :chapters, :now)
                on conflict (show_id, guid) do update set title = :title, published_at = coalesce(:published, published_at),
                duration_s = coalesce(:duration, duration_s), description = :description, link = :link, image_url = :image,
                season = :season, number = :number, explicit = :explicit, enclosure_url = :url, enclosure_type = :type,
                enclosure_bytes = :bytes, chapters_url = :chapters, in_feed = 1""",
                dict(key=episode_key(scope, item.guid), show=show_id, guid=item.guid, title=item.title or item.guid,
                     published=item.published.isoformat() if item.published else None, duration=item.duration_s,
                     description=item.description, link=item.link, image=item.image_url, season=item.season, number=item.number,
                     explicit=int(item.explicit), url=item.enclosure.url, type=item.enclosure.type, bytes=item.enclosure.bytes,
                     chapters=item.chapters_url, now=now()),
            )  # fmt: skip
            episode_id = EpisodeId(self._scalar("select id from episode where show_id = ? and guid = ?", [show_id, item.guid]))
            self._db.execute("delete from transcript_link where episode_id = ?", [episode_id])
            self._db.conn.executemany(
                "insert or ignore into transcript_link (episode_id, url, type, language, rel) values (?, ?, ?, ?, ?)",
                [(episode_id, link.url, link.type, link.language, link.rel) for link in item.transcripts],
            )
            if item.chapters:
                self.save_chapters(episode_id, "feed", item.chapters)
            return episode_id

    def put_on_shelf(self, kind: Literal["file", "link"], url: str) -> EpisodeId:
        """A single file or link as an episode, on the shelf (a show that is no subscription) for its `kind`."""
        shelf = f"podcli:{kind}"
        name = PurePosixPath(unquote(urlsplit(url).path)).stem
        item = FeedItem(guid=url, title=clean_line(name, limit=200) or "Untitled", enclosure=Enclosure(url))
        with writing(self._db):
            self._db.execute(
                "insert or ignore into show (url, kind, title, added_at) values (?, ?, ?, ?)",
                [shelf, kind, "Files" if kind == "file" else "Links", now()],
            )
            return self.save_item(ShowId(self._scalar("select id from show where url = ?", [shelf])), item, scope=shelf)

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

    def remove_show(self, show_id: ShowId) -> list[str]:
        """Forget a show and all that hangs on it; returns the audio files that were ours."""
        paths = [
            row["path"]
            for row in self._db.query(
                "select path from file f join episode e on e.id = f.episode_id where e.show_id = ? and f.ours", [show_id]
            )
        ]
        with writing(self._db):
            self._db.execute("delete from show where id = ?", [show_id])
        return paths

    def transcript_links(self, episode_id: EpisodeId) -> list[TranscriptLink]:
        """The publisher's transcripts."""
        rows = self._db.query("select * from transcript_link where episode_id = ? order by id", [episode_id])
        return [TranscriptLink(row["url"], row["type"], row["language"], row["rel"]) for row in rows]

    def chapters_url(self, episode_id: EpisodeId) -> str:
        """Where the publisher keeps chapters (podcast:chapters), or ''."""
        return str(self._scalar("select chapters_url from episode where id = ?", [episode_id]))

    def save_chapters(self, episode_id: EpisodeId, source: str, chapters: Iterable[Chapter]) -> None:
        """Replace the chapters of one source."""
        with writing(self._db):
            self._db.execute("delete from chapter where episode_id = ? and source = ?", [episode_id, source])
            self._db.conn.executemany(
                "insert into chapter (episode_id, source, position, start_s, end_s, title) values (?, ?, ?, ?, ?, ?)",
                [(episode_id, source, n, item.start_s, item.end_s, item.title) for n, item in enumerate(chapters)],
            )

    def chapters(self, episode_id: EpisodeId) -> list[Chapter]:
        """Chapters of the best source: embedded in the audio, then the publisher's, then ours."""
        rows = list(self._db.query("select * from chapter where episode_id = ? order by source, position", [episode_id]))
        for source in ("embedded", "feed", "json", "podcli"):
            chosen = [row for row in rows if row["source"] == source]
            if chosen:
                return [Chapter(row["start_s"], row["end_s"], row["title"], source) for row in chosen]
        return []

    def save_file(self, episode_id: EpisodeId, *, path: str, sha256: str, bytes: int, type: str = "", ours: bool = True) -> None:
        """Record the audio of an episode; `ours` files may be deleted with it."""
        self._db.execute(
            """insert into file (episode_id, path, sha256, bytes, type, ours, added_at) values (?, ?, ?, ?, ?, ?, ?)
            on conflict (episode_id) do update set path = excluded.path, sha256 = excluded.sha256, bytes = excluded.bytes,
            type = excluded.type, ours = excluded.ours, added_at = excluded.added_at""",
            [episode_id, path, sha256, bytes, type, int(ours), now()],
        )

    def file_changed(self, episode_id: EpisodeId) -> bool:
        """Whether the recorded file is there but has another size or a later time of change than when it was read."""
        for row in self._db.query("select path, bytes, added_at from file where episode_id = ?", [episode_id]):
            try:
                found = Path(row["path"]).stat()
            except OSError:
                return False
            read_at = datetime.fromisoformat(row["added_at"]).timestamp()
            return bool(found.st_size != row["bytes"] or found.st_mtime > read_at + 1)
        return False

    def forget_file(self, episode_id: EpisodeId) -> None:
        """The audio is gone from disk."""
        self._db.execute("delete from file where episode_id = ?", [episode_id])

    def set_duration(self, episode_id: EpisodeId, duration_s: float) -> None:
        """What the audio itself says about its length."""
        self._db.execute("update episode set duration_s = ? where id = ?", [duration_s, episode_id])

    def save_position(self, episode_id: EpisodeId, position_s: float, finished: bool | None = None) -> None:
        """Where the listener is; `finished` None leaves the mark as it is."""
        self._db.execute(
            """insert into playback (episode_id, position_s, finished, updated_at) values (:id, :at, :done, :now)
            on conflict (episode_id) do update set position_s = :at, updated_at = :now,
            finished = case when :keep then finished else :done end""",
            {"id": episode_id, "at": position_s, "done": int(bool(finished)), "keep": int(finished is None), "now": now()},
        )

    def queue(self) -> list[Episode]:
        """What plays next, in order."""
        sql = f"{_EPISODES} join queue q on q.episode_id = e.id order by q.position"
        return [_episode(row) for row in self._db.query(sql)]

    def enqueue(self, episode_id: EpisodeId, *, next_up: bool = False) -> None:
        """Put an episode at the end of the queue, or at its head."""
        edge = "min(position) - 1" if next_up else "max(position) + 1"
        self._db.execute(
            f"insert or replace into queue (episode_id, position) values (?, (select coalesce({edge}, 0) from queue))",
            [episode_id],
        )

    def dequeue(self, episode_id: EpisodeId) -> None:
        """Take an episode out of the queue."""
        self._db.execute("delete from queue where episode_id = ?", [episode_id])

    def _scalar(self, sql: str, values: list[Any]) -> Any:  # noqa: ANN401 (whatever SQLite holds)
        return self._db.execute(sql, values).fetchone()[0]


def episode_key(scope: str, guid: str) -> str:
    """The stable id: ``e`` and ten hex digits of sha256 over the feed's URL and the item's guid."""
    return "e" + hashlib.sha256(f"{scope}\n{guid}".encode()).hexdigest()[:10]


def require_episode(store: LibraryStore, episode_id: EpisodeId) -> Episode:
    """`episode`, or a UsageError when there is none."""
    episode = store.episode(episode_id)
    if episode is None:
        raise UsageError(f"There is no episode {episode_id}.", "See `podcli episodes` for the numbers.")
    return episode


def _like(part: str) -> str:
    escaped = part.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


def _show(row: dict[str, Any]) -> Show:
    return Show(
        id=ShowId(row["id"]), url=row["url"], title=row["title"], kind=row["kind"], author=row["author"],
        description=row["description"], link=row["link"], image_url=row["image_url"], language=row["language"], etag=row["etag"],
        last_modified=row["last_modified"], fetched_at=parse_time(row["fetched_at"]), problem=row["problem"],
        episodes=row["episodes"], unheard=row["unheard"],
    )  # fmt: skip


def _episode(row: dict[str, Any]) -> Episode:
    return Episode(
        id=EpisodeId(row["id"]), key=row["key"], show_id=ShowId(row["show_id"]), show_title=row["show_title"], title=row["title"],
        guid=row["guid"], enclosure=Enclosure(row["enclosure_url"], row["enclosure_type"], row["enclosure_bytes"]),
        published=parse_time(row["published_at"]), duration_s=row["duration_s"], description=row["description"], link=row["link"],
        audio_path=row["audio_path"] or "", audio_sha256=row["audio_sha256"] or "", position_s=row["position_s"],
        finished=bool(row["finished"]), has_transcript=bool(row["has_transcript"]), has_takeaways=bool(row["has_takeaways"]),
    )  # fmt: skip
