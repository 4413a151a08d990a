"""A player without sound: the clock of one, for ``--silent`` and for machines where nothing can be heard."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

from podcli.domain import AudioDevice, EpisodeId, Loudness, PlayerState
from podcli.player.base import OnChange, clamp_position, clamp_speed, clamp_volume

_EVERY_S = 0.25


class SilentPlayer:
    """Implements `base.Player`: the position advances by wall clock times speed and stops at the duration, if known.

    The source is never opened. `on_change` is called from this player's thread.
    """

    def __init__(self, on_change: OnChange | None = None) -> None:
        self._on_change = on_change
        self._wake = threading.Condition()
        self._kept = PlayerState()
        self._since: float | None = None
        """The monotonic moment at which `_kept.position_s` was true; None while the clock stands."""
        self._loaded = self._changed = self._closed = False
        self._thread = threading.Thread(target=self._run, name="silent-player", daemon=True)
        self._thread.start()

    @property
    def state(self) -> PlayerState:
        """The latest snapshot."""
        with self._wake:
            return self._now()

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
        """Start the clock at `start_s`; without `duration_s` it never ends by itself."""
        with self._wake:
            self._loaded = True
        self._set(episode_id=episode_id, title=title, position_s=clamp_position(start_s, duration_s), duration_s=duration_s,
                  paused=paused, ended=False, problem="")  # fmt: skip

    def set_paused(self, paused: bool) -> None:
        """Stop the clock or let it go on."""
        self._set(paused=paused)

    def seek(self, position_s: float) -> None:
        """Set the clock."""
        with self._wake:
            duration = self._kept.duration_s
        self._set(position_s=clamp_position(position_s, duration), ended=False)

    def set_speed(self, speed: float) -> None:
        """0.5 to 4.0."""
        self._set(speed=clamp_speed(speed))

    def set_volume(self, volume: float) -> None:
        """Kept, though nobody hears it."""
        self._set(volume=clamp_volume(volume))

    def set_muted(self, muted: bool) -> None:
        """Kept, though nobody hears it."""
        self._set(muted=muted)

    def set_fade(self, factor: float) -> None:
        """There is nothing to fade."""

    def set_filters(self, *, voice_boost: bool, loudness: Loudness) -> None:
        """There is nothing to filter."""

    def devices(self) -> list[AudioDevice]:
        """Nowhere."""
        return [AudioDevice("auto", "Silence")]

    def set_device(self, name: str) -> None:
        """Kept, though nobody hears it."""
        self._set(device="" if name == "auto" else name)

    def renew_output(self) -> None:
        """There is none."""

    def stop(self) -> None:
        """Stop the clock for good; `state` keeps the last position."""
        with self._wake:
            self._loaded = False
        self._set(paused=True)

    def close(self) -> None:
        """End the thread. Safe to call twice."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _set(self, **changes: object) -> None:
        with self._wake:
            self._keep(replace(self._now(), **changes))  # type: ignore[arg-type]
            self._changed = True
            self._wake.notify()

    def _keep(self, state: PlayerState) -> None:
        self._kept = state
        self._since = time.monotonic() if self._loaded and not state.paused and not state.ended else None

    def _now(self) -> PlayerState:
        if self._since is None:
            return self._kept
        position = self._kept.position_s + (time.monotonic() - self._since) * self._kept.speed
        duration = self._kept.duration_s
        if duration is not None and position >= duration:
            return replace(self._kept, position_s=duration, ended=True)
        return replace(self._kept, position_s=position)

    def _run(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._changed or self._closed, self._pause_s())
                if self._closed:
                    return
                if self._since is None and not self._changed:
                    continue
                self._changed = False
                state = self._now()
                self._keep(state)
            if self._on_change is not None:
                self._on_change(state)

    def _pause_s(self) -> float | None:
        """How long nothing needs to be told: not at all while the clock stands, else until the next quarter or the end."""
        if self._since is None:
            return None
        state = self._now()
        left = _EVERY_S if state.duration_s is None else (state.duration_s - state.position_s) / state.speed
        return max(0.0, min(_EVERY_S, left))
