"""One speech engine, alone in its process: ``python -m tests.bench.peers ENGINE FOLDER AUDIO…``. Used by ``make bench-whisper``.

FOLDER holds the same weights for every engine (see `weights`). Prints JSON: seconds for the whole recording with word times,
seconds to load, the most memory the process held, and the words.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcli.engines.threads import physical_cores
from tests.bench.peak import peak_mb

THREADS, _BATCH = physical_cores(), 8


@dataclass(frozen=True, slots=True)
class Word:
    """One word, and when it was said."""

    start: float
    end: float
    text: str


Words = Iterator[Word]
Hear = Callable[[Path], Words]
"""What an engine is once it is loaded."""


def podcli(folder: Path, way: str = "") -> Hear:
    """This one; or in one of the `ways` that it could do it, too."""
    from podcli.engines.whisper import WhisperTranscriber

    transcriber = WhisperTranscriber(folder / "model.safetensors", THREADS)
    transcriber.load()
    if way:
        from tests.bench.ways import WAYS

        assert transcriber._model is not None
        transcriber._model = WAYS[way](transcriber._model, folder)

    def hear(audio: Path) -> Words:
        for batch in transcriber.transcribe(audio, language="en"):
            for segment in batch:
                yield from (Word(word.start_s, word.end_s, f" {word.text}") for word in segment.words)

    return hear


def openai(folder: Path) -> Hear:
    """openai-whisper in float32, greedy, with its word times."""
    import torch

    from tests.bench.floats import original

    torch.set_num_threads(THREADS)
    model = original(folder)

    def hear(audio: Path) -> Words:
        heard = model.transcribe(_sound(audio), language="en", beam_size=None, best_of=None, word_timestamps=True, fp16=False)
        for segment in heard["segments"]:
            yield from (Word(float(word["start"]), float(word["end"]), word["word"]) for word in segment["words"])

    return hear


def faster(folder: Path, *, batched: bool) -> Hear:
    """faster-whisper in int8, greedy, one window after the other or in batches."""
    from faster_whisper import BatchedInferencePipeline, WhisperModel

    model: Any = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=THREADS, local_files_only=True)
    options: dict[str, Any] = {"language": "en", "beam_size": 1, "word_timestamps": True}
    if batched:
        model = BatchedInferencePipeline(model=model)
        options["batch_size"] = _BATCH

    def hear(audio: Path) -> Words:
        segments, _ = model.transcribe(str(audio), **options)
        for segment in segments:
            yield from (Word(word.start, word.end, word.word) for word in segment.words)

    return hear


def whispercpp(folder: Path, kind: str) -> Hear:
    """whisper.cpp by its wheel: greedy, a segment for each word."""
    from pywhispercpp.model import Model

    model = Model(str(folder / f"ggml-{kind}.bin"), n_threads=THREADS, print_progress=False, print_realtime=False, language="en")

    def hear(audio: Path) -> Words:
        for word in model.transcribe(_sound(audio), token_timestamps=True, max_len=1, split_on_word=True, greedy={"best_of": 1}):
            yield Word(word.t0 / 100, word.t1 / 100, f" {word.text.strip()}")

    return hear


ENGINES: dict[str, Callable[[Path], Hear]] = {
    "podcli": podcli,
    "openai-whisper fp32": openai,
    "faster-whisper int8": lambda folder: faster(folder, batched=False),
    "faster-whisper int8 batched": lambda folder: faster(folder, batched=True),
    "whisper.cpp q4_0": lambda folder: whispercpp(folder, "q4_0"),
    "whisper.cpp q5_1": lambda folder: whispercpp(folder, "q5_1"),
}


def _sound(audio: Path) -> NDArray[np.float32]:
    """16 kHz mono, decoded the way podcli does: the peers need no ffmpeg binary then."""
    from podcli.engines.audio import decode

    return np.concatenate(list(decode(audio)))


def main(engine: str, folder: str, *recordings: str) -> None:
    """Load, hear, print; of several recordings the sum of the seconds, and a list of words for each."""
    warnings.simplefilter("ignore")
    started = time.perf_counter()
    hear = ENGINES.get(engine, partial(podcli, way=engine))(Path(folder))
    loaded = time.perf_counter()
    words = [list(hear(Path(audio))) for audio in recordings]
    heard = time.perf_counter()
    print(json.dumps({"load_s": loaded - started, "seconds": heard - loaded, "peak_mb": peak_mb(),
                      "words": [[asdict(word) for word in each] for each in words]}))  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
