"""Fetch a small document (feed, transcript, chapters, web page) completely, within limits of size and time."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from podcli.errors import NetworkError
from podcli.feeds.transport import StatusError, open_url
from podcli.feeds.urls import host_of, normalise_url
from podcli.text import clean_line, human_bytes

__all__ = ["Fetched", "Kind", "StatusError", "fetch", "normalise_url", "unpack"]

Kind = Literal["feed", "transcript", "chapters", "page", "picture"]
MAX_FEED_BYTES = 32 * 1024 * 1024
MAX_OTHER_BYTES = 8 * 1024 * 1024
_ACCEPT: dict[Kind, str] = {
    "feed": "application/rss+xml, application/atom+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.5",
    "transcript": "application/json, text/vtt, application/x-subrip, text/html;q=0.6, */*;q=0.5",
    "chapters": "application/json+chapters, application/json, */*;q=0.5",
    "page": "text/html, */*;q=0.5",
    "picture": "image/jpeg, image/png, image/webp, image/gif, */*;q=0.2",
}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A document as the server sent it, unpacked.

    `url` is where it was found in the end, without password; `permanent_url` is the new address to remember, '' unless
    every redirect from the first on was permanent (301, 308). With `not_modified` the content is empty.
    """

    status: int
    url: str
    permanent_url: str
    content: bytes
    etag: str
    last_modified: str
    content_type: str
    not_modified: bool = False


def fetch(
    url: str,
    *,
    etag: str = "",
    last_modified: str = "",
    kind: Kind = "feed",
    trusted_hosts: frozenset[str] = frozenset(),
    deadline_s: float = 60.0,
) -> Fetched:
    """Fetch `url`, conditionally when `etag` or `last_modified` of an earlier answer is given (RFC 9110 §13).

    `trusted_hosts` are hosts a person typed: only those may lie inside the local network. Content is at most 32 MiB for a
    feed and 8 MiB otherwise, packed and unpacked. Raises UsageError for an address that is none, NetworkError otherwise.
    """
    limit = MAX_FEED_BYTES if kind == "feed" else MAX_OTHER_BYTES
    headers = {"Accept": _ACCEPT[kind], "Accept-Encoding": "gzip, deflate"}
    if etag.isascii() and etag.isprintable() and etag:
        headers["If-None-Match"] = etag
    if last_modified.isascii() and last_modified.isprintable() and last_modified:
        headers["If-Modified-Since"] = last_modified
    with open_url(url, headers, trusted_hosts=trusted_hosts, deadline_s=deadline_s) as answer:
        response = answer.response
        if response.status_code == 416:
            raise StatusError(416, f"{host_of(answer.url)} answered with the error 416.", "Try again later.")
        not_modified = response.status_code == 304
        content = b""
        if not not_modified:
            encoding = response.headers.get("content-encoding", "").lower()
            content = unpack(response.iter_raw(65_536), limit, host_of(answer.url), encoding)
            if not content.strip(b"\0 \t\r\n"):
                raise NetworkError(f"{host_of(answer.url)} sent an empty answer.", "Try again later.")
        kept = (etag, last_modified) if not_modified else ("", "")
        return Fetched(
            status=response.status_code,
            url=answer.url,
            permanent_url=answer.permanent_url,
            content=content,
            etag=clean_line(response.headers.get("etag", ""), limit=500) or kept[0],
            last_modified=clean_line(response.headers.get("last-modified", ""), limit=100) or kept[1],
            content_type=clean_line(response.headers.get("content-type", ""), limit=200),
            not_modified=not_modified,
        )


def unpack(chunks: Iterable[bytes], limit: int, host: str, encoding: str = "") -> bytes:
    """Join `chunks`, unpacked when `encoding` says gzip or deflate or the bytes themselves are gzip (RFC 1952).

    Neither the packed nor the unpacked size may pass `limit`. Raises NetworkError when one does or the data is damaged.
    """
    out = bytearray()
    packed = 0
    inflater: _Inflater | None = None
    started = False
    for chunk in chunks:
        packed += len(chunk)
        if packed > limit:
            raise _too_big(limit, host)
        if not started and chunk:
            started = True
            # Some servers send gzip without saying so, others say gzip and send plain text.
            if chunk[:2] == b"\x1f\x8b" or "deflate" in encoding:
                inflater = _Inflater(chunk)
        out += inflater.feed(chunk, limit + 1 - len(out), host) if inflater else chunk
        if len(out) > limit:
            raise _too_big(limit, host)
    if inflater and not inflater.finished and not out:
        raise NetworkError(f"{host} sent data that cannot be unpacked.", "Try again later.")
    return bytes(out)


class _Inflater:
    """Streaming gzip, zlib or raw deflate, whichever the first bytes are."""

    def __init__(self, first: bytes) -> None:
        is_gzip = first[:2] == b"\x1f\x8b"
        is_zlib = len(first) > 1 and first[0] & 0x0F == 8 and (first[0] << 8 | first[1]) % 31 == 0
        self._bits = 31 if is_gzip else 15 if is_zlib else -15
        self._stream = zlib.decompressobj(self._bits)
        self.finished = False

    def feed(self, data: bytes, room: int, host: str) -> bytes:
        """At most `room` unpacked bytes of `data`; further gzip members are unpacked too, trailing garbage is dropped."""
        out = bytearray()
        try:
            while data and len(out) < room:
                if self._stream.eof:
                    if self._bits != 31 or data[:2] != b"\x1f\x8b":
                        break
                    self._stream = zlib.decompressobj(self._bits)
                out += self._stream.decompress(data, room - len(out))
                data = self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail
            self.finished = self._stream.eof
        except zlib.error:
            raise NetworkError(f"{host} sent data that cannot be unpacked.", "Try again later.") from None
        return bytes(out)


def _too_big(limit: int, host: str) -> NetworkError:
    return NetworkError(
        f"{host} sends more than {human_bytes(limit)}, which is too much for such a document.",
        "If this is the address of an audio file, give it to podcli as an episode.",
    )
