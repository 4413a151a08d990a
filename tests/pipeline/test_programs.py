"""Real programs that behave, and many that do not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from podcli.errors import PodcliError
from podcli.pipeline import programs
from tests.processes import alive

GIVEN = b'{"event": "downloaded"}\n'


def script(folder: Path, body: str, name: str = "hook") -> list[str]:
    file = folder / name
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return [str(file)]


def run(command: list[str], given: bytes = GIVEN, timeout_s: float = 10.0) -> programs.Ended:
    return programs.run(command, given, timeout_s=timeout_s, environment={"PODCLI_EVENT": "downloaded"})


def until(true: Callable[[], object], *, within_s: float = 20.0) -> None:
    limit = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < limit, "it never came true"
        time.sleep(0.02)


def test_it_gets_its_input_its_arguments_its_event_and_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    body = 'cat; echo "$#:$2:$PODCLI_EVENT"; pwd -P; ps -o pgid= -p $$ 2>/dev/null || cut -d" " -f5 /proc/$$/stat'
    ended = run([*script(tmp_path, body), "--fast", "a b; $(c)"])
    assert ended.code == 0 and ended.err == b""
    given, words, home, group = ended.out.decode().splitlines()
    assert f"{given}\n".encode() == GIVEN and words == "2:a b; $(c):downloaded" and home == str(tmp_path.resolve())
    assert int(group) != os.getpgrp(), "a group of its own"


def test_tokens_of_accounts_are_not_passed_on_unless_they_are_needed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCLI_NOTION_TOKEN", "secret")
    monkeypatch.setenv("OTHER_TOKEN", "theirs")
    command = script(tmp_path, 'echo "$PODCLI_NOTION_TOKEN $OTHER_TOKEN"; [ -z "${PODCLI_NOTION_TOKEN+set}" ]')
    ended = run(command)
    assert (ended.code, ended.out) == (0, b" theirs\n")
    needed = programs.run(command, GIVEN, timeout_s=10.0, environment={}, tokens=True)
    assert (needed.code, needed.out) == (1, b"secret theirs\n")


def test_code_and_last_words_come_back(tmp_path: Path) -> None:
    ended = run(script(tmp_path, "echo out; echo first >&2; echo last >&2; exit 3"))
    assert (ended.code, ended.out, ended.err) == (3, b"out\n", b"first\nlast\n")
    assert run(script(tmp_path, "kill -SEGV $$")).code == -signal.SIGSEGV


def test_time_up_ends_the_whole_group(tmp_path: Path) -> None:
    begun = time.monotonic()
    ended = run(script(tmp_path, "trap '' TERM; sleep 60 & echo $!; echo $$; wait; sleep 60"), timeout_s=0.5)
    assert ended.code is None and 0.5 <= time.monotonic() - begun < 5.0
    pids = [int(line) for line in ended.out.split()]
    assert len(pids) == 2
    until(lambda: not any(map(alive, pids)))


def test_what_it_leaves_running_neither_holds_us_nor_stays(tmp_path: Path) -> None:
    begun = time.monotonic()
    ended = run(script(tmp_path, "sleep 60 & echo $!"))
    assert ended.code == 0 and time.monotonic() - begun < 5.0
    until(lambda: not alive(int(ended.out)))


def test_a_session_of_its_own_stays_and_does_not_hold_us(tmp_path: Path) -> None:
    begun = time.monotonic()
    away = "import os,time; os.setsid(); print(os.getpid(), flush=True); time.sleep(60)"
    ended = run(script(tmp_path, f"{sys.executable} -c '{away}' & sleep 1"))
    assert ended.code == 0 and time.monotonic() - begun < 5.0
    pid = int(ended.out)
    assert alive(pid)
    os.kill(pid, signal.SIGKILL)


def test_a_flood_is_read_and_its_end_kept(tmp_path: Path) -> None:
    ended = run(script(tmp_path, "head -c 30000000 /dev/zero; echo end; head -c 30000000 /dev/zero >&2; echo bad >&2; exit 1"))
    assert ended.code == 1 and len(ended.out) == len(ended.err) == 4096
    assert ended.out.endswith(b"\0end\n") and ended.err.endswith(b"\0bad\n")


def test_a_flood_without_end_is_ended_in_time(tmp_path: Path) -> None:
    begun = time.monotonic()
    assert run(["yes"], timeout_s=0.5).code is None
    assert time.monotonic() - begun < 5.0


@pytest.mark.parametrize("body", ["exec <&-; sleep 0.3", "true", "head -c 10 >/dev/null", "exec >&- 2>&-; sleep 0.3"])
def test_it_need_not_read_nor_say_anything(tmp_path: Path, body: str) -> None:
    assert run(script(tmp_path, body), given=b"x" * 5_000_000).code == 0


def test_a_large_input_arrives_whole(tmp_path: Path) -> None:
    assert run(["wc", "-c"], given=b"x" * 5_000_000).out.split() == [b"5000000"]


def test_what_cannot_be_started_is_said(tmp_path: Path) -> None:
    plain = tmp_path / "plain"
    plain.write_text("no program\n")
    with pytest.raises(PodcliError, match="may not be run"):
        run([str(plain)])
    plain.chmod(0o755)
    with pytest.raises(PodcliError, match="is no program"):
        run([str(plain)])
    with pytest.raises(PodcliError, match="no such program"):
        run(["podcli-there-is-no-such-program"])
    with pytest.raises(PodcliError, match="cannot be started"):
        run(["true", "x" * 10_000_000])


def test_it_may_kill_its_own_group(tmp_path: Path) -> None:
    assert run(script(tmp_path, "kill -9 0")).code == -signal.SIGKILL


def test_it_ends_with_us_when_we_are_killed(tmp_path: Path) -> None:
    command = script(tmp_path, f"echo $$ > {tmp_path}/pid; sleep 60")
    code = f"from podcli.pipeline import programs\nprograms.run({command!r}, b'', timeout_s=60.0, environment={{}})"
    with subprocess.Popen([sys.executable, "-c", code]) as us:
        until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text(), within_s=20.0)
        us.kill()
    until(lambda: not alive(int((tmp_path / "pid").read_text())))
