"""Snips as an Atom feed (RFC 4287), for feed readers and for pages that show what somebody listens to."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence
from datetime import datetime
from xml.etree import ElementTree as ET

from podcli.domain import SnipCard
from podcli.exports.links import media_link, time_link, web_address
from podcli.exports.wording import snip_title, source_line, span, tag_words, told, utc_stamp
from podcli.text import clean, clean_line

NAMESPACE = "http://www.w3.org/2005/Atom"
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 §2.2 does not allow anywhere, not even as a reference."""
_IDS = uuid.uuid5(uuid.NAMESPACE_DNS, "snips.podcli")


def feed(cards: Sequence[SnipCard], title: str, author: str, now: datetime, address: str = "") -> bytes:
    """The feed as UTF-8, snips in the order given; `address` is where it will be found ('' for unknown).

    Ids stay the same through edits and on other machines; `updated` is the newest change, and `now` for no snips.
    """
    root = ET.Element("feed", xmlns=NAMESPACE)
    updated = max((card.snip.changed_at for card in cards), default=now)
    _add(root, "id", f"urn:uuid:{uuid.uuid5(_IDS, _xml(address) or _xml(title))}")
    _add(root, "title", _xml(clean_line(title)) or "Snips")
    _add(root, "updated", utc_stamp(updated))
    _add(ET.SubElement(root, "author"), "name", _xml(clean_line(author)) or "podcli")
    _add(root, "generator", "podcli")
    if own := web_address(address):
        ET.SubElement(root, "link", rel="self", type="application/atom+xml", href=_xml(own))
    for card in cards:
        _entry(root, card)
    ET.indent(root)
    document: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def _entry(root: ET.Element, card: SnipCard) -> None:
    snip = card.snip
    entry = ET.SubElement(root, "entry")
    _add(entry, "id", f"urn:uuid:{uuid.uuid5(_IDS, card.key)}")
    _add(entry, "title", _xml(snip_title(snip)) or span(snip))
    _add(entry, "updated", utc_stamp(snip.changed_at))
    _add(entry, "published", utc_stamp(snip.created_at))
    link = time_link(card.episode, snip.start_s, snip.end_s)
    if link:
        ET.SubElement(entry, "link", rel="alternate", href=_xml(link))
    if audio := media_link(card.episode.enclosure.url, snip.start_s, snip.end_s):
        kind = card.episode.enclosure.type
        known = {"type": kind} if re.fullmatch(r"[\w.+-]{1,60}/[\w.+-]{1,60}", kind) else {}
        ET.SubElement(entry, "link", {"rel": "enclosure", **known, "href": _xml(audio)})
    for tag in tag_words(snip.tags):
        ET.SubElement(entry, "category", term=_xml(tag))
    # An entry without an alternate link must have content (RFC 4287 §4.1.2); every one has.
    quote = f"“{clean(snip.text).strip()}”" if snip.text.strip() else ""
    speaker = f"— {clean_line(snip.speaker)}" if quote and snip.speaker.strip() else ""
    parts = [clean(told(snip)), quote, speaker, source_line(card)]
    _add(entry, "content", "\n\n".join(part for part in parts if part)).set("type", "text")


def _add(parent: ET.Element, name: str, text: str) -> ET.Element:
    element = ET.SubElement(parent, name)
    element.text = _xml(text)
    return element


def _xml(text: str) -> str:
    return _NOT_XML.sub("", text)
