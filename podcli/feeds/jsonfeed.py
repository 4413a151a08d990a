"""JSON Feed 1.1 (jsonfeed.org): the same show in JSON."""

from __future__ import annotations

import json
from typing import Any

from podcli.domain import Enclosure, Feed, FeedItem
from podcli.feeds import media
from podcli.feeds.notes import line, show_notes
from podcli.feeds.times import MAX_SECONDS, parse_date
from podcli.feeds.urls import name_of, resolve
from podcli.text import clean_line

_MAX_ENTRIES = 100_000


def parse_json_feed(content: bytes, url: str) -> tuple[Feed, list[FeedItem | None]]:
    """The show without items, and its items (None: nothing to play). Raises NotAFeed for any other JSON."""
    from podcli.feeds.parse import NotAFeed

    try:
        document: Any = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise NotAFeed("json", url, "data of another kind (JSON)") from None
    if not isinstance(document, dict) or "jsonfeed.org" not in str(document.get("version", "")):
        raise NotAFeed("json", url, "data of another kind (JSON)")
    entries = document.get("items")
    items = [_item(entry, url) for entry in entries[:_MAX_ENTRIES]] if isinstance(entries, list) else []
    authors = document.get("authors")
    author = authors[0] if isinstance(authors, list) and authors else document.get("author")
    show = Feed(
        url=url,
        title=line(_text(document, "title")) or name_of(url),
        items=(),
        author=line(_text(author, "name"), 200),
        description=show_notes(_text(document, "description")),
        link=resolve(url, _text(document, "home_page_url")),
        image_url=resolve(url, _text(document, "icon")),
        language=clean_line(_text(document, "language"), limit=35),
        next_page_url=resolve(url, _text(document, "next_url")),
    )
    return show, items


def _text(holder: object, key: str) -> str:
    found = holder.get(key) if isinstance(holder, dict) else None
    return found if isinstance(found, str) else str(found) if isinstance(found, int) else ""


def _item(entry: object, url: str) -> FeedItem | None:
    attachments = entry.get("attachments") if isinstance(entry, dict) else None
    ranked: list[tuple[int, Enclosure, float | None]] = []
    for given in attachments[:100] if isinstance(attachments, list) else []:
        address, mime = resolve(url, _text(given, "url")), clean_line(_text(given, "mime_type"), limit=100).lower()
        kind = media.kind_of(address, mime)
        if address and kind != "other":
            size, length = given.get("size_in_bytes"), given.get("duration_in_seconds")
            seconds = float(length) if isinstance(length, int | float) and 0 <= length <= MAX_SECONDS else None
            count = size if isinstance(size, int) and 0 < size < 10**15 else None
            ranked.append((("audio", "video", "unknown").index(kind), Enclosure(address, mime, count), seconds))
    if not ranked:
        return None
    _, enclosure, seconds = min(ranked, key=lambda candidate: candidate[0])
    guid = clean_line(_text(entry, "id"), limit=500)
    return FeedItem(
        guid=guid,
        title=line(_text(entry, "title")) or guid or "Untitled",
        enclosure=enclosure,
        published=parse_date(_text(entry, "date_published")) or parse_date(_text(entry, "date_modified")),
        duration_s=seconds,
        description=show_notes(_text(entry, "content_html") or _text(entry, "content_text") or _text(entry, "summary")),
        link=resolve(url, _text(entry, "url")),
        image_url=resolve(url, _text(entry, "image")),
    )
