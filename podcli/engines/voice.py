"""Where somebody speaks, cut into windows Whisper can hear at once: at most 30 s, ending in a silence wherever there is one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from podcli.engines.audio import SAMPLE_RATE
from podcli.engines.silero import CHUNK, VoiceActivity

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WINDOW_S = 30.0
WARM_UP_S = 4.0
"""Sound before the place to start from that the network should hear, so that it judges as if it had heard everything."""

_CHUNK_S = CHUNK / SAMPLE_RATE
_MOST = int(WINDOW_S / _CHUNK_S)
_ON, _OFF = 0.5, 0.3
"""Speech begins at one probability and ends below the other; Silero's own hysteresis, a little more patient."""
_PAD = round(0.2 / _CHUNK_S)
_PAUSE, _BREAK = round(0.3 / _CHUNK_S), round(2.0 / _CHUNK_S)
"""A silence to cut in, and one that always ends a window: Whisper makes up words for long silences."""
_LEAST = round(0.2 / _CHUNK_S)
"""Less speech than this is a click or a cough."""
_TAIL = round(0.8 / _CHUNK_S)
"""Speech that ends this soon after the place to start from is the sound of a word that was transcribed already."""
_MISSED_S, _HEARD_S = 5.0, 1.0
"""Seconds of speech after the last word that are listened to anew, if so much came before."""
_EARLIEST_CUT = (round(20 / _CHUNK_S), round(10 / _CHUNK_S), 1)
"""A full window is cut at its longest pause after 20 s, else after 10 s, else wherever there is one."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of sound with speech in it: 16 kHz mono, at most `WINDOW_S` long."""

    start_s: float
    sound: NDArray[np.float32] | NDArray[np.float16]
    onsets_s: tuple[float, ...] = ()
    """Where, from its start on, somebody begins to speak after a pause."""
    voiced_s: tuple[tuple[float, float], ...] = ()
    """From where to where, from its start on, there is speech."""

    @property
    def end_s(self) -> float:
        """Where the next window may begin."""
        return self.start_s + len(self.sound) / SAMPLE_RATE


def windows(
    pieces: Iterator[NDArray[np.float32]], *, first_s: float = 0.0, start_s: float = 0.0, until_s: float | None = None
) -> Iterator[Window]:
    """The windows with speech in `pieces` (16 kHz mono, the first sample at second `first_s`), none beginning before `start_s`
    and none reaching beyond `until_s`.

    Holds no more than two pieces and two windows at a time.
    """
    cutter = _Cutter(first_s, start_s)
    for piece in pieces if until_s is None else _first(pieces, round((until_s - first_s) * SAMPLE_RATE)):
        cutter.hear(piece)
        while cutter.full():
            yield from cutter.cut()
    cutter.finish()
    while cutter.waiting():
        yield from cutter.cut()


def left_over(window: Window, heard_until_s: float) -> Window | None:
    """What is left of `window` from `heard_until_s` on, if there is speech in it for more than `_MISSED_S`: Whisper ends at times
    where another voice begins. None if there is less, or if nothing much was heard at all."""
    until = heard_until_s - window.start_s
    later = [(max(first, until), last) for first, last in window.voiced_s if last > until]
    if until < _HEARD_S or sum(last - first for first, last in later) <= _MISSED_S:
        return None
    at = int(max(until, later[0][0] - _PAD * _CHUNK_S) * SAMPLE_RATE)
    begins = at / SAMPLE_RATE
    onsets = tuple(onset - begins for onset in window.onsets_s if onset >= begins)
    speech = tuple((first - begins, last - begins) for first, last in later)
    return Window(window.start_s + begins, window.sound[at:], onsets, speech)


