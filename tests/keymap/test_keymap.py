"""Keys: presets without clashes, names of keys, and the listener's own changes."""

from __future__ import annotations

import pytest

from podcli import keymap
from podcli.errors import UsageError
from podcli.keymap.names import is_key, shown_name, textual_name
from podcli.keymap.table import NEEDED
from podcli.settings import Settings, TuiSettings


@pytest.mark.parametrize("name", keymap.PRESETS)
def test_a_preset_has_no_clash_and_all_one_needs(name: str) -> None:
    live = keymap.load(Settings(tui=TuiSettings(preset=name)))
    assert live.clash() is None
    assert all(live.keys(needed) for needed in NEEDED)
    assert all(is_key(key) for command in keymap.COMMANDS for key in live.keys(command.id))


def test_presets_name_only_commands_there_are() -> None:
    known = {command.id for command in keymap.COMMANDS}
    assert len(known) == len(keymap.COMMANDS)
    assert all(set(preset) <= known for preset in keymap.PRESETS.values())
    assert set(keymap.PRESETS) == {"vim", "mpv", "castero", "newsboat", "emacs"}


def test_every_command_can_be_typed_and_shown() -> None:
    words = [command.words for command in keymap.COMMANDS]
    assert len(set(words)) == len(words), "two commands with the same words cannot be told apart on the : line"
    assert all(command.label and len(command.label) <= 14 and command.help for command in keymap.COMMANDS)


def test_own_keys_win_over_the_preset() -> None:
    live = keymap.load(Settings(keys={"episode.archive": ("f5", "c")}))
    assert live.keys("episode.archive") == ("f5", "c") and live.shown("episode.archive") == "f5"
    assert keymap.load(Settings(keys={"app.undo": ()})).keys("app.undo") == ()


def test_exchanging_two_keys_is_no_clash() -> None:
    here = keymap.preset("vim")
    one, other = here.keys("episode.archive"), here.keys("episode.later")
    assert keymap.load(Settings(keys={"episode.archive": other, "episode.later": one})).clash() is None


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ({"episode.archive": ("j",)}, ["key j", "list.down", "episode.archive"]),
        ({"episode.archive": ("space",)}, ["key space", "player.toggle"]),
        ({"episodes.archive": ("f5",)}, ["episodes.archive", "episode.archive"]),
        ({"episode.archive": ("spacebar",)}, ["spacebar"]),
        ({"app.quit": ()}, ["app.quit"]),
    ],
)
def test_a_clash_is_one_sentence_and_a_way_out(keys: dict[str, tuple[str, ...]], says: list[str]) -> None:
    with pytest.raises(UsageError) as caught:
        keymap.load(Settings(keys=keys))
    assert caught.value.hint and "\n" not in caught.value.message
    assert all(words in caught.value.message + caught.value.hint for words in says)


@pytest.mark.parametrize(
    ("key", "textual", "shown"),
    [
        ("j", "j", "j"), ("[", "left_square_bracket", "["), ("ctrl+d", "ctrl+d", "^d"), ("alt+1", "alt+1", "alt-1"),
        ("enter", "enter", "⏎"), ("shift+tab", "shift+tab", "⇧tab"), ("+", "plus", "+"), ("ctrl+z", "ctrl+z", "^z"),
    ],
)  # fmt: skip
def test_names_of_keys(key: str, textual: str, shown: str) -> None:
    assert is_key(key) and textual_name(key) == textual and shown_name(key) == shown


@pytest.mark.parametrize("key", ["", "ab", "ctrl+", "ctl+a", " ", "\x1b", "f13", "\n"])
def test_what_is_no_key(key: str) -> None:
    assert not is_key(key)
