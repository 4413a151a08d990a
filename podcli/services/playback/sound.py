"""The verbs that change how it sounds: speed, volume, device, and what is done to the sound."""

from __future__ import annotations

import time
from typing import Literal

from podcli.domain import AudioDevice, Loudness, SleepKind
from podcli.errors import UsageError
from podcli.player.base import clamp_speed
from podcli.services.playback.desk import Desk


class Sound(Desk):
    """Speed, smart speed, voice boost and loudness belong to the show that plays when it has its own, else to this sitting."""

    def set_speed(self, speed: float, *, for_show: bool = False) -> None:
        """0.5 to 4, pitch kept: for this show when it has its own or `for_show`, else for this sitting."""
        self._choose("speed", speed, for_show)

    def change_speed(self, step: float) -> None:
        """A little faster or slower."""
        self.set_speed(self.tuning.speed + step)

    def set_smart_speed(self, smart: bool, *, for_show: bool = False) -> None:
        """Jump over gaps between sentences, or not; whose setting that is: as for `set_speed`."""
        self._choose("smart_speed", smart, for_show)
        self._ask_for_work()

    def set_voice_boost(self, boost: bool, *, for_show: bool = False) -> None:
        """Make voices clearer, or not; whose setting that is: as for `set_speed`."""
        self._choose("voice_boost", boost, for_show)

    def set_loudness(self, loudness: Loudness, *, for_show: bool = False) -> None:
        """Even loudness: off, dynaudnorm or loudnorm; whose setting that is: as for `set_speed`."""
        self._choose("loudness", loudness, for_show)

    def set_volume(self, volume: float) -> None:
        """0 to 100; stays for the episodes that follow."""
        self._deck.set_volume(volume)
        self._tell()

    def change_volume(self, step: float) -> None:
        """A little louder (which ends a mute) or softer."""
        if step > 0 and self.state.muted:
            self._deck.set_muted(False)
        self.set_volume(self.state.volume + step)

    def toggle_mute(self) -> None:
        """Silence, or as loud as before."""
        self._deck.set_muted(not self.state.muted)
        self._tell()

    def devices(self, *, silent: bool = False) -> list[AudioDevice]:
        """Where sound can go. Raises PodcliError when libmpv is missing."""
        return self._deck.devices(silent=silent)

    def set_device(self, name: str) -> None:
        """Let the sound leave there, from now on; '' or ``auto`` means the default."""
        self._deck.set_device(name)

    def set_sleep(self, kind: SleepKind | Literal["off"] | None, minutes: float = 0.0) -> None:
        """After that many minutes of listening, or at the end of the episode or chapter: fade, pause, and go back to where
        the fade began. None or ``off`` ends a timer, and a fade that has begun. Raises UsageError when it makes no sense.
        """
        self._deck.fade(1.0)
        if kind is None or kind == "off":
            self._sleep.clear()
        else:
            self._sleep.set(kind, minutes, self.now.chapters, self.state.position_s)
        self._tell()

    def _choose(self, name: str, value: float | bool | str, for_show: bool) -> None:
        if name == "loudness" and value not in ("off", "dynaudnorm", "loudnorm"):
            raise UsageError(f"Loudness is off, dynaudnorm or loudnorm, not {value!r}.")
        if self._loaded:
            self._observe(self._loaded, self.state, time.monotonic())
        if name == "speed":
            value = clamp_speed(float(value))
        self._tuner.choose(name, value, for_show=for_show)
        self._deck.tune(self.tuning)
        self._tell()
