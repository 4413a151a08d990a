"""What podcli asks of a player."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from podcli.domain import EpisodeId, PlayerState

OnChange = Callable[[PlayerState], None]
"""Called from the player's own thread, at most four times a second and at once on pause, seek, end or failure."""


class Player(Protocol):
    """One episode at a time."""

    @property
    def state(self) -> PlayerState:
        """The latest snapshot; never blocks."""
        ...

    def load(self, source: str, *, episode_id: EpisodeId | None, title: str, start_s: float = 0.0, paused: bool = False) -> None:
        """Play the file or http(s) URL `source` from `start_s`. Failure arrives in ``state.problem``."""
        ...

    def set_paused(self, paused: bool) -> None:
        """Pause or go on."""
        ...

    def seek(self, position_s: float) -> None:
        """Go to an absolute position, clamped to the episode."""
        ...

    def set_speed(self, speed: float) -> None:
        """0.5 to 4.0, pitch kept."""
        ...

    def set_volume(self, volume: float) -> None:
        """0 to 100."""
        ...

    def stop(self) -> None:
        """Unload; `state` keeps the last position."""
        ...

    def close(self) -> None:
        """Free the native player. Safe to call twice."""
        ...
