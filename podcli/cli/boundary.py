"""The edge where every failure becomes one sentence on stderr and an exit code."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable

import click

from podcli.errors import ExitCode, PodcliError, UsageError


def guarded(call: Callable[[], int]) -> int:
    """`call`'s exit code; errors are told in plain words, the unforeseen ones also go to the log in full."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that cannot show a character shows a question mark
            stream.reconfigure(errors="replace")
    try:
        code = int(call())
        sys.stdout.flush()
        return code
    except PodcliError as error:
        return _tell(error)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.ClickException as error:
        command = getattr(error, "ctx", None)
        return _tell(UsageError(error.format_message(), f"See `{command.command_path} --help`." if command else ""))
    except (KeyboardInterrupt, click.Abort):
        _say("\npodcli: stopped. What was done so far is kept; the same command goes on from there.")
        return int(ExitCode.INTERRUPTED)
    except BrokenPipeError:
        from podcli.cli.output import reader_left

        reader_left()
        return int(ExitCode.OK)
    except Exception as error:
        return _tell(_foreseen(error) or _log(error))


def _tell(error: PodcliError) -> int:
    _say(f"podcli: {error.message}" + (f"\n  {error.hint}" if error.hint else ""))
    return int(error.exit_code)


def _say(text: str) -> None:
    try:
        from podcli.text import clean

        print(clean(text), file=sys.stderr, flush=True)
    except (OSError, ValueError):
        return


def _foreseen(error: Exception) -> PodcliError | None:
    """The library's own errors may surface at any query."""
    if type(error).__module__ == "sqlite3":
        from podcli import paths
        from podcli.store.connection import explain

        return explain(paths.database(), error)
    if isinstance(error, OSError) and error.filename:
        return PodcliError(f"{error.filename}: {error.strerror}.", "Check the path, its permissions and the room on that disk.")
    return None


def _log(error: Exception) -> PodcliError:
    import traceback

    from podcli import paths

    if os.environ.get("PODCLI_DEBUG"):
        traceback.print_exc()
    log = paths.log_file("podcli")
    try:
        paths.make_private(log.parent)
        with log.open("a") as file:
            traceback.print_exception(error, file=file)
    except OSError:
        return PodcliError(
            f"Something went wrong that podcli did not foresee ({type(error).__name__}).", "Set PODCLI_DEBUG=1 to see more."
        )
    return PodcliError(
        f"Something went wrong that podcli did not foresee ({type(error).__name__}).",
        f"The details are in {log}; please report them.",
    )
