"""Episodes, shows and snips as JSON: the same objects on stdout with ``--json`` and on the standard input of hooks."""

from __future__ import annotations

from podcli.domain.shows import Episode, Show
from podcli.domain.snips import SnipCard


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


def snip_json(card: SnipCard) -> dict[str, object]:
    """A snip as it is printed; what is not there is null."""
    kept = card.snip
    return {
        "number": kept.id, "id": card.key, "episode": kept.episode_id, "title": kept.title or None,
        "summary": kept.summary or None, "takeaway": kept.takeaway or None, "text": kept.text or None,
        "speaker": kept.speaker or None,
        "start": round(kept.start_s, 2), "end": round(kept.end_s, 2), "at": round(kept.at_s, 2), "note": kept.note or None,
        "tags": list(kept.tags), "starred": kept.starred, "state": kept.state, "model": kept.model or None,
        "created": kept.created_at.isoformat(), "edited": kept.edited_at.isoformat() if kept.edited_at else None,
        "episode_title": card.episode.title, "show": card.show.title, "url": card.episode.enclosure.url,
    }  # fmt: skip
