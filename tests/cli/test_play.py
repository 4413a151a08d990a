"""``podcli play`` in a real terminal: what the keys do, what is shown, and that the place is kept however it ends."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from podcli.cli.keyboard import split_keys
from podcli.cli.output import cells
from podcli.cli.playline import status_line
from podcli.domain import Chapter, EpisodeId, PlayerState
from podcli.services import open_services
from tests.cli.terminal import Terminal
from tests.conftest import Podcli
from tests.held import held
from tests.loopback import Site
from tests.player.tones import tone, until

Play = Callable[..., Terminal]
PROGRAM = (sys.executable, "-m", "podcli")


@pytest.fixture(autouse=True)
def no_sound_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCLI_AO", "null")


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Ten minutes."""
    return tone(tmp_path / "talk.wav", 600)


@pytest.fixture
def play() -> Iterator[Play]:
    """``podcli play …`` in a terminal; returns once it plays."""
    terminals: list[Terminal] = []

    def start(*arguments: str | Path, **options: object) -> Terminal:
        terminal = Terminal(*PROGRAM, "play", *map(str, arguments), **options)  # type: ignore[arg-type]
        terminals.append(terminal)
        terminal.expect("Playing")
        terminal.expect(r"[▶‖] \d")
        until(terminal.raw, "single keys")
        return terminal

    yield start
    for terminal in terminals:
        terminal.close()


def kept(episode: int = 1) -> float:
    with open_services() as services:
        return services.library.episode(EpisodeId(episode)).position_s


def test_while_another_program_holds_the_library_keys_are_obeyed_and_the_snip_comes(play: Play, talk: Path, home: Path) -> None:
    terminal = play(talk, "--from", "60")
    with held(home) as let_go:
        begun = time.monotonic()
        terminal.press("b")
        terminal.expect("it is kept as soon as that is done")
        terminal.press("\x1b[C")
        terminal.expect(r"1:3\d")
        terminal.press(" ")
        terminal.expect("‖ ")
        assert time.monotonic() - begun < 5.0, "well before the library would be given up"
        let_go()
    terminal.expect(r"Kept 0:1\d to 1:0\d")
    with held(home) as let_go:
        terminal.press("b")
        terminal.expect("it is kept as soon as that is done")
        terminal.press("q")
        time.sleep(0.5)
        let_go()
    assert terminal.ends() == 0
    with open_services() as services:
        assert len(services.snips.cards()) == 2 and kept() == pytest.approx(91, abs=3)


def shown(match: re.Match[str]) -> int:
    return int(match[1]) * 60 + int(match[2])


def seconds(terminal: Terminal, state: str = "▶") -> int:
    """The position it shows next."""
    terminal.skip()
    return shown(terminal.expect(rf"{state} (\d+):(\d\d)"))


def test_keys_do_what_they_say(play: Play, talk: Path) -> None:
    terminal = play(talk, "--from", "5:00")
    assert 300 <= seconds(terminal) <= 303
    terminal.press("\x1b[C")
    terminal.expect(r"▶ 5:3\d")
    terminal.press("\x1b[D")
    terminal.expect(r"▶ 5:2\d")
    terminal.press("L")
    terminal.expect(r"▶ 6:2\d")
    terminal.press("H")
    terminal.expect(r"▶ 5:2\d")
    terminal.press("\x1bOC")  # as terminals in application mode spell the arrow
    terminal.expect(r"▶ 5:5\d")
    terminal.press("]]")
    terminal.expect("1.2×")
    terminal.press("[")
    terminal.expect("1.1×")
    terminal.press("=")
    terminal.expect("[^.]1×")
    terminal.press("?")
    terminal.expect("A little on")
    terminal.press(" ")
    at = shown(terminal.expect(r"‖ (\d+):(\d\d)"))
    terminal.expect("paused")
    time.sleep(1.2)
    terminal.press("x\x1b[A\x1b")  # keys that mean nothing
    assert not re.search(rf"‖ \d+:(?!{at % 60:02d})\d\d", terminal.read(0.3)), "the clock ran on"
    terminal.press(" ")
    assert seconds(terminal) >= at
    terminal.press("q")
    assert terminal.ends() == 0
    assert f"podcli play {1}" in terminal.seen
    assert terminal.modes() == terminal.found
    assert kept() == pytest.approx(at, abs=4)


def test_ctrl_c_keeps_the_place_and_exits_130(play: Play, talk: Path) -> None:
    terminal = play(talk, "--from", "100")
    terminal.expect(r"1:4[1-9]")
    terminal.press("\x03")
    assert terminal.ends() == 130
    assert "Stopped at 1:4" in terminal.seen
    assert terminal.modes() == terminal.found
    assert 100.5 < kept() < 110


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_being_ended_keeps_the_place_and_restores_the_terminal(play: Play, talk: Path, number: signal.Signals, code: int) -> None:
    terminal = play(talk, "--from", "100")
    terminal.expect(r"1:4[1-9]")
    terminal.process.send_signal(number)
    assert terminal.ends() == code
    assert terminal.modes() == terminal.found
    assert 100.5 < kept() < 110


