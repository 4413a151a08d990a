"""What was heard, as the decoder's cross-attention asks for it: keys and values, kept so that they are read as fast as can be.

For every word each head multiplies one query with 1,500 keys, and its shares with 1,500 values: on some processors that was three
quarters of all time. Which way of writing it is faster differs from one processor to the next, up to three times (a vector as a
row or as a column), so both are tried when a model is loaded. Imports torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from itertools import chain
from typing import NamedTuple

import torch
from torch import Tensor
from whisper.model import ResidualAttentionBlock

from podcli.engines import arithmetic, packed
from podcli.engines.quickest import quickest

_TRIED_HEADS = 24
"""Those of four windows of the smallest model: so much that it does not fit into the cache of a core."""


class Columns(NamedTuple):
    """Whether the vector is a column behind the keys, and behind the values; else it is a row in front of them."""

    to_keys: bool
    to_values: bool


def kept_in(features: torch.dtype) -> torch.dtype:
    """The type keys and values have: bfloat16, which takes half the memory, where a unit for matrices reads it faster.

    Elsewhere it is slower than float32 (measured: nearly twice). Not tried, but a rule: so a machine hears the same each time.
    """
    matrices = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return features if matrices is not None and matrices() else torch.float32


@cache
def columns(dtype: torch.dtype, frames: int, size: int, threads: int) -> Columns:
    """What is the fastest here for heads of so many `frames` of `size` on so many threads: measured once, some 30 ms, best before
    other threads are busy."""
    room = torch.ones(2, _TRIED_HEADS, frames * size, dtype=dtype)
    keys, values = room[0].view(_TRIED_HEADS, frames, size), room[1].view(_TRIED_HEADS, size, frames)
    query, shares = torch.ones(_TRIED_HEADS, 1, size, dtype=dtype), torch.ones(_TRIED_HEADS, 1, frames, dtype=dtype)
    return Columns(
        quickest({column: partial(arithmetic.bmm, keys, query, column) for column in (True, False)}, threads),
        quickest({column: partial(arithmetic.bmm, values, shares, column) for column in (True, False)}, threads),
    )


class CrossKeys:
    """Keys and values of the sound for each layer of a decoder, for a batch of windows.

    `layers` are keys ``(windows·heads, frames, size)`` and values ``(windows·heads, size, frames)``; `columns` says how they are
    multiplied.
    """

    def __init__(self, blocks: Sequence[ResidualAttentionBlock], features: Tensor, heads: int) -> None:
        """`features` is ``(windows, frames, width)``."""
        windows, frames, width = features.shape
        size = width // heads
        dtype = kept_in(features.dtype)
        self.columns = columns(dtype, frames, size, torch.get_num_threads())
        # All in one piece, which is too large for the heap and so leaves no hole in it.
        room = torch.empty(2, len(blocks), windows, heads, frames * size, dtype=dtype)
        self._whole = [
            (keys.view(windows, heads, frames, size), values.view(windows, heads, size, frames))
            for keys, values in zip(*room, strict=True)
        ]
        sound = features.view(-1, width)
        for block, (keys, values) in zip(blocks, self._whole, strict=True):
            # One after the other, and in the type of the features: what is computed on the way is as large as what is kept.
            key, value = (packed.linear(part, many=True) for part in (block.cross_attn.key, block.cross_attn.value))
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
