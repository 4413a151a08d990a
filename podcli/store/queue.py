"""What plays next, in order."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import pairwise

from podcli.domain import Episode, EpisodeId
from podcli.store.connection import writing
from podcli.store.rows import EPISODES, Rows, packed, to_episode

_CLOSEST = 1e-6
"""Places may not come nearer to one another than this; then all are numbered anew."""
_VISIBLE = """from queue q join episode e on e.id = q.episode_id join show s on s.id = e.show_id and s.removed_at is null
order by q.position, q.episode_id"""


class QueueStore(Rows):
    """Rows of queue. What belongs to removed shows keeps its place, unseen."""

    def queue(self) -> list[Episode]:
        """What plays next, in order."""
        sql = f"{EPISODES} join queue q on q.episode_id = e.id order by q.position, q.episode_id"
        return [to_episode(row) for row in self._db.query(sql)]

    def queued_ids(self) -> list[EpisodeId]:
        """The same, as numbers only."""
        return list(self._places())

    def enqueue(self, episode_id: EpisodeId, *, next_up: bool = False) -> None:
        """Put an episode at the end of the queue, or at its head."""
        with writing(self._db):
            rest = [each for each in self.queued_ids() if each != episode_id]
            self.place([episode_id, *rest] if next_up else [*rest, episode_id])

    def dequeue(self, episode_id: EpisodeId) -> None:
        """Take an episode out of the queue."""
        self._db.execute("delete from queue where episode_id = ?", [episode_id])

    def clear_queue(self) -> None:
        """Empty it."""
        self.place([])

    def place(self, wanted: Sequence[EpisodeId]) -> None:
        """Make the queue exactly this, in this order. As few rows as possible are written: readers see what moved only.

        Numbers of episodes that do not exist are left out.
        """
        with writing(self._db):
            places = self._places()
            asked = packed(wanted)
            known = {row[0] for row in self._db.execute(
                "select id from episode where id in (select value from json_each(?))", [asked])}  # fmt: skip
            self._db.execute(
                "delete from queue where episode_id in (select value from json_each(?))",
                [packed(set(places) - set(wanted))],
            )
            order = [each for each in dict.fromkeys(wanted) if each in known]
            self._db.conn.executemany(
                """insert into queue (episode_id, position) values (?, ?)
                on conflict (episode_id) do update set position = excluded.position""",
                [(each, place) for each, place in _spread(order, places).items() if places.get(each) != place],
            )

    def _places(self) -> dict[EpisodeId, float]:
        return {EpisodeId(row[0]): row[1] for row in self._db.execute(f"select q.episode_id, q.position {_VISIBLE}")}


def _spread(order: Sequence[EpisodeId], places: Mapping[EpisodeId, float]) -> dict[EpisodeId, float]:
    """A place for each, ascending in `order`; the largest possible number of them keep the place they have."""
    stay = _longest_ascending([(each, places[each]) for each in order if each in places])
    found: dict[EpisodeId, float] = {}
    pending: list[EpisodeId] = []
    below: float | None = None
    for each in [*order, None]:
        if each is not None and each not in stay:
            pending.append(each)
            continue
        above = places[each] if each is not None else None
        for number, moved in enumerate(pending, 1):
            if below is None:
                found[moved] = (above or 0.0) - (len(pending) - number + 1 if above is not None else -number)
            else:
                found[moved] = below + number if above is None else below + (above - below) * number / (len(pending) + 1)
        if each is not None:
            found[each] = below = places[each]
        pending = []
    taken = [found[each] for each in order]
    if any(later - earlier < _CLOSEST for earlier, later in pairwise(taken)):
        return {each: float(number) for number, each in enumerate(order, 1)}
    return found


def _longest_ascending(pairs: Sequence[tuple[EpisodeId, float]]) -> set[EpisodeId]:
    """The largest set of episodes whose places ascend in the given order (patience sorting)."""
    tails: list[float] = []
    ends: list[int] = []
    before: list[int | None] = []
    for index, (_, place) in enumerate(pairs):
        at = bisect_left(tails, place)
        before.append(ends[at - 1] if at else None)
        if at == len(tails):
            tails.append(place)
            ends.append(index)
        else:
            tails[at], ends[at] = place, index
    kept, index_ = set[EpisodeId](), ends[-1] if ends else None
    while index_ is not None:
        kept.add(pairs[index_][0])
        index_ = before[index_]
    return kept
