"""Readwise: CSV through the csv module, payloads by the documented fields and lengths."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from podcli.domain import EpisodeNotes, Snip
from podcli.exports import readwise
from podcli.text import clean
from tests.exports.kept import EPISODE, FIRST, NOTES, SHOW, hostile_notes, hostile_snips

LIMITS = {"text": 8191, "title": 511, "author": 1024, "image_url": 2047, "source_url": 2047, "note": 8191, "highlight_url": 4095}


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def unguarded(cell: str) -> str:
    return cell[1:] if cell[:1] == "'" and cell[1:].lstrip()[:1] in ("=", "+", "-", "@") else cell


@given(hostile_notes())
def test_rows_come_back_as_they_were(notes: EpisodeNotes) -> None:
    read = rows(readwise.to_csv(notes.cards))
    assert len(read) == len(notes.snips)
    for row, snip in zip(read, notes.snips, strict=True):
        assert list(row) == ["Highlight", "Title", "Author", "URL", "Note", "Location", "Date"]
        assert unguarded(row["Highlight"]) == clean(snip.text).strip() or not clean(snip.text).strip()
        assert unguarded(row["Title"]) == clean(notes.episode.title)
        assert row["Location"] == str(int(snip.start_s))


@given(hostile_notes())
def test_no_cell_is_a_formula(notes: EpisodeNotes) -> None:
    for row in rows(readwise.to_csv(notes.cards)):
        assert not any(cell.lstrip()[:1] in ("=", "+", "-", "@") and cell.lstrip() for cell in row.values())


def test_a_formula_is_guarded_and_words_are_not() -> None:
    cards = replace(NOTES, snips=(replace(FIRST, text="=HYPERLINK(1)"), replace(FIRST, text="1 - 1 = 0"))).cards
    assert [row["Highlight"] for row in rows(readwise.to_csv(cards))] == ["'=HYPERLINK(1)", "1 - 1 = 0"]


@given(hostile_snips())
def test_a_highlight_has_the_documented_fields(snip: Snip) -> None:
    made = readwise.highlight(replace(NOTES, snips=(snip,)).cards[0])
    assert made["category"] == "podcasts" and made["location_type"] == "time_offset" and made["location"] == int(snip.start_s)
    assert str(made["text"]).strip() and all(len(str(made.get(name, ""))) <= limit for name, limit in LIMITS.items())
    json.dumps(made, allow_nan=False).encode()


@given(st.integers(0, 9000), st.integers(0, 3000))
def test_nothing_is_longer_than_readwise_takes(words: int, path: int) -> None:
    long = "word " * words
    episode = replace(EPISODE, title=long, link="https://e.org/" + "p" * path)
    notes = EpisodeNotes(episode, replace(SHOW, title=long), (replace(FIRST, text=long, note=long),))
    made = readwise.highlight(notes.cards[0])
    assert all(len(str(made.get(name, ""))) <= limit for name, limit in LIMITS.items())
    assert words < 1700 or str(made["text"]).endswith("…")


def test_tags_and_note_are_written_as_readwise_reads_them() -> None:
    assert str(readwise.highlight(NOTES.cards[0])["note"]).startswith(".trade .history-of-ships .favorite Containers")
