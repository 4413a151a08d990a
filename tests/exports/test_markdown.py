"""Notes as a CommonMark parser reads them: strangers' words stay words."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from podcli.domain import EpisodeNotes
from podcli.exports.escaping import link_target, markdown_block, markdown_quote, markdown_text
from podcli.exports.markdown import episode_markdown
from podcli.text import clean, clean_line
from tests.exports.kept import FIRST, NOTES, TODAY, hostile, hostile_notes

READER = MarkdownIt("commonmark").enable("table").enable("strikethrough")


def tokens(text: str) -> list[Token]:
    found = []
    for token in READER.parse(text):
        found += [token, *(token.children or [])]
    return found


def words(text: str) -> str:
    """What a reader sees, blanks aside."""
    seen = "".join(token.content if token.type == "text" else " " for token in tokens(text) if token.type != "inline")
    return " ".join(seen.split())


@given(hostile)
def test_a_line_reads_as_it_was_said(text: str) -> None:
    written = markdown_text(text)
    assert "\n" not in written
    assert {token.type for token in tokens(written)} <= {"paragraph_open", "inline", "text", "paragraph_close"}
    assert words(written) == " ".join(clean_line(text).split())


@pytest.mark.parametrize(
    "text",
    [
        "- a", "+ a", "* a", "1. a", "2) a", "# a", "> a", "---", "===", "***", "```", "~~~", "<b>a</b>", "<!-- a -->", "[a](b)",
        "![a](b)", "&lt;", "&#35;", "a | b", "*a*", "_a_", "`a`", "~~a~~", "https://a.b/<c>", "\\*a*", "- [ ] a", ": a", "<https://a.b>",
    ],
)  # fmt: skip
def test_what_markdown_acts_on_is_only_words(text: str) -> None:
    for before in ("", "a\n", "- ", "> "):
        assert words(before + markdown_text(text)) == " ".join(f"{before.strip(' ->')} {text}".split())
    assert READER.render(markdown_text(text)).count("<") == 2, "a paragraph and nothing in it"


@given(hostile)
def test_a_line_is_plain_after_a_bullet_and_in_a_heading_too(text: str) -> None:
    kinds = [token.type for token in tokens(f"- {markdown_text(text)}\n\n# {markdown_text(text)}\n")]
    assert kinds.count("list_item_open") == kinds.count("heading_open") == 1
    assert not set(kinds) & {
        "html_block",
        "html_inline",
        "link_open",
        "image",
        "code_inline",
        "fence",
        "em_open",
        "hr",
        "table_open",
    }


@given(hostile)
def test_a_block_keeps_its_lines_and_nothing_more(text: str) -> None:
    assert {token.type for token in tokens(markdown_block(text))} <= {
        "paragraph_open", "inline", "text", "paragraph_close", "hardbreak", "softbreak",
    }  # fmt: skip
    assert words(markdown_block(text)) == " ".join(clean(text).split())


@given(hostile)
def test_a_quote_is_one_quote(text: str) -> None:
    kinds = [token.type for token in tokens(markdown_quote(text))]
    assert kinds.count("blockquote_open") == bool(clean_line(text))
    assert not set(kinds) & {"html_block", "html_inline", "link_open", "heading_open", "bullet_list_open", "code_block", "fence"}


@given(hostile, hostile)
def test_a_link_leads_where_it_says_or_is_none(text: str, path: str) -> None:
    target = link_target(f"https://example.org/{path}")
    read = [token for token in tokens(f"[{markdown_text(text)}]({target})") if token.type == "link_open"]
    assert len(read) == 1
    assert str(read[0].attrs["href"]).startswith("https://example.org/")


def test_only_web_addresses_are_linked() -> None:
    assert not any(map(link_target, ("javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "//x.org", "https://", "")))


def test_the_note_of_an_episode_has_the_parts_it_says() -> None:
    read = tokens(episode_markdown(NOTES, TODAY).text)
    assert [token.tag for token in read if token.type == "heading_open"] == ["h1", "h2", "h2", "h2", "h2", "h3", "h3"]
    links = [str(token.attrs["href"]) for token in read if token.type == "link_open"]
    assert links[0] == "https://example.org/box"
    assert "https://cdn.example.org/box.mp3?x=1#t=374,401.5" in links
    assert sum(token.type == "blockquote_open" for token in read) == 3


@given(hostile_notes())
def test_strangers_add_no_heading_link_or_html_to_a_note(notes: EpisodeNotes) -> None:
    read = tokens(episode_markdown(notes, TODAY).text)
    kinds = [token.type for token in read]
    told = any(point.text.strip() for point in notes.points("summary"))
    sections = sum(map(bool, (told, notes.points("takeaways"), notes.chapters, notes.snips)))
    assert kinds.count("heading_open") <= 1 + sections + len(notes.snips)
    assert not set(kinds) & {"html_block", "html_inline", "fence", "code_block", "code_inline", "table_open", "hr", "image"}
    hrefs = [str(token.attrs["href"]) for token in read if token.type == "link_open"]
    assert all(re.match("https?://", href) for href in hrefs)
    assert len(hrefs) <= 1 + len(notes.chapters) + len(notes.snips) + len(notes.points("takeaways"))


@given(st.text(max_size=40))
def test_html_of_a_note_is_only_its_own(title: str) -> None:
    rendered = READER.render(episode_markdown(replace(NOTES, snips=(replace(FIRST, title="<b>x</b>" + title),)), TODAY).text)
    assert "<b>" not in rendered
    assert "<b>x</b>" in html.unescape(rendered)
