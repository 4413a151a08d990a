"""How cards look: colours, each text on each of its grounds with the contrast that WCAG 2.2 §1.4.3 asks for (4.5)."""

from __future__ import annotations

from dataclasses import dataclass

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Theme:
    """`top` and `bottom` of the ground; `words` are the quote, `names` show and episode, `accent` marks, speaker and place."""

    top: Colour
    bottom: Colour
    words: Colour
    names: Colour
    accent: Colour


def _hex(code: str) -> Colour:
    return int(code[0:2], 16), int(code[2:4], 16), int(code[4:6], 16)


def _theme(*codes: str) -> Theme:
    top, bottom, words, names, accent = map(_hex, codes)
    return Theme(top, bottom, words, names, accent)


THEMES = {
    "night": _theme("1b2140", "0c0f1f", "f5f6ff", "aab2d8", "ffb454"),
    "paper": _theme("fbf6ea", "f3e9d2", "2a2118", "6b5a45", "b0381e"),
    "forest": _theme("12352b", "081c17", "f1f7ef", "a3c7b3", "f2c14e"),
    "plum": _theme("5a1f5c", "2b0f3a", "fff3fb", "e0b3dc", "ff9ec4"),
    "sky": _theme("eaf4ff", "cfe3fa", "10233f", "3d5878", "0b5fbf"),
    "ember": _theme("7a1f14", "3a0d10", "fff4ea", "f0bfa6", "ffc861"),
}


def contrast(one: Colour, other: Colour) -> float:
    """The contrast ratio of two colours, 1 to 21 (WCAG 2.2, “contrast ratio”)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: Colour) -> float:
    parts = [value / 255 for value in colour]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
