"""What every test gets: a library of its own, and none of the developer's settings."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from podcli.store import Store, open_store
from tests import described, loopback
from tests.loopback import Site

os.environ["TEXTUAL_ANIMATIONS"] = "none"
os.environ.setdefault("OMP_NUM_THREADS", "2")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """PODCLI_HOME in a temporary folder; no proxy; no keyring."""
    folder = tmp_path / "podcli-home"
    monkeypatch.setenv("PODCLI_HOME", str(folder))
    for name in ("PODCLI_MODELS", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "disabled:")  # nothing shall show on the developer's desktop
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")  # nor look into their keyring
    yield folder


@pytest.fixture
def store() -> Iterator[Store]:
    """The library itself, without its services."""
    with open_store() as opened:
        yield opened


@pytest.fixture
def test_models() -> Path:
    """The folder of real models that `make test-models` fills."""
    folder = os.environ.get("PODCLI_TEST_MODELS")
    return Path(folder) if folder else Path(__file__).parent.parent / ".cache" / "test-models"


class Podcli:
    """The program as a listener starts it: a process of its own, with its exit code and both streams.

    What it prints with ``--json`` is held against its schema. `before` is a command that starts it.
    """

    def __init__(self, *before: str) -> None:
        self._before = before

    def __call__(self, *arguments: str | Path, timeout: float = 120, **env: str) -> subprocess.CompletedProcess[str]:
        done = self.start(*arguments, **env)
        try:
            out, err = done.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            done.kill()
            raise
        assert "Traceback" not in out + err, err
        if "--json" in arguments and out:
            described.check_output([str(each) for each in arguments], out)
        return subprocess.CompletedProcess(done.args, done.returncode, out, err)

    def start(self, *arguments: str | Path, **env: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*self._before, sys.executable, "-m", "podcli", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONWARNINGS": "ignore", **env},
        )


@pytest.fixture
def podcli() -> Podcli:
    """Runs ``podcli`` with the test's own library."""
    return Podcli()


@pytest.fixture
def site() -> Iterator[Site]:
    """A web server on loopback."""
    with loopback.site() as served:
        yield served
