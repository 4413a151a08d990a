"""stub"""

from __future__ import annotations

from typing import Any

from textual.message import Message
from textual.scroll_view import ScrollView


class TranscriptView(ScrollView, can_focus=True):
    class Seek(Message):
        def __init__(self, start_s: float) -> None:
            super().__init__()
            self.start_s = start_s

    count: Any = None

    def show(self, about: Any, passages: Any, *, start: int = 0) -> None: ...
    def chapters(self, chapters: Any) -> None: ...
    def follow(self, position_s: float, speed: float, paused: bool) -> None: ...
    def say(self, lines: Any) -> None: ...
    def find(self, needle: str, backwards: bool = False, again: bool = False) -> None: ...
