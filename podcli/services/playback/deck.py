"""The player, made when it is first needed, and what the listener set on it: volume, device, how to play."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from podcli.domain import AudioDevice, Episode, PlayerState
from podcli.player.base import OnChange, Player, clamp_volume
from podcli.services.playback.tuning import Tuning

if TYPE_CHECKING:
    from podcli.settings import PlayerSettings


class Deck:
    """Outlives players: one with sound and one without may follow each other."""

    def __init__(self, settings: PlayerSettings) -> None:
        self._idle = PlayerState(speed=settings.speed, volume=settings.volume, device=settings.device)
        self._player: Player | None = None
        self._on_change: OnChange | None = None
        self._filters: tuple[bool, str] = (False, "off")
        self._fade = 1.0
        self.silent = False

    @property
    def state(self) -> PlayerState:
        """The latest snapshot; never blocks. Before anything was started it holds speed and volume."""
        return self._player.state if self._player else self._idle

    def ready(self, silent: bool, on_change: OnChange | None) -> None:
        """Have a player of that kind. Raises PodcliError naming the package when libmpv is missing."""
        self._on_change = on_change
        if self._player and self.silent != silent:
            self._player.close()
            self._player = None
        if self._player is None:
            self._player = _make_player(silent, self._relay)
            self.silent = silent
            self._filters, self._fade = (False, "off"), 1.0
            self._player.set_volume(self._idle.volume)
            if self._idle.muted:
                self._player.set_muted(True)
            if self._idle.device:
                self._player.set_device(self._idle.device)

    def load(self, source: str, episode: Episode, begin_s: float, *, paused: bool) -> None:
        """Play `source`."""
        assert self._player is not None
        self._player.load(source, episode_id=episode.id, title=episode.title, start_s=begin_s, paused=paused,
                          duration_s=episode.duration_s)  # fmt: skip

    def tune(self, tuning: Tuning) -> None:
        """Play that way, from now on."""
        self._idle = replace(self._idle, speed=tuning.speed)
        if self._player is None:
            return
        if self._player.state.speed != tuning.speed:
            self._player.set_speed(tuning.speed)
        if self._filters != (tuning.voice_boost, tuning.loudness):
            self._filters = (tuning.voice_boost, tuning.loudness)
            self._player.set_filters(voice_boost=tuning.voice_boost, loudness=tuning.loudness)

    def set_paused(self, paused: bool) -> None:
        """Pause or go on."""
        if self._player:
            self._player.set_paused(paused)

    def seek(self, position_s: float) -> None:
        """Go to a second."""
        if self._player:
            self._player.seek(position_s)

    def fade(self, factor: float) -> None:
        """Play at that share of the volume."""
        if self._player and factor != self._fade:
            self._fade = factor
            self._player.set_fade(factor)

    def set_volume(self, volume: float) -> None:
        """0 to 100; stays for the episodes that follow."""
        self._idle = replace(self._idle, volume=clamp_volume(volume))
        if self._player:
            self._player.set_volume(self._idle.volume)

    def set_muted(self, muted: bool) -> None:
        """Be silent, or as loud as before."""
        self._idle = replace(self._idle, muted=muted)
        if self._player:
            self._player.set_muted(muted)

    def devices(self, *, silent: bool) -> list[AudioDevice]:
        """Where sound can go. Makes a player when there is none."""
        if self._player is None:
            self.ready(silent, self._on_change)
        assert self._player is not None
        return self._player.devices()

    def set_device(self, name: str) -> None:
        """Let the sound leave there; '' is the default. Stays for the episodes that follow."""
        self._idle = replace(self._idle, device="" if name == "auto" else name)
        if self._player:
            self._player.set_device(name)

    def renew_output(self) -> None:
        """Open the sound device anew, as it must be after the machine slept."""
        if self._player:
            self._player.renew_output()

    def stop(self) -> None:
        """Unload."""
        if self._player:
            self._player.stop()

    def close(self) -> None:
        """Free the player; `state` stays what it last was."""
        self._on_change = None
        if self._player:
            self._idle = replace(self._player.state, paused=True)
            self._player.close()
            self._player = None

    def _relay(self, state: PlayerState) -> None:
        """Called from the player's thread."""
        on_change = self._on_change
        if on_change is not None:
            on_change(state)


def _make_player(silent: bool, on_change: OnChange) -> Player:
    if silent:
        from podcli.player.silent import SilentPlayer

        return SilentPlayer(on_change)
    from podcli.player.mpv import MpvPlayer

    return MpvPlayer(on_change)
