"""A loopback web server whose every answer a test writes down itself, over http or https."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[["Request"], None]


class Request(BaseHTTPRequestHandler):
    """One request; `reply` sends a whole answer, and what is not said through it is written by hand."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        server = self.server
        assert isinstance(server, _Server)
        server.seen.append((self.path, dict(self.headers.items())))
        self.close_connection = True
        answer = server.answers.get(self.path)
        if answer is None:
            self.reply(b"", status=404)
            return
        try:
            answer(self)
        except OSError:
            return  # the client went away, which is what some tests are about

    def reply(self, body: bytes = b"", *, status: int = 200, length: int | None = None, **headers: str) -> None:
        """`headers` are named with underscores; `length` is what Content-Length claims (-1: nothing)."""
        self.send_response(status)
        if length != -1:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        return


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Request)
        self.answers: dict[str, Answer] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []

    def handle_error(self, request: object, client_address: object) -> None:
        return  # a refused TLS handshake is no news


class Script:
    """`seen` are the requests so far: path and headers."""

    def __init__(self, server: _Server, scheme: str) -> None:
        self._server = server
        self.port = server.server_address[1]
        self.base = f"{scheme}://127.0.0.1:{self.port}"
        self.seen = server.seen

    def on(self, path: str, answer: Answer | None = None, /, body: bytes | str = b"", **reply: object) -> str:
        """Answer `path` so; returns its URL."""
        content = body.encode() if isinstance(body, str) else body
        self._server.answers[path] = answer or (lambda request: request.reply(content, **reply))  # type: ignore[arg-type]
        return self.base + path


@contextmanager
def script(tls: ssl.SSLContext | None = None) -> Iterator[Script]:
    server = _Server()
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield Script(server, "https" if tls else "http")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
