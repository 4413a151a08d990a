"""Sound made on the spot, and waiting without sleeping longer than needed."""

from __future__ import annotations

import array
import math
import time
import wave
from collections.abc import Callable
from pathlib import Path


def tone(path: Path, seconds: float, rate: int = 8000) -> Path:
    """A mono 16-bit WAV file with a quiet tone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        second = array.array("h", (int(2000 * math.sin(n * 440 * math.tau / rate)) for n in range(rate))).tobytes()
        file.writeframes((second * math.ceil(seconds))[: int(seconds * rate) * 2])
    return path


def until(true: Callable[[], object], what: str = "", timeout_s: float = 20.0) -> None:
    """Wait until `true()` holds."""
    deadline = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < deadline, f"not in {timeout_s} s: {what}"
        time.sleep(0.01)
