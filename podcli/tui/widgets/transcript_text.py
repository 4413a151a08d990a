"""stub"""

from __future__ import annotations

from dataclasses import dataclass

from podcli.domain import Word


@dataclass(frozen=True, slots=True)
class Passage:
    number: int
    start_s: float
    end_s: float
    text: str
    speaker: str = ""
    words: tuple[Word, ...] = ()
