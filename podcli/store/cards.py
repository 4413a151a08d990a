"""All episodes as lists show them: read at once, and then only what changed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from podcli.domain import EpisodeCard, EpisodeId, Show, ShowId, ShowSettings
from podcli.store.rows import Rows, packed, to_show
from podcli.store.shows import to_settings
from podcli.text import clean_line

_GIST = 240
# Only columns of the index episode_card, so that nobody's show notes are read: 50,000 of them are 100 MB.
_CARDS = """
select e.id, e.show_id, e.title, coalesce(e.published_at, ''), e.duration_s, coalesce(p.position_s, 0.0),
    coalesce(p.finished, 0), e.triage, q.position, f.id is not null
from episode e{index} left join playback p on p.episode_id = e.id
left join queue q on q.episode_id = e.id left join file f on f.episode_id = e.id
"""
_SEEN = "e.show_id not in (select id from show where removed_at is not null)"
_READ = """
select t.episode_id{what} from transcript t {join} where {complete}
union select f.episode_id{what} from file f join transcript t on t.audio_sha256 = f.sha256 {join} where {complete}
"""


class Gist(NamedTuple):
    """What an episode says, in a line or two, and the model that says so."""

    text: str
    model: str


class CardStore(Rows):
    """Reads for the screens; writes nothing."""

    ALL = f"{_CARDS.format(index=' indexed by episode_card')} where {_SEEN} order by e.published_at desc, e.id desc"

    def newest(self, limit: int) -> list[EpisodeCard]:
        """The newest episodes: enough for a first screen."""
        return self._cards(self._db.execute(f"{self.ALL} limit ?", [limit]))

    def all(self) -> tuple[int, list[EpisodeCard]]:
        """Every card, newest first, and what to ask `since` with.

        The number is read first: what changes meanwhile is told twice rather than never.
        """
        seq = self._seq()
        return seq, self._cards(self._db.execute(self.ALL))

    def since(self, seq: int) -> tuple[int, list[EpisodeCard], list[EpisodeId]]:
        """What changed after `seq`: the number to ask with next, the cards as they are now, and who is gone."""
        newest = self._seq()
        if newest <= seq:
            return newest, [], []
        changed = {row[0] for row in self._db.execute(
            "select episode_id from episode_change where seq > ?", [seq])}  # fmt: skip
        sql = f"{_CARDS.format(index='')} where e.id in (select value from json_each(?)) and {_SEEN}"
        cards = self._cards(self._db.execute(sql, [packed(changed)]))
        return newest, cards, [EpisodeId(each) for each in sorted(changed - {card.id for card in cards})]

    def titles(self) -> dict[ShowId, str]:
        """The title of each show."""
        return {ShowId(row[0]): row[1] for row in self._db.execute("select id, title from show where removed_at is null")}

    def shows(self) -> list[Show]:
        """Every show by title, single files and links last. Episodes are not counted: whoever has the cards can."""
        rows = self._db.query(
            """select *, 0 as episodes, 0 as unheard from show where removed_at is null
            order by kind = 'feed' desc, lower(title)"""
        )
        return [to_show(row) for row in rows]

    def show_settings(self) -> dict[ShowId, ShowSettings]:
        """How shows are played that have something of their own."""
        rows = self._db.query("select t.* from show_setting t join show s on s.id = t.show_id where s.removed_at is null")
        return {ShowId(row["show_id"]): to_settings(row) for row in rows}

    def gists(self, ids: Iterable[EpisodeId]) -> dict[EpisodeId, Gist]:
        """What each episode says, at most 240 characters on one line: its gist, else the beginning of its summary, else its first
        takeaway; the newest of these.

        Episodes nobody has read are left out.
        """
        rows = self._db.execute(
            """with asked(id) as (select value from json_each(?)),
            heard(episode_id, transcript_id) as (
                select a.id, t.id from asked a join transcript t on t.episode_id = a.id
                union select a.id, t.id from asked a join file f on f.episode_id = a.id
                    join transcript t on t.audio_sha256 = f.sha256)
            select h.episode_id, i.model, i.id, x.text from heard h join insight i on i.transcript_id = h.transcript_id
            join insight_item x on x.insight_id = i.id
            where i.complete and (i.kind in ('gist', 'summary') or (i.kind = 'takeaways' and x.position = 0))
            order by h.episode_id, case i.kind when 'gist' then 0 when 'summary' then 1 else 2 end, i.id desc, x.position""",
            [packed(ids)],
        )
        chosen: dict[EpisodeId, tuple[int, str, list[str]]] = {}
        for episode_id, model, insight_id, text in rows:
            best, _, lines = chosen.setdefault(EpisodeId(episode_id), (insight_id, model, []))
            if best == insight_id:
                lines.append(text)
        return {each: Gist(clean_line(" ".join(lines), limit=_GIST), model) for each, (_, model, lines) in chosen.items()}

    def _seq(self) -> int:
        return int(self._db.execute("select coalesce(max(seq), 0) from episode_change").fetchone()[0])

    def _cards(self, rows: Iterable[tuple[Any, ...]]) -> list[EpisodeCard]:
        transcribed = self._ids("t.complete")
        read = self._ids("i.complete", join="join insight i on i.transcript_id = t.id")
        return [
            EpisodeCard(row[0], row[1], row[2], row[3], row[4], row[5], row[6] == 1, row[7], row[8], row[9] == 1,
                        row[0] in transcribed, row[0] in read)
            for row in rows
        ]  # fmt: skip

    def _ids(self, complete: str, *, join: str = "") -> set[int]:
        """Episodes with such a transcript, their own or that of the very same audio."""
        return {row[0] for row in self._db.execute(_READ.format(complete=complete, join=join, what=""))}
