"""One GET over HTTP with redirects followed by hand: what `fetch` and `download` share, and the client that accounts use too.

Failures come in plain words.
"""

from __future__ import annotations

import contextlib
import functools
import os
import ssl
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from podcli import __version__, settings
from podcli.errors import NetworkError, UsageError
from podcli.feeds.urls import host_of, normalise_url, resolve, user_of, with_user_of, without_user
from podcli.text import human_duration

if TYPE_CHECKING:
    import httpx

USER_AGENT = f"podcli/{__version__}"
_MAX_REDIRECTS = 8
_CONNECT_S = 15.0
_THIS_MACHINE = ("localhost", "127.0.0.1", "::1")
_AGAIN = "Try again later."


class StatusError(NetworkError):
    """The server answered with an error; `status` is the HTTP code, `retry_after_s` what it asked for."""

    def __init__(self, status: int, message: str, hint: str, retry_after_s: float | None = None) -> None:
        super().__init__(message, hint)
        self.status = status
        self.retry_after_s = retry_after_s


class ConnectionDropped(NetworkError):
    """The connection broke or went silent after it was made: asking again may succeed."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A server's reply with its body still to be read; `permanent_url` as in `fetch.Fetched`."""

    response: httpx.Response
    url: str
    permanent_url: str


@contextlib.contextmanager
def open_url(
    url: str, headers: Mapping[str, str], *, trusted_hosts: frozenset[str] = frozenset(), deadline_s: float | None = None
) -> Iterator[Answer]:
    """GET `url`, follow at most 8 redirects, and lend the open answer (2xx, 304 or 416).

    Every hop must be http(s) and public unless its host is in `trusted_hosts`. ``user:password@`` becomes Basic
    authentication and is not sent to another origin. Raises UsageError (address) or NetworkError (everything else),
    also for what breaks while the caller reads the body.
    """
    import httpx

    url = normalise_url(url)
    deadline = None if deadline_s is None else time.monotonic() + deadline_s
    here, permanent, moved = url, True, False
    with contextlib.ExitStack() as open_things:
        try:
            for _ in range(_MAX_REDIRECTS + 1):
                client = open_things.enter_context(client_for(here, trusted_hosts, deadline))
                request = client.build_request("GET", without_user(here), headers=_headers(here, headers))
                response = client.send(request, stream=True)
                open_things.callback(response.close)
                if response.status_code not in (301, 302, 303, 307, 308) or "location" not in response.extensions:
                    _check_status(response, here)
                    moved_for_good = here if moved and permanent else ""
                    yield Answer(response, without_user(here), moved_for_good)
                    return
                permanent = permanent and response.status_code in (301, 308)
                moved, here = True, _next_hop(here, response.extensions["location"])
            raise NetworkError(
                f"{host_of(url)} redirects in circles.", "Open the address in a browser to see where it leads, and use that one."
            )
        except httpx.HTTPError as problem:
            raise failure(problem, here) from problem
        except httpx.InvalidURL:
            raise UsageError(f"“{without_user(here)[:80]}” is not a web address.", "Check the address.") from None


