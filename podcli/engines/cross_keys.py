"""What was heard, as the decoder's cross-attention asks for it: keys and values, kept so that they are read as fast as can be.

For every word each head multiplies one query with 1,500 keys, and its shares with 1,500 values: on some processors that was three
quarters of all time, which goes by the bytes that are read. So they are kept in 8 bits, a scale for each row. Two things make
these 8 bits worth more, at no cost: what all keys have in common moves all scores alike, so it is left out; what all values have
in common is in whatever is found, so it is added there (Zhang et al., "SageAttention", ICLR 2025, does so with keys). Imports
torch.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import torch
from torch import Tensor
from whisper.model import ResidualAttentionBlock

from podcli.engines import arithmetic, packed
from podcli.engines.arithmetic import Sound

_FILL = 32
"""The kernel reads so many columns at once; what is missing is filled up with nothing."""


class CrossKeys:
    """Keys and values of the sound for each layer of a decoder, for a batch of windows.

    They are in 8 bits where the weights that make them are packed, in float32 where those are not.
    """

    layers: list[Sound]

    def __init__(self, blocks: Sequence[ResidualAttentionBlock], features: Tensor, heads: int) -> None:
        """`features` is ``(windows, frames, width)``."""
        self._whole = [_sound(block, features, heads) for block in blocks]
        self._use(len(features))

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these rows of the batch only, in their order."""
        for new, row in enumerate(rows):
            if new != row:
                for kept in chain(*self._whole):
                    if kept.numel():
                        kept[new] = kept[row]
        self._use(len(rows))

    def _use(self, windows: int) -> None:
        self.layers = [Sound(*(kept[:windows].flatten(0, 1) for kept in sound)) for sound in self._whole]


def _sound(block: ResidualAttentionBlock, features: Tensor, heads: int) -> Sound:
    """Keys and values of one layer, with dimensions for windows and heads."""
    windows, frames, width = features.shape
    size, wide = width // heads, -(-frames // _FILL) * _FILL
    key, value = (packed.linear(part, many=True) for part in (block.cross_attn.key, block.cross_attn.value))
    if not isinstance(block.cross_attn.key, packed.PackedLinear):
        keys = arithmetic.linear(features.float(), key).view(windows, frames, heads, size).transpose(1, 2)
        values = arithmetic.linear(features.float(), value).view(windows, frames, heads, size).permute(0, 2, 3, 1)
        none = torch.empty(windows, heads, 0)
        return Sound(keys.contiguous(), none, values.contiguous(), none, torch.zeros(windows, heads, 1, size))
    sound = Sound(
        torch.empty(windows, heads, frames, size, dtype=torch.int8),
        torch.empty(windows, heads, frames, dtype=torch.bfloat16),
        torch.zeros(windows, heads, size, wide, dtype=torch.int8),
        torch.empty(windows, heads, size, dtype=torch.bfloat16),
        torch.empty(windows, heads, 1, size),
    )
    for row, window in enumerate(features):
        # One after the other: what is computed on the way is four times as large as what is kept.
        found = arithmetic.times(window, key.weight).float().view(frames, heads, size)
        found -= found.mean(0)
        sound.key_scales[row] = _fitted(found, 2).squeeze(2).T
        sound.keys[row] = found.permute(1, 0, 2)
        found = arithmetic.times(window, value.weight).float().view(frames, heads, size)
        mean = found.mean(0)
        found -= mean
        sound.common[row, :, 0] = mean + value.bias.view(heads, size)
        sound.value_scales[row] = _fitted(found, 0).squeeze(0)
        sound.values[row, ..., :frames] = found.permute(1, 2, 0)
    return sound


def _fitted(x: Tensor, dim: int) -> Tensor:
    """Scales by which `x`, changed to whole numbers from -127 to 127, is what it was: one for all along `dim`."""
    most = torch.maximum(x.amax(dim, keepdim=True), -x.amin(dim, keepdim=True))
    scales = (most / 127).clamp_(min=1e-12).to(torch.bfloat16)
    x.div_(scales).round_().clamp_(-127, 127)
    return scales
