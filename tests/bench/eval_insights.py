"""Every figure of the insights over real episodes, beside baselines run on the same text: ``make eval [MODEL=…]``.

``python -m tests.bench.eval_insights [MODEL] [EPISODE ...] [--gguf FILE] [--json FILE] [--baseline N] [--minutes M]``: MODEL is
an installed model (default: the chosen one); the plain map-reduce prompt is run with the same model on the first N episodes. What
was measured of each episode is added to FILE at once; those in it already, by the same prompts and model, are not run again.
"""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from podcli.domain import Point
from podcli.engines.llama import LlamaWriter
from podcli.errors import PodcliError
from podcli.pipeline import figures, words
from podcli.pipeline.central import central
from podcli.pipeline.lengths import shorten
from podcli.pipeline.prompts import PROMPT_VERSION
from podcli.pipeline.verify import Verifier
from tests.bench import map_reduce
from tests.bench.reading import Read, cut, read
from tests.bench.talks import talk

EPISODES = (
    "practical-ai-10", "changelog-news-99", "talkpython_400-ruff-linter", "changelog-news-100", "practical-ai-6",
    "practical-ai-190", "practical-ai-12", "brain-science-5", "practical-ai-116", "practical-ai-8",
    "ship-it-97", "practical-ai-195", "practical-ai-204", "ship-it-60", "practical-ai-19",
    "practical-ai-14", "practical-ai-250", "practical-ai-198", "practical-ai-21", "go-time-266",
    "practical-ai-272",
)  # fmt: skip
"""Two news shows, all of one show's history that are under half an hour, and talks of 34 to 84 minutes of six shows."""
_DISPLAYED = ("takeaways", "summary", "gist", "highlights", "quotes", "questions", "chapters", "mentions")


def measure(done: Read) -> dict[str, Any]:
    """The figures of one episode."""
    points = {kind: list(done.found.points.get(kind, ())) for kind in _DISPLAYED}  # type: ignore[call-overload]
    verifier = done.material.verifier
    whole = " ".join(sentence.text for sentence in verifier.sentences)
    takeaways = points["takeaways"]
    claims = [point for kind in ("takeaways", "summary", "gist") for point in points[kind] if point.kind == "claim"]
    fifths = {int(5 * (point.sentences[0] - 1) / max(1, len(verifier.sentences))) for point in takeaways if point.sentences}
    sponsored = {verifier.sentences[n].number for n, kind in enumerate(verifier.kinds) if kind == "sponsor"}
    return {
        "episode": done.talk.name,
        "minutes": round(done.talk.minutes, 1),
        "seconds": round(done.seconds, 1),
        "tokens_each": round(done.tokens_each, 3),
        "asked": done.found.asked,
        "dropped": dict(done.found.dropped),
        "takeaways": len(takeaways),
        "claims_share": round(sum(point.kind == "claim" for point in takeaways) / max(1, len(takeaways)), 2),
        "quotes_verbatim": _share(_verbatim(point, whole) for kind in _DISPLAYED for point in points[kind] if point.quote),
        "citations_inside": _share(_inside(point, verifier) for kind in _DISPLAYED for point in points[kind]),
        "numbers_or_names_absent": sum(_absent(point, verifier) for point in claims),
        "fifths": len(fifths),
        "from_sponsors": sum(bool(sponsored & set(point.sentences)) for point in takeaways),
        "near_duplicates": _duplicates(takeaways, verifier),
        "cut_short": sum(point.text.rstrip("\"'”’»)")[-1:] not in ".!?…" for point in claims),
        "lead_likeness": round(_likeness([s.text for s in verifier.sentences[:8]], verifier), 3),
        "centrality_likeness": round(_likeness([verifier.sentences[n].text for n in central(verifier, 8)], verifier), 3),
        "takeaways_likeness": round(_likeness([point.text for point in takeaways], verifier), 3),
        "points": {kind: [_point(point) for point in points[kind]] for kind in _DISPLAYED},
        "summary": " ".join(point.text for point in shorten(points["summary"], "medium")),
    }


def _point(point: Point) -> dict[str, Any]:
    return {"text": point.text, "title": point.title, "quote": point.quote, "kind": point.kind, "start": round(point.start_s, 1),
            "speaker": point.speaker}  # fmt: skip


def _share(found: Iterator[bool]) -> float:
    all_of = list(found)
    return sum(all_of) / len(all_of) if all_of else 1.0


def _verbatim(point: Point, whole: str) -> bool:
    return all(part in whole for part in point.quote.split(" … "))


def _inside(point: Point, verifier: Verifier) -> bool:
    numbers = {sentence.number for sentence in verifier.sentences}
    return set(point.sentences) <= numbers and 0 <= point.start_s <= point.end_s <= verifier.sentences[-1].end_s + 0.01


def _absent(point: Point, verifier: Verifier) -> bool:
    """Whether a claim has a number or a name that the sentences it cites do not have."""
    small = words.written_small(sentence.text for sentence in verifier.sentences)
    known, _ = words.squeezed(point.quote)
    return figures.missing(point.text, point.quote) or any(name not in known for name in words.names(point.text, small))


