"""How much memory a process needs."""

from __future__ import annotations

import re
import resource
import sys
from pathlib import Path


def peak_mb() -> float:
    """The most memory (MiB) this process has held so far: proc_pid_status(5), else getrusage(2).

    On Linux the latter begins with what the process had that this one was started from.
    """
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.findall(r"(?m)^VmHWM:\s+(\d+) kB$", status.read_text("utf-8"))[0]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1024)
