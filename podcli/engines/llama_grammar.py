"""Tokens a GBNF grammar allows, and llama.cpp kept quiet."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from podcli.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Grammar:
    """A GBNF grammar asked about the likeliest token first, then the 40 likeliest, then all.

    llama-cpp-python filters the whole vocabulary before every choice: 150,000 candidates where nearly always the first will do.
    """

    def __init__(self, vocabulary: Any, grammar: str) -> None:  # noqa: ANN401 - a pointer
        import llama_cpp

        with silence():
            self._sampler = llama_cpp.llama_sampler_init_grammar(vocabulary, grammar.encode(), b"root")
        if not self._sampler:
            raise ModelError("The grammar of a question cannot be parsed.", "Please report this.")

    def choose(self, logits: NDArray[np.float32]) -> int:
        """The likeliest token allowed here; the grammar moves on. Raises ModelError when there is none."""
        import llama_cpp
        import numpy as np

        for width in (1, 40, len(logits)):
            if width == 1:
                best = np.array([logits.argmax()])
            else:
                best = np.argpartition(logits, -width)[-width:] if width < len(logits) else np.arange(len(logits))
            allowed = self._allowed(best, logits)
            if allowed.any():
                # Of equals the first, however they came to be in this order.
                token = int(min(best[allowed], key=lambda token: (-logits[token], token)))
                llama_cpp.llama_sampler_accept(self._sampler, token)
                return token
        raise ModelError("The model can say nothing its grammar allows.", "Use another model.")

    def _allowed(self, tokens: NDArray[np.intp], logits: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Which of `tokens` may come next."""
        import llama_cpp
        import numpy as np

        candidates = np.zeros(len(tokens), dtype=[("id", np.int32), ("logit", np.float32), ("p", np.float32)])
        candidates["id"], candidates["logit"] = tokens, logits[tokens]
        data = candidates.ctypes.data_as(llama_cpp.llama_token_data_p)
        array = llama_cpp.llama_token_data_array(data, len(tokens), -1, False)
        llama_cpp.llama_sampler_apply(self._sampler, ctypes.byref(array))
        found: NDArray[np.bool_] = candidates["logit"] != -np.inf
        return found

    def close(self) -> None:
        """Give the memory back."""
        import llama_cpp

        llama_cpp.llama_sampler_free(self._sampler)


@contextmanager
def silence() -> Iterator[None]:
    """Send what native code prints to nowhere: llama.cpp reports on fd 2, where a screen may be drawn."""
    sys.stderr.flush()
    saved, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)
