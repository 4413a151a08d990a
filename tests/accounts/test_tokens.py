"""Tokens: proven first, then kept in the keyring and nowhere else; the environment wins; no keyring is said plainly."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path

import pytest

from podcli import settings
from podcli.accounts import tokens
from podcli.errors import PodcliError, UsageError
from podcli.services import Services, open_services
from tests.accounts.api import Fault
from tests.accounts.conftest import use_keyring
from tests.accounts.notion_api import NotionApi
from tests.accounts.readwise_api import ReadwiseApi

TOKEN = "tok-Secret_123456"


def nothing(_text: str) -> None:
    return


def test_the_environment_wins_over_the_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    assert tokens.find("readwise") is None
    tokens.keep("readwise", TOKEN)
    found = tokens.find("readwise")
    assert found is not None and (found.value, found.where) == (TOKEN, "keyring") and TOKEN not in repr(found)
    monkeypatch.setenv("PODCLI_READWISE_TOKEN", " other-token-1 \n")
    found = tokens.find("readwise")
    assert found is not None and (found.value, found.where) == ("other-token-1", "environment")
    assert tokens.find("notion") is None
    assert tokens.forget("readwise") and not tokens.forget("readwise")


@pytest.mark.parametrize("text", ["", "short", "two words in it", "new\nline-in-it", "ünicode-token", "x" * 501, "a\x00bcdefghi"])
def test_what_can_be_no_token_is_refused_and_not_repeated(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError) as raised:
        tokens.fit(text, "notion")
    assert not text or text not in raised.value.message + raised.value.hint
    if text and "\0" not in text:
        monkeypatch.setenv("PODCLI_NOTION_TOKEN", text)
        with pytest.raises(UsageError, match="What PODCLI_NOTION_TOKEN holds is no token") if text.strip() else nullcontext():
            tokens.find("notion")


@pytest.mark.parametrize("name", ["keyring.backends.fail.Keyring", "keyring.backends.null.Keyring"])
def test_a_system_without_a_keyring_names_the_way_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use_keyring(name)
    assert tokens.find("readwise") is None and not tokens.forget("readwise")
    with pytest.raises(PodcliError, match="has no keyring") as raised:
        tokens.keep("readwise", TOKEN)
    assert "PODCLI_READWISE_TOKEN" in raised.value.hint and TOKEN not in raised.value.message + raised.value.hint
    monkeypatch.setenv("PODCLI_READWISE_TOKEN", TOKEN)
    assert tokens.find("readwise") is not None


@pytest.mark.parametrize(("name", "says"), [("Locked", "KeyringLocked"), ("Forgetful", "did not keep")])
def test_a_keyring_that_fails_is_a_sentence(name: str, says: str) -> None:
    use_keyring(name)
    with pytest.raises(PodcliError, match=says) as raised:
        tokens.keep("readwise", TOKEN)
    assert TOKEN not in raised.value.message + raised.value.hint and "the secret" not in raised.value.message


def test_only_a_token_that_is_accepted_is_kept(
    services: Services, readwise: ReadwiseApi, keyring_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PODCLI_READWISE_TOKEN")
    with pytest.raises(PodcliError, match="does not accept the token"), open_services() as now:
        now.accounts.connect("readwise", "another-token", "", nothing)
    assert not keyring_file.exists() and not services.accounts.connected()
    with open_services() as now:
        assert now.accounts.connect("readwise", f" {TOKEN}\n", "", nothing).token == "keyring"
        assert [account.service for account in now.accounts.connected()] == ["readwise"]
        assert readwise.calls[-1].path == "/auth/"
        home = Path(os.environ["PODCLI_HOME"])
        assert TOKEN in keyring_file.read_text()
        assert all(TOKEN.encode() not in file.read_bytes() for file in home.rglob("*") if file.is_file())
        use_keyring("Locked")
        with pytest.raises(PodcliError, match="KeyringLocked"):
            now.accounts.forget("readwise")
        use_keyring("InFile")
        assert [account.service for account in now.accounts.connected()] == ["readwise"], "its token is still there"
        assert now.accounts.forget("readwise") and not now.accounts.connected()


def test_a_page_of_notion_is_proven_too(services: Services, notion: NotionApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PODCLI_NOTION_TOKEN")
    settings.set_value("export.notion_page", "")
    with open_services() as now:
        with pytest.raises(UsageError, match="no page of Notion"):
            now.accounts.connect("notion", TOKEN, "podcasts", nothing)
        with pytest.raises(PodcliError, match="does not show that page to the integration “podcli”"):
            now.accounts.connect("notion", TOKEN, "1" * 32, nothing)
        assert tokens.find("notion") is None and settings.load().export.notion_page == ""
        account = now.accounts.connect("notion", TOKEN, notion.parent, nothing)
    assert account.page == settings.load().export.notion_page == f"https://www.notion.so/{notion.parent.replace('-', '')}"
    assert tokens.find("notion") is not None


def test_a_service_that_cannot_be_asked_keeps_nothing(
    services: Services, readwise: ReadwiseApi, keyring_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PODCLI_READWISE_TOKEN")
    readwise.faults.extend([Fault(500)] * 4)
    with pytest.raises(PodcliError, match="a problem of its own"), open_services() as now:
        now.accounts.connect("readwise", TOKEN, "", nothing)
    assert not keyring_file.exists()
