"""The player in a real terminal (tmux): it starts, answers keys, quits, and leaves the shell as it found it."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from podcli.services import open_services
from tests.player.tones import tone

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Terminal:
    """A terminal of its own, on a tmux server of its own."""

    def __init__(self, folder: Path, columns: int, lines: int) -> None:
        self._tmux = ["tmux", "-S", str(folder / "tmux"), "-f", "/dev/null"]
        self._call("new-session", "-d", "-x", str(columns), "-y", str(lines), "env", "PS1=ready$ ", "sh")

    def _call(self, *arguments: str) -> str:
        return subprocess.run([*self._tmux, *arguments], check=True, capture_output=True, text=True, timeout=20).stdout

    def type(self, *keys: str) -> None:
        self._call("send-keys", *keys)

    def screen(self) -> str:
        return self._call("capture-pane", "-p")

    def everything(self) -> str:
        return self._call("capture-pane", "-p", "-S", "-")

    def until(self, true: Callable[[str], object], timeout_s: float = 30.0) -> str:
        deadline = time.monotonic() + timeout_s
        while not true(text := self.screen()):
            assert time.monotonic() < deadline, text
            time.sleep(0.05)
        return text

    def close(self) -> None:
        self._call("kill-server")


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    # A socket's path must be short (108 bytes), which pytest's folders are not always.
    folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"podcli-{os.getpid()}"
    folder.mkdir(exist_ok=True)
    opened = Terminal(folder, 120, 40)
    yield opened
    opened.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def talk(tmp_path: Path) -> int:
    """An episode of a minute."""
    with open_services() as services:
        services.library.resolve(str(tone(tmp_path / "talk.wav", 60)))
        (episode,) = services.library.episodes()
        return episode.id


def command(home: Path, **env: str) -> str:
    settings = {"PODCLI_HOME": str(home), "PODCLI_AO": "null", "PYTHONPATH": str(Path(__file__).parents[2]), **env}
    words = ["env", *(f"{name}={value}" for name, value in settings.items()), sys.executable, "-m", "podcli"]
    return shlex.join(words)


def test_start_play_quit(terminal: Terminal, home: Path, talk: int, tmp_path: Path) -> None:
    before = shlex.quote(str(tmp_path / "before"))
    terminal.until(lambda text: "ready$" in text)
    terminal.type(f"clear; stty -a > {before}; {command(home)}", "Enter")
    terminal.until(lambda text: "No takeaways yet" in text and "q Quit" in text)
    terminal.type("Enter")
    terminal.until(lambda text: "0:01 " in text and "1:00" in text)
    terminal.type("Right", "Space")
    terminal.until(lambda text: "0:31 " in text and "paused" in text)
    terminal.type("?")
    terminal.until(lambda text: "Play from where you were" in text)
    terminal.type("Escape")
    terminal.until(lambda text: "Play from where you were" not in text)
    terminal.type("q")
    terminal.until(lambda text: text.rstrip().endswith("ready$"))
    terminal.type(f"echo code $?; stty -a | cmp - {before} && echo same", "Enter")
    terminal.until(lambda text: "same\n" in text and text.rstrip().endswith("ready$"))
    left, after, _ = terminal.everything().split("ready$")  # what was on the screen before was cleared
    assert left.strip() == "", "the player left something on the screen"
    assert after.split()[-3:] == ["code", "0", "same"]
    with open_services() as services:
        assert 30 <= services.library.episode(services.library.episodes()[0].id).position_s < 35


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_keep_the_position_and_restore_the_terminal(
    terminal: Terminal, home: Path, talk: int, number: int, tmp_path: Path
) -> None:
    terminal.until(lambda text: "ready$" in text)
    script = f"echo $$ > {shlex.quote(str(tmp_path / 'pid'))}; exec {command(home)}"
    terminal.type(f"clear; sh -c {shlex.quote(script)}", "Enter")
    terminal.until(lambda text: "No takeaways yet" in text)
    terminal.type("Enter")
    terminal.until(lambda text: "0:01 " in text)
    terminal.type("Right")
    terminal.until(lambda text: "0:3" in text)
    os.kill(int((tmp_path / "pid").read_text()), number)
    terminal.until(lambda text: text.rstrip().endswith("ready$"))
    with open_services() as services:
        assert 30 <= services.library.episodes()[0].position_s < 45


def test_a_damaged_library_is_one_plain_sentence(terminal: Terminal, home: Path) -> None:
    (home / "data").mkdir(parents=True)
    (home / "data" / "podcli.db").write_bytes(b"this is not a database at all, however long one looks at it" * 20)
    terminal.until(lambda text: "ready$" in text)
    terminal.type("clear; " + command(home), "Enter")
    text = terminal.until(lambda text: "podcli: " in text and text.rstrip().endswith("ready$"))
    assert "damaged" in text
    assert "Traceback" not in terminal.everything()
    terminal.type("echo code $?", "Enter")
    terminal.until(lambda text: "code 1" in text)


def test_what_nobody_foresaw_is_one_sentence_and_a_log(terminal: Terminal, home: Path, talk: int) -> None:
    broken = (
        "import sys; from podcli.tui.screens.library import LibraryScreen as S; S.action_help = lambda self: 1 / 0;"
        "sys.argv = ['podcli']; from podcli.__main__ import main; main()"
    )
    terminal.until(lambda text: "ready$" in text)
    terminal.type("clear; " + command(home).removesuffix("-m podcli") + f"-c {shlex.quote(broken)}", "Enter")
    terminal.until(lambda text: "No takeaways yet" in text)
    terminal.type("Enter")
    terminal.until(lambda text: "0:01 " in text)
    terminal.type("?")
    text = terminal.until(lambda text: "did not foresee (ZeroDivisionError)" in text and text.rstrip().endswith("ready$"))
    assert "Traceback" not in text
    assert "ZeroDivisionError: division by zero" in (home / "state" / "podcli.log").read_text()
    with open_services() as services:
        assert services.library.episodes()[0].position_s > 0.5


def test_ctrl_z_goes_to_the_shell_and_fg_comes_back(terminal: Terminal, home: Path, talk: int) -> None:
    terminal.until(lambda text: "ready$" in text)
    terminal.type("clear; set -m; " + command(home), "Enter")
    terminal.until(lambda text: "No takeaways yet" in text)
    terminal.type("Enter")
    terminal.until(lambda text: "0:01 " in text)
    terminal.type("C-z")
    terminal.until(lambda text: text.rstrip().endswith("ready$"))
    terminal.type("fg", "Enter")
    terminal.until(lambda text: "No takeaways yet" in text and "paused" in text)
    terminal.type("q")
    terminal.until(lambda text: text.rstrip().endswith("ready$"))


def test_no_colour(terminal: Terminal, home: Path, talk: int) -> None:
    terminal.until(lambda text: "ready$" in text)
    terminal.type("clear; " + command(home, NO_COLOR="1"), "Enter")
    text = terminal.until(lambda text: "No takeaways yet" in text)
    assert "›" in text
    assert "[t Takeaways]" in text
    painted = terminal._call("capture-pane", "-p", "-e")
    codes = [code.split("m")[0].split(";") for code in painted.split("\x1b[")[1:]]
    assert codes
    assert all(_colourless(numbers) for numbers in codes), codes
    terminal.type("q")


def _colourless(numbers: list[str]) -> bool:
    """Whether a terminal's sequence (ECMA-48 SGR) sets no colour but greys."""
    if numbers[:2] in (["38", "2"], ["48", "2"]):
        return len(set(numbers[2:5])) == 1
    if numbers[:2] in (["38", "5"], ["48", "5"]):
        return int(numbers[2]) >= 231 or int(numbers[2]) in (16, 59, 102, 145, 188)
    return not any(30 < int(number or 0) % 60 < 37 or 40 < int(number or 0) % 60 < 47 for number in numbers)
