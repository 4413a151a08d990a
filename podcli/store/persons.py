"""Who takes part in episodes."""

from __future__ import annotations

from collections.abc import Sequence

from podcli.domain import Episode, EpisodeId, Person, ShowId
from podcli.store.connection import writing
from podcli.store.rows import Rows


class PersonStore(Rows):
    """Rows of person."""

    def save_persons(self, episode_id: EpisodeId, persons: Sequence[Person]) -> None:
        """Replace those an episode names."""
        self._save_persons("episode_id", episode_id, persons)

    def save_show_persons(self, show_id: ShowId, persons: Sequence[Person]) -> None:
        """Replace those a show names for all its episodes."""
        self._save_persons("show_id", show_id, persons)

    def persons(self, episode: Episode) -> list[Person]:
        """Those the episode names, else those of its show, in the feed's order."""
        sql = "select name, role, team, link, image_url from person where {} = ? order by id"
        rows = list(self._db.query(sql.format("episode_id"), [episode.id]))
        rows = rows or list(self._db.query(sql.format("show_id"), [episode.show_id]))
        return [Person(row["name"], row["role"], row["team"], row["link"], row["image_url"]) for row in rows]

    def _save_persons(self, owner: str, number: int, persons: Sequence[Person]) -> None:
        with writing(self._db):
            self._db.execute(f"delete from person where {owner} = ?", [number])
            if persons:
                self._db.conn.executemany(
                    f"insert into person ({owner}, name, role, team, link, image_url) values (?, ?, ?, ?, ?, ?)",
                    [(number, each.name, each.role, each.group, each.link, each.image_url) for each in persons],
                )
