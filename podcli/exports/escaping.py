"""Words of strangers as plain words in Markdown: no heading, list, link, HTML, tag or comment comes of them.

Sources: CommonMark 0.31 §2.4 (backslash escapes) and §6.3 (links), GitHub Flavored Markdown §4.10 (tables), Obsidian Flavored
Markdown (``[[links]]``, ``%%comments%%``, ``==marks==``, ``#tags``, ``^blocks``, ``$maths$``), Notion's enhanced Markdown
(tags and ``{attributes}``).
"""

from __future__ import annotations

import re
from urllib.parse import quote

from podcli.text import clean, clean_line

# Where a mark means something in any of these dialects; letters and ordinary punctuation stay readable in the source.
_MARKS = re.compile(r"[\\`*_\[\]|~$^#{}]|==+|%%+|::+|\(\(+|&(?=#?\w{1,40};)")
# What starts a list, a quote, a rule, an underlined heading or a definition when a line begins with it.
_LINE_START = re.compile(r"^([-+=:]|\d{1,9}(?=[.)](?:\s|$)))")
_BREAK = re.compile(r"(?<=[^\n])\n(?=[^\n])")


def markdown_text(text: str) -> str:
    """One line of plain words; line breaks in `text` become blanks."""
    return _plain(clean_line(text))


def markdown_lines(text: str) -> list[str]:
    """Plain words line by line; runs of empty lines are one."""
    lines: list[str] = []
    for line in clean(text).split("\n"):
        plain = _plain(clean_line(line))
        if plain or (lines and lines[-1]):
            lines.append(plain)
    return lines[:-1] if lines and not lines[-1] else lines


def markdown_block(text: str) -> str:
    """Plain words with their line breaks kept (a backslash at the end of a line) and paragraphs apart."""
    return _BREAK.sub("\\\\\n", "\n".join(markdown_lines(text)))


def markdown_quote(text: str) -> str:
    """A block quote; '' for no words."""
    lines = markdown_block(text).split("\n")
    return "\n".join(f"> {line}".rstrip() for line in lines) if lines != [""] else ""


def markdown_link(words: str, url: str) -> str:
    """`words` linked to `url`, or `words` alone when there is no http(s) address."""
    target = link_target(url)
    return f"[{markdown_text(words)}]({target})" if target else markdown_text(words)


def link_target(url: str) -> str:
    """An http(s) address that is safe between the brackets of a Markdown link; '' for any other."""
    url = clean_line(url)
    if not re.match(r"https?://[^\s/]", url, re.IGNORECASE):
        return ""
    return quote(url, safe="/%:=&?~#+!$,;'@.-")


def _plain(line: str) -> str:
    line = _MARKS.sub(lambda found: "".join("\\" + mark for mark in found[0]), line)
    line = line.replace("<", "&lt;").replace(">", "&gt;")  # programs that know no backslash before "<" still see no tag
    start = _LINE_START.match(line)
    if not start:
        return line
    digits = start[1].isdigit()
    return f"{start[1]}\\{line[start.end() :]}" if digits else f"\\{line}"