def pause_before(pieces: Iterator[NDArray[np.float32]], first_s: float, time_s: float) -> float:
    """The middle of the last pause between `first_s`, where `pieces` begin, and `time_s`; `first_s` when nobody draws breath.

    Two stretches of sound that meet in a pause have no word in common.
    """
    import numpy as np

    pieces = _first(pieces, round((time_s - first_s) * SAMPLE_RATE))
    sound = np.concatenate([np.zeros(0, np.float32), *pieces])
    voiced = _voiced(VoiceActivity()(sound[: len(sound) // CHUNK * CHUNK]))
    pauses = [(first, last) for first, last in _runs(~voiced) if last - first >= _PAUSE]
    return first_s + sum(pauses[-1]) / 2 * _CHUNK_S if pauses else first_s


def _first(pieces: Iterator[NDArray[np.float32]], samples: int) -> Iterator[NDArray[np.float32]]:
    """The first `samples` of `pieces`."""
    for piece in pieces:
        if samples <= 0:
            return
        yield piece[:samples]
        samples -= len(piece)


def chunk_start(time_s: float) -> float:
    """Where the chunk that holds second `time_s` begins. Decoding from there, windows fall as they do from the beginning."""
    return max(0, int(time_s / _CHUNK_S)) * _CHUNK_S


class _Cutter:
    """Sound that has been heard but not handed on, with the probability of speech of each of its chunks."""

    def __init__(self, first_s: float, start_s: float) -> None:
        import numpy as np

        self._activity = VoiceActivity()
        self._begins_s = first_s
        self._start_s = start_s
        self._sound = np.zeros(0, np.float32)
        self._speech = np.zeros(0, np.float32)
        self._over = False

    def hear(self, piece: NDArray[np.float32]) -> None:
        """Take in more sound."""
        import numpy as np

        unheard = len(self._speech) * CHUNK
        self._sound = np.concatenate([self._sound, piece])
        fresh = self._activity(self._sound[unheard:])
        early = round((self._start_s - self._begins_s) / _CHUNK_S) - len(self._speech)
        if early > 0:
            fresh[: early + _tail(fresh, early)] = 0
        self._speech = np.concatenate([self._speech, fresh])
        self._skip_silence()

    def finish(self) -> None:
        """There is no more sound: the last chunk is filled up with silence."""
        import numpy as np

        self._over = True
        if rest := len(self._sound) % CHUNK:
            self.hear(np.zeros(CHUNK - rest, np.float32))

    def full(self) -> bool:
        """Whether a window can be cut without hearing more."""
        return len(self._speech) > _MOST

    def waiting(self) -> bool:
        """Whether there is speech left."""
        return len(self._speech) > 0

    def cut(self) -> Iterator[Window]:
        """Hand on the first window, and forget its sound. Yields nothing when all it holds is a click."""
        voiced = _voiced(self._speech[:_MOST])
        end, following = self._end(voiced)
        if voiced[:end].sum() >= _LEAST:
            # The first chunk that is heard as speech is mostly speech: it began in the one before.
            runs = _runs(voiced[:end])
            onsets = [max(0, first - 1) * _CHUNK_S for first, last in runs if last - first >= _LEAST]
            speech = tuple((first * _CHUNK_S, last * _CHUNK_S) for first, last in runs)
            # A copy: what is cut out would keep all that is heard, 40 s, as long as it waits.
            yield Window(self._begins_s, self._sound[: end * CHUNK].copy(), tuple(onsets), speech)
        self._drop(following)
        self._skip_silence()

    def _end(self, voiced: NDArray[np.bool_]) -> tuple[int, int]:
        """Chunks of the first window, and how many are done with: a silence after it belongs to neither."""
        pauses = _runs(~voiced)
        for first, last in pauses:
            if first and last - first >= _BREAK:
                return first + _PAD, first + _PAD
        if len(self._speech) <= _MOST:
            return len(voiced), len(voiced)
        usable = [(first, last) for first, last in pauses if last - first >= _PAUSE]
        for earliest in _EARLIEST_CUT:
            if late := [pause for pause in usable if pause[0] >= earliest]:
                first, last = max(late, key=lambda pause: pause[1] - pause[0])
                middle = (first + last) // 2
                return min(first + _PAD, middle), min(first + _PAD, middle)
        # Nobody draws breath: cut where speech is least likely, late in the window.
        from_here = _EARLIEST_CUT[0]
        quietest = from_here + int(self._speech[from_here:_MOST].argmin())
        return quietest, quietest

    def _skip_silence(self) -> None:
        """Forget the sound before the next speech, but for a little to lead in."""
        import numpy as np

        voiced = np.flatnonzero(self._speech >= _ON)
        if len(voiced):
            self._drop(max(0, int(voiced[0]) - _PAD))
        elif self._over:
            self._drop(len(self._speech))
        else:
            self._drop(max(0, len(self._speech) - _PAD))

    def _drop(self, chunks: int) -> None:
        self._sound, self._speech = self._sound[chunks * CHUNK :], self._speech[chunks:]
        self._begins_s += chunks * _CHUNK_S


def _tail(speech: NDArray[np.float32], first: int) -> int:
    """How many chunks from `first` on still belong to the word that ended there; 0 when somebody goes on speaking."""
    end = first
    for begin, last in _runs(_voiced(speech)):
        if last <= first:
            continue
        # No window is cut in a shorter silence than a pause.
        if begin - end >= _PAUSE:
            break
        if last - first > _TAIL:
            return 0
        end = last
    return end - first


def _voiced(speech: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Speech with hysteresis: on at `_ON`, off below `_OFF`."""
    import numpy as np

    # Where neither holds, the state is that of the last chunk where one did.
    decided = np.where(speech >= _ON, 1, np.where(speech < _OFF, -1, 0))
    last = np.maximum.accumulate(np.where(decided != 0, np.arange(len(decided)), 0))
    return np.asarray(decided[last] > 0)


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(first, end) of each run of true."""
    import numpy as np

    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(np.int8), [0]])))
    return [(int(first), int(last)) for first, last in zip(edges[::2], edges[1::2], strict=True)]
