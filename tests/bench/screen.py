"""How quick the screen is, with 200 shows and 50,000 episodes: ``python -m tests.bench.screen``.

Everything is measured from outside, through a pseudo-terminal: from a key to the bytes that change the screen. The first useful
frame is stated as a ratio to a bare Textual app with one DataTable (`bare_app`), alternating with it in the same run.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench import large_library

ROUNDS, KEYS = 7, 120
_QUIET_S = 0.06
"""When nothing more was drawn for so long, a repaint is over."""


class Screen:
    """A program on a pseudo-terminal of 120×40."""

    def __init__(self, command: list[str], **env: str) -> None:
        self.started = time.perf_counter()
        pid, self._fd = pty.fork()
        if pid == 0:
            os.environ.update({"TERM": "xterm-256color", "COLORTERM": "truecolor", **env})
            os.execv(command[0], command)
        self.pid = pid
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))

    def until(self, text: str, timeout_s: float = 60.0) -> float:
        """Seconds since the start until `text` was drawn."""
        seen, deadline = b"", time.perf_counter() + timeout_s
        while text.encode() not in seen:
            if time.perf_counter() > deadline:
                raise TimeoutError(f"{text!r} was not drawn: …{seen[-2000:]!r}")
            seen += self._read(0.05)
        return time.perf_counter() - self.started

    def settle(self, quiet_s: float = 0.5) -> None:
        """Wait until nothing is drawn any more."""
        while self._read(quiet_s):
            pass

    def press(self, key: str) -> tuple[float, float]:
        """Seconds from the key to the first and to the last byte it draws."""
        began = time.perf_counter()
        os.write(self._fd, key.encode())
        first = last = 0.0
        wait_s = 2.0
        while self._read(wait_s):
            last = time.perf_counter() - began
            first, wait_s = first or last, _QUIET_S
        return first or float("inf"), last

    def resident_mb(self) -> float:
        """Resident memory now."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def close(self) -> None:
        """End it."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGTERM)
        deadline = time.monotonic() + 10
        while os.waitpid(self.pid, os.WNOHANG)[0] == 0:
            with contextlib.suppress(OSError):
                self._read(0.05)
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
        os.close(self._fd)

    def _read(self, wait_s: float) -> bytes:
        if not select.select([self._fd], [], [], wait_s)[0]:
            return b""
        try:
            return os.read(self._fd, 1 << 16)
        except OSError:
            return b""


@contextlib.contextmanager
def opened(command: list[str], **env: str) -> Iterator[Screen]:
    """A program on a terminal, ended afterwards."""
    screen = Screen(command, **env)
    try:
        yield screen
    finally:
        screen.close()


@contextlib.contextmanager
def transcribing(folder: Path, models: Path) -> Iterator[None]:
    """A real transcription of half an hour, on all cores."""
    import wave

    from podcli.engines.audio import decode

    talk = folder / "talk.wav"
    pieces = [(piece * 32767).astype("<i2").tobytes() for piece in decode(DEMO)]
    with wave.open(str(talk), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(b"".join(pieces) * 6)
    env = {**os.environ, "PODCLI_MODELS": str(models)}
    work = subprocess.Popen([*PODCLI, "transcript", str(talk), "--own"], env=env, stdout=subprocess.DEVNULL)
    try:
        time.sleep(8)  # the model is loaded by then
        yield
        if work.poll() is not None:
            print("! the transcription ended before the keys did")
    finally:
        work.kill()
        work.wait()


DEMO = Path(__file__).parents[2] / "podcli" / "demo" / "episode.mp3"
PODCLI = [sys.executable, "-m", "podcli"]
BARE = [sys.executable, "-m", "tests.bench.bare_app"]


def main() -> None:
    """Print all figures."""
    with tempfile.TemporaryDirectory() as home:
        os.environ["PODCLI_HOME"] = home
        os.environ.pop("NO_COLOR", None)
        began = time.perf_counter()
        large_library.fill(Path(home) / "data" / "podcli.db")
        print(f"{large_library.SHOWS} shows, {large_library.EPISODES:,} episodes made in {time.perf_counter() - began:.0f} s")
        first_frame()
        with opened(PODCLI) as screen:
            screen.until("Inbox")
            screen.settle(1.0)
            keys(screen, "idle")
            filtering(screen)
            models = Path(os.environ.get("PODCLI_TEST_MODELS", ".cache/test-models")).absolute()
            with transcribing(Path(home), models):
                keys(screen, "while a transcription runs on all cores")
            print(f"resident memory after all that: {screen.resident_mb():.0f} MB (bound 160)")
        import asyncio

        asyncio.run(longest_step())


async def longest_step() -> None:
    """How long the screen's thread is busy at a stretch, on a tour through everything, each opened for the first time."""
    import asyncio

    from podcli.tui import memory, stopwatch
    from podcli.tui.app import PodcliApp

    tour = ["j", "G", "g", "slash", *"zebra", "escape", "s", "s", "S", "v", "t", "C", "i", "w", "2", "G", "g", "enter", "s", "s",
            "s", "slash", *"island", "escape", "escape", "3", "4", *"sea", "enter", "5", "6", "7", "1", "question_mark", "escape",
            "colon", *"spe", "escape", "ctrl+p", "escape", "apostrophe", "escape", "z", "escape", "P", "escape", "e", "E", "c",
            "ctrl+z"]  # fmt: skip
    steps = list[float]()
    handles: Any = asyncio.Handle
    original = handles._run

    def timed(handle: asyncio.Handle) -> None:
        began = time.thread_time()
        original(handle)
        steps.append(time.thread_time() - began)

    memory.starting()
    app = PodcliApp(silent=True)
    async with app.run_test(size=(120, 40)) as pilot:
        while not app.library.whole:
            await pilot.pause(0.1)
        await pilot.pause(2.0)
        handles._run = timed
        try:
            for key in tour:
                await pilot.press(key)
                await pilot.pause(0.7 if key.isdigit() else 0.15)
        finally:
            handles._run = original
    await asyncio.to_thread(app.close_down)
    steps.sort()
    over = sum(step > stopwatch.LIMIT_S for step in steps)
    print(f"steps of the screen's thread on a tour through everything: {len(steps):,}, longest {steps[-1] * 1000:.0f} ms, "
          f"{over} over the bound of {stopwatch.LIMIT_S * 1000:.0f}")  # fmt: skip


