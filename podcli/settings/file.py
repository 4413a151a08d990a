"""settings.toml: read into frozen values, written back without touching the listener's comments."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcli import paths
from podcli.errors import PodcliError, UsageError
from podcli.settings.sections import Settings, default, require_known, sections
from podcli.settings.values import fitting, from_text, keys_of

if TYPE_CHECKING:
    from tomlkit import TOMLDocument

Check = Callable[[Settings], object]
"""Raises UsageError for settings that cannot be followed, though each one fits: keys that clash."""
_KEYS = "keys."


def load(file: Path | None = None) -> Settings:
    """Read settings.toml; a missing file means defaults.

    Raises UsageError naming the file and the key when a key is unknown or a value does not fit.
    """
    file = file or paths.settings_file()
    return _read(_text(file), file)


def set_value(key: str, text: str, file: Path | None = None, *, check: Check | None = None) -> object:
    """Write one setting, keeping comments and order, and return the value as stored.

    `key` is ``section.name``, or ``keys.`` and the id of a command: then `text` is its keys, with spaces between them.
    Raises UsageError when the key is unknown, `text` does not fit, or `check` refuses: then nothing is written.
    """
    import tomlkit

    if key.startswith(_KEYS):
        section, name = "keys", key[len(_KEYS) :]
        stored: object = text.split()
    else:
        require_known(key)
        section, name = key.split(".")
        stored = fitting(key, from_text(key, text))

    def change(document: TOMLDocument) -> None:
        if section not in document:
            document[section] = tomlkit.table()
        if section == "keys":
            _drop_keys(document, name)
        document[section][name] = _plain(stored)

    _rewrite(file or paths.settings_file(), change, check)
    return stored


def unset(key: str, file: Path | None = None, *, check: Check | None = None) -> object:
    """Take one setting out of the file, and return the default that is in force again (None for keys: the preset's are).

    Raises UsageError when the key is unknown or `check` refuses: then nothing is written.
    """
    if not key.startswith(_KEYS):
        require_known(key)

    def change(document: TOMLDocument) -> None:
        if key.startswith(_KEYS):
            _drop_keys(document, key[len(_KEYS) :])
            return
        section, name = key.split(".")
        if name in document.get(section, {}):
            del document[section][name]

    _rewrite(file or paths.settings_file(), change, check)
    return None if key.startswith(_KEYS) else default(key)


def create(text: str, file: Path | None = None) -> Path:
    """Write a first settings.toml. Raises UsageError when there is one, or when it cannot be written."""
    file = file or paths.settings_file()
    if file.exists():
        raise UsageError(f"There is a settings file already: {file}.", "Change it with `podcli config edit`, or move it away.")
    _write(file, text)
    return file


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is not valid TOML: {error}.", "Mend that line, or move the file away.") from None
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.", "Check the file's permissions.") from None


def _read(text: str, file: Path) -> Settings:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file} is not valid TOML: {error}.", "Mend that line, or move the file away.") from None
    found: dict[str, Any] = {}
    for section, values in document.items():
        if section == "keys" and isinstance(values, dict):
            found["keys"] = {name: keys_of(name, given, str(file)) for name, given in _flat(values).items()}
            continue
        known = sections().get(section)
        if known is None or not isinstance(values, dict):
            raise UsageError(
                f"{file} has an unknown section [{section}].", f"Known sections: {', '.join([*sections(), 'keys'])}."
            )
        found[section] = known(**{name: fitting(f"{section}.{name}", value, str(file)) for name, value in values.items()})
    return Settings(**found)


def _flat(values: dict[str, Any]) -> dict[str, object]:
    """``episode.archive = "c"`` is a table within a table in TOML, and may be written as one key in quotes too."""
    found: dict[str, object] = {}
    for name, given in values.items():
        inner = {f"{name}.{rest}": each for rest, each in given.items()} if isinstance(given, dict) else {name: given}
        found.update(inner)
    return found


def _plain(stored: object) -> object:
    return [_plain(each) for each in stored] if isinstance(stored, tuple) else stored


def _drop_keys(document: TOMLDocument, command: str) -> None:
    keys: Any = document.get("keys", {})
    head, _, rest = command.partition(".")
    if command in keys:
        del keys[command]
    elif rest in keys.get(head, {}):
        del keys[head][rest]


def _rewrite(file: Path, change: Callable[[TOMLDocument], None], check: Check | None) -> None:
    import tomlkit

    before = _text(file)
    _read(before, file)
    document = tomlkit.parse(before)
    change(document)
    after = tomlkit.dumps(document)
    settings = _read(after, file)
    if check is not None:
        check(settings)
    _write(file, after)


def _write(file: Path, text: str) -> None:
    try:
        paths.make_private(file.parent)
        part = file.with_suffix(".toml.part")
        part.write_text(text, "utf-8")
        part.replace(file)
    except OSError as error:
        raise PodcliError(f"{file} cannot be written: {error.strerror}.", "Check the folder and the disk.") from None
