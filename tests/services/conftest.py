"""The services over a library of their own, and a folder for notes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from podcli.services import Services, open_services


@pytest.fixture
def services(home: object) -> Iterator[Services]:
    with open_services() as opened:
        yield opened


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    return folder
