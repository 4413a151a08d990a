"""Names told to Whisper before it listens, where that helps: a prompt changes more than names, and often for the worse
(`Peng et al. 2024 <https://arxiv.org/abs/2406.05806>`_), so the first windows are heard both ways and compared."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from whisper.tokenizer import Tokenizer

TRIED = 4
"""Windows that are heard with and without the names."""
MOST_TOKENS = 60
"""Longer prompts put words into mouths."""
_ALIKE = 0.4
"""How much of the letters a name must share with what was heard in its place to be taken for its spelling."""


class Hint:
    """Names, as tokens before those of a window, and whether they helped so far. Used by several threads."""

    def __init__(self, names: Sequence[str], tokenizer: Tokenizer) -> None:
        kept: list[str] = []
        for name in names:
            if len(_encoded([*kept, name], tokenizer)) > MOST_TOKENS:
                break
            kept.append(name)
        self.tokens = [tokenizer.sot_prev, *_encoded(kept, tokenizer)] if kept else []
        """What the decoder is told before a window; empty without names."""
        self._words = frozenset(word for name in kept for word in _words(name))
        self._gains: list[Future[int]] = [Future() for _ in range(TRIED)]

    def gain(self, plain: str, told: str) -> int:
        """Words of names spelt as in the notes in `told` and not in `plain`, minus everything else that is not the same."""
        before, after = _words(plain), _words(told)
        gain = 0
        for kind, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
            if kind == "equal":
                continue
            old, new = before[a:b], after[c:d]
            named = sum(word in self._words for word in new) - sum(word in self._words for word in old)
            alike = difflib.SequenceMatcher(None, "".join(old), "".join(new), autojunk=False).ratio()
            gain += named if named > 0 and alike >= _ALIKE else -max(len(old), len(new))
        return gain

    def tell(self, window: int, gain: int) -> None:
        """What came of trying it on one of the first windows."""
        if window < TRIED and not self._gains[window].done():
            self._gains[window].set_result(gain)

    def helps(self) -> bool:
        """Whether names were won on the first windows, and no more was lost. Waits until they were all heard."""
        return sum(gain.result() for gain in self._gains) > 0


def _encoded(names: Sequence[str], tokenizer: Tokenizer) -> list[int]:
    # Notes may hold anything, also the text of Whisper's commands: here it is text.
    tokens: list[int] = tokenizer.encode(f" {', '.join(names)}.", disallowed_special=())
    return tokens


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())
