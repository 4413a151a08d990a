"""Listening: one episode at a time, and its position never lost."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from podcli.domain import Episode, PlayerState
from podcli.errors import NetworkError, PodcliError
from podcli.player.base import OnChange, Player, clamp_position, clamp_speed, clamp_volume
from podcli.settings import Settings
from podcli.store import Store, require_episode

if TYPE_CHECKING:
    from podcli.domain import Show

_SAVE_EVERY_S = 5.0
_MOVED_S = 0.5
"""A position that moved by less is the one already kept: opening an episode that fails must not creep backwards."""
_END_S, _END_SHARE, _END_SHORT = 30.0, 0.02, 0.1


class PlaybackService:
    """Verbs over the player, and the keeper of the position.

    Threads: the store belongs to the thread that made this service, and so does every method here. The player reports from
    a thread of its own, which only reaches `on_change`, never the store. So whoever shows the player must call `tick` about
    once a second from the first thread: it saves the position every five seconds and at once when playback ends or fails.
    Every other verb that moves or halts playback saves by itself.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._resume_back_s = settings.player.resume_back_s
        self._idle = PlayerState(speed=settings.player.speed, volume=settings.player.volume)
        self._player: Player | None = None
        self._silent = False
        self._episode: Episode | None = None
        self._on_change: OnChange | None = None
        self._kept_s = self._saved_at = 0.0
        self._kept_end = self._streaming = False

    @property
    def state(self) -> PlayerState:
        """The latest snapshot; never blocks. Before anything was started it holds speed and volume."""
        return self._player.state if self._player else self._idle

    @property
    def episode(self) -> Episode | None:
        """What is loaded, as it was when it was started."""
        return self._episode

    @property
    def streaming(self) -> bool:
        """Whether what is loaded comes over the network."""
        return self._streaming

    def start(
        self,
        episode: Episode,
        *,
        start_s: float | None = None,
        silent: bool = False,
        paused: bool = False,
        on_change: OnChange | None = None,
    ) -> None:
        """Play the downloaded file of `episode`, else stream it; from `start_s`, else from where the listener left off.

        A finished episode starts over. `silent` runs the clock without sound. `on_change` is called from the player's thread.
        Raises PodcliError when there is no audio, NetworkError when it may not be streamed, and PodcliError naming the package
        when libmpv is missing. What goes wrong later arrives in ``state.problem``.
        """
        self.save()
        fresh = require_episode(self._store.library, episode.id)
        source = self._source(fresh)
        begin = _resume_at(fresh, self._resume_back_s) if start_s is None else start_s
        player = self._ready(silent)
        self._episode, self._on_change, self._streaming = fresh, on_change, "://" in source
        self._kept_s, self._kept_end, self._saved_at = begin, fresh.finished, time.monotonic()
        player.load(source, episode_id=fresh.id, title=fresh.title, start_s=max(0.0, begin), paused=paused,
                    duration_s=fresh.duration_s)  # fmt: skip

    def toggle(self) -> None:
        """Pause or go on; at the end, start over."""
        if self.state.ended:
            self.seek_to(0.0)
            self.set_paused(False)
        else:
            self.set_paused(not self.state.paused)

    def set_paused(self, paused: bool) -> None:
        """Pause or go on."""
        if self._player and self._episode:
            self._player.set_paused(paused)
            self.save()

    def seek_to(self, position_s: float) -> None:
        """Go to a second of the episode; beyond its edges means to the edge."""
        if self._player and self._episode:
            self._player.seek(clamp_position(position_s, self.state.duration_s))
            self.save()

    def seek_by(self, seconds: float) -> None:
        """Go back (negative) or on."""
        self.seek_to(self.state.position_s + seconds)

    def set_speed(self, speed: float) -> None:
        """0.5 to 4, pitch kept; stays for the episodes that follow."""
        self._idle = replace(self._idle, speed=clamp_speed(speed))
        if self._player:
            self._player.set_speed(self._idle.speed)

    def change_speed(self, step: float) -> None:
        """A little faster or slower."""
        self.set_speed(self._idle.speed + step)

    def set_volume(self, volume: float) -> None:
        """0 to 100; stays for the episodes that follow."""
        self._idle = replace(self._idle, volume=clamp_volume(volume))
        if self._player:
            self._player.set_volume(self._idle.volume)

    def tick(self) -> None:
        """Save when it is time to. Call about once a second from the thread that made this service."""
        state = self.state
        halted = (state.ended or bool(state.problem)) and not self._kept_end
        if halted or time.monotonic() - self._saved_at >= _SAVE_EVERY_S:
            self.save()

    def save(self) -> None:
        """Keep the position now, if it moved; near the end (see `is_finished`) the episode is marked finished."""
        episode, state = self._episode, self.state
        self._saved_at = time.monotonic()
        if episode is None or state.episode_id != episode.id:
            return
        finished = is_finished(state)
        moved = abs(state.position_s - self._kept_s) >= _MOVED_S
        if not moved and (finished == self._kept_end or not state.ended):
            return
        with self._store.writing():
            if self._store.library.episode(episode.id) is None:
                return  # its show was removed while it played
            self._store.library.save_position(episode.id, round(state.position_s, 2), finished)
            if state.duration_s and episode.duration_s is None and not state.problem:
                self._store.library.set_duration(episode.id, state.duration_s)
        self._kept_s, self._kept_end = state.position_s, finished

    def stop(self) -> None:
        """Save and unload."""
        if self._player:
            self._player.stop()
            self.save()
            self._episode = None

    def close(self) -> None:
        """Save and free the player. Safe to call twice."""
        try:
            self.save()
        finally:
            self._episode, self._on_change = None, None
            if self._player:
                self._idle = replace(self._player.state, paused=True)
                self._player.close()
                self._player = None

    def _ready(self, silent: bool) -> Player:
        """The player, made anew when the other kind is wanted, with the listener's speed and volume."""
        if self._player and self._silent != silent:
            self._player.close()
            self._player = None
        if self._player is None:
            self._player = _make_player(silent, self._relay)
            self._silent = silent
        self._player.set_speed(self._idle.speed)
        self._player.set_volume(self._idle.volume)
        return self._player

    def _relay(self, state: PlayerState) -> None:
        """Called from the player's thread."""
        on_change = self._on_change
        if on_change is not None:
            on_change(state)

    def _source(self, episode: Episode) -> str:
        if episode.audio_path and Path(episode.audio_path).is_file():
            return episode.audio_path
        url = episode.enclosure.url
        if url.startswith("file:"):
            path = Path(unquote(urlsplit(url).path))
            if not path.is_file():
                raise PodcliError(f"The file {path} is gone.", "Put it back, or give another file.")
            return str(path)
        if not url:
            raise PodcliError(f"“{episode.title}” has no audio.", "Try `podcli refresh`, or choose another episode.")
        _refuse_inside(url, self._store.library.show(episode.show_id))
        return url


