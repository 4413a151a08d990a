"""Bytes of a feed into a `Feed`: RSS 0.9 to 2.0, Atom, and JSON Feed. The only module that imports feedparser."""

from __future__ import annotations

import io
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import unquote, urlsplit

from podcli.domain import Chapter, Enclosure, Feed, FeedItem, Person, TranscriptLink
from podcli.errors import NetworkError, UsageError
from podcli.feeds import media
from podcli.feeds.namespaces import Extras, read_document
from podcli.feeds.notes import line, show_notes
from podcli.feeds.scrub import find_root, scrub
from podcli.feeds.times import parse_date, parse_duration
from podcli.feeds.urls import name_of, resolve
from podcli.text import clean_line, parse_timecode

MAX_ITEMS = 20_000
_OLDEST = datetime(1, 1, 1, tzinfo=UTC)


class NotAFeed(UsageError):
    """What was given is something else than a feed; `kind` is page, audio, picture, json, opml, text or unknown."""

    def __init__(self, kind: str, url: str, what: str) -> None:
        hints = {
            "page": "Look for the show's RSS address on that page.",
            "audio": "Give the address of the show's feed, or use this address as an episode.",
            "opml": "Open it in an editor and add its feeds one by one: each stands in an xmlUrl.",
        }
        super().__init__(
            f"{name_of(url)}: this is {what}, not a feed.", hints.get(kind, "Give the address of the show's RSS feed.")
        )
        self.kind = kind


def parse_feed(content: bytes, url: str, content_type: str = "") -> Feed:
    """The show and its playable items in `content`, cleaned; relative addresses are resolved against `url`.

    Items without an audio or video file are counted in ``skipped``. A feed without items is fine. Raises NetworkError for
    an empty document and NotAFeed for anything that is no feed.
    """
    if content[:2] == b"\x1f\x8b":
        from podcli.feeds.fetch import MAX_FEED_BYTES, unpack

        content = unpack([content], MAX_FEED_BYTES, name_of(url))
    if not content.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise NetworkError(f"{name_of(url)} is empty.", "Try again later.")
    if content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"["):
        from podcli.feeds.jsonfeed import parse_json_feed

        return _assemble(*parse_json_feed(content, url))
    text = _feed_text(content, url, content_type)
    import feedparser

    parsed = feedparser.parse(
        io.BytesIO(text.encode("utf-8", "replace")),
        response_headers={"content-type": "application/xml; charset=utf-8"},
        sanitize_html=False,
        resolve_relative_uris=False,
    )
    entries: list[Any] = list(parsed.entries)
    of_show, of_items = read_document(text)
    extras = _aligned(of_items, entries)
    base = _base(parsed.feed, url)
    drafts = [_item(entry, extra, base) for entry, extra in zip(entries, extras, strict=True)]
    return _assemble(replace(_show(parsed.feed, base), url=url, persons=_persons(of_show, base)), drafts)


