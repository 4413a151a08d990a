"""What a listener can set, kept in settings.toml: `sections` says what there is, `file` reads and writes it."""

from podcli.settings.file import Check, create, load, set_value, unset
from podcli.settings.sections import (
    DesktopSettings,
    ExportSettings,
    ModelSettings,
    NetworkSettings,
    PlayerSettings,
    Settings,
    TranscribeSettings,
    TuiSettings,
    WorkSettings,
    bounds,
    choices,
    default,
    describe,
    names,
    value,
)

__all__ = [
    "Check",
    "DesktopSettings",
    "ExportSettings",
    "ModelSettings",
    "NetworkSettings",
    "PlayerSettings",
    "Settings",
    "TranscribeSettings",
    "TuiSettings",
    "WorkSettings",
    "bounds",
    "choices",
    "create",
    "default",
    "describe",
    "load",
    "names",
    "set_value",
    "unset",
    "value",
]
