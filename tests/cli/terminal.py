"""A real terminal (pty) with a program in it, as a listener sits before it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from typing import Any

# Makes the pty the controlling terminal, so that Ctrl-C, Ctrl-Z and hang-up arrive as signals, and becomes the program.
_ATTACH = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"


class Terminal:
    """`seen` is all that was written to it so far."""

    def __init__(self, *argv: str, columns: int = 80, **popen: Any) -> None:  # noqa: ANN401
        self._master, self._slave = pty.openpty()
        self.resize(columns)
        self.found = termios.tcgetattr(self._slave)
        self.seen = self._unread = ""
        end = self._slave
        self.process = subprocess.Popen(
            [sys.executable, "-c", _ATTACH, *argv],
            start_new_session=True,
            **{"stdin": end, "stdout": end, "stderr": end, **popen},
            # COLUMNS and LINES would overrule the size of this terminal.
            env={
                **{name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")},
                "PYTHONWARNINGS": "ignore",
                "TERM": "xterm",
                "LC_ALL": "C.UTF-8",
                "PS1": "$ ",
            },
        )

    def resize(self, columns: int) -> None:
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))

    def press(self, keys: str) -> None:
        os.write(self._master, keys.encode())

    def skip(self) -> None:
        """Forget what came so far."""
        self.read()
        self._unread = ""

    def read(self, wait_s: float = 0.05) -> str:
        """What came since, waiting a moment for the first of it."""
        new = b""
        while select.select([self._master], [], [], wait_s)[0]:
            new += os.read(self._master, 65536)
            wait_s = 0.02
        text = new.decode("utf-8", "replace")
        self.seen += text
        return text

    def expect(self, pattern: str, timeout_s: float = 20.0) -> re.Match[str]:
        """Wait for `pattern` in what came after the last match."""
        came, deadline = self._unread, time.monotonic() + timeout_s
        while not (match := re.search(pattern, came)):
            assert time.monotonic() < deadline, f"{pattern!r} did not come: {came[-600:]!r}"
            came += self.read()
        self._unread = came[match.end() :]
        return match

    def ends(self, timeout_s: float = 20.0) -> int:
        """The exit code."""
        deadline = time.monotonic() + timeout_s
        while self.process.poll() is None:
            assert time.monotonic() < deadline, f"still runs: {self.seen[-600:]!r}"
            self.read()
        self.read()
        return int(self.process.returncode)

    def modes(self) -> list[Any]:
        return termios.tcgetattr(self._slave)

    def raw(self) -> bool:
        return not self.modes()[3] & termios.ICANON

    def hang_up(self) -> None:
        for end in (self._slave, self._master):
            if end >= 0:
                os.close(end)
        self._slave = self._master = -1

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.hang_up()
