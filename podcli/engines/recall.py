"""What was heard, kept so that each word's cross-attention reads it as fast as this processor can. Imports torch.

For every word each head multiplies one query with 1,500 keys, and its shares with 1,500 values: on some processors that was three
quarters of all time. Which way of writing it is the fastest differs from one processor to the next, up to five times (a vector as
a row or as a column, float32 or bfloat16), so a few are tried when a model is loaded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import chain

import torch
from torch import Tensor
from whisper.model import ResidualAttentionBlock

from podcli.engines import arithmetic, packed
from podcli.engines.quickest import quickest

_TRIED_HEADS = 24
"""Heads of four windows of the smallest model."""
_WORTH = 1.25
"""So much slower bfloat16 may be: it takes half the memory."""


@dataclass(frozen=True, slots=True)
class Way:
    """How they are kept and multiplied: a vector comes as a column behind a matrix, or as a row in front of it."""

    dtype: torch.dtype
    column_to_keys: bool
    column_to_values: bool


@cache
def way(features: torch.dtype, frames: int, size: int) -> Way:
    """The fastest here for `features` of this type, of heads with `frames` keys of `size`: measured once, some 30 ms, best before
    other threads are busy. float32 features stay in float32."""
    wide_s, wide = _tried(torch.float32, frames, size)
    if features == torch.float32:
        return wide
    took_s, narrow = _tried(features, frames, size)
    return narrow if took_s <= _WORTH * wide_s else wide


class Recall:
    """Keys and values of the sound for each layer of a decoder, for a batch of windows.

    `layers` are keys ``(windows·heads, frames, size)`` and values ``(windows·heads, size, frames)``; `columns` says how they are
    multiplied (see `Way`).
    """

    def __init__(self, blocks: Sequence[ResidualAttentionBlock], features: Tensor, heads: int) -> None:
        """`features` is ``(windows, frames, width)``."""
        windows, frames, width = features.shape
        size = width // heads
        chosen = way(features.dtype, frames, size)
        self.columns = chosen.column_to_keys, chosen.column_to_values
        # All in one piece, which is too large for the heap and so leaves no hole in it.
        room = torch.empty(2, len(blocks), windows, heads, frames * size, dtype=chosen.dtype)
        self._whole = [
            (keys.view(windows, heads, frames, size), values.view(windows, heads, size, frames))
            for keys, values in zip(*room, strict=True)
        ]
        sound = features.view(-1, width)
        for block, (keys, values) in zip(blocks, self._whole, strict=True):
            # A part after the other, and in the type of the features: what is computed on the way is as large as what is kept.
            key, value = (packed.linear(part) for part in (block.cross_attn.key, block.cross_attn.value))
            keys.copy_(arithmetic.times(sound, key.weight).view(windows, frames, heads, size).transpose(1, 2))
            heard = arithmetic.times(sound, value.weight).add_(value.bias)
            values.copy_(heard.view(windows, frames, heads, size).permute(0, 2, 3, 1))
        self.layers = [(keys.flatten(0, 1), values.flatten(0, 1)) for keys, values in self._whole]

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these rows of the batch only, in their order."""
        for new, row in enumerate(rows):
            if new != row:
                for kept in chain(*self._whole):
                    kept[new] = kept[row]
        most = len(rows)
        self.layers = [(keys[:most].flatten(0, 1), values[:most].flatten(0, 1)) for keys, values in self._whole]


def _tried(dtype: torch.dtype, frames: int, size: int) -> tuple[float, Way]:
    """Seconds of the fastest way in this type, and that way."""
    room = torch.ones(2, _TRIED_HEADS, frames * size, dtype=dtype)
    keys, values = room[0].view(_TRIED_HEADS, frames, size), room[1].view(_TRIED_HEADS, size, frames)
    query, shares = torch.ones(_TRIED_HEADS, 1, size, dtype=dtype), torch.ones(_TRIED_HEADS, 1, frames, dtype=dtype)
    of_keys, keys_s = quickest({column: partial(arithmetic.product, keys, query, column) for column in (True, False)})
    of_values, values_s = quickest({column: partial(arithmetic.product, values, shares, column) for column in (True, False)})
    return keys_s + values_s, Way(dtype, of_keys, of_values)
