"""podcli's Whisper beside the others, on the same weights and the same sound: ``make bench-whisper [MODEL=whisper-base]``.

``python -m tests.bench.bench_whisper [MODEL] [--rounds N] [--audio FILE] [--engines NAME,…] [--json FILE]``. FILE needs its text
beside it (``.ref.txt``); with cues (``.vtt``) word times are measured too. Every engine runs in a process of its own, in turn,
`--rounds` times; ratios are taken within a round, and medians of them printed. "wer of all" is over every recording with a
reference text. "beside a busy one" is how many times as long it takes while another program takes all of a core it can get: with
two cores 2.0 is that program's share. The peers are the dependency group ``bench``.
"""

from __future__ import annotations

import argparse
import difflib
import importlib.metadata
import json
import os
import platform
import re
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from whisper.normalizers import EnglishTextNormalizer

from podcli.engines.audio import probe
from podcli.errors import PodcliError
from tests.bench import peers, weights
from tests.bench.talks import seconds
from tests.bench.wer import clips, errors, overall

CORPUS = Path(os.environ.get("CORPUS", "../shared/corpus")) / "audio"
_FILES = {"podcli": "model.safetensors", "whisper.cpp q4_0": "ggml-q4_0.bin", "whisper.cpp q5_1": "ggml-q5_1.bin"}
_LONGEST_S = 3600.0
_OVER_ALL, _BUSY = ("podcli", "openai-whisper fp32"), ("podcli", "faster-whisper int8 batched")
"""Whose error rate is measured over all clips, and who is measured beside a busy program: the bounds are about these."""
_normalise = EnglishTextNormalizer()


@dataclass
class Runs:
    """What came of one engine: a figure for each round, and the words of the last."""

    seconds: list[float] = field(default_factory=list)
    peak_mb: list[float] = field(default_factory=list)
    words: list[dict[str, Any]] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All that was heard."""
        return "".join(word["text"] for word in self.words)


def run(engine: str, folder: Path, *recordings: Path) -> dict[str, Any]:
    """One run in a process of its own. Raises RuntimeError with the end of what it complained of."""
    command = [sys.executable, "-m", "tests.bench.peers", engine, str(folder), *map(str, recordings)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_LONGEST_S)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["it said nothing"])[-1])
    return dict(json.loads(done.stdout.splitlines()[-1]))


@contextmanager
def busy() -> Iterator[None]:
    """Another program that takes all of a core it can get."""
    other = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        other.kill()
        other.wait()


def contention(engine: str, folder: Path, audio: Path, rounds: int) -> float:
    """How many times as long it takes beside a busy program: the median of pairs of runs."""
    ratios = []
    for _ in range(rounds):
        alone = run(engine, folder, audio)["seconds"]
        with busy():
            ratios.append(run(engine, folder, audio)["seconds"] / alone)
    return statistics.median(ratios)


def start_errors(words: list[dict[str, Any]], cues: Path) -> list[float]:
    """For each cue whose first words were heard: how far (seconds) the start of its first word is from the cue's."""
    starts: list[float] = []
    said: list[str] = []
    first: dict[int, float] = {}
    for begin, text in re.findall(r"(?m)^(\d\d:\d\d:\d\d\.\d+) --> .*\n(.+)$", cues.read_text("utf-8")):
        plain = _normalise(re.sub(r"<[^>]*>", "", text)).split()
        if plain:
            first[len(said)] = seconds(begin)
            said += plain
    heard: list[str] = []
    for word in words:
        plain = _normalise(word["text"]).split()
        heard += plain
        starts += [word["start"]] * len(plain)
    matcher = difflib.SequenceMatcher(None, said, heard, autojunk=False)
    where = {block.a + n: block.b + n for block in matcher.get_matching_blocks() for n in range(block.size)}
    return [abs(starts[where[place]] - begin) for place, begin in first.items() if place in where]


def report(engines: dict[str, Runs], folder: Path, audio: Path) -> list[dict[str, Any]]:
    """A row for each engine."""
    reference = audio.with_suffix(".ref.txt").read_text("utf-8")
    cues = audio.with_suffix(".vtt")
    length = probe(audio).duration_s or 0.0
    rows = []
    for name, runs in engines.items():
        ratios = [theirs / ours for theirs, ours in zip(runs.seconds, engines["podcli"].seconds, strict=True)]
        late = sorted(start_errors(runs.words, cues)) if cues.exists() else []
        rows.append({
            "engine": name,
            "podcli is faster": round(statistics.median(ratios), 2),
            "times real time": round(length / statistics.median(runs.seconds), 1),
            "wer": round(100 * errors(reference, runs.text).wer, 2),
            "start p95 ms": round(1000 * late[int(0.95 * (len(late) - 1))]) if late else None,
            "peak MB": round(statistics.median(runs.peak_mb)),
            "file MB": round((folder / _FILES.get(name, "model.bin")).stat().st_size / 1e6, 1),
        })  # fmt: skip
    return rows


def over_all(engine: str, folder: Path) -> float:
    """Word error rate, per cent, over every recording with a reference text."""
    recordings = list(clips())
    heard = run(engine, folder, *(recording for recording, _ in recordings))["words"]
    texts = ("".join(word["text"] for word in words) for words in heard)
    return round(100 * overall(zip((reference for _, reference in recordings), texts, strict=True)), 2)


def host() -> str:
    """What it was measured on."""
    try:
        cpu = re.findall(r"(?m)^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text())[0]
    except (OSError, IndexError):
        cpu = platform.processor() or platform.machine()
    found = [f"{name} {_version(name)}" for name in ("torch", "openai-whisper", "faster-whisper", "ctranslate2", "pywhispercpp")]
    return f"{cpu}, {peers.THREADS} threads, {platform.system()}, Python {platform.python_version()}; {', '.join(found)}"


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "missing"


def main() -> None:
    """Run all in turn, print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.bench_whisper")
    parser.add_argument("model", nargs="?", default="whisper-tiny.en")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--audio", type=Path, default=CORPUS / "synth_dev.mp3")
    parser.add_argument("--engines", default="")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    wanted = [name for name in peers.ENGINES if name == "podcli" or not options.engines or name in options.engines.split(",")]
    try:
        folder = weights.folder(options.model)
    except PodcliError as error:
        raise SystemExit(f"{error.message} {error.hint}") from error
    engines = {name: Runs() for name in wanted}
    for turn in range(options.rounds):
        for name in list(engines):
            try:
                came = run(name, folder, options.audio)
            except RuntimeError as error:
                print(f"{name} is left out: {error}", flush=True)
                del engines[name]
                continue
            engines[name].seconds.append(came["seconds"])
            engines[name].peak_mb.append(came["peak_mb"])
            (engines[name].words,) = came["words"]
            print(f"round {turn + 1}: {name} took {came['seconds']:.1f} s", flush=True)
    rows = report(engines, folder, options.audio)
    for row in rows:
        name = row["engine"]
        row["wer of all"] = over_all(name, folder) if name in _OVER_ALL else None
        row["beside a busy one"] = round(contention(name, folder, options.audio, options.rounds), 2) if name in _BUSY else None
    print(f"\n{options.model} on {options.audio.name}, medians of {options.rounds} rounds; {host()}\n")
    print("".join(f"{title:>{28 if title == 'engine' else 17}}" for title in rows[0]))
    for row in rows:
        print("".join(f"{'' if value is None else value:>{28 if title == 'engine' else 17}}" for title, value in row.items()))
    if options.json:
        options.json.write_text(json.dumps({"host": host(), "model": options.model, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
