"""Small documents over HTTP: whole, within limits, or a sentence that says why not."""

from __future__ import annotations

import gzip
import socket
import time
import tracemalloc
import zlib

import pytest

from podcli.errors import NetworkError, UsageError
from podcli.feeds import fetch as module
from podcli.feeds.fetch import fetch, unpack
from podcli.feeds.transport import StatusError, retry_after
from tests.feeds.conftest import HERE
from tests.feeds.servers import Request, Script

FEED = b"<rss><channel><title>A show</title></channel></rss>"


def test_a_document_comes_with_what_is_needed_to_ask_again(server: Script) -> None:
    url = server.on("/feed", body=FEED, ETag='"one"', Last_Modified="Mon, 01 Jan 2024 00:00:00 GMT", Content_Type="text/xml")
    got = fetch(url, trusted_hosts=HERE)
    assert (got.status, got.url, got.permanent_url, got.content) == (200, url, "", FEED)
    assert (got.etag, got.last_modified, got.content_type) == ('"one"', "Mon, 01 Jan 2024 00:00:00 GMT", "text/xml")


def test_an_unchanged_document_is_not_sent_again(server: Script) -> None:
    def answer(request: Request) -> None:
        same = request.headers["If-None-Match"] == '"one"' and request.headers["If-Modified-Since"] == "yesterday"
        request.reply(b"" if same else FEED, status=304 if same else 200)

    url = server.on("/feed", answer)
    got = fetch(url, etag='"one"', last_modified="yesterday", trusted_hosts=HERE)
    assert got.not_modified and got.content == b""
    assert (got.etag, got.last_modified) == ('"one"', "yesterday"), "the next request needs them too"
    assert not fetch(url, etag='"two"', trusted_hosts=HERE).not_modified


def test_a_validator_that_would_split_the_request_is_not_sent(server: Script) -> None:
    url = server.on("/feed", body=FEED)
    fetch(url, etag='"a"\r\nX-Evil: 1', last_modified="é", trusted_hosts=HERE)
    headers = server.seen[0][1]
    assert not {"X-Evil", "If-None-Match", "If-Modified-Since"} & set(headers)


@pytest.mark.parametrize(
    ("status", "words"),
    [(404, "(404)"), (410, "gone for good"), (403, "(403)"), (401, "password"), (500, "(500)"), (503, "(503)"), (418, "418")],
)
def test_a_refusal_is_a_sentence(server: Script, status: int, words: str) -> None:
    with pytest.raises(StatusError, match=r"127\.0\.0\.1") as told:
        fetch(server.on("/feed", body=b"no", status=status), trusted_hosts=HERE)
    assert words in told.value.message and told.value.hint and told.value.status == status and told.value.exit_code == 3


def test_a_busy_server_says_when_to_come_back(server: Script) -> None:
    with pytest.raises(StatusError) as told:
        fetch(server.on("/feed", status=429, Retry_After="90"), trusted_hosts=HERE)
    assert told.value.retry_after_s == 90 and "1 min 30 s" in told.value.hint


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("5", 5.0),
        (" 7 ", 7.0),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("²", None),
        ("9" * 30, 604_800.0),
        ("Mon, 01 Jan 2001 00:00:00 GMT", 0.0),
        ("Mon, 01 Jan 2001 00:00:00", 0.0),
        ("Fri, 31 Dec 9999 00:00:00 GMT", 604_800.0),
    ],
)
def test_retry_after_in_every_spelling(header: str, seconds: float | None) -> None:
    assert retry_after(header) == seconds


def test_a_name_nobody_knows() -> None:
    with pytest.raises(NetworkError, match=r"podcli-no-such-host\.invalid is not known"):
        fetch("https://podcli-no-such-host.invalid/feed.xml")


def test_a_dead_host() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(NetworkError, match="refuses the connection") as refused:
            fetch(f"http://127.0.0.1:{taken.getsockname()[1]}/", trusted_hosts=HERE)
    assert "podcli demo" in refused.value.hint, "what the sample show's feed says when it is refreshed"


