"""A publisher's chapters: Podcasting 2.0 JSON, Podlove Simple Chapters (XML), and the ``00:01:23 Title`` text of mp4chaps."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable

from podcli.domain import Chapter
from podcli.errors import PodcliError
from podcli.feeds.notes import line
from podcli.feeds.times import MAX_SECONDS
from podcli.text import parse_timecode

_MAX_CHAPTERS = 2000
_OWN = "podcli can make its own chapters from the transcript."
_TEXT_LINE = re.compile(r"[ \t]*(\d{1,3}:\d{1,2}(?::\d{1,2})?(?:[.,]\d{1,3})?)[ \t]+([^\n]{1,1000})")


def parse_chapters(content: bytes) -> list[Chapter]:
    """Chapters in `content`, sorted by start, silent ones (``toc: false``) and impossible times dropped.

    A chapter ends where it says or where the next begins; the last may be open. Raises PodcliError when the document is no
    list of chapters; an empty list is one.
    """
    text = content.decode("utf-8-sig", "replace").strip()
    if text.startswith(("{", "[")):
        return tidy_chapters(_from_json(text))
    if text.startswith("<") and re.search(r"<(?:[\w.-]{1,40}:)?chapters[\s>]", text):
        from podcli.feeds.namespaces import read_extras
        from podcli.feeds.scrub import scrub

        # The reader of feeds collects chapters per item; a bare chapter file counts as one item.
        body = scrub(text[text.index("?>") + 2 :] if text.startswith("<?xml") and "?>" in text else text)
        body = re.sub(r"<(/?)(?:[\w.-]{1,40}:)?(chapters?)(?=[\s/>])", r"<\1psc:\2", body)
        body = body if re.search(r"<(item|entry)[\s>]", body) else f"<item>{body}</item>"
        pairs = next((extra.chapters for extra in read_extras(body) if extra.chapters), [])
        return tidy_chapters([(parse_timecode(start), None, title) for start, title in pairs])
    lines = [match for part in text.splitlines()[:_MAX_CHAPTERS] if (match := _TEXT_LINE.match(part))]
    if lines:
        titles = [re.sub(r"\s*<https?://[^<>]*>\s*$", "", match[2]) for match in lines]
        return tidy_chapters([(parse_timecode(match[1]), None, title) for match, title in zip(lines, titles, strict=True)])
    raise PodcliError("The publisher's chapters cannot be read.", _OWN)


def _from_json(text: str) -> list[tuple[float | None, float | None, str]]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise PodcliError("The publisher's chapters are damaged.", _OWN) from None
    given = document.get("chapters") if isinstance(document, dict) else document
    if not isinstance(given, list):
        raise PodcliError("The publisher's chapters cannot be read.", _OWN)
    found = []
    for chapter in given[:_MAX_CHAPTERS]:
        if isinstance(chapter, dict) and chapter.get("toc") is not False:
            title = chapter.get("title")
            times = _seconds(chapter.get("startTime")), _seconds(chapter.get("endTime"))
            found.append((*times, title if isinstance(title, str) else ""))
    return found


def _seconds(value: object) -> float | None:
    if isinstance(value, str):
        return parse_timecode(value)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12 else None


def tidy_chapters(found: Iterable[tuple[float | None, float | None, str]], source: str = "feed") -> list[Chapter]:
    """(start, end, title) in any order and state into a clean list: finite, sorted, no exact doubles, every one titled."""
    kept = {
        (start, line(title, 300)): end
        for start, end, title in found
        if start is not None and math.isfinite(start) and 0 <= start <= MAX_SECONDS
    }
    ordered = sorted(kept.items(), key=lambda entry: entry[0][0])[:_MAX_CHAPTERS]
    chapters = []
    for index, ((start, title), end) in enumerate(ordered):
        following = next((later[0][0] for later in ordered[index + 1 :] if later[0][0] > start), None)
        if end is None or not start < end <= MAX_SECONDS:
            end = following
        chapters.append(Chapter(start, end, title or f"Chapter {index + 1}", source))
    return chapters
