"""What is computed for each word, in a form that runs without Python: batches that are heard side by side do not wait for it.

Plain functions over tensors and tuples of them, which TorchScript translates when this is imported (30 ms). Where it cannot, or
is no more (PyTorch would rather have its compiler used, which wants a C++ compiler on the listener's machine), Python runs them:
the same to the last bit, slower. Imported only by what loads a model: it imports torch.
"""
# TorchScript reads annotations as they are: no `from __future__ import annotations` here. Nor does it see constants of a module:
# 32 is fourbit.GROUP, 8 its MIDDLE (a test holds them together).

import warnings
from collections.abc import Callable
from typing import NamedTuple, ParamSpec, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor

Pair = tuple[Tensor, Tensor]
P = ParamSpec("P")
R = TypeVar("R")


class Matrix(NamedTuple):
    """A matrix ``(rows, columns)`` in the forms it is kept in; those it is not are empty."""

    dense: Tensor
    """float32."""
    quants: Tensor
    """4 bits, two a byte, ``(rows, columns // 2)``."""
    scales: Tensor
    """float16 scale and zero of each group ``(rows, groups, 2)``."""
    packed: Tensor
    packed_scales: Tensor
    """Both again in the order of PyTorch's kernel, rows filled up."""


class Linear(NamedTuple):
    """``x @ weight.T + bias``; `bias` is float32 ``(rows,)``."""

    weight: Matrix
    bias: Tensor


class Embedding(NamedTuple):
    """The token embedding: the first tokens in 8 bits ``(tokens, width)`` with a scale each, all others in `rest`."""

    common: Tensor
    common_scales: Tensor
    rest: Matrix
    whole: Tensor
    """All tokens in 8 bits, in the order of oneDNN's kernel, where a processor computes with those."""
    whole_scales: Tensor
    """float32 ``(tokens,)`` of `whole`; empty where that is not used."""


class Layer(NamedTuple):
    """One layer of the decoder. Norms are weight and bias; `aligned` are the heads that say when a word was heard."""

    own_norm: Pair
    own_in: Linear
    """Query, key and value, one after the other."""
    own_out: Linear
    cross_norm: Pair
    cross_in: Linear
    cross_key: Tensor
    """For each head the matrix of its keys, float32 ``(heads, size, width)``."""
    cross_value: Tensor
    """For each head the matrix of its values, float32 ``(heads, width, size)``."""
    cross_bias: Tensor
    """What is added to what all heads find, ``(width,)``."""
    cross_out: Linear
    mlp_norm: Pair
    mlp_in: Linear
    mlp_out: Linear
    aligned: Tensor


class Sound(NamedTuple):
    """The frames a decoder may ask, each less what all have in common: see `cross_attention`."""

    frames: list[Tensor]
    """Of each window ``(frames, width)`` in 8 bits or float32, to be multiplied by `scales`."""
    scales: Tensor
    """``(batch, 1, width)``; of float32 all are 1."""
    common: Tensor
    """What all frames of a window have in common, ``(batch, 1, width)``; it is not in `frames`."""


def unpack(quants: Tensor, scales: Tensor) -> Tensor:
    """`fourbit.unpack` in torch: float32 ``(…, columns)`` of quants ``(…, columns // 2)`` and scales ``(…, groups, 2)``."""
    levels = torch.unflatten(torch.stack([quants & 15, quants >> 4], dim=-1).flatten(-2), -1, [-1, 32]).float() - 8
    wide = scales.float()
    return (levels * wide[..., :1] + wide[..., 1:]).flatten(-2)


def times(x: Tensor, matrix: Matrix) -> Tensor:
    """``x @ matrix.T`` of `x` ``(n, columns)``, in the dtype it is computed in.

    Up to 32 rows the kernel wins over unpacking; above it loses.
    """
    if x.shape[0] <= 32 and matrix.packed.numel() > 0:
        product: Tensor = torch.ops.aten._weight_int4pack_mm_for_cpu(
            x.to(torch.bfloat16), matrix.packed, 32, matrix.packed_scales
        )
        return product[:, : matrix.quants.shape[0]]
    weight = unpack(matrix.quants, matrix.scales) if matrix.quants.numel() > 0 else matrix.dense
    return F.linear(x, weight.to(x.dtype))


