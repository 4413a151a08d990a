"""What other podcli processes may know and must respect: the row that tells what plays, and a lock on the episode.

The lock is a POSIX record lock (fcntl(2), F_SETLK) on sixteen bytes of one file, at the episode's number: it holds the
process id, and the system lets go of it however the process ends. So nothing is ever taken for playing that is not.
"""

from __future__ import annotations

import fcntl
import os
import time
from typing import Any

from podcli import paths
from podcli.domain import Episode, EpisodeId, NowPlaying
from podcli.errors import PodcliError
from podcli.store import Store
from podcli.store.listening import Playing

_RECORD = 16


class Shared:
    """One for each process that plays."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._file: int | None = None
        self._held: EpisodeId | None = None
        self._told: tuple[object, ...] = ()
        self._new = False
        """Whether the row is ours whoever has it now: the last to start something has it."""

    def claim(self, episode: Episode) -> None:
        """Let this process alone play `episode`, instead of what it claimed before.

        Raises PodcliError naming the process that plays it already.
        """
        if episode.id == self._held:
            return
        if episode.id in _HELD or not self._lock(episode.id):
            pid = self._written(episode.id)
            raise PodcliError(
                f"“{episode.title}” is already open in another podcli (process {pid or 'unknown'}).",
                "Go on there, or quit it first; two players would overwrite each other's place.",
            )
        self._unlock()
        self._held, self._new = episode.id, True
        _HELD.add(episode.id)
        os.pwrite(self._open(), str(os.getpid()).encode().ljust(_RECORD), episode.id * _RECORD)

    def tell(self, now: NowPlaying, *, also_position: bool) -> None:
        """Write the row when pause, speed, episode or the like changed, and with `also_position` in any case."""
        state, episode = now.state, now.episode
        if episode is None:
            return
        sleep = None if now.sleep is None else {"kind": now.sleep.kind, "left": now.sleep.left_s}
        key = (episode.id, state.paused, state.speed, state.volume, state.muted, state.ended, state.duration_s, now.sleep and
               now.sleep.kind, now.smart_speed, now.voice_boost, now.loudness, now.up_next, now.chapter, now.moment)  # fmt: skip
        if key == self._told and not also_position:
            return
        if self._store.is_held():
            return  # playing waits for nobody: a later tick writes it
        self._told = key
        said: dict[str, Any] = {
            "title": episode.title, "show": episode.show_title, "key": episode.key, "position": round(state.position_s, 2),
            "duration": state.duration_s, "speed": state.speed, "paused": state.paused, "ended": state.ended,
            "volume": state.volume, "muted": state.muted, "chapter": now.chapter.title if now.chapter else None, "sleep": sleep,
            "smart_speed": now.smart_speed, "voice_boost": now.voice_boost, "loudness": now.loudness,
            "up_next": now.up_next or None, "saved": round(now.saved_s, 1), "at": time.time(),
            "moment": now.moment.text if now.moment else None,
        }  # fmt: skip
        if not self._new and self._others():
            return
        self._new = False
        self._store.listening.save_playing(Playing(os.getpid(), episode.id, said))

    def status(self) -> dict[str, Any]:
        """What plays in any podcli, its position as of now; ``{"status": "stopped"}`` when nothing does."""
        row = self._store.listening.playing()
        if row is None or row.episode_id is None or not self._lives(row):
            return {"status": "stopped"}
        said = dict(row.state)
        passed = max(0.0, time.time() - said.pop("at"))
        ended = said.pop("ended")
        if not said["paused"] and not ended:
            position = said["position"] + passed * said["speed"]
            said["position"] = round(position if said["duration"] is None else min(position, said["duration"]), 2)
            if said["sleep"] and said["sleep"]["left"] is not None:
                said["sleep"]["left"] = max(0.0, said["sleep"]["left"] - passed)
        if said["sleep"] and said["sleep"]["left"] is not None:
            said["sleep"]["left"] = round(said["sleep"]["left"], 1)
        return {"status": "paused" if said["paused"] or ended else "playing", "pid": row.pid, "episode": row.episode_id, **said}

    def release(self) -> None:
        """This process plays nothing now."""
        if self._held is not None:
            self._unlock()
            self._store.listening.clear_playing(os.getpid())
        self._told = ()

    def close(self) -> None:
        """Let go of the lock and the file."""
        self._unlock()
        if self._file is not None:
            _let_go(self._file)
            self._file = None

    def _others(self) -> bool:
        """Whether the row belongs to a podcli that began to play something else after us and still does."""
        row = self._store.listening.playing()
        return row is not None and row.pid != os.getpid() and row.episode_id is not None and self._lives(row)

    def _lives(self, row: Playing) -> bool:
        if row.pid == os.getpid():
            return row.episode_id in _HELD
        assert row.episode_id is not None
        if self._lock(row.episode_id):
            if row.episode_id not in _HELD:
                fcntl.lockf(self._open(), fcntl.LOCK_UN, _RECORD, row.episode_id * _RECORD)
            return False
        return self._written(row.episode_id) == row.pid

    def _open(self) -> int:
        if self._file is None:
            self._file = _lock_file(str(paths.make_private(paths.state()) / "playing.lock"))
        return self._file

    def _lock(self, episode_id: EpisodeId) -> bool:
        try:
            fcntl.lockf(self._open(), fcntl.LOCK_EX | fcntl.LOCK_NB, _RECORD, episode_id * _RECORD)
        except OSError:
            return False
        return True

    def _unlock(self) -> None:
        if self._held is not None:
            fcntl.lockf(self._open(), fcntl.LOCK_UN, _RECORD, self._held * _RECORD)
            _HELD.discard(self._held)
            self._held = None

    def _written(self, episode_id: EpisodeId) -> int | None:
        text = os.pread(self._open(), _RECORD, episode_id * _RECORD).strip()
        return int(text) if text.isdigit() else None


_HELD: set[EpisodeId] = set()
"""What this process plays: its own locks never stand in its way, so they cannot tell."""
_OPEN: dict[str, tuple[int, int]] = {}
"""Lock files by path: descriptor, and how many use it. Closing any descriptor of a file would drop every lock on it that this
process holds (fcntl(2)), so there is only one.
"""


def _lock_file(path: str) -> int:
    descriptor, users = _OPEN.get(path, (-1, 0))
    if not users:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    _OPEN[path] = (descriptor, users + 1)
    return descriptor


def _let_go(descriptor: int) -> None:
    path, users = next((path, users) for path, (each, users) in _OPEN.items() if each == descriptor)
    if users > 1:
        _OPEN[path] = (descriptor, users - 1)
    else:
        del _OPEN[path]
        os.close(descriptor)
