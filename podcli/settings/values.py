"""Whether what was written fits the setting it was written for."""

from __future__ import annotations

import json
import tomllib

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
    if isinstance(current, tuple):
        return _list(text) if text.lstrip().startswith("[") or not choices(key) else text.replace(",", " ").split()
    try:
        return int(text) if isinstance(current, int) else float(text)
    except ValueError:
        raise UsageError(f"{key} is a number, not {text!r}.") from None


def fitting(key: str, given: object, file: str = "") -> object:
    """`given`, once its type and bounds are those of `key`. Raises UsageError naming the key, and the file if one is given."""
    require_known(key, file)
    where = f" in {file}" if file else ""
    wanted = type(default(key))
    if wanted is tuple:
        return _names(key, given, where) if choices(key) else _commands(key, given, where)
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


def _list(text: str) -> object:
    try:
        written = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        return text  # no list: `fitting` says what it should be
    return written["value"] if len(written) == 1 else text


def _names(key: str, given: object, where: str) -> tuple[str, ...]:
    """Some of what the setting may be, each once."""
    known = choices(key)
    hint = f"Such as {key.partition('.')[2]} = {in_toml(known[:1])}. It may have {', '.join(known)}."
    if not isinstance(given, list | tuple) or not all(isinstance(each, str) for each in given):
        raise UsageError(f"{key}{where} must be a list of words in quotes.", hint)
    for each in given:
        if each not in known:
            raise UsageError(f"{key}{where} knows no {each!r}.", hint)
    return tuple(dict.fromkeys(given))


def _commands(key: str, given: object, where: str) -> tuple[tuple[str, ...], ...]:
    """Commands, each a list of words. A text is refused: it would have to be a line for a shell."""
    hint = f'Such as {key.partition(".")[2]} = [["notify-send", "podcli"]]: of each command the program, then its arguments.'
    if not isinstance(given, list | tuple):
        raise UsageError(f"{key}{where} must be a list of commands, each a list of words; a line for a shell is never run.", hint)
    for command in given:
        if not isinstance(command, list | tuple) or not all(isinstance(word, str) for word in command):
            raise UsageError(f"Each command of {key}{where} must be a list of words in quotes, not {command!r}.", hint)
        if not command or not command[0].strip():
            raise UsageError(f"A command of {key}{where} names no program.", hint)
        if any("\0" in word for word in command):
            raise UsageError(f"A command of {key}{where} has a NUL character in it, which no program can be given.", hint)
    return tuple(tuple(command) for command in given)


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
    if isinstance(value, str):  # JSON's escapes are TOML's too, but for DEL, which TOML wants escaped
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value)
