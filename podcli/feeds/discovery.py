"""From a show's web page, or an answer of Apple's directory, to the address of its feed."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import unescape

from podcli.feeds.notes import line
from podcli.feeds.urls import resolve

_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
_LINK = re.compile(r"<(link|base)\s([^<>]{1,4000})>", re.I)
_ATTRIBUTE = re.compile(r"""([\w-]{1,40})\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>]+))""")
_HEAD = 1024 * 1024
_MAX_LINKS = 20


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed that a page names, absolute, with the title the page gives it."""

    url: str
    title: str = ""


def find_feed_links(html: bytes, base_url: str) -> tuple[FeedLink, ...]:
    """The feeds a document points to, the likeliest first: ``<link rel="alternate">`` of a page, ``feedUrl`` of a directory.

    A page's feeds keep their order, but feeds of comments come last. At most 20; () when there is none.
    """
    if html.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        return _from_directory(html)
    found: dict[str, FeedLink] = {}
    for match in _LINK.finditer(html[:_HEAD].decode("utf-8", "replace")):
        given = {name.lower(): unescape(a or b or c) for name, a, b, c in _ATTRIBUTE.findall(match[2])}
        if match[1].lower() == "base":
            base_url = resolve(base_url, given.get("href", "")) or base_url
            continue
        mime = given.get("type", "").split(";")[0].strip().lower()
        url = resolve(base_url, given.get("href", ""))
        if "alternate" in given.get("rel", "").lower().split() and mime in _TYPES and url:
            found.setdefault(url, FeedLink(url, line(given.get("title", ""), 200)))
    ranked = sorted(found.values(), key=lambda link: "comment" in f"{link.url} {link.title}".lower())
    return tuple(ranked[:_MAX_LINKS])


def _from_directory(answer: bytes) -> tuple[FeedLink, ...]:
    """``feedUrl`` of each result of an iTunes lookup or search answer."""
    try:
        document = json.loads(answer.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return ()
    results = document.get("results") if isinstance(document, dict) else None
    found: dict[str, FeedLink] = {}
    for result in results[:200] if isinstance(results, list) else []:
        url = result.get("feedUrl") if isinstance(result, dict) else None
        if isinstance(url, str) and (absolute := resolve("https://itunes.apple.com/", url)):
            title = result.get("collectionName")
            found.setdefault(absolute, FeedLink(absolute, line(title, 200) if isinstance(title, str) else ""))
    return tuple(found.values())[:_MAX_LINKS]


def directory_lookup(url: str) -> str:
    """The look-up address for a show's page on podcasts.apple.com (its page names no feed), '' for any other page."""
    match = re.match(r"https?://(?:podcasts|itunes)\.apple\.com/(?:[^?#]*/)?id(\d{4,15})(?:[/?#]|$)", url, re.I)
    return f"https://itunes.apple.com/lookup?id={match[1]}&entity=podcast" if match else ""
