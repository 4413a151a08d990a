"""Templates with the variables and syntax that Snipd's users know, so that theirs work here.

``{{name}}`` is replaced; ``{{name}}[[## Heading]]`` puts the heading above it; neither is written when there is nothing to say.
Source: the Obsidian plugin of Snipd (github.com/snipd-app/snipd-obsidian, ``src/types.ts`` and its formatting guide).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from podcli.errors import UsageError
from podcli.text import clean_line

EPISODE_VARIABLES = (
    "episode_title", "episode_image", "show_title", "show_author", "guests", "hosts", "episode_publish_date",
    "episode_ai_description", "episode_description", "mentioned_books", "episode_duration", "episode_url", "show_url",
    "episode_export_date", "episode_summary", "episode_takeaways", "episode_chapters",
)  # fmt: skip
"""Snipd's, and of podcli's own `hosts` and the last three."""
SECTION_VARIABLES = (*EPISODE_VARIABLES, "snips_section")
SNIP_VARIABLES = (
    "snip_title", "snip_url", "snip_tags", "snip_favorite_star", "snip_start_time", "snip_end_time", "snip_duration", "snip_note",
    "snip_quote", "snip_transcript", "snip_audio_player", "snip_link", "snip_speaker", "snip_summary", "snip_takeaway",
)  # fmt: skip
"""Snipd's, and the last four of podcli's own."""

_VARIABLE = re.compile(r"\{\{[ \t]*([^{}\n]{0,200}?)[ \t]*\}\}(?:\[\[([^\n]{0,300}?)\]\])?")
_EMPTY_LINES = re.compile(r"\n{3,}")
_HEADING = re.compile(r"^(#{1,6})[ \t]+(.*?)[ \t]*$", re.M)

Part = tuple[str, str, str]
"""The text before a variable, its name ('' at the end of a line), and its heading or ''."""


@dataclass(frozen=True, slots=True)
class Template:
    """A template that was read once, line by line; `render` goes through it once per episode or snip."""

    lines: tuple[tuple[Part, ...], ...]

    def render(self, values: Mapping[str, str]) -> str:
        """The template with `values` in place (what is missing is ''); they are put in as they are, never read as templates.

        A line whose variables are all empty is left out; more than one empty line in a row becomes one.
        """
        written = []
        for parts in self.lines:
            named = [values.get(name, "") for _, name, _ in parts if name]
            if named and not any(value.strip() for value in named):
                continue
            line = "".join(text + _under(heading, values.get(name, "") if name else "") for text, name, heading in parts)
            written.append(_HEADING.sub(r"\1 \2", line) if line.startswith("#") else line)
        return _EMPTY_LINES.sub("\n\n", "\n".join(written)).strip("\n")

    def section(self, name: str, value: str) -> str | None:
        """What `name` puts into the text when it is `value`, heading included; None when the template does not have it."""
        found = next((heading for parts in self.lines for _, each, heading in parts if each == name), None)
        return None if found is None else _under(found, value)


def _under(heading: str, value: str) -> str:
    return f"{heading}\n\n{value}" if heading and value.strip() else value


def read_template(text: str, names: Sequence[str]) -> Template:
    """`text` read as a template in which `names` may stand.

    Raises UsageError for a variable that is not among them: it names the variable, its line and names like it.
    """
    lines = []
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), 1):
        parts: list[Part] = []
        end = 0
        for found in _VARIABLE.finditer(line):
            if found[1] not in names:
                raise _unknown(found[1], number, names)
            parts.append((line[end : found.start()], found[1], (found[2] or "").strip()))
            end = found.end()
        lines.append((*parts, (line[end:], "", "")))
    return Template(tuple(lines))


def _unknown(name: str, line: int, names: Sequence[str]) -> UsageError:
    shown = clean_line(name, limit=60)
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"These are known: {', '.join(names)}."
    return UsageError(f"Line {line} of the template has the variable “{shown}”, which does not exist.", hint)
