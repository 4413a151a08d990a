"""How long a listener waits: ``python -m tests.bench.start_up [MODEL]``.

Start-up times are medians of ten, beside an interpreter that does nothing in the same run. The sample episode goes from nothing
to takeaways in a fresh library with models already installed, and the memory of its model process is watched meanwhile.
"""

from __future__ import annotations

import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROUNDS = 10
PODCLI = [sys.executable, "-m", "podcli"]


def main(arguments: list[str]) -> None:
    from podcli import paths

    os.environ.setdefault("PODCLI_MODELS", str(paths.models()))
    with tempfile.TemporaryDirectory() as home:
        os.environ["PODCLI_HOME"] = home
        more = ["--model", arguments[0]] if arguments else []
        seconds, length, peaks = sample_episode(more)
        faster = length / seconds
        print(f"sample episode ({length:.0f} s), nothing to takeaways: {seconds:.1f} s, {faster:.1f}x faster than it plays")
        for engine, peak in peaks.items():
            print(f"  peak memory of the process that {engine}: {peak / 1e9:.2f} GB")
        print()
        start_up(more)


def start_up(more: list[str]) -> None:
    """Each round runs every command once, so that a noisy moment hits all of them."""
    commands = {
        "python -c pass": [sys.executable, "-c", "pass"],
        "podcli --help": [*PODCLI, "--help"],
        "podcli episodes": [*PODCLI, "episodes"],
        "podcli takeaways 1 (kept)": [*PODCLI, "takeaways", "1", *more],
    }
    took: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            started = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            took[name].append((time.perf_counter() - started) * 1000)
    base = statistics.median(took["python -c pass"])
    for name, each in took.items():
        print(f"{name:28} {statistics.median(each):6.0f} ms  {statistics.median(each) / base:5.1f}x an empty Python")


def sample_episode(more: list[str]) -> tuple[float, float, dict[str, int]]:
    """Seconds it took, seconds it plays, peak bytes of each model process."""
    from podcli.demo.server import serve

    with serve() as base, peak_memory() as peaks:
        started = time.perf_counter()
        subprocess.run([*PODCLI, "add", f"{base}/feed.xml"], check=True, capture_output=True)
        subprocess.run([*PODCLI, "takeaways", "Box That Shrank", *more], check=True)
        seconds = time.perf_counter() - started
    from podcli.services import open_services

    with open_services() as services:
        found = services.library.resolve("Box That Shrank")
        return seconds, getattr(found, "duration_s", None) or 0.0, peaks


@contextmanager
def peak_memory() -> Iterator[dict[str, int]]:
    """The most resident bytes the worker had, by what it was doing (it is replaced between two engines)."""
    peaks: dict[str, int] = {}
    over = threading.Event()

    def watch() -> None:
        from podcli.pipeline import lock
        from podcli.services import open_services

        with open_services() as services:
            while not over.wait(0.1):
                running = next((job.kind for job in services.jobs.active() if job.state == "running" and job.lane == "ml"), None)
                pid = lock.holder("ml")
                if running and pid:
                    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
                    name = "transcribes" if running == "transcribe" else "reads"
                    peaks[name] = max(peaks.get(name, 0), int(found[1]) * 1024 if found else 0)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peaks
    finally:
        over.set()
        thread.join()


if __name__ == "__main__":
    main(sys.argv[1:])
