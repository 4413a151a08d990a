"""How long a digest takes in a library of 200 shows and 50,000 episodes: ``python -m tests.bench.digest [DAYS ...]``."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path


def main() -> None:
    """Make the library, then run the command as a listener does."""
    days = sys.argv[1:] or ["7", "30", "365"]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PODCLI_HOME"] = folder
        from podcli import paths
        from tests.bench.large_library import fill

        paths.database().parent.mkdir(parents=True)
        fill(Path(paths.database()))
        for each in days:
            since = (datetime(2026, 11, 20, 6, tzinfo=UTC) - timedelta(days=int(each))).isoformat()
            took = []
            for _ in range(3):
                began = time.perf_counter()
                done = subprocess.run(
                    [sys.executable, "-m", "podcli", "digest", "--since", since], capture_output=True, text=True
                )
                took.append(time.perf_counter() - began)
            assert done.returncode == 0, done.stderr
            print(
                f"since {each:>4} days: {min(took):.2f} s, the whole command (best of 3; {len(done.stdout.splitlines())} lines)"
            )


if __name__ == "__main__":
    main()
