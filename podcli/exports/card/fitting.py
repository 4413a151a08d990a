"""Words into a box: the largest size that fits, lines of like length, an ellipsis only when nothing smaller is left."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

LEADING = 1.34
"""From one line to the next, in sizes."""
# Between these scripts' letters a line may break; closing marks stay with the letter before them, opening ones with the next.
_CJK = "\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af"
_PIECES = re.compile(rf" |[「『（《]?[{_CJK}][、。，．！？」』）》：；]*|[^ {_CJK}「『（《]+|.")

Measure = Callable[[str, int], float]


@dataclass(frozen=True, slots=True)
class Fitted:
    """Lines to draw at `size` pixels."""

    lines: tuple[str, ...]
    size: int


def fit(text: str, width: float, height: float, sizes: Sequence[int], measure: Measure) -> Fitted:
    """`text` in the largest of `sizes` (rising) at which it fits; at the smallest it is cut. `measure` gives pixels of a line."""
    low, high = 0, len(sizes) - 1
    best = None
    while low <= high:
        middle = (low + high) // 2
        lines = _lines(text, width, sizes[middle], measure)
        if len(lines) * sizes[middle] * LEADING <= height and all(measure(line, sizes[middle]) <= width for line in lines):
            best, low = Fitted(_balanced(text, lines, width, sizes[middle], measure), sizes[middle]), middle + 1
        else:
            high = middle - 1
    return best or Fitted(_cut(text, width, height, sizes[0], measure), sizes[0])


def one_line(text: str, width: float, size: int, measure: Measure) -> str:
    """`text` cut with an ellipsis to one line."""
    if measure(text, size) <= width:
        return text
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(_ended(text[:middle]), size) <= width else (low, middle - 1)
    return _ended(text[:low])


def _lines(text: str, width: float, size: int, measure: Measure) -> list[str]:
    """Greedy: each line takes what it can. A word longer than a line is broken."""
    lines, line, taken = [], "", 0.0
    for piece in _PIECES.findall(text):
        length = measure(piece, size)
        if taken + length <= width or (piece == " " and line):
            line, taken = line + piece, taken + length
            continue
        if line.strip():
            lines.append(line.strip())
        while length > width and len(piece) > 1:
            room = max(1, int(len(piece) * width / length))
            while room > 1 and measure(piece[:room], size) > width:
                room -= 1
            lines.append(piece[:room])
            piece = piece[room:]
            length = measure(piece, size)
        line, taken = (piece, length) if piece != " " else ("", 0.0)
    return [*lines, line.strip()] if line.strip() else lines


def _balanced(text: str, lines: Sequence[str], width: float, size: int, measure: Measure) -> tuple[str, ...]:
    """As many lines, in the narrowest column that still takes them: no last line of one word."""
    low, high, best = width * 0.5, width, list(lines)
    for _ in range(7):
        middle = (low + high) / 2
        tried = _lines(text, middle, size, measure)
        if len(tried) <= len(lines) and all(measure(line, size) <= middle for line in tried):
            best, high = tried, middle
        else:
            low = middle
    return tuple(best)


def _cut(text: str, width: float, height: float, size: int, measure: Measure) -> tuple[str, ...]:
    lines = _lines(text, width, size, measure)[: max(1, int(height / (size * LEADING)))]
    if not lines:
        return ()
    last = lines[-1]
    while " " in last and measure(_ended(last), size) > width:
        last = last[: last.rfind(" ")]
    return (*lines[:-1], _ended(last) if measure(_ended(last), size) <= width else one_line(last + "…", width, size, measure))


def _ended(line: str) -> str:
    return line.rstrip(" ,;:–—-…") + "…"
