"""Nobody's feed may send podcli into the listener's own network."""

from __future__ import annotations

import socket
from typing import Any

import pytest

from podcli.errors import NetworkError, UsageError
from podcli.feeds.fetch import fetch
from podcli.feeds.guard import is_public
from podcli.feeds.subscribe import load_feed
from tests.feeds.conftest import HERE
from tests.feeds.servers import Script

PRIVATE = [
    "127.0.0.1", "127.8.8.8", "10.1.2.3", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1", "fd00:ec2::254",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "::7f00:1", "not an address",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_in_every_dress(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "198.18.0.5"]
)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "0x7f000001", "2130706433", "127.1", "0177.0.0.1"])
def test_loopback_is_not_asked_on_a_strangers_behalf(server: Script, host: str) -> None:
    with pytest.raises((NetworkError, UsageError)):
        fetch(f"http://{host}:{server.port}/secret")
    assert server.seen == []


@pytest.mark.parametrize("host", ["169.254.169.254", "[fd00:ec2::254]", "192.168.1.1"])
def test_metadata_services_and_routers_are_refused_with_a_reason(host: str) -> None:
    with pytest.raises(NetworkError, match="inside your own network") as told:
        fetch(f"http://{host}/latest/meta-data/")
    assert "yourself" in told.value.hint


def test_what_the_listener_typed_is_fetched(server: Script) -> None:
    assert fetch(server.on("/feed", body=b"<rss/>"), trusted_hosts=HERE).content == b"<rss/>"


def test_a_redirect_does_not_inherit_the_listeners_trust(server: Script) -> None:
    server.on("/secret", body=b"secret")
    url = server.on("/feed", status=302, Location=f"http://localhost:{server.port}/secret")
    with pytest.raises(NetworkError, match="localhost is an address inside"):
        fetch(url, trusted_hosts=HERE)
    assert [path for path, _ in server.seen] == ["/feed"]


def test_a_page_cannot_name_a_feed_inside_the_network(server: Script) -> None:
    link = f'<link rel="alternate" type="application/rss+xml" href="http://localhost:{server.port}/secret">'
    server.on("/secret", body=b"<rss/>")
    page = server.on("/", body=f"<!doctype html><html><head>{link}</head></html>")
    with pytest.raises(NetworkError, match="inside your own network"):
        load_feed(page, trusted_hosts=HERE)
    assert [path for path, _ in server.seen] == ["/"]


def test_the_address_that_is_dialled_is_the_one_that_was_checked(server: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that is public at the first look and private at the second (DNS rebinding) is looked up once only."""
    looked: list[str] = []
    real = socket.getaddrinfo

    def rebinding(host: Any, port: Any, *args: Any, **more: Any) -> Any:  # noqa: ANN401
        if host != "rebind.example":
            return real(host, port, *args, **more)
        looked.append(host)
        address = "203.0.113.1" if len(looked) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    with pytest.raises(NetworkError):
        fetch(f"http://rebind.example:{server.port}/", deadline_s=0.5)
    assert len(looked) == 1 and server.seen == []


def test_a_name_with_a_private_and_a_public_address_uses_neither_private(server: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, server.port)) for address in ("127.0.0.1", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(NetworkError, match="inside your own network"):
        fetch(f"http://two-faced.example:{server.port}/")
    assert server.seen == []
