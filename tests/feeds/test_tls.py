"""Certificates that cannot be trusted are refused, each for its own reason."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path

import pytest
import trustme

from podcli.errors import NetworkError
from podcli.feeds.fetch import fetch
from tests.feeds import servers
from tests.feeds.conftest import HERE
from tests.feeds.servers import Script


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(made)
    return made


def test_a_certificate_of_an_unknown_authority(authority: trustme.CA) -> None:
    with servers.script(context(authority.issue_cert("127.0.0.1"))) as server:
        url = server.on("/feed", body=b"<rss/>")
        with pytest.raises(NetworkError, match="self-signed or from an authority this computer does not know") as told:
            fetch(url, trusted_hosts=HERE)
        assert server.seen == [] and "SSL_CERT_FILE" in told.value.hint


@pytest.fixture
def trusting(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's authority is known, as an employer's would be."""
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))


@pytest.mark.usefixtures("trusting")
def test_an_authority_of_ones_own_can_be_named(authority: trustme.CA) -> None:
    with servers.script(context(authority.issue_cert("127.0.0.1"))) as server:
        assert fetch(server.on("/feed", body=b"<rss/>"), trusted_hosts=HERE).content == b"<rss/>"


@pytest.mark.usefixtures("trusting")
def test_a_certificate_for_another_name(authority: trustme.CA) -> None:
    with (
        servers.script(context(authority.issue_cert("other.example"))) as server,
        pytest.raises(NetworkError, match="belongs to another name"),
    ):
        fetch(server.base, trusted_hosts=HERE)


@pytest.mark.usefixtures("trusting")
def test_a_certificate_that_has_expired(authority: trustme.CA) -> None:
    old = authority.issue_cert("127.0.0.1", not_after=datetime(2020, 1, 1, tzinfo=UTC))
    with servers.script(context(old)) as server, pytest.raises(NetworkError, match="has expired"):
        fetch(server.base, trusted_hosts=HERE)


def test_a_server_that_speaks_no_tls(server: Script) -> None:
    with pytest.raises(NetworkError, match="does not speak https") as told:
        fetch(server.base.replace("http:", "https:"), trusted_hosts=HERE)
    assert "http://" in told.value.hint


@pytest.mark.usefixtures("trusting")
def test_a_password_follows_to_https_and_never_back(authority: trustme.CA, server: Script) -> None:
    with servers.script(context(authority.issue_cert("127.0.0.1"))) as secure:
        server.on("/end", body=b"<rss/>")
        start = secure.on("/down", status=302, Location=server.base + "/end").replace("://", "://ann:secret@")
        fetch(start, trusted_hosts=HERE)
        assert "Authorization" in secure.seen[0][1] and "Authorization" not in server.seen[0][1]
