"""Hooks in settings.toml: lists of lists, and nothing that a shell would have to read."""

from __future__ import annotations

from pathlib import Path

import pytest

from podcli import settings
from podcli.errors import UsageError
from podcli.settings import describing
from podcli.settings.values import in_toml


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def test_each_event_has_its_commands(file: Path) -> None:
    file.write_text('[hooks]\ndownloaded = [["notify-send", "podcli"], ["/bin/sync", "--fast"]]\ntimeout_s = 5\n')
    hooks = settings.load(file).hooks
    assert hooks.downloaded == (("notify-send", "podcli"), ("/bin/sync", "--fast"))
    assert hooks.timeout_s == 5.0 and hooks.finished == ()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ('"notify-send podcli"', "a line for a shell is never run"),
        ('["notify-send podcli"]', "must be a list of words in quotes"),
        ('[["notify-send", 3]]', "must be a list of words in quotes"),
        ('[["notify-send", ["x"]]]', "must be a list of words in quotes"),
        ("3", "must be a list of commands"),
        ("true", "must be a list of commands"),
        ("{x = 1}", "must be a list of commands"),
        ("[[]]", "names no program"),
        ('[[" "]]', "names no program"),
        ('[["a\\u0000b"]]', "NUL"),
    ],
)
def test_what_is_no_list_of_lists_is_one_sentence_with_file_and_key(file: Path, given: str, says: str) -> None:
    file.write_text(f"[hooks]\ndownloaded = {given}\n")
    with pytest.raises(UsageError) as caught:
        settings.load(file)
    assert says in caught.value.message and "hooks.downloaded" in caught.value.message and str(file) in caught.value.message
    assert "notify-send" in caught.value.hint and "\n" not in caught.value.message


@pytest.mark.parametrize("given", ["timeout_s = 0", "timeout_s = 99999", 'timeout_s = "3"', "paused = []"])
def test_the_rest_of_the_section_is_checked_too(file: Path, given: str) -> None:
    file.write_text(f"[hooks]\n{given}\n")
    with pytest.raises(UsageError, match=r"hooks\."):
        settings.load(file)


@pytest.mark.parametrize("command", [("a", 'b "c" \\ \n\t\x07\x7f é'), ("x",)])
def test_set_at_the_prompt_it_comes_back(file: Path, command: tuple[str, ...]) -> None:
    settings.set_value("hooks.snip", in_toml((command, command)), file)
    assert settings.load(file).hooks.snip == (command, command)
    settings.unset("hooks.snip", file)
    assert settings.load(file).hooks.snip == ()


@pytest.mark.parametrize("text", ["notify-send podcli", "[['a']]\nother = 1", "[[", '["a"]', "'a'"])
def test_what_is_set_at_the_prompt_must_be_a_list_too(file: Path, text: str) -> None:
    with pytest.raises(UsageError, match=r"hooks\.snip"):
        settings.set_value("hooks.snip", text, file)
    assert not file.exists()


def test_the_schema_for_editors_wants_lists_of_words() -> None:
    tables = describing.schema()["properties"]
    assert isinstance(tables, dict)
    found = tables["hooks"]["properties"]["downloaded"]
    assert found["type"] == "array" and found["items"]["items"] == {"type": "string"}
