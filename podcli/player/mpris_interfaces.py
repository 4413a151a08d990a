"""The two interfaces of an MPRIS player. Imported by `podcli.player.mpris` alone, and only where there is a bus.

Members are named as the specification names them (https://specifications.freedesktop.org/mpris-spec/latest/).
"""

# No `from __future__ import annotations`: the package reads signatures from annotations, and cannot read "None".

import math
from collections.abc import Callable
from typing import Any

from dbus_fast import DBusError, PropertyAccess, Variant
from dbus_fast.annotations import DBusDouble, DBusInt64, DBusObjectPath, DBusStr
from dbus_fast.service import ServiceInterface, dbus_method, dbus_property, dbus_signal

from podcli.domain import NowPlaying
from podcli.text import clean, clean_line

OnCommand = Callable[[str, float | None], None]

SLOWEST, FASTEST = 0.5, 4.0
_NO_TRACK = "/org/mpris/MediaPlayer2/TrackList/NoTrack"
_DRIFT_S = 1.5
"""A position this far from where others must think it is has jumped."""
_LONGEST_TEXT, _LONGEST_URL = 400, 2000
_SECOND_US = 1_000_000
_LONGEST_S = 10_000_000.0
"""Microseconds are signed 64-bit numbers on the bus."""


def properties(now: NowPlaying) -> dict[str, Any]:
    """The properties of the Player interface that can change, by name. Times are in microseconds, volume from 0 to 1."""
    state = now.state
    there = now.episode is not None  # the state of the player outlives what was unloaded
    stopped = not there or state.ended or bool(state.problem)
    return {
        "PlaybackStatus": "Stopped" if stopped else "Paused" if state.paused else "Playing",
        "Rate": _within(state.speed, SLOWEST, FASTEST),
        "Metadata": _metadata(now),
        "Volume": _within(state.volume, 0.0, 100.0) / 100,
        "Position": _microseconds(state.position_s),
        "CanGoNext": bool(now.up_next),
        "CanGoPrevious": there,
        "CanPlay": there,
        "CanPause": there,
        "CanSeek": there,
    }


def _metadata(now: NowPlaying) -> dict[str, Variant]:
    state, episode = now.state, now.episode
    if episode is None or state.episode_id is None:
        return {"mpris:trackid": Variant("o", _NO_TRACK)}
    known = {
        "mpris:trackid": Variant("o", f"/org/podcli/episode/{abs(int(state.episode_id))}"),
        "xesam:title": Variant("s", clean_line(state.title or episode.title, limit=_LONGEST_TEXT)),
    }
    if state.duration_s:
        known["mpris:length"] = Variant("x", _microseconds(state.duration_s))
    if episode.id == state.episode_id:
        show = clean_line(episode.show_title, limit=_LONGEST_TEXT)
        known |= {"xesam:album": Variant("s", show), "xesam:artist": Variant("as", [show])} if show else {}
        url = clean(episode.enclosure.url)
        if url.startswith(("http://", "https://")) and len(url) <= _LONGEST_URL:
            known["xesam:url"] = Variant("s", url)
    return known


def _within(value: float, low: float, high: float) -> float:
    return min(high, max(low, value)) if math.isfinite(value) else low


def _microseconds(seconds: float) -> int:
    return round(_within(seconds, 0.0, _LONGEST_S) * _SECOND_US)


def _always(name: str, signature: str, value: object) -> object:
    """A property that never changes; `signature` is its D-Bus type."""

    def get(self: ServiceInterface) -> object:
        return value

    return _readable(name, signature, get)


def _now(name: str, signature: str) -> object:
    """One of `properties`."""

    def get(self: "Player") -> object:
        return self.values[name]

    return _readable(name, signature, get)


def _readable(name: str, signature: str, get: Callable[..., object]) -> object:
    # Where the package looks for them.
    get.__name__, get.__annotations__["return"] = name, signature
    return dbus_property(PropertyAccess.READ, name)(get)


class Root(ServiceInterface):
    """org.mpris.MediaPlayer2: who we are."""

    def __init__(self, on_command: OnCommand) -> None:
        super().__init__("org.mpris.MediaPlayer2")
        self._on_command = on_command

    @dbus_method()
    def Raise(self) -> None:
        """We cannot: the window is the terminal's."""

    @dbus_method()
    def Quit(self) -> None:
        """End the program."""
        self._on_command("quit", None)

    CanQuit = _always("CanQuit", "b", True)
    CanRaise = _always("CanRaise", "b", False)
    HasTrackList = _always("HasTrackList", "b", False)
    Identity = _always("Identity", "s", "podcli")
    # Nothing can be opened from outside.
    SupportedUriSchemes = _always("SupportedUriSchemes", "as", [])
    SupportedMimeTypes = _always("SupportedMimeTypes", "as", [])


