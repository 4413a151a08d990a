from __future__ import annotations

import os
import subprocess
import sys

import pytest

_ASKED = """
import ctypes, os, platform
from podcli.pipeline.background import step_back
step_back(disk={disk})
number = {{"x86_64": 252, "aarch64": 31}}[platform.machine()]
print(os.getpriority(os.PRIO_PROCESS, 0), ctypes.CDLL(None).syscall(number, 1, 0) >> 13)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has priorities of the disk")
@pytest.mark.parametrize(("disk", "io_class"), [(True, 3), (False, 0)])
def test_everybody_else_is_served_first(disk: bool, io_class: int) -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    done = subprocess.run([sys.executable, "-c", _ASKED.format(disk=disk)], capture_output=True, text=True, check=True)
    nice, found = map(int, done.stdout.split())
    assert (nice, found) == (max(10, before), io_class)
