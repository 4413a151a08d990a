"""The words of an episode as text on lines: where they break, where each word is, where something is found. Pure; no Textual."""

from __future__ import annotations

import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from rich.cells import cell_len

from podcli.domain import Chapter, Word
from podcli.text import clean_line, timecode

Kind = Literal["chapter", "speaker", "text", "gap"]


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence, or what was heard so far of one; its text is cleaned."""

    number: int
    start_s: float
    end_s: float
    text: str
    speaker: str = ""
    words: tuple[Word, ...] = ()


class Spot(NamedTuple):
    """A stretch of a passage's text, as offsets."""

    passage: int
    start: int
    end: int


class TextLine(NamedTuple):
    """One line of the layout: text from `start` to `end` of the passage, or its chapter's or speaker's name."""

    kind: Kind
    start: int = 0
    end: int = 0


def break_lines(text: str, width: int) -> list[tuple[int, int]]:
    """Offsets (start, end) of the lines of `text` in at most `width` columns, broken at blanks where there are any."""
    width = max(1, width)
    size = len(text)
    if size <= width and (text.isascii() or cell_len(text) <= width):
        return [(0, size)]
    narrow = text.isascii()
    lines, at = list[tuple[int, int]](), 0
    while at < size:
        end = at + width if narrow else at + _fitting(text[at : at + 2 * width + 2], width)
        if end >= size:
            lines.append((at, size))
            break
        blank = text.rfind(" ", at, end + 1)
        cut = blank if blank > at else end
        lines.append((at, cut))
        at = cut + 1 if text[cut] == " " else cut
    return lines or [(0, 0)]


def _fitting(text: str, width: int) -> int:
    """How many characters of `text` fit; at least one."""
    used = 0
    for index, char in enumerate(text):
        used += cell_len(char)
        if used > width:
            return max(1, index)
    return len(text)


class Layout:
    """Passages on lines of a width; grows at the end while a transcript is being made."""

    def __init__(self) -> None:
        self.passages: list[Passage] = []
        self.tops: list[int] = []
        """The first line of each passage."""
        self.height = 0
        self._lines: list[list[TextLine]] = []
        self._starts: list[float] = []
        self._width = 0
        self._chapters: dict[int, str] = {}
        self._chapter_list: list[Chapter] = []

    def set(self, passages: Sequence[Passage], start: int) -> None:
        """Replace the passages from index `start` on."""
        self.passages[start:] = passages
        # Times from strangers may run backwards; what is said next is never earlier.
        self._starts = self._starts[:start]
        latest = self._starts[-1] if self._starts else 0.0
        for each in passages:
            latest = max(latest, each.start_s) if each.start_s == each.start_s else latest
            self._starts.append(latest)
        self._place_chapters()
        self._lay(min(start, len(self._lines)))

    def set_chapters(self, chapters: Sequence[Chapter]) -> bool:
        """Head the passages where these begin; whether anything moved."""
        if list(chapters) == self._chapter_list:
            return False
        self._chapter_list = list(chapters)
        self._place_chapters()
        self._lay(0)
        return True

    def set_width(self, width: int) -> bool:
        """Break anew; whether that was needed."""
        if width == self._width:
            return False
        self._width = width
        self._lay(0)
        return True

    def _place_chapters(self) -> None:
        self._chapters = {}
        for each in self._chapter_list:
            index = bisect_left(self._starts, each.start_s - 0.5)
            if index < len(self._starts):
                self._chapters.setdefault(index, clean_line(each.title, limit=200))

    def _lay(self, start: int) -> None:
        del self._lines[start:], self.tops[start:]
        self.height = self.tops[-1] + len(self._lines[-1]) if self._lines else 0
        if not self._width:
            return
        before = self.passages[start - 1].speaker if start else ""
        for index in range(start, len(self.passages)):
            each = self.passages[index]
            lines: list[TextLine] = []
            if index in self._chapters:
                lines += [TextLine("gap"), TextLine("chapter")] if index else [TextLine("chapter")]
            if each.speaker and each.speaker != before:
                lines.append(TextLine("speaker"))
            before = each.speaker
            lines += [TextLine("text", *span) for span in break_lines(each.text, self._width)]
            self.tops.append(self.height)
            self._lines.append(lines)
            self.height += len(lines)

    @property
    def latest_s(self) -> float:
        """When the last passage begins; times that are none do not count."""
        return self._starts[-1] if self._starts else 0.0

    def lines(self, index: int) -> Sequence[TextLine]:
        """The lines of a passage."""
        return self._lines[index]

    def chapter(self, index: int) -> str:
        """The chapter that begins with this passage."""
        return self._chapters.get(index, "")

    def at_line(self, line: int) -> int | None:
        """Which passage is on a line."""
        index = bisect_right(self.tops, line) - 1
        return index if 0 <= index < len(self.tops) and 0 <= line < self.height else None

    def at_second(self, second: float) -> int | None:
        """Which passage is being said, or was said last; None before the first."""
        index = bisect_right(self._starts, second + 0.05) - 1
        return index if index >= 0 else None


def spell_out(passage: Passage) -> list[tuple[float, int, int]]:
    """(second, start, end) of each word found in the text, in order. Words and text may differ a little: what does not fit is
    left out."""
    found, at, text = list[tuple[float, int, int]](), 0, passage.text.casefold()
    if len(text) != len(passage.text):
        text = passage.text
    for word in passage.words:
        token = word.text.strip()
        start = text.find(token.casefold(), at) if token else -1
        if start < 0 or start > at + 40:
            continue
        at = start + len(token)
        found.append((word.start_s, start, at))
    return found


def plain(text: str) -> str:
    """`text` without case and accents, every character still at its place."""
    if text.isascii():
        return text.lower()
    return "".join(unicodedata.normalize("NFD", char)[0].lower()[:1] or char for char in text)


def find_all(passages: Sequence[Passage], needle: str) -> list[Spot]:
    """Every place of `needle`, whatever its case and accents."""
    wanted, spots = plain(" ".join(needle.split())), list[Spot]()
    if not wanted:
        return spots
    for index, each in enumerate(passages):
        text = plain(each.text)
        at = text.find(wanted)
        while at >= 0:
            spots.append(Spot(index, at, at + len(wanted)))
            at = text.find(wanted, at + len(wanted))
    return spots


def quotation(passage: Passage, *, show: str, episode: str, link: str) -> str:
    """What is copied: the sentence and where it was said, as text anyone can paste. `link` may be ''."""
    at = f"{link.partition('#')[0]}#t={max(0, int(passage.start_s))}" if link else ""  # W3C Media Fragments URI
    source = ", ".join(part for part in (show, episode, timecode(passage.start_s)) if part)
    return clean_line(f"“{passage.text}” — {source} {at}")
