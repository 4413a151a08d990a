"""``podcli`` without arguments opens the terminal player; with arguments it is a command-line tool."""

from __future__ import annotations

import os
import sys


def main() -> None:
    """The console script."""
    if len(sys.argv) > 1 or "_PODCLI_COMPLETE" in os.environ:  # the shell asks for completions without arguments
        from podcli.cli import run

        sys.exit(run(sys.argv[1:]))
    from podcli.cli.boundary import guarded

    sys.exit(guarded(_open_player))


def _open_player() -> int:
    from podcli.errors import UsageError

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError("The player needs a terminal.", "Run `podcli --help` for the commands that work without one.")
    from podcli.tui.app import run

    return run()


if __name__ == "__main__":
    main()
