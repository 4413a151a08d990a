"""The player with sound: libmpv through python-mpv. The only module that imports it, and only when something is played.

``PODCLI_AO`` names libmpv's audio output (such as ``null``: real time without a sound card); empty lets it choose.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import deque
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcli.domain import AudioDevice, EpisodeId, Loudness, PlayerState
from podcli.player import failures
from podcli.player.base import OnChange, clamp_position, clamp_speed, clamp_volume
from podcli.player.filters import chapters_of, wanted
from podcli.player.options import options
from podcli.text import clean_line

if TYPE_CHECKING:
    import mpv

_EVERY_S = 0.25
_SEEK_S = 2.0
_LOG_S = 0.1
_CUT_S = 5.0
"""A stream that ends so much before the episode does was cut, it did not end."""
_OBSERVED = (
    "time-pos", "duration", "pause", "speed", "volume", "mute", "eof-reached", "paused-for-cache", "current-ao", "chapter-list",
)  # fmt: skip


class MpvPlayer:
    """Implements `base.Player`.

    libmpv reports from a thread of its own, where `on_change` is called; nothing there waits for libmpv but a stop. The lock is
    never held while `on_change` runs.
    """

    def __init__(self, on_change: OnChange | None = None) -> None:
        """Raises PodcliError naming the package to install when libmpv is missing."""
        self._on_change = on_change
        self._lock = threading.RLock()
        self._state = PlayerState()
        self._source = ""
        self._log: deque[str] = deque(maxlen=30)
        self._wanted: int | None = None
        """libmpv's number for what was loaded last; events of anything else are stale."""
        self._started: int | None = None
        self._live = self._cut = False
        self._pending_seek: float | None = None
        self._seeking_until = 0.0
        """While a seek runs, positions libmpv still reports are from before it."""
        self._duration: float | None = None
        self._chapters: object = None
        self._urgent = False
        self._told_at = 0.0
        self._start_s = 0.0
        self._fade = 1.0
        self._filters: dict[str, str] = {}
        self._standing = ""
        """The notice that stays, such as that there is no sound."""
        self._mpv: Any = _open(self._on_log)
        self._mpv.register_event_callback(self._on_event)
        for name in _OBSERVED:
            self._mpv.observe_property(name, self._on_property)

    @property
    def state(self) -> PlayerState:
        """The latest snapshot."""
        with self._lock:
            return self._state

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
        """Open and play; anything but a regular file or an http(s) URL is refused in ``state.problem``."""
        problem = failures.unfit(source)
        remote = "://" in source
        target = source if remote else str(Path(source).absolute())
        with self._lock:
            self._live = self._cut = False
            self._seeking_until = 0.0
            self._pending_seek = self._wanted = None
            self._log.clear()
            self._source, self._start_s = target, max(0.0, start_s)
            self._standing = self._standing if self._standing == failures.NO_SOUND else ""
            self._state = replace(
                self._state, episode_id=episode_id, title=title, position_s=max(0.0, start_s), duration_s=duration_s,
                paused=paused, ended=False, chapters=(), problem=problem,
                notice=failures.CONNECTING if remote and not problem else "",
            )  # fmt: skip
            if problem:
                self._mpv.command("stop")
            else:
                self._mpv["force-media-title"] = title
                self._mpv["pause"] = paused
                place = [-1] if self._mpv.mpv_version_tuple >= (0, 38, 0) else []
                answer = self._mpv.command("loadfile", target, "replace", *place, f"start=+{start_s:.3f}" if start_s > 0 else "")
                self._wanted = answer["playlist_entry_id"]
                self._urgent = True
        if problem and self._on_change is not None:
            self._on_change(self.state)

    def set_paused(self, paused: bool) -> None:
        """Pause or go on."""
        self._set("pause", paused, paused=paused)

    def seek(self, position_s: float) -> None:
        """Go to a second, to the very sample; before the audio is open, remember where to begin."""
        with self._lock:
            if self._wanted is None:
                return
            position = clamp_position(position_s, self._state.duration_s)
            self._state = replace(self._state, position_s=position, ended=False)
            self._urgent = True
            if self._live:
                self._seeking_until = time.monotonic() + _SEEK_S
                self._mpv.command_async("seek", position, "absolute+exact")
            else:
                self._pending_seek = position

    def set_speed(self, speed: float) -> None:
        """0.5 to 4.0; libmpv keeps the pitch."""
        speed = clamp_speed(speed)
        self._set("speed", speed, speed=speed)

    def set_volume(self, volume: float) -> None:
        """0 to 100."""
        volume = clamp_volume(volume)
        self._set("volume", volume * self._fade, volume=volume)

    def set_muted(self, muted: bool) -> None:
        """Silence without touching the volume."""
        self._set("mute", muted, muted=muted)

    def set_fade(self, factor: float) -> None:
        """Play at this share of the volume; libmpv's volume is cubic, so equal steps sound equal."""
        self._fade = min(1.0, max(0.0, factor))
        with self._lock:
            if self._mpv is not None:
                self._mpv["volume"] = self._state.volume * self._fade

    def set_filters(self, *, voice_boost: bool, loudness: Loudness) -> None:
        """Add and take away by label, so that nothing else in the chain is touched."""
        with self._lock:
            if self._mpv is None:
                return
            filters = wanted(voice_boost=voice_boost, loudness=loudness)
            try:
                for label in [each for each in self._filters if self._filters[each] != filters.get(each)]:
                    self._mpv.command("af", "remove", f"@{label}")
                    del self._filters[label]
                for label, text in filters.items():
                    if label not in self._filters:
                        self._mpv.command("af", "add", f"@{label}:{text}")
                        self._filters[label] = text
            except (SystemError, ValueError):  # this FFmpeg was built without one of them
                self._state = replace(self._state, notice=failures.NO_FILTER)

    def devices(self) -> list[AudioDevice]:
        """What libmpv lists; ``auto`` is the first."""
        with self._lock:
            found = self._mpv.audio_device_list if self._mpv is not None else []
        return [AudioDevice(each["name"], clean_line(each.get("description", "")) or each["name"]) for each in found]

    def set_device(self, name: str) -> None:
        """Let the sound leave there."""
        name = name or "auto"
        known = {each.name for each in self.devices()}
        with self._lock:
            if self._mpv is None:
                return
            if name not in known:
                self._state = replace(self._state, notice=failures.no_device(name))
                return
            self._state = replace(self._state, device="" if name == "auto" else name)
            self._mpv["audio-device"] = name

    def renew_output(self) -> None:
        """Open the sound device anew, as it must be after the machine slept."""
        with self._lock:
            if self._mpv is not None and self._live:
                position = self._state.position_s
                self._mpv.command("ao-reload")
                self.seek(position)  # or what was buffered for the old device counts as heard

    def stop(self) -> None:
        """Unload; `state` keeps the last position."""
        with self._lock:
            if self._mpv is None:
                return
            self._wanted, self._live, self._urgent = None, False, True
            self._state = replace(self._state, paused=True, notice="")
            self._mpv.command("stop")

    def close(self) -> None:
        """End libmpv and its threads. Safe to call twice."""
        with self._lock:
            player, self._mpv = self._mpv, None
            self._wanted, self._live, self._on_change = None, False, None
        if player is not None:
            player.terminate()  # outside the lock: it waits for the event thread

    def _set(self, name: str, value: object, **changes: object) -> None:
        with self._lock:
            if self._mpv is None:
                return
            self._state = replace(self._state, **changes)  # type: ignore[arg-type]
            self._urgent = True
            self._mpv[name] = value

    # What follows runs on libmpv's thread.

    def _on_log(self, _level: str, prefix: str, text: str) -> None:
        with self._lock:
            self._log.append(f"{prefix}: {text.strip()}")
            self._cut = self._cut or "ends prematurely" in text
            stuck = "Cannot seek in this stream" in text and self._wanted is not None
            if stuck:
                self._cannot_seek()
        if stuck:
            self._tell(at_once=True)

    def _cannot_seek(self) -> None:
        """The server answers no range requests. Starting over instead would overwrite the listener's place: that is a failure."""
        self._seeking_until = 0.0
        if self._start_s > _CUT_S:
            self._wanted, self._live = None, False
            problem = failures.no_seeking(self._source, self._start_s)
            self._state = replace(self._state, position_s=self._start_s, problem=problem, notice="")
            if self._mpv is not None:
                # Not later: libmpv lets a `load` that comes meanwhile overtake what is only queued, and would stop that.
                self._mpv.command("stop")
        else:
            self._standing = failures.NO_SEEKING
            self._state = replace(self._state, notice=self._standing)

    def _on_event(self, event: mpv.MpvEvent) -> None:
        kind = event.event_id.value
        ids = type(event.event_id)
        if kind == ids.START_FILE:
            self._started = event.data.playlist_entry_id
        elif kind == ids.FILE_LOADED:
            self._loaded()
        elif kind == ids.PLAYBACK_RESTART:
            with self._lock:
                self._seeking_until, asked = 0.0, self._urgent
            if asked:
                self._tell(at_once=True)
        elif kind == ids.END_FILE:
            self._unloaded(event.data.playlist_entry_id, event.data.reason == event.data.ERROR, event.data.error)

    def _loaded(self) -> None:
        with self._lock:
            if self._started != self._wanted or self._wanted is None:
                return
            self._live = True
            duration = self._duration or self._state.duration_s
            chapters = chapters_of(self._chapters, duration)
            self._state = replace(self._state, duration_s=duration, chapters=chapters, notice=self._standing)
            if self._pending_seek is not None and self._mpv is not None:
                self._mpv.command_async("seek", self._pending_seek, "absolute+exact")
                self._pending_seek = None
        self._tell(at_once=True)

    def _unloaded(self, entry: int, failed: bool, code: int) -> None:
        with self._lock:
            if entry == self._wanted:
                self._live = False
            asked = self._wanted is None
        if failed:
            # libmpv delivers its log, which knows the reason, only after the events that are due.
            timer = threading.Timer(_LOG_S, self._fail, [entry, code])
            timer.daemon = True
            timer.start()
        elif asked:
            self._tell(at_once=True)

    def _fail(self, entry: int, code: int) -> None:
        with self._lock:
            if entry != self._wanted:
                return
            self._wanted = None
            self._state = replace(self._state, problem=failures.explain(code, self._log, self._source), notice="")
        self._tell(at_once=True)

    def _on_property(self, name: str, value: Any) -> None:  # noqa: ANN401 (as libmpv types it)
        with self._lock:
            before = self._state
            self._note(name, value)
            changed = self._state != before
            # What the caller's thread asked for is in the state already; its echo is the moment to tell it.
            echo = self._urgent and name in ("pause", "speed", "volume")
            at_once = name != "time-pos" or echo
        if changed or echo:
            self._tell(at_once=at_once)

    def _note(self, name: str, value: Any) -> None:  # noqa: ANN401
        state = self._state
        if name == "duration":
            self._duration = value
        if name == "current-ao" and value:
            silent = value == "null" and os.environ.get("PODCLI_AO") != "null"
            self._standing = failures.NO_SOUND if silent else self._standing
            self._state = replace(state, notice=self._standing)
        elif name == "volume" and value is not None:
            if self._fade == 1.0:
                self._state = replace(state, volume=float(value))
        elif name == "speed" and value is not None:
            self._state = replace(state, speed=float(value))
        elif name == "mute":
            self._state = replace(state, muted=bool(value))
        elif name == "chapter-list":
            self._chapters = value
            self._state = replace(state, chapters=chapters_of(value, state.duration_s)) if self._live else state
        elif name == "pause" and self._wanted is not None:
            self._state = replace(state, paused=bool(value))
        elif not self._live or value is None:
            return
        elif name == "time-pos":
            if state.ended or time.monotonic() < self._seeking_until:
                return
            self._state = replace(state, position_s=max(0.0, float(value)))
        elif name == "duration":
            self._state = replace(state, duration_s=float(value))
        elif name == "paused-for-cache":
            self._state = replace(state, notice=failures.BUFFERING if value else self._standing)
        elif name == "eof-reached":
            self._reached_end(bool(value))

    def _reached_end(self, reached: bool) -> None:
        state = self._state
        missing = (state.duration_s or 0.0) - state.position_s
        if reached and self._cut and missing > _CUT_S:
            self._state = replace(state, problem=failures.broken_off(state.position_s), notice=self._standing)
        else:
            position = state.duration_s if reached and state.duration_s and abs(missing) < _CUT_S else state.position_s
            self._state = replace(state, position_s=position, ended=reached, problem="", notice=self._standing)

    def _tell(self, *, at_once: bool) -> None:
        with self._lock:
            now = time.monotonic()
            if not at_once and now - self._told_at < _EVERY_S:
                return
            self._told_at, self._urgent = now, False
            state, on_change = self._state, self._on_change
        if on_change is not None:
            on_change(state)


def _open(on_log: Any) -> Any:  # noqa: ANN401 (python-mpv has no types)
    if sys.platform == "darwin":  # Homebrew's folder is not where Python looks for libraries
        known = os.environ.get("DYLD_FALLBACK_LIBRARY_PATH", "")
        os.environ["DYLD_FALLBACK_LIBRARY_PATH"] = f"{known}:/opt/homebrew/lib:/usr/local/lib:/usr/lib".lstrip(":")
    try:
        import mpv
    except (OSError, ImportError, RuntimeError) as error:
        raise failures.no_libmpv(error) from None
    return mpv.MPV(log_handler=on_log, loglevel="warn", **options())
