"""The keys that matter where the focus is, as many as fit; help and quit always do."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget

_ALWAYS = ("app.help", "app.quit", "app.back")


class KeyLine(Widget):
    """Read off the live bindings, so it never promises a key that does something else."""

    DEFAULT_CSS = "KeyLine { height: 1; padding: 0 1; background: $panel; color: $text; dock: bottom; }"

    def on_mount(self) -> None:
        """Follow the focus."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def _changed(self, _screen: Screen[object]) -> None:
        self.refresh()

    def keys(self) -> list[tuple[str, str, bool]]:
        """(key, what it does, whether it always shows) in the order of importance, each verb once."""
        hints = [*getattr(self.screen.focused, "HINTS", ()), *getattr(self.screen, "HINTS", ())]
        order = {command_id: n for n, command_id in enumerate(dict.fromkeys(hints))}
        found: dict[str, tuple[int, str, str, bool]] = {}
        for active in self.screen.active_bindings.values():
            binding = active.binding
            command_id = (binding.id or "").partition(":")[0]
            if binding.show and active.enabled and binding.description not in found and (command_id in order or not command_id):
                place = order.get(command_id, -1)
                key, always = self.app.get_key_display(binding), command_id in _ALWAYS or binding.key == "escape"
                found[binding.description] = (place, key, binding.description, always)
        return [(key, label, always) for _, key, label, always in sorted(found.values(), key=lambda each: each[0])]

    def render(self) -> Content:
        """One line: those that always show, at the end; the others while there is room."""
        width = max(8, self.content_size.width)
        keys = self.keys()
        last = [(key, label) for key, label, always in keys if always]
        room = width - _columns(last)
        first = list[tuple[str, str]]()
        for each in ((key, label) for key, label, always in keys if not always):
            if _columns([*first, each]) > room:
                break
            first.append(each)
        parts: list[str | tuple[str, str]] = []
        for key, label in [*first, *last]:
            parts += ["  " if parts else "", (key, "bold"), " " + label]
        return Content.assemble(*parts)


def _columns(keys: list[tuple[str, str]]) -> int:
    return sum(cell_len(key) + cell_len(label) + 3 for key, label in keys)
