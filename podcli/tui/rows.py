"""Rows of a list, and how they are laid out in lines. Pure: no Textual, no services."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from rich.cells import cell_len, set_cell_size

Tone = Literal["text", "dim", "head"]


@dataclass(frozen=True, slots=True)
class Row:
    """One entry of a list. Every text in it is cleaned by whoever makes the row (see `phrases`)."""

    key: Hashable
    """What it stands for; the cursor stays on it when the list changes."""
    text: str
    lead: str = ""
    """A short column at the left, such as a time."""
    tail: str = ""
    """At the right of the first line, such as a count."""
    note: str = ""
    """Beneath, paler: dates, quotes."""
    more: str = ""
    """Beneath that, in at most two lines: a gist."""
    start_s: float | None = None
    """The second of the episode it belongs to."""
    wrap: bool = True
    """Whether long text goes on in the next line instead of being cut."""
    gap: bool = False
    """An empty line after it."""
    tone: Tone = "text"
    live: bool = True
    """Whether the cursor may rest on it."""
    marks: tuple[tuple[int, int], ...] = ()
    """Stretches of `text` that stand out: first character, and the one after the last. In order."""

    def matches(self, needle: str) -> bool:
        """Whether it contains `needle`, which is casefolded."""
        return needle in self.text.casefold() or needle in self.note.casefold()


class Line(NamedTuple):
    """One line of a laid-out row."""

    lead: str
    text: str
    tail: str
    tone: Tone
    marks: tuple[tuple[int, int], ...] = ()


def lay_out(row: Row, width: int, lead_width: int) -> tuple[Line, ...]:
    """The lines of `row` in `width` columns, `lead_width` of which belong to the column at the left, if it has one."""
    lead_width = lead_width if row.lead else 0
    room = max(4, width - lead_width)
    lead = row.lead.rjust(lead_width - 1) + " " if lead_width else ""
    blank = " " * lead_width
    if row.wrap:
        lines = [
            Line(blank, piece, "", row.tone) for piece in wrapped(row.text, room - (cell_len(row.tail) + 1 if row.tail else 0))
        ]
    else:
        lines = [Line(blank, cut(row.text, room - (cell_len(row.tail) + 1 if row.tail else 0)), "", row.tone)]
    if row.marks:
        lines = _marked(row, lines)
    lines[0] = lines[0]._replace(lead=lead, tail=row.tail)
    if row.note:
        pieces = wrapped(row.note, room) if row.wrap else [cut(row.note, room)]
        lines += [Line(blank, piece, "", "dim") for piece in pieces]
    if row.gap:
        lines.append(Line(blank, "", "", "text"))
    return tuple(lines)


def _marked(row: Row, lines: list[Line]) -> list[Line]:
    """`lines` with what stands out in the text that each of them holds."""
    found, at = list[Line](), 0
    for line in lines:
        at = max(at, row.text.find(line.text.rstrip("…"), at))
        end = at + len(line.text)
        inside = tuple((max(first, at) - at, min(last, end) - at) for first, last in row.marks if first < end and last > at)
        found.append(line._replace(marks=inside))
        at = end
    return found


def fixed(row: Row, width: int, height: int) -> tuple[Line, ...]:
    """`row` in exactly `height` lines: its text, its note, and what is left of `more` in the lines that remain."""
    lines = [Line("", cut(row.text, width - (cell_len(row.tail) + 1 if row.tail else 0)), row.tail, row.tone)]
    lines.append(Line("", cut(row.note, width), "", "dim"))
    if height > 2:
        pieces = wrapped(row.more, max(4, width - 2))
        room = height - 2
        if len(pieces) > room:
            pieces = [*pieces[: room - 1], cut(" ".join(pieces[room - 1 :]), width - 2)]
        lines += [Line("", f"  {piece}", "", "text") for piece in pieces]
        lines += [Line("", "", "", "text")] * (height - len(lines))
    return tuple(lines)


def cut(text: str, width: int) -> str:
    """`text` in at most `width` columns, marked with an ellipsis when something is missing."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, max(0, width - 1)).rstrip() + "…"


def wrapped(text: str, width: int) -> list[str]:
    """`text` in lines of at most `width` columns, broken at blanks where there are any."""
    width = max(1, width)
    if len(text) <= width and cell_len(text) <= width:
        return [text]
    wide = cell_len(text) != len(text)
    lines = list[str]()
    while text:
        end = _fitting(text, width) if wide else width
        if len(text) <= end:
            lines.append(text)
            break
        blank = text.rfind(" ", 0, end + 1)
        at = blank if blank > 0 else end
        lines.append(text[:at].rstrip())
        text = text[at:].lstrip()
    return lines or [""]


def _fitting(text: str, width: int) -> int:
    """How many characters of `text` fit into `width` columns; at least one."""
    used = 0
    for index, char in enumerate(text[: width * 2 + 2]):
        used += cell_len(char)
        if used > width:
            return max(1, index)
    return len(text) if len(text) <= width * 2 + 2 else width
