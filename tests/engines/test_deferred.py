from __future__ import annotations

import subprocess
import sys

WITHOUT = """
import sys
from podcli.engines.deferred import numba_when_called
with numba_when_called():
    import whisper.timing
assert not {name.partition(".")[0] for name in sys.modules} & {"numba", "llvmlite"}, "imported after all"
import torch
rows, frames = whisper.timing.dtw(torch.tensor([[-1.0, 1, 1], [1, -1, -1]]).double())
assert (rows.tolist(), frames.tolist()) == ([0, 1, 1], [0, 1, 2])
import numba
assert numba.__version__ and isinstance(whisper.timing.dtw_cpu, numba.core.dispatcher.Dispatcher), "compiled once it was called"
with numba_when_called():
    import numba as same
assert same is numba
"""


def test_numba_is_imported_when_openai_whisper_calls_it_and_not_before() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, timeout=300, check=False)
    assert not done.returncode, done.stderr
