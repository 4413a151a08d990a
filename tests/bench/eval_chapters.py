"""Chapter boundaries against truth: F1 within 30 s, Pk and WindowDiff, beside uniform chapters and TextTiling.

``python -m tests.bench.eval_chapters [EPISODE ...] [--json]``. Truths: the publisher's headlines, an editor's marks
(chapters_truth.json; held out are those marked after all weights were chosen), the breaks of longer shows (advertisements: many
a chapter that is found is none), and joined pieces (synthetic). The boundary at 0 does not count. Uniform chapters and
TextTiling get as many boundaries as were found.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections.abc import Iterable, Sequence

import numpy as np

from podcli.domain import Sentence
from podcli.engines.embed import WordLlamaEmbedder
from podcli.pipeline.boilerplate import kinds
from podcli.pipeline.chapters import boundaries
from podcli.pipeline.words import stems
from tests.bench.chapter_truth import Case, cases

TOLERANCE_S = 30.0
_CLASSES = (("under 30 min", 0.0, 0.45), ("30 to 60 min", 1800.0, 0.30), ("beyond", 3600.0, 0.20))


def f1(found: Sequence[float], truth: Sequence[float]) -> tuple[float, float, float]:
    """Precision, recall and F1: pairs within the tolerance, each used once, as many as possible."""
    hits, place = 0, 0
    for second in sorted(truth):
        while place < len(found) and found[place] < second - TOLERANCE_S:
            place += 1
        if place < len(found) and found[place] <= second + TOLERANCE_S:
            hits, place = hits + 1, place + 1
    precision, recall = hits / max(len(found), 1), hits / max(len(truth), 1)
    return precision, recall, 2 * hits / max(len(found) + len(truth), 1)


def windows(found: Sequence[float], truth: Sequence[float], total: float) -> tuple[float, float]:
    """Pk (Beeferman 1999) and WindowDiff (Pevzner and Hearst 2002) in steps of a second; lower is better."""
    steps = math.ceil(total) + 1
    counts = [np.cumsum(np.bincount([min(int(s), steps - 1) for s in places], minlength=steps)) for places in (found, truth)]
    k = max(1, round(steps / (len(truth) + 1) / 2))
    ours, theirs = (each[k:] - each[:-k] for each in counts)
    return float(((ours == 0) != (theirs == 0)).mean()), float((ours != theirs).mean())


def texttiling(sentences: Sequence[Sentence], wanted: int) -> list[float]:
    """TextTiling (Hearst 1997) on stems: blocks of 6 sentences, the deepest valleys."""
    bags = [stems(sentence.text) for sentence in sentences]
    column = {stem: number for number, stem in enumerate(sorted({stem for bag in bags for stem in bag}))}
    rows = np.zeros((len(bags), len(column) or 1), np.float32)
    for row, bag in zip(rows, bags, strict=True):
        for stem in bag:
            row[column[stem]] += 1
    sums = np.vstack([np.zeros((1, rows.shape[1]), np.float32), np.cumsum(rows, 0)])
    alike = []
    for place in range(1, len(bags)):
        left, right = sums[place] - sums[max(0, place - 6)], sums[min(len(bags), place + 6)] - sums[place]
        alike.append(float(left @ right / max(np.linalg.norm(left) * np.linalg.norm(right), 1e-9)))
    depth = [(_peak(alike[place::-1]) + _peak(alike[place:]) - 2 * alike[place], place + 1) for place in range(len(alike))]
    found: list[int] = []
    for _, place in sorted(depth, key=lambda pair: (-pair[0], pair[1])):
        if len(found) < wanted and all(abs(place - other) > 3 for other in found):
            found.append(place)
    return sorted(sentences[place].start_s for place in found)


def _peak(values: Sequence[float]) -> float:
    best = values[0]
    for value in values:
        if value < best:
            break
        best = value
    return best


def measure(case: Case, embedder: WordLlamaEmbedder) -> dict[str, float | str]:
    """All figures of one episode."""
    said = case.sentences
    vectors = embedder.embed([sentence.text for sentence in said])
    began = time.perf_counter()
    found = [said[place].start_s for place in boundaries(said, kinds(said), vectors)[1:]]
    took = time.perf_counter() - began
    row: dict[str, float | str] = {
        "name": case.name,
        "origin": case.origin,
        "class": _class(case.seconds),
        "seconds": case.seconds,
    }
    row |= {"truth": len(case.truth), "found": len(found), "took_s": took}
    step = case.seconds / (len(found) + 1)
    rivals = {"ours": found, "uniform": [step * n for n in range(1, len(found) + 1)], "texttiling": texttiling(said, len(found))}
    for rival, places in rivals.items():
        row[f"{rival}_precision"], row[f"{rival}_recall"], row[f"{rival}_f1"] = f1(places, case.truth)
        row[f"{rival}_pk"], row[f"{rival}_wd"] = windows(places, case.truth, case.seconds)
    return row


def _class(seconds: float) -> str:
    return next(name for name, least, _ in reversed(_CLASSES) if seconds >= least)


def _mean(rows: Iterable[dict[str, float | str]], key: str) -> float:
    values = [float(row[key]) for row in rows]
    return sum(values) / len(values) if values else math.nan


def summary(rows: list[dict[str, float | str]]) -> list[dict[str, float | str]]:
    """Means by class and origin."""
    found = []
    for name, _, bound in _CLASSES:
        for origin in ("headlines", "editor", "held out", "breaks", "joined"):
            some = [row for row in rows if row["class"] == name and row["origin"] == origin]
            if some:
                keys = [key for key in some[0] if key.startswith(("ours", "uniform", "texttiling"))]
                found.append(
                    {"name": name, "origin": origin, "episodes": len(some), "bound": bound} | {k: _mean(some, k) for k in keys}
                )
    return found


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("episodes", nargs="*")
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    embedder = WordLlamaEmbedder()
    rows = [measure(case, embedder) for case in cases() if not chosen.episodes or case.name in chosen.episodes]
    if chosen.json:
        print(json.dumps({"episodes": rows, "classes": summary(rows)}, indent=1))
        return
    print(f"{'':28}{'origin':10} min truth found   F1  prec  rec | uniform  tiling |  Pk  (u)  (t) |  WD  (u)  (t)")
    for row in rows:
        minutes = float(row["seconds"]) / 60
        print(f"{str(row['name'])[:27]:28}{row['origin']:10}{minutes:4.0f} {row['truth']:5} {row['found']:5} {_figures(row)}")
    print()
    for row in summary(rows):
        print(f"{row['name']:28}{row['origin']:10}{row['episodes']:4} episodes     {_figures(row)}  bound {row['bound']}")


def _figures(row: dict[str, float | str]) -> str:
    head = " ".join(f"{float(row[key]):5.2f}" for key in ("ours_f1", "ours_precision", "ours_recall"))
    rivals = ("ours", "uniform", "texttiling")
    tail = " | ".join(" ".join(f"{float(row[f'{rival}_{key}']):4.2f}" for rival in rivals) for key in ("pk", "wd"))
    return f"{head} | {float(row['uniform_f1']):5.2f}   {float(row['texttiling_f1']):5.2f}  | {tail}"


if __name__ == "__main__":
    main()
