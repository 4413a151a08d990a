"""What podcli asks of a player."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from podcli.domain import AudioDevice, EpisodeId, Loudness, PlayerState

OnChange = Callable[[PlayerState], None]
"""Called from the player's own thread, at most four times a second and at once on pause, seek, end or failure."""

SLOWEST, FASTEST = 0.5, 4.0


def clamp_speed(speed: float) -> float:
    """The nearest speed a player can do, in hundredths."""
    return round(min(FASTEST, max(SLOWEST, float(speed))), 2)


def clamp_volume(volume: float) -> float:
    """The nearest volume from 0 to 100."""
    return min(100.0, max(0.0, volume))


def clamp_position(position_s: float, duration_s: float | None) -> float:
    """The nearest second inside the episode."""
    return max(0.0, position_s if duration_s is None else min(position_s, duration_s))


class Player(Protocol):
    """One episode at a time."""

    @property
    def state(self) -> PlayerState:
        """The latest snapshot; never blocks."""
        ...

    def load(
        self,
        source: str,
        *,
        episode_id: EpisodeId | None,
        title: str,
        start_s: float = 0.0,
        paused: bool = False,
        duration_s: float | None = None,
    ) -> None:
        """Play the file or http(s) URL `source` from `start_s`. Failure arrives in ``state.problem``.

        `duration_s` is what the feed says; the audio itself, once open, knows better.
        """
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

    def set_muted(self, muted: bool) -> None:
        """Silence without touching the volume."""
        ...

    def set_fade(self, factor: float) -> None:
        """Play at this share (0 to 1) of the volume, without `state.volume` changing: a sleep timer fades with it."""
        ...

    def set_filters(self, *, voice_boost: bool, loudness: Loudness) -> None:
        """Voice boost (equaliser and compression for speech) and even loudness; stays for the episodes that follow."""
        ...

    def devices(self) -> list[AudioDevice]:
        """Where sound can go; the first is the system's default, named ``auto``."""
        ...

    def set_device(self, name: str) -> None:
        """Let the sound leave there; '' or ``auto`` means the default. An unknown name is told in ``state.notice``."""
        ...

    def renew_output(self) -> None:
        """Open the sound device anew, as it must be after the machine slept."""
        ...

    def stop(self) -> None:
        """Unload; `state` keeps the last position."""
        ...

    def close(self) -> None:
        """Free the native player. Safe to call twice."""
        ...