def _feed_text(content: bytes, url: str, content_type: str) -> str:
    """The document decoded and repaired; raises NotAFeed when it has no feed's root element."""
    head = media.sniff(content[:2048])
    if head.startswith(("audio/", "video/", "image/")) and content[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        picture = head.startswith("image/")
        raise NotAFeed("picture" if picture else "audio", url, "a picture" if picture else "an audio or video file")
    from feedparser.encodings import convert_to_utf8

    result: dict[str, Any] = {}
    decoded = convert_to_utf8({"content-type": content_type}, content, result)
    text = decoded.decode("utf-8", "replace") if isinstance(decoded, bytes) else str(decoded)
    root = find_root(text)
    page = re.search(r"<!doctype\s+html|<html[\s>]", text[: 64 * 1024], re.I)
    if page and (root < 0 or page.start() < root):
        raise NotAFeed("page", url, "a web page")
    if root < 0 and re.search(r"<opml[\s>]", text[: 64 * 1024], re.I):
        raise NotAFeed("opml", url, "a list of subscriptions (OPML)")
    if root < 0:
        readable = head.startswith("text/")
        raise NotAFeed("text" if readable else "unknown", url, "a text" if readable else "a file of an unknown kind")
    return scrub(text)


def _value(entry: Any, key: str) -> str:  # noqa: ANN401 - feedparser is untyped
    """A string of a feedparser dictionary, without its own fallbacks (``updated`` standing in for ``published``)."""
    found = dict.get(entry, key) if isinstance(entry, dict) else None
    return found if isinstance(found, str) else ""


def _aligned(extras: list[Extras], entries: list[Any]) -> list[Extras]:
    if len(extras) == len(entries):
        return extras
    by_guid = {extra.guid: extra for extra in extras if extra.guid}
    return [by_guid.get(_value(entry, "id").strip(), Extras()) for entry in entries]


def _base(feed: Any, url: str) -> str:  # noqa: ANN401 - feedparser is untyped
    """What relative addresses are meant against: where the feed came from, else where a feed in a file says it lives."""
    if not url.startswith("file:"):
        return url
    own = [link.get("href", "") for link in dict.get(feed, "links") or [] if link.get("rel") == "self"]
    return next((base for given in (*own, _value(feed, "link")) if (base := resolve("", given))), url)


def _show(feed: Any, url: str) -> Feed:  # noqa: ANN401 - feedparser is untyped
    description = _value(feed, "summary") or _value(feed, "subtitle") or _value(feed, "content")
    next_pages = [link.get("href", "") for link in dict.get(feed, "links") or [] if link.get("rel") == "next"]
    return Feed(
        url=url,
        title=line(_value(feed, "title")) or name_of(url),
        items=(),
        author=line(_value(feed, "author"), 200),
        description=show_notes(description),
        link=resolve(url, _value(feed, "link")),
        image_url=_image(feed, url),
        language=clean_line(_value(feed, "language"), limit=35),
        new_url=resolve(url, _value(feed, "itunes_new-feed-url")),
        next_page_url=resolve(url, next_pages[0]) if next_pages else "",
    )


def _image(entry: Any, url: str) -> str:  # noqa: ANN401 - feedparser is untyped
    image = dict.get(entry, "image")
    href = _value(image, "href") or _value(image, "url")
    if not href:
        thumbnails = dict.get(entry, "media_thumbnail") or []
        href = _value(thumbnails[0], "url") if thumbnails else _value(entry, "logo") or _value(entry, "icon")
    return resolve(url, href)


def _item(entry: Any, extra: Extras, url: str) -> FeedItem | None:  # noqa: ANN401 - feedparser is untyped
    """One entry, or None when it has nothing to play."""
    enclosure = _enclosure(entry, url)
    if enclosure is None:
        return None
    contents = [_value(part, "value") for part in dict.get(entry, "content") or [] if isinstance(part, dict)]
    notes = max([*contents, _value(entry, "summary")], key=len)
    dates = (parse_date(_value(entry, key)) for key in ("published", "updated", "created"))
    published = next((date for date in dates if date), None)
    chapters_link = next((given.get("url", "") for given, _ in extra.of("chapters") if given.get("url")), "")
    return FeedItem(
        guid=_guid(_value(entry, "id")),
        title=_title(_value(entry, "title") or _value(entry, "itunes_title"), published, enclosure),
        enclosure=enclosure,
        published=published,
        duration_s=parse_duration(_value(entry, "itunes_duration")),
        description=show_notes(notes),
        link=resolve(url, _value(entry, "link")),
        image_url=_image(entry, url),
        season=_number(_value(entry, "itunes_season"), extra, "season"),
        number=_number(_value(entry, "itunes_episode"), extra, "episode"),
        explicit=any(text.lower() in ("yes", "true", "explicit") for _, text in extra.of("explicit")),
        transcripts=_transcripts(extra, url),
        chapters_url=resolve(url, chapters_link),
        chapters=_chapters(extra),
        persons=_persons(extra, url),
    )


def _enclosure(entry: Any, url: str) -> Enclosure | None:  # noqa: ANN401 - feedparser is untyped
    """The file to play: audio before video before unknown, the first named of its kind; pictures and texts never."""
    candidates: list[tuple[int, Enclosure]] = []
    links = [link for link in dict.get(entry, "links") or [] if link.get("rel") == "enclosure"]
    for source, key, size in ((links, "href", "length"), (dict.get(entry, "media_content") or [], "url", "filesize")):
        for given in source:
            address, mime = resolve(url, _value(given, key)), clean_line(_value(given, "type"), limit=100)
            medium = _value(given, "medium").lower()
            kind = media.kind_of(address, mime or (f"{medium}/unknown" if medium in ("audio", "video", "image") else ""))
            if not address or kind == "other" or (kind == "unknown" and source is not links):
                continue
            length = _value(given, size).strip()
            count = int(length[:15]) if length.isascii() and length.isdigit() else 0
            candidates.append((("audio", "video", "unknown").index(kind), Enclosure(address, mime.lower(), count or None)))
    return min(candidates, key=lambda candidate: candidate[0])[1] if candidates else None


def _guid(text: str) -> str:
    guid = clean_line(text)
    return guid if len(guid) <= 500 else "sha256:" + sha256(guid.encode("utf-8", "replace")).hexdigest()


def _title(text: str, published: datetime | None, enclosure: Enclosure) -> str:
    """The title, else the file's name, else the date: something to see and choose by."""
    name = unquote(urlsplit(enclosure.url).path.rpartition("/")[2])
    return line(text) or line(name.rpartition(".")[0] or name, 120) or (f"{published:%Y-%m-%d}" if published else "Untitled")


def _number(text: str, extra: Extras, name: str) -> int | None:
    for candidate in (text, *(inner for _, inner in extra.of(name))):
        if re.fullmatch(r"\s*\d{1,6}(\.0*)?\s*", candidate, re.ASCII):
            return int(float(candidate))
    return None


def _transcripts(extra: Extras, url: str) -> tuple[TranscriptLink, ...]:
    found = [
        TranscriptLink(
            url=address,
            type=media.bare_type(clean_line(given.get("type", ""), limit=100)),
            language=clean_line(given.get("language", ""), limit=35),
            rel=clean_line(given.get("rel", ""), limit=35),
        )
        for given, _ in extra.of("transcript")[:100]
        if (address := resolve(url, given.get("url", "")))
    ]
    return tuple(dict.fromkeys(found))


def _persons(extra: Extras, url: str) -> tuple[Person, ...]:
    """At most 50, each once in a role. Whoever has none named is a host of the cast, as the namespace says."""
    found: dict[tuple[str, str], Person] = {}
    for given, text in extra.of("person"):
        role, group = (clean_line(given.get(key, ""), limit=60).lower() for key in ("role", "group"))
        if not role and group in ("host", "guest"):  # many feeds confuse the two
            role, group = group, "cast"
        if len(found) < 50 and (name := line(text, 120)):
            links = (resolve(url, given.get(key, "")) for key in ("href", "img"))
            found.setdefault((name, role or "host"), Person(name, role or "host", group or "cast", *links))
    return tuple(found.values())


def _chapters(extra: Extras) -> tuple[Chapter, ...]:
    from podcli.feeds.chapters import tidy_chapters

    return tuple(tidy_chapters([(parse_timecode(start), None, title) for start, title in extra.chapters]))


def _assemble(show: Feed, drafts: list[FeedItem | None]) -> Feed:
    """Playable items with distinct guids, newest first, at most 20,000 of them."""
    items = [item for item in drafts if item is not None]
    skipped = len(drafts) - len(items)
    # One guid for several files: each gets one of its own. The same guid and file twice is one episode. Without a guid the
    # file stands for the episode, and the title tells two episodes with one file apart.
    unique = {(item.guid, item.enclosure.url, "" if item.guid else item.title): item for item in reversed(items)}
    shared = Counter(guid or url for guid, url, _ in unique)
    distinct = [
        replace(item, guid=_guid(guid or url) + (f"#{_digest(url + title)}" if shared[guid or url] > 1 else ""))
        for (guid, url, title), item in reversed(unique.items())
    ]
    newest = sorted(distinct, key=lambda item: item.published or _OLDEST, reverse=True)
    return replace(show, items=tuple(newest[:MAX_ITEMS]), skipped=skipped)


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "replace")).hexdigest()[:12]
