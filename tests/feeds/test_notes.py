"""Titles and show notes, out of a stranger's HTML."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcli.feeds.notes import line, show_notes


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ("plain", "plain"),
        ("  two\n lines\t", "two lines"),
        ("<b>bold</b> &amp; more", "bold & more"),
        ("AT&amp;amp;T", "AT&T"),
        ("5 < 6", "5 < 6"),
        ("x<script>alert(1)</script>", "x"),
        ("a\x1b]8;;http://evil\x07b", "ab"),
        ("R&B; soul", "R&B; soul"),
    ],
)
def test_a_line(given: str, left: str) -> None:
    assert line(given) == left


@pytest.mark.parametrize(
    ("given", "left"),
    [
        ('<p>See <a href="https://a.example/x">this</a>.</p><p>Bye</p>', "See this (https://a.example/x).\n\nBye"),
        ('<a href="https://a.example/">a.example</a>', "a.example"),
        ('<a href="https://www.a.example">https://a.example/</a>', "https://a.example/"),
        ("<a href='javascript:alert(1)'>x</a>", "x"),
        ('<a href="https://a.example/?q=&quot;&gt;">x</a>', 'x (https://a.example/?q=">)'),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ('<a href="mailto:ann@a.example">write</a>', "write (mailto:ann@a.example)"),
    ],
)
def test_show_notes(given: str, left: str) -> None:
    assert show_notes(given) == left


@given(st.text(max_size=200) | st.text("<>a/ href=\"'&;#x1b\x1b\x9b", max_size=200))
def test_no_control_character_gets_through(text: str) -> None:
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", line(text))
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]", show_notes(text))


@pytest.mark.parametrize(
    "text", ["<a " * 40_000, "<a href=" * 20_000, "<" * 100_000, "<!--" * 30_000, "&" * 100_000, "<a><" * 30_000]
)
def test_notes_made_to_be_slow(text: str) -> None:
    begun = time.process_time()
    show_notes(text)
    line(text)
    assert time.process_time() - begun < 2
