"""Text cut to what a program takes, measured as that program measures it."""

from __future__ import annotations

import re
from collections.abc import Iterator

_URL = re.compile(r"https?://\S+|\S+\.[^\W\d_]{2,}\S*")
_JOINERS = "\u200d\ufe0e\ufe0f"


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, cut at a blank when one is near, marked with an ellipsis."""
    if len(text) <= limit:
        return text
    kept = text[: max(0, limit - 1)]
    blank = kept.rfind(" ")
    kept = kept[:blank] if blank > limit * 0.7 else kept
    return kept.rstrip().rstrip(_JOINERS) + "…" if limit > 0 else ""


def utf16_length(text: str) -> int:
    """How long JavaScript says `text` is: in UTF-16 code units."""
    return len(text) + sum(char > "\uffff" for char in text)


def utf16_pieces(text: str, limit: int) -> Iterator[str]:
    """`text` in pieces of at most `limit` (2 or more) UTF-16 code units, cut after a blank where there is one; none for ''."""
    start = 0
    while start < len(text):
        end, units = start, 0
        while end < len(text) and units + 1 + (text[end] > "\uffff") <= limit:
            units += 1 + (text[end] > "\uffff")
            end += 1
        if end < len(text) and (blank := text.rfind(" ", start, end)) > start:
            end = blank + 1
        yield text[start:end]
        start = end


def tweet_length(text: str) -> int:
    """How long X says `text` is, or a little more: 1 for Latin and the like, 2 for the rest, 23 for each web address.

    Source: twitter-text v3 configuration (docs.x.com, “Counting characters”). An emoji of several code points counts as 2 there
    and as more here; a bare ``name.tld`` counts as at least 23.
    """
    length, end = 0, 0
    for found in _URL.finditer(text):
        length += _weight(text[end : found.start()]) + max(23, _weight(found[0]) if not found[0].startswith("http") else 23)
        end = found.end()
    return length + _weight(text[end:])


def _weight(text: str) -> int:
    return sum(1 if _light(ord(char)) else 2 for char in text)


def _light(code: int) -> bool:
    return code <= 4351 or 8192 <= code <= 8205 or 8208 <= code <= 8223 or 8242 <= code <= 8247
