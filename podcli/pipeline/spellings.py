"""Names as the show and the episode's notes spell them, for a listener who only hears them."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from podcli.pipeline import words
from podcli.pipeline.mentions import names_in

if TYPE_CHECKING:
    from podcli.domain import Episode

_MOST = 30
_LONGEST = 40


def spellings(episode: Episode) -> list[str]:
    """Names in the title and notes of `episode`, those that come most often first, then its show's; links are none."""
    lines = [episode.title, *episode.description.splitlines()]
    small = words.written_small(lines)
    counts = Counter(
        name
        for line in lines
        for name, kind in names_in(line, small, capitals=True)
        if kind is None and len(name) <= _LONGEST and (" " in name or _inside(name, lines))
    )
    return [*(name for name, _ in counts.most_common(_MOST)), *([episode.show_title] if episode.show_title else [])]


def _inside(word: str, lines: list[str]) -> bool:
    """Whether it has its capital inside a sentence too: any word has one at a beginning."""
    return any(re.search(rf"[^\W_],? {re.escape(word)}\b", line) for line in lines)
