"""Pure helpers for text from strangers: cleaning, HTML to plain text, timecodes, sizes."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

# C0 except tab and newline, DEL, C1, and the marks that reorder or hide text on a terminal (Unicode TR9).
_CONTROLS = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
# Whole escape sequences (ECMA-48: CSI, and OSC with its text), so that no "[31m" is left of them.
_ESCAPES = re.compile(r"(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]|(?:\x1b\]|\x9d)[^\x07\x1b\x9c\n]{0,400}(?:\x07|\x1b\\|\x9c)")
_SURROGATES = re.compile("[\ud800-\udfff]")
_BLANKS = re.compile(r"[ \t\u00a0]+")
_BLOCKS = {"p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "blockquote", "pre", "hr", "table"}
_SILENT = {"script", "style", "template", "noscript", "head", "title"}


def clean(text: str, *, limit: int | None = None) -> str:
    """Make text from a stranger safe for a terminal: no control characters, no bidi overrides, NFC, one line feed kind.

    `limit` cuts to that many characters and marks the cut with an ellipsis.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").replace("\v", "\n")
    if "\x1b" in text or "\x9b" in text or "\x9d" in text:
        text = _ESCAPES.sub("", text)
    text = _CONTROLS.sub("", _SURROGATES.sub("\ufffd", text))
    text = unicodedata.normalize("NFC", text)
    if limit is not None and len(text) > limit:
        text = text[: max(0, limit - 1)].rstrip() + "…"
    return text


def clean_line(text: str, *, limit: int | None = None) -> str:
    """`clean`, on one line, blanks collapsed."""
    return clean(" ".join(clean(text).split()), limit=limit)


class _Plain(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "li":
            self.parts.append("\n- ")
        elif tag in _BLOCKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag in ("p", "div", "ul", "ol", "table", "blockquote"):
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def html_to_text(html: str, *, limit: int = 200_000) -> str:
    """Readable plain text of an HTML fragment: blocks on lines of their own, scripts and styles dropped."""
    html = html[: limit * 2]
    if "<" not in html and "&" not in html:
        return clean(html, limit=limit).strip()
    parser = _Plain()
    parser.feed(html)
    parser.close()
    lines = [_BLANKS.sub(" ", line).strip() for line in clean("".join(parser.parts)).split("\n")]
    return clean(re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip(), limit=limit)


def timecode(seconds: float) -> str:
    """``754.2`` becomes ``12:34``; from one hour on ``1:02:03``."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"


def parse_timecode(text: str) -> float | None:
    """Seconds of ``754``, ``12:34``, ``1:02:03`` or ``1:02:03.500``; None when it is none of these or not finite."""
    parts = text.strip().replace(",", ".").split(":")
    if not 1 <= len(parts) <= 3 or not all(re.fullmatch(r"\d{1,9}(\.\d{1,9})?", part) for part in parts):
        return None
    seconds = 0.0
    for part in parts:
        seconds = seconds * 60 + float(part)
    return seconds


def human_bytes(count: float) -> str:
    """``1536000`` becomes ``1.5 MB`` (decimal units, as disks and networks count)."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000 or unit == "GB":
            return f"{count:.0f} {unit}" if unit == "B" or count >= 100 else f"{count:.1f} {unit}"
        count /= 1000
    raise AssertionError("unreachable")


def human_duration(seconds: float) -> str:
    """``75`` becomes ``1 min 15 s``, ``4000`` becomes ``1 h 6 min``; for time left and lengths."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    minutes = round(whole / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
