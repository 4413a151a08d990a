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
