"""Addresses that lead to a second of an episode.

Sources: Media Fragments URI 1.0 §4.2.1 (``#t=start,end``); the ``t`` parameter of YouTube, Spotify, Apple Podcasts and Pocket
Casts as their own “share from this time” writes it.
"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from podcli.domain import Episode
from podcli.text import clean_line

_TIMED_PAGES = {
    "youtube.com": "s", "m.youtube.com": "s", "youtu.be": "", "open.spotify.com": "", "podcasts.apple.com": "", "pca.st": "",
}  # fmt: skip
"""Sites whose pages start at ``t``, and the unit they write behind the seconds."""
_LONGEST = 2000
_HOST = re.compile(r"[\w.-]+|[0-9a-f:.]+", re.ASCII)
_KEPT = "/%:=&?~#+!$,;'@.-()*[]"
"""What stands in paths and queries as it is (RFC 3986); blanks, quotes and letters beyond ASCII are percent-encoded."""


def web_address(url: str) -> str:
    """`url` when it is an http(s) address fit to be handed on, without a user name or password; else ''."""
    url = clean_line(url)
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna" if not url.isascii() else "ascii").decode()
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # UnicodeError is one
        return ""
    if parts.scheme.lower() not in ("http", "https") or not _HOST.fullmatch(host):
        return ""
    host = f"[{host}]" if ":" in host else host
    rest = (quote(part, safe=_KEPT) for part in (parts.path, parts.query, parts.fragment))
    address = urlunsplit((parts.scheme.lower(), host + port, *rest))
    return address if len(address) <= _LONGEST else ""


def media_link(url: str, start_s: float, end_s: float | None = None) -> str:
    """The audio at `url` from `start_s` (to `end_s`), in seconds, as a media fragment; '' when it is no web address."""
    address = web_address(url)
    if not address:
        return ""
    until = f",{_seconds(end_s)}" if end_s is not None and end_s > start_s else ""
    return f"{address.partition('#')[0]}#t={_seconds(start_s)}{until}"


def page_link(url: str, start_s: float) -> str:
    """A page of a site that can start at a second, from `start_s` on; '' when `url` is not on such a site."""
    address = web_address(url)
    parts = urlsplit(address)
    unit = _TIMED_PAGES.get((parts.hostname or "").removeprefix("www."))
    if not address or unit is None:
        return ""
    query = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name != "t"]
    timed = urlencode([*query, ("t", f"{max(0, int(start_s))}{unit}")])
    return urlunsplit((parts.scheme, parts.netloc, parts.path, timed, ""))


def time_link(episode: Episode, start_s: float, end_s: float | None = None) -> str:
    """Where a browser hears `episode` from `start_s`: its page on a site that can do that, else its audio; '' for neither."""
    return page_link(episode.link, start_s) or media_link(episode.enclosure.url, start_s, end_s)


def episode_link(episode: Episode) -> str:
    """The episode's page, else its audio; '' when it has no web address, as a file of the listener's."""
    return web_address(episode.link) or web_address(episode.enclosure.url)


def _seconds(value: float) -> str:
    """At most a tenth: ``12.5``, ``12``."""
    return f"{max(0.0, value):.1f}".removesuffix(".0")
