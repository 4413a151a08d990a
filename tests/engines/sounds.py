"""Recordings made on the fly: real speech in any container and codec."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

SAMPLES = Path(__file__).parent.parent / "samples" / "audio"
RATE = 16_000


def speech(name: str) -> NDArray[np.float32]:
    """A sample's sound, 16 kHz mono."""
    with av.open(str(SAMPLES / f"{name}.flac")) as file:
        resampler = av.AudioResampler("flt", "mono", RATE)
        frames = [out for frame in file.decode(audio=0) for out in resampler.resample(frame)]
        frames += resampler.resample(None)
    return np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])


def tone(seconds: float, hertz: float = 440.0) -> NDArray[np.float32]:
    return (0.3 * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)).astype(np.float32)


def write(
    path: Path, sound: NDArray[np.float32], codec: str, *, rate: int = RATE, channels: int = 1, chapters: tuple[str, ...] = ()
) -> Path:
    """Encode 16 kHz mono `sound` as `codec` at this rate; `chapters` last a second each."""
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[channels]
    with av.open(str(path), "w") as file:
        stream = file.add_stream(codec, rate=rate)
        stream.layout = layout
        if chapters:
            ms = Fraction(1, 1000)
            file.set_chapters([
                {"id": n, "start": n * 1000, "end": n * 1000 + 1000, "time_base": ms, "metadata": {"title": title}}
                for n, title in enumerate(chapters)
            ])  # fmt: skip
        resampler = av.AudioResampler(stream.format.name, layout, rate, stream.frame_size or None)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound.reshape(1, -1)), format="flt", layout="mono")
        frame.sample_rate = RATE
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            file.mux(stream.encode(piece))
        file.mux(stream.encode(None))
    return path