@pytest.mark.usefixtures("impatient")
def test_a_server_that_accepts_and_stays_silent() -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        pytest.raises(NetworkError, match=r"stopped answering \(timed out\)"),
    ):
        fetch(f"http://127.0.0.1:{silent.getsockname()[1]}/", trusted_hosts=HERE)


def test_a_server_that_drips_forever_meets_the_deadline(server: Script) -> None:
    def drip(request: Request) -> None:
        request.reply(b"<rss>", length=10_000_000)
        for _ in range(200):
            request.wfile.write(b" ")
            time.sleep(0.02)

    begun = time.monotonic()
    with pytest.raises(NetworkError, match="timed out"):
        fetch(server.on("/feed", drip), trusted_hosts=HERE, deadline_s=0.4)
    assert time.monotonic() - begun < 3


def test_a_connection_that_breaks_in_the_middle(server: Script) -> None:
    with pytest.raises(NetworkError, match="broke the connection off"):
        fetch(server.on("/feed", body=FEED, length=1000), trusted_hosts=HERE)


def test_an_answer_that_is_no_http(server: Script) -> None:
    with pytest.raises(NetworkError, match="broke the connection off"):
        fetch(server.on("/feed", lambda request: request.wfile.write(b"SSH-2.0-OpenSSH_9.6\r\n")), trusted_hosts=HERE)


@pytest.mark.parametrize("body", [b"", b" \r\n\t ", b"\0" * 100])
def test_nothing_is_not_a_document(server: Script, body: bytes) -> None:
    with pytest.raises(NetworkError, match="empty answer"):
        fetch(server.on("/feed", body=body), trusted_hosts=HERE)


@pytest.mark.parametrize("address", ["gopher://old.example", "javascript:alert(1)", "feed", "http://", "https://a b.example/"])
def test_what_is_no_web_address_is_a_usage_error(address: str) -> None:
    with pytest.raises(UsageError) as told:
        fetch(address)
    assert told.value.exit_code == 2 and told.value.hint


def test_a_password_is_sent_and_never_told(server: Script) -> None:
    url = server.on("/feed", body=FEED).replace("://", "://ann:s%23cret@")
    got = fetch(url, trusted_hosts=HERE)
    assert server.seen[0][1]["Authorization"] == "Basic YW5uOnMjY3JldA=="
    assert "cret" not in got.url
    with pytest.raises(StatusError) as told:
        fetch(url.replace("/feed", "/gone"), trusted_hosts=HERE)
    assert "cret" not in told.value.message + told.value.hint


class TestRedirects:
    @pytest.mark.parametrize("hops", [(301,), (308,), (301, 308, 301)])
    def test_permanent_ones_give_the_address_to_remember(self, server: Script, hops: tuple[int, ...]) -> None:
        for number, status in enumerate(hops):
            server.on(f"/{number}", status=status, Location=f"/{number + 1}")
        home = server.on(f"/{len(hops)}", body=FEED)
        got = fetch(server.base + "/0", trusted_hosts=HERE)
        assert (got.permanent_url, got.url) == (home, home)

    @pytest.mark.parametrize("hops", [(302,), (303,), (307,), (301, 302), (302, 301)])
    def test_one_temporary_one_keeps_the_old_address(self, server: Script, hops: tuple[int, ...]) -> None:
        for number, status in enumerate(hops):
            server.on(f"/{number}", status=status, Location=f"/{number + 1}")
        home = server.on(f"/{len(hops)}", body=FEED)
        got = fetch(server.base + "/0", trusted_hosts=HERE)
        assert (got.permanent_url, got.url) == ("", home)

    def test_circles_end(self, server: Script) -> None:
        server.on("/a", status=301, Location="/b")
        server.on("/b", status=302, Location="/a")
        with pytest.raises(NetworkError, match="redirects in circles"):
            fetch(server.base + "/a", trusted_hosts=HERE)
        assert len(server.seen) == 9

    @pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.org/x", "javascript:1", "mailto:a@b"])
    def test_elsewhere_than_the_web_is_refused(self, server: Script, target: str) -> None:
        server.on("/a", status=302, Location=target)
        with pytest.raises(NetworkError, match="no web address"):
            fetch(server.base + "/a", trusted_hosts=HERE)

    def test_a_password_stays_with_its_server(self, server: Script) -> None:
        server.on("/same", status=302, Location="/end")
        server.on("/end", body=FEED)
        server.on("/other", status=302, Location=f"http://localhost:{server.port}/end")
        for path in ("/same", "/other"):
            fetch(server.base.replace("://", "://ann:secret@") + path, trusted_hosts=HERE | {"localhost"})
        assert [("Authorization" in headers) for _, headers in server.seen] == [True, True, True, False]

    @pytest.mark.parametrize("target", ["/ünd so", "http:end", "?a=b c", "//127.0.0.1:{port}/x\\y"])
    def test_careless_targets_are_understood(self, server: Script, target: str) -> None:
        def answer(request: Request) -> None:
            target_here = target.format(port=server.port)
            request.wfile.write(f"HTTP/1.1 302 Found\r\nLocation: {target_here}\r\nContent-Length: 0\r\n\r\n".encode())

        for path in ("/%C3%BCnd%20so", "/end", "/a?a=b%20c", "/x/y"):
            server.on(path, body=FEED)
        assert fetch(server.on("/a", answer), trusted_hosts=HERE).content == FEED

    def test_a_redirect_without_a_target_is_an_error(self, server: Script) -> None:
        with pytest.raises(NetworkError, match="301"):
            fetch(server.on("/a", body=b"moved", status=301), trusted_hosts=HERE)


