"""Somebody else's program, run with an end to it: what it is given, what it says, how long it may take, and nothing left behind.

It runs in a process group whose leader is a guard: a shell that waits for the end of our pipe and then kills the group. So the
program and all it started end with us too when we are killed in the middle, and while the guard lives no stranger can get the
number of the group (setpgid(2), kill(2)). What shall stay must begin a session of its own (setsid(2)).
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from podcli.errors import PodcliError

_TOKEN = re.compile("PODCLI_[A-Z]+_TOKEN")
_GUARD = ("/bin/sh", "-c", "read -r line; kill -9 0")
_KEPT_BYTES = 4096
_BLOCK_BYTES = 65_536
_LOOK_S = 0.05
_LAST_WORDS_BYTES = 1_000_000
"""So much of what a program that has ended still has in its pipes is read: a child it left may be writing on and on."""
_PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Ended:
    """What became of a program. `code` is its exit code, negative for a signal (as `subprocess` has it), None when its time was
    up; of `out` and `err` the last 4 KB are kept, as they came; `took_s` in seconds."""

    code: int | None
    out: bytes
    err: bytes
    took_s: float


def run(command: Sequence[str], given: bytes, *, timeout_s: float, environment: Mapping[str, str], tokens: bool = False) -> Ended:
    """Run `command` (the program, then its arguments; no shell) in the listener's home folder with `given` on its standard input.

    It gets our environment and `environment`; the tokens of accounts in ours (``PODCLI_…_TOKEN``) only with `tokens`.
    Returns when it has ended or `timeout_s` seconds are over; then nothing of its process group is left. Raises PodcliError when
    it cannot be started.
    """
    begun = time.monotonic()
    guard = subprocess.Popen(
        _GUARD, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", process_group=0
    )
    try:
        child = _started(command, {**_ours(tokens), **environment}, guard.pid)
        try:
            out, err = _talk(child, given, begun + timeout_s)
            code = child.poll()
        finally:
            with contextlib.suppress(OSError):  # it killed its own group
                os.killpg(guard.pid, signal.SIGKILL)
            _close(child)
        return Ended(code, out, err, time.monotonic() - begun)
    finally:
        guard.kill()
        _close(guard)


def _ours(tokens: bool) -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if tokens or not _TOKEN.fullmatch(name)}


def _started(command: Sequence[str], environment: Mapping[str, str], group: int) -> subprocess.Popen[bytes]:
    home = Path.home()
    try:
        return subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
            cwd=home if home.is_dir() else "/", process_group=group, bufsize=0,
        )  # fmt: skip
    except FileNotFoundError:
        raise PodcliError(
            "there is no such program", "Give its whole path, or put its folder into PATH; ~ is not known."
        ) from None
    except PermissionError:
        raise PodcliError("it may not be run", "Make the file executable: chmod +x.") from None
    except OSError as error:
        if error.errno == errno.ENOEXEC:
            raise PodcliError("it is no program", "The first line of a script names what runs it, such as #!/bin/sh.") from None
        raise PodcliError(f"it cannot be started: {os.strerror(error.errno or 0)}", "Try it at a prompt.") from None


def _talk(child: subprocess.Popen[bytes], given: bytes, until: float) -> tuple[bytes, bytes]:
    """Give and take until the program has ended (not its pipes: whoever it left behind may hold them) or time is up."""
    assert child.stdin is not None and child.stdout is not None and child.stderr is not None
    said = {child.stdout: b"", child.stderr: b""}
    left, input_ = memoryview(given), child.stdin.fileno()
    with selectors.DefaultSelector() as waiting:
        for stream in (child.stdin, *said):
            os.set_blocking(stream.fileno(), False)
            waiting.register(stream, selectors.EVENT_WRITE if stream is child.stdin else selectors.EVENT_READ)
        while child.poll() is None and (rest := until - time.monotonic()) > 0:
            for key, _ in waiting.select(min(rest, _LOOK_S)):
                if key.fd != input_:
                    if not _take(key.fileobj, said):  # type: ignore[arg-type]
                        waiting.unregister(key.fileobj)
                elif not (left := _give(child.stdin, left)):
                    waiting.unregister(child.stdin)
                    child.stdin.close()
    for stream in said:
        budget = _LAST_WORDS_BYTES
        while budget > 0 and (count := _take(stream, said)):
            budget -= count
    return said[child.stdout], said[child.stderr]


def _give(stream: IO[bytes], left: memoryview) -> memoryview:
    """What is still to be given; a program need not read it."""
    try:
        return left[os.write(stream.fileno(), left[:_BLOCK_BYTES]) :]
    except BlockingIOError:
        return left
    except OSError:  # it closed its standard input, or has ended
        return left[:0]


def _take(stream: IO[bytes], said: dict[IO[bytes], bytes]) -> int:
    """How much came; 0 at the end, or when nothing is there."""
    try:
        block = os.read(stream.fileno(), _BLOCK_BYTES)
    except OSError:
        return 0
    said[stream] = (said[stream] + block)[-_KEPT_BYTES:]
    return len(block)


def _close(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(subprocess.TimeoutExpired):  # it was killed; only a disk that does not answer can hold it
        process.wait(_PATIENCE_S)
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
