"""From a page to the feed it names."""

from __future__ import annotations

import json
import time

import pytest

from podcli.feeds.discovery import FeedLink, directory_lookup, find_feed_links

PAGE = "https://pod.example/shows/"


def links(html: str) -> list[str]:
    return [link.url for link in find_feed_links(html.encode(), PAGE)]


@pytest.mark.parametrize(
    "tag",
    [
        '<link rel="alternate" type="application/rss+xml" href="feed.xml" title="T">',
        "<LINK REL='Alternate' TYPE='application/rss+xml' HREF='feed.xml' TITLE='T'/>",
        "<link href=feed.xml title=T type=application/rss+xml rel=alternate>",
        '<link\n rel="home alternate"\n type="application/atom+xml; charset=utf-8"\n href="feed.xml" title="T">',
        '<base href="/shows/"><link rel="alternate" type="application/feed+json" href="feed.xml" title="T">',
    ],
)
def test_a_link_in_any_spelling(tag: str) -> None:
    assert find_feed_links(tag.encode(), PAGE) == (FeedLink("https://pod.example/shows/feed.xml", "T"),)


def test_comments_come_last_and_doubles_once() -> None:
    tag = '<link rel="alternate" type="application/rss+xml" href="{}" title="{}">'
    html = tag.format("/comments/feed", "Comments") + tag.format("/feed", "Show") + tag.format("/feed", "Again")
    assert links(html) == ["https://pod.example/feed", "https://pod.example/comments/feed"]


@pytest.mark.parametrize(
    "tag",
    [
        '<link rel="stylesheet" type="application/rss+xml" href="/a">',
        '<link rel="alternate" type="text/html" hreflang="de" href="/de">',
        '<link rel="alternate" type="application/rss+xml" href="">',
        '<link rel="alternate" type="application/rss+xml" href="javascript:alert(1)">',
        '<link rel="alternate" type="application/rss+xml" href="file:///etc/passwd">',
        '<a rel="alternate" type="application/rss+xml" href="/a">',
    ],
)
def test_other_links_are_none(tag: str) -> None:
    assert links(tag) == []


def test_titles_are_cleaned() -> None:
    html = '<link rel="alternate" type="application/rss+xml" href="/f" title="&lt;b&gt;A&lt;/b&gt; &#27;[2J &amp; B">'
    (found,) = find_feed_links(html.encode(), PAGE)
    assert found.title.isprintable() and "<" not in found.title


def test_an_answer_of_apples_directory() -> None:
    results = [{"feedUrl": "https://feeds.example/a", "collectionName": "A"}, {"feedUrl": 5}, 7, {}]
    assert find_feed_links(json.dumps({"results": results}).encode(), PAGE) == (FeedLink("https://feeds.example/a", "A"),)
    for broken in (b"{", b"[1]", b'{"results": 5}', b"[" * 50_000):
        assert find_feed_links(broken, PAGE) == ()


@pytest.mark.parametrize(
    ("url", "number"),
    [
        ("https://podcasts.apple.com/us/podcast/99-invisible/id394775318", "394775318"),
        ("https://itunes.apple.com/podcast/id394775318?mt=2", "394775318"),
        ("https://podcasts.apple.com/us/podcast/x/id394775318?i=1000", "394775318"),
        ("https://apple.example/id394775318", ""),
        ("https://podcasts.apple.com/us/browse", ""),
    ],
)
def test_pages_of_apples_directory(url: str, number: str) -> None:
    assert directory_lookup(url) == (f"https://itunes.apple.com/lookup?id={number}&entity=podcast" if number else "")


@pytest.mark.parametrize(
    "html", ["<link " * 100_000, "<link a=" * 100_000, "<link " + "a " * 300_000 + ">", "<link a='" * 80_000]
)
def test_pages_made_to_be_slow(html: str) -> None:
    begun = time.process_time()
    links(html)
    assert time.process_time() - begun < 2
