"""How many tokens a context holds and how many are evaluated at once, from the model's head and the memory that is free.

The rule: as many as were asked for, else 4096 (the longest question takes half of that), and never more than the model was
trained for. When weights, context and scratch do not fit into the free memory the context is halved down to 1024, then fewer
tokens are evaluated at once, and then the model is refused: a process that grows on is killed by the system without a word.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from podcli.engines.gguf import Gguf
from podcli.errors import ModelError
from podcli.text import human_bytes

MOST = 4096
_LEAST = 1024
_PIECE, _SMALL_PIECE = 256, 64
"""As fast as 512 on CPU, with a third less scratch memory; a quarter as fast a batch still runs at two thirds of the speed."""
_SPARE = 200 << 20
"""Bytes for everything else in the process, and for who else wants some meanwhile."""


@dataclass(frozen=True, slots=True)
class Room:
    """A context of `tokens`, read `piece` tokens at a time."""

    tokens: int
    piece: int = _PIECE

    def smaller(self) -> Iterator[Room]:
        """This one and those to try after it, ever smaller."""
        tokens = self.tokens
        yield self
        while tokens > _LEAST:
            tokens = max(_LEAST, tokens // 2)
            yield Room(tokens, self.piece)
        if self.piece > _SMALL_PIECE:
            yield Room(tokens, _SMALL_PIECE)


def room(model: Gguf, model_id: str, free: int | None, *, wanted: int = 0) -> Room:
    """What to open `model` with when `free` bytes are (None: nobody knows); `wanted` tokens instead of the usual 4096.

    Raises ModelError when not even the smallest fits.
    """
    trained = model.number("context_length") or MOST
    largest = Room(max(1, min(wanted or MOST, trained)))
    for each in largest.smaller():
        if free is None or needs(model, each) + _SPARE <= free:
            return each
    raise no_memory(model_id, needs(model, each) + _SPARE, free)


def needs(model: Gguf, room: Room) -> int:
    """About how many bytes a model takes with this much room: weights, keys and values, and what one evaluation works on."""
    heads = model.number("attention.head_count", 1) or 1
    wide = model.number("embedding_length") + 2 * model.number("feed_forward_length")
    words = model.fields.get("tokenizer.ggml.tokens")
    scratch = 4 * room.piece * (heads * room.tokens + 2 * wide) + 4 * (words if isinstance(words, int) else 0)
    return model.bytes + model.context_bytes(room.tokens) + scratch


def no_memory(model_id: str, needed: int = 0, free: int | None = None) -> ModelError:
    """The refusal of a model that does not fit, with the figures when they are known (bytes)."""
    hint = "Close other programs, or choose a smaller model with `podcli models use`."
    if free is None or not needed:
        return ModelError(f"There is not enough free memory for the model {model_id}.", hint)
    figures = f"it needs {human_bytes(needed)}, {human_bytes(free)} are free"
    return ModelError(f"There is not enough free memory for the model {model_id}: {figures}.", hint)
