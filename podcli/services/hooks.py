"""The listener's own commands on events: which are set, and whether they work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from podcli.domain import HookEvent
from podcli.errors import PodcliError, UsageError
from podcli.pipeline import hooks
from podcli.settings import Settings

EVENTS: tuple[HookEvent, ...] = get_args(HookEvent)


@dataclass(frozen=True, slots=True)
class Tried:
    """How a hook went: '' in `problem` when well. `said` is the last line it printed, `took_s` the seconds it took."""

    command: tuple[str, ...]
    problem: str = ""
    hint: str = ""
    said: str = ""
    took_s: float = 0.0


class HookService:
    """Verbs over hooks."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings.hooks

    def all(self) -> list[tuple[HookEvent, tuple[str, ...]]]:
        """Each event with each of its commands, in the order they run."""
        return [(event, command) for event in EVENTS for command in getattr(self._settings, event)]

    def test(self, event: HookEvent) -> list[Tried]:
        """Run the commands of `event` now, one after the other, with an example. Raises UsageError when it has none."""
        commands = [command for name, command in self.all() if name == event]
        if not commands:
            raise UsageError(
                f"No hook is set for {event}.", f'Such as: podcli config set hooks.{event} \'[["notify-send", "podcli"]]\''
            )
        return [self._tried(event, command) for command in commands]

    def _tried(self, event: HookEvent, command: tuple[str, ...]) -> Tried:
        try:
            ended = hooks.run_command(command, event, hooks.example(event), self._settings.timeout_s)
        except PodcliError as error:
            return Tried(command, error.message, error.hint)
        return Tried(command, said=hooks.last_line(ended.out), took_s=ended.took_s)
