"""Publishers' chapters, and what is wrong with them."""

from __future__ import annotations

import contextlib
import time

import pytest

from podcli.errors import PodcliError
from podcli.feeds.chapters import parse_chapters, tidy_chapters
from tests.feeds.conftest import SAMPLES


def sample(name: str) -> list[tuple[float, float | None, str]]:
    return told((SAMPLES / "chapters" / name).read_bytes())


def told(content: bytes) -> list[tuple[float, float | None, str]]:
    return [(chapter.start_s, chapter.end_s, chapter.title) for chapter in parse_chapters(content)]


@pytest.mark.parametrize(
    ("name", "chapters"),
    [
        ("x_unsorted_dups.json", [(0.0, 60.0, "A"), (60.0, 120.0, "B"), (60.0, 120.0, "B again"), (120.0, None, "C")]),
        ("x_toc_false.json", [(0.0, 60.0, "A"), (60.0, 90.0, "B"), (90.0, None, "Chapter 3")]),
        ("x_negative_beyond.json", [(0.0, None, "A")]),
        ("x_huge_int.json", [(10.0, None, "ok")]),
        ("x_html_title.json", [(0.0, 5.0, "A & B"), (5.0, None, "xred")]),
        ("x_array_root.json", [(0.0, None, "A")]),
        ("x_empty_list.json", []),
        ("x_podlove.txt", [(0.0, 83.0, "Intro"), (83.0, 3723.45, "Topic one"), (3723.45, None, "Über das Ende")]),
    ],
)
def test_samples(name: str, chapters: list[tuple[float, float | None, str]]) -> None:
    assert sample(name) == chapters


@pytest.mark.parametrize("prefix", ["", "psc:", "sc:"])
def test_podlove_simple_chapters_under_any_prefix(prefix: str) -> None:
    text = f"""<?xml version="1.0"?><{prefix}chapters version="1.2" xmlns:sc="http://podlove.org/simple-chapters">
        <{prefix}chapter start="00:01:00.5" title="B &amp; C"/><{prefix}chapter start="0" title="A"/></{prefix}chapters>"""
    assert told(text.encode()) == [(0.0, 60.5, "A"), (60.5, None, "B & C")]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"words",
        b"<html></html>",
        b"{",
        b'{"chapters": 5}',
        b"5",
        b"[" * 50_000,
        bytes(range(256)),
        b"ID3\x04" + bytes(99),
        b"<rss/>",
    ],
)
def test_what_is_no_list_of_chapters_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(PodcliError, match="chapters") as told:
        parse_chapters(content)
    assert told.value.hint


def test_a_chapter_ends_where_it_says_or_where_the_next_begins() -> None:
    chapters = tidy_chapters([(0, 5, "A"), (10, 9, "B"), (20, float("nan"), "C"), (30, float("inf"), "D")])
    assert [(chapter.start_s, chapter.end_s) for chapter in chapters] == [(0, 5), (10, 20), (20, 30), (30, None)]


def test_too_many_are_cut() -> None:
    assert len(tidy_chapters((float(n), None, str(n)) for n in range(10_000))) == 2000


@pytest.mark.parametrize(
    "content",
    [
        b"<chapters " * 50000,
        b"<chapters>" + b"<chapter start='1'" * 30000,
        b"1:00 " * 100000,
        b"0:01 a <http://" + b"<" * 100000,
        b"0:01 " + b" " * 200000 + b"x",
        b'{"chapters":' + b"[" * 50000,
    ],
)
def test_chapters_made_to_be_slow(content: bytes) -> None:
    begun = time.process_time()
    with contextlib.suppress(PodcliError):
        parse_chapters(content)
    assert time.process_time() - begun < 3
