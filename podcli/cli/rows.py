"""How episodes and shows are written out, as rows of a table and, but for the objects of `domain.documents`, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from podcli.cli.output import table
from podcli.domain import Episode
from podcli.text import human_duration

if TYPE_CHECKING:
    from podcli.store.cards import Gist


def episode_table(episodes: Sequence[Episode], *, show: bool = True) -> str:
    """Number, date, length, marks (D downloaded, T transcript, K takeaways, ✓ heard), title and, with `show`, its show."""
    heads = ["No.", "Date", "Length", "Marks", "Episode", "Show"]
    rows = [[str(e.id), _date(e), _length(e), _marks(e), e.title, e.show_title] for e in episodes]
    columns = 6 if show else 5
    return table([row[:columns] for row in rows], heads=heads[:columns], right=(0, 2), stretch=4)


def _date(episode: Episode) -> str:
    return f"{episode.published:%Y-%m-%d}" if episode.published else "–"


def _length(episode: Episode) -> str:
    return human_duration(episode.duration_s) if episode.duration_s else "–"


def _marks(episode: Episode) -> str:
    flags = [(episode.audio_path, "D"), (episode.has_transcript, "T"), (episode.has_takeaways, "K"), (episode.finished, "✓")]
    return "".join(mark if on else "·" for on, mark in flags)


def gist_text(gist: Gist | None) -> str | None:
    """What a gist says, as ``--json`` prints it."""
    return gist.text if gist is not None else None
