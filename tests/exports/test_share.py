"""What is handed on: links by their rules, cut to what each place takes."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcli.domain import Enclosure, EpisodeNotes
from podcli.exports import share
from podcli.exports.cutting import cut, tweet_length
from podcli.exports.links import media_link, page_link, time_link, web_address
from podcli.exports.wording import told
from tests.exports.kept import EPISODE, FIRST, NOTES, hostile, hostile_notes

addresses = hostile | st.text(max_size=30) | st.builds("https://{}/{}".format, hostile, hostile)


@given(hostile_notes())
def test_links_are_ascii_and_carry_the_whole_message(notes: EpisodeNotes) -> None:
    for card in notes.cards:
        for link, host in ((share.x_link(card), "x.com"), (share.whatsapp_link(card), "wa.me")):
            parts = urlsplit(link)
            assert link.isascii() and " " not in link and (parts.scheme, parts.hostname, parts.fragment) == ("https", host, "")
            assert list(parse_qs(parts.query, strict_parsing=True)) == ["text"]
        assert parse_qs(urlsplit(share.x_link(card)).query)["text"] == [share.tweet_text(card)]
        assert tweet_length(share.tweet_text(card)) <= 280


@given(hostile_notes())
def test_a_mail_has_a_subject_and_a_body_and_no_other_header(notes: EpisodeNotes) -> None:
    for card in notes.cards:
        link = share.mail_link(card)
        assert link.isascii() and link.startswith("mailto:?subject=") and link.count("&") == 1
        subject, body = (unquote(part.split("=", 1)[1]) for part in link.split("?", 1)[1].split("&"))
        assert "\n" not in subject and "\r" not in subject
        assert body.replace("\r\n", "").count("\n") == body.replace("\r\n", "").count("\r") == 0, (
            "line breaks are %0D%0A (RFC 6068 §5)"
        )


@given(st.integers(0, 400), st.sampled_from(["word ", "日本語の言葉", "😀 ", "x", "a.co "]), st.integers(0, 200))
def test_a_post_is_280_at_most_and_keeps_its_link(count: int, word: str, title: int) -> None:
    notes = replace(NOTES, episode=replace(EPISODE, title="T" * title), snips=(replace(FIRST, text=word * count),))
    text = share.tweet_text(notes.cards[0])
    assert tweet_length(text) <= 280
    assert text.endswith("#t=374")


def test_a_post_says_as_much_as_fits() -> None:
    notes = replace(NOTES, snips=(replace(FIRST, text="word " * 400),))
    assert 265 <= tweet_length(share.tweet_text(notes.cards[0])) <= 280


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("abc", 3),
        ("é", 1),
        ("日本", 4),
        ("😀", 2),
        ("“…”", 4),
        ("https://example.org/" + "x" * 100, 23),
        ("a https://x.co b", 27),
    ],
)
def test_length_is_counted_as_x_counts(text: str, length: int) -> None:
    assert tweet_length(text) == length


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://www.youtube.com/watch?v=abc&t=3s", "https://www.youtube.com/watch?v=abc&t=374s"),
        ("https://youtu.be/abc?si=x", "https://youtu.be/abc?si=x&t=374"),
        ("https://open.spotify.com/episode/5x", "https://open.spotify.com/episode/5x?t=374"),
        ("https://podcasts.apple.com/us/podcast/a/id1?i=2", "https://podcasts.apple.com/us/podcast/a/id1?i=2&t=374"),
        ("https://evil.example/youtube.com", ""), ("https://youtube.com.evil.example/", ""), ("javascript:youtube.com", ""),
    ],
)  # fmt: skip
def test_pages_that_start_at_a_second(url: str, link: str) -> None:
    assert page_link(url, 374.9) == link
    assert time_link(replace(EPISODE, link=url), 374.9) == (link or "https://cdn.example.org/box.mp3?x=1#t=374.9")


def test_audio_is_linked_by_media_fragment() -> None:
    assert media_link("https://e.org/a.mp3#old", 0) == "https://e.org/a.mp3#t=0"
    assert media_link("HTTP://E.org:8080/a b.mp3?é", 1.25, 9) == "http://e.org:8080/a%20b.mp3?%C3%A9#t=1.2,9"
    assert media_link("https://e.org/a.mp3", 5, 5) == "https://e.org/a.mp3#t=5"


def test_passwords_are_not_handed_on() -> None:
    assert web_address("https://me:secret@e.org/private.mp3") == "https://e.org/private.mp3"
    card = replace(NOTES, episode=replace(EPISODE, enclosure=Enclosure("https://me:secret@e.org/p.mp3"))).cards[0]
    assert "secret" not in share.quote_text(card)


@given(addresses)
def test_an_address_is_http_ascii_and_stays_itself(url: str) -> None:
    made = web_address(url)
    if made:
        parts = urlsplit(made)
        assert made.isascii() and not set(made) & set(' <>"\\^`{|}') and parts.scheme in ("http", "https") and parts.hostname
        assert web_address(made) == made


@given(hostile, st.integers(0, 40))
def test_cut_is_never_longer(text: str, limit: int) -> None:
    assert len(cut(text, limit)) <= limit or len(text) <= limit


def test_a_takeaway_that_is_the_summary_is_not_said_twice() -> None:
    snip = replace(FIRST, note="", summary="Boxes won. Ports lost.", takeaway="Boxes won.")
    assert told(snip) == "Boxes won. Ports lost."
    assert told(replace(snip, takeaway="Docks moved.")) == "Boxes won. Ports lost.\n\nDocks moved."
