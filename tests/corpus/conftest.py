"""The corpus: real and hostile files that are not in the repository. Run by ``make corpus``, collected only when named."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).parent
CORPUS = Path(os.environ.get("CORPUS", HERE.parents[2] / "shared" / "corpus")).resolve()
_RUNS = pytest.StashKey[list["Run"]]()


@dataclass(frozen=True)
class Run:
    """One call of the program: for the table at the end."""

    name: str
    code: int
    seconds: float
    sentence: str


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Out of sight of a plain ``pytest``, whoever has the corpus lying about."""
    named = [Path(argument.partition("::")[0]).resolve() for argument in config.args]
    if not any(path.is_relative_to(HERE) for path in named):
        return True
    if not CORPUS.is_dir():
        raise pytest.UsageError(f"There is no corpus in {CORPUS}: give its folder in CORPUS.")
    return None


@pytest.fixture
def runs(pytestconfig: pytest.Config) -> list[Run]:
    """Where a test notes what the program did."""
    return pytestconfig.stash.setdefault(_RUNS, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    runs = config.stash.get(_RUNS, [])
    if not runs:
        return
    terminalreporter.section("what podcli said")
    for (code, sentence), count in sorted(Counter((run.code, run.sentence) for run in runs).items()):
        terminalreporter.line(f"{count:4}  exit {code}  {sentence}")
    for run in sorted(runs, key=lambda run: -run.seconds)[:5]:
        terminalreporter.line(f"{run.seconds:5.1f} s  {run.name}")
