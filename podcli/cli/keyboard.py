"""Single keys from a terminal, and the signals a program that plays must answer. The terminal is always put back."""

from __future__ import annotations

import os
import select
import signal
import sys
import time
from types import FrameType, TracebackType
from typing import Any

_CHARACTERS = {" ": "space", "\t": "tab", "\r": "enter", "\n": "enter", "\x7f": "backspace", "\x08": "backspace"}
_FINAL = {"A": "up", "B": "down", "C": "right", "D": "left", "H": "home", "F": "end", "Z": "shift+tab",
          "P": "f1", "Q": "f2", "R": "f3", "S": "f4"}  # fmt: skip
_NUMBERED = {"1": "home", "2": "insert", "3": "delete", "4": "end", "5": "pageup", "6": "pagedown", "7": "home", "8": "end"} | {
    str(number): f"f{key}" for key, number in enumerate((11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24), 1)
}
_ESCAPE_S = 0.05
"""How long the rest of an escape sequence may take to arrive."""


class Keyboard:
    """Keys without Enter while the terminal is ours; nothing at all when stdin is no terminal or we are in the background.

    Used as a context manager. `gone` turns true when the terminal went away.
    """

    def __init__(self) -> None:
        try:
            self._fd = sys.stdin.fileno()
            self.present = os.isatty(self._fd)
        except (OSError, ValueError, AttributeError):
            self._fd, self.present = -1, False
        self.gone = False
        self._found: list[Any] | None = None
        """The terminal's modes as we found them, while ours are set."""

    def __enter__(self) -> Keyboard:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.release()

    @property
    def ours(self) -> bool:
        """Whether the terminal listens to us: it is there, and we are not a background job."""
        try:
            return self.present and not self.gone and os.tcgetpgrp(self._fd) == os.getpgrp()
        except OSError:
            return False

    def keys(self, wait_s: float) -> list[str]:
        """What was pressed, waiting up to `wait_s` for it, by name (see `split_keys`)."""
        if not self.ours:
            time.sleep(wait_s)
            return []
        self._seize()
        if not select.select([self._fd], [], [], wait_s)[0]:
            return []
        text = self._read()
        if text.endswith(("\x1b", "\x1b[", "\x1bO")) and select.select([self._fd], [], [], _ESCAPE_S)[0]:
            text += self._read()
        return split_keys(text)

    def release(self) -> None:
        """Give the terminal back as it was found."""
        import termios

        found, self._found = self._found, None
        if found is not None and self.ours:
            try:
                termios.tcsetattr(self._fd, termios.TCSANOW, found)
            except (termios.error, OSError):
                self.gone = True

    def forget(self) -> None:
        """After a stop the shell may have changed the modes: set ours anew when we are back."""
        self._found = None

    def _seize(self) -> None:
        import termios

        if self._found is not None:
            return
        try:
            found = termios.tcgetattr(self._fd)
            modes = [*found]
            # No line editing and no echo; signals from Ctrl-C and Ctrl-Z stay on.
            modes[3] &= ~(termios.ICANON | termios.ECHO)
            modes[6] = [*found[6]]
            modes[6][termios.VMIN], modes[6][termios.VTIME] = 1, 0
            termios.tcsetattr(self._fd, termios.TCSANOW, modes)
            self._found = found
        except (termios.error, OSError):
            self.gone = True

    def _read(self) -> str:
        try:
            text = os.read(self._fd, 256).decode("utf-8", "replace")
        except OSError:
            text = ""
        self.gone = self.gone or not text
        return text


def split_keys(text: str) -> list[str]:
    """What a terminal sent, cut into keys by the names of the keymap (``j``, ``space``, ``ctrl+d``, ``left``, ``alt+1``).

    ECMA-48 control sequences as xterm spells them; those that mean nothing to us are dropped whole.
    """
    keys, at = list[str](), 0
    while at < len(text):
        if text[at] != "\x1b":
            keys.append(_plain(text[at]))
            at += 1
            continue
        end = at + 1
        introducer = text[end : end + 1]
        if introducer == "[":
            end += 1
            while end < len(text) and not "@" <= text[end] <= "~":
                end += 1
            end += 1
            name = _sequence(text[at + 2 : end])
        elif introducer == "O" and end + 1 < len(text):
            end += 2
            name = _FINAL.get(text[end - 1], "")
        elif introducer and introducer != "\x1b":
            end += 1
            name = f"alt+{_plain(introducer)}"
        else:
            name = "escape"
        keys += [name] if name else []
        at = end
    return keys


def _plain(character: str) -> str:
    if character in _CHARACTERS:
        return _CHARACTERS[character]
    return f"ctrl+{chr(ord(character) + 96)}" if "\x01" <= character <= "\x1a" else character


def _sequence(body: str) -> str:
    """The key of a control sequence, given without its introducer: ``D``, ``1;5D``, ``3~``; '' for what is no key."""
    numbers, final = body[:-1].split(";"), body[-1:]
    name = _NUMBERED.get(numbers[0], "") if final == "~" else _FINAL.get(final, "")
    if not name or len(numbers) > 2 or not all(number.isdigit() or not number for number in numbers):
        return ""
    held = int(numbers[1] or 1) - 1 if len(numbers) == 2 else 0
    names = [word for bit, word in ((2, "alt"), (4, "ctrl"), (1, "shift")) if held & bit]
    return "+".join([*names, name])


class Signals:
    """Turns signals into flags that a loop reads between two steps, so that none of them cuts a save in half.

    `ending` is SIGINT, SIGTERM or SIGHUP once one of them came (a second Ctrl-C interrupts at once), `stopping` is true
    after Ctrl-Z, `continued` after SIGCONT. What was ignored when we started stays ignored.
    """

    def __init__(self) -> None:
        self.ending: int = 0
        self.stopping = self.continued = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Signals:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGTSTP, signal.SIGCONT):
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._came)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def stop_here(self) -> None:
        """Let the shell stop this process, as Ctrl-Z would have; returns once it continues."""
        self.stopping = False
        handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, handler)

    def _came(self, number: int, _frame: FrameType | None) -> None:
        if number == signal.SIGTSTP:
            self.stopping = True
        elif number == signal.SIGCONT:
            self.continued = True
        elif number == signal.SIGINT and self.ending:
            raise KeyboardInterrupt
        else:
            self.ending = number
