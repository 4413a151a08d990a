"""The words, following what plays: the sentence that is said is lit, the word too where its time is known."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Callable, Hashable, Sequence

from textual import events
from textual.message import Message
from textual.timer import Timer

from podcli.domain import Chapter
from podcli.text import clean_line
from podcli.tui.widgets.scroll_list import one
from podcli.tui.widgets.transcript_lines import TranscriptLines
from podcli.tui.widgets.transcript_text import Passage, find_all, spell_out

_FRAME_S = 0.05


class TranscriptView(TranscriptLines, inherit_bindings=False):
    """Keys are bound by the screen; the methods are named after the commands."""

    HINTS = ("list.open", "transcript.follow", "transcript.copy", "list.filter")
    """What the line at the bottom offers here first."""

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
        self._about: Hashable = None
        self._spelt: tuple[int, list[tuple[float, int, int]]] = (-1, [])
        self._needle = ""
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
        reader = self.current
        top = self._layout.tops[self._cursor] if reader is not None and self._layout.tops else 0
        self._layout.set(passages, start)
        if self._cursor < 0 and self._layout.passages:
            self._cursor = 0
        self._cursor = min(self._cursor, len(self._layout.passages) - 1)
        if self._needle:
            self._look(self._needle)
        self._resize()
        if reader is not None and start <= self._cursor:
            self._said = self._word = None  # what is said has another number now
            self._stay_at(reader, top)

    def _stay_at(self, reader: Passage, top: int) -> None:
        """What is being read stays where it was on the screen, however many words have come in before it."""
        self._cursor = self._layout.at_second(reader.start_s) or 0
        if self._layout.tops and (moved := self._layout.tops[self._cursor] - top):
            self.scroll_to(y=self.scroll_offset.y + moved, animate=False, immediate=True, force=True)

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
        """The last sentence; with a count, that one."""
        count = self.count()
        self._move(count - 1 if count > 1 else len(self._layout.passages) - 1)

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