class TestPacking:
    @pytest.mark.parametrize("said", ["gzip", "x-gzip", "", "identity"])
    def test_gzip_is_unpacked_whatever_the_header_says(self, server: Script, said: str) -> None:
        headers = {"Content_Encoding": said} if said else {}
        assert fetch(server.on("/feed", body=gzip.compress(FEED), **headers), trusted_hosts=HERE).content == FEED

    @pytest.mark.parametrize("bits", [15, -15])
    def test_both_things_called_deflate(self, server: Script, bits: int) -> None:
        packer = zlib.compressobj(wbits=bits)
        packed = packer.compress(FEED) + packer.flush()
        assert fetch(server.on("/feed", body=packed, Content_Encoding="deflate"), trusted_hosts=HERE).content == FEED

    def test_plain_text_that_claims_to_be_gzip(self, server: Script) -> None:
        assert fetch(server.on("/feed", body=FEED, Content_Encoding="gzip"), trusted_hosts=HERE).content == FEED

    def test_damage_is_told(self, server: Script) -> None:
        packed = bytearray(gzip.compress(FEED * 50))
        packed[12:20] = b"\xff" * 8
        with pytest.raises(NetworkError, match="cannot be unpacked"):
            fetch(server.on("/feed", body=bytes(packed), Content_Encoding="gzip"), trusted_hosts=HERE)

    def test_several_members_and_trailing_rubbish(self) -> None:
        packed = gzip.compress(b"one ") + gzip.compress(b"two") + b"\0\0rubbish"
        assert unpack([packed[:7], packed[7:]], 1000, "host") == b"one two"

    def test_a_bomb_is_refused_before_it_fills_memory(self, server: Script, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "MAX_FEED_BYTES", 1_000_000)
        bomb = gzip.compress(b" " * 50_000_000)
        assert len(bomb) < 100_000
        url = server.on("/feed", body=bomb, Content_Encoding="gzip")
        tracemalloc.start()
        try:
            with pytest.raises(NetworkError, match=r"more than 1\.0 MB"):
                fetch(url, trusted_hosts=HERE)
            assert tracemalloc.get_traced_memory()[1] < 20_000_000
        finally:
            tracemalloc.stop()

    def test_packed_nothing_without_end_is_refused(self) -> None:
        with pytest.raises(NetworkError, match="more than 100 kB"):
            unpack([gzip.compress(b"")] * 10_000, 100_000, "host")

    def test_too_much_is_refused_while_it_comes(self, server: Script, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "MAX_OTHER_BYTES", 100_000)
        url = server.on("/endless", lambda request: request.reply(b"x" * 3_000_000, length=-1))
        with pytest.raises(NetworkError, match="more than 100 kB"):
            fetch(url, kind="transcript", trusted_hosts=HERE)
        assert len(fetch(url, kind="feed", trusted_hosts=HERE).content) == 3_000_000
