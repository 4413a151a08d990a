"""settings.toml: what may stand in it, and that comments survive every change."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from podcli import settings
from podcli.errors import UsageError
from podcli.settings import Settings, describing


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file nobody else reads."""
    return tmp_path / "settings.toml"


def test_the_template_changes_nothing_and_knows_every_setting(file: Path) -> None:
    file.write_text(describing.template())
    assert settings.load(file) == Settings()
    file.write_text(re.sub(r"^#(?=[a-z_]+ = )", "", describing.template(), flags=re.M))
    assert settings.load(file) == Settings(), "every default in it is the real one"
    assert all(f"#{name.partition('.')[2]} = " in describing.template() for name in settings.names())


def test_the_schema_allows_what_podcli_allows() -> None:
    tables = describing.schema()["properties"]
    assert isinstance(tables, dict)
    for name in settings.names():
        section, short = name.split(".")
        found = tables[section]["properties"][short]
        assert found["default"] == settings.default(name) and found["description"] == settings.describe(name)
        assert tuple(found.get("items", found).get("enum", ())) == settings.choices(name)
    assert set(tables) == {*(name.split(".")[0] for name in settings.names()), "keys"}


def test_set_and_unset_keep_comments(file: Path) -> None:
    file.write_text("# mine\n[player] # here\nvolume = 50 # quiet\n")
    settings.set_value("player.speed", "1.5", file)
    settings.set_value("keys.episode.archive", "c f5", file)
    assert settings.load(file).player.speed == 1.5 and settings.load(file).keys == {"episode.archive": ("c", "f5")}
    settings.unset("player.speed", file)
    settings.unset("keys.episode.archive", file)
    assert settings.load(file) == Settings(player=settings.PlayerSettings(volume=50))
    assert "# mine" in file.read_text() and "# quiet" in file.read_text()


def test_keys_written_as_a_table_are_taken_out_too(file: Path) -> None:
    file.write_text('[keys]\nepisode.archive = "f5"\nepisode.later = "f6"\n')
    settings.unset("keys.episode.archive", file)
    assert settings.load(file).keys == {"episode.later": ("f6",)}
    settings.set_value("keys.episode.later", "f7", file)
    assert settings.load(file).keys == {"episode.later": ("f7",)}


def test_a_refusal_leaves_the_file_alone(file: Path) -> None:
    def refuse(_settings: Settings) -> None:
        raise UsageError("No.")

    with pytest.raises(UsageError):
        settings.set_value("player.speed", "2", file, check=refuse)
    assert not file.exists()


@pytest.mark.parametrize(
    "text",
    [
        "speed = = 2", "[nothing]\n", "speed = 2\n", "[player]\nspede = 2\n", "[player]\nspeed = 9\n", '[player]\nspeed = "2"\n',
        "[player]\nspeed = nan\n", "[player]\nspeed = true\n", '[player]\nloudness = "much"\n', "[keys]\nepisode.archive = 3\n",
        "keys = 3\n", "[player]\nspeed = 1\n[player]\nspeed = 1\n", "\x00",
    ],
)  # fmt: skip
def test_what_does_not_fit_is_one_sentence(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(UsageError) as caught:
        settings.load(file)
    assert str(file) in caught.value.message and "\n" not in caught.value.message


def test_bytes_that_are_no_text(file: Path) -> None:
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="not valid TOML"):
        settings.load(file)
