"""A first look at the library by plain SQLite, before anything heavier is loaded: the player's first screen is drawn from it."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from podcli.domain import EpisodeCard, EpisodeId, Show, ShowId

_PATIENCE_S = 0.05
_CARDS = """
select e.id, e.show_id, e.title, coalesce(e.published_at, ''), e.duration_s, coalesce(p.position_s, 0.0),
    coalesce(p.finished, 0), e.triage, q.position, f.id is not null
from episode e indexed by episode_card left join playback p on p.episode_id = e.id
left join queue q on q.episode_id = e.id left join file f on f.episode_id = e.id
where e.show_id not in (select id from show where removed_at is not null)
order by e.published_at desc, e.id desc limit ?
"""


@dataclass(frozen=True, slots=True)
class Glance:
    """The newest episodes and all shows, and how the screens were left."""

    cards: tuple[EpisodeCard, ...]
    shows: tuple[Show, ...]
    remembered: dict[str, object]


def glance(path: Path, limit: int) -> Glance | None:
    """Look at the library at `path`; None when that cannot be done right now: it will be opened properly."""
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_PATIENCE_S)
        try:
            return _read(connection, limit)
        finally:
            connection.close()
    except (sqlite3.Error, OSError, ValueError):
        return None


def _read(connection: sqlite3.Connection, limit: int) -> Glance:
    import json

    shows = connection.execute("select id, url, title, kind, author, problem from show where removed_at is null")
    kept = connection.execute("select substr(key, 5), value from remembered where key like 'tui.%'")
    return Glance(
        tuple(_card(row) for row in connection.execute(_CARDS, [limit])),
        tuple(Show(ShowId(row[0]), row[1], row[2], row[3], row[4], problem=row[5]) for row in shows),
        {key: json.loads(value) for key, value in kept},
    )


def _card(row: tuple[Any, ...]) -> EpisodeCard:
    number, show, title, published, duration_s, position_s, finished, triage, queued, downloaded = row
    return EpisodeCard(EpisodeId(number), ShowId(show), title, published, duration_s, position_s, bool(finished), triage, queued,
                       bool(downloaded))  # fmt: skip
