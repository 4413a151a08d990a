"""In which order an episode is heard: the part that is listened to first, then what comes after it, then what is left."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from podcli.domain import EpisodeId, Span, missing

if TYPE_CHECKING:
    from podcli.store import Store

_LEAD_S = 10.0
"""So much before what plays is heard with it, to read what was just said."""
_NEAR_S = 90.0
"""What plays so little ahead of what is heard is soon reached: to go there at once would only make another seam."""
_SEAM_S = 20.0
"""How far back a pause is looked for, in which two stretches can meet."""
_LOOK_S = 0.5


class Stretch(NamedTuple):
    """What to hear next: from `start_s` to `until_s`. Before it all is heard up to `after_s`."""

    after_s: float
    start_s: float
    until_s: float


def following(heard: Sequence[Span], wanted_s: float | None) -> Stretch | None:
    """The stretch to hear next when the listener is at second `wanted_s`, if anywhere; None when all is heard."""
    gaps = missing(heard)
    for start, end in gaps:
        if wanted_s is not None and start <= wanted_s < end:
            return Stretch(start, start if wanted_s - start <= _NEAR_S else wanted_s - _LEAD_S, end)
    return Stretch(gaps[0][0], *gaps[0]) if gaps else None


def elsewhere(heard: Sequence[Span], at_s: float, wanted_s: float | None) -> bool:
    """Whether the listener waits at `wanted_s` for words that who hears at `at_s` will not reach soon."""
    if wanted_s is None or at_s - _LEAD_S <= wanted_s <= at_s + _NEAR_S:
        return False
    return any(start <= wanted_s < end for start, end in missing(heard))


def seam(audio: Path, stretch: Stretch) -> float:
    """A pause shortly before a stretch to begin in, where what is heard of `audio` later can end without half a word.

    Raises PodcliError as `decode` does.
    """
    if stretch.start_s <= stretch.after_s:
        return stretch.start_s
    from podcli.engines.audio import decode
    from podcli.engines.voice import chunk_start, pause_before

    first_s = chunk_start(max(stretch.after_s, stretch.start_s - _SEAM_S))
    return max(stretch.after_s, pause_before(decode(audio, start_s=first_s), first_s, stretch.start_s))


@dataclass
class Listener:
    """Where somebody listens to an episode, as its player last wrote it down."""

    store: Store
    episode_id: EpisodeId
    _looked: float = float("-inf")
    _at_s: float | None = None

    @property
    def at_s(self) -> float | None:
        """Second of the episode; None when it does not play. Looked up at most twice a second."""
        now = time.monotonic()
        if now - self._looked >= _LOOK_S:
            self._looked, self._at_s = now, self._find()
        return self._at_s

    def _find(self) -> float | None:
        row = self.store.listening.playing()
        if row is None or row.episode_id != self.episode_id or not _lives(row.pid):
            return None
        state = row.state
        passed = 0.0 if state["paused"] or state["ended"] else max(0.0, time.time() - state["at"]) * state["speed"]
        return float(state["position"] + passed)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
