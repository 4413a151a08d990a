"""What all small windows are: modal, and opened in steps short enough that no key waits."""

from __future__ import annotations

import asyncio

from textual import events
from textual.screen import ModalScreen, ScreenResultType


class Window(ModalScreen[ScreenResultType]):
    """Textual lays out and draws a screen when it resumes and again when it gets its size: each of these is a step of its own."""

    async def on_screen_resume(self) -> None:
        """Whatever waits goes first."""
        await asyncio.sleep(0)

    async def on_resize(self, event: events.Resize) -> None:
        """Whatever waits goes first."""
        await asyncio.sleep(0)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Until its widgets are there nothing can be done with them: a key that has priority may come before."""
        return super().check_action(action, parameters) if self.is_mounted or action == "dismiss" else False

    def on_mount(self) -> None:
        """Who leaves a window while it is being made finds nothing to fill."""
        if self.is_attached and self in self.app.screen_stack:
            self.fill()

    def fill(self) -> None:
        """What is to be in it from the beginning, once its widgets are there."""