def first_frame() -> None:
    """Medians of alternating starts."""
    took: dict[str, list[float]] = {"bare": [], "podcli": []}
    for _ in range(ROUNDS):
        with opened(BARE) as screen:
            took["bare"].append(screen.until("Episode number 3"))
        with opened(PODCLI) as screen:
            took["podcli"].append(screen.until("#0"))  # the newest episode of any show: a row of the inbox
    bare, ours = statistics.median(took["bare"]), statistics.median(took["podcli"])
    print(
        f"first useful frame: {ours:.2f} s, {ours / bare:.2f}x a bare Textual app with one DataTable ({bare:.2f} s; bound 2.0x)"
    )


def keys(screen: Screen, when: str) -> None:
    """Moving through the inbox and through all episodes."""
    moves = ["j"] * (KEYS // 2) + ["k", "\x04", "\x15", "\x1b[6~", "\x1b[5~", "G", "g"] * (KEYS // 14)
    first, last = zip(*(screen.press(key) for key in moves), strict=True)
    print(f"key to repaint, {when}: p95 {_p95(first):.0f} ms (bound 50); with the episode's text, read once the cursor rests: "
          f"{_p95(last):.0f} ms")  # fmt: skip


def filtering(screen: Screen) -> None:
    """Over all 50,000."""
    screen.press("2")
    screen.settle(1.0)
    screen.press("g")
    screen.press("\r")
    screen.settle(1.0)
    screen.press("/")
    screen.settle()
    took = [screen.press(letter)[1] for letter in "zebra island"]
    print(f"filter over {large_library.EPISODES:,} episodes: p95 {_p95(took):.0f} ms, most {max(took) * 1000:.0f} ms (bound 100)")
    screen.press("\x1b")
    screen.settle(1.0)


def _p95(seconds: tuple[float, ...] | list[float]) -> float:
    return sorted(seconds)[max(0, round(len(seconds) * 0.95) - 1)] * 1000


if __name__ == "__main__":
    main()
