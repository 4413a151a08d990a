"""settings.toml: read into frozen values, written back without touching the listener's comments."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from podcli import paths
from podcli.errors import UsageError


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """Which model plays each role; ``auto`` picks the best installed one this machine's memory can hold."""

    transcribe: str = "auto"
    """Speech to text."""
    write: str = "auto"
    """Takeaways and summaries."""
    embed: str = "auto"
    """Sentence similarity."""


@dataclass(frozen=True, slots=True)
class TranscribeSettings:
    """How transcripts are made."""

    language: str = ""
    """ISO 639-1 code of the talk; empty lets the model listen for itself."""
    publisher: bool = True
    """Use the publisher's transcript when the feed has one."""


@dataclass(frozen=True, slots=True)
class PlayerSettings:
    """Playback."""

    speed: float = 1.0
    """0.5 to 4.0."""
    volume: float = 100.0
    """0 to 100."""
    resume_back_s: float = 3.0
    """How far before the saved position playback resumes, also after a long pause."""
    back_s: float = 10.0
    """How far one key goes back."""
    forward_s: float = 30.0
    """How far one key goes on."""
    smart_speed: bool = False
    """Jump over gaps between sentences; a show's own setting wins."""
    voice_boost: bool = False
    """Equaliser and compression for speech; a show's own setting wins."""
    loudness: str = "off"
    """Even loudness: off, dynaudnorm (quick) or loudnorm (EBU R128); a show's own setting wins."""
    device: str = ""
    """Where the sound goes, as `podcli play --devices` names it; empty means the system's default."""
    sleep_fade_s: float = 20.0
    """How long a sleep timer takes to fade to silence."""


@dataclass(frozen=True, slots=True)
class DesktopSettings:
    """What podcli has to do with the desktop around it."""

    media_keys: bool = True
    """Answer media keys and headset buttons (MPRIS, Linux)."""
    headset_previous: str = "previous"
    """What the headset's Previous does: previous (chapter or episode) or snip."""
    notify: bool = False
    """Show a desktop notification when a long job ends."""


@dataclass(frozen=True, slots=True)
class TuiSettings:
    """The player's looks and keys."""

    preset: str = "vim"
    """Which keys: vim, mpv, castero, newsboat or emacs."""
    theme: str = ""
    """Which colours; empty means podcli's own."""
    reduced_motion: bool = False
    """No animation."""
    mouse: bool = True
    """Answer the mouse."""


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """Fetching feeds and audio."""

    timeout_s: float = 30.0
    """How long a server may stay silent."""
    parallel: int = 4
    """How many feeds are refreshed at once."""


@dataclass(frozen=True, slots=True)
class WorkSettings:
    """The model process."""

    threads: int = 0
    """Threads for models; 0 means one per physical core."""
    idle_exit_s: float = 55.0
    """The model process leaves, and gives its memory back, after this many seconds without work."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything a listener can set."""

    models: ModelSettings = field(default_factory=ModelSettings)
    transcribe: TranscribeSettings = field(default_factory=TranscribeSettings)
    player: PlayerSettings = field(default_factory=PlayerSettings)
    desktop: DesktopSettings = field(default_factory=DesktopSettings)
    tui: TuiSettings = field(default_factory=TuiSettings)
    network: NetworkSettings = field(default_factory=NetworkSettings)
    work: WorkSettings = field(default_factory=WorkSettings)
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Keys by command (see `podcli.keymap`), instead of the preset's."""


_BOUNDS = {
    "player.speed": (0.5, 4.0),
    "player.volume": (0.0, 100.0),
    "player.resume_back_s": (0.0, 120.0),
    "player.back_s": (1.0, 600.0),
    "player.forward_s": (1.0, 600.0),
    "player.sleep_fade_s": (0.0, 120.0),
    "network.timeout_s": (1.0, 600.0),
    "network.parallel": (1, 32),
    "work.threads": (0, 256),
    "work.idle_exit_s": (0.0, 3600.0),
}

_CHOICES = {
    "player.loudness": ("off", "dynaudnorm", "loudnorm"),
    "desktop.headset_previous": ("previous", "snip"),
    "tui.preset": ("vim", "mpv", "castero", "newsboat", "emacs"),
}


def load(file: Path | None = None) -> Settings:
    """Read settings.toml; a missing file means defaults.

    Raises UsageError naming the file and the key when a key is unknown or a value does not fit.
    """
    file = file or paths.settings_file()
    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return Settings()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} is not valid TOML: {error}.", "Mend that line, or move the file away.") from None
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}.", "Check the file's permissions.") from None
    sections: dict[str, Any] = {}
    for section, values in document.items():
        if section == "keys" and isinstance(values, dict):
            sections["keys"] = {name: _keys(name, given, str(file)) for name, given in _flat(values).items()}
            continue
        known = _sections().get(section)
        if known is None or not isinstance(values, dict):
            raise UsageError(
                f"{file} has an unknown section [{section}].", f"Known sections: {', '.join([*_sections(), 'keys'])}."
            )
        sections[section] = known(**{name: _fit(f"{section}.{name}", value, str(file)) for name, value in values.items()})
    return Settings(**sections)


