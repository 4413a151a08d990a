"""Another program that is writing to the library."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_HOLD = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('begin immediate'); print('held', flush=True); input()"


@contextmanager
def held(home: Path) -> Iterator[Callable[[], object]]:
    """It has the write lock until what this gives is called, at the latest at the end."""
    command = [sys.executable, "-c", _HOLD, str(home / "data" / "podcli.db")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "held\n"
        try:
            yield lambda: other.communicate("\n")
        finally:
            other.kill()
