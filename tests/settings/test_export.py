"""``export.auto`` in settings.toml: a list of kinds, each known and once."""

from __future__ import annotations

from pathlib import Path

import pytest

from podcli import settings
from podcli.errors import UsageError
from podcli.settings import describing


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def test_out_of_the_box_nothing_is_exported_by_itself(file: Path) -> None:
    assert settings.load(file).export.auto == ()
    file.write_text('[export]\nauto = ["obsidian", "anki", "obsidian"]\n')
    assert settings.load(file).export.auto == ("obsidian", "anki")


@pytest.mark.parametrize("text", ['["obsidian", "anki"]', "obsidian anki", "obsidian,anki", " obsidian , anki "])
def test_at_a_prompt_and_in_the_player_words_will_do(file: Path, text: str) -> None:
    assert settings.set_value("export.auto", text, file) == ("obsidian", "anki")
    assert file.read_text().split("\n")[1] == 'auto = ["obsidian", "anki"]'
    assert settings.load(file).export.auto == ("obsidian", "anki")
    for nothing in ("", "[]"):
        assert settings.set_value("export.auto", nothing, file) == () and settings.load(file).export.auto == ()


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ('"obsidian"', "must be a list of words in quotes"),
        ("3", "must be a list of words in quotes"),
        ('[["obsidian"]]', "must be a list of words in quotes"),
        ('["obsidain"]', "knows no 'obsidain'"),
        ('["srt"]', "knows no 'srt'"),
        ('["Obsidian"]', "knows no 'Obsidian'"),
    ],
)
def test_what_does_not_fit_is_one_sentence_with_file_and_key(file: Path, given: str, says: str) -> None:
    file.write_text(f"[export]\nauto = {given}\n")
    with pytest.raises(UsageError) as caught:
        settings.load(file)
    assert says in caught.value.message and "export.auto" in caught.value.message and str(file) in caught.value.message
    assert caught.value.hint.startswith('Such as auto = ["obsidian"].') and "readwise" in caught.value.hint


@pytest.mark.parametrize("text", ["[", "obsidian srt", "[3]", "['anki']\nother = 1"])
def test_a_refusal_at_the_prompt_writes_nothing(file: Path, text: str) -> None:
    with pytest.raises(UsageError, match=r"export\.auto"):
        settings.set_value("export.auto", text, file)
    assert not file.exists()


def test_editors_and_the_written_file_know_the_kinds() -> None:
    tables = describing.schema()["properties"]
    assert isinstance(tables, dict)
    found = tables["export"]["properties"]["auto"]
    assert found["type"] == "array" and found["items"] == {"type": "string", "enum": list(settings.choices("export.auto"))}
    assert 'Any of "obsidian", "markdown"' in describing.template()
