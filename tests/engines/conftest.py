"""What every test of engines gets: no waiting, and a pip that knows no index but the test's."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial

import pytest

from podcli.domain import Progress
from podcli.engines import pull_https, pull_wheel
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