class Player(ServiceInterface):
    """org.mpris.MediaPlayer2.Player: what plays, and the keys. `values` are its changing properties, as last shown."""

    def __init__(self, on_command: OnCommand, previous: str) -> None:
        super().__init__("org.mpris.MediaPlayer2.Player")
        self._on_command = on_command
        self._previous = previous
        self.values = properties(NowPlaying())
        self._known_s, self._known_at = 0.0, 0.0
        """The position others know, and the moment it was true."""

    def show(self, now: NowPlaying, moment: float) -> None:
        """Tell what changed since the last time; `moment` is when `now` was true (monotonic seconds).

        Position is never told, as the specification has it: others count on from the last one they know, and hear ``Seeked``
        when that has become wrong.
        """
        old, new = self.values, properties(now)
        expected = self._known_s
        if old["PlaybackStatus"] == "Playing":
            expected += (moment - self._known_at) * old["Rate"]
        changed = {name: value for name, value in new.items() if name != "Position" and value != old[name]}
        other_track = new["Metadata"]["mpris:trackid"] != old["Metadata"]["mpris:trackid"]
        position = new["Position"] / _SECOND_US
        self.values = new
        if changed:
            self.emit_properties_changed(changed)
        jumped = abs(position - (0.0 if other_track else expected)) > _DRIFT_S
        if jumped:
            self.Seeked(new["Position"])
        if jumped or other_track or "PlaybackStatus" in changed or "Rate" in changed:
            self._known_s, self._known_at = position, moment

    @dbus_method()
    def Play(self) -> None:
        """Go on."""
        self._on_command("play", None)

    @dbus_method()
    def Pause(self) -> None:
        """Pause."""
        self._on_command("pause", None)

    @dbus_method()
    def PlayPause(self) -> None:
        """The one key that most keyboards and headsets have."""
        self._on_command("toggle", None)

    @dbus_method()
    def Stop(self) -> None:
        """Stop and keep the place."""
        self._on_command("stop", None)

    @dbus_method()
    def Next(self) -> None:
        """On to what follows in the queue."""
        self._on_command("next", None)

    @dbus_method()
    def Previous(self) -> None:
        """Back, or whatever the listener has this button do."""
        self._on_command(self._previous, None)

    @dbus_method()
    def Seek(self, Offset: DBusInt64) -> None:
        """Microseconds on or back; beyond the end means Next where something follows."""
        length = self._length()
        if length is not None and self.values["CanGoNext"] and self.values["Position"] + Offset > length:
            self._on_command("next", None)
        else:
            self._on_command("seek_by", Offset / _SECOND_US)

    @dbus_method()
    def SetPosition(self, TrackId: DBusObjectPath, Position: DBusInt64) -> None:
        """To a microsecond of the track, unless another plays by now or it has no such place."""
        track, length = self.values["Metadata"]["mpris:trackid"].value, self._length()
        if track == TrackId and Position >= 0 and (length is None or Position <= length):
            self._on_command("seek_to", Position / _SECOND_US)

    @dbus_method()
    def OpenUri(self, Uri: DBusStr) -> None:
        """Refused."""
        raise DBusError("org.freedesktop.DBus.Error.NotSupported", "podcli opens nothing from outside; use `podcli play`.")

    @dbus_signal()
    def Seeked(self, position: int) -> DBusInt64:
        """The position jumped."""
        return position

    def _length(self) -> int | None:
        length = self.values["Metadata"].get("mpris:length")
        return None if length is None else int(length.value)

    @dbus_property()
    def Rate(self) -> DBusDouble:
        """Speed."""
        return float(self.values["Rate"])

    @Rate.setter
    def _set_rate(self, value: DBusDouble) -> None:
        if value == 0:  # "should act as though Pause was called"
            self._on_command("pause", None)
        elif math.isfinite(value):
            self._on_command("speed", _within(value, SLOWEST, FASTEST))

    @dbus_property()
    def Volume(self) -> DBusDouble:
        """From 0 to 1."""
        return float(self.values["Volume"])

    @Volume.setter
    def _set_volume(self, value: DBusDouble) -> None:
        if math.isfinite(value):
            self._on_command("volume", 100 * _within(value, 0.0, 1.0))

    PlaybackStatus = _now("PlaybackStatus", "s")
    Metadata = _now("Metadata", "a{sv}")
    Position = _now("Position", "x")
    CanGoNext = _now("CanGoNext", "b")
    CanGoPrevious = _now("CanGoPrevious", "b")
    CanPlay = _now("CanPlay", "b")
    CanPause = _now("CanPause", "b")
    CanSeek = _now("CanSeek", "b")
    CanControl = _always("CanControl", "b", True)
    MinimumRate = _always("MinimumRate", "d", SLOWEST)
    MaximumRate = _always("MaximumRate", "d", FASTEST)
