"""A model small enough for tests, wheels that carry it, and a package index that has them."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from podcli import paths
from podcli.engines.base import ModelCard, Offer
from podcli.engines.manifest import Manifest, now, record, sha256_of, write_manifest
from tests.loopback import Site
from tests.make_adapter import write_gguf

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


def install_writer(model_id: str, *, architecture: str = "llama", width: int = 64, tied: bool = True) -> Path:
    """Put a GGUF model of two layers where a pull of `model_id` would; its head is real, nobody can write with it. Its file."""
    folder = paths.models() / model_id
    folder.mkdir(parents=True)
    shapes = {"token_embd.weight": (96, width), **({} if tied else {"output.weight": (96, width)})}
    for block in range(2):
        shapes |= {f"blk.{block}.attn_q.weight": (width, width), f"blk.{block}.attn_v.weight": (width // 2, width),
                   f"blk.{block}.ffn_down.weight": (width, 2 * width)}  # fmt: skip
    fields = {"general.architecture": architecture, "general.type": "model", f"{architecture}.context_length": 2048,
              f"{architecture}.block_count": 2}  # fmt: skip
    file = write_gguf(folder / "model.gguf", fields, {name: np.zeros(shape, np.float32) for name, shape in shapes.items()})
    sha256 = sha256_of(file)
    files = {file.name: record(file, sha256)}
    write_manifest(folder, Manifest(model_id, files, "a test", "CC0-1.0", now(), "gguf", sha256, "the catalogue"))
    return file
