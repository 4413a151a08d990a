"""Which podcli holds the library: a second player on the same one only looks."""

from __future__ import annotations

import fcntl
import os
from typing import IO

from podcli import paths


class Claim:
    """A lock that ends with the process, however that ends; the file says whose it is."""

    def __init__(self) -> None:
        self._file: IO[str] | None = None

    def take(self) -> int | None:
        """None when it is ours now, else the number of the process that has it (0 when it does not say)."""
        path = paths.make_private(paths.state()) / "player.lock"
        file = path.open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.seek(0)
            holder = file.read(20).strip()
            file.close()
            return int(holder) if holder.isdigit() else 0
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._file = file
        return None

    def let_go(self) -> None:
        """Give it back."""
        if self._file is not None:
            self._file.close()
            self._file = None
