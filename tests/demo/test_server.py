"""The sample show's server: what it serves, byte ranges, validators, and nothing else."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Iterator
from importlib.resources import files
from urllib.parse import urlsplit

import pytest

from podcli.demo.server import serve

PARTS = {
    "/feed.xml": "application/rss+xml; charset=utf-8",
    "/chapters.json": "application/json+chapters",
    "/episode.mp3": "audio/mpeg",
    "/trailer.mp3": "audio/mpeg",
    "/trailer.vtt": "text/vtt; charset=utf-8",
}
AUDIO = files("podcli.demo").joinpath("episode.mp3").read_bytes()


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with serve() as base:
        yield base


def ask(base: str, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=10)
    try:
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize(("path", "kind"), PARTS.items())
def test_each_part_comes_whole_and_typed(base: str, path: str, kind: str) -> None:
    status, headers, body = ask(base, path)
    shipped = files("podcli.demo").joinpath(path[1:]).read_bytes().replace(b"{base}", base.encode())
    assert (status, headers["content-type"], body) == (200, kind, shipped)
    assert headers["accept-ranges"] == "bytes"


def test_feed_names_its_own_server(base: str) -> None:
    body = ask(base, "/feed.xml")[2].decode()
    assert "{base}" not in body
    assert f'url="{base}/episode.mp3"' in body


def test_head_is_get_without_the_body(base: str) -> None:
    got, headed = ask(base, "/episode.mp3"), ask(base, "/episode.mp3", "HEAD")
    assert (headed[0], headed[2]) == (200, b"")
    assert {k: v for k, v in headed[1].items() if k != "date"} == {k: v for k, v in got[1].items() if k != "date"}


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-99", slice(0, 100)),
        ("bytes=1000-", slice(1000, None)),
        ("bytes=-500", slice(-500, None)),
        (f"bytes={len(AUDIO) - 1}-{len(AUDIO) + 50}", slice(-1, None)),
        (f"bytes=-{len(AUDIO) * 2}", slice(None)),
    ],
)
def test_range_sends_those_bytes(base: str, asked: str, part: slice) -> None:
    status, headers, body = ask(base, "/episode.mp3", Range=asked)
    first = part.indices(len(AUDIO))[0]
    assert (status, body) == (206, AUDIO[part])
    assert headers["content-range"] == f"bytes {first}-{first + len(body) - 1}/{len(AUDIO)}"
    assert headers["content-length"] == str(len(body))


@pytest.mark.parametrize("asked", [f"bytes={len(AUDIO)}-", "bytes=99999999-99999999", "bytes=-0"])
def test_range_beyond_the_end_is_416(base: str, asked: str) -> None:
    status, headers, body = ask(base, "/episode.mp3", Range=asked)
    assert (status, headers["content-range"], body) == (416, f"bytes */{len(AUDIO)}", b"")


@pytest.mark.parametrize("asked", ["bytes=9-3", "bytes=-", "bytes=0-1,5-6", "lines=0-1", "bytes=a-b", "bytes=0-" + "9" * 5000])
def test_range_nobody_can_mean_gets_the_whole_file(base: str, asked: str) -> None:
    status, _, body = ask(base, "/episode.mp3", Range=asked)
    assert (status, len(body)) == (200, len(AUDIO))


def test_if_range_resumes_only_the_same_file(base: str) -> None:
    known = ask(base, "/episode.mp3", "HEAD")[1]
    for validator, status in ((known["etag"], 206), (known["last-modified"], 206), ('"other"', 200)):
        assert ask(base, "/episode.mp3", Range="bytes=10-19", If_Range=validator)[0] == status


@pytest.mark.parametrize("path", PARTS)
def test_what_is_known_is_not_sent_again(base: str, path: str) -> None:
    known = ask(base, path)[1]
    for headers in (
        {"If_None_Match": known["etag"]},
        {"If_None_Match": f'"other", W/{known["etag"]}'},
        {"If_None_Match": "*"},
        {"If_Modified_Since": known["last-modified"]},
    ):
        status, answered, body = ask(base, path, **headers)
        assert (status, answered["etag"], body) == (304, known["etag"], b"")


def test_another_etag_outranks_the_date(base: str) -> None:
    known = ask(base, "/feed.xml")[1]
    assert ask(base, "/feed.xml", If_None_Match='"other"', If_Modified_Since=known["last-modified"])[0] == 200


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/feed",
        "/feed.xml/",
        "/script.json",
        "/server.py",
        "/__init__.py",
        "/../errors.py",
        "/./feed.xml",
        "/%2e%2e/errors.py",
        "/..%2ferrors.py",
        "/..\\errors.py",
        "/demo/../feed.xml",
        "//etc/passwd",
        "/etc/passwd",
        "/feed.xml%00.txt",
    ],
)
def test_everything_else_is_404(base: str, path: str) -> None:
    for method in ("GET", "HEAD"):
        assert ask(base, path, method)[0] == 404


def test_other_methods_are_refused(base: str) -> None:
    for method in ("POST", "PUT", "DELETE"):
        assert ask(base, "/feed.xml", method)[0] == 501


def test_query_is_ignored(base: str) -> None:
    assert ask(base, "/feed.xml?cache=no")[0] == 200


def test_listens_on_loopback_only_and_stops_with_the_block() -> None:
    with serve() as base:
        parts = urlsplit(base)
        assert parts.hostname == "127.0.0.1"
        assert parts.port is not None
        socket.create_connection(("127.0.0.1", parts.port), timeout=5).close()
        # A wildcard listener would answer on every other loopback address too.
        with pytest.raises(OSError, match=r"."):
            socket.create_connection(("127.0.0.2", parts.port), timeout=2).close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", parts.port), timeout=5).close()


def test_says_nothing_even_when_a_listener_hangs_up(base: str, capfd: pytest.CaptureFixture[str]) -> None:
    with socket.create_connection(("127.0.0.1", urlsplit(base).port or 0), timeout=5) as rude:
        rude.sendall(b"GET /episode.mp3 HTTP/1.1\r\nHost: x\r\n\r\n")
        rude.recv(10)
    with socket.create_connection(("127.0.0.1", urlsplit(base).port or 0), timeout=5) as noise:
        noise.sendall(b"\x16\x03\x01 not http\r\n\r\n")
        noise.recv(1000)
    assert ask(base, "/nothing")[0] == 404
    assert capfd.readouterr() == ("", "")


def test_two_servers_side_by_side(base: str) -> None:
    with serve() as second:
        assert second != base
        assert ask(second, "/feed.xml")[0] == ask(base, "/feed.xml")[0] == 200


def test_an_incomplete_installation_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    from podcli.demo import server
    from podcli.errors import PodcliError

    monkeypatch.setitem(server._TYPES, "gone.mp3", "audio/mpeg")
    with pytest.raises(PodcliError, match=r"gone\.mp3") as caught, serve():
        pass
    assert caught.value.hint == "Install podcli again."
