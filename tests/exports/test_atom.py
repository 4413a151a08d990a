"""The feed by RFC 4287, read with defusedxml and with feedparser."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element

import feedparser
from defusedxml import ElementTree
from hypothesis import given

from podcli.domain import EpisodeNotes
from podcli.exports import atom
from tests.exports.kept import FIRST, NOTES, hostile, hostile_notes

NOW = datetime(2026, 8, 23, 8, 0, tzinfo=UTC)
A = "{http://www.w3.org/2005/Atom}"


def text_of(element: Element, name: str) -> str:
    found = element.findall(A + name)
    assert len(found) == 1, f"exactly one {name} (RFC 4287 §4.1)"
    return found[0].text or ""


@given(hostile_notes(), hostile, hostile)
def test_a_feed_is_valid_whatever_is_in_it(notes: EpisodeNotes, title: str, author: str) -> None:
    root = ElementTree.fromstring(atom.feed(notes.cards, title, author, NOW), forbid_dtd=True)
    assert root.tag == A + "feed" and text_of(root, "id").startswith("urn:uuid:") and text_of(root, "title")
    assert root.find(f"{A}author/{A}name").text
    entries = root.findall(A + "entry")
    assert len(entries) == len(notes.snips)
    for element in (root, *entries):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", text_of(element, "updated"))
    for entry in entries:
        assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", text_of(entry, "id")) and text_of(entry, "title")
        assert entry.find(A + "content").get("type") == "text" and len(entry.find(A + "content")) == 0
        links = [(link.get("rel"), link.get("href")) for link in entry.findall(A + "link")]
        assert len({rel for rel, _ in links}) == len(links)
        assert all(re.match(r"https?://\S+$", href) for _, href in links)
    for name in ("updated",):
        assert text_of(root, name) == max((text_of(entry, name) for entry in entries), default="2026-08-23T08:00:00Z")


def test_ids_stay_through_edits_and_links_lead_to_the_seconds() -> None:
    cards = NOTES.cards
    edited = replace(NOTES, snips=(replace(FIRST, title="Other", start_s=1.0, edited_at=NOW), NOTES.snips[1])).cards
    before, after = (feedparser.parse(atom.feed(each, "T", "A", NOW, "https://e.org/s.atom")) for each in (cards, edited))
    assert not before.bozo and [entry.id for entry in before.entries] == [entry.id for entry in after.entries]
    assert before.feed.id == after.feed.id and after.feed.updated == "2026-08-23T08:00:00Z"
    assert before.entries[0].link == "https://cdn.example.org/box.mp3?x=1#t=374,401.5"
    assert before.entries[0].enclosures[0].type == "audio/mpeg"
    assert [tag.term for tag in before.entries[0].tags] == ["trade", "history-of-ships"]


def test_two_snips_of_one_second_have_two_ids() -> None:
    twins = replace(NOTES, snips=(FIRST, replace(FIRST, created_at=FIRST.created_at + timedelta(microseconds=1)))).cards
    assert twins[0].key != twins[1].key
