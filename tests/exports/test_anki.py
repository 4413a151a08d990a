"""The text file for Anki, read back as its manual says: headers, tabs, HTML, no quotes."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from html.parser import HTMLParser

from hypothesis import given

from podcli.domain import EpisodeNotes
from podcli.exports import anki
from podcli.text import clean
from tests.exports.kept import FIRST, NOTES, SHOW, hostile_notes


class Html(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.words += "\n" if tag == "br" else ""

    def handle_data(self, data: str) -> None:
        self.words += data


def notes_of(text: str) -> list[list[str]]:
    lines = text.split("\n")
    headers = dict(line[1:].split(":", 1) for line in lines if line.startswith("#"))
    assert headers["separator"] == "tab" and headers["html"] == "true"
    assert (headers["deck column"], headers["tags column"]) == ("3", "4")
    assert [line.startswith("#") for line in lines] == sorted((line.startswith("#") for line in lines), reverse=True)
    return list(csv.reader((line for line in lines if line and not line.startswith("#")), delimiter="\t", strict=True))


@given(hostile_notes())
def test_every_snip_is_one_note_of_plain_words(notes: EpisodeNotes) -> None:
    read = notes_of("".join(anki.to_text(notes.cards)))
    assert len(read) == len(notes.snips)
    for (front, back, deck, tags), snip in zip(read, notes.snips, strict=True):
        assert set(Html(front).tags) <= {"b", "br", "small"} and set(Html(back).tags) <= {"br", "blockquote", "a"}
        assert clean(snip.text).strip().replace("\t", " ") in Html(back).words
        assert not re.search(r"\[(sound|latex|\$|anki)|\{\{|\\[(\[]", re.sub("href='[^']*'", "", front + back))
        assert deck.startswith("podcli::") and "::" not in deck.removeprefix("podcli::")
        assert all(re.fullmatch(r"[\w/-]+", tag) for tag in tags.split())


def test_two_moments_with_one_title_are_two_notes() -> None:
    cards = replace(NOTES, snips=(FIRST, replace(FIRST, start_s=500.0))).cards
    fronts = [row[0] for row in notes_of("".join(anki.to_text(cards)))]
    assert len(set(fronts)) == 2


def test_a_show_with_colons_is_one_deck() -> None:
    cards = replace(NOTES, show=replace(SHOW, title='A::B "c"')).cards
    assert notes_of("".join(anki.to_text(cards)))[0][2] == "podcli::A:B 'c'"
