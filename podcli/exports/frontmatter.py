"""YAML frontmatter whose values come back exactly as they went in, whatever is in them.

Text is written as double-quoted scalars (YAML 1.2 §7.3.1, of which JSON strings are a subset) with everything outside YAML's
printable characters (§5.1) and every line break of YAML 1.1 escaped.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date

Value = str | int | float | bool | date | Sequence[str] | None

_ESCAPED = re.compile('["\\\\\x00-\x1f\x7f-\xa0\u2028\u2029\ud800-\udfff\ufdd0-\ufdef\ufeff\ufffe\uffff]')
_KEY = re.compile(r"[A-Za-z][\w-]{0,60}")


def frontmatter(properties: Mapping[str, Value]) -> str:
    """The block between ``---`` lines, in the order given; properties that are None are left out.

    Lists are written one item a line, as Obsidian does. A lone surrogate, which is no character, becomes U+FFFD.
    Raises ValueError for a name that is no plain word.
    """
    lines = ["---"]
    for name, value in properties.items():
        if not _KEY.fullmatch(name):
            raise ValueError(name)
        if value is None:
            continue
        if isinstance(value, Sequence) and not isinstance(value, str):
            lines += [f"{name}:", *(f"  - {_scalar(item)}" for item in value)] if value else [f"{name}: []"]
        else:
            lines.append(f"{name}: {_scalar(value)}")
    return "\n".join([*lines, "---"])


def _scalar(value: str | int | float | bool | date) -> str:
    if isinstance(value, str):
        return '"' + _ESCAPED.sub(_escape, value) + '"'
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:%Y-%m-%d}" if isinstance(value, date) else str(value)


def _escape(found: re.Match[str]) -> str:
    char = found[0]
    if char in '"\\':
        return "\\" + char
    code = ord(char)
    return "\ufffd" if 0xD800 <= code <= 0xDFFF else f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"
