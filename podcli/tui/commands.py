"""Everything the player can be told to do: one table for keys, help and palette."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.types import IgnoreReturnCallbackType


@dataclass(frozen=True, slots=True)
class Command:
    """A verb of the main screen: ``action_<action>`` there does it."""

    keys: str
    action: str
    label: str
    """Short, for the line at the bottom."""
    help: str
    """For the help screen and the palette."""
    display: str = ""


COMMANDS: tuple[Command, ...] = (
    Command("space,p", "play_pause", "Pause", "Pause or go on", "space"),
    Command("left", "seek(-10)", "−10 s", "10 seconds back", "←"),
    Command("right", "seek(30)", "+30 s", "30 seconds on", "→"),
    Command("H", "seek(-60)", "−1 min", "A minute back"),
    Command("L", "seek(60)", "+1 min", "A minute on"),
    Command("left_square_bracket", "speed(-0.1)", "Slower", "A little slower", "["),
    Command("right_square_bracket", "speed(0.1)", "Faster", "A little faster", "]"),
    Command("equals_sign", "speed(0)", "Speed 1", "Normal speed", "="),
    Command("t", "tab('takeaways')", "Takeaways", "Takeaways: show them, press again to make them"),
    Command("s", "tab('summary')", "Summary", "Summary: show it, press again to make it"),
    Command("T", "tab('transcript')", "Transcript", "Transcript: show it, press again to make it"),
    Command("n", "tab('notes')", "Notes", "Show notes and chapters"),
    Command("f", "follow", "Follow", "Let the transcript follow what is played"),
    Command("a", "add", "Add", "Add a show, a recording or a file"),
    Command("d", "download", "Download", "Download the episode"),
    Command("r", "refresh(False)", "Refresh", "Look for new episodes of this show"),
    Command("R", "refresh(True)", "Refresh all", "Look for new episodes of all shows"),
    Command("D,delete", "remove", "Remove", "Remove this show and its files (asks first)", "D"),
    Command("x", "stop_work", "Stop work", "Stop the work that runs now"),
    Command("J", "jobs", "Jobs", "All work: see it, stop it, try it again"),
    Command("slash", "filter", "Filter", "Show only what contains some words", "/"),
    Command("tab,l", "pane(1)", "Next pane", "Next pane", "tab"),
    Command("shift+tab,h", "pane(-1)", "Pane before", "Pane before", "⇧tab"),
    Command("escape", "back", "Back", "Drop the filter; one pane back", "esc"),
    Command("question_mark", "help", "Keys", "The keys that work here", "?"),
    Command("q", "app.quit", "Quit", "Quit; the position is kept"),
)


def everywhere() -> list[Binding]:
    """Bindings of the main screen; only the most general show at the bottom."""
    return [_binding(each, show=each.action in ("help", "app.quit")) for each in COMMANDS]


def shown(*actions: str) -> list[Binding]:
    """Bindings a pane shows at the bottom while it has the focus, in this order."""
    known = {each.action: each for each in COMMANDS}
    return [_binding(known[action], show=True, to="screen.") for action in actions]


def _binding(command: Command, *, show: bool, to: str = "") -> Binding:
    action = command.action if command.action.startswith("app.") else to + command.action
    return Binding(command.keys, action, command.label, show=show, key_display=command.display or None, tooltip=command.help)


class Palette(Provider):
    """The same verbs, found by typing."""

    async def discover(self) -> Hits:
        """All of them."""
        for command in COMMANDS:
            yield DiscoveryHit(command.help, self._call(command), help=f"Key: {command.display or command.keys}")

    async def search(self, query: str) -> Hits:
        """Those that match."""
        matcher = self.matcher(query)
        for command in COMMANDS:
            if score := matcher.match(command.help):
                yield Hit(
                    score, matcher.highlight(command.help), self._call(command), help=f"Key: {command.display or command.keys}"
                )

    def _call(self, command: Command) -> IgnoreReturnCallbackType:
        action = command.action if command.action.startswith("app.") else f"screen.{command.action}"

        async def call() -> None:
            await self.app.run_action(action)

        return call


def sections(bindings: Iterable[tuple[str, Binding]]) -> list[tuple[str, list[tuple[str, str]]]]:
    """For the help screen: (heading, [(keys, what they do)]), keys with the same effect on one line."""
    found: dict[str, dict[str, list[str]]] = {}
    for heading, binding in bindings:
        what = binding.tooltip or binding.description
        if what:
            found.setdefault(heading, {}).setdefault(what, []).append(_name(binding))
    return [
        (heading, [(" ".join(dict.fromkeys(keys)), what) for what, keys in lines.items()]) for heading, lines in found.items()
    ]


_NAMES = {
    "left_square_bracket": "[", "right_square_bracket": "]", "equals_sign": "=", "slash": "/", "question_mark": "?",
    "pagedown": "PgDn", "pageup": "PgUp", "escape": "Esc", "enter": "Enter", "space": "Space", "tab": "Tab",
    "shift+tab": "⇧Tab", "down": "↓", "up": "↑", "left": "←", "right": "→", "home": "Home", "end": "End", "delete": "Del",
}  # fmt: skip


def _name(binding: Binding) -> str:
    return _NAMES.get(binding.key, binding.key.replace("ctrl+", "^"))
