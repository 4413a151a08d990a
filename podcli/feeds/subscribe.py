"""From an address a person gave to a parsed feed: fetch, find the feed behind a web page, parse."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from podcli.domain import Feed
from podcli.errors import NetworkError, UsageError
from podcli.feeds.discovery import directory_lookup, find_feed_links
from podcli.feeds.fetch import MAX_FEED_BYTES, Fetched, fetch
from podcli.feeds.parse import NotAFeed, parse_feed
from podcli.feeds.scrub import is_cut_off
from podcli.feeds.urls import host_of, normalise_url, with_user_of
from podcli.text import human_bytes


@dataclass(frozen=True, slots=True)
class Loaded:
    """A feed and how it came: `feed` is None when nothing changed since; `notes` are sentences for the listener."""

    feed: Feed | None
    fetched: Fetched
    notes: tuple[str, ...] = ()


def load_feed(
    url: str,
    *,
    etag: str = "",
    last_modified: str = "",
    trusted_hosts: frozenset[str] = frozenset(),
    deadline_s: float = 60.0,
) -> Loaded:
    """The feed at `url`, or the feed that the web page at `url` names (one step; a note says so).

    `url` may be an absolute path of a feed file. With `etag` or `last_modified` of the last time, an unchanged feed comes
    back as None. ``feed.url`` is the address to subscribe to. Raises UsageError (NotAFeed among them) or NetworkError.
    """
    if url.startswith("/"):
        return load_feed_file(Path(url))
    url = normalise_url(url)
    fetched = fetch(
        directory_lookup(url) or url, etag=etag, last_modified=last_modified, trusted_hosts=trusted_hosts, deadline_s=deadline_s
    )
    if fetched.not_modified:
        return Loaded(None, fetched)
    try:
        return _loaded(url, fetched)
    except NotAFeed as problem:
        links = find_feed_links(fetched.content, fetched.url) if problem.kind in ("page", "json") else ()
        if not links:
            raise
        target = with_user_of(links[0].url, url)
        found = fetch(target, trusted_hosts=trusted_hosts, deadline_s=deadline_s)
        loaded = _loaded(target, found)
        notes = [f"{host_of(url)} is a web page; using its feed {links[0].url}"]
        if len(links) > 1:
            notes.append("It names other feeds too: " + ", ".join(link.url for link in links[1:6]))
        return Loaded(loaded.feed, found, (*notes, *loaded.notes))


def load_feed_file(path: Path) -> Loaded:
    """A feed kept in a file. Raises UsageError when it cannot be read or is no feed."""
    try:
        if path.stat().st_size > MAX_FEED_BYTES:
            raise UsageError(f"{path.name} is larger than {human_bytes(MAX_FEED_BYTES)}.", "Give a feed file.")
        content = path.read_bytes()
    except IsADirectoryError:
        raise UsageError(f"{path.name} is a folder, not a feed.", "Give the feed file in it.") from None
    except OSError as problem:
        raise UsageError(f"{path.name} cannot be read: {problem.strerror}.", "Check the path.") from None
    fetched = Fetched(200, path.as_uri(), "", content, "", "", "")
    try:
        return _loaded(path.as_uri(), fetched)
    except NotAFeed:
        raise
    except NetworkError as problem:
        raise UsageError(f"{path.name} is empty or damaged.", "Give another file.") from problem


def _loaded(url: str, fetched: Fetched) -> Loaded:
    feed = parse_feed(fetched.content, url if url.startswith("file:") else fetched.url, fetched.content_type)
    notes = []
    # A feed subscribed to by its typed address keeps it (with password), however it was redirected this time.
    feed = replace(feed, url=url)
    if not fetched.content.startswith(b"\x1f\x8b") and is_cut_off(fetched.content[-8192:].decode("utf-8", "replace")):
        cut = not fetched.content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
        if cut and b"\0" not in fetched.content[-64:]:
            notes.append("The feed ends in the middle: only its complete episodes were read.")
    if not feed.items:
        what = "has no episodes yet" if not feed.skipped else "has entries, but none with audio"
        notes.append(f"{feed.title} {what}.")
    return Loaded(feed, fetched, tuple(notes))
