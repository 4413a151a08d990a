"""Keys typed while a window opens belong to that window, not to the view beneath: whoever types ``:quit`` quickly means it."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

from textual import events
from textual.message import Message
from textual.screen import ModalScreen, Screen
from textual.widgets import Input

_PATIENCE_S = 1.0


class TypeAhead:
    """A part of the app."""

    if TYPE_CHECKING:
        screen: Any
        focused: Any
        screen_stack: Any

    _opening: Screen[Any] | None = None

    class Passed(Message):
        """Goes the way of the keys that were sent before it, and comes back after them."""

        def __init__(self) -> None:
            super().__init__()
            self.back = asyncio.Event()

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self._back = deque[events.Key]()
        """Came back from the view beneath: typed before those that were held."""
        self._held = deque[events.Key]()
        self._sent = deque[tuple[events.Key, Screen[Any]]](maxlen=100)
        self._holding: asyncio.Task[None] | None = None

    def push_screen(self, screen: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 (as Textual's own overloads)
        """As Textual does it; keys wait until a window can take them."""
        beneath = self.focused or self.screen if isinstance(screen, ModalScreen) else None
        mounted = super().push_screen(screen, *args, **kwargs)  # type: ignore[misc]
        if beneath is not None:
            self._opening, passed = screen, self.Passed()
            # A key that was stopped (an input took it) does not come back.
            under_way = any(not each._stop_propagation and sent_to is beneath.screen for each, sent_to in self._sent)
            if not under_way or not beneath.post_message(passed):
                passed.back.set()
            self._holding = asyncio.create_task(self._hand_over(screen, passed))
        return mounted

    def on_type_ahead_passed(self, message: Passed) -> None:
        """All keys that the view beneath was sent have come back."""
        message.back.set()

    async def on_event(self, event: events.Event) -> None:
        """Keys go to what has the focus and come back here when it does not know them. Those that arrive or come back while a
        window opens, and those that come back from a view that was covered meanwhile, are the window's."""
        if not isinstance(event, events.Key):
            await super().on_event(event)  # type: ignore[misc]
            return
        sent_to = next((screen for each, screen in self._sent if each is event), None)
        if sent_to is not None:
            self._sent.remove((event, sent_to))
        covered = sent_to is not None and sent_to is not self.screen and isinstance(self.screen, ModalScreen)
        if covered or (self._opening is not None and sent_to is not self._opening):
            (self._held if sent_to is None else self._back).append(events.Key(event.key, event.character))
            if self._opening is None:
                await self._give_held()
        else:
            await self._give(event)

    async def _give(self, event: events.Key) -> None:
        if not event.is_forwarded:
            self._sent.append((event, self.screen))
        await super().on_event(event)  # type: ignore[misc]

    async def _give_held(self) -> None:
        """Should a key open another window, that one gets the rest."""
        opening = self._opening
        while (waiting := self._back or self._held) and self._opening is opening:
            await self._give(waiting.popleft())

    async def _hand_over(self, window: ModalScreen[Any], passed: Passed) -> None:
        """Once it is open, or gone, and no key is under way in the view beneath, it gets what was typed."""
        clock = asyncio.get_running_loop().time
        deadline = clock() + _PATIENCE_S
        while self.screen_stack and not (self._is_open(window) and passed.back.is_set()) and clock() < deadline:
            await asyncio.sleep(0.005)
        if self._opening is window and self.screen_stack:
            await self._give_held()
        if self._opening is window:
            self._opening = None

    def _is_open(self, window: ModalScreen[Any]) -> bool:
        if self.screen is not window:
            return window.is_mounted
        return window.is_mounted and (window.focused is not None or not window.query(Input))
