"""Colours: Textual's themes, the terminal's own, and the listener's, from a folder of TOML files."""

from __future__ import annotations

import os
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

from textual.app import App
from textual.color import Color, ColorParseError
from textual.theme import Theme

from podcli import paths
from podcli.settings import Settings
from podcli.text import clean_line

TERMINAL = "terminal"
"""Keeps the terminal's own colours."""
_DEFAULT = "textual-dark"
_COLOURS = frozenset(
    ["primary", "secondary", "warning", "error", "success", "accent", "foreground", "background", "surface", "panel", "boost"]
)
_MOST, _LARGEST_BYTES = 100, 20_000


def folder() -> Path:
    """Where the listener's themes are."""
    return paths.config() / "themes"


def is_plain() -> bool:
    """Whether NO_COLOR asks for no colours at all (https://no-color.org)."""
    return bool(os.environ.get("NO_COLOR"))


def register(app: App[Any]) -> list[str]:
    """Make the terminal's and the listener's themes available; a sentence for each file that is no theme."""
    ansi = app.available_themes["ansi-dark"]
    app.register_theme(Theme(**{**{each.name: getattr(ansi, each.name) for each in fields(Theme)}, "name": TERMINAL}))
    complaints = []
    for file in sorted(folder().glob("*.toml"))[:_MOST]:
        try:
            app.register_theme(read(file))
        except ValueError as error:
            complaints.append(f"The theme {file.name} is left out: {clean_line(str(error), limit=200)}")
        except OSError as error:
            complaints.append(f"The theme {file.name} cannot be read: {error.strerror}.")
    return complaints


def available() -> tuple[list[str], list[str]]:
    """Every theme by name, and a sentence for each file that is no theme."""
    app: App[None] = App()
    complaints = register(app)
    return sorted(app.available_themes), complaints


def wanted(settings: Settings) -> str:
    """The theme these settings ask for; NO_COLOR wins."""
    return TERMINAL if is_plain() else settings.tui.theme or _DEFAULT


def read(file: Path) -> Theme:
    """A theme named after its file. Raises ValueError naming the key that does not fit, OSError when it cannot be read."""
    with file.open("rb") as opened:
        raw = opened.read(_LARGEST_BYTES + 1)
    if len(raw) > _LARGEST_BYTES:
        raise ValueError("it is far too large.")
    try:
        given = tomllib.loads(raw.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"it is not valid TOML: {error}.") from None
    known = {each.name for each in fields(Theme)} - {"name"}
    for key, value in given.items():
        if key not in known:
            raise ValueError(f"it has an unknown key {key!r}; known are {', '.join(sorted(known))}.")
        if key in _COLOURS:
            _require_colour(key, value)
        elif key in ("dark", "ansi") and not isinstance(value, bool):
            raise ValueError(f"{key} is true or false.")
        elif key in ("luminosity_spread", "text_alpha") and not isinstance(value, int | float):
            raise ValueError(f"{key} is a number.")
        elif key == "variables" and not (isinstance(value, dict) and all(isinstance(each, str) for each in value.values())):
            raise ValueError("variables is a table of texts.")
    if "primary" not in given:
        raise ValueError("it has no primary colour.")
    return Theme(name=clean_line(file.stem), **given)


def _require_colour(key: str, value: object) -> None:
    try:
        Color.parse(value if isinstance(value, str) else "")
    except ColorParseError:
        raise ValueError(f'{key} is no colour; write it like "#88c0d0".') from None


def choose(app: App[Any], settings: Settings) -> str:
    """Put on what the settings say; NO_COLOR wins. Returns a sentence when there is no such theme, else ''."""
    name = wanted(settings)
    missing = name not in app.available_themes
    app.theme = _DEFAULT if missing else name
    if settings.tui.reduced_motion:
        app.animation_level = "none"
    return f"There is no theme “{clean_line(name, limit=60)}”: see :theme or `podcli config themes`." if missing else ""
