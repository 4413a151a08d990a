"""Whether a process is still there."""

from __future__ import annotations

import os
from pathlib import Path


def alive(pid: int) -> bool:
    """Whether a process runs; a dead one that nobody waited for does not."""
    try:
        os.kill(pid, 0)
        stat = Path(f"/proc/{pid}/stat").read_text()
    except ProcessLookupError:  # also of one that goes between opening and reading
        return False
    except FileNotFoundError:
        return not Path("/proc/self").exists()  # gone, or a system without /proc
    return stat.rpartition(")")[2].split()[0] != "Z"
