"""Takeaways over the sample and the corpus: what the model claims, what survives, what is dropped and why.

``python -m tests.bench.eval_takeaways [MODEL] [EPISODE ...] [--gguf FILE] [--minutes N] [--summary]``: MODEL is an installed
model (default: the chosen one); EPISODE is ``sample`` or a transcript's name in the corpus. Long ones are cut to N minutes
(default 10; ``inf`` reads them whole).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import resource
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from podcli.domain import Segment, Sentence
from podcli.engines.embed import WordLlamaEmbedder
from podcli.engines.llama import LlamaWriter
from podcli.errors import PodcliError
from podcli.pipeline.reword import reworded
from podcli.pipeline.sentences import sentences
from podcli.pipeline.summary import summary
from podcli.pipeline.takeaways import Outcome, ask, plan_windows, takeaways
from podcli.text import timecode

CORPUS = Path(os.environ.get("CORPUS", "../shared/corpus")) / "real_transcripts"
SAMPLE = Path(__file__).parents[2] / "podcli" / "demo" / "reference.vtt"
_WORDS_A_SECOND = 2.7
"""For transcripts without times."""


def episodes(names: list[str], minutes: float) -> Iterator[tuple[str, list[Sentence]]]:
    """Name and sentences of each episode: the sample first, then the corpus."""
    paths = {"sample": SAMPLE}
    for path in sorted(CORPUS.glob("*.turns.json")) + sorted(CORPUS.glob("*.txt")):
        paths[path.name.removesuffix(".turns.json").removesuffix(".txt")] = path
    for name in names or list(paths):
        if name not in paths:
            raise SystemExit(f"{name} is none of: {', '.join(paths)}")
        found = [segment for segment in _segments(paths[name]) if segment.start_s < 60 * minutes]
        yield name, sentences(found)


def _segments(path: Path) -> list[Segment]:
    text = path.read_text("utf-8")
    if path.suffix == ".vtt":
        cue = r"(\S+) --> (\S+)\n<v ([^>]+)>(.+)"
        return [Segment(_seconds(m[1]), _seconds(m[2]), m[4], m[3]) for m in re.finditer(cue, text)]
    if path.suffix == ".json":
        segments, at = [], 0.0
        for turn in json.loads(text)["turns"]:
            if not turn.get("text"):
                continue
            length = len(turn["text"].split()) / _WORDS_A_SECOND
            segments.append(Segment(at, at + length, turn["text"], turn["speaker"]))
            at += length
        return segments
    rows = [(_seconds(m[1]), m[2]) for m in re.finditer(r"^(\d+:\d\d:\d\d) (.*)$", text, re.MULTILINE)]
    ends = [start for start, _ in rows[1:]] + [rows[-1][0] + 3 if rows else 0.0]
    return [Segment(start, end, said) for (start, said), end in zip(rows, ends, strict=True)]


def _seconds(text: str) -> float:
    hours, minutes, seconds = text.split(":")
    return 3600 * int(hours) + 60 * int(minutes) + float(seconds)


def _show(outcome: Outcome) -> None:
    why = ", ".join(f"{reason} {count}" for reason, count in outcome.dropped.most_common()) or "none"
    kept = len(outcome.items) - outcome.quotes
    print(f"   asked {outcome.asked} · shown {kept} claims, {outcome.quotes} to fill up · dropped: {why}")
    if outcome.notice:
        print(f"   notice: {outcome.notice}")
    for item in outcome.items:
        print(f"   {timecode(item.start_s):>7} [{item.kind}] {item.text}")
        if item.kind == "claim":
            print(f"           “{item.quote}”")


def main() -> None:
    """Read the episodes and print what came of each, then the sums."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.eval_takeaways")
    parser.add_argument("model", nargs="?", default="")
    parser.add_argument("episode", nargs="*")
    parser.add_argument("--gguf", type=Path)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--summary", action="store_true")
    parser.add_argument("--raw", action="store_true", help="print what the model answered")
    options = parser.parse_args()
    writer, embedder = _writer(options.model, options.gguf), WordLlamaEmbedder()
    asked = survived = 0
    for name, found in episodes(options.episode, options.minutes):
        started = time.monotonic()
        windows = plan_windows(found, writer)
        answers = [(window, ask(window, writer)) for window in windows]
        read_s = time.monotonic() - started
        outcome = takeaways(found, answers, embedder)
        verified_s = time.monotonic() - started - read_s
        outcome = replace(outcome, items=reworded(outcome.items, found, writer, embedder))
        worded_s = time.monotonic() - started - read_s - verified_s
        print(f"\n== {name}: {len(found)} sentences, {timecode(found[-1].end_s)}, {len(windows)} windows, "
              f"read in {read_s:.1f} s, verified in {verified_s:.2f} s, worded in {worded_s:.1f} s")  # fmt: skip
        if options.raw:
            print("\n".join(f"   | {line}" for _, answer in answers for line in answer.splitlines()))
        _show(outcome)
        asked += outcome.asked
        survived += outcome.asked - outcome.dropped.total()
        if options.summary:
            started = time.monotonic()
            told = summary(found, outcome.items, writer, embedder)
            print(f"   summary in {time.monotonic() - started:.1f} s:")
            _show(told)
    print(f"\n{writer.model_id}: {survived} of {asked} claims hold ({survived / max(1, asked):.0%}); peak memory {_peak_mb()} MB")


def _writer(model: str, gguf: Path | None) -> LlamaWriter:
    if gguf:
        writer = LlamaWriter(gguf, model_id=model or gguf.stem)
    else:
        from podcli.engines.install import model_file

        model = model or _chosen()
        try:
            writer = LlamaWriter(model_file(model), model_id=model)
        except PodcliError as error:
            raise SystemExit(f"{error.message} {error.hint}") from error
    writer.load()
    return writer


def _chosen() -> str:
    from podcli.services import open_services

    with open_services() as services:
        return services.models.chosen("write")


def _peak_mb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    main()
