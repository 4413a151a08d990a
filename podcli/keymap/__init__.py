"""Which key does what: the table of commands, the listener's preset, and the listener's own changes."""

from __future__ import annotations

from collections.abc import Mapping

from podcli.keymap.names import shown_name
from podcli.keymap.table import COMMANDS, Command
from podcli.settings import Settings

__all__ = ["COMMANDS", "Command", "Keymap", "load"]


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
        """One command."""
        return next(command for command in COMMANDS if command.id == command_id)

    def shown(self, command_id: str) -> str:
        """Its first key, as people read it; '' without one."""
        keys = self.keys(command_id)
        return shown_name(keys[0]) if keys else ""


def load(settings: Settings) -> Keymap:
    """The keymap of these settings."""
    return Keymap({command.id: command.keys for command in COMMANDS})
