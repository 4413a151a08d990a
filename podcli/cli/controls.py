"""What the keys of ``podcli play`` do: the player's part of the listener's keymap, and the same for media keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from podcli.cli.output import cells
from podcli.domain import Loudness
from podcli.errors import PodcliError
from podcli.text import human_duration

if TYPE_CHECKING:
    from podcli.keymap import Keymap
    from podcli.services.playback import PlaybackService
    from podcli.settings import PlayerSettings

_FASTER, _LOUDER, _MINUTE_S = 0.1, 5.0, 60.0
_NEXT_LOUDNESS: dict[Loudness, Loudness] = {"off": "dynaudnorm", "dynaudnorm": "loudnorm", "loudnorm": "off"}
_SLEEPS = (15.0, 30.0, 60.0)


class Controls:
    """Keys and remote commands to verbs.

    `say` tells the listener something, `end` ends the sitting, `keep` keeps what was just said and says so.
    """

    def __init__(
        self,
        playback: PlaybackService,
        keymap: Keymap,
        settings: PlayerSettings,
        *,
        say: Callable[[str], None],
        end: Callable[[], None],
        keep: Callable[[], str],
    ) -> None:
        self._playback = playback
        self._keymap = keymap
        self._say = say
        self._end = end
        self._keep = keep
        self._slept = 0.0
        """The minutes of the timer last set by its key."""
        self._verbs: dict[str, Callable[[], object]] = {
            "player.toggle": playback.toggle,
            "player.back": lambda: playback.seek_by(-settings.back_s),
            "player.forward": lambda: playback.seek_by(settings.forward_s),
            "player.back_minute": lambda: playback.seek_by(-_MINUTE_S),
            "player.forward_minute": lambda: playback.seek_by(_MINUTE_S),
            "player.undo_seek": lambda: self._told(playback.undo_seek(), "There is no jump to undo."),
            "player.slower": lambda: playback.change_speed(-_FASTER),
            "player.faster": lambda: playback.change_speed(_FASTER),
            "player.normal_speed": lambda: playback.set_speed(1.0),
            "player.volume_down": lambda: self._volume(-_LOUDER),
            "player.volume_up": lambda: self._volume(_LOUDER),
            "player.mute": self._mute,
            "player.chapter_previous": lambda: self._chapter(playback.previous_chapter()),
            "player.chapter_next": lambda: self._chapter(playback.next_chapter()),
            "player.previous": playback.previous_episode,
            "player.next": self._next,
            "player.whole_episode": lambda: self._told(playback.whole_episode(), "The whole episode plays already."),
            "player.sleep": self._sleep,
            "snip.keep": lambda: say(keep()),
            "player.smart_speed": self._smart_speed,
            "player.voice_boost": self._voice_boost,
            "player.loudness": self._loudness,
            "app.help": self.help,
            "app.quit": end,
        }
        self._keys = {key: command for command in self._verbs for key in keymap.keys(command)}

    def press(self, key: str) -> None:
        """Do what `key` is for; nothing when it is for nothing here."""
        if command := self._keys.get(key):
            self._do(self._verbs[command])

    def remote(self, name: str, value: float | None) -> None:
        """Do what a media key or another program asks for (see `player.mpris.Mpris`)."""
        playback = self._playback
        given = 0.0 if value is None else value
        verbs: dict[str, Callable[[], object]] = {
            "play": lambda: playback.set_paused(False),
            "pause": lambda: playback.set_paused(True),
            "toggle": playback.toggle,
            "stop": self._end,
            "quit": self._end,
            "next": self._next,
            "previous": playback.previous_episode,
            "snip": lambda: self._say(self._keep()),
            "seek_by": lambda: playback.seek_by(given),
            "seek_to": lambda: playback.seek_to(given),
            "speed": lambda: playback.set_speed(given),
            "volume": lambda: playback.set_volume(given),
        }
        if name in verbs:
            self._do(verbs[name])

    def help(self) -> None:
        """Tell the keys."""
        rows = [
            (" ".join(self._keymap.shown(command).split()), self._keymap.command(command).help)
            for command in self._verbs
            if self._keymap.keys(command)
        ]
        wide = max((cells(key) for key, _ in rows), default=0)
        lines = [f"  {key}{' ' * (wide - cells(key))}  {words}" for key, words in rows]
        self._say("\n".join(lines))

    def _do(self, verb: Callable[[], object]) -> None:
        try:
            verb()
        except PodcliError as error:  # such as a library that is locked
            self._say(error.message)

    def _told(self, done: bool, words: str) -> None:
        if not done:
            self._say(words)

    def _next(self) -> None:
        among = self._playback.moment is not None
        self._told(self._playback.next_episode(), "That was the last moment." if among else "Nothing follows in the queue.")

    def _chapter(self, went: bool) -> None:
        self._told(went, "There is no further chapter." if self._playback.now.chapters else "This episode has no chapters.")

    def _volume(self, step: float) -> None:
        self._playback.change_volume(step)
        self._say(f"Volume {self._playback.state.volume:.0f} %.")

    def _mute(self) -> None:
        self._playback.toggle_mute()
        self._say("Muted." if self._playback.state.muted else "Sound is on again.")

    def _sleep(self) -> None:
        """Off, 15, 30, 60 minutes, end of episode, off."""
        sleep = self._playback.now.sleep
        if sleep is None:
            self._slept = 0.0
        elif sleep.kind != "minutes":
            self._playback.set_sleep(None)
            self._say("Sleep timer off.")
            return
        longer = next((minutes for minutes in _SLEEPS if minutes > self._slept), None)
        if longer is None:
            self._playback.set_sleep("episode")
            self._say("Sleep at the end of this episode.")
            return
        self._slept = longer
        self._playback.set_sleep("minutes", longer)
        self._say(f"Sleep in {human_duration(longer * 60)}.")

    def _smart_speed(self) -> None:
        self._playback.set_smart_speed(not self._playback.now.smart_speed)
        self._say(f"Smart speed {'on' if self._playback.now.smart_speed else 'off'}.")

    def _voice_boost(self) -> None:
        self._playback.set_voice_boost(not self._playback.now.voice_boost)
        self._say(f"Voice boost {'on' if self._playback.now.voice_boost else 'off'}.")

    def _loudness(self) -> None:
        following = _NEXT_LOUDNESS[self._playback.now.loudness]
        self._playback.set_loudness(following)
        self._say(f"Even loudness: {following}.")
