"""The player in a real terminal (tmux) with the real libmpv: find, play, seek, follow, quit; and whatever ends or squeezes it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from podcli.domain import Episode
from podcli.services import open_services
from podcli.text import parse_timecode
from tests.cli import terminal as pseudo
from tests.player.tones import tone
from tests.tui import stage

pytestmark = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")

PROGRAM = (sys.executable, "-m", "podcli")
SHELL = ("env", "-u", "COLUMNS", "-u", "LINES", "-u", "NO_COLOR", "PS1=ready$ ", "sh")
"""COLUMNS and LINES would overrule the size of the terminal."""
READY = "q Quit"
"""Stands in the last line of the inbox."""


class Terminal:
    """A terminal of its own, on a tmux server of its own, with a shell in it."""

    def __init__(self, folder: Path, columns: int = 120, lines: int = 40) -> None:
        self._tmux = ["tmux", "-S", str(folder / "tmux"), "-f", "/dev/null"]
        self._folder = folder
        self.call("new-session", "-d", "-x", str(columns), "-y", str(lines), *SHELL)
        self.until(lambda text: "ready$" in text)

    def call(self, *arguments: str) -> str:
        return subprocess.run([*self._tmux, *arguments], check=True, capture_output=True, text=True, timeout=20).stdout

    def type(self, *keys: str) -> None:
        self.call("send-keys", *keys)

    def write(self, text: str) -> None:
        self.call("send-keys", "-l", text)

    def screen(self) -> str:
        return self.call("capture-pane", "-p")

    def everything(self) -> str:
        return self.call("capture-pane", "-p", "-S", "-")

    def until(self, true: Callable[[str], object], timeout_s: float = 20.0) -> str:
        deadline = time.monotonic() + timeout_s
        while not true(text := self.screen()):
            assert time.monotonic() < deadline, text
            time.sleep(0.05)
        return text

    def shows(self, *words: str) -> str:
        """Wait until all of these are on the screen."""
        return self.until(lambda text: all(word in text for word in words))

    def start(self, home: Path, *program: str, **env: str) -> None:
        """The player, from the shell; `pid` says which process it is."""
        settings = {"PODCLI_HOME": str(home), "PODCLI_AO": "null", "PYTHONPATH": str(Path(__file__).parents[2]), **env}
        words = ["env", *(f"{name}={value}" for name, value in settings.items()), *(program or PROGRAM)]
        note = shlex.quote(str(self._folder / "pid"))
        script = f"echo $$ > {note}; exec {shlex.join(words)}"
        self.type(f"clear; set -m; stty -a > {shlex.quote(str(self._folder / 'before'))}; sh -c {shlex.quote(script)}", "Enter")

    @property
    def pid(self) -> int:
        return int((self._folder / "pid").read_text())

    def ended(self) -> str:
        """Wait for the shell; the terminal must be as it was: its modes, its cursor, its own screen, its mouse."""
        self.until(lambda text: text.rstrip().endswith("ready$"))
        text = self.everything()
        flags = "#{alternate_on} #{cursor_flag} #{mouse_any_flag} #{keypad_flag} #{bracket_paste_flag}"
        assert self.call("display-message", "-p", flags).split()[:3] == ["0", "1", "0"]
        self.type(f"clear; stty -a | cmp - {shlex.quote(str(self._folder / 'before'))} && echo same", "Enter")
        self.until(lambda text: "same\n" in text)
        return text

    def close(self) -> None:
        subprocess.run([*self._tmux, "kill-server"], capture_output=True, timeout=20)


@pytest.fixture
def terminals() -> Iterator[Callable[..., Terminal]]:
    """Opens terminals."""
    opened: list[tuple[Terminal, Path]] = []

    def make(columns: int = 120, lines: int = 40) -> Terminal:
        # A socket's path must be short (108 bytes), which pytest's folders are not always.
        folder = Path(os.environ.get("TMPDIR", "/tmp")) / f"podcli-{os.getpid()}-{len(opened)}"
        folder.mkdir(exist_ok=True)
        opened.append((Terminal(folder, columns, lines), folder))
        return opened[-1][0]

    yield make
    for terminal, folder in opened:
        terminal.close()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def terminal(terminals: Callable[..., Terminal]) -> Terminal:
    return terminals()


@pytest.fixture
def talk(tmp_path: Path) -> Episode:
    """The first of the inbox: ten minutes, with a sentence every two seconds; other episodes around it."""
    with open_services() as services:
        talk, *_ = stage.subscribe(services, "Tea Time", "Assam", "Bancha", "Ceylon")
        path = tone(tmp_path / "talk.wav", 600)
        services.store.library.save_file(talk.id, path=str(path), sha256=f"{talk.id:064d}", bytes=1)
        stage.speak(services, talk, 300, every_s=2.0)
        return talk


def position_s(episode: Episode) -> float:
    """As the library has it."""
    with open_services() as services:
        return services.library.episode(episode.id).position_s


def clock_s(text: str) -> float:
    """Where the bar at the bottom says it is."""
    line = next(line for line in text.splitlines() if "10:00" in line and "●" in line)
    return parse_timecode(line.split()[0]) or 0.0


def said(text: str) -> int:
    """The number of the sentence that is lit."""
    found = re.search(r"▶ +[\d:]+ This is sentence number (\d+)", text)
    return int(found[1]) if found else -1


def plays(terminal: Terminal, after_s: float = 0.0) -> float:
    """Press Enter on the first episode and wait until it is so far."""
    terminal.shows(READY, "Assam")
    terminal.type("Enter")
    terminal.shows("●", "10:00")
    return clock_s(terminal.until(lambda text: "●" in text and clock_s(text) > after_s))


def test_find_play_seek_follow_quit(terminal: Terminal, home: Path, talk: Episode) -> None:
    terminal.start(home)
    terminal.shows(READY, "Bancha")
    terminal.type("/")
    terminal.shows("Filter: Enter keeps it")
    terminal.write("assam")
    terminal.until(lambda text: "Inbox · 1" in text and "Bancha" not in text)
    terminal.type("Enter")
    assert plays(terminal) < 20
    terminal.type("Right")
    at = clock_s(terminal.until(lambda text: clock_s(text) >= 30))
    terminal.type("t")
    lit = said(terminal.until(lambda text: said(text) >= 15))
    assert abs(lit - at / 2) < 4
    terminal.until(lambda text: said(text) >= lit + 2)  # the words follow the sound
    with open_services() as services:
        status = services.playback.status()
        assert status["title"] == "Assam"
        assert status["paused"] is False
        playing = services.store.listening.playing()
        assert playing is not None
        assert (playing.pid, playing.episode_id) == (terminal.pid, talk.id)
    seen = clock_s(terminal.screen())
    terminal.type("q")
    terminal.ended()
    assert seen - 1 <= position_s(talk) <= seen + 5
    with open_services() as services:
        assert services.playback.status() == {"status": "stopped"}
        (found,) = [each for each in services.store.cards.all()[1] if each.id == talk.id]
        assert found.position_s == position_s(talk)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_keep_the_position_and_restore_the_terminal(terminal: Terminal, home: Path, talk: Episode, number: int) -> None:
    terminal.start(home)
    seen = plays(terminal, 2)
    os.kill(terminal.pid, number)
    assert "Traceback" not in terminal.ended()
    assert seen - 0.5 <= position_s(talk) <= seen + 5


def test_when_its_window_is_closed_it_ends_and_keeps_the_position(terminal: Terminal, home: Path, talk: Episode) -> None:
    terminal.start(home)
    seen = plays(terminal, 2)
    pid = terminal.pid
    terminal.close()
    deadline = time.monotonic() + 20
    while Path(f"/proc/{pid}").exists():
        assert time.monotonic() < deadline, "it outlived its window"
        time.sleep(0.1)
    assert seen - 0.5 <= position_s(talk) <= seen + 6


def test_a_window_that_takes_nothing_and_is_closed_does_not_hold_it(home: Path, talk: Episode) -> None:
    # Whoever draws waits for Textual's writer then, and the writer ends with the window: the main thread would wait for ever.
    window = pseudo.Terminal(*PROGRAM, columns=160)
    try:
        window.expect("Quit")
        for number in range(80):
            window.press("1234567")
            window.resize(200 + 150 * (number % 2))
            time.sleep(0.08)
        window.hang_up()
        assert window.process.wait(20) in (0, 128 + signal.SIGHUP)
    finally:
        window.close()
    with open_services() as services:
        assert services.playback.status() == {"status": "stopped"}


def test_a_killed_player_has_lost_five_seconds_at_most(terminal: Terminal, home: Path, talk: Episode) -> None:
    terminal.start(home)
    plays(terminal, 8)
    seen = clock_s(terminal.screen())
    os.kill(terminal.pid, signal.SIGKILL)
    terminal.until(lambda text: "ready$" in text or "Killed" in text)
    assert seen - 5 <= position_s(talk) <= seen + 1
    with open_services() as services:
        assert services.playback.status() == {"status": "stopped"}


def test_a_damaged_library_is_one_plain_sentence(terminal: Terminal, home: Path) -> None:
    (home / "data").mkdir(parents=True)
    (home / "data" / "podcli.db").write_bytes(b"this is not a database at all, however long one looks at it" * 20)
    terminal.start(home)
    text = terminal.ended()
    assert "damaged" in text
    assert "Traceback" not in text


def test_a_library_that_breaks_meanwhile_is_said_and_left(terminal: Terminal, home: Path, talk: Episode) -> None:
    terminal.start(home)
    terminal.shows(READY, "Assam")
    for name in ("podcli.db-wal", "podcli.db-shm", "podcli.db"):
        file = home / "data" / name
        if file.exists():
            file.write_bytes(b"no database" * 10_000)
    terminal.type("c")
    terminal.until(lambda text: "damaged" in text or "ready$" in text)
    terminal.type("q")
    assert "Traceback" not in terminal.ended()


def test_what_nobody_foresaw_is_one_sentence_and_a_log(terminal: Terminal, home: Path, talk: Episode) -> None:
    broken = (
        "import sys; from podcli.tui.app import PodcliApp as A; A.action_app_stats = lambda self: 1 / 0;"
        "A.action_player_mute = A.action_app_stats; sys.argv = ['podcli']; from podcli.__main__ import main; main()"
    )
    terminal.start(home, sys.executable, "-c", broken)
    plays(terminal, 2)
    terminal.write("*")
    text = terminal.ended()
    assert "did not foresee (ZeroDivisionError)" in text
    assert "Traceback" not in text
    assert "ZeroDivisionError: division by zero" in (home / "state" / "podcli.log").read_text()
    assert position_s(talk) > 1.5


def test_to_the_shell_and_back(terminal: Terminal, home: Path, talk: Episode) -> None:
    terminal.start(home)
    plays(terminal)
    terminal.type(":")
    terminal.shows("command; Tab completes")
    terminal.write("suspend")
    terminal.type("Enter")
    terminal.until(lambda text: text.rstrip().endswith("ready$"))
    terminal.type("fg", "Enter")
    terminal.shows(READY, "paused")
    terminal.type("q")
    terminal.ended()


def test_stopped_and_continued_from_outside(terminal: Terminal, home: Path, talk: Episode) -> None:
    terminal.start(home)
    plays(terminal)
    os.kill(terminal.pid, signal.SIGTSTP)
    terminal.until(lambda text: text.rstrip().endswith("ready$"))
    terminal.type("fg", "Enter")
    terminal.shows(READY, "Assam", "1 Inbox", "paused")
    terminal.type("?")
    terminal.shows("Clear it out of the inbox")
    terminal.type("Escape")
    terminal.until(lambda text: "Clear it out of the inbox" not in text)
    terminal.type("q")
    terminal.ended()


def test_no_storm_of_sizes_upsets_it(terminal: Terminal, home: Path, talk: Episode) -> None:
    terminal.start(home)
    plays(terminal)
    for n in range(60):
        terminal.call("resize-window", "-x", str(20 + n * 37 % 181), "-y", str(5 + n * 17 % 56))
    terminal.call("resize-window", "-x", "100", "-y", "30")
    text = terminal.until(lambda text: READY in text and "●" in text and "Assam" in text)
    assert len(text.splitlines()) == 30
    assert all(len(line) <= 100 for line in text.splitlines())
    terminal.type("Space")
    terminal.shows("paused")
    terminal.call("resize-window", "-x", "120", "-y", "40")
    terminal.type("q")
    terminal.ended()


def test_twenty_columns_and_five_lines_are_enough(terminals: Callable[..., Terminal], home: Path, talk: Episode) -> None:
    terminal = terminals(20, 5)
    terminal.start(home)
    terminal.shows("Assam", "Inbox")
    terminal.type("j")
    terminal.until(lambda text: "› Bancha" in text.replace("  ", " "))
    terminal.type("k", "Enter")
    terminal.until(lambda text: "▶ 0:02" in text)
    terminal.type("Space")
    terminal.until(lambda text: "‖ 0:0" in text)
    terminal.type("q")
    terminal.ended()
    assert position_s(talk) > 1


def test_a_second_one_only_looks(terminals: Callable[..., Terminal], home: Path, talk: Episode) -> None:
    first, second = terminals(), terminals()
    first.start(home)
    first.shows(READY, "Assam")
    second.start(home)
    second.shows(READY, "Assam", f"process {first.pid}")
    second.type("c")
    second.shows("Quit that one")
    second.type("Enter")
    time.sleep(0.5)
    assert "●" not in second.screen()
    with open_services() as services:
        assert stage.triage(services, talk) == "inbox"
    first.type("q")
    first.ended()
    second.type("q")
    second.ended()


def test_without_libmpv_it_says_what_to_do_and_goes_on(terminal: Terminal, home: Path, talk: Episode) -> None:
    without = (
        "import sys, ctypes.util; ctypes.util.find_library = lambda name: None;"
        "sys.argv = ['podcli']; from podcli.__main__ import main; main()"
    )
    terminal.start(home, sys.executable, "-c", without)
    terminal.shows(READY, "Assam")
    terminal.type("Enter")
    text = terminal.shows("libmpv", "--silent")
    assert text.count("which plays the sound") == 1
    terminal.type("s")
    terminal.shows("0:02")  # silent: the clock runs
    terminal.type("Down")
    terminal.until(lambda text: "›  Bancha" in text)
    terminal.type("q")
    terminal.ended()


def test_without_a_sound_device_it_says_so_and_plays_on_in_silence(terminal: Terminal, home: Path, talk: Episode) -> None:
    without = (
        "import sys; from podcli.player import options; options.has_sound = lambda: False;"
        "sys.argv = ['podcli']; from podcli.__main__ import main; main()"
    )
    terminal.start(home, sys.executable, "-c", without, PODCLI_AO="")
    plays(terminal)
    text = terminal.shows("No sound device was found", "without sound")
    at = clock_s(text)
    terminal.until(lambda text: clock_s(text) > at)
    terminal.type("q")
    terminal.ended()


def test_a_file_without_a_byte_is_one_sentence(terminal: Terminal, home: Path, talk: Episode, tmp_path: Path) -> None:
    (tmp_path / "talk.wav").write_bytes(b"")
    terminal.start(home)
    terminal.shows(READY, "Assam")
    terminal.type("Enter")
    terminal.shows("! ", "talk.wav", "stopped")
    terminal.type("Down")
    terminal.until(lambda text: "›  Bancha" in text)
    terminal.type("q")
    assert "Traceback" not in terminal.ended()


def test_no_colour(terminal: Terminal, home: Path, talk: Episode) -> None:
    terminal.start(home, NO_COLOR="1")
    text = terminal.shows(READY, "No takeaways yet")
    assert "›" in text
    assert "[w Takeaways]" in text
    painted = terminal.call("capture-pane", "-p", "-e")
    codes = [code.split("m")[0].split(";") for code in painted.split("\x1b[")[1:]]
    assert codes
    assert all(_colourless(numbers) for numbers in codes), codes
    terminal.type("q")
    terminal.ended()


def _colourless(numbers: list[str]) -> bool:
    """Whether a terminal's sequence (ECMA-48 SGR) sets no colour but greys."""
    if numbers[:2] in (["38", "2"], ["48", "2"]):
        return len(set(numbers[2:5])) == 1
    if numbers[:2] in (["38", "5"], ["48", "5"]):
        return int(numbers[2]) >= 231 or int(numbers[2]) in (16, 59, 102, 145, 188)
    return not any(30 < int(number or 0) % 60 < 37 or 40 < int(number or 0) % 60 < 47 for number in numbers)
