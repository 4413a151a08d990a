"""Who holds the library: one process at a time, and nobody once that has ended, however it ended."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from podcli import paths
from podcli.tui.claim import Claim

HOLD = "from podcli.tui.claim import Claim\nclaim = Claim()\nprint(claim.take(), flush=True)\ninput()"


@pytest.fixture
def other(home: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process, which has it."""
    process = subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None and process.stdout.readline().strip() == "None"
    yield process
    process.kill()
    process.communicate()


def test_it_is_ours_until_we_let_go(home: Path) -> None:
    one, two = Claim(), Claim()
    assert one.take() is None
    assert two.take() == os.getpid(), "also another one in this process only looks"
    one.let_go()
    assert two.take() is None
    two.let_go()
    two.let_go()


def test_the_holder_is_named_and_its_death_frees_it(other: subprocess.Popen[str]) -> None:
    claim = Claim()
    assert claim.take() == other.pid
    other.kill()
    other.wait()
    assert claim.take() is None
    claim.let_go()


def test_a_holder_that_does_not_say_who_it_is(other: subprocess.Popen[str]) -> None:
    (paths.state() / "player.lock").write_text("somebody")
    assert Claim().take() == 0


def test_a_longer_number_of_an_earlier_process_does_not_show_through(home: Path) -> None:
    paths.make_private(paths.state())
    (paths.state() / "player.lock").write_text("99999999999")
    claim = Claim()
    assert claim.take() is None and (paths.state() / "player.lock").read_text() == str(os.getpid())
    claim.let_go()
