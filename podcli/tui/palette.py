"""All commands, found by typing: those that work where the listener is."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.types import IgnoreReturnCallbackType

from podcli.keymap import COMMANDS, Command
from podcli.tui.keys import implementer

if TYPE_CHECKING:
    from podcli.tui.app import PodcliApp


class Palette(Provider):
    """Textual asks it while the listener types."""

    async def discover(self) -> Hits:
        """All of them."""
        for command in self._here():
            yield DiscoveryHit(command.help, self._call(command), help=self._key(command))

    async def search(self, query: str) -> Hits:
        """Those that match."""
        matcher = self.matcher(query)
        for command in self._here():
            text = f"{command.help} ({command.words})"
            if score := matcher.match(text):
                yield Hit(score, matcher.highlight(text), self._call(command), help=self._key(command))

    def _here(self) -> list[Command]:
        # The palette is a screen of its own: what is meant is the one beneath.
        beneath = self.focused or self.screen
        return [
            command for command in COMMANDS if not command.argument and implementer(self._podcli, command.id, beneath) is not None
        ]

    @property
    def _podcli(self) -> PodcliApp:
        return cast("PodcliApp", self.app)

    def _key(self, command: Command) -> str:
        keys = self._podcli.keys.shown(command.id)
        return f"Key: {keys}" if keys else f":{command.words}"

    def _call(self, command: Command) -> IgnoreReturnCallbackType:
        async def call() -> None:
            await self._podcli.run_command(command)

        return call
