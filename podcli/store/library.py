"""Episodes, their audio files, and what feeds say about them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from podcli.domain import Chapter, Enclosure, Episode, EpisodeId, Feed, FeedItem, ShowId, TranscriptLink, Triage
from podcli.errors import UsageError
from podcli.store.connection import now, writing
from podcli.store.decisions import DecisionStore
from podcli.store.persons import PersonStore
from podcli.store.queue import QueueStore
from podcli.store.remembered import RememberedStore
from podcli.store.rows import EPISODES, like, packed, to_episode
from podcli.store.shows import ShowStore
from podcli.text import clean_line

_NEWEST_FIRST = "order by e.published_at is null, e.published_at desc, e.id desc"
Sort = Literal["date", "title", "length", "show"]
# What to sort by, and whether it ascends; what is unknown comes last either way.
_SORTS: dict[Sort, tuple[tuple[str, bool], ...]] = {
    "date": (("e.published_at", False), ("e.id", False)),
    "title": (("lower(e.title)", True), ("e.id", False)),
    "length": (("e.duration_s", False), ("e.id", False)),
    "show": (("lower(s.title)", True), ("e.published_at", False), ("e.id", False)),
}
_SOURCES = ("embedded", "feed", "json", "podcli")
"""Of chapters, the best first."""
_FRESH = 3
"""So many of a new show's episodes go to the inbox: nobody wants ten years of them there."""


