"""Small models of a test's own, and a pip that knows no index but the test's."""

from __future__ import annotations

import base64
import hashlib
import os
import zipfile
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest

from podcli.domain import Progress
from podcli.engines import pull_https, pull_wheel
from podcli.engines.base import ModelCard, Offer
from tests.loopback import Site

WEIGHTS = hashlib.shake_256(b"weights").digest(300_000)
SHA256 = hashlib.sha256(WEIGHTS).hexdigest()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between tries are for servers in the world."""
    monkeypatch.setattr(pull_https, "_PAUSE_S", 0.01)
    monkeypatch.setattr(pull_wheel, "_PAUSE_S", 0.01)
    monkeypatch.setattr(pull_wheel, "_RETRIES", 1)


@pytest.fixture
def said() -> list[Progress]:
    return []


def https(url: str, **changes: object) -> Offer:
    facts: dict[str, Any] = {"bytes": len(WEIGHTS), "sha256": SHA256, **changes}
    return Offer(kind="https", where=(url,), **facts)


def card(*offers: Offer, **changes: object) -> ModelCard:
    facts: dict[str, Any] = {
        "id": "toy", "title": "Toy", "role": "write", "engine": "llama", "licence": "CC0-1.0",
        "installed_bytes": len(WEIGHTS), "memory_mb": 1,
    }  # fmt: skip
    return ModelCard(offers=offers, **{**facts, **changes})


def wheel(name: str, version: str, files: dict[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A wheel that pip accepts (binary distribution format 1.0)."""
    stem = f"{name.replace('-', '_')}-{version}.dist-info"
    about = {
        f"{stem}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{stem}/WHEEL": b"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record, content = "", BytesIO()
    with zipfile.ZipFile(content, "w", compression) as archive:
        for path, body in {**files, **about}.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(body).digest()).rstrip(b"=").decode()
            record += f"{path},sha256={digest},{len(body)}\n"
            archive.writestr(path, body)
        archive.writestr(f"{stem}/RECORD", record + f"{stem}/RECORD,,\n")
    return content.getvalue()


Publish = Callable[..., str]


@pytest.fixture
def publish(site: Site, monkeypatch: pytest.MonkeyPatch) -> Publish:
    """Puts a wheel on the only package index pip knows (simple repository API, PEP 503); returns the file's path there."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", f"{site.base}/simple/")

    def put(name: str, version: str, content: bytes, **page: object) -> str:
        path = f"/files/{name.replace('-', '_')}-{version}-py3-none-any.whl"
        link = f"{site.put(path, content, **page)}#sha256={hashlib.sha256(content).hexdigest()}"
        site.put(f"/simple/{name}/", f'<a href="{link}">{path.rpartition("/")[2]}</a>', type="text/html")
        return path

    return put
