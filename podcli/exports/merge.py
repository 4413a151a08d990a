"""Writing a note again without touching a word its reader wrote.

The last line podcli writes is a comment with the digest of all above it and the keys of what is in it. While the digest fits,
the file is podcli's and is replaced. Once it does not, the file is its reader's: what it does not have yet is put below, and
nothing else changes, for good.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Literal

Comment = Literal["html", "obsidian"]
_MARKER = re.compile(
    r"^[ \t]*(?:<!--|%%) podcli:(?P<digest>[0-9a-f]{16}|added)(?P<keys>(?: [\w-]{1,40})*) (?:-->|%%)[ \t]*$", re.M
)


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a note that can stand by itself. `key` (letters, digits, ``-``) stays the same when its words change."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Rendering:
    """A whole note, and the parts of it that are put below one that its reader has changed."""

    text: str
    blocks: tuple[Block, ...] = ()


def merge(existing: str | None, new: Rendering, comment: Comment = "html") -> str | None:
    """What the file shall hold from now on; None when it stays as it is.

    `existing` is what it holds (None or nothing but blanks: it is written anew). Every line of a file that its reader changed
    is kept as it is, and so are its line ends. A part is there when its key is, or when all its lines are. A second call with
    what the first gave returns None.
    """
    whole = f"{_plain(new.text).rstrip()}\n\n{_marker(_digest(new.text), new.blocks, comment)}\n"
    if existing is None or not existing.strip():
        return whole
    if untouched(existing):
        return whole if _plain(existing).rstrip() != whole.rstrip() else None
    plain = _plain(existing)
    known = {key for marker in _MARKER.finditer(plain) for key in marker["keys"].split()}
    there = set(_lines(plain))
    missing = [block for block in new.blocks if block.key not in known and not there.issuperset(_lines(block.text))]
    if not missing:
        return None
    added = "\n\n".join([*(_plain(block.text).strip("\n") for block in missing), _marker("added", new.blocks, comment)])
    ending = "\r\n" if "\r\n" in existing else "\n"
    gap = "\n" if existing.endswith(("\n", "\r")) else "\n\n"
    return existing + (gap + added + "\n").replace("\n", ending)


def untouched(existing: str) -> bool:
    """Whether a file is as podcli wrote it (line ends and blanks at its end aside)."""
    plain = _plain(existing)
    markers = list(_MARKER.finditer(plain))
    if not markers:
        return False
    last = markers[-1]
    return not plain[last.end() :].strip() and last["digest"] == _digest(plain[: last.start()])


def _digest(text: str) -> str:
    return hashlib.sha256(_plain(text).rstrip().encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _lines(text: str) -> list[str]:
    """What is written on its lines, empty ones aside."""
    return [line.strip() for line in _plain(text).split("\n") if line.strip()]


def _marker(digest: str, blocks: tuple[Block, ...], comment: Comment) -> str:
    words = " ".join([f"podcli:{digest}", *(block.key for block in blocks)])
    return f"<!-- {words} -->" if comment == "html" else f"%% {words} %%"
