"""Requests with a token: where they go, how long they wait, and what is said when nobody answers."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from podcli.accounts import calls
from podcli.accounts.calls import Refused, Service, Unsure, moment
from podcli.errors import NetworkError, PodcliError
from tests.accounts.api import Api, Call, Fault, Json, serve


class Echo(Api):
    """Answers what it was asked."""

    def answer(self, call: Call) -> tuple[int, Json]:
        return 200, {"path": call.path, "query": call.query, "body": call.body}


@pytest.fixture
def api() -> Iterator[Echo]:
    echo = Echo()
    with serve(echo):
        yield echo


OPEN: list[Service] = []


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    """Services hang up at the end of the test."""
    yield
    while OPEN:
        OPEN.pop().close()


def service(base: str, told: list[str] | None = None) -> Service:
    tell = (told if told is not None else []).append
    OPEN.append(Service("notion", "Notion", base, "Bearer", "tok-Secret_1", tell, {"X-A": "b"}))
    return OPEN[-1]


def test_a_request_has_what_the_api_wants(api: Echo) -> None:
    asked = service(api.base)
    answer = asked.call("POST", "/x", {"a": "é🚢"}, query={"q": "a b&c"})
    assert answer == {"path": "/x", "query": {"q": "a b&c"}, "body": {"a": "é🚢"}}
    headers = api.calls[0].headers
    assert headers["authorization"] == "Bearer tok-Secret_1" and headers["x-a"] == "b"
    assert headers["user-agent"].startswith("podcli/") and headers["content-type"] == "application/json"
    asked.call("GET", "/y")
    assert "content-type" not in api.calls[1].headers


def test_the_token_is_in_no_word_of_it(api: Echo) -> None:
    asked = service(api.base)
    assert "tok-Secret_1" not in repr(asked)
    api.faults.append(Fault(400, b'{"message": "your token tok-Secret_1 and \\u001b]0;x\\u0007 it"}'))
    with pytest.raises(PodcliError) as raised:
        asked.call("GET", "/")
    assert "your token … and it" in raised.value.message


def test_a_redirect_takes_no_token_along(api: Echo) -> None:
    other = Echo()
    with serve(other):
        api.faults.append(Fault(302, headers={"Location": other.base}))
        with pytest.raises(PodcliError, match="does not go along"):
            service(api.base).call("GET", "/")
    assert not other.calls


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]"])
def test_this_machine_needs_no_tls(host: str) -> None:
    service(f"http://{host}:9/x")


@pytest.mark.parametrize(
    "base", ["http://api.notion.com/v1", "http://127.0.0.2/", "http://10.0.0.1", "http://localhost.example/"]
)
def test_any_other_does(base: str) -> None:
    with pytest.raises(PodcliError, match="without TLS"):
        service(base)


def test_a_server_that_cannot_prove_itself_gets_no_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    authority, tls, secret = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), Echo()
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    with serve(secret, tls):
        with pytest.raises(NetworkError, match="an authority this computer does not know") as raised:
            service(secret.base).call("POST", "/", {}, again=False)
        assert not secret.calls and not isinstance(raised.value, Unsure)
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert service(secret.base).call("POST", "/", {}, again=False) and len(secret.calls) == 1


def test_a_proxy_never_sees_a_token_for_this_machine(api: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = Echo()
    with serve(proxy):
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.base)
        assert service(api.base).call("GET", "/")
        with pytest.raises(NetworkError):  # it is asked for a tunnel, which it refuses
            service("https://readwise.example/api").call("GET", "/")
    assert not proxy.calls and len(api.calls) == 1


def test_waits_as_long_as_it_is_asked_to(api: Echo) -> None:
    told: list[str] = []
    api.faults.extend([Fault(429, headers={"Retry-After": "1"}), Fault(429, headers={"Retry-After": "1"})])
    begun = time.monotonic()
    asked = service(api.base, told)
    asked.call("GET", "/")
    assert 2.0 <= time.monotonic() - begun < 5.0 and told == ["Notion asks for fewer requests: going on in 1 s…"] * 2


def test_does_not_wait_for_ever(api: Echo, monkeypatch: pytest.MonkeyPatch) -> None:
    api.faults.extend(Fault(429, headers={"Retry-After": "nonsense"}) for _ in range(50))
    with pytest.raises(NetworkError, match="asks for fewer requests"):
        service(api.base).call("GET", "/")
    assert len(api.calls) < 15
    monkeypatch.setattr(calls, "_LARGEST_ANSWER", 10)
    api.faults.clear()
    with pytest.raises(NetworkError, match="never stopped answering"):
        service(api.base).call("GET", "/a-long-path")


@pytest.mark.parametrize("fault", [Fault(500), Fault(504), Fault(cut=0), Fault(cut=5), Fault(200, b"<p>")], ids=str)
def test_what_must_not_be_done_twice_is_asked_once(api: Echo, fault: Fault) -> None:
    api.faults.append(fault)
    with pytest.raises(Unsure):
        service(api.base).call("POST", "/", {}, again=False)
    assert len(api.calls) == 1


@pytest.mark.parametrize("fault", [Fault(409), Fault(429, headers={"Retry-After": "0"}), Fault(529)], ids=str)
def test_what_was_not_done_is_asked_again(api: Echo, fault: Fault) -> None:
    api.faults.append(fault)
    asked = service(api.base)
    assert asked.call("POST", "/", {}, again=False)
    assert len(api.calls) == 2


def test_nobody_there_is_said_at_once() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        base = f"http://127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(NetworkError, match="refuses the connection") as raised:
        service(base).call("POST", "/", {}, again=False)
    assert not isinstance(raised.value, Unsure)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-08-22T10:15:30Z", datetime(2026, 8, 22, 10, 15, 30, tzinfo=UTC)),
        ("2026-08-22T10:15:30", datetime(2026, 8, 22, 10, 15, 30, tzinfo=UTC)),
        ("2026-08-22T12:15:30.000+02:00", datetime(2026, 8, 22, 10, 15, 30, tzinfo=UTC)),
        ("0001-01-01T00:00:00+05:00", None), ("9999-12-31T23:00:00-05:00", None), ("never", None), ("", None), (None, None),
        (1_700_000_000, None),
    ],
)  # fmt: skip
def test_a_time_is_read_in_utc_or_not_at_all(text: object, found: datetime | None) -> None:
    assert moment(text) == found


def test_a_refusal_tells_what_it_means() -> None:
    told = {status: Refused("Notion", status, "") for status in (400, 403, 404, 409, 410, 413, 422)}
    assert [status for status, refused in told.items() if refused.gone] == [404, 410]
    assert [status for status, refused in told.items() if refused.of_content] == [400, 413, 422]
