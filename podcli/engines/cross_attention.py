"""What a decoder may ask of the sound: the frames themselves, in place of keys and values of each layer.

A head's scores are ``q · (W_k x)``, which is ``(q W_k) · x``, and what it finds is ``W_v (shares · x)``: so what is asked is
brought to the frames once for each word, and what is found back (DeepSeek-AI, "DeepSeek-V2", 2024, §2.1.2, "absorbs" the
matrices so). All layers and heads then read the same frames: a sixth of the memory. They are in 8 bits where a processor
multiplies matrices of those at once, all heads in one product; elsewhere in float32.

Two things make 8 bits worth more, at no cost: what all frames have in common moves all scores of a word alike, so it is left
out; in what is found it is added again (Zhang et al., "SageAttention", ICLR 2025, does so with keys). Imports torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor

from podcli.engines.arithmetic import Sound
from podcli.engines.thrift import zeros


@torch.inference_mode()
def sound_of(windows: Iterable[Tensor], *, whole: bool) -> Sound:
    """What is kept of the features ``(frames, width)`` of each window: in `whole` numbers of 8 bits, or in float32."""
    frames, scales, common = [], [], []
    for window in windows:
        rest = window.float()
        mean = rest.mean(0, keepdim=True)
        rest = rest - mean
        scale = torch.ones_like(mean)
        if whole:
            scale = torch.maximum(rest.amax(0, keepdim=True), -rest.amin(0, keepdim=True)).clamp_(min=1e-12) / 127
            rest = rest.div_(scale).round_().to(torch.int8)
        frames.append(zeros(rest.shape, rest.dtype).copy_(rest))
        scales.append(scale)
        common.append(mean)
    return Sound(frames, torch.stack(scales), torch.stack(common))


def windows_of(sound: Sound, rows: Sequence[int]) -> Sound:
    """These windows only, in their order."""
    chosen = list(rows)
    return Sound([sound.frames[row] for row in chosen], sound.scales[chosen], sound.common[chosen])


def together(sounds: Sequence[Sound]) -> Sound:
    """All their windows, in order."""
    frames = [window for sound in sounds for window in sound.frames]
    return Sound(frames, torch.cat([sound.scales for sound in sounds]), torch.cat([sound.common for sound in sounds]))
