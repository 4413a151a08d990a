"""Readwise and Notion on loopback, a library that talks to them, and a keyring in a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from podcli import settings
from podcli.accounts import calls
from podcli.services import Services, open_services
from podcli.services.exporting import to_notion
from tests.accounts.api import serve
from tests.accounts.notion_api import NotionApi
from tests.accounts.readwise_api import ReadwiseApi


@pytest.fixture(autouse=True)
def keyring_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The keyring of this test and of the processes it starts."""
    import keyring.core

    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "tests.accounts.keyrings.InFile")
    monkeypatch.setenv("KEYRING_FILE", str(tmp_path / "keyring.json"))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]), prepend=":")
    for name in ("PODCLI_READWISE_TOKEN", "PODCLI_NOTION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    use_keyring("InFile")
    yield tmp_path / "keyring.json"  # type: ignore[misc]
    keyring.core._keyring_backend = None


def use_keyring(name: str) -> None:
    """The keyring of this process: a class of `tests.accounts.keyrings`, or a path to another."""
    import keyring
    from keyring.core import load_keyring

    keyring.set_keyring(load_keyring(name if "." in name else f"tests.accounts.keyrings.{name}"))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for a server that fails on purpose."""
    monkeypatch.setattr(calls, "WAITS_S", (0.01, 0.02, 0.03))
    monkeypatch.setattr(to_notion, "LOOKS_S", (0.01, 0.02))


@pytest.fixture
def readwise(monkeypatch: pytest.MonkeyPatch, home: Path) -> Iterator[ReadwiseApi]:
    """A Readwise that the settings name, with its token in the environment."""
    api = ReadwiseApi()
    with serve(api):
        settings.set_value("export.readwise_url", api.base)
        monkeypatch.setenv("PODCLI_READWISE_TOKEN", api.token)
        yield api
    assert not api.complaints, api.complaints


@pytest.fixture
def notion(monkeypatch: pytest.MonkeyPatch, home: Path) -> Iterator[NotionApi]:
    """A Notion that the settings name, with its token in the environment, and the page that episodes go below."""
    api = NotionApi()
    with serve(api):
        settings.set_value("export.notion_url", api.base)
        settings.set_value("export.notion_page", f"https://www.notion.so/Podcasts-{api.parent.replace('-', '')}?pvs=4")
        monkeypatch.setenv("PODCLI_NOTION_TOKEN", api.token)
        yield api
    assert not api.complaints, api.complaints


@pytest.fixture
def services(home: Path) -> Iterator[Services]:
    with open_services() as opened:
        yield opened
