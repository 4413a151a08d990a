"""Tokens a GBNF grammar allows, and llama.cpp kept quiet."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from podcli.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from llama_cpp import Llama
    from numpy.typing import NDArray


class Grammar:
    """A GBNF grammar asked about the likeliest token first, then the 40 likeliest, then all.

    llama-cpp-python filters the whole vocabulary before every choice: 150,000 candidates where nearly always the first will do.
    """

    def __init__(self, llm: Llama, grammar: str) -> None:
        import llama_cpp

        with silence():
            self._sampler = llama_cpp.llama_sampler_init_grammar(llm._model.vocab, grammar.encode(), b"root")
        if not self._sampler:
            raise ModelError("The grammar of a question cannot be parsed.", "Please report this.")

    def choose(self, logits: NDArray[np.float32]) -> int:
        """The likeliest token allowed here; the grammar moves on. Raises ModelError when there is none."""
        import llama_cpp
        import numpy as np

        for width in (1, 40, len(logits)):
            best = [int(logits.argmax())] if width == 1 else np.argsort(logits)[::-1][:width].tolist()
            candidates = (llama_cpp.llama_token_data * len(best))()
            for place, token in enumerate(best):
                candidates[place].id, candidates[place].logit = token, logits[token]
            array = llama_cpp.llama_token_data_array(candidates, len(best), -1, False)
            llama_cpp.llama_sampler_apply(self._sampler, ctypes.byref(array))
            allowed = [place for place in range(len(best)) if candidates[place].logit != -np.inf]
            if allowed:
                token = int(candidates[allowed[0]].id)
                llama_cpp.llama_sampler_accept(self._sampler, token)
                return token
        raise ModelError("The model can say nothing its grammar allows.", "Use another model.")

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
