from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from podcli.engines.audio import decode
from tests.engines.sounds import RATE, write

HERE = Path(__file__).parent.parent.parent
LEAST_MB = 500
"""Measured BOUND"""


def peak_mb(minutes: int, folder: Path) -> float:
    """Of a process that transcribes so much of the sample show on two cores."""
    cache = Path(os.environ.get("PODCLI_TEST_MODELS") or HERE / ".cache" / "test-models")
    show = np.concatenate(list(decode(HERE / "podcli" / "demo" / "trailer.mp3")))
    path = write(folder / f"{minutes}.flac", np.resize(show, minutes * 60 * RATE), "flac")
    command = [sys.executable, "-m", "tests.bench.peers", "podcli", str(cache / "whisper-tiny.en"), str(path)]
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))[:2]
        command = ["taskset", "--cpu-list", ",".join(map(str, cores)), *command]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True, cwd=HERE)
    return float(json.loads(done.stdout.splitlines()[-1])["peak_mb"])
