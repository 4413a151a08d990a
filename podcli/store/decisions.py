"""What the listener decided and how far they are: inbox, later, done; positions and what was heard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from podcli.domain import EpisodeId, ShowId, Triage
from podcli.store.connection import now, writing
from podcli.store.rows import Rows, packed

_THESE = "(select value from json_each(:ids))"
# Where playback counts as over: the same rule as services.playback.resume.is_finished.
_AT_END = """playback.position_s >= (select e.duration_s - max(0.02 * e.duration_s, min(30.0, 0.1 * e.duration_s))
    from episode e where e.id = playback.episode_id)"""

Heard = tuple[EpisodeId, float, bool]
"""An episode with its position in seconds and whether it counts as heard."""


class DecisionStore(Rows):
    """Rows of playback, and the triage of episodes."""

    def triage(self, episode_ids: Iterable[EpisodeId], state: Triage) -> dict[Triage, list[EpisodeId]]:
        """Move episodes to `state`; returns those that were elsewhere by where they were."""
        was: dict[Triage, list[EpisodeId]] = {}
        values = {"ids": packed(episode_ids), "state": state}
        with writing(self._db):
            sql = f"select id, triage from episode where id in {_THESE} and triage <> :state"
            for episode_id, before in self._db.execute(sql, values).fetchall():
                was.setdefault(before, []).append(EpisodeId(episode_id))
            if was:
                self._db.execute(f"update episode set triage = :state where id in {_THESE} and triage <> :state", values)
        return was

    def mark_finished(self, episode_ids: Iterable[EpisodeId], finished: bool) -> list[Heard]:
        """Mark episodes heard or not; returns those that were otherwise, as they were.

        Positions stay, so that a mark by mistake costs nothing; only one at the very end goes back to 0 with “not heard”.
        """
        values = {"ids": packed(episode_ids), "finished": int(finished), "now": now()}
        with writing(self._db):
            rows = self._db.execute(
                f"""select e.id, coalesce(p.position_s, 0), coalesce(p.finished, 0) from episode e
                left join playback p on p.episode_id = e.id
                where e.id in {_THESE} and coalesce(p.finished, 0) <> :finished""",
                values,
            ).fetchall()
            if rows:
                self._db.execute(
                    f"""insert into playback (episode_id, position_s, finished, updated_at)
                    select id, 0, :finished, :now from episode where id in {_THESE}
                    on conflict (episode_id) do update set finished = excluded.finished,
                    position_s = case when not excluded.finished and {_AT_END} then 0 else position_s end
                    where finished <> excluded.finished""",
                    values,
                )
        return [(EpisodeId(row[0]), row[1], bool(row[2])) for row in rows]

    def restore_heard(self, was: Sequence[Heard]) -> None:
        """Take `mark_finished` back. Whoever has listened on since keeps the later position."""
        with writing(self._db):
            self._db.conn.executemany(
                """update playback set finished = :finished, position_s = case when position_s = 0 then :at else position_s end
                where episode_id = :id""",
                [{"id": each, "at": position_s, "finished": int(finished)} for each, position_s, finished in was],
            )

    def restore_triage(self, was: Mapping[Triage, Sequence[EpisodeId]]) -> None:
        """Take `triage` back."""
        with writing(self._db):
            for state, episode_ids in was.items():
                self.triage(episode_ids, state)

    def unheard_ids(self, show_id: ShowId | None = None) -> list[EpisodeId]:
        """Every episode that was not heard, of one show or of all."""
        rows = self._db.execute(
            """select e.id from episode e join show s on s.id = e.show_id and s.removed_at is null
            left join playback p on p.episode_id = e.id
            where not coalesce(p.finished, 0) and (:show is null or e.show_id = :show)""",
            {"show": show_id},
        )
        return [EpisodeId(row[0]) for row in rows]

    def save_position(self, episode_id: EpisodeId, position_s: float, finished: bool | None = None) -> None:
        """Where the listener is; `finished` None leaves the mark as it is."""
        self._db.execute(
            """insert into playback (episode_id, position_s, finished, updated_at) values (:id, :at, :done, :now)
            on conflict (episode_id) do update set position_s = :at, updated_at = :now,
            finished = case when :keep then finished else :done end""",
            {"id": episode_id, "at": position_s, "done": int(bool(finished)), "keep": int(finished is None), "now": now()},
        )
