"""The words, following what plays: the sentence that is said is lit, the word too where its time is known."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Hashable, Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.timer import Timer

from podcli.domain import Chapter
from podcli.text import clean_line, timecode
from podcli.tui.rows import cut
from podcli.tui.widgets.scroll_list import GUTTER, one
from podcli.tui.widgets.transcript_text import Layout, Passage, Spot, find_all, spell_out

_FRAME_S = 0.05
_TIMES = 50
"""Columns from which the time stands beside each sentence."""
_HINT = "f or End: back to what plays"


class TranscriptView(ScrollView, can_focus=True, inherit_bindings=False):
    """Draws the lines in sight only: a day of talk scrolls as easily as a minute. Keys are bound by the screen."""

    BINDING_GROUP_TITLE = "Transcript"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "words--text", "words--time", "words--chapter", "words--speaker", "words--said", "words--word", "words--cursor",
        "words--hit", "words--hit-now", "words--hint",
    }  # fmt: skip
    DEFAULT_CSS = """
    TranscriptView { height: 1fr; overflow-x: hidden; scrollbar-size-vertical: 1; background: $surface; }
    TranscriptView > .words--text { color: $text; }
    TranscriptView > .words--time { color: $text-muted; }
    TranscriptView > .words--chapter { color: $text-primary; text-style: bold; }
    TranscriptView > .words--speaker { color: $text-accent; text-style: italic; }
    TranscriptView > .words--said { color: $text; background: $primary 30%; text-style: bold; }
    TranscriptView > .words--word { text-style: bold reverse; }
    TranscriptView > .words--cursor { background: $surface-lighten-2; }
    TranscriptView:focus > .words--cursor { background: $primary 20%; }
    TranscriptView > .words--hit { text-style: underline; color: $text-warning; }
    TranscriptView > .words--hit-now { text-style: bold underline reverse; }
    TranscriptView > .words--hint { background: $primary; color: $text; text-style: bold; }
    """

    class Seek(Message):
        """The listener wants to hear this second."""

        def __init__(self, start_s: float) -> None:
            super().__init__()
            self.start_s = start_s

    class Copy(Message):
        """The listener wants this sentence."""

        def __init__(self, passage: Passage) -> None:
            super().__init__()
            self.passage = passage

    class Found(Message):
        """Hit `index` (from 1) of `count`; 0 of 0 when there is none."""

        def __init__(self, index: int, count: int) -> None:
            super().__init__()
            self.index, self.count = index, count

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.count: Callable[[], int] = one
        self.following = True
        """Whether the view goes along with what plays."""
        self._layout = Layout()
        self._about: Hashable = None
        self._words: Sequence[str] = ()
        self._cursor = -1
        self._said: int | None = None
        self._word: tuple[int, int] | None = None
        self._spelt: tuple[int, list[tuple[float, int, int]]] = (-1, [])
        self._clock: tuple[float, float, float] | None = None
        """Position, monotonic time and speed of the last report; None while nothing here plays."""
        self._needle = ""
        self._hits: list[Spot] = []
        self._hits_in: dict[int, list[int]] = {}
        """The numbers of the hits in each passage that has any."""
        self._hit = -1
        self._frames: Timer | None = None

    # What it shows

    def show(self, about: Hashable, passages: Sequence[Passage], *, start: int = 0) -> None:
        """Replace the passages from index `start` on. About something else: back to the top, following again."""
        if about != self._about:
            self._about, self.following, self._cursor, self._clock = about, True, -1, None
            self._said = self._word = None
            start = 0
            self.scroll_to(y=0, animate=False, immediate=True, force=True)
        self._words = ()
        self._spelt = (-1, [])
        self._layout.set(passages, start)
        if self._cursor < 0 and self._layout.passages:
            self._cursor = 0
        self._cursor = min(self._cursor, len(self._layout.passages) - 1)
        if self._needle:
            self._look(self._needle)
        self._resize()

    def chapters(self, chapters: Sequence[Chapter]) -> None:
        """Head the passages where chapters begin."""
        if self._layout.set_chapters(chapters):
            self._resize()

    def say(self, lines: Sequence[str]) -> None:
        """Words in place of a transcript."""
        self._words = [clean_line(line) for line in lines]
        self.refresh()

    @property
    def current(self) -> Passage | None:
        """The passage under the cursor."""
        return self._layout.passages[self._cursor] if 0 <= self._cursor < len(self._layout.passages) else None

    @property
    def said(self) -> Passage | None:
        """The passage that is being said."""
        return self._layout.passages[self._said] if self._said is not None and self._said < len(self._layout.passages) else None

    # Following

    def follow(self, position_s: float, speed: float, paused: bool) -> None:
        """What the player says, some times a second; in between the clock is carried on here."""
        self._clock = (position_s, time.monotonic(), 0.0 if paused else speed)
        self._step()
        playing = not paused and self.display
        if playing and self._frames is None:
            self._frames = self.set_interval(_FRAME_S, self._step)
        elif not playing:
            self._rest()

    def on_hide(self) -> None:
        """Nobody looks."""
        self._rest()

    def _rest(self) -> None:
        if self._frames is not None:
            self._frames.stop()
            self._frames = None

    def _step(self) -> None:
        """Light what is being said now; only lines that read differently are drawn."""
        if self._clock is None or not self.display:
            self._rest()
            return
        position, then, speed = self._clock
        now = position + min(1.0, time.monotonic() - then) * speed  # a player that stopped reporting has stopped
        said = self._layout.at_second(now)
        if said is not None and said >= len(self._layout.tops):
            said = None
        word = self._word_at(said, now)
        if said == self._said and word == self._word:
            return
        before, self._said, self._word = self._said, said, word
        for index in {before, said} - {None}:
            self._redraw(index)
        if said != before and self.following:
            self._keep_in_view()

    def _word_at(self, said: int | None, now: float) -> tuple[int, int] | None:
        if said is None or not self._layout.passages[said].words:
            return None
        if self._spelt[0] != said:
            self._spelt = (said, spell_out(self._layout.passages[said]))
        words = self._spelt[1]
        at = bisect_right(words, now + 0.05, key=lambda each: each[0]) - 1
        return words[at][1:] if at >= 0 else None

    def _redraw(self, index: int | None) -> None:
        if index is not None and index < len(self._layout.tops):
            top, height = self._layout.tops[index] - round(self.scroll_y), len(self._layout.lines(index))
            self.refresh(Region(0, top, self.size.width, height))

    def _keep_in_view(self) -> None:
        """What is said stays in the middle third."""
        if self._said is None or self._said >= len(self._layout.tops):
            return
        self._cursor = self._said
        top, room = self._layout.tops[self._said], self.scrollable_content_region.height
        height, at = len(self._layout.lines(self._said)), round(self.scroll_y)
        if not at + room // 3 <= top <= max(at + room // 3, at + 2 * room // 3 - height):
            self.scroll_to(y=max(0, top - room // 3), animate=False, immediate=True, force=True)
        self.refresh()

    def _wander(self) -> None:
        """The listener looks elsewhere."""
        if self.following:
            self.following = False
            self.refresh()

    def rejoin(self) -> None:
        """Back to what is being said."""
        self.following = True
        if self._said is None:
            self._move(len(self._layout.passages) - 1)
            self.following = True
        self._keep_in_view()
        self.refresh()

    def action_transcript_follow(self) -> None:
        """Back to what is being said."""
        self.rejoin()

    def action_transcript_copy(self) -> None:
        """Have the sentence under the cursor copied."""
        if self.current is not None:
            self.post_message(self.Copy(self.current))

    # Moving

    def _move(self, index: int) -> None:
        if not self._layout.passages:
            return
        self._wander()
        before, self._cursor = self._cursor, min(max(index, 0), len(self._layout.passages) - 1)
        if self._cursor < len(self._layout.tops):
            top, height = self._layout.tops[self._cursor], len(self._layout.lines(self._cursor))
            room, at = self.scrollable_content_region.height - 1, round(self.scroll_y)
            if top < at or height > room:
                self.scroll_to(y=top, animate=False, immediate=True, force=True)
            elif top + height > at + room:
                self.scroll_to(y=top + height - room, animate=False, immediate=True, force=True)
        self._redraw(before)
        self._redraw(self._cursor)

    def _page(self, pages: float) -> None:
        if not self._layout.tops:
            return
        lines = round(self.scrollable_content_region.height * pages)
        line = min(max(self._layout.tops[max(0, self._cursor)] + lines, 0), self._layout.height - 1)
        target = self._layout.at_line(line)
        if target is not None:
            self._move(target if target != self._cursor else self._cursor + (1 if pages > 0 else -1))

    def action_list_down(self) -> None:
        """The next sentence."""
        self._move(self._cursor + self.count())

    def action_list_up(self) -> None:
        """The sentence before."""
        self._move(self._cursor - self.count())

    def action_list_page_down(self) -> None:
        """A page down."""
        self._page(1.0 * self.count())

    def action_list_page_up(self) -> None:
        """A page up."""
        self._page(-1.0 * self.count())

    def action_list_half_down(self) -> None:
        """Half a page down."""
        self._page(0.5 * self.count())

    def action_list_half_up(self) -> None:
        """Half a page up."""
        self._page(-0.5 * self.count())

    def action_list_top(self) -> None:
        """The first sentence."""
        self._move(0)

    def action_list_bottom(self) -> None:
        """The last sentence."""
        self._move(len(self._layout.passages) - 1)

    def action_list_open(self) -> None:
        """Play from the sentence under the cursor, and follow."""
        if self.current is not None:
            self.following = True
            self.post_message(self.Seek(self.current.start_s))
            self.refresh()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The listener looks elsewhere."""
        self._wander()

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The listener looks elsewhere."""
        self._wander()

    def on_click(self, event: events.Click) -> None:
        """A click chooses a sentence, a double click plays it."""
        index = self._layout.at_line(event.y + round(self.scroll_y))
        if index is not None:
            self._move(index)
            if event.chain == 2:
                self.action_list_open()

    # Finding

    def find(self, needle: str) -> None:
        """Mark every place of `needle` and go to the first from the cursor on."""
        self._look(needle)
        after = next((n for n, hit in enumerate(self._hits) if hit.passage >= self._cursor), 0 if self._hits else -1)
        self._go_to_hit(after)

    def action_list_find_next(self) -> None:
        """The next hit."""
        self._go_to_hit(self._hit + self.count())

    def action_list_find_previous(self) -> None:
        """The hit before."""
        self._go_to_hit(self._hit - self.count())

    def _look(self, needle: str) -> None:
        self._needle = needle.strip()
        self._hits, self._hit = find_all(self._layout.passages, self._needle), -1
        self._hits_in = {}
        for number, hit in enumerate(self._hits):
            self._hits_in.setdefault(hit.passage, []).append(number)

    def _go_to_hit(self, index: int) -> None:
        if self._hits:
            self._hit = index % len(self._hits)
            self._move(self._hits[self._hit].passage)
        self.refresh()
        if self._needle:
            self.post_message(self.Found(self._hit + 1 if self._hits else 0, len(self._hits)))

    # Drawing

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
        self.virtual_size = Size(width, self._layout.height)
        if self.following:
            self._keep_in_view()
        self.refresh()

    def _time_width(self, width: int) -> int:
        if width < _TIMES or not self._layout.passages:
            return 0
        return len(timecode(self._layout.passages[-1].start_s)) + 1

    def render_line(self, y: int) -> Strip:
        """Line `y` of what is in sight."""
        width, room = self.scrollable_content_region.width, self.scrollable_content_region.height
        if not self._layout.passages:
            text = self._words[y] if y < len(self._words) else ""
            look = self._look_of("words--text" if y == 0 else "words--time")
            return Strip([Segment(cut(f"   {text}", width).ljust(width), look)]).adjust_cell_length(width, look)
        if y == room - 1 and not self.following and self._clock is not None and self._clock[2] and room > 3:
            look = self._look_of("words--hint")
            return Strip([Segment(cut(f" {_HINT}", width), look)]).adjust_cell_length(width, look)
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
            segments.append(Segment(passage.text[spot_start:spot_end], base + self._look_of(name, *mine)))
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
