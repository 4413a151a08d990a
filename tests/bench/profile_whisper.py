"""Where the time of a transcription goes: ``python -m tests.bench.profile_whisper [MODEL]``, the sentence in models/README.md.

Seconds of processor time of each part, all threads together, over the ten-minute talk; a part is measured by the clock of the
thread that does it, so what OpenMP's other threads do for it is not counted: on two cores there are none.
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import wraps
from operator import itemgetter
from typing import Any

from podcli.engines import alignment, arithmetic, cross_attention, encoding, whisper
from podcli.engines.whisper import WhisperTranscriber
from tests.bench import weights
from tests.bench.bench_whisper import CORPUS
from tests.bench.wer import hear

PARTS: list[tuple[object, str, str]] = [
    (arithmetic, "fast_step", "the decoder's layers"),
    (encoding, "encode", "the encoder"),
    (arithmetic, "fast_likeliest", "the likeliest token"),
    (alignment, "words", "word times"),
    (encoding, "spectrum", "spectra"),
    (cross_attention, "sound_of", "frames in 8 bits"),
]
_WINDOWS = "windows_of"


def timed(function: Callable[..., Any], part: str, spent: defaultdict[str, float]) -> Callable[..., Any]:
    """`function`, which adds to `spent` what it takes."""

    @wraps(function)
    def call(*arguments: object, **named: object) -> object:
        began = time.thread_time()
        try:
            return function(*arguments, **named)
        finally:
            spent[part] += time.thread_time() - began

    return call


def windows_timed(spent: defaultdict[str, float]) -> Callable[..., Iterator[Any]]:
    """`whisper.windows_of`, likewise: the work is done as windows are asked for."""
    windows_of = getattr(whisper, _WINDOWS)

    def windows(*arguments: object, **named: object) -> Iterator[Any]:
        following = timed(windows_of(*arguments, **named).__next__, "decoding the file, voice activity", spent)
        with suppress(StopIteration):
            while True:
                yield following()

    return windows


def main(model_id: str) -> None:
    """Hear twice, the first time to warm up; print the shares of the second."""
    spent: defaultdict[str, float] = defaultdict(float)
    transcriber = WhisperTranscriber(weights.folder(model_id) / "model.safetensors")
    transcriber.load()
    for module, name, part in PARTS:
        setattr(module, name, timed(getattr(module, name), part, spent))
    setattr(whisper, _WINDOWS, windows_timed(spent))
    hear(transcriber, CORPUS / "jfk.wav")
    spent.clear()
    began = time.process_time()
    hear(transcriber, CORPUS / "synth_dev.mp3")
    whole = time.process_time() - began
    spent["all else"] = whole - sum(spent.values())
    print(f"{model_id}: {whole:.1f} s of processor time")
    for part, seconds in sorted(spent.items(), key=itemgetter(1), reverse=True):
        print(f"{100 * seconds / whole:5.1f} %  {part}")


if __name__ == "__main__":
    main(*sys.argv[1:] or ["whisper-tiny.en"])