def is_finished(state: PlayerState) -> bool:
    """Whether the listener has heard it: ended, or within the last 30 s or 2 % (of a short one, the last tenth)."""
    if state.ended:
        return True
    if not state.duration_s:
        return False
    last = max(_END_SHARE * state.duration_s, min(_END_S, _END_SHORT * state.duration_s))
    return state.position_s >= state.duration_s - last


def _resume_at(episode: Episode, back_s: float) -> float:
    return 0.0 if episode.finished else max(0.0, episode.position_s - back_s)


def _make_player(silent: bool, on_change: OnChange) -> Player:
    if silent:
        from podcli.player.silent import SilentPlayer

        return SilentPlayer(on_change)
    from podcli.player.mpv import MpvPlayer

    return MpvPlayer(on_change)


def _refuse_inside(url: str, show: Show | None) -> None:
    """Raise NetworkError when a feed names an address inside the listener's network (as downloads do, `feeds.guard`).

    libmpv resolves names and follows redirects itself, so only addresses spelled as numbers or as this machine are seen.
    """
    import socket

    from podcli.feeds.urls import host_of

    host = host_of(url)
    if not host or show is None or show.kind == "link" or host == host_of(show.url):
        return
    try:
        numeric = socket.inet_ntoa(socket.inet_aton(host))  # also 127.1 and 2130706433, which resolvers accept
    except OSError:
        numeric = host if ":" in host else ""
    inside = host == "localhost" or host.endswith((".localhost", ".local"))
    if numeric:
        from podcli.feeds.guard import is_public

        inside = not is_public(numeric)
    if inside:
        raise NetworkError(
            f"{host} is an address inside your own network, and a feed led there.",
            "podcli only goes there when you type that address yourself.",
        )
