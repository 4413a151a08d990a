from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from podcli.engines.audio import decode
from tests.engines.sounds import RATE, write

HERE = Path(__file__).parent.parent.parent
BOUND_MB = 540
"""For tiny.en on two cores, each of which hears five windows: 450 measured, 40 more in float32, a tenth for chance."""
NOISE_MB = 40


def peak_mb(minutes: int, folder: Path) -> float:
    """Of a process that transcribes so much of the trailer of the sample show, over and over, on two cores."""
    cache = Path(os.environ.get("PODCLI_TEST_MODELS") or HERE / ".cache" / "test-models")
    trailer = np.concatenate(list(decode(HERE / "podcli" / "demo" / "trailer.mp3")))
    path = write(folder / f"{minutes}.flac", np.resize(trailer, minutes * 60 * RATE), "flac")
    command = [sys.executable, "-m", "tests.bench.peers", "podcli", str(cache / "whisper-tiny.en"), str(path)]
    cores = sorted(os.sched_getaffinity(0))[:2]
    done = subprocess.run(
        ["taskset", "--cpu-list", ",".join(map(str, cores)), *command],
        capture_output=True, text=True, timeout=600, check=True, cwd=HERE,
    )  # fmt: skip
    return float(json.loads(done.stdout.splitlines()[-1])["peak_mb"])


@pytest.mark.models
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the allocator is another, and so is what counts as memory")
def test_transcription_takes_little_memory_however_long_the_recording(tmp_path: Path) -> None:
    short, long = peak_mb(10, tmp_path), peak_mb(24, tmp_path)
    assert max(short, long) < BOUND_MB
    assert long - short < NOISE_MB
