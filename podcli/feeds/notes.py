"""Titles and show notes: a stranger's HTML into plain text."""

from __future__ import annotations

import html
import re

from podcli.text import clean_line, html_to_text

_ANCHOR = re.compile(r"<a\s([^<>]*)>|</a\s*>", re.I)
_HREF = re.compile(r"""\bhref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.I)
_MAX_NOTES = 50_000


def line(text: str, limit: int = 500) -> str:
    """One clean line out of a title that may be HTML, once or twice escaped."""
    if "<" in text or "&" in text:
        text = html_to_text(_balanced(text[: limit * 8]))
        if re.search(r"&(?:amp|lt|gt|quot|apos|#\d{1,7}|#[xX][0-9A-Fa-f]{1,6});", text):
            text = html.unescape(text)
    return clean_line(text, limit=limit)


def show_notes(text: str) -> str:
    """Readable plain text of show notes; a link keeps its target as ``text (https://…)`` unless the text shows it already."""
    text = _balanced(text[: _MAX_NOTES * 2])
    if "<a" not in text and "<A" not in text:
        return html_to_text(text, limit=_MAX_NOTES)
    parts: list[str] = []
    position, target = 0, ""
    for match in _ANCHOR.finditer(text):
        between = text[position : match.start()]
        parts.append(between)
        if match[1] is None:
            if target and _bare(target) not in _bare(html.unescape(between)):
                parts.append(f" ({html.escape(target)})")
            target = ""
        else:
            href = _HREF.search(match[1])
            target = html.unescape(next((group for group in href.groups() if group), "")).strip() if href else ""
            target = target if re.match(r"(https?://|mailto:)\S{1,500}$", target, re.I) else ""
        position = match.end()
    return html_to_text("".join([*parts, text[position:]]), limit=_MAX_NOTES)


def _bare(url: str) -> str:
    return re.sub(r"^(https?://|mailto:)(www\.)?", "", url.strip().lower()).rstrip("/…. ")


def _balanced(text: str) -> str:
    """Python's HTML parser takes quadratic time on piles of unclosed tags (CVE-2025-6069): those lose their brackets."""
    return text.replace("<", " ") if text.count("<") > 2 * text.count(">") + 50 else text
