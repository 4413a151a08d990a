"""Addresses as people type and feeds spell them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcli.errors import UsageError
from podcli.feeds.urls import host_of, name_of, normalise_url, origin_of, resolve, user_of, with_user_of, without_user


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("https://pod.example/feed.xml", "https://pod.example/feed.xml"),
        ("pod.example/feed", "https://pod.example/feed"),
        ("pod.example", "https://pod.example/"),
        ("localhost:8000/feed", "https://localhost:8000/feed"),
        ("http://LOCALHOST:8000", "http://localhost:8000/"),
        ("feed://pod.example/a", "https://pod.example/a"),
        ("feed:https://pod.example/a", "https://pod.example/a"),
        ("pcast:http://pod.example/a", "http://pod.example/a"),
        ("  <https://pod.example/a b?c=ä#part> ", "https://pod.example/a%20b?c=%C3%A4"),
        ("https://pod.example/50%", "https://pod.example/50%25"),
        ("https://pod.example./a", "https://pod.example/a"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("https://[2606:4700::1111]:8443/a", "https://[2606:4700::1111]:8443/a"),
        ("https://ann:p#ss?w@pod.example/a", "https://ann:p%23ss%3Fw@pod.example/a"),
        ("https://pod.example?x=1", "https://pod.example/?x=1"),
        ("https://pod.example/a\x1b[2J\nb", "https://pod.example/a%20b"),
    ],
)
def test_what_was_meant(typed: str, meant: str) -> None:
    assert normalise_url(typed) == meant
    assert normalise_url(meant) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "feed",
        "gopher://x.example",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "https://",
        "https://:80",
        "https://.",
        "https://pod\u2100.example/",
        "https://a\u00a8b.example/",
        "[.]",
        "https://[1:2]/",
        "https://a b.example",
        "https://pod.example:99999/",
        "https://pod.example:port/",
        "https://[::1",
        "https://a%41.example/",
        "https://" + "a" * 5000,
        "mailto:ann@pod.example",
        "https://ex\\ample.com",
        "https://℀.example/" + "x" * 4001,
    ],
)
def test_what_is_no_address(typed: str) -> None:
    with pytest.raises(UsageError) as told:
        normalise_url(typed)
    assert told.value.hint and len(told.value.message) < 200


@given(st.text(max_size=80) | st.text("htps:/.@#?%[]\\ab0 ", max_size=40))
def test_nothing_else_comes_out_of_them(text: str) -> None:
    try:
        url = normalise_url(text)
    except UsageError:
        url = ""
    for made in (url, resolve("https://pod.example/a/b", text)):
        assert not made or (made.isascii() and made.isprintable() and " " not in made)
        assert not made or (made.startswith(("http://", "https://")) and host_of(made))
        assert not made or normalise_url(made) == made


@pytest.mark.parametrize(
    ("reference", "absolute"),
    [
        ("c.mp3", "https://pod.example/a/c.mp3"),
        ("../c.mp3", "https://pod.example/c.mp3"),
        ("../../../c.mp3", "https://pod.example/c.mp3"),
        ("?x", "https://pod.example/a/b?x"),
        ("//cdn.example", "https://cdn.example/"),
        ("http://cdn.example/c d", "http://cdn.example/c%20d"),
        ("", ""),
        ("//", ""),
        ("https://", ""),
        ("ftp://cdn.example/c", ""),
        ("http://[::1", ""),
    ],
)
def test_references_in_feeds(reference: str, absolute: str) -> None:
    assert resolve("https://ann:secret@pod.example/a/b", reference) == absolute


def test_passwords_travel_within_their_origin_only() -> None:
    private = "https://ann:s%40cret@pod.example/feed"
    assert user_of(private) == ("ann", "s@cret") and user_of("https://pod.example/") is None
    assert without_user(private) == "https://pod.example/feed"
    assert with_user_of("https://pod.example/a.mp3", private) == "https://ann:s%40cret@pod.example/a.mp3"
    for elsewhere in (
        "https://cdn.example/a.mp3",
        "http://pod.example/a.mp3",
        "https://pod.example:8443/a.mp3",
        "https://x:y@pod.example/",
    ):
        assert with_user_of(elsewhere, private) == elsewhere
    assert origin_of("https://pod.example/") == origin_of("https://POD.example:443/x")


def test_names_for_sentences() -> None:
    assert name_of("https://pod.example/x") == "pod.example"
    assert name_of("file:///home/ann/My%20show.xml") == "My show.xml"
    assert host_of("http://[broken") == ""
