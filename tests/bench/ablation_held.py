"""What each way of holding Whisper's weights in memory costs: ``python -m tests.bench.ablation_held [MODEL] [--rounds N]``.

`ablation` asks what is lost by keeping them in 4 bits; this, what it takes to compute with them in one form or another: in each
line one part of what podcli does is changed. Every way runs in processes of its own, in turn: the ten-minute talk for time and
memory, every clip with reference text for the word error rate. The second table in models/README.md.
"""

from __future__ import annotations

import argparse
import statistics

from tests.bench import weights
from tests.bench.bench_whisper import CORPUS, host, over_all, run
from tests.bench.ways import WAYS

_TALK, _OURS = CORPUS / "synth_dev.mp3", "podcli"


def main() -> None:
    """Run all in turn, print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.ablation_held")
    parser.add_argument("model", nargs="?", default="whisper-tiny.en")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    folder = weights.folder(options.model)
    runs = [{way: run(way, folder, _TALK) for way in (_OURS, *WAYS)} for _ in range(options.rounds)]
    print(f"{options.model} on {_TALK.name}, medians of {options.rounds} rounds; {host()}\n")
    print("| what is other | time | peak memory | word error rate |\n|---|--:|--:|--:|")
    for way in (*WAYS, _OURS):
        longer = statistics.median(each[way]["seconds"] / each[_OURS]["seconds"] for each in runs)
        peak = statistics.median(each[way]["peak_mb"] for each in runs)
        print(f"| {way} | {longer:.2f}× | {peak:.0f} MB | {over_all(way, folder):.2f} % |", flush=True)


if __name__ == "__main__":
    main()
