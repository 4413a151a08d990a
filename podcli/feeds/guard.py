"""Connections that may only lead to the public internet, and end on time.

A feed can name any address: `http://192.168.1.1/` or `http://169.254.169.254/` must not be asked on its behalf
(server-side request forgery, CWE-918). The check sits where the connection is made, on the very address that is dialled,
so a name that resolves differently the second time cannot slip through. Imported only once a request is made.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Iterable
from typing import Any

import httpcore

from podcli.errors import NetworkError

# Fake-IP resolvers of VPN clients answer every name from this benchmark range (RFC 2544); nothing else lives there.
_FAKE_IP = ipaddress.ip_network("198.18.0.0/15")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether a numeric `address` is on the public internet, seen through IPv4-in-IPv6 forms (mapped, 6to4, NAT64, Teredo)."""
    try:
        ip = ipaddress.ip_address(address.split("%", 1)[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and (ip in _NAT64 or int(ip) >> 32 == 0):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        return ip.is_global and not ip.is_multicast
    return ip in _FAKE_IP or (ip.is_global and not ip.is_multicast)


def is_number(host: str) -> bool:
    """Whether `host` is an address spelled as a number rather than a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def refusal(host: str) -> NetworkError:
    """The error for a link into the listener's own network."""
    return NetworkError(
        f"{host} is an address inside your own network, and a feed or redirect led there.",
        "podcli only goes there when you type that address yourself.",
    )


class Backend(httpcore.SyncBackend):
    """Resolves, checks and dials; every wait is cut to what is left until `deadline` (monotonic seconds)."""

    def __init__(self, trusted_hosts: Iterable[str], deadline: float | None) -> None:
        super().__init__()
        self._trusted = frozenset(host.lower() for host in trusted_hosts)
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the first address of `host` that answers; raises NetworkError for private or unknown hosts."""
        failure: Exception | None = None
        addresses = _resolve(host, port)
        if host.lower() not in self._trusted:
            addresses = [address for address in addresses if is_public(address)]
            if not addresses:
                raise refusal(host)
        for address in addresses[:6]:
            try:
                limited = _left(timeout, self._deadline, httpcore.ConnectTimeout)
                stream = super().connect_tcp(address, port, limited, local_address, socket_options)
                return stream if self._deadline is None else _TimedStream(stream, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as problem:
                failure = problem
        raise failure or httpcore.ConnectError(f"no address for {host}")


class _TimedStream(httpcore.NetworkStream):
    """A connection that fails once the deadline has passed, however slowly the other side drips."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, self._deadline, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(timeout, self._deadline, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: Any,  # noqa: ANN401 - httpcore's type
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        limited = _left(timeout, self._deadline, httpcore.ConnectTimeout)
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, limited), self._deadline)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's type
        return self._stream.get_extra_info(info)


def _left(timeout: float | None, deadline: float | None, late: type[Exception]) -> float | None:
    if deadline is None:
        return timeout
    left = deadline - time.monotonic()
    if left <= 0:
        raise late("deadline passed")
    return left if timeout is None else min(left, timeout)


def _resolve(host: str, port: int) -> list[str]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise NetworkError(
            f"The host {host} is not known.", "Check the spelling of the address and your internet connection."
        ) from None
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))
