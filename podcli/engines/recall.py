"""What was heard, kept so that each word's cross-attention reads it as fast as this processor can. Imports torch.

For every word each head multiplies one query with 1,500 keys, and its shares with 1,500 values: on some processors that was three
quarters of all time. Which way of writing it is the fastest differs from one processor to the next, up to five times (a vector as
a row or as a column, float32 or bfloat16), so a few are tried when a model is loaded.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, product

import torch
from torch import Tensor
from whisper.model import ResidualAttentionBlock

from podcli.engines import arithmetic

_TRIED_HEADS, _TRIED_TIMES = 24, 4
"""Heads of four windows of the smallest model, and how often each way is tried; the best time counts."""
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
    return _fastest(features, frames, size)


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
        for block, (keys, values) in zip(blocks, self._whole, strict=True):
            keys.copy_(block.cross_attn.key(features).view(windows, frames, heads, -1).transpose(1, 2))
            values.copy_(block.cross_attn.value(features).view(windows, frames, heads, -1).permute(0, 2, 3, 1))
        self.layers = [(keys.flatten(0, 1), values.flatten(0, 1)) for keys, values in self._whole]

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these rows of the batch only, in their order."""
        for new, row in enumerate(rows):
            if new != row:
                for kept in chain(*self._whole):
                    kept[new] = kept[row]
        most = len(rows)
        self.layers = [(keys[:most].flatten(0, 1), values[:most].flatten(0, 1)) for keys, values in self._whole]


@torch.inference_mode()
def _fastest(features: torch.dtype, frames: int, size: int) -> Way:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        ways = [_tried(dtype, frames, size) for dtype in {torch.float32: None, features: None}]
    finally:
        torch.set_num_threads(threads)
    (wide_s, wide), (took_s, chosen) = ways[0], ways[-1]
    return chosen if took_s <= _WORTH * wide_s else wide


def _tried(dtype: torch.dtype, frames: int, size: int) -> tuple[float, Way]:
    """Seconds of the fastest way in this type, and that way."""
    keys, values = torch.ones(2, _TRIED_HEADS, frames * size, dtype=dtype)
    keys, values = keys.view(_TRIED_HEADS, frames, size), values.view(_TRIED_HEADS, size, frames)
    query, shares = torch.ones(_TRIED_HEADS, 1, size, dtype=dtype), torch.ones(_TRIED_HEADS, 1, frames, dtype=dtype)
    best: dict[tuple[str, bool], float] = {}
    for (name, matrix, rows), column in product([("keys", keys, query), ("values", values, shares)], (True, False)):
        best[name, column] = min(_seconds(lambda: arithmetic.product(matrix, rows, column)) for _ in range(_TRIED_TIMES))  # noqa: B023
    of_keys, of_values = (min((best[name, column], column) for column in (True, False)) for name in ("keys", "values"))
    return of_keys[0] + of_values[0], Way(dtype, of_keys[1], of_values[1])


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