def client_for(url: str, trusted_hosts: frozenset[str], deadline: float | None = None) -> httpx.Client:
    """A client for requests to the host of `url`, by the listener's proxy, authorities and `network.timeout_s`.

    It follows no redirect (the target is in ``response.extensions["location"]``), dials only public addresses and
    `trusted_hosts`, and gives up at `deadline` (monotonic seconds). Raises NetworkError for a proxy that cannot be used.
    """
    import httpx

    from podcli.feeds.guard import Backend, is_number, is_public, refusal

    context = _tls_context(os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", ""))
    proxy, host = _proxy_for(url), host_of(url)
    # The proxy resolves names, so only addresses spelled as numbers can be judged here.
    if proxy and is_number(host) and host not in trusted_hosts and not is_public(host):
        raise refusal(host)
    try:
        transport = httpx.HTTPTransport(verify=context, proxy=proxy or None, limits=httpx.Limits(max_connections=1))
    except (ValueError, ImportError, httpx.InvalidURL):
        raise NetworkError("podcli cannot use the proxy your environment names.", "Name an http:// one in HTTPS_PROXY.") from None
    # Whoever is dialled directly is checked: the proxy is the listener's own choice. httpx has no public way to pass a
    # network backend; httpcore, which it is built on, has.
    pool: Any = transport._pool
    pool._network_backend = Backend({host_of(proxy)} if proxy else trusted_hosts, deadline)
    silence_s = settings.load().network.timeout_s
    timeout = httpx.Timeout(silence_s, connect=min(_CONNECT_S, silence_s))
    hooks = {"response": [_take_location]}
    return httpx.Client(transport=transport, timeout=timeout, follow_redirects=False, trust_env=False, event_hooks=hooks)


def _take_location(response: httpx.Response) -> None:
    """Out of httpx's sight: it reads the target even when it shall not follow, and raises for those it does not like."""
    if "location" in response.headers:
        response.extensions["location"] = response.headers.pop("location")


@functools.lru_cache(maxsize=2)
def _tls_context(_cert_file: str, _cert_dir: str) -> ssl.SSLContext:
    """The trusted authorities, loaded once per setting of the two variables httpx reads."""
    import httpx

    return httpx.create_ssl_context()


def _proxy_for(url: str) -> str:
    from urllib.request import getproxies, proxy_bypass

    host = host_of(url)
    proxies = getproxies()
    proxy = proxies.get(url.split(":", 1)[0]) or proxies.get("all") or ""
    proxy = proxy if "://" in proxy or not proxy else f"http://{proxy}"
    return "" if not proxy or proxy_bypass(host) or host in _THIS_MACHINE else proxy


def _headers(url: str, extra: Mapping[str, str]) -> dict[str, str]:
    from base64 import b64encode

    headers = {"User-Agent": USER_AGENT, "Accept": "*/*", **extra}
    user = user_of(url)
    if user:
        headers["Authorization"] = "Basic " + b64encode(f"{user[0]}:{user[1]}".encode()).decode("ascii")
    return headers


def _next_hop(here: str, location: str) -> str:
    target = resolve(here, location)
    if not target:
        raise NetworkError(
            f"{host_of(here)} redirects to something that is no web address.", "Ask the publisher for a working one."
        )
    # A password follows a redirect within its own server; also from http to https there, never the other way.
    target = with_user_of(target, here)
    return with_user_of(target, "https" + here[4:]) if here.startswith("http:") else target


def _check_status(response: httpx.Response, url: str) -> None:
    status, host = response.status_code, host_of(url)
    if status < 300 or status in (304, 416):
        return
    wait = retry_after(response.headers.get("retry-after", ""))
    later = f"Try again in {human_duration(wait)}." if wait else _AGAIN
    if status == 401:
        words = (f"{host} wants a user name and a password.", "Put them into the address: https://user:password@" + host + "/…")
        if user_of(url):
            words = (f"{host} does not accept this user name and password.", "Check both in the address.")
    elif status == 403:
        words = (f"{host} refuses to hand this out (403).", "It may be for subscribers only, or closed to your country.")
    elif status == 404:
        words = (f"{host} has nothing at this address (404).", "Check the address; the show may have moved.")
    elif status == 410:
        words = (f"{host} says this is gone for good (410).", "Look for the show's new address, or remove it.")
    elif status == 429:
        words = (f"{host} asks for fewer requests (429).", later)
    elif status >= 500:
        words = (f"{host} has a problem of its own ({status}).", later)
    else:
        words = (f"{host} answered with the error {status}.", "Open the address in a browser to see what it says.")
    raise StatusError(status, *words, retry_after_s=wait)


def retry_after(value: str) -> float | None:
    """Seconds asked for by a Retry-After header (RFC 9110 §10.2.3: a number or a date), at most a week; None without one."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(min(int(value[:9]), 604_800))
    try:
        when = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError):
        return None
    if when.tzinfo is None:
        when = when.replace(tzinfo=UTC)
    return min(max(0.0, (when - datetime.now(UTC)).total_seconds()), 604_800.0)


def failure(problem: BaseException, url: str) -> NetworkError:
    """What a failed request to `url` means, for a person."""
    proxy = host_of(_proxy_for(url))
    return in_words(problem, host_of(url), f"{proxy} (the proxy)" if proxy else "")


def in_words(problem: BaseException, host: str, dialled: str = "") -> NetworkError:
    """What a failed request means, for a person; `dialled` is who was called in the place of `host`."""
    import httpx

    dialled = dialled or host
    cause: BaseException | None = problem
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return _tls_in_words(cause, host)
        if isinstance(cause, ConnectionRefusedError):
            here = "Start what serves it on this machine; the sample show's server runs only during `podcli demo`."
            hint = here if dialled in _THIS_MACHINE else "Check the address and its port, or try again later."
            return NetworkError(f"{dialled} refuses the connection.", hint)
        cause = cause.__cause__ or cause.__context__
    if isinstance(problem, httpx.ConnectTimeout):
        return NetworkError(f"{dialled} does not answer (timed out).", "Check your internet connection, or try again later.")
    if isinstance(problem, httpx.TimeoutException):
        return ConnectionDropped(f"{host} stopped answering (timed out).", _AGAIN)
    if isinstance(problem, httpx.ConnectError):
        return NetworkError(f"{dialled} cannot be reached.", "Check your internet connection.")
    if isinstance(problem, httpx.UnsupportedProtocol):
        return NetworkError(f"{host} redirects to something that is no web address.", "Use another address.")
    if isinstance(problem, httpx.DecodingError):
        return NetworkError(f"{host} sent data that cannot be unpacked.", _AGAIN)
    return ConnectionDropped(f"{host} broke the connection off.", _AGAIN)


def _tls_in_words(problem: ssl.SSLError, host: str) -> NetworkError:
    code = getattr(problem, "verify_code", 0)
    reason = (problem.reason or str(problem)).upper()
    if code in (62, 64) or "HOSTNAME" in str(problem).upper():
        words = f"The certificate of {host} belongs to another name."
    elif code == 10:
        words = f"The certificate of {host} has expired."
    elif code in (18, 19, 20, 21):
        words = f"The certificate of {host} is self-signed or from an authority this computer does not know."
    elif "WRONG_VERSION" in reason or "HTTP_REQUEST" in reason or "RECORD_LAYER" in reason:
        return NetworkError(f"{host} does not speak https at this address.", "Try it with http:// in front.")
    elif isinstance(problem, ssl.SSLCertVerificationError):
        words = f"The certificate of {host} cannot be trusted ({problem.verify_message.rstrip('.')})."
    else:
        return ConnectionDropped(f"The secure connection to {host} failed.", _AGAIN)
    hint = "Somebody may be listening in, or the server is set up wrongly. An own authority can be named in SSL_CERT_FILE."
    return NetworkError(words, hint)
