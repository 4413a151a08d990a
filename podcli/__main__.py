"""``podcli`` without arguments opens the terminal player; with arguments it is a command-line tool."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType


def _leave(_number: int, _frame: FrameType | None) -> None:
    os._exit(130)


# Ctrl-C while Python still imports, or already cleans up, is no error to tell a story about.
signal.signal(signal.SIGINT, _leave)


def main() -> None:
    """The console script."""
    from podcli.cli import run
    from podcli.cli.boundary import guarded

    signal.signal(signal.SIGINT, signal.default_int_handler)
    # A shell asks for completions without arguments.
    plain = len(sys.argv) == 1 and "_PODCLI_COMPLETE" not in os.environ
    code = guarded(_open_player) if plain else run(sys.argv[1:])
    signal.signal(signal.SIGINT, _leave)
    sys.exit(code)


def _open_player() -> int:
    from podcli.errors import UsageError

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("The player needs a terminal.", "Run `podcli --help` for the commands that work without one.")
    from podcli.tui.app import run

    return run()


if __name__ == "__main__":
    main()