class LibraryStore(ShowStore, QueueStore, DecisionStore, PersonStore, RememberedStore):
    """Rows of episode, transcript_link, chapter and file; and what the groups it is made of add."""

    def episodes(
        self, *, show_id: ShowId | None = None, limit: int | None = 500, unheard: bool = False, triage: Triage | None = None,
        sort: Sort = "date", reverse: bool = False,
    ) -> list[Episode]:  # fmt: skip
        """Episodes newest first, or by title, show or length (longest first); `reverse` turns that round. No `limit`: all."""
        where, values = [], list[object]()
        if show_id is not None:
            where.append("e.show_id = ?")
            values.append(show_id)
        if unheard:
            where.append("not coalesce(p.finished, 0)")
        if triage is not None:
            where.append("e.triage = ?")
            values.append(triage)
        condition = f"where {' and '.join(where)}" if where else ""
        sql = f"{EPISODES} {condition} {_order(sort, reverse)} limit ?"
        return [to_episode(row) for row in self._db.query(sql, [*values, -1 if limit is None else limit])]

    def episode(self, episode_id: EpisodeId) -> Episode | None:
        """One episode by its number."""
        return next((to_episode(row) for row in self._db.query(f"{EPISODES} where e.id = ?", [episode_id])), None)

    def episodes_of(self, ids: Iterable[EpisodeId]) -> dict[EpisodeId, Episode]:
        """Those episodes, by their numbers; any number of them is one query. Who is gone is missing."""
        rows = self._db.query(f"{EPISODES} where e.id in (select value from json_each(?))", [packed(ids)])
        return {EpisodeId(row["id"]): to_episode(row) for row in rows}

    def ids(self, *, after: EpisodeId, until: EpisodeId, limit: int) -> list[EpisodeId]:
        """The first `limit` numbers of episodes after one number and until another, in order: a whole library page by page."""
        sql = """select e.id from episode e join show s on s.id = e.show_id and s.removed_at is null
            where e.id > ? and e.id <= ? order by e.id limit ?"""
        return [EpisodeId(row[0]) for row in self._db.execute(sql, [after, until, limit])]

    def newest_id(self) -> EpisodeId:
        """The number of the episode that was stored last; 0 when there is none."""
        return EpisodeId(self._scalar("select coalesce(max(id), 0) from episode", []))

    def arrived(self, show_id: ShowId, *, after: EpisodeId) -> list[EpisodeId]:
        """Episodes of a show that were stored after number `after` and are news (so in the inbox), newest first."""
        sql = f"select e.id from episode e where e.show_id = ? and e.id > ? and e.triage = 'inbox' {_NEWEST_FIRST}"
        return [EpisodeId(row["id"]) for row in self._db.query(sql, [show_id, after])]

    def episode_by_key(self, key: str) -> Episode | None:
        """One episode by its stable id."""
        return next((to_episode(row) for row in self._db.query(f"{EPISODES} where e.key = ?", [key])), None)

    def episodes_titled(self, part: str, *, show_part: str = "", limit: int = 20) -> list[Episode]:
        """Episodes whose title contains `part` (and whose show's title contains `show_part`), newest first."""
        sql = f"{EPISODES} where e.title like ? escape '\\' and s.title like ? escape '\\' {_NEWEST_FIRST} limit ?"
        return [to_episode(row) for row in self._db.query(sql, [like(part), like(show_part), limit])]

    def save_feed(
        self, feed: Feed, *, url: str, etag: str = "", last_modified: str = "", kind: str = "feed"
    ) -> tuple[ShowId, int]:
        """Store what a feed says under subscription `url` and return the show and how many episodes are new.

        `kind` is ``feed`` for a subscription, ``link`` for a feed that was only asked about. A removed show comes back whole.
        Episodes that left the feed stay, marked; listening positions, files and transcripts are untouched.
        What is new in a known subscription goes to the inbox; of a new one only the newest few do.
        """
        with writing(self._db):
            followed = self._scalar(
                "select count(*) from show s join episode e on e.show_id = s.id where s.url = ? and s.kind = 'feed'", [url]
            )
            self._db.execute("update show set removed_at = null, kind = ? where url = ? and removed_at is not null", [kind, url])
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
            self.save_show_persons(show_id, feed.persons)
            before, oldest = self._db.execute(
                "select count(*), min(published_at) from episode where show_id = ?", [show_id]
            ).fetchone()
            if not feed.next_page_url:
                self._db.execute("update episode set in_feed = 0 where show_id = ?", [show_id])
            for item in feed.items:
                # Older than all that is known: the publisher's archive grew at its far end, which is no news.
                old = bool(oldest and item.published and item.published.isoformat() < oldest)
                self.save_item(show_id, item, scope=url, triage="done" if old or not followed else "inbox")
            if kind == "feed" and not followed:
                self._welcome(show_id)
            return show_id, self._scalar("select count(*) from episode where show_id = ?", [show_id]) - before

    def _welcome(self, show_id: ShowId) -> None:
        """Put the newest few episodes of a new subscription into the inbox, but for those already listened to."""
        self._db.execute(
            """update episode set triage = 'inbox' where id in (select e.id from episode e
            left join playback p on p.episode_id = e.id
            where e.show_id = ? and not coalesce(p.finished, 0) and not coalesce(p.position_s, 0)
            order by e.published_at desc, e.id desc limit ?)""",
            [show_id, _FRESH],
        )

    def save_item(self, show_id: ShowId, item: FeedItem, *, scope: str, triage: Triage = "done") -> EpisodeId:
        """Insert or update one episode; `scope` (the feed's URL) and the guid make its stable id, `triage` is of a new one."""
        with writing(self._db):
            self._db.execute(
                """insert into episode (key, show_id, guid, title, published_at, duration_s, description, link, image_url, season,
                number, explicit, enclosure_url, enclosure_type, enclosure_bytes, chapters_url, added_at, triage)
                values (:key, :show, :guid, :title, :published, :duration, :description, :link, :image, :season,
                :number, :explicit, :url, :type, :bytes, :chapters, :now, :triage)
                on conflict (show_id, guid) do update set title = :title, published_at = coalesce(:published, published_at),
                duration_s = coalesce(:duration, duration_s), description = :description, link = :link, image_url = :image,
                season = :season, number = :number, explicit = :explicit, enclosure_url = :url, enclosure_type = :type,
                enclosure_bytes = :bytes, chapters_url = :chapters, in_feed = 1""",
                dict(key=episode_key(scope, item.guid), show=show_id, guid=item.guid, title=item.title or item.guid,
                     published=item.published.isoformat() if item.published else None, duration=item.duration_s,
                     description=item.description, link=item.link, image=item.image_url, season=item.season, number=item.number,
                     explicit=int(item.explicit), url=item.enclosure.url, type=item.enclosure.type, bytes=item.enclosure.bytes,
                     chapters=item.chapters_url, now=now(), triage=triage),
            )  # fmt: skip
            episode_id = EpisodeId(self._scalar("select id from episode where show_id = ? and guid = ?", [show_id, item.guid]))
            self.save_persons(episode_id, item.persons)
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
                """insert into show (url, kind, title, added_at) values (?, ?, ?, ?)
                on conflict (url) do update set removed_at = null where removed_at is not null""",
                [shelf, kind, "Files" if kind == "file" else "Links", now()],
            )
            return self.save_item(ShowId(self._scalar("select id from show where url = ?", [shelf])), item, scope=shelf)

    def transcript_links(self, episode_id: EpisodeId) -> list[TranscriptLink]:
        """The publisher's transcripts."""
        rows = self._db.query("select * from transcript_link where episode_id = ? order by id", [episode_id])
        return [TranscriptLink(row["url"], row["type"], row["language"], row["rel"]) for row in rows]

    def chapters_url(self, episode_id: EpisodeId) -> str:
        """Where the publisher keeps chapters (podcast:chapters), or ''."""
        return str(self._scalar("select chapters_url from episode where id = ?", [episode_id]))

    def image_url(self, episode_id: EpisodeId) -> str:
        """Where the publisher keeps the episode's own picture, or ''."""
        return str(self._scalar("select image_url from episode where id = ?", [episode_id]))

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
        return self.chapters_of([episode_id]).get(episode_id, [])

    def chapters_of(self, ids: Iterable[EpisodeId]) -> dict[EpisodeId, list[Chapter]]:
        """The same of several episodes; any number of them is one query. Who has none is missing."""
        rows = self._db.query(
            "select * from chapter where episode_id in (select value from json_each(?)) order by position", [packed(ids)]
        )
        found: dict[EpisodeId, dict[str, list[Chapter]]] = {}
        for row in rows:
            by_source = found.setdefault(EpisodeId(row["episode_id"]), {})
            by_source.setdefault(row["source"], []).append(Chapter(row["start_s"], row["end_s"], row["title"], row["source"]))
        return {
            each: next((by_source[source] for source in _SOURCES if source in by_source), []) for each, by_source in found.items()
        }

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

    def file_rows(self, episode_ids: Iterable[EpisodeId]) -> list[dict[str, Any]]:
        """What is recorded about the audio of episodes: episode_id, path, sha256, bytes, type, ours, added_at."""
        rows = self._db.query(
            """select episode_id, path, sha256, bytes, type, ours, added_at from file
            where episode_id in (select value from json_each(?)) order by episode_id""",
            [packed(episode_ids)],
        )
        return list(rows)

    def restore_file(self, row: Mapping[str, Any]) -> bool:
        """Record audio again as `file_rows` told it; False when the episode is gone or has audio by now."""
        changed = self._db.execute(
            """insert or ignore into file (episode_id, path, sha256, bytes, type, ours, added_at)
            select id, :path, :sha256, :bytes, :type, :ours, :added_at from episode where id = :episode_id""",
            dict(row),
        )
        return changed.rowcount > 0

    def forget_file(self, episode_id: EpisodeId) -> None:
        """The audio is gone from disk."""
        self._db.execute("delete from file where episode_id = ?", [episode_id])

    def set_duration(self, episode_id: EpisodeId, duration_s: float) -> None:
        """What the audio itself says about its length."""
        self._db.execute("update episode set duration_s = ? where id = ?", [duration_s, episode_id])


def _order(sort: Sort, reverse: bool) -> str:
    by = ", ".join(f"{column} {'asc' if ascending != reverse else 'desc'} nulls last" for column, ascending in _SORTS[sort])
    return f"order by {by}"


def episode_key(scope: str, guid: str) -> str:
    """The stable id: ``e`` and ten hex digits of sha256 over the feed's URL and the item's guid."""
    return "e" + hashlib.sha256(f"{scope}\n{guid}".encode()).hexdigest()[:10]


def require_episode(store: LibraryStore, episode_id: EpisodeId) -> Episode:
    """`episode`, or a UsageError when there is none."""
    episode = store.episode(episode_id)
    if episode is None:
        raise UsageError(f"There is no episode {episode_id}.", "See `podcli episodes` for the numbers.")
    return episode
