"""Pages for Notion: one body of Markdown where its API takes that, else blocks in requests that are small enough.

Sources: developers.notion.com, “Working with markdown content” (``markdown`` beside ``parent``) and “Request limits”: 2,000
characters per rich text and per link, 100 elements per array, 1,000 blocks and 500 kB per request.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import date

from podcli.domain import EpisodeNotes, SnipCard
from podcli.exports.cutting import cut, utf16_length, utf16_pieces
from podcli.exports.links import episode_link, time_link
from podcli.exports.markdown import episode_markdown
from podcli.exports.wording import snip_title, span, tag_words, told
from podcli.text import clean, clean_line, timecode

Block = dict[str, object]

MARKDOWN_VERSION = "2025-09-03"
"""The ``Notion-Version`` whose API takes Markdown; `page_requests` suits older ones too."""
_ENTITY = re.compile(r"\\.|&lt;|&gt;")
_CHARACTERS, _ELEMENTS, _BLOCKS, _BYTES = 2000, 100, 100, 400_000


def markdown_page(parent_id: str, notes: EpisodeNotes, exported_on: date) -> dict[str, object]:
    """The body of ``POST /v1/pages`` that makes the whole page from Markdown; its first heading becomes the title."""
    text = episode_markdown(notes, exported_on).text
    # Notion's Markdown has backslashes and no entities; what is behind a backslash is no entity already.
    plain = _ENTITY.sub(lambda found: {"&lt;": "\\<", "&gt;": "\\>"}.get(found[0], found[0]), text)
    return {"parent": {"page_id": parent_id}, "markdown": plain}


def page_requests(parent_id: str, notes: EpisodeNotes) -> Iterator[dict[str, object]]:
    """Bodies to send in order: the first to ``POST /v1/pages``, all others to ``PATCH /v1/blocks/<that page>/children``."""
    title = cut(clean_line(notes.episode.title) or "Untitled", _CHARACTERS // 2)
    page = {"parent": {"page_id": parent_id}, "properties": {"title": {"title": [_rich(title)]}}}
    chunks = list(_chunks(episode_blocks(notes)))
    yield {**page, "children": chunks[0] if chunks else []}
    for chunk in chunks[1:]:
        yield {"children": chunk}


def episode_blocks(notes: EpisodeNotes) -> Iterator[Block]:
    """The note of an episode as Notion's blocks, none of them nested."""
    about = [clean_line(notes.show.title), f"{notes.episode.published:%Y-%m-%d}" if notes.episode.published else ""]
    yield from _blocks("paragraph", " · ".join(part for part in about if part), link=episode_link(notes.episode))
    hosts, guests = (", ".join(map(clean_line, names)) for names in (notes.hosts, notes.guests))
    people = [f"Hosts: {hosts}" if hosts else "", f"Guests: {guests}" if guests else ""]
    yield from _blocks("paragraph", " · ".join(part for part in people if part))
    if summary := notes.points("summary"):
        yield from _blocks("heading_2", "Summary")
        yield from _blocks("paragraph", " ".join(clean_line(point.text) for point in summary))
    if takeaways := notes.points("takeaways"):
        yield from _blocks("heading_2", "Takeaways")
        for point in takeaways:
            yield from _blocks("bulleted_list_item", clean_line(point.text))
    if notes.chapters:
        yield from _blocks("heading_2", "Chapters")
        for chapter in notes.chapters:
            words = f"{timecode(chapter.start_s)} {clean_line(chapter.title)}"
            yield from _blocks("bulleted_list_item", words, link=time_link(notes.episode, chapter.start_s))
    if notes.snips:
        yield from _blocks("heading_2", "Snips")
        for card in notes.cards:
            yield from _snip(card)


def _snip(card: SnipCard) -> Iterator[Block]:
    snip = card.snip
    yield from _blocks("heading_3", f"{'⭐ ' if snip.starred else ''}{snip_title(snip)}")
    tags = "".join(f" #{tag}" for tag in tag_words(snip.tags))
    yield from _blocks("paragraph", span(snip) + tags, link=time_link(card.episode, snip.start_s, snip.end_s))
    for paragraph in clean(told(snip)).split("\n\n"):
        yield from _blocks("paragraph", paragraph.strip())
    speaker = f"\n— {clean_line(snip.speaker)}" if snip.speaker.strip() else ""
    yield from _blocks("quote", f"{clean(snip.text).strip()}{speaker}" if snip.text.strip() else "")


def _blocks(kind: str, text: str, link: str = "") -> Iterator[Block]:
    """Blocks of one kind with `text`, several when it is longer than one can be; none for no text."""
    pieces = list(utf16_pieces(text, _CHARACTERS))
    target = link if utf16_length(link) <= _CHARACTERS else ""
    for start in range(0, len(pieces), _ELEMENTS):
        yield {
            "object": "block",
            "type": kind,
            kind: {"rich_text": [_rich(p, target) for p in pieces[start : start + _ELEMENTS]]},
        }


def _rich(text: str, link: str = "") -> dict[str, object]:
    return {"type": "text", "text": {"content": text, "link": {"url": link}} if link else {"content": text}}


def _chunks(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    """Blocks in requests: at most 100, and well below 500 kB with the rest of the request."""
    chunk: list[Block] = []
    size = 0
    for block in blocks:
        bytes_ = len(json.dumps(block).encode())
        if chunk and (len(chunk) == _BLOCKS or size + bytes_ > _BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(block)
        size += bytes_
    if chunk:
        yield chunk
