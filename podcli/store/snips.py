"""Moments a listener kept."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from podcli.domain import EpisodeId, ShowId, Snip, SnipId
from podcli.store.connection import now, parse_time, utc
from podcli.store.rows import Rows, like, packed

_FROM = """select n.* from snip n join episode e on e.id = n.episode_id join show s on s.id = e.show_id and s.removed_at is null
where n.removed_at is null"""

_ALL = " || ' ' || ".join(["n.text", "n.title", "n.summary", "n.takeaway", "n.note", "n.tags", "e.title", "s.title"])
"""What is searched."""
_COLUMNS = ("start_s", "end_s", "text", "speaker", "title", "summary", "takeaway", "model", "note", "tags", "starred", "state",
            "edited_at", "removed_at")  # fmt: skip


class SnipStore(Rows):
    """Rows of snip. Those of removed shows are hidden with them."""

    def add(self, episode_id: EpisodeId, *, start_s: float, end_s: float, at_s: float) -> Snip:
        """Keep a stretch."""
        row = self._db.execute(
            "insert into snip (episode_id, start_s, end_s, at_s, created_at) values (?, ?, ?, ?, ?)",
            [episode_id, start_s, end_s, at_s, now()],
        )
        found = self.get(SnipId(int(row.lastrowid or 0)))
        assert found is not None
        return found

    def get(self, snip_id: SnipId) -> Snip | None:
        """One snip; None when it is gone or removed."""
        return next((_snip(row) for row in self._db.query(f"{_FROM} and n.id = ?", [snip_id])), None)

    def find(
        self, *, episode_id: EpisodeId | None = None, show_id: ShowId | None = None, tag: str = "", starred: bool = False,
        words: str = "", since: datetime | None = None, limit: int = -1,
    ) -> list[Snip]:  # fmt: skip
        """Snips, those made last first; of one episode in the order in which they were said.

        `words` must all stand in its words, title, summary, note or tags, or in the title of its episode or show.
        """
        values: dict[str, Any] = {
            "episode": episode_id, "show": show_id, "starred": int(starred), "since": utc(since), "limit": -1 if tag else limit,
        }  # fmt: skip
        wanted = ""
        for number, word in enumerate(words.split()):
            values[f"word{number}"] = like(word)
            wanted += f" and ({_ALL}) like :word{number} escape '\\'"
        sql = f"""{_FROM} and (:episode is null or n.episode_id = :episode) and (:show is null or e.show_id = :show)
            and (not :starred or n.starred) and (:since is null or n.created_at >= :since) {wanted}
            order by {"n.start_s, n.id" if episode_id is not None else "n.created_at desc, n.id desc"} limit :limit"""
        found = [_snip(row) for row in self._db.query(sql, values)]
        if tag:  # here: SQLite knows the case of ASCII letters only
            found = [snip for snip in found if tag.casefold() in map(str.casefold, snip.tags)]
        return found[:limit] if limit >= 0 else found

    def of(self, ids: Iterable[EpisodeId]) -> dict[EpisodeId, list[Snip]]:
        """Those of several episodes, each in order of time; any number of them is one query. Who has none is missing."""
        found: dict[EpisodeId, list[Snip]] = {}
        sql = f"{_FROM} and n.episode_id in (select value from json_each(?)) order by n.start_s, n.id"
        for row in self._db.query(sql, [packed(ids)]):
            found.setdefault(EpisodeId(row["episode_id"]), []).append(_snip(row))
        return found

    def save(self, snip: Snip) -> None:
        """Everything about it but when it was made and where it belongs."""
        self._db.execute(
            """update snip set start_s = :start_s, end_s = :end_s, text = :text, speaker = :speaker, title = :title,
            summary = :summary, takeaway = :takeaway, model = :model, note = :note, tags = :tags, starred = :starred,
            state = :state, edited_at = :edited_at where id = :id""",
            {
                "id": snip.id, "start_s": snip.start_s, "end_s": snip.end_s, "text": snip.text, "speaker": snip.speaker,
                "title": snip.title, "summary": snip.summary, "takeaway": snip.takeaway, "model": snip.model, "note": snip.note,
                "tags": json.dumps(snip.tags, ensure_ascii=False), "starred": int(snip.starred), "state": snip.state,
                "edited_at": utc(snip.edited_at),
            },
        )  # fmt: skip

    def episode_of(self, snip_id: SnipId) -> EpisodeId:
        """Of which episode it is, also when it was removed; 0 when it is gone for good."""
        row = self._db.execute("select episode_id from snip where id = ?", [snip_id]).fetchone()
        return EpisodeId(row[0] if row else 0)

    def row(self, snip_id: SnipId) -> dict[str, Any]:
        """All of it as data, for `restore`."""
        return dict(next(self._db.query("select * from snip where id = ?", [snip_id])))

    def restore(self, row: dict[str, Any]) -> None:
        """Make a snip again what `row` (its id and any columns) says it was; nothing when it is gone for good."""
        columns = [name for name in row if name in _COLUMNS]
        sets = ", ".join(f"{name} = :{name}" for name in columns)
        self._db.execute(f"update snip set {sets} where id = :id", row)

    def remove(self, snip_id: SnipId, *, back: bool = False) -> None:
        """Hide it; with `back` show it again."""
        self._db.execute("update snip set removed_at = ? where id = ?", [None if back else now(), snip_id])

    def tags(self) -> list[tuple[str, int]]:
        """Every tag with how many snips have it, the commonest first; case makes no other tag of one."""
        sql = f"select t.value from ({_FROM}) x, json_each(x.tags) t order by x.id"
        counts, shown = Counter[str](), dict[str, str]()
        for (tag,) in self._db.execute(sql):
            counts[tag.casefold()] += 1
            shown.setdefault(tag.casefold(), tag)
        return [(shown[key], count) for key, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))]


def _snip(row: dict[str, Any]) -> Snip:
    made = parse_time(row["created_at"])
    assert made is not None
    return Snip(
        SnipId(row["id"]), EpisodeId(row["episode_id"]), row["start_s"], row["end_s"], row["at_s"], made, row["text"],
        row["speaker"], row["title"], row["summary"], row["takeaway"], row["model"], row["note"], tuple(json.loads(row["tags"])),
        bool(row["starred"]), parse_time(row["edited_at"]), row["state"],
    )  # fmt: skip