def linear(x: Tensor, layer: Linear) -> Tensor:
    """float32 ``(…, rows)`` of `x` ``(…, columns)``."""
    product = times(x.reshape(-1, x.shape[-1]), layer.weight)
    return torch.unflatten(torch.add(layer.bias, product), 0, x.shape[:-1])


def embedded(tokens: Tensor, embedding: Embedding) -> Tensor:
    """float32 vectors ``(…, width)`` of `tokens`."""
    rest, few = embedding.rest, embedding.common.shape[0]
    if rest.dense.numel() > 0:
        return F.embedding(tokens, rest.dense)
    first, other = tokens.clamp(max=few - 1), (tokens - few).clamp(min=0)
    vectors = embedding.common[first] * embedding.common_scales[first].unsqueeze(-1).float()
    return torch.where((tokens < few).unsqueeze(-1), vectors, unpack(rest.quants[other], rest.scales[other]))


def logits(states: Tensor, embedding: Embedding) -> Tensor:
    """float32 ``(n, tokens)`` of `states` ``(n, width)``, as exact as 8 bits of each number of a state make it."""
    rest, few = embedding.rest, embedding.common.shape[0]
    if rest.dense.numel() > 0:
        return F.linear(states, rest.dense)
    if embedding.whole_scales.numel() > 0:
        worth = step_of(states)
        found: Tensor = torch.ops.onednn.qlinear_pointwise(
            (states / worth).round_().to(torch.int8), 1.0, 0, embedding.whole, embedding.whole_scales,
            torch.zeros(1, dtype=torch.int32), None, 1.0, 0, torch.float32, "none", [], "",
        )  # fmt: skip
        return found.mul_(worth)
    both = torch.empty(states.shape[0], few + rest.quants.shape[0])
    if rest.packed.numel() > 0:
        first = torch.ops.aten._weight_int8pack_mm(
            states.to(torch.bfloat16), embedding.common, embedding.common_scales.to(torch.bfloat16)
        )
    else:
        first = F.linear(states, embedding.common * embedding.common_scales.unsqueeze(-1).float())
    both[:, :few] = first
    both[:, few:] = times(states, rest)
    return both


def sayable(states: Tensor, embedding: Embedding, unsaid: Tensor, first_special: int) -> tuple[Tensor, Tensor]:
    """Logits ``(n, tokens)`` of what may be said, of the rest minus infinity, and which the best eight are ``(n, 8)``.

    `unsaid` are tokens that may not be, nor any from `first_special` on. What is computed first cannot tell near ties apart, so
    the best few are computed again in float32.
    """
    found = logits(states, embedding)
    found[:, first_special:] = -torch.inf
    found.index_fill_(1, unsaid, -torch.inf)
    best = largest(found, 8)
    exact = (embedded(best, embedding) * states.float().unsqueeze(1)).sum(-1)
    exact = exact.masked_fill(found.gather(1, best) == -torch.inf, -torch.inf)
    return found.scatter_(1, best, exact), best


def largest(x: Tensor, count: int) -> Tensor:
    """Where the `count` largest of each row are, ``(n, count)``, in any order: `topk`, ten times as fast.

    They lie in the `count` pieces of the row whose largest are the largest.
    """
    size = 64
    whole = x.shape[1] // size * size
    if whole < 4 * size * count:
        return x.topk(count)[1]
    pieces = torch.unflatten(x[:, :whole], 1, [-1, size])
    chosen = pieces.amax(-1).topk(count)[1]
    inside = pieces.gather(1, chosen.unsqueeze(-1).expand(-1, -1, size)).flatten(1)
    places = (chosen.unsqueeze(-1) * size + torch.arange(size)).flatten(1)
    inside = torch.cat([inside, x[:, whole:]], 1)
    places = torch.cat([places, torch.arange(whole, x.shape[1]).expand(x.shape[0], -1)], 1)
    return places.gather(1, inside.topk(count)[1])


