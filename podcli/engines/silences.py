"""Where nothing is said, by the loudness of the sound itself: for episodes without a transcript. No model, a pass of decoding."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from podcli.domain import Span
from podcli.engines.audio import decode

RATE = 16_000
_FRAME = 320
"""Samples in a frame: 20 ms."""
_FRAME_S = _FRAME / RATE
_SHORTEST_S = 0.6
_WINDOW = 3_000
"""Frames that are judged together: a minute, since a recording's noise changes with the guest."""
_ABOVE_FLOOR_DB, _BELOW_SPEECH_DB = 8.0, 16.0
_SILENCE_DB = -58.0
"""What is softer than this is silence, whatever else is heard."""


def silences(path: Path, report: Callable[[float], None] = lambda _seconds: None) -> list[Span]:
    """Stretches of at least 0.6 s without sound, in seconds, in order. `report` gets the seconds done so far.

    A frame is silent when it is close to the softest of its minute and well below the loudest: under music nothing is.
    Raises what `engines.audio.decode` raises.
    """
    levels, rest, done = list[NDArray[np.float32]](), np.zeros(0, np.float32), 0
    for piece in decode(path):
        sound = np.concatenate([rest, piece])
        whole = len(sound) - len(sound) % _FRAME
        frames, rest = sound[:whole].reshape(-1, _FRAME), sound[whole:]
        power = np.einsum("ij,ij->i", frames, frames) / _FRAME
        levels.append((10 * np.log10(power + 1e-10)).astype(np.float32))
        done += len(power)
        report(done * _FRAME_S)
    return spans_of(_is_silent(np.concatenate(levels))) if levels else []


def _is_silent(levels: NDArray[np.float32]) -> NDArray[np.bool_]:
    silent = np.zeros(len(levels), np.bool_)
    for start in range(0, len(levels), _WINDOW):
        part = levels[start : start + _WINDOW]
        # A window at the end may be a few frames: judge it by the minute before it.
        judged = levels[max(0, start + len(part) - _WINDOW) : start + len(part)]
        floor, loud = np.percentile(judged, (10, 90))
        limit = max(_SILENCE_DB, min(floor + _ABOVE_FLOOR_DB, loud - _BELOW_SPEECH_DB))
        silent[start : start + len(part)] = part < limit
    return silent


def spans_of(silent: NDArray[np.bool_]) -> list[Span]:
    """Runs of silent frames that are long enough, in seconds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], silent, [False]]).astype(np.int8)))
    spans = zip(edges[::2] * _FRAME_S, edges[1::2] * _FRAME_S, strict=True)
    return [(round(float(start), 2), round(float(end), 2)) for start, end in spans if end - start >= _SHORTEST_S]
