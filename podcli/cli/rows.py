"""How episodes and shows are written out, as JSON and as rows of a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from podcli.cli.output import table
from podcli.domain import Episode, Show, ShowSettings
from podcli.text import human_duration

if TYPE_CHECKING:
    from podcli.store.cards import Gist


def episode_json(episode: Episode) -> dict[str, object]:
    """An episode as every ``--json`` prints it. Times are seconds, dates ISO 8601 UTC."""
    return {
        "number": episode.id,
        "id": episode.key,
        "title": episode.title,
        "show": episode.show_title,
        "published": episode.published.isoformat() if episode.published else None,
        "duration": episode.duration_s,
        "audio_url": episode.enclosure.url,
        "file": episode.audio_path or None,
        "link": episode.link or None,
        "position": episode.position_s,
        "finished": episode.finished,
        "triage": episode.triage,
        "has_transcript": episode.has_transcript,
        "has_takeaways": episode.has_takeaways,
    }


def show_json(show: Show) -> dict[str, object]:
    """A show as every ``--json`` prints it."""
    return {
        "id": show.id, "title": show.title, "url": show.url, "kind": show.kind, "author": show.author, "link": show.link,
        "episodes": show.episodes, "unheard": show.unheard, "problem": show.problem or None,
        "fetched": show.fetched_at.isoformat() if show.fetched_at else None,
    }  # fmt: skip


def settings_json(settings: ShowSettings) -> dict[str, object]:
    """How a show is played; null where it follows the general settings."""
    return {
        "speed": settings.speed, "skip_intro": settings.skip_intro_s, "skip_outro": settings.skip_outro_s,
        "voice_boost": settings.voice_boost, "loudness": settings.loudness, "smart_speed": settings.smart_speed,
    }  # fmt: skip


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
