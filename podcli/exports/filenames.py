"""File names that every system, sync service and note program takes.

Sources: “Naming Files, Paths, and Namespaces” (learn.microsoft.com) for characters, reserved names and ends; Obsidian's help,
“Internal links”, for ``[ ] # ^ |``; 255 bytes is the longest name of ext4, APFS and most others.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable

from podcli.domain import Episode
from podcli.text import clean_line

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\[\]#^%\x00-\x1f]+')
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?=\s*(?:\.|$))", re.IGNORECASE)
_LONGEST = 180
"""Bytes of UTF-8, ending included: room below 255 for what sync programs add and for a mark that tells two apart."""


def file_name(title: str, ending: str = ".md", mark: str = "") -> str:
    """A name for `title`; `mark` stands before the `ending`. Never empty, never hidden, at most 180 bytes of UTF-8."""
    name = " ".join(_FORBIDDEN.sub(" ", clean_line(title[:1000])).split()).strip(" .~")[:_LONGEST]
    if _RESERVED.match(name):
        name = f"_{name}"
    room = _LONGEST - len((mark + ending).encode())
    # Decomposed, as macOS may write it, a name is longer than composed.
    while len(unicodedata.normalize("NFD", name).encode()) > room:
        name = name[:-1]
    # A cut must not leave half of a joined emoji or a letter without its accent.
    name = name.rstrip("\u200d\ufe0f").rstrip(" .~")
    return f"{name or 'Untitled'}{mark}{ending}"


def file_names(episodes: Iterable[Episode], ending: str = ".md") -> dict[str, str]:
    """A name for every episode, by its key. No two are the same where upper and lower case are one.

    The oldest of those with one title has the plain name, the others a mark made of their key; so a name never changes when
    a newer episode comes.
    """
    names: dict[str, str] = {}
    taken: set[str] = set()
    for episode in sorted(episodes, key=_age):
        name = file_name(episode.title, ending)
        if _same(name) in taken:
            name = file_name(episode.title, ending, f" ({hashlib.sha256(episode.key.encode()).hexdigest()[:8]})")
        taken.add(_same(name))
        names[episode.key] = name
    return names


def _age(episode: Episode) -> tuple[float, str]:
    return (episode.published.timestamp() if episode.published else float("inf"), episode.key)


def _same(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()