def test_a_terminal_that_goes_away_keeps_the_place(play: Play, talk: Path) -> None:
    terminal = play(talk, "--from", "100")
    terminal.expect(r"1:4[1-9]")
    terminal.hang_up()
    terminal.process.wait(20)
    assert 100.5 < kept() < 110


def test_a_second_run_goes_on_from_there(play: Play, talk: Path) -> None:
    first = play(talk, "--from", "200")
    first.expect(r"3:2[1-9]")
    first.press("q")
    assert first.ends() == 0
    left = kept()
    second = play(talk)
    assert left - 4 <= seconds(second) <= left + 2


def test_ctrl_z_gives_the_shell_back_and_fg_goes_on(talk: Path) -> None:
    shell = shutil.which("bash")
    assert shell
    terminal = Terminal(shell, "--norc", "--noprofile", "-i")
    try:
        terminal.expect(r"\$ ")
        terminal.press(f"{' '.join(PROGRAM)} play {talk} --from 100 --silent\n")
        terminal.expect(r"▶ 1:4[1-9]")
        terminal.press("\x1a")
        terminal.expect("Stopped")
        terminal.expect(r"\$ ")
        time.sleep(4)
        terminal.press("stty -a | grep -o ' .icanon\\| icanon'; echo said $((20+3))\n")
        assert "-icanon" not in terminal.expect(r"icanon[\s\S]*said 23")[0]
        assert kept() < 105
        terminal.press("fg\n")
        at = shown(terminal.expect(r"▶ (\d+):(\d\d)"))
        assert at < 104, "the clock ran on while it was stopped"
        terminal.press("\x1b[C")
        terminal.expect(r"▶ 2:1\d")
        terminal.press("\x03")
        terminal.expect("Stopped at")
        terminal.press("echo code $?\n")
        terminal.expect("code 130")
    finally:
        terminal.close()


def test_in_the_background_it_plays_on_and_leaves_the_terminal_alone(talk: Path) -> None:
    shell = shutil.which("bash")
    assert shell
    terminal = Terminal(shell, "--norc", "--noprofile", "-i")
    try:
        terminal.expect(r"\$ ")
        terminal.press(f"{' '.join(PROGRAM)} play {talk} --from 100 --silent &\n")
        terminal.expect("Playing")
        time.sleep(1.5)
        assert "▶" not in terminal.read()
        terminal.press("jobs\n")
        terminal.expect("Running")
        terminal.press("fg\n")
        assert shown(terminal.expect(r"▶ (\d+):(\d\d)")) >= 101
        terminal.press("q")
        terminal.expect("Stopped at")
    finally:
        terminal.close()


def test_the_chapter_of_the_moment_is_shown(play: Play, talk: Path) -> None:
    with open_services() as services:
        episode = services.library.resolve(str(talk))
        assert not hasattr(episode, "kind")
        chapters = [Chapter(0, 100, "Tea"), Chapter(100, None, "Tea\x1b]0;pots")]
        services.store.library.save_chapters(episode.id, "feed", chapters)  # type: ignore[arg-type]
    terminal = play(talk, "--from", "98", "--speed", "2")
    terminal.expect("2× · Tea")
    terminal.expect(r"▶ 1:4\d.*Tea\]0;pots")
    assert "\x1b]" not in terminal.seen


@pytest.mark.parametrize("columns", [12, 30, 52, 80, 200])
def test_the_line_fits_any_width(play: Play, talk: Path, columns: int) -> None:
    terminal = play(talk, "--from", "100", "--silent", columns=columns)
    time.sleep(1.2)
    terminal.press(" ")
    time.sleep(0.5)
    terminal.read(0.3)
    drawn = re.findall(r"\r\x1b\[K([^\r\n]*)", terminal.seen)
    assert len(drawn) >= 3
    assert [line for line in drawn if cells(line) >= columns] == [], terminal.seen


def test_every_width_of_every_state() -> None:
    states = [PlayerState(), PlayerState(position_s=36_000, duration_s=72_000.5, speed=1.25, paused=False, notice="Connecting…")]
    for columns in range(1, 220):
        for state in states:
            line = status_line(state, "章節 with a very long title " * 3, columns)
            assert cells(line) <= columns
            assert "\n" not in line
    assert status_line(states[1], "Tea", 60) == "▶ 10:00:00 ━━━━━───── 20:00:00 · 1.25× · Connecting… · Tea"


