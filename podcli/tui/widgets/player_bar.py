"""What plays, where it is, how fast, and whether it stands still: in words and shapes, not in colours."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len
from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.widget import Widget

from podcli.domain import NowPlaying, Sleep, Span
from podcli.text import clean_line, human_duration, timecode
from podcli.tui.phrases import minutes, title
from podcli.tui.rows import cut

_HERE, _HEARD, _AHEAD, _CHAPTER, _CHAPTER_HEARD = "●", "━", "─", "┬", "┯"
_SHORTEST_BAR = 4


class PlayerBar(Widget):
    """Two lines: title, chapter and state; then the times with a seek bar between them. One line while nothing is loaded."""

    DEFAULT_CSS = """
    PlayerBar { height: 2; padding: 0 1; background: $panel; color: $text; }
    PlayerBar.-idle { height: 1; color: $text-muted; }
    """

    class Seek(Message):
        """The listener clicked this second."""

        def __init__(self, second: float) -> None:
            super().__init__()
            self.second = second

    now: var[NowPlaying] = var(NowPlaying)

    _drawn = ""
    _bar = (0, 0)
    """First column and width of the seek bar."""

    def on_mount(self) -> None:
        """Nothing plays yet."""
        self.set_class(self.now.state.episode_id is None, "-idle")

    def watch_now(self, now: NowPlaying) -> None:
        """Drawn anew only when it reads differently, not at each of four reports a second."""
        self.set_class(now.state.episode_id is None, "-idle")
        if (text := self.render().plain) != self._drawn:
            self._drawn = text
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        """Go to where the seek bar was clicked."""
        first, width = self._bar
        at = event.get_content_offset_capture(self).x - first
        if event.y == self.content_size.height - 1 and 0 <= at < width and self.now.state.duration_s:
            self.post_message(self.Seek((at + 0.5) / width * self.now.state.duration_s))

    def render(self) -> Content:
        """The lines."""
        width = max(10, self.content_size.width)
        if self.now.state.episode_id is None:
            return Content(cut("Nothing plays yet.", width))
        if self.content_size.height == 1:
            return Content(self._times(width))
        return Content("\n".join((self._headline(width), self._times(width))))

    def _headline(self, width: int) -> str:
        now, state = self.now, self.now.state
        sign, word = _sign(now)
        aside = clean_line(state.problem or state.notice)
        show = title(now.episode.show_title) if now.episode else ""
        chapter = f"{title(now.chapter.title)} ({now.chapter.source})" if now.chapter else ""
        what = f"{sign} {title(state.title)}"
        if now.moment is not None:
            number, count = now.moment_number
            about = cut(title(now.moment.text), max(10, width // 2))  # where it is from is worth as much
            what, chapter = f"{sign} {number}/{count} {about} — {title(state.title)}", ""
        text = " — ".join(part for part in (what, aside or show, "" if aside else chapter) if part)
        tail = "  ".join(part for part in (word, _how(now)) if part)
        if not tail or width < 40:
            return cut(text, width)
        left = cut(text, max(8, width - cell_len(tail) - 2))
        return cut(left + " " * max(2, width - cell_len(left) - cell_len(tail)) + tail, width)

    def _times(self, width: int) -> str:
        state, now = self.now.state, self.now
        here = timecode(state.position_s)
        whole = timecode(state.duration_s) if state.duration_s else "?"
        left = _left(now)
        tail = f"{left}  {state.speed:g}×" + sleeps(now.sleep)
        for text in (tail, f"  {state.speed:g}×{sleeps(now.sleep)}", f"  {state.speed:g}×"):
            room = width - cell_len(here) - cell_len(whole) - cell_len(text) - 2
            if room >= _SHORTEST_BAR:
                self._bar = (cell_len(here) + 1, room)
                return f"{here} {seek_bar(now, room)} {whole}{text}"
        self._bar = (0, 0)
        short = f"{_sign(now)[0]} {here} / {whole}"
        return cut(f"{short}  {state.speed:g}×" if cell_len(short) + 5 <= width else short, width)


def _left(now: NowPlaying) -> str:
    if not now.left_s or now.state.ended:
        return ""
    return f" · {human_duration(now.left_s) if now.moment else minutes(now.left_s)} left"


def seek_bar(now: NowPlaying, width: int) -> str:
    """``━━┯━●──┬───``: what was heard, where chapters begin, and where it is."""
    duration, position = now.state.duration_s, now.state.position_s
    if not duration or duration <= 0:
        return _AHEAD * width
    here = min(width - 1, int(position / duration * width))
    marks = {min(width - 1, int(each.start_s / duration * width)) for each in now.chapters if 0 < each.start_s < duration}
    cells = list[str]()
    for n in range(width):
        heard = _is_heard(now.heard, (n + 0.5) / width * duration)
        if n == here:
            cells.append(_HERE)
        elif n in marks:
            cells.append(_CHAPTER_HEARD if heard else _CHAPTER)
        else:
            cells.append(_HEARD if heard else _AHEAD)
    return "".join(cells)


def _is_heard(spans: Sequence[Span], second: float) -> bool:
    return any(start <= second < end for start, end in spans)


def sleeps(sleep: Sleep | None) -> str:
    """``  ☾ 12 min``, or until the end of the chapter or the episode."""
    if sleep is None:
        return ""
    if sleep.kind != "minutes":
        return f"  ☾ end of {sleep.kind}"
    if sleep.left_s is None:
        return "  ☾"
    return f"  ☾ {minutes(sleep.left_s)}" if sleep.left_s >= 60 else f"  ☾ {max(0, round(sleep.left_s))} s"


def _how(now: NowPlaying) -> str:
    """What was done to the sound, in short words."""
    state = now.state
    parts = ["muted" if state.muted else f"vol {state.volume:.0f}" if state.volume < 100 else ""]
    parts += ["smart" if now.smart_speed else "", "boost" if now.voice_boost else ""]
    parts += ["levelled" if now.loudness != "off" else ""]
    return " · ".join(part for part in parts if part)


def _sign(now: NowPlaying) -> tuple[str, str]:
    if now.state.problem:
        return "!", "stopped"
    if now.state.ended:
        return "■", "finished"
    return ("‖", "paused") if now.state.paused else ("▶", "")
