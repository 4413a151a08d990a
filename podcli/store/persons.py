"""Who takes part in episodes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from podcli.domain import Episode, EpisodeId, Person, ShowId
from podcli.store.connection import writing
from podcli.store.rows import Rows, packed


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
        return self.persons_of([episode]).get(episode.id, [])

    def persons_of(self, episodes: Iterable[Episode]) -> dict[EpisodeId, list[Person]]:
        """The same of several episodes; any number of them is two queries. Who has none is missing."""
        shows = {episode.id: episode.show_id for episode in episodes}
        own = self._persons("episode_id", shows)
        of_show = self._persons("show_id", {show for number, show in shows.items() if number not in own})
        found = {number: own.get(number) or of_show.get(show, []) for number, show in shows.items()}
        return {number: persons for number, persons in found.items() if persons}

    def _persons(self, owner: str, numbers: Iterable[int]) -> dict[int, list[Person]]:
        found: dict[int, list[Person]] = {}
        sql = f"""select {owner} as owner, name, role, team, link, image_url from person
            where {owner} in (select value from json_each(?)) order by id"""
        for row in self._db.query(sql, [packed(numbers)]):
            person = Person(row["name"], row["role"], row["team"], row["link"], row["image_url"])
            found.setdefault(row["owner"], []).append(person)
        return found

    def _save_persons(self, owner: str, number: int, persons: Sequence[Person]) -> None:
        with writing(self._db):
            self._db.execute(f"delete from person where {owner} = ?", [number])
            if persons:
                self._db.conn.executemany(
                    f"insert into person ({owner}, name, role, team, link, image_url) values (?, ?, ?, ?, ?, ?)",
                    [(number, each.name, each.role, each.group, each.link, each.image_url) for each in persons],
                )
