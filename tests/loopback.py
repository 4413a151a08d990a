"""A real HTTP server on 127.0.0.1 that serves what a test tells it, as slowly or as wrongly as the test wants."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_BLOCK = 16_384


@dataclass
class Page:
    """What one address answers."""

    body: bytes = b""
    type: str = "application/octet-stream"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    pause_s: float = 0.0
    """Slept after every 16 kB."""
    ranges: bool = True
    hold: tuple[int, float] = (0, 0.0)
    """Once, after so many bytes of the body, send nothing for so many seconds."""
    conditional: bool = False
    """Answer 304 to whoever has it already."""
    break_off: int = 0
    """Hang up once, after so many bytes of the body."""


class Site:
    """Addresses and what was asked of them; `base` is ``http://127.0.0.1:PORT``."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.pages: dict[str, Page] = {}
        self.asked: list[tuple[str, str]] = []
        """Path and Range header of every request."""
        self.unchanged: list[str] = []
        """Paths that were answered with 304."""

    def put(self, path: str, body: bytes | str = b"", **page: object) -> str:
        """Serve `body` at `path`; returns its URL."""
        content = body.encode() if isinstance(body, str) else body
        self.pages[path] = Page(content, **page)  # type: ignore[arg-type]
        return self.base + path


@contextmanager
def site() -> Iterator[Site]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    served = Site(f"http://127.0.0.1:{server.server_address[1]}")
    server.site = served  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        served: Site = self.server.site  # type: ignore[attr-defined]
        asked_range = self.headers.get("Range", "")
        served.asked.append((self.path, asked_range))
        page = served.pages.get(self.path)
        if page is None:
            self.send_error(404)
            return
        body, status = page.body, page.status
        headers = {"Content-Type": page.type, "ETag": f'"{hash(page.body) & 0xFFFFFFFF:x}"', **page.headers}
        if page.conditional and self.headers.get("If-None-Match") == headers["ETag"]:
            served.unchanged.append(self.path)
            body, status, headers = b"", 304, {"ETag": headers["ETag"]}
        wanted = re.fullmatch(r"bytes=(\d+)-", asked_range)
        if page.ranges and wanted and self.headers.get("If-Range", headers["ETag"]) == headers["ETag"]:
            start, total = int(wanted[1]), len(body)
            status = 206 if start < total else 416
            headers["Content-Range"] = f"bytes {start}-{total - 1}/{total}" if start < total else f"bytes */{total}"
            body = body[start:]
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            if value:
                self.send_header(name, value)
        self.end_headers()
        if page.break_off:
            body, page.break_off = body[: page.break_off], 0
        try:
            for at in range(0, len(body), _BLOCK):
                if page.hold[1] and at >= page.hold[0]:
                    seconds, page.hold = page.hold[1], (0, 0.0)
                    time.sleep(seconds)
                self.wfile.write(body[at : at + _BLOCK])
                if page.pause_s:
                    time.sleep(page.pause_s)
        except OSError:
            return

    def log_message(self, format: str, *args: object) -> None:
        return


def rss(base: str, *items: str, title: str = "A show") -> str:
    """A small feed; `items` are the insides of ``item`` elements."""
    body = "".join(f"<item>{inner}</item>" for inner in items)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>{title}</title><link>{base}</link>{body}</channel></rss>'


def entry(base: str, name: str, *, title: str = "", more: str = "") -> str:
    """The inside of an ``item`` whose audio is ``/NAME.mp3``."""
    enclosure = f'<enclosure url="{base}/{name}.mp3" type="audio/mpeg" length="1000"/>'
    return f"<title>{title or name}</title><guid>{name}</guid>{enclosure}{more}"
