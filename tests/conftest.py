"""What every test gets: a library of its own, and none of the developer's settings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ["TEXTUAL_ANIMATIONS"] = "none"
os.environ.setdefault("OMP_NUM_THREADS", "2")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """PODCLI_HOME in a temporary folder; no proxy; no colour."""
    folder = tmp_path / "podcli-home"
    monkeypatch.setenv("PODCLI_HOME", str(folder))
    for name in ("PODCLI_MODELS", "http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    yield folder


@pytest.fixture
def test_models() -> Path:
    """The folder of real models that `make test-models` fills."""
    folder = os.environ.get("PODCLI_TEST_MODELS")
    return Path(folder) if folder else Path(__file__).parent.parent / ".cache" / "test-models"
