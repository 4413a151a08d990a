"""What media keys and headset buttons do (see `player.mpris`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcli.tui.keeping import keep_now
from podcli.tui.messages import QuitAsked

if TYPE_CHECKING:
    from podcli.services import Services
    from podcli.tui.bridge import Bridge


def answer(bridge: Bridge, name: str, value: float | None) -> None:
    """Called from the D-Bus thread: put what `name` asks for into the bridge's queue."""
    if name == "quit":
        bridge.post(QuitAsked())
        return

    def verb(services: Services) -> None:
        playback = services.playback
        match name:
            case "play" | "pause":
                playback.set_paused(name == "pause")
            case "toggle":
                playback.toggle()
            case "stop":
                playback.stop()
            case "next":
                playback.next_episode()
            case "previous":
                playback.previous_episode()
            case "seek_by" if value is not None:
                playback.seek_by(value)
            case "seek_to" if value is not None:
                playback.seek_to(value)
            case "speed" if value is not None:
                playback.set_speed(value)
            case "volume" if value is not None:
                playback.set_volume(value)
            case "snip":
                keep_now(bridge, services)
        bridge.moved(services)

    bridge.do(verb)
