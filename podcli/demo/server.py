"""A loopback web server for the sample show, so that ``podcli demo`` goes through the same door as any other feed."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from typing import Any

from podcli.errors import PodcliError

# Everything there is to fetch. A request that is not literally one of these names is a 404, so no path can lead elsewhere.
_TYPES = {
    "feed.xml": "application/rss+xml; charset=utf-8",
    "chapters.json": "application/json+chapters",
    "episode.mp3": "audio/mpeg",
    "trailer.mp3": "audio/mpeg",
    "trailer.vtt": "text/vtt; charset=utf-8",
}
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_BUILD_DATE = re.compile(rb"<lastBuildDate>([^<]+)</lastBuildDate>")


@contextmanager
def serve() -> Iterator[str]:
    """Serve the sample show on a free port of 127.0.0.1 until the block ends; yields ``http://127.0.0.1:PORT``.

    The feed is ``/feed.xml``. Raises PodcliError when no port can be had or the show is missing from the installation.
    """
    try:
        server = _Server(("127.0.0.1", 0), _Handler)
    except OSError as error:
        raise PodcliError(
            f"The sample show cannot be served: no port on 127.0.0.1 ({error.strerror or error}).",
            "Allow local connections, or start with a show of your own: podcli add URL.",
        ) from None
    try:
        base = f"http://127.0.0.1:{server.server_port}"
        server.published = _published(base)
        # The short poll keeps the end of the block from waiting the usual half second.
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), name="sample-show", daemon=True)
        thread.start()
        try:
            yield base
        finally:
            server.shutdown()
            thread.join()
    finally:
        server.server_close()


@dataclass(frozen=True, slots=True)
class _File:
    body: bytes
    type: str
    etag: str
    modified: str


def _published(base: str) -> dict[str, _File]:
    """The files by request path, the feed's ``{base}`` filled in."""
    try:
        bodies = {name: files("podcli.demo").joinpath(name).read_bytes() for name in _TYPES}
    except OSError as error:
        raise PodcliError(f"The sample show is incomplete: {error}.", "Install podcli again.") from None
    # An installed file's own time is when it was unpacked; the show says itself when it last changed.
    stated = _BUILD_DATE.search(bodies["feed.xml"])
    modified = stated[1].decode() if stated else ""
    bodies["feed.xml"] = bodies["feed.xml"].replace(b"{base}", base.encode())
    return {
        f"/{name}": _File(body, _TYPES[name], f'"{hashlib.sha256(body).hexdigest()[:32]}"', modified)
        for name, body in bodies.items()
    }


class _Server(ThreadingHTTPServer):
    published: dict[str, _File]

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - socketserver's own signature
        """A listener who hangs up is no news; nothing may be printed over podcli's own output."""


class _Handler(BaseHTTPRequestHandler):
    """GET and HEAD of a whole file or one byte range, with validators (RFC 9110 sections 8.8, 13 and 14)."""

    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = "podcli-demo"
    sys_version = ""
    timeout = 30

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet: stderr is podcli's narration."""

    def _answer(self) -> None:
        file = self.server.published.get(self.path.partition("?")[0])
        if file is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return
        if self._unchanged(file):
            self._reply(HTTPStatus.NOT_MODIFIED, file)
            return
        part, total = self._range(file), len(file.body)
        if part is None:
            self._reply(HTTPStatus.OK, file, file.body)
        elif not part:
            self._reply(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, file, b"", {"Content-Range": f"bytes */{total}"})
        else:
            where = f"bytes {part.start}-{part.stop - 1}/{total}"
            self._reply(HTTPStatus.PARTIAL_CONTENT, file, file.body[part.start : part.stop], {"Content-Range": where})

    def _unchanged(self, file: _File) -> bool:
        """If-None-Match decides alone when it is there; dates are compared as the text we sent."""
        tags = self.headers.get("If-None-Match")
        if tags is not None:
            return tags.strip() == "*" or file.etag in [tag.strip().removeprefix("W/") for tag in tags.split(",")]
        return bool(file.modified) and self.headers.get("If-Modified-Since") == file.modified

    def _range(self, file: _File) -> range | None:
        """The bytes asked for, an empty range when there are none such, None for the whole file.

        Several ranges at once, other units and a stale If-Range get the whole file, as RFC 9110 allows.
        """
        asked = _RANGE.fullmatch(self.headers.get("Range", "").replace(" ", ""))
        if self.command != "GET" or asked is None or not (asked[1] or asked[2]):
            return None
        if self.headers.get("If-Range", file.etag) not in (file.etag, file.modified):
            return None
        total = len(file.body)
        if not asked[1]:
            return range(max(0, total - int(asked[2])), total)
        start = int(asked[1])
        stop = min(int(asked[2]) + 1, total) if asked[2] else total
        if asked[2] and int(asked[2]) < start:
            return None
        return range(start, stop) if start < total else range(0)

    def _reply(self, status: HTTPStatus, file: _File, body: bytes | None = None, more: dict[str, str] | None = None) -> None:
        """Send the head, and `body` unless only the head was asked for; None is an answer that has no body at all."""
        # One request per connection: no thread is left waiting when the demo ends.
        headers = {
            "Accept-Ranges": "bytes",
            "ETag": file.etag,
            "Last-Modified": file.modified,
            "Connection": "close",
            **(more or {}),
        }
        if body is not None:
            headers |= {"Content-Type": file.type, "Content-Length": str(len(body))}
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if body and self.command == "GET":
            self.wfile.write(body)
