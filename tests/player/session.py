"""A session bus of one's own, and the programs a desktop has on it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_CONFIG = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={socket}</listen>
<policy context="default">
<allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""


class Session:
    """A running ``dbus-daemon``."""

    def __init__(self, process: subprocess.Popen[str], address: str) -> None:
        self.process = process
        self.address = address

    def end(self) -> None:
        """The desktop goes away."""
        self.process.kill()
        self.process.wait(10)

    def playerctl(self, *arguments: str) -> str:
        """What ``playerctl`` prints; nothing when it fails."""
        if shutil.which("playerctl") is None:
            pytest.skip("playerctl is not installed")
        done = subprocess.run(["playerctl", *arguments], capture_output=True, text=True, timeout=20)
        return done.stdout.strip()


@contextmanager
def session(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """A bus in `folder` that everything started from here finds."""
    daemon = shutil.which("dbus-daemon")
    if daemon is None:
        pytest.skip("dbus-daemon is not installed")
    socket, config = folder / "bus", folder / "bus.conf"
    config.write_text(_CONFIG.format(socket=socket))
    process = subprocess.Popen(
        [daemon, "--nofork", f"--config-file={config}", "--print-address"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    with process.stdout as stdout:
        address = stdout.readline().strip()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    found = Session(process, address)
    try:
        yield found
    finally:
        found.end()