def test_a_file_that_is_no_audio_leaves_the_terminal_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "bad.mp3").write_bytes(b"<html>" * 900)
    terminal = Terminal(*PROGRAM, "play", str(tmp_path / "bad.mp3"))
    try:
        assert terminal.ends() == 1
        assert "podcli: bad.mp3 does not hold audio" in terminal.seen
        assert "Traceback" not in terminal.seen
        assert terminal.modes() == terminal.found
    finally:
        terminal.close()


def test_without_a_terminal_it_plays_to_the_end_and_says_so(podcli: Podcli, tmp_path: Path) -> None:
    done = podcli("play", tone(tmp_path / "short.wav", 2))
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.splitlines() == ["Playing “short”.", "Finished."]
    with open_services() as services:
        assert services.library.episode(EpisodeId(1)).finished


def test_json_tells_every_change(podcli: Podcli, tmp_path: Path) -> None:
    done = podcli("play", tone(tmp_path / "short.wav", 2), "--json", "--speed", "2")
    assert done.returncode == 0
    states = [json.loads(line) for line in done.stdout.splitlines()]
    assert {tuple(state) for state in states} == {("episode", "position", "duration", "paused", "speed", "ended", "problem")}
    assert [state["ended"] for state in states].count(True) == 1
    assert states[-1] == {
        "episode": 1,
        "position": 2.0,
        "duration": 2.0,
        "paused": False,
        "speed": 2.0,
        "ended": True,
        "problem": "",
    }
    assert [state["position"] for state in states] == sorted(state["position"] for state in states)


def test_json_tells_a_failure_too(podcli: Podcli, site: Site) -> None:
    done = podcli("play", site.base + "/none.mp3", "--json")
    assert done.returncode == 3
    assert "404" in json.loads(done.stdout.splitlines()[-1])["problem"]
    assert "404" in done.stderr


def test_json_works_with_keys_too(play: Play, talk: Path) -> None:
    terminal = play(talk, "--json", "--silent", stdout=subprocess.PIPE)
    terminal.press(" ")
    terminal.expect("paused")
    terminal.press("q")
    assert terminal.ends() == 0
    assert terminal.process.stdout
    with terminal.process.stdout as stdout:
        assert json.loads(stdout.read().splitlines()[-1])["paused"] is True


def test_interrupted_without_a_terminal(podcli: Podcli, talk: Path) -> None:
    process = podcli.start("play", talk, "--from", "30", "--json")
    assert process.stdout
    for line in process.stdout:
        if json.loads(line)["position"] > 31:
            break
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Stopped at 0:3" in told
    assert kept() > 31


def test_a_reader_that_leaves_ends_it_quietly(podcli: Podcli, talk: Path) -> None:
    process = podcli.start("play", talk, "--json")
    assert process.stdout
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr
    with process.stderr as stderr:
        told = stderr.read()
    assert process.wait(20) == 0, told
    assert "Traceback" not in told
    assert "Exception" not in told


@pytest.mark.parametrize(("arguments", "code"), [(["none.wav"], 2), (["1"], 2), (["https://podcli-no.invalid/x.mp3"], 3)])
def test_nothing_to_play(podcli: Podcli, arguments: list[str], code: int) -> None:
    done = podcli("play", *arguments)
    assert done.returncode == code
    assert "podcli: " in done.stderr


@pytest.mark.parametrize(
    ("sent", "keys"),
    [
        (" q", ["space", "q"]),
        ("\x1b[C\x1b[D", ["right", "left"]),
        ("\x1bOD", ["left"]),
        ("\x1b", ["escape"]),
        ("\x1b[1;5Cq", ["ctrl+right", "q"]),
        ("\x1b[200~", []),
        ("\x1b[<0;12;5M", []),
        ("\x1bq", ["alt+q"]),
        ("\x1b\x1b[A", ["escape", "up"]),
        ("\x7f\x08\t\r", ["backspace", "backspace", "tab", "enter"]),
        ("\x04\x1a", ["ctrl+d", "ctrl+z"]),
        ("\x1b[A\x1b[B\x1bOH\x1bOF\x1b[Z", ["up", "down", "home", "end", "shift+tab"]),
        ("\x1b[1~\x1b[3~\x1b[4~\x1b[5~\x1b[6~", ["home", "delete", "end", "pageup", "pagedown"]),
        ("\x1bOP\x1b[15~\x1b[24~", ["f1", "f5", "f12"]),
        ("\x1b[1;2D\x1b[1;3D\x1b[1;7D\x1b[3;5~", ["shift+left", "alt+left", "alt+ctrl+left", "ctrl+delete"]),
        ("\x1b[", []),
        ("\x1bO", ["alt+O"]),
        ("\x1b[;;;;A\x1b[99999~q", ["q"]),
        ("é=", ["é", "="]),
    ],
)
def test_what_a_terminal_sends_becomes_keys(sent: str, keys: list[str]) -> None:
    assert split_keys(sent) == keys
