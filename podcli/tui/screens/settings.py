"""Every setting, with its help; Enter changes it."""

from __future__ import annotations

from collections.abc import Sequence

from textual.message import Message

from podcli import settings as settings_file
from podcli.settings.values import in_toml
from podcli.text import clean_line
from podcli.tui.messages import SettingsRead
from podcli.tui.rows import Row
from podcli.tui.screens.ask import Ask
from podcli.tui.screens.rows import RowsScreen


class SettingsScreen(RowsScreen):
    """What is not as it comes out of the box is marked."""

    VIEW = "settings"
    HEADING = "Settings"
    ABOUT = "Kept in settings.toml. Enter changes one; what you changed is marked with *."
    WHERES = ("settings",)
    HINTS = ("list.open", "settings.reset", "settings.edit", "list.filter", "app.help", "app.quit")

    def rows(self) -> Sequence[Row]:
        """By section."""
        rows, section = list[Row](), ""
        for name in settings_file.names():
            head, _, short = name.partition(".")
            if head != section:
                section = head
                rows.append(Row(("section", head), head.capitalize(), tone="head", live=False))
            value = settings_file.value(self.podcli.settings, name)
            star = "*" if value != settings_file.default(name) else " "
            rows.append(Row(name, f"{star} {short} = {_shown(value)}", note=f"  {settings_file.describe(name)}"))
        return rows

    def take(self, message: Message) -> None:
        """Something was set."""
        super().take(message)
        if isinstance(message, SettingsRead):
            self.fill()

    def _setting(self) -> str:
        row = self.items.current
        return row.key if row is not None and isinstance(row.key, str) else ""

    def chosen(self, row: Row) -> None:
        """Ask for another value; what can only be yes or no is turned over."""
        name = self._setting()
        if not name:
            return
        value = settings_file.value(self.podcli.settings, name)
        if isinstance(value, bool):
            self.podcli.verbs.set_setting(name, "false" if value else "true")
            return
        choices = settings_file.choices(name)
        bounds = settings_file.bounds(name)
        about = settings_file.describe(name)
        shown = _shown(value) if value != "" else ""
        if isinstance(value, tuple) and choices:  # one types several of them
            about, shown, choices = f"{about} Any of {', '.join(choices)}.", " ".join(map(str, value)), ()
        if bounds:
            about += f" From {bounds[0]:g} to {bounds[1]:g}."

        def given(text: str | None) -> None:
            if text is not None:
                self.podcli.verbs.set_setting(name, text)

        self.app.push_screen(Ask(name, about, shown, choices), given)

    def action_settings_reset(self) -> None:
        """As it comes out of the box."""
        if name := self._setting():
            self.podcli.verbs.set_setting(name, _shown(settings_file.default(name)))

    def action_settings_edit(self) -> None:
        """The file itself, in the listener's editor."""
        self.podcli.edit_settings()


def _shown(value: object) -> str:
    if isinstance(value, bool | tuple):
        return clean_line(in_toml(value))
    return clean_line(f"{value:g}" if isinstance(value, float) else str(value))
