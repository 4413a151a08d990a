"""Which key does what: the table of commands, the listener's preset, and the listener's own changes."""

from __future__ import annotations

from collections.abc import Mapping

from podcli import paths
from podcli.errors import UsageError
from podcli.keymap.names import is_key, shown_name
from podcli.keymap.presets import PRESETS
from podcli.keymap.table import COMMANDS, CONTEXTS, HEADINGS, NEEDED, SHADOWS, Command
from podcli.settings import Settings

__all__ = ["COMMANDS", "CONTEXTS", "HEADINGS", "PRESETS", "Command", "Keymap", "known", "load", "preset"]
_BY_ID = {command.id: command for command in COMMANDS}


class Keymap:
    """The live keys."""

    def __init__(self, keys: Mapping[str, tuple[str, ...]]) -> None:
        self._keys = keys

    def keys(self, command_id: str) -> tuple[str, ...]:
        """Keys of a command, the first being the one to show."""
        return self._keys.get(command_id, ())

    def commands(self, where: str) -> list[Command]:
        """The commands of a context."""
        return [command for command in COMMANDS if command.where == where]

    def command(self, command_id: str) -> Command:
        """One command. Raises KeyError when there is none."""
        return _BY_ID[command_id]

    def shown(self, command_id: str) -> str:
        """Its first key, as people read it; '' without one."""
        keys = self.keys(command_id)
        return shown_name(keys[0]) if keys else ""

    def all_shown(self, command_id: str) -> str:
        """All its keys, as people read them."""
        return " ".join(shown_name(key) for key in self.keys(command_id))

    def clash(self) -> tuple[str, Command, Command] | None:
        """A key that two commands want while both are live, if there is one."""
        for wheres in CONTEXTS.values():
            taken: dict[str, Command] = {}
            for command in COMMANDS:
                for key in self.keys(command.id) if command.where in wheres else ():
                    other = taken.setdefault(key, command)
                    if other is not command and not {(command.id, other.id), (other.id, command.id)} & SHADOWS:
                        return key, other, command
        return None


def preset(name: str) -> Keymap:
    """The keys of a preset, as it comes."""
    return Keymap({command.id: PRESETS[name].get(command.id, command.keys) for command in COMMANDS})


def load(settings: Settings) -> Keymap:
    """The keymap of these settings.

    Raises UsageError for a command or a key that does not exist, for two commands on one key, and when something nobody can do
    without has no key left.
    """
    base = preset(settings.tui.preset)
    for command_id, keys in settings.keys.items():
        _check(command_id, keys)
    keymap = Keymap({command.id: settings.keys.get(command.id, base.keys(command.id)) for command in COMMANDS})
    if (found := keymap.clash()) is not None:
        key, one, other = found
        ours = one if one.id in settings.keys else other
        raise UsageError(
            f"{paths.settings_file()}: the key {key} is wanted by {one.id} ({one.help}) and by {other.id} ({other.help}).",
            f'Give one of them another key under [keys], such as `{ours.id} = "f5"`, or none: `{ours.id} = []`.',
        )
    for command_id in NEEDED:
        if not keymap.keys(command_id):
            raise UsageError(
                f"{paths.settings_file()} leaves {command_id} ({_BY_ID[command_id].help}) without a key.",
                "Give it one under [keys], or take its line out.",
            )
    return keymap


def known(command_id: str) -> str:
    """`command_id` itself. Raises UsageError, with the nearest ones, when there is no such command."""
    if command_id not in _BY_ID:
        import difflib

        near = difflib.get_close_matches(command_id, _BY_ID, 3, 0.4)
        raise UsageError(
            f"There is no command {command_id!r} to give keys to ({paths.settings_file()}, [keys]).",
            f"Did you mean {' or '.join(near)}? `podcli config keys` lists all." if near else "`podcli config keys` lists all.",
        )
    return command_id


def _check(command_id: str, keys: tuple[str, ...]) -> None:
    known(command_id)
    for key in keys:
        if not is_key(key):
            raise UsageError(
                f"{paths.settings_file()} gives {command_id} the key {key!r}, which is none.",
                "Write one character, or a name such as space, enter, tab, left, f5, ctrl+d, alt+x.",
            )
