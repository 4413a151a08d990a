"""Pictures of shows and episodes, for cards: fetched from the publisher, and kept in the cache."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from podcli import paths
from podcli.errors import NetworkError, PodcliError

_FRESH_S = 86_400.0
"""For so long nobody is asked whether it changed."""
_PATIENCE_S = 15.0
_MOST = 100
"""Pictures that are kept; the oldest go."""


@dataclass(frozen=True, slots=True)
class _Kept:
    etag: str
    last_modified: str
    content: bytes
    fresh: bool


def cover(urls: Sequence[str], trusted_hosts: frozenset[str]) -> bytes | None:
    """The first of `urls` that is a picture a card can show (see `exports.card`), as its publisher sent it; None for no `urls`.

    What was fetched before is taken again for a day, then the server is asked whether it changed; where it cannot be reached,
    the old picture does. `trusted_hosts` are hosts a person typed, as of `feeds.fetch`. Raises PodcliError when there is none.
    """
    problem: PodcliError | None = None
    for url in dict.fromkeys(filter(None, urls)):
        try:
            return _picture(url, trusted_hosts)
        except PodcliError as error:
            problem = error
    if problem is not None:
        raise problem
    return None


def _picture(url: str, trusted_hosts: frozenset[str]) -> bytes:
    path = paths.cache() / "covers" / hashlib.sha256(url.encode("utf-8", "replace")).hexdigest()[:32]
    kept = _read(path)
    if kept is not None and kept.fresh:
        return kept.content
    try:
        return _fetched(url, path, kept, trusted_hosts)
    except PodcliError:
        if kept is None:
            raise
        return kept.content


def _fetched(url: str, path: Path, kept: _Kept | None, trusted_hosts: frozenset[str]) -> bytes:
    from podcli.exports.card import is_cover
    from podcli.feeds.fetch import fetch
    from podcli.feeds.urls import name_of

    known = {"etag": kept.etag, "last_modified": kept.last_modified} if kept else {}
    found = fetch(url, **known, kind="picture", trusted_hosts=trusted_hosts, deadline_s=_PATIENCE_S)
    if found.not_modified and kept is not None:
        with suppress(OSError):
            os.utime(path)
        return kept.content
    if not is_cover(found.content):
        raise NetworkError(f"{name_of(url)} is no picture that podcli can show.", "JPEG, PNG, WebP and GIF of usual size are.")
    _keep(path, {"url": url, "etag": found.etag, "last_modified": found.last_modified}, found.content)
    return found.content


def _read(path: Path) -> _Kept | None:
    """A line of JSON on where it is from, then the picture. None for one that is not there or damaged."""
    try:
        age = time.time() - path.stat().st_mtime
        head, _, content = path.read_bytes().partition(b"\n")
        said = json.loads(head)
        return _Kept(str(said["etag"]), str(said["last_modified"]), content, 0 <= age < _FRESH_S) if content else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(path: Path, said: dict[str, str], content: bytes) -> None:
    """A cache that cannot be written is no reason to fail."""
    with suppress(OSError):
        folder = paths.make_private(path.parent)
        part = folder / f"{path.name}.{os.getpid()}.part"
        part.write_bytes(json.dumps(said).encode() + b"\n" + content)
        part.replace(path)
        oldest = sorted(folder.iterdir(), key=lambda each: each.stat().st_mtime, reverse=True)
        for each in oldest[_MOST:]:
            each.unlink(missing_ok=True)
