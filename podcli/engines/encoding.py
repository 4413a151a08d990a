"""The encoder's forward pass over openai-whisper's modules. Imported only by what loads a model.

With 1,500 frames, 6 heads and bfloat16 on a core of one processor, PyTorch's `scaled_dot_product_attention` takes 46 ms a layer;
a head's two products and its softmax, whose 1.5 MB for 500 frames stay in the cache of the core, take 29 ms together. On another,
which multiplies matrices in a unit of its own, it is 14 ms and 20 ms. So what is faster here is found out.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn import Conv1d, LayerNorm, Sequential
from whisper.audio import HOP_LENGTH, N_FFT, N_FRAMES, N_SAMPLES, mel_filters
from whisper.model import AudioEncoder, MultiHeadAttention

from podcli.engines.packed import OrderedLinear
from podcli.engines.quickest import quickest

_ROWS = 500
"""So many frames at once become a spectrum, ask, or go through the wide layers: more are hardly faster (by 1 %), and take more
memory."""


@torch.inference_mode()
def spectrum(sound: Tensor, mels: int) -> Tensor:
    """The log-mel spectrogram ``(mels, 3000)`` of up to 30 s of sound ``(samples,)`` at 16 kHz and silence after it.

    It is openai-whisper's ``log_mel_spectrogram``, made in pieces and not of the silence: half the time, a tenth of the memory.
    """
    edge = N_FFT // 2
    padded = F.pad(F.pad(sound[:N_SAMPLES], (0, max(0, N_SAMPLES - len(sound))))[None], (edge, edge), mode="reflect")[0]
    filters, window = mel_filters("cpu", mels), torch.hann_window(N_FFT)
    found = torch.zeros(mels, N_FRAMES)
    heard = min(N_FRAMES, (len(sound) + edge) // HOP_LENGTH + 1)
    frames = padded.as_strided((heard, N_FFT), (HOP_LENGTH, 1))
    for piece, into in zip(torch.split(frames, _ROWS), torch.split(found[:, :heard], _ROWS, dim=1), strict=True):
        waves = torch.fft.rfft(piece * window)
        into.copy_(filters @ waves.real.square().add_(waves.imag.square()).T)
    found.clamp_(min=1e-10).log10_()
    return torch.maximum(found, found.max() - 8.0).add_(4.0).div_(4.0)


@torch.inference_mode()
def encode(encoder: AudioEncoder, mel: Tensor) -> Tensor:
    """Features ``(1, frames, width)`` of a spectrogram ``(mels, 2 · frames)``, in the dtype of the weights."""
    x = mel.T.to(encoder.conv1.weight.dtype)
    x = F.gelu(_convolved(encoder.conv2, F.gelu(_convolved(encoder.conv1, x))))
    x = (x + encoder.positional_embedding[: len(x)])[None]
    for block in encoder.blocks:
        x += _attended(block.attn, _norm(block.attn_ln, x))
        for rows in x.split(_ROWS, dim=1):
            rows.add_(_through(block.mlp, _norm(block.mlp_ln, rows)))
    return _norm(encoder.ln_post, x)


def _through(mlp: Sequential, x: Tensor) -> Tensor:
    """What the two wide layers of a block make of `x`."""
    first, gelu, last = mlp
    found: Tensor = last(first(x, "gelu") if isinstance(first, OrderedLinear) else gelu(first(x)))
    return found


def _convolved(layer: Conv1d, x: Tensor) -> Tensor:
    """What `layer` makes of frames ``(frames, channels)``, with one of silence before and after: as one product, which takes half
    the time of PyTorch's convolution. Each lies beside its neighbours in memory, so that three of them are a row as they are."""
    (size,), (step,), width = layer.kernel_size, layer.stride, x.shape[1]
    around = F.pad(x, (0, 0, 1, 1))
    rows = around.as_strided(((len(around) - size) // step + 1, size * width), (step * width, 1))
    return F.linear(rows, layer.weight.transpose(1, 2).flatten(1), layer.get_parameter("bias").to(x.dtype))


def _norm(layer: LayerNorm, x: Tensor) -> Tensor:
    """In the dtype of `x`, computed in float32: openai-whisper's own makes a float32 copy of `x` for that."""
    return F.layer_norm(x, layer.normalized_shape, layer.weight, layer.bias, layer.eps)


def _attended(attention: MultiHeadAttention, x: Tensor) -> Tensor:
    if x.dtype != torch.bfloat16:
        attended: Tensor = attention(x)[0]
        return attended
    size = x.shape[-1] // attention.n_head
    # Once a head's rows follow one another in memory, its products are twice as fast.
    queries, keys, values = (
        part(x)[0].view(-1, attention.n_head, size).transpose(0, 1).contiguous()
        for part in (attention.query, attention.key, attention.value)
    )
    attend = fastest(*queries.shape, torch.get_num_threads())
    heard: Tensor = attention.out(attend(queries, keys, values)[None])
    return heard


@cache
def fastest(heads: int, frames: int, size: int, threads: int) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """What attends fastest here in bfloat16, from queries, keys and values ``(heads, frames, size)`` to ``(frames, width)``:
    measured once, in a few tenths of a second, best before other threads are busy."""
    sound = torch.ones(heads, frames, size, dtype=torch.bfloat16)
    return quickest({way: partial(way, sound, sound, sound) for way in (_head_by_head, _all_heads)}, threads)


def _all_heads(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    return F.scaled_dot_product_attention(queries[None], keys[None], values[None])[0].transpose(0, 1).flatten(1)


def _head_by_head(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    heads, frames, size = queries.shape
    queries = queries * size**-0.5
    found = queries.new_empty(frames, heads * size)
    for head in range(heads):
        for at, rows in enumerate(torch.split(queries[head], _ROWS)):
            scores = rows @ keys[head].T
            torch.softmax(scores, -1, out=scores)
            found[at * _ROWS : at * _ROWS + len(rows), head * size : (head + 1) * size] = scores @ values[head]
    return found
