"""Behind a proxy, as in many companies and schools."""

from __future__ import annotations

import socket
import time

import pytest

from podcli.errors import NetworkError
from podcli.feeds.fetch import fetch
from tests.feeds.conftest import HERE
from tests.feeds.servers import Request, Script


@pytest.fixture(params=["http://127.0.0.1:{}", "127.0.0.1:{}"])
def proxy(server: Script, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Script:
    """The server as a proxy: it is asked for whole addresses."""
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.setenv("http_proxy", request.param.format(server.port))
    return server


def test_the_proxy_is_asked_for_public_addresses(proxy: Script) -> None:
    proxy.on("http://pod.example/feed", body=b"<rss/>")
    assert fetch("http://pod.example/feed").content == b"<rss/>"


def test_a_host_that_needs_no_proxy_is_asked_directly(proxy: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "podcli-no-such-host.invalid")
    with pytest.raises(NetworkError, match="is not known"):
        fetch("http://podcli-no-such-host.invalid/")
    assert fetch(proxy.on("/feed", body=b"<rss/>"), trusted_hosts=HERE).content == b"<rss/>"
    assert [path for path, _ in proxy.seen] == ["/feed"]


@pytest.mark.parametrize("host", ["169.254.169.254", "10.0.0.1", "[::1]"])
def test_the_proxy_is_not_sent_into_a_private_network(proxy: Script, host: str) -> None:
    with pytest.raises(NetworkError, match="inside your own network"):
        fetch(f"http://{host}/latest/meta-data/")
    assert proxy.seen == []


def test_the_deadline_holds_behind_a_proxy(proxy: Script) -> None:
    def drip(request: Request) -> None:
        request.reply(b"<rss>", length=10_000_000)
        for _ in range(200):
            request.wfile.write(b" ")
            time.sleep(0.02)

    proxy.on("http://pod.example/feed", drip)
    with pytest.raises(NetworkError, match="timed out"):
        fetch("http://pod.example/feed", deadline_s=0.4)


@pytest.mark.parametrize("broken", ["gopher://127.0.0.1:70", "socks9://x", "://"])
def test_a_proxy_that_cannot_be_used_is_told(monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    monkeypatch.setenv("http_proxy", broken)
    with pytest.raises(NetworkError, match="proxy") as told:
        fetch("http://pod.example/feed")
    assert told.value.hint


def test_a_dead_proxy_is_named_as_the_one_that_is_dead(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(NetworkError, match=r"127\.0\.0\.1 \(the proxy\) refuses"):
            fetch("http://pod.example/feed")
