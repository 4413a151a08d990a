"""Whether what was written fits the setting it was written for."""

from __future__ import annotations

from podcli.errors import UsageError
from podcli.settings.sections import Settings, bounds, choices, default, require_known

_KINDS = {str: "text in quotes", bool: "true or false", float: "a number", int: "a whole number"}
_YES, _NO = ("true", "yes", "on", "1"), ("false", "no", "off", "0")


def from_text(key: str, text: str) -> object:
    """`text` as the type of this setting. Raises UsageError when it is none."""
    current = default(key)
    if isinstance(current, bool):
        if text.lower() in _YES + _NO:
            return text.lower() in _YES
        raise UsageError(f"{key} is true or false, not {text!r}.")
    if isinstance(current, str):
        return text
    try:
        return int(text) if isinstance(current, int) else float(text)
    except ValueError:
        raise UsageError(f"{key} is a number, not {text!r}.") from None


def fitting(key: str, given: object, file: str = "") -> object:
    """`given`, once its type and bounds are those of `key`. Raises UsageError naming the key, and the file if one is given."""
    require_known(key, file)
    where = f" in {file}" if file else ""
    wanted = type(default(key))
    if wanted is float and isinstance(given, int) and not isinstance(given, bool):
        given = float(given)
    if type(given) is not wanted:
        raise UsageError(f"{key}{where} must be {_KINDS[wanted]}.", f"The default is {default(key)!r}.")
    if choices(key) and given not in choices(key):
        raise UsageError(f"{key}{where} must be one of {', '.join(choices(key))}, not {given!r}.")
    low_high = bounds(key)
    if low_high and isinstance(given, int | float) and not low_high[0] <= given <= low_high[1]:
        raise UsageError(f"{key}{where} must lie between {low_high[0]:g} and {low_high[1]:g}, not {given}.")
    return given


def keys_of(command: str, given: object, file: str) -> tuple[str, ...]:
    """The keys of a command, from one text or a list of them. Raises UsageError when it is neither."""
    keys = [given] if isinstance(given, str) else given
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise UsageError(
            f"keys.{command} in {file} must be a key or a list of keys, each in quotes.", 'Such as "c" or ["c", "f5"].'
        )
    return tuple(key for key in keys if key)


def text_of(settings: Settings, key: str) -> str:
    """The value of `key` as TOML writes it."""
    from podcli.settings.sections import value

    return in_toml(value(settings, key))


def in_toml(value: object) -> str:
    """A value as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple):
        return f"[{', '.join(in_toml(each) for each in value)}]"
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"' if isinstance(value, str) else str(value)
