"""Requests to Notion stay within its documented limits, and nothing is lost on the way."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from podcli.domain import EpisodeNotes
from podcli.exports.cutting import utf16_length, utf16_pieces
from podcli.exports.notion import Block, episode_parts, markdown_page
from podcli.text import clean, clean_line
from tests.exports.kept import EPISODE, FIRST, NOTES, TODAY, hostile, hostile_notes, many, page_requests

KINDS = {"paragraph", "heading_2", "heading_3", "bulleted_list_item", "quote"}


def check(request: dict[str, Any]) -> None:
    assert len(request["children"]) <= 100
    assert len(json.dumps(request).encode()) < 500_000
    for block in request["children"]:
        assert block["object"] == "block" and block["type"] in KINDS
        rich = block[block["type"]]["rich_text"]
        assert 0 < len(rich) <= 100
        for each in rich:
            assert each["type"] == "text" and 0 < len(each["text"]["content"].encode("utf-16-le", "surrogatepass")) // 2 <= 2000
            assert each["text"].get("link", {"url": "https://x"})["url"].startswith(("https://", "http://"))


def blocks_of(notes: EpisodeNotes) -> list[Block]:
    return [block for part in episode_parts(notes) for block in part.blocks]


@given(hostile_notes())
def test_every_request_is_small_enough(notes: EpisodeNotes) -> None:
    first, *others = page_requests("parent", notes)
    assert first["parent"] == {"page_id": "parent"} and first["properties"]["title"]["title"][0]["text"]["content"]  # type: ignore[index]
    for request in (first, *others):
        check(request)


def test_many_snips_are_appended_in_further_requests() -> None:
    notes = replace(NOTES, snips=tuple(card.snip for card in many(400)))
    requests = page_requests("p", notes)
    assert [set(request) for request in requests[1:]] == [{"children"}] * (len(requests) - 1)
    sent = [block for request in requests for block in request["children"]]  # type: ignore[attr-defined]
    assert sent == blocks_of(notes) and len(sent) > 1600
    for request in requests:
        check(request)


def test_a_long_text_is_split_and_whole() -> None:
    text = "Ships 🚢 carry boxes. " * 40_000
    notes = replace(NOTES, snips=(replace(FIRST, text=text, speaker=""),))
    requests = page_requests("p", notes)
    for request in requests:
        check(request)
    quotes = [block["quote"] for request in requests for block in request["children"] if block["type"] == "quote"]  # type: ignore[attr-defined]
    assert "".join(each["text"]["content"] for quote in quotes for each in quote["rich_text"]) == clean(text).strip()


@given(st.text(max_size=200), st.integers(2, 30))
def test_pieces_are_within_the_limit_and_lose_nothing(text: str, limit: int) -> None:
    pieces = list(utf16_pieces(text, limit))
    assert "".join(pieces) == text
    assert all(0 < len(piece.encode("utf-16-le", "surrogatepass")) // 2 <= limit for piece in pieces)
    assert utf16_length(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2


def test_a_text_without_blanks_is_split_at_the_limit() -> None:
    sent = blocks_of(replace(NOTES, snips=(replace(FIRST, text="日" * 5000, speaker=""),)))
    rich = next(block["quote"]["rich_text"] for block in sent if block["type"] == "quote")  # type: ignore[index]
    assert [len(each["text"]["content"]) for each in rich] == [2000, 2000, 1000]


def test_markdown_stands_beside_the_parent() -> None:
    body = markdown_page("p", NOTES, TODAY)
    assert set(body) == {"parent", "markdown"} and str(body["markdown"]).startswith("# The Box That")


@given(hostile)
def test_notions_markdown_says_the_same_without_entities(title: str) -> None:
    body = str(markdown_page("p", replace(NOTES, episode=replace(EPISODE, title="<b> " + title)), TODAY)["markdown"])
    heading = body.split("\n")[0]
    assert re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", heading) == f"# {clean_line('<b> ' + title)}"
    assert not re.search(r"[<>{}$^|\[\]`~*]", re.sub(r"\\.", "", heading)), "each of these is escaped, as its guide asks"
