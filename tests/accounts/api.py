"""What the servers of Readwise and Notion in these tests share: real HTTP on loopback, faults on demand, a rate limit."""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

Json = Any


class Wrong(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(status)
        self.status, self.body = status, body


@dataclass
class Fault:
    """What goes wrong with one request: `status` and `body` instead of the answer, or the connection is cut after `cut` bytes.

    With `done` the request is carried out first. It strikes the first request whose method and path hold `where`.
    """

    status: int = 0
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    done: bool = False
    where: str = ""


@dataclass
class Call:
    """A request as it came."""

    method: str
    path: str
    query: dict[str, str]
    body: Json
    headers: dict[str, str]


class Api:
    """A service in memory. `complaints` are requests the real API documents as wrong: a test that expects none checks it."""

    root = ""

    def __init__(self) -> None:
        self.token = "tok-Secret_123456"
        self.base = ""
        self.calls: list[Call] = []
        self.complaints: list[str] = []
        self.faults: deque[Fault] = deque()
        self.limit, self.window_s = 10_000, 60.0
        self.lock = threading.Lock()
        self._times: deque[float] = deque()
        self._free_at = 0.0

    def answer(self, call: Call) -> tuple[int, Json]:
        """What the service says. Raises Wrong."""
        raise NotImplementedError

    def throttled(self, seconds: int) -> Json:
        """What it says beside status 429."""
        raise NotImplementedError

    def made(self, method: str, path: str = "") -> list[Call]:
        """The requests of that kind."""
        return [call for call in self.calls if call.method == method and path in call.path]

    def complain(self, text: str) -> None:
        """Note that a request was wrong."""
        self.complaints.append(text)

    def throttle(self) -> None:
        """Raises Wrong when there were too many requests of late."""
        now = time.monotonic()
        if now < self._free_at - 0.05:
            self.complain("asked again before Retry-After was over")
        while self._times and now - self._times[0] > self.window_s:
            self._times.popleft()
        if len(self._times) >= self.limit:
            seconds = max(1, round(self._times[0] + self.window_s - now + 0.5))
            self._free_at = now + seconds
            raise Wrong(429, (self.throttled(seconds), {"Retry-After": str(seconds)}))
        self._times.append(now)


@contextmanager
def serve(api: Api, tls: ssl.SSLContext | None = None) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    server.api = api  # type: ignore[attr-defined]
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    api.base = f"http{'s' if tls else ''}://127.0.0.1:{server.server_address[1]}{api.root}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._do()

    def do_POST(self) -> None:
        self._do()

    def do_PATCH(self) -> None:
        self._do()

    def do_DELETE(self) -> None:
        self._do()

    def _do(self) -> None:
        api: Api = self.server.api  # type: ignore[attr-defined]
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        with api.lock:
            call = Call(self.command, parts.path.removeprefix(api.root), dict(parse_qsl(parts.query)), None, headers)
            try:
                if raw:
                    if headers.get("content-type", "").split(";")[0] != "application/json":
                        api.complain("a body that is not called application/json")
                    call.body = json.loads(raw)
            except ValueError:
                api.complain("a body that is no JSON")
            call.headers["bytes"] = str(len(raw))
            api.calls.append(call)
            fault = next((each for each in api.faults if each.where in f"{call.method} {call.path}"), None)
            if fault is not None:
                api.faults.remove(fault)
            status, body, more = self._judged(api, call) if fault is None or fault.done else (0, b"", {})
        if fault is None:
            self._send(status, body, more)
        elif fault.cut is not None:
            self._send(status or 200, body or b"{}" * 50, more, fault.cut)
        else:
            self._send(fault.status, fault.body, fault.headers)

    def _judged(self, api: Api, call: Call) -> tuple[int, bytes, dict[str, str]]:
        try:
            api.throttle()
            status, found = api.answer(call)
            return status, b"" if found is None else json.dumps(found).encode(), {}
        except Wrong as wrong:
            body, more = wrong.body if isinstance(wrong.body, tuple) else (wrong.body, {})
            return wrong.status, json.dumps(body).encode(), more

    def _send(self, status: int, body: bytes, more: dict[str, str], cut: int | None = None) -> None:
        try:
            if cut == 0:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **more}.items():
                self.send_header(name, value)
            if status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[:cut])
            if cut is not None:
                self.close_connection = True
        except OSError:
            return

    def log_message(self, format: str, *args: object) -> None:
        return