def likeliest(states: Tensor, embedding: Embedding, unsaid: Tensor, first_special: int) -> Pair:
    """The likeliest token after each of `states` ``(n, width)``, and its log probability; see `sayable`."""
    found, best = sayable(states, embedding, unsaid, first_special)
    place = found.gather(1, best).argmax(1, keepdim=True)
    picked = best.gather(1, place)
    return picked.squeeze(1), found.log_softmax(1).gather(1, picked).squeeze(1)


def step_of(rows: Tensor) -> Tensor:
    """How much one of 127 steps is worth, of which the largest number of each row ``(…, k)`` has all: ``(…, 1)``."""
    return rows.abs().amax(-1, keepdim=True).clamp_(min=1e-30) / 127


def halves(n: int) -> Tensor:
    """``(n, columns)``: the sum that makes one row of the two that `split_up` makes of it; columns are a multiple of 16."""
    one = torch.eye(n)
    return F.pad(torch.cat([one, one / 254], 1), [0, -2 * n % 16])


def split_up(rows: Tensor, into: Tensor) -> Tensor:
    """Each of `rows` ``(…, n, k)``, whose numbers lie between -127 and 127, as two of 8 bits in `into` ``(…, columns, k)``, of
    which the second is what the first leaves: as exact as with 15 bits, and where a processor takes 16 rows at once no slower.
    Changes `rows`."""
    n = rows.shape[-2]
    coarse = rows.round()
    into.narrow(-2, 0, n).copy_(coarse)
    into.narrow(-2, n, n).copy_(rows.sub_(coarse).mul_(254).round_())
    return into


def asked(x: Tensor, layer: Layer, sound: Sound, heads: int, together: Tensor) -> Pair:
    """What each head finds in the sound for queries `x` ``(batch, n, width)``, and its scores before softmax
    ``(batch, heads, n, frames)``. `together` is ``halves(heads · n)``."""
    batch, n, width = x.shape[0], x.shape[1], x.shape[2]
    rows, columns, length = heads * n, together.shape[1], sound.frames[0].shape[0]
    wanted = by_head(turned(x, heads), layer.cross_key)
    wanted = torch.unflatten(wanted, 1, [batch, n]).transpose(0, 1).flatten(1, 2) * sound.scales
    scores, found = torch.empty(batch, rows, length), torch.empty(batch, rows, width)
    # A window after the other, and both products of its frames one after the other: so they are brought to the core once.
    if sound.frames[0].dtype != torch.int8:
        for at in range(batch):
            torch.mm(wanted[at], sound.frames[at].t(), out=scores[at])
            torch.mm(scores[at].softmax(-1), sound.frames[at], out=found[at])
    else:
        worth = step_of(wanted)
        asking = split_up(wanted / worth, torch.zeros(batch, columns, width, dtype=torch.int8))
        shares = torch.zeros(columns, length, dtype=torch.int8)
        worth = together * worth
        for at in range(batch):
            frames = sound.frames[at]
            torch.mm(worth[at], torch._int_mm(frames, asking[at].t()).to(torch.float32).t(), out=scores[at])
            share = scores[at].softmax(-1)
            most = share.amax(-1, keepdim=True) / 127
            split_up(share.div_(most), shares)
            torch.mm(together * most, torch._int_mm(shares, frames).to(torch.float32), out=found[at])
    found = found * sound.scales + sound.common
    found = torch.unflatten(found, 1, [heads, n]).transpose(0, 1).flatten(1, 2)
    found = torch.unflatten(by_head(found, layer.cross_value), 1, [batch, n]).permute(1, 2, 0, 3).flatten(2)
    return found + layer.cross_bias, torch.unflatten(scores, 1, [heads, n])


def by_head(x: Tensor, matrices: Tensor) -> Tensor:
    """``x[i] @ matrices[i]`` of ``(heads, n, k)`` and ``(heads, k, m)``, each row the same to the last bit however many come.

    The same sound is to become the same words, whatever it is heard with. MKL has other kernels for one row, and for what six do
    not divide: multiples of twelve suit all.
    """
    n = x.shape[1]
    return torch.bmm(F.pad(x, [0, 0, 0, -n % 12]), matrices)[:, :n]


