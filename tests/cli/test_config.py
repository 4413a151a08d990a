"""`podcli config`: the file it makes, the keys it gives, and what it refuses."""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

import pytest

from tests.cli.terminal import Terminal
from tests.conftest import Podcli


@pytest.fixture
def file(home: Path) -> Path:
    """Where settings.toml is, or will be."""
    return home / "config" / "settings.toml"


def test_init_writes_once(podcli: Podcli, file: Path) -> None:
    assert podcli("config", "init").stdout.strip() == str(file)
    assert set(tomllib.loads(file.read_text())["player"]) == set(), "every default is commented out"
    assert json.loads((file.parent / "settings.schema.json").read_text())["properties"]["player"]
    file.write_text("[player]\nspeed = 2\n")
    again = podcli("config", "init")
    assert again.returncode == 2 and "already" in again.stderr
    assert file.read_text() == "[player]\nspeed = 2\n"


def test_keys_of_a_command(podcli: Podcli, file: Path) -> None:
    assert podcli("config", "set", "keys.episode.archive", "c f5").returncode == 0
    assert json.loads(podcli("config", "get", "keys.episode.archive", "--json").stdout) == {"keys.episode.archive": ["c", "f5"]}
    own = [each for each in json.loads(podcli("config", "keys", "--json").stdout) if each["own"]]
    assert [(each["id"], each["keys"]) for each in own] == [("episode.archive", ["c", "f5"])]
    assert "* episode.archive" in podcli("config", "keys").stdout
    assert podcli("config", "unset", "keys.episode.archive").stdout.strip() == "keys.episode.archive = c"
    assert "archive" not in file.read_text()


def test_keys_of_a_preset_are_listed(podcli: Podcli) -> None:
    keys = {each["id"]: each["keys"] for each in json.loads(podcli("config", "keys", "--preset", "emacs", "--json").stdout)}
    assert "ctrl+n" in keys["list.down"]


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("keys.episode.archive", "j", ["the key j", "list.down", "episode.archive"]),
        ("keys.episode.archiv", "f5", ["episode.archiv", "episode.archive"]),
        ("keys.episode.archive", "hyper+x", ["hyper+x"]),
        ("keys.app.quit", "", ["app.quit", "without a key"]),
        ("tui.preset", "nano", ["vim, mpv, castero, newsboat, emacs"]),
    ],
)
def test_what_cannot_be_is_not_written(podcli: Podcli, file: Path, key: str, value: str, says: list[str]) -> None:
    podcli("config", "set", "player.speed", "1.5")
    before = file.read_text()
    done = podcli("config", "set", key, value)
    assert done.returncode == 2, done.stdout
    for words in says:
        assert words in done.stderr
    assert file.read_text() == before


def test_a_clash_written_by_hand_is_told_at_the_start(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_text('[keys]\nepisode.archive = "j"\n')
    terminal = Terminal(sys.executable, "-m", "podcli", columns=200)
    try:
        assert terminal.ends() == 2
        said = terminal.seen.strip().splitlines()
        assert len(said) == 2 and "the key j" in said[0] and str(file) in said[0]
    finally:
        terminal.close()


def test_edit_checks_what_was_written(podcli: Podcli, file: Path, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nprintf "[player]\\nspede = 2\\n" > "$1"\n')
    editor.chmod(0o755)
    done = podcli("config", "edit", VISUAL=str(editor))
    assert done.returncode == 2 and "player.spede" in done.stderr and "player.speed" in done.stderr
    gone = podcli("config", "edit", VISUAL=str(tmp_path / "none"))
    assert gone.returncode == 2 and "EDITOR" in gone.stderr


def test_themes_name_the_one_in_use_and_the_broken_ones(podcli: Podcli, file: Path) -> None:
    themes = file.parent / "themes"
    themes.mkdir(parents=True)
    (themes / "mine.toml").write_text('primary = "#88c0d0"\ndark = true\n')
    (themes / "bad.toml").write_text('primary = "blueish"\n')
    podcli("config", "set", "tui.theme", "mine")
    found = json.loads(podcli("config", "themes", "--json").stdout)
    assert found["chosen"] == "mine" and {"mine", "terminal", "nord"} <= set(found["themes"]) and "bad" not in found["themes"]
    assert ["bad.toml" in each for each in found["problems"]] == [True]
    assert json.loads(podcli("config", "themes", "--json", NO_COLOR="1").stdout)["chosen"] == "terminal"
