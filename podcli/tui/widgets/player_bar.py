"""What plays, where it is, how fast, and whether it stands still: in words and shapes, not in colours."""

from __future__ import annotations

from typing import ClassVar

from rich.cells import cell_len
from textual.binding import BindingType
from textual.content import Content
from textual.reactive import reactive, var
from textual.widget import Widget

from podcli.domain import PlayerState
from podcli.text import clean_line, timecode
from podcli.tui.phrases import bar, title
from podcli.tui.rows import cut


class PlayerBar(Widget):
    """Two lines: title and state, then the times with a bar between them."""

    BINDINGS: ClassVar[list[BindingType]] = []
    DEFAULT_CSS = """
    PlayerBar { height: 2; padding: 0 1; background: $panel; color: $text; }
    PlayerBar.-idle { height: 1; color: $text-muted; }
    """

    state: var[PlayerState] = var(PlayerState())
    show_title: reactive[str] = reactive("")

    _drawn = ""

    def on_mount(self) -> None:
        """Nothing plays yet."""
        self.set_class(True, "-idle")

    def watch_state(self, state: PlayerState) -> None:
        """One line while nothing is loaded; drawn anew only when it reads differently, not at each of four reports a second."""
        self.set_class(state.episode_id is None, "-idle")
        if (text := self.render().plain) != self._drawn:
            self._drawn = text
            self.refresh()

    def render(self) -> Content:
        """The two lines."""
        state, width = self.state, max(10, self.content_size.width)
        if state.episode_id is None:
            return Content(cut("Nothing plays yet.", width))
        name = title(state.title)
        sign, word = self._sign()
        aside = clean_line(state.problem or state.notice)
        speed = f"{state.speed:g}×"
        beside = aside or (title(self.show_title) if self.show_title else "")
        first = f"{sign} {name}" + (f" — {beside}" if beside else "")
        tail = f"  {speed}" + (f"  {word}" if word else "")
        here = timecode(state.position_s)
        whole = timecode(state.duration_s) if state.duration_s else "?"
        room = width - cell_len(here) - cell_len(whole) - cell_len(tail) - 2
        line = bar(state.position_s / state.duration_s if state.duration_s else 0.0, max(0, room))
        second = f"{here} {line} {whole}{tail}" if room >= 4 else f"{here} / {whole}{tail}"
        return Content("\n".join((cut(first, width), cut(second, width))))

    def _sign(self) -> tuple[str, str]:
        if self.state.problem:
            return "!", "stopped"
        if self.state.ended:
            return "■", "finished"
        return ("‖", "paused") if self.state.paused else ("▶", "")
