"""Transcript lines as they are drawn: time, sentence, what is said, what was found. Behaviour is in `transcript_view`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from podcli.text import timecode
from podcli.tui.rows import cut
from podcli.tui.widgets.scroll_list import GUTTER
from podcli.tui.widgets.transcript_text import Layout, Spot

_TIMES = 50
"""Columns from which the time stands beside each sentence."""


class TranscriptLines(ScrollView, can_focus=True, inherit_bindings=False):
    """Draws the lines in sight only: a day of talk scrolls as easily as a minute."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "words--text", "words--time", "words--chapter", "words--speaker", "words--said", "words--word", "words--cursor",
        "words--hit", "words--hit-now", "words--hint",
    }  # fmt: skip
    DEFAULT_CSS = """
    TranscriptLines {
        height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; scrollbar-gutter: stable; background: $surface;
    }
    TranscriptLines > .words--text { color: $text; }
    TranscriptLines > .words--time { color: $text-muted; }
    TranscriptLines > .words--chapter { color: $text-primary; text-style: bold; }
    TranscriptLines > .words--speaker { color: $text-accent; text-style: italic; }
    TranscriptLines > .words--said { color: $text; background: $primary 30%; text-style: bold; }
    TranscriptLines > .words--word { text-style: bold reverse; }
    TranscriptLines > .words--cursor { background: $surface-lighten-2; }
    TranscriptLines:focus > .words--cursor { background: $primary 20%; }
    TranscriptLines > .words--hit { text-style: underline; color: $text-warning; }
    TranscriptLines > .words--hit-now { text-style: bold underline reverse; }
    TranscriptLines > .words--hint { background: $primary; color: $text; text-style: bold; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.following = True
        """Whether the view goes along with what plays."""
        self.keys_back = ""
        """What to press to rejoin what plays."""
        self._layout = Layout()
        self._words: Sequence[str] = ()
        self._cursor = -1
        self._said: int | None = None
        self._word: tuple[int, int] | None = None
        self._clock: tuple[float, float, float] | None = None
        """Position, monotonic time and speed of the last report; None while nothing here plays."""
        self._hits: list[Spot] = []
        self._hits_in: dict[int, list[int]] = {}
        """The numbers of the hits in each passage that has any."""
        self._hit = -1

    def _keep_in_view(self) -> None:
        """What is said stays in sight."""
        raise NotImplementedError

    def _redraw(self, index: int | None) -> None:
        if index is not None and 0 <= index < len(self._layout.tops):
            top, height = self._layout.tops[index] - round(self.scroll_y), len(self._layout.lines(index))
            self.refresh(Region(0, top, self.size.width, height))

    def on_resize(self, event: events.Resize) -> None:
        """Break the lines anew, keeping what is in sight in sight."""
        self._resize()

    def on_show(self, event: events.Show) -> None:
        """In front again."""
        self._resize()

    def _resize(self) -> None:
        width = self.scrollable_content_region.width
        if width <= 0:
            return
        top = self._layout.at_line(round(self.scroll_y))
        if self._layout.set_width(max(4, width - GUTTER - self._time_width(width))) and top is not None:
            self.scroll_to(y=self._layout.tops[top], animate=False, immediate=True, force=True)
        self.virtual_size = Size(width, self._layout.height + 1)  # the hint covers no words at the end
        if self.following:
            self._keep_in_view()
        self.refresh()

    def _time_width(self, width: int) -> int:
        if width < _TIMES or not self._layout.passages:
            return 0
        return len(timecode(self._layout.latest_s)) + 1

    def render_line(self, y: int) -> Strip:
        """Line `y` of what is in sight."""
        width, room = self.scrollable_content_region.width, self.scrollable_content_region.height
        if not self._layout.passages:
            text = self._words[y] if y < len(self._words) else ""
            look = self._look_of("words--text" if y == 0 else "words--time")
            return Strip([Segment(cut(f"   {text}", width).ljust(width), look)]).adjust_cell_length(width, look)
        if y == room - 1 and not self.following and self._clock is not None and self._clock[2] and room > 3:
            look = self._look_of("words--hint")
            return Strip([Segment(cut(f" {self.keys_back}: back to what plays", width), look)]).adjust_cell_length(width, look)
        index = self._layout.at_line(y + round(self.scroll_y))
        if index is None:
            return Strip.blank(width, self.rich_style)
        lines, number = self._layout.lines(index), y + round(self.scroll_y) - self._layout.tops[index]
        line = lines[number]
        if line.kind != "text":
            text = {"chapter": self._layout.chapter(index), "speaker": f"{self._layout.passages[index].speaker}:"}.get(
                line.kind, ""
            )
            look = self._look_of("words--chapter" if line.kind == "chapter" else "words--speaker")
            indent = " " * (GUTTER + self._time_width(width))
            return Strip([Segment(cut(indent + text, width), look)]).adjust_cell_length(width, self.rich_style)
        first = next(n for n, each in enumerate(lines) if each.kind == "text")
        return self._text_line(index, line.start, line.end, number == first, width)

    def _text_line(self, index: int, start: int, end: int, first: bool, width: int) -> Strip:
        passage, said, under = self._layout.passages[index], index == self._said, index == self._cursor
        mine = (["words--cursor"] if under else []) + (["words--said"] if said else [])
        base = self._look_of("words--text", *mine)
        lead = timecode(passage.start_s) if first and passage.start_s == passage.start_s else ""
        columns = self._time_width(width)
        gutter = ("›" if under and first else " ") + ("▶" if said and first else "▎" if said else " ") + " "
        segments = [Segment(gutter, base)]
        if columns:
            segments.append(Segment(lead.rjust(columns - 1) + " ", self._look_of("words--time", *mine)))
        at = start
        for spot_start, spot_end, name in self._spots(index, start, end):
            if spot_start > at:
                segments.append(Segment(passage.text[at:spot_start], base))
            mark = self.get_component_rich_style(name, partial=True)  # whole, its line's style would win over it
            segments.append(Segment(passage.text[spot_start:spot_end], base + mark))
            at = spot_end
        segments.append(Segment(passage.text[at:end], base))
        used = sum(cell_len(segment.text) for segment in segments)
        return Strip([*segments, Segment(" " * max(0, width - used), base)]).adjust_cell_length(width, base)

    def _spots(self, index: int, start: int, end: int) -> list[tuple[int, int, str]]:
        """What is marked between two offsets of a passage, in order, nothing twice."""
        marks = [
            (self._hits[n].start, self._hits[n].end, "words--hit-now" if n == self._hit else "words--hit")
            for n in self._hits_in.get(index, ())
        ]
        if index == self._said and self._word is not None:
            marks = [each for each in marks if each[1] <= self._word[0] or each[0] >= self._word[1]]
            marks.append((*self._word, "words--word"))
        inside = [(max(start, a), min(end, b), name) for a, b, name in marks]
        return sorted((a, b, name) for a, b, name in inside if a < b)

    def _look_of(self, *names: str) -> Style:
        return self.get_component_rich_style(*names)