def _duplicates(points: Sequence[Point], verifier: Verifier) -> int:
    from tests.bench.reading import EMBEDDER

    vectors = EMBEDDER.embed([point.text for point in points])
    return sum(float(vectors[a] @ vectors[b]) > 0.85 for a in range(len(points)) for b in range(a))


def _likeness(texts: list[str], verifier: Verifier) -> float:
    """How well `texts` stand for the episode: the mean of each content sentence's likeness to the nearest of them."""
    from tests.bench.reading import EMBEDDER

    content = [n for n, kind in enumerate(verifier.kinds) if not kind]
    if not texts or not content:
        return 0.0
    return float((verifier.vectors[content] @ EMBEDDER.embed(texts).T).max(axis=1).mean())


def totals(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The bounds over all episodes."""
    tokens = sum(row["tokens_each"] * row["minutes"] for row in rows) / max(1e-9, sum(row["minutes"] for row in rows))
    paired = [row for row in rows if "map_reduce_seconds" in row]
    against = statistics.median(row["seconds"] / row["map_reduce_seconds"] for row in paired) if paired else None
    return {
        "episodes": len(rows),
        "quotes_verbatim": min(row["quotes_verbatim"] for row in rows),
        "citations_inside": min(row["citations_inside"] for row in rows),
        "numbers_or_names_absent": sum(row["numbers_or_names_absent"] for row in rows),
        "spread_in_4_of_5": sum(row["fifths"] >= 4 for row in rows) / len(rows),
        "from_sponsors": sum(row["from_sponsors"] for row in rows),
        "near_duplicates": sum(row["near_duplicates"] for row in rows),
        "cut_short": sum(row["cut_short"] for row in rows),
        "claims_share": round(statistics.mean(row["claims_share"] for row in rows), 2),
        "tokens_each": round(tokens, 2),
        "times_map_reduce": round(against, 2) if against else None,
        "likeness": {name: round(statistics.mean(row[f"{name}_likeness"] for row in rows), 3)
                     for name in ("lead", "centrality", "takeaways")},
    }  # fmt: skip


@contextmanager
def _alone() -> Iterator[None]:
    """Model runs beside one another measure nothing: take turns with others that hold ``PODCLI_CPU_LOCK``."""
    path = os.environ.get("PODCLI_CPU_LOCK")
    if not path:
        yield
        return
    with Path(path).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main() -> None:
    """Measure, print a line an episode, then the totals."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.eval_insights")
    parser.add_argument("model", nargs="?", default="")
    parser.add_argument("episode", nargs="*")
    parser.add_argument("--gguf", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--baseline", type=int, default=3, metavar="N")
    parser.add_argument("--minutes", type=float, default=float("inf"))
    options = parser.parse_args()
    writer = open_writer(options.model, options.gguf)
    kept: list[dict[str, Any]] = json.loads(options.json.read_text()) if options.json and options.json.exists() else []
    version = f"{PROMPT_VERSION} of {writer.model_id}"
    rows = [row for row in kept if row.get("version") == version]
    known = {row["episode"] for row in rows}
    print(f"{'episode':<46} {'min':>5} {'s':>6} {'tok':>5} {'held':>7} {'fifths':>6} {'ads':>4} {'dup':>4} {'×map-reduce':>11}")
    for number, name in enumerate(options.episode or EPISODES):
        if name in known:
            continue
        with _alone():
            told = cut(talk(name), options.minutes)
            row = {"version": version, **measure(read(told, writer))}
            if number < options.baseline:
                started = time.monotonic()
                row["map_reduce"] = map_reduce.insights(told, writer)
                row["map_reduce_seconds"] = round(time.monotonic() - started, 1)
        rows.append(row)
        if options.json:
            options.json.write_text(json.dumps(rows, ensure_ascii=False, indent=1))
        times = f"{row['seconds'] / row['map_reduce_seconds']:.2f}" if "map_reduce_seconds" in row else ""
        held = f"{row['asked'] - sum(row['dropped'].values())}/{row['asked']}"
        print(f"{name:<46} {row['minutes']:>5} {row['seconds']:>6} {row['tokens_each']:>5.2f} {held:>7} {row['fifths']:>6} "
              f"{row['from_sponsors']:>4} {row['near_duplicates']:>4} {times:>11}", flush=True)  # fmt: skip
    print(json.dumps(totals(rows), indent=2))


def open_writer(model: str, gguf: Path | None) -> LlamaWriter:
    """The model a person named, loaded."""
    if gguf:
        writer = LlamaWriter(gguf, model_id=model or gguf.stem)
    else:
        from podcli.engines.install import model_file

        try:
            writer = LlamaWriter(model_file(model or _chosen()), model_id=model or _chosen())
        except PodcliError as error:
            raise SystemExit(f"{error.message} {error.hint}") from error
    writer.load()
    return writer


def _chosen() -> str:
    from podcli.services import open_services

    with open_services() as services:
        return services.models.chosen("write")


if __name__ == "__main__":
    main()
