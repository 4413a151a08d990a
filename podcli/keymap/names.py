"""Keys as people write them (``[``, ``ctrl+d``, ``?``), as Textual names them, and as they are shown. Pure data."""

from __future__ import annotations

_TEXTUAL = {
    "[": "left_square_bracket", "]": "right_square_bracket", "=": "equals_sign", "-": "minus", "+": "plus", "*": "asterisk",
    ",": "comma", ".": "full_stop", "<": "less_than_sign", ">": "greater_than_sign", "/": "slash", "?": "question_mark",
    ":": "colon", ";": "semicolon", "'": "apostrophe", '"': "quotation_mark", "!": "exclamation_mark", "@": "at", "#": "number_sign",
    "$": "dollar_sign", "%": "percent_sign", "^": "circumflex_accent", "&": "ampersand", "(": "left_parenthesis",
    ")": "right_parenthesis", "_": "underscore", "{": "left_curly_bracket", "}": "right_curly_bracket", "\\": "backslash",
    "|": "vertical_line", "`": "grave_accent", "~": "tilde",
}  # fmt: skip
_SHOWN = {
    "escape": "esc", "enter": "⏎", "pagedown": "PgDn", "pageup": "PgUp", "down": "↓", "up": "↑", "left": "←", "right": "→",
    "home": "Home", "end": "End", "delete": "Del", "backspace": "⌫", "shift+tab": "⇧tab",
}  # fmt: skip


def textual_name(key: str) -> str:
    """What Textual calls the key ``[``."""
    *modifiers, last = key.split("+") if key != "+" and not key.endswith("++") else [*key[:-1].rstrip("+").split("+"), "+"]
    return "+".join([*(each for each in modifiers if each), _TEXTUAL.get(last, last)])


def shown_name(key: str) -> str:
    """What people read."""
    if key.startswith("ctrl+"):
        return f"^{key[5:]}"
    return _SHOWN.get(key, key)
