"""What this machine has: memory, cores, a graphics card, room on its disk."""

from __future__ import annotations

import math
import os
import platform
import re
import resource
import shutil
import subprocess
from pathlib import Path
from typing import Literal

from podcli.engines.threads import physical_cores

_CGROUP = Path("/sys/fs/cgroup")
_POWER = Path("/sys/class/power_supply")


def memory_gb() -> float:
    """Memory in GiB that this process may use: the machine's, or its container's limit when that is lower."""
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    limits = [_number(folder / name) for folder in _cgroups("memory") for name in ("memory.max", "memory.limit_in_bytes")]
    return min([total, *(limit for limit in limits if limit)]) / 2**30


def free_memory() -> int | None:
    """Bytes this process may still take: the machine's, or what its container or ``ulimit -v`` leaves; None when nobody says."""
    left = []
    known = dict(re.findall(r"^(MemAvailable|SwapFree):\s+(\d+) kB$", _text(Path("/proc/meminfo")), re.MULTILINE))
    if "MemAvailable" in known:
        left.append(sum(int(kilobytes) << 10 for kilobytes in known.values()))
    for folder in _cgroups("memory"):
        for limit, used in (("memory.max", "memory.current"), ("memory.limit_in_bytes", "memory.usage_in_bytes")):
            if most := _number(folder / limit):
                # Files that were read count as used, and are given up for whoever asks.
                cached = re.search(r"^(?:total_)?inactive_file (\d+)$", _text(folder / "memory.stat"), re.MULTILINE)
                left.append(most - _number(folder / used) + (int(cached[1]) if cached else 0))
    most, _ = resource.getrlimit(resource.RLIMIT_AS)
    if most != resource.RLIM_INFINITY:
        taken = _text(Path("/proc/self/statm")).split()
        left.append(most - (int(taken[0]) * os.sysconf("SC_PAGE_SIZE") if taken else 0))
    return max(0, min(left)) if left else None


def cores() -> int:
    """Physical cores this process may use: hyper-threads count once, a container's quota is respected."""
    count = physical_cores()
    for folder in _cgroups("cpu"):
        quota, _, period = _text(folder / "cpu.max").partition(" ")
        if quota.isdigit() and period.isdigit() and int(period):
            count = min(count, math.ceil(int(quota) / int(period)))
    return max(1, count)


def gpu() -> Literal["nvidia", "apple", ""]:
    """Which kind of graphics card could run a model, going by its driver; empty when there is none."""
    if Path("/proc/driver/nvidia/version").exists() or Path("/dev/nvidia0").exists():
        return "nvidia"
    return "apple" if platform.system() == "Darwin" and platform.machine() == "arm64" else ""


def on_battery() -> bool:
    """Whether a laptop runs on its battery; false where nobody knows (Linux: sysfs-class-power, macOS: pmset(1))."""
    if platform.system() == "Darwin":
        try:
            told = subprocess.run(["pmset", "-g", "batt"], capture_output=True, text=True, timeout=5, check=False).stdout
        except (OSError, subprocess.SubprocessError):
            return False
        return "Battery Power" in told.partition("\n")[0]
    supplies = list(_POWER.iterdir()) if _POWER.is_dir() else []
    if any(_text(each / "type") in ("Mains", "USB") and _text(each / "online") == "1" for each in supplies):
        return False
    # A mouse or a headset has a battery too: its scope is "Device".
    return any(
        (_text(each / "type"), _text(each / "status")) == ("Battery", "Discharging") and _text(each / "scope") != "Device"
        for each in supplies
    )


def free_disk(folder: Path) -> int:
    """Bytes free where `folder` is, or will be."""
    return shutil.disk_usage(existing(folder)).free


def existing(folder: Path) -> Path:
    """`folder`, or the nearest folder above it that exists."""
    folder = folder.absolute()
    while not folder.exists():
        folder = folder.parent
    return folder


def _cgroups(controller: str) -> list[Path]:
    """This process's control groups, from its own up to the root (cgroups(7): a limit anywhere above holds too)."""
    folders: list[Path] = []
    for line in _text(Path("/proc/self/cgroup")).splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        root = _CGROUP / controller if controllers else _CGROUP
        group = root / path.strip("/")
        # Inside a container the path is the host's and does not exist; the root is then the container's own group.
        folders += [folder for folder in (group, *group.parents) if folder.is_relative_to(root) and folder.is_dir()]
    return folders


def _number(file: Path) -> int:
    text = _text(file)
    return int(text) if text.isdigit() else 0


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8").strip()
    except OSError:
        return ""
