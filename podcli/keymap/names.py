"""Keys as people write them (``[``, ``ctrl+d``, ``?``), as Textual names them, and as they are shown. Pure data."""

from __future__ import annotations

import re

_TEXTUAL = {
    "[": "left_square_bracket", "]": "right_square_bracket", "=": "equals_sign", "-": "minus", "+": "plus", "*": "asterisk",
    ",": "comma", ".": "full_stop", "<": "less_than_sign", ">": "greater_than_sign", "/": "slash", "?": "question_mark",
    ":": "colon", ";": "semicolon", "'": "apostrophe", '"': "quotation_mark", "!": "exclamation_mark", "@": "at",
    "#": "number_sign", "$": "dollar_sign", "%": "percent_sign", "^": "circumflex_accent", "&": "ampersand",
    "(": "left_parenthesis", ")": "right_parenthesis", "_": "underscore", "{": "left_curly_bracket",
    "}": "right_curly_bracket", "\\": "backslash", "|": "vertical_line", "`": "grave_accent", "~": "tilde",
}  # fmt: skip
_SHOWN = {
    "escape": "esc", "enter": "⏎", "pagedown": "PgDn", "pageup": "PgUp", "down": "↓", "up": "↑", "left": "←", "right": "→",
    "home": "Home", "end": "End", "delete": "Del", "insert": "Ins", "backspace": "⌫", "shift+tab": "⇧tab",
}  # fmt: skip
NAMED = frozenset(
    ["space", "enter", "escape", "tab", "backspace", "delete", "insert", "home", "end", "pageup", "pagedown", "up", "down",
     "left", "right", *(f"f{n}" for n in range(1, 13))]
)  # fmt: skip
_MODIFIERS = re.compile(r"^((?:ctrl|alt|shift)\+)*")


def split(key: str) -> tuple[str, str]:
    """(modifiers with their plus signs, the key itself) of ``ctrl+d``, ``+`` or ``ctrl++``."""
    found = _MODIFIERS.match(key)
    modifiers = found[0] if found and found[0] != key else ""
    return modifiers, key[len(modifiers) :]


def is_key(key: str) -> bool:
    """Whether `key` is spelt as a key: one character, or a named one, perhaps with ctrl+, alt+ or shift+ before it."""
    last = split(key)[1]
    return last in NAMED or (len(last) == 1 and last.isprintable() and last != " ")


def textual_name(key: str) -> str:
    """What Textual calls the key ``[``."""
    modifiers, last = split(key)
    return modifiers + _TEXTUAL.get(last, last)


def shown_name(key: str) -> str:
    """What people read."""
    if key in _SHOWN:
        return _SHOWN[key]
    modifiers, last = split(key)
    last = _SHOWN.get(last, last)
    return modifiers.replace("ctrl+", "^").replace("shift+", "⇧").replace("alt+", "alt-") + last