def names() -> list[str]:
    """Every setting as ``section.name``, in order."""
    return [f"{section}.{item.name}" for section, kind in _sections().items() for item in dataclasses.fields(kind)]


def value(settings: Settings, key: str) -> object:
    """The value of ``section.name``. Raises UsageError when there is no such setting."""
    _require_known(key, "")
    section, name = key.split(".")
    return getattr(getattr(settings, section), name)


def default(key: str) -> object:
    """The value of ``section.name`` out of the box."""
    return value(Settings(), key)


def describe(key: str) -> str:
    """What ``section.name`` is for: the sentence under its field in this file."""
    _require_known(key, "")
    section, name = key.split(".")
    return _sentences()[_sections()[section].__name__, name]


def bounds(key: str) -> tuple[float, float] | None:
    """The least and the greatest value of a number, if it has any."""
    return _BOUNDS.get(key)


def choices(key: str) -> tuple[str, ...]:
    """The only values of ``section.name``; empty when there is no such list."""
    return _CHOICES.get(key, ())


@cache
def _sentences() -> dict[tuple[str, str], str]:
    """The sentence under each field, by class and field: said once, for readers of the code and of the screen."""
    import ast

    found = {}
    for kind in ast.parse(Path(__file__).read_text("utf-8")).body:
        if isinstance(kind, ast.ClassDef):
            for field_, text in zip(kind.body, kind.body[1:], strict=False):
                if isinstance(field_, ast.AnnAssign) and isinstance(field_.target, ast.Name) and isinstance(text, ast.Expr):
                    found[kind.name, field_.target.id] = str(getattr(text.value, "value", ""))
    return found


def set_value(key: str, text: str, file: Path | None = None) -> object:
    """Write one setting, keeping comments and order, and return the value as stored.

    Raises UsageError when the key is unknown or `text` does not fit.
    """
    import tomlkit

    file = file or paths.settings_file()
    load(file)
    _require_known(key, "")
    fitted = _fit(key, _from_text(key, text), "")
    section, name = key.split(".")
    document = tomlkit.parse(file.read_text("utf-8")) if file.exists() else tomlkit.document()
    if section not in document:
        document[section] = tomlkit.table()
    document[section][name] = fitted
    paths.make_private(file.parent)
    part = file.with_suffix(".toml.part")
    part.write_text(tomlkit.dumps(document), "utf-8")
    part.replace(file)
    return fitted


def _sections() -> dict[str, type]:
    return {item.name: type(getattr(Settings(), item.name)) for item in dataclasses.fields(Settings) if item.name != "keys"}


def _flat(values: dict[str, Any]) -> dict[str, object]:
    """``episode.archive = "c"`` is a table within a table in TOML, and may be written as one key in quotes too."""
    found: dict[str, object] = {}
    for name, given in values.items():
        inner = {f"{name}.{rest}": each for rest, each in given.items()} if isinstance(given, dict) else {name: given}
        found.update(inner)
    return found


def _keys(command: str, given: object, file: str) -> tuple[str, ...]:
    keys = [given] if isinstance(given, str) else given
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise UsageError(
            f"keys.{command} in {file} must be a key or a list of keys, each in quotes.", 'Such as "c" or ["c", "f5"].'
        )
    return tuple(key for key in keys if key)


def _require_known(key: str, file: str) -> None:
    if key not in names():
        import difflib

        near = difflib.get_close_matches(key, names(), 3, 0.4)
        where = f" in {file}" if file else ""
        raise UsageError(
            f"There is no setting {key!r}{where}.", f"Did you mean {' or '.join(near)}?" if near else "See `podcli config show`."
        )


def _from_text(key: str, text: str) -> object:
    current = value(Settings(), key)
    if isinstance(current, bool):
        if text.lower() in ("true", "yes", "on", "1"):
            return True
        if text.lower() in ("false", "no", "off", "0"):
            return False
        raise UsageError(f"{key} is true or false, not {text!r}.")
    if isinstance(current, str):
        return text
    try:
        return int(text) if isinstance(current, int) else float(text)
    except ValueError:
        raise UsageError(f"{key} is a number, not {text!r}.") from None


def _fit(key: str, given: object, file: str) -> object:
    """Check `given` against the type and bounds of `key`."""
    _require_known(key, file)
    where = f" in {file}" if file else ""
    wanted = type(value(Settings(), key))
    if wanted is float and isinstance(given, int) and not isinstance(given, bool):
        given = float(given)
    if type(given) is not wanted:
        kind = {str: "text in quotes", bool: "true or false", float: "a number", int: "a whole number"}[wanted]
        raise UsageError(f"{key}{where} must be {kind}.", f"The default is {value(Settings(), key)!r}.")
    if given not in _CHOICES.get(key, (given,)):
        raise UsageError(f"{key}{where} must be one of {', '.join(_CHOICES[key])}, not {given!r}.")
    low_high = _BOUNDS.get(key)
    if low_high and isinstance(given, int | float) and not low_high[0] <= given <= low_high[1]:
        raise UsageError(f"{key}{where} must lie between {low_high[0]} and {low_high[1]}, not {given}.")
    return given
