"""Pages for Notion: one body of Markdown where its API takes that, else blocks in requests that are small enough.

Sources: developers.notion.com, “Working with markdown content” (``markdown`` beside ``parent``) and “Request limits”: 2,000
characters per rich text and per link, 100 elements per array, 1,000 blocks and 500 kB per request.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from podcli.domain import EpisodeNotes, SnipCard, SnipId
from podcli.exports.cutting import cut, utf16_length, utf16_pieces
from podcli.exports.links import episode_link, time_link
from podcli.exports.markdown import episode_markdown
from podcli.exports.wording import snip_title, span, tag_words, told
from podcli.text import clean, clean_line, timecode

Block = dict[str, object]

MARKDOWN_VERSION = "2025-09-03"
"""The ``Notion-Version`` whose API takes Markdown; `page_body` suits older ones too."""
_ENTITY = re.compile(r"\\.|&lt;|&gt;")
_CHARACTERS, _ELEMENTS, _BLOCKS, _BYTES = 2000, 25, 100, 400_000
"""Fewer elements than it takes, so that a block of any script stays well below the bytes of a request."""
_ABOUT = "about"
"""The key of what is told of the episode."""


@dataclass(frozen=True, slots=True)
class Part:
    """Blocks of a page that are sent together: what is told of the episode, or a snip by its key; `snip` is None for the former.

    A part that is too large for one request is several, the later ones with ``-2``, ``-3`` … behind the key.
    """

    key: str
    blocks: tuple[Block, ...]
    snip: SnipId | None = None


def markdown_page(parent_id: str, notes: EpisodeNotes, exported_on: date) -> dict[str, object]:
    """The body of ``POST /v1/pages`` that makes the whole page from Markdown; its first heading becomes the title."""
    text = episode_markdown(notes, exported_on).text
    # Notion's Markdown has backslashes and no entities; what is behind a backslash is no entity already.
    plain = _ENTITY.sub(lambda found: {"&lt;": "\\<", "&gt;": "\\>"}.get(found[0], found[0]), text)
    return {"parent": {"page_id": parent_id}, "markdown": plain}


def page_body(parent_id: str, notes: EpisodeNotes, parts: Iterable[Part]) -> dict[str, object]:
    """The body of ``POST /v1/pages`` that makes the page of an episode with `parts` on it."""
    title = {"title": {"title": [_rich(page_title(notes))]}}
    blocks = [block for part in parts for block in part.blocks]
    return {"parent": {"page_id": parent_id}, "properties": title, "children": blocks}


def page_title(notes: EpisodeNotes) -> str:
    """What the page of an episode is called."""
    return cut(clean_line(notes.episode.title) or "Untitled", _CHARACTERS // 2)


def fits(body: dict[str, object]) -> bool:
    """Whether `body` is small enough for one request."""
    return len(json.dumps(body)) <= _BYTES + 50_000  # a title and a parent beside the blocks


def episode_parts(notes: EpisodeNotes) -> list[Part]:
    """The note of an episode in parts: what is told of it, then its snips in order of time."""
    found = list(_parts(_ABOUT, _about(notes)))
    for card in notes.cards:
        found += _parts(card.key, _snip(card), card.snip.id)
    return found


def requests(parts: Iterable[Part]) -> list[list[Part]]:
    """`parts`, in order, by requests that are small enough: as many to each as it takes."""
    found: list[list[Part]] = []
    count = size = 0
    for part in parts:
        bytes_ = sum(len(json.dumps(block)) + 2 for block in part.blocks)
        if not found or count + len(part.blocks) > _BLOCKS or size + bytes_ > _BYTES:
            found.append([])
            count = size = 0
        found[-1].append(part)
        count, size = count + len(part.blocks), size + bytes_
    return found


def _parts(key: str, blocks: Iterable[Block], snip: SnipId | None = None) -> Iterator[Part]:
    for number, chunk in enumerate(_chunks(blocks), 1):
        yield Part(key if number == 1 else f"{key}-{number}", tuple(chunk), snip)


def _about(notes: EpisodeNotes) -> Iterator[Block]:
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


def words(block: Block) -> str:
    """The text of a block, as Notion answers it without marks."""
    inside = block[str(block["type"])]
    rich = inside["rich_text"] if isinstance(inside, dict) else []
    return "".join(each["text"]["content"] for each in rich)


def _rich(text: str, link: str = "") -> dict[str, object]:
    return {"type": "text", "text": {"content": text, "link": {"url": link}} if link else {"content": text}}


def _chunks(blocks: Iterable[Block]) -> Iterator[list[Block]]:
    """Blocks in requests: at most 100, and well below 500 kB with the rest of the request."""
    chunk: list[Block] = []
    size = 0
    for block in blocks:
        bytes_ = len(json.dumps(block)) + 2
        if chunk and (len(chunk) == _BLOCKS or size + bytes_ > _BYTES):
            yield chunk
            chunk, size = [], 0
        chunk.append(block)
        size += bytes_
    if chunk:
        yield chunk
