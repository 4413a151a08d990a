"""Flash cards for Anki: a text file whose headers say how to import it.

Source: docs.ankiweb.net, “Text Files”: headers since Anki 2.1.54, HTML line breaks, a first field that tells notes apart.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator

from podcli.domain import SnipCard
from podcli.exports.links import time_link
from podcli.exports.wording import snip_title, source_line, span, tag_words, told
from podcli.text import clean, clean_line

HEADERS = (
    "#separator:tab", "#html:true", "#notetype:Basic", "#columns:Front\tBack\tDeck\tTags", "#deck column:3", "#tags column:4",
)  # fmt: skip
# What Anki itself would act on: [sound:…], [latex], {{c1::…}} and \(maths\).
_ANKI = str.maketrans({"[": "&#91;", "]": "&#93;", "{": "&#123;", "}": "&#125;", "\\": "&#92;", "\t": " "})


def to_text(cards: Iterable[SnipCard]) -> Iterator[str]:
    """The file, line by line, each with its line feed. Asked is what the moment was about; the answer is what was said.

    The front names the moment as well as its title, because Anki takes two notes with one front for the same note.
    """
    yield from (f"{header}\n" for header in HEADERS)
    for card in cards:
        yield "\t".join((_front(card), _back(card), _deck(card.show.title), " ".join(tag_words(card.snip.tags)))) + "\n"


def _front(card: SnipCard) -> str:
    return f"<b>{_html(snip_title(card.snip))}</b><br><small>{_html(source_line(card))}</small>"


def _back(card: SnipCard) -> str:
    snip = card.snip
    parts = [_html(told(snip))] if told(snip) else []
    if snip.text.strip():
        speaker = f"<br>— {_html(snip.speaker)}" if snip.speaker.strip() else ""
        parts.append(f"<blockquote>{_html(snip.text)}{speaker}</blockquote>")
    if link := time_link(card.episode, snip.start_s, snip.end_s):
        parts.append(f"<a href='{html.escape(link)}'>{span(snip)}</a>")
    return "<br><br>".join(parts) or span(snip)


def _html(text: str) -> str:
    """Words as HTML on one line."""
    return html.escape(clean(text).strip()).translate(_ANKI).replace("\n", "<br>")


def _deck(show: str) -> str:
    """``podcli::Show``; ``::`` in a title would make decks within decks."""
    name = re.sub(r":{2,}", ":", clean_line(show)).replace('"', "'").strip(":") or "Podcasts"
    return f"podcli::{name}"