def turned(x: Tensor, heads: int) -> Tensor:
    """``(batch, n, width)`` to ``(heads, batch·n, size)``."""
    return torch.unflatten(x.flatten(0, 1), -1, [heads, -1]).transpose(0, 1)


def split(x: Tensor, heads: int) -> Tensor:
    """``(batch, n, width)`` to ``(batch·heads, n, size)``."""
    return torch.unflatten(x, -1, [heads, -1]).transpose(1, 2).reshape(x.shape[0] * heads, x.shape[1], -1)


def recalled(x: Tensor, layer: Layer, own: Tensor, first: int, places: Tensor, mask: Tensor, heads: int) -> Tensor:
    """What each head finds in what was said, ``(batch, n, width)`` like `x`; see `step`.

    Where `mask` is minus infinity zeros are added, at multiples of 16 places: that changes nothing, not even the last bit.
    """
    width = x.shape[-1]
    both = linear(x, layer.own_in)
    own.view(-1, own.shape[-1]).index_copy_(0, places, both[:, :, width:].reshape(-1, own.shape[-1]))
    query = split(both[:, :, :width], heads)
    begin, end = first * heads, first * heads + query.shape[0]
    keys, values = own[0, begin:end, : mask.shape[-1]], own[1, begin:end, : mask.shape[-1]]
    scores = torch.baddbmm(mask, query, keys.transpose(1, 2), alpha=own.shape[-1] ** -0.5)
    return joined(torch.bmm(scores.softmax(-1), values), heads)


def joined(x: Tensor, heads: int) -> Tensor:
    """``(batch·heads, n, size)`` to ``(batch, n, width)``."""
    return torch.unflatten(x, 0, [-1, heads]).transpose(1, 2).flatten(2)


def norm(x: Tensor, values: Pair) -> Tensor:
    """Layer norm over the last dimension."""
    return torch.layer_norm(x, [x.shape[-1]], values[0], values[1], 1e-5)


def step(
    x: Tensor, layers: list[Layer], own: list[Tensor], heard: Sound, first: int, places: Tensor, mask: Tensor, heads: int
) -> Pair:  # fmt: skip
    """The layers' work on `x` ``(batch, n, width)``, rows of which each may be at another position.

    `own` has for each layer keys and values of what was said, ``(2, rows·heads, positions, size)``; those of `x` are its rows
    from `first` on. What is added lies at `places` ``(batch·n·2·heads,)`` of all that, seen as ``(·, size)``. `mask` ``(1 or
    batch·heads, n, positions)`` has minus infinity where a row said nothing yet; `heard` is the sound.
    Returns the new `x`, and the last token's cross-attention ``(batch, heads, frames)`` of the heads that align, before softmax.
    """
    n = x.shape[1]
    seen: list[Tensor] = []
    together = halves(heads * n)
    for number in range(len(layers)):
        layer = layers[number]
        found = recalled(norm(x, layer.own_norm), layer, own[number], first, places, mask, heads)
        x = x + linear(found, layer.own_out)
        worth = own[number].shape[-1] ** -0.5
        found, scores = asked(linear(norm(x, layer.cross_norm), layer.cross_in) * worth, layer, heard, heads, together)
        if layer.aligned.numel() > 0:
            seen.append(scores[:, :, -1].index_select(1, layer.aligned))
        x = x + linear(found, layer.cross_out)
        x = x + linear(F.gelu(linear(norm(x, layer.mlp_norm), layer.mlp_in)), layer.mlp_out)
    return x, torch.cat(seen, 1)


def _without_python(function: Callable[P, R]) -> Callable[P, R]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            translated: Callable[P, R] = torch.jit.script(function)
    except Exception:  # whatever a later PyTorch or Python may say: what it does is the same
        return function
    return translated


fast_step, fast_likeliest, fast_sayable = _without_python(step), _without_python(likeliest), _without_python(sayable)
fast_embedded = _without_python(embedded)
