"""How an episode is played: what its show says, else what was chosen in this sitting, else the settings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from podcli.domain import Loudness, ShowSettings
from podcli.player.base import clamp_speed
from podcli.settings import PlayerSettings

if TYPE_CHECKING:
    from podcli.domain import ShowId
    from podcli.store import Store


@dataclass(frozen=True, slots=True)
class Tuning:
    """Everything that differs from show to show, decided."""

    speed: float = 1.0
    skip_intro_s: float = 0.0
    skip_outro_s: float = 0.0
    voice_boost: bool = False
    loudness: Loudness = "off"
    smart_speed: bool = False


class Tuner:
    """Knows the settings, what was changed in this sitting, and what the show that plays has of its own."""

    def __init__(self, store: Store, settings: PlayerSettings) -> None:
        self._store = store
        self._sitting = Tuning(
            speed=settings.speed, voice_boost=settings.voice_boost, loudness=cast("Loudness", settings.loudness),
            smart_speed=settings.smart_speed,
        )  # fmt: skip
        self._show_id: ShowId | None = None
        self._show = ShowSettings()
        self._speed: float | None = None
        """A speed for the episode that plays alone, such as ``--speed`` of the command line."""

    @property
    def tuning(self) -> Tuning:
        """How to play now."""
        own = {name: value for name in _NAMES if (value := getattr(self._show, name)) is not None}
        if self._speed is not None:
            own["speed"] = self._speed
        tuned = replace(self._sitting, **own)
        return replace(tuned, speed=clamp_speed(tuned.speed))

    def turn_to(self, show_id: ShowId | None, *, speed: float | None = None) -> None:
        """Another episode plays, of this show; `speed` is for it alone, and for shows that have none of their own."""
        self._show_id = show_id
        self._speed = speed
        if speed is not None:
            self._sitting = replace(self._sitting, speed=speed)
        self.look()

    def look(self) -> bool:
        """Read again what the show has of its own; whether it changed."""
        before = self._show
        self._show = ShowSettings() if self._show_id is None else self._store.library.show_settings(self._show_id)
        return self._show != before

    def choose(self, name: str, value: float | bool | str, *, for_show: bool = False) -> None:
        """Set one field of `Tuning`: for the show that plays when it has its own or `for_show`, else for this sitting."""
        if name == "speed":
            self._speed = None
        if self._show_id is not None and (for_show or getattr(self._show, name) is not None):
            self._show = replace(self._show, **{name: value})  # type: ignore[arg-type]
            self._store.library.save_show_settings(self._show_id, self._show)
        else:
            self._sitting = replace(self._sitting, **{name: value})  # type: ignore[arg-type]


_NAMES = ("speed", "skip_intro_s", "skip_outro_s", "voice_boost", "loudness", "smart_speed")
