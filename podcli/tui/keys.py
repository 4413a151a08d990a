"""The keymap, bound: a node of the screen gets the commands of its contexts, and whoever implements one is found by its name.

The command ``episode.archive`` is the method ``action_episode_archive`` of the focused widget, of something around it, of the
screen or of the app; the first that has it does it. A method may take one text: what was typed after the command.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS
from textual.app import App
from textual.binding import Binding
from textual.dom import DOMNode

from podcli.keymap import HEADINGS, Command, Keymap
from podcli.keymap.names import textual_name

if TYPE_CHECKING:
    from podcli.tui.app import PodcliApp

# Textual takes ESC 1 for the “¡” of one terminal on macOS; in all others it is Alt and 1, which opens a view.
for _digit in "0123456789":
    ANSI_SEQUENCES_KEYS.pop(f"\x1b{_digit}", None)  # type: ignore[attr-defined]


def method_name(command_id: str) -> str:
    """What implements a command: ``episode.archive`` → ``episode_archive`` (an action of Textual)."""
    return command_id.replace(".", "_")


def bind(node: DOMNode, keymap: Keymap, wheres: Sequence[str], shown: Sequence[str] = ()) -> None:
    """Give `node` the keys of those commands of `wheres` that it implements itself; those of `shown` (ids, in order of
    importance) go to the line at the bottom."""
    own = [command for where in wheres for command in keymap.commands(where)]
    commands = [command for command in own if hasattr(node, f"action_{method_name(command.id)}")]
    order = {command_id: n for n, command_id in enumerate(shown)}
    for command in sorted(commands, key=lambda each: order.get(each.id, len(order))):
        keys = [key for key in keymap.keys(command.id) if not _is_digit(key)]
        if not keys:
            continue
        # Not Bindings.bind(): a "," would end a key there.
        for key in keys:
            name = textual_name(key)
            binding = Binding(
                name, method_name(command.id), command.label, show=command.id in order, key_display=keymap.shown(command.id),
                tooltip=command.help, id=f"{command.id}:{name}",
            )  # fmt: skip
            # Of what Textual gives a screen (Tab goes through all that can have the focus) ours takes the place.
            ours = [each for each in node._bindings.key_to_bindings.pop(name, ()) if ":" in (each.id or "")]
            node._bindings.key_to_bindings[name] = [*ours, binding]


def live_keys(app: PodcliApp) -> list[tuple[str, list[tuple[str, str]]]]:
    """(keys, what they do) of all that works where the focus is, under headings, the nearest first."""
    found: dict[str, dict[str, str]] = {}
    for active in app.screen.active_bindings.values():
        binding = active.binding
        command_id = (binding.id or "").partition(":")[0]
        if not active.enabled or binding.system or not binding.tooltip:
            continue
        heading = HEADINGS[app.keys.command(command_id).where] if command_id else active.node.BINDING_GROUP_TITLE or ""
        found.setdefault(heading, {})[binding.tooltip] = app.keys.all_shown(command_id) or app.get_key_display(binding)
    order = {heading: n for n, heading in enumerate(HEADINGS.values())}
    return [
        (heading, [(keys, what) for what, keys in lines.items()])
        for heading, lines in sorted(found.items(), key=lambda each: order.get(each[0], -1))
    ]


def _is_digit(key: str) -> bool:
    """Digits are counted by the app (see `tui.counting`)."""
    return len(key) == 1 and key.isdigit()


def implementer(app: App[Any], command_id: str, at: DOMNode | None = None) -> tuple[DOMNode, Callable[..., Any]] | None:
    """Who does it now, from `at` (or the focus) outwards."""
    name = f"action_{method_name(command_id)}"
    for node in _outwards(app, at or app.focused or app.screen):
        method = getattr(node, name, None)
        if method is not None:
            return node, method
    return None


async def invoke(app: App[Any], command: Command, argument: str = "") -> bool:
    """Do it here and now; False when nothing in sight knows how."""
    found = implementer(app, command.id)
    if found is None:
        return False
    node, method = found
    if node.check_action(method_name(command.id), ()) is not True:
        return False
    takes = bool(inspect.signature(method).parameters)
    answer = method(argument) if takes and argument else method()
    if inspect.isawaitable(answer):
        await answer
    return True


def _outwards(app: App[Any], at: DOMNode) -> Iterator[DOMNode]:
    node: DOMNode | None = at
    while node is not None and node is not app:
        yield node
        node = node.parent
    yield app
