"""Rows laid out in lines."""

from __future__ import annotations

import re
import time

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from podcli.tui.rows import Row, cut, lay_out, wrapped

words = st.text(st.sampled_from("ab c 数学é-ﷺ👩"), max_size=80)


@given(words, st.integers(2, 30))
def test_wrapping_keeps_every_character_and_the_width(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@given(words, st.integers(1, 30))
def test_cutting_keeps_the_width_and_tells_that_something_is_missing(text: str, width: int) -> None:
    short = cut(text, width)
    assert cell_len(short) <= width
    assert short == text or short.endswith("…")


def test_words_are_not_broken_where_there_is_a_blank() -> None:
    assert wrapped("one two three four", 9) == ["one two", "three", "four"]
    assert wrapped("abcdefghij", 4) == ["abcd", "efgh", "ij"]


def test_the_lead_stands_left_of_the_first_line_and_the_note_beneath() -> None:
    row = Row(1, "a claim that is long", lead="0:27", note="the proof", gap=True)
    assert [(line.lead, line.text, line.tone) for line in lay_out(row, 16, 6)] == [
        (" 0:27 ", "a claim", "text"),
        ("      ", "that is", "text"),
        ("      ", "long", "text"),
        ("      ", "the proof", "dim"),
        ("      ", "", "text"),
    ]


def test_the_tail_takes_its_room_from_the_first_line() -> None:
    (line,) = lay_out(Row(1, "A show with a name", tail="12 new", wrap=False), 20, 0)
    assert (line.text, line.tail) == ("A show with…", "12 new")


def test_three_hours_of_talk_are_laid_out_in_a_blink() -> None:
    rows = [Row(n, "And then he said that it was not his, " * 2 + str(n), lead="1:02:03") for n in range(20_000)]
    before = time.process_time()
    assert sum(len(lay_out(row, 57, 8)) for row in rows) == 40_000
    assert time.process_time() - before < 2.0


@given(st.text(st.sampled_from("ab c é"), max_size=80), st.integers(8, 30), st.data())
def test_what_stands_out_stands_out_in_whatever_line_it_is(text: str, width: int, data: st.DataObject) -> None:
    text = " ".join(text.split())
    spans = [found.span() for found in re.finditer(r"\w+", text) if data.draw(st.booleans())]
    lines = lay_out(Row(1, text, lead="1:23", marks=tuple(spans)), width, 5)
    marked = "".join(line.text[start:end] for line in lines for start, end in line.marks)
    assert marked == "".join(text[start:end] for start, end in spans)


def test_a_line_that_is_cut_still_marks_what_is_left() -> None:
    (line,) = lay_out(Row(1, "a ship and another ship", wrap=False, marks=((2, 6), (19, 23))), 10, 0)
    assert line.text == "a ship an…" and [line.text[start:end] for start, end in line.marks] == ["ship"]
