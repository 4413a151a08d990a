"""Digits: typed before a motion they say how often (``3j``); a digit alone is a view, after a moment."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual import events
from textual.binding import Binding

from podcli.text import clean
from podcli.tui import memory

if TYPE_CHECKING:
    from podcli.tui.app import PodcliApp

DIGITS = [Binding(digit, f"digit('{digit}')", show=False, system=True) for digit in "0123456789"]
_WAIT_S = 0.5
_MOST = 99_999


class Counting:
    """Collects digits. `after(seconds, call)` sets a timer and returns what stops it."""

    def __init__(
        self, after: Callable[[float, Callable[[], None]], Callable[[], None]], alone: Callable[[int], None],
        changed: Callable[[], None],
    ) -> None:  # fmt: skip
        self._after, self._alone, self._changed = after, alone, changed
        self._typed = ""
        self._stop: Callable[[], None] | None = None

    @property
    def typed(self) -> str:
        """What was typed so far."""
        return self._typed

    def digit(self, digit: str) -> None:
        """One more. A leading 0 is nobody's count."""
        if not self._typed and digit == "0":
            self._alone(0)
        else:
            self._typed = (self._typed + digit)[-len(str(_MOST)) :]
            self._rest(self._waited)

    def other_key(self) -> None:
        """Something else was pressed: what is typed belongs to it, and to nothing after it."""
        if self._typed:
            self._rest(self._forget)

    def key_done(self) -> None:
        """That something else has done its work: a count it did not use is nobody's."""
        if self._typed:
            self._forget()

    def take(self) -> int:
        """The count, used up; 1 when there is none."""
        count = int(self._typed or 1)
        if self._typed:
            self._forget()
        return count

    def _rest(self, then: Callable[[], None]) -> None:
        if self._stop is not None:
            self._stop()
        self._stop = self._after(_WAIT_S, then)
        self._changed()

    def _waited(self) -> None:
        typed = self._typed
        self._forget()
        if len(typed) == 1:
            self._alone(int(typed))

    def _forget(self) -> None:
        if self._stop is not None:
            self._stop()
        self._stop, self._typed = None, ""
        self._changed()


class Counts:
    """A part of the app."""

    if TYPE_CHECKING:
        counting: Counting

        @property
        def _app(self) -> PodcliApp: ...

    def take_count(self) -> int:
        """How often the next thing is to be done; asking uses it up."""
        return self.counting.take()

    def counts(self) -> dict[str, int]:
        """How much waits in each view."""
        library = self._app.library
        return {"inbox": library.inbox(), "queue": library.queued(), "jobs": len(self._app.active)}

    def aside(self) -> str:
        """What the first line says at the right: a count that is being typed, or who holds the library."""
        if self.counting.typed:
            return self.counting.typed
        held = self._app.bridge.held_by
        return f"read only (process {held})" if held is not None else ""

    def action_digit(self, digit: str) -> None:
        """A digit was pressed outside of any input."""
        self.counting.digit(digit)

    def after(self, seconds: float, then: Callable[[], None]) -> Callable[[], None]:
        """A timer, and what stops it."""
        return self._app.set_timer(seconds, then).stop

    def digit_alone(self, digit: int) -> None:
        """A digit that counts nothing is a key like others: mostly a view."""
        keys = self._app.keys
        command = next((each for each in keys.commands("everywhere") if str(digit) in keys.keys(each.id)), None)
        if command is not None:
            self._app.call_next(self._app.run_command, command)

    def count_changed(self) -> None:
        """Show what is being typed."""
        if (screen := self._app.front()) is not None:
            screen.tell_counts()

    async def on_event(self, event: events.Event) -> None:
        """A key that is no digit ends a count. What is pasted is cleaned: Textual's own inputs (the palette) draw it as it is."""
        if isinstance(event, events.Paste):
            event.text = clean(event.text)
        if isinstance(event, events.Key):
            memory.key_pressed()
            if not event.key.isdigit():
                self.counting.other_key()
        # Keys do their work when they come back from what has the focus (App._on_key).
        works = isinstance(event, events.Key) and event.is_forwarded and not event.key.isdigit()
        await super().on_event(event)  # type: ignore[misc]
        if works:
            self.counting.key_done()
