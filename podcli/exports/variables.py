"""What a template's variables stand for, as Markdown: words escaped, links complete."""

from __future__ import annotations

import html
from bisect import bisect_left
from collections.abc import Sequence
from datetime import date

from podcli.domain import EpisodeNotes, Point, Segment, SnipCard
from podcli.exports.escaping import link_target, markdown_block, markdown_lines, markdown_link, markdown_quote, markdown_text
from podcli.exports.links import episode_link, media_link, time_link, web_address
from podcli.exports.wording import books, hash_tags, snip_title, told
from podcli.text import html_to_text, human_duration, timecode


def episode_values(notes: EpisodeNotes, exported_on: date) -> dict[str, str]:
    """The value of every variable an episode's template may have, but for ``snips_section``."""
    episode, show = notes.episode, notes.show
    image = link_target(web_address(show.image_url))
    gist = notes.points("gist") or notes.points("summary")[:1]
    return {
        "episode_title": markdown_text(episode.title),
        "episode_image": f"![]({image})" if image else "",
        "show_title": markdown_text(show.title),
        "show_author": markdown_text(show.author),
        "guests": ", ".join(markdown_text(guest) for guest in notes.guests),
        "hosts": ", ".join(markdown_text(host) for host in notes.hosts),
        "episode_publish_date": f"{episode.published:%Y-%m-%d}" if episode.published else "",
        "episode_ai_description": " ".join(markdown_text(point.text) for point in gist),
        "episode_description": markdown_block(html_to_text(episode.description)),
        "mentioned_books": ", ".join(markdown_text(book) for book in books(notes)),
        "episode_duration": human_duration(episode.duration_s) if episode.duration_s else "",
        "episode_url": link_target(episode_link(episode)),
        "show_url": link_target(web_address(show.link) or (web_address(show.url) if show.kind == "feed" else "")),
        "episode_export_date": exported_on.isoformat(),
        "episode_summary": " ".join(markdown_text(point.text) for point in notes.points("summary")),
        "episode_takeaways": "\n".join(_takeaway(notes, point) for point in notes.points("takeaways")),
        "episode_chapters": "\n".join(
            f"- {_when(notes, chapter.start_s)} {markdown_text(chapter.title)}" for chapter in notes.chapters
        ),
    }


def snip_values(card: SnipCard, segments: Sequence[Segment] = ()) -> dict[str, str]:
    """The value of every variable a snip's template may have; `segments` of the transcript, in order, are read for turns."""
    snip = card.snip
    url = link_target(time_link(card.episode, snip.start_s, snip.end_s))
    audio = media_link(card.episode.enclosure.url, snip.start_s, snip.end_s)
    return {
        "snip_title": markdown_text(snip_title(snip)),
        "snip_url": url,
        "snip_link": markdown_link(snip_title(snip), url),
        "snip_tags": " ".join(f"#{tag}" for tag in hash_tags(snip.tags)),
        "snip_favorite_star": "⭐" if snip.starred else "",
        "snip_start_time": timecode(snip.start_s),
        "snip_end_time": timecode(snip.end_s),
        "snip_duration": human_duration(snip.duration_s),
        "snip_note": markdown_block(told(snip)),
        "snip_quote": _quote(snip.text, snip.speaker),
        "snip_transcript": _turns(segments, snip.start_s, snip.end_s),
        "snip_audio_player": f'<audio controls src="{html.escape(audio)}"></audio>' if audio else "",
        "snip_speaker": markdown_text(snip.speaker),
        "snip_summary": markdown_block(snip.summary),
        "snip_takeaway": markdown_block(snip.takeaway),
    }


def _takeaway(notes: EpisodeNotes, point: Point) -> str:
    proof = f"\n  > {_when(notes, point.start_s)} “{markdown_text(point.quote)}”" if point.quote and point.timed else ""
    return f"- {markdown_text(point.text)}{proof}"


def _when(notes: EpisodeNotes, second: float) -> str:
    return markdown_link(timecode(second), time_link(notes.episode, second))


def _quote(text: str, speaker: str) -> str:
    quote = markdown_quote(text)
    return f"{quote}\n>\n> — {markdown_text(speaker)}" if quote and speaker.strip() else quote


def _turns(segments: Sequence[Segment], start_s: float, end_s: float) -> str:
    """What was said between two seconds, a paragraph per turn, with who said it."""
    turns: list[tuple[str, list[str]]] = []
    # Segments may overlap by a little; none that ended before the start is wanted.
    for segment in segments[bisect_left(segments, start_s, key=lambda each: each.end_s) :]:
        if segment.start_s >= end_s:
            break
        if segment.end_s <= start_s:
            continue
        if not turns or turns[-1][0] != segment.speaker:
            turns.append((segment.speaker, []))
        turns[-1][1].append(segment.text)
    return "\n\n".join(
        (f"**{markdown_text(speaker)}**: " if markdown_text(speaker) else "") + " ".join(markdown_lines(" ".join(words)))
        for speaker, words in turns
    )
