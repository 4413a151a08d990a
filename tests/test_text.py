from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcli.text import clean, clean_line


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("a\x1b]0;owned\x07b", "ab"),
        ("a\x1b]52;c;aGk=\x1b\\b", "ab"),
        ("\x9b2Jgone\x9d0;x\x9c", "gone"),
        ("bell\x07, null\x00, delete\x7f", "bell, null, delete"),
        ("right\u202eto left\u2066", "rightto left"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("lone \ud800 half", "lone \ufffd half"),
        ("e\u0301", "é"),
        ("tab\tstays [31m too", "tab\tstays [31m too"),
    ],
)
def test_clean(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(st.text(alphabet=st.one_of(st.characters(), st.sampled_from("\x1b[]\x07\x9b\x9dm;\\"))))
def test_nothing_that_steers_a_terminal_is_left(text: str) -> None:
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]", clean(text))
    assert "\n" not in clean_line(text)


def test_a_limit_marks_the_cut() -> None:
    assert clean("0123456789", limit=5) == "0123…"


@pytest.mark.parametrize("text", ["\x1b[" * 200_000, "\x1b]" * 200_000, "\x1b]" + "x" * 1_000_000])
def test_text_made_to_be_slow(text: str) -> None:
    begun = time.process_time()
    clean(text)
    assert time.process_time() - begun < 2
