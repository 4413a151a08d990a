"""Highlights for Readwise: a CSV file for its importer, or what its API takes.

Sources: readwise.io/api_deets (fields, their lengths, ``category``, ``location_type``) and readwise.io/import_bulk (columns).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from podcli.domain import SnipCard
from podcli.exports.cutting import cut
from podcli.exports.links import episode_link, time_link, web_address
from podcli.exports.wording import snip_title, tag_words, told, utc_stamp
from podcli.text import clean

HEADER = ("Highlight", "Title", "Author", "URL", "Note", "Location", "Date")
BATCH = 100
"""Highlights in one request: Readwise names no bound, and a minute takes 240 requests."""
_TEXT, _TITLE, _AUTHOR, _NOTE, _URL = 8191, 511, 1024, 8191, 2047


def to_csv(cards: Iterable[SnipCard]) -> str:
    """Rows as RFC 4180 has them, with a header. `Location` is the second it starts at.

    A cell that a spreadsheet would take for a formula has an apostrophe before it (OWASP, “CSV Injection”): people open such
    files before they import them.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    for card in cards:
        link = time_link(card.episode, card.snip.start_s)
        cells = (_words(card), clean(card.episode.title), clean(card.show.title), link, _note(card))
        stamp = f"{card.snip.created_at:%Y-%m-%d %H:%M:%S}"
        writer.writerow([*(_no_formula(cell) for cell in cells), int(card.snip.start_s), stamp])
    return out.getvalue()


def highlight(card: SnipCard) -> dict[str, object]:
    """One highlight; texts are cut to what Readwise takes, addresses that are too long are left out."""
    snip = card.snip
    link = time_link(card.episode, snip.start_s, snip.end_s)
    if link and "#" not in link:  # to Readwise the same address is the same highlight, and pages start at whole seconds
        link += f"#{card.key}"
    fields: dict[str, object] = {
        "text": cut(_words(card), _TEXT),
        "title": cut(clean(card.episode.title), _TITLE),
        "author": cut(clean(card.show.title), _AUTHOR),
        "image_url": _address(web_address(card.show.image_url)),
        "source_url": _address(episode_link(card.episode)),
        "source_type": "podcli",
        "category": "podcasts",
        "note": cut(_note(card), _NOTE),
        "location": int(snip.start_s),
        "location_type": "time_offset",
        "highlighted_at": utc_stamp(snip.created_at),
        "highlight_url": _address(link),
    }
    return {name: value for name, value in fields.items() if value != ""}


def _words(card: SnipCard) -> str:
    """What was said; before it is known, what the snip is called. Readwise takes no empty highlight."""
    return clean(card.snip.text).strip() or snip_title(card.snip)


def _note(card: SnipCard) -> str:
    """Tags first, each with a dot before it, as Readwise reads them (“inline tagging”)."""
    tags = " ".join(f".{tag}" for tag in (*tag_words(card.snip.tags), *(("favorite",) if card.snip.starred else ())))
    return f"{tags} {clean(told(card.snip))}".strip()


def _address(url: str) -> str:
    return url if len(url) <= _URL else ""


def _no_formula(cell: str) -> str:
    return f"'{cell}" if cell.lstrip()[:1] in ("=", "+", "-", "@") and cell.lstrip() else cell
