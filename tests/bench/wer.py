"""Word error rate of a speech model: ``python -m tests.bench.wer [MODEL]``.

Runs over every recording that has a reference text beside it: the samples, the sample show and the corpus. Texts are compared as
openai-whisper's EnglishTextNormalizer writes them.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import jiwer
from whisper.normalizers import EnglishTextNormalizer

from podcli import paths
from podcli.engines.audio import probe
from podcli.engines.base import Transcriber
from podcli.engines.catalogue import load_catalogue
from podcli.engines.inventory import WEIGHTS
from podcli.engines.whisper import WhisperTranscriber
from podcli.engines.whispercpp import WhisperCppTranscriber
from tests.bench.peak import peak_mb

HERE = Path(__file__).parent.parent.parent
SOUNDS = (".wav", ".flac", ".mp3", ".m4a", ".opus", ".ogg")
_normalise = EnglishTextNormalizer()


def clips() -> Iterator[tuple[Path, str]]:
    """(recording, what is said in it)."""
    corpus = Path(os.environ.get("CORPUS", HERE.parent / "shared" / "corpus"))
    samples = HERE / "tests" / "samples" / "audio"
    for reference in sorted([*samples.glob("*.ref.txt"), *(corpus / "audio").glob("*.ref.txt")]):
        stem = reference.name.removesuffix(".ref.txt")
        recording = next((reference.with_name(stem + kind) for kind in SOUNDS if reference.with_name(stem + kind).exists()), None)
        again = reference.parent != samples and (samples / reference.name).exists()
        if recording and not again:
            yield recording, reference.read_text("utf-8")
    show = HERE / "podcli" / "demo"
    yield show / "episode.mp3", re.sub(r"(?m)^\w+: ", "", (show / "reference.txt").read_text("utf-8"))


def errors(reference: str, heard: str) -> jiwer.WordOutput:
    """The alignment of what was said and what was heard."""
    return jiwer.process_words(_normalise(reference), _normalise(heard))


def overall(heard: Iterable[tuple[str, str]]) -> float:
    """The word error rate (a share) over all of (what is said, what was heard): long recordings weigh more."""
    wrong = words = 0.0
    for reference, text in heard:
        found = errors(reference, text)
        wrong += found.substitutions + found.deletions + found.insertions
        words += found.hits + found.substitutions + found.deletions
    return wrong / words


def hear(transcriber: Transcriber, recording: Path) -> str:
    """All that `transcriber` hears in `recording`."""
    return " ".join(segment.text for batch in transcriber.transcribe(recording) for segment in batch)


def model_file(model_id: str) -> Path:
    """The weights of `model_id`: those the tests use, else those that are installed."""
    name = WEIGHTS[load_catalogue().card(model_id).engine]
    tests = Path(os.environ.get("PODCLI_TEST_MODELS", HERE / ".cache" / "test-models"))
    for folder in (tests, paths.models()):
        if (folder / model_id / name).is_file():
            return folder / model_id / name
    sys.exit(f"{model_id} is not installed: podcli models pull {model_id}")


def main(arguments: list[str]) -> None:
    """Print a line per recording, and their sum."""
    model_id = arguments[0] if arguments else "whisper-tiny.en"
    file = model_file(model_id)
    transcriber: Transcriber = WhisperCppTranscriber(file) if file.name == WEIGHTS["whispercpp"] else WhisperTranscriber(file)
    started = time.perf_counter()
    transcriber.load()
    print(f"{model_id}, loaded in {time.perf_counter() - started:.1f} s\n")
    print(f"{'clip':24} {'seconds':>8} {'WER %':>7} {'x real time':>12} {'peak MB':>8}")
    wrong = words = seconds = spent = 0.0
    for recording, reference in clips():
        length = probe(recording).duration_s or 0.0
        started = time.perf_counter()
        found = errors(reference, hear(transcriber, recording))
        took = time.perf_counter() - started
        count = found.hits + found.substitutions + found.deletions
        print(f"{recording.stem:24} {length:8.1f} {100 * found.wer:7.1f} {length / took:12.1f} {peak_mb():8.0f}")
        wrong, words = wrong + found.wer * count, words + count
        seconds, spent = seconds + length, spent + took
    print(f"{'all':24} {seconds:8.1f} {100 * wrong / words:7.1f} {seconds / spent:12.1f} {peak_mb():8.0f}")


if __name__ == "__main__":
    main(sys.argv[1:])
