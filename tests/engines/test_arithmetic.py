"""What is computed for each word: the same whether TorchScript or Python runs it, and whichever way is the fastest here."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from podcli.engines import fourbit

if TYPE_CHECKING:
    import torch

    from podcli.engines.arithmetic import Matrix, Sound


def packed(rows: int, columns: int, seed: int = 1) -> tuple[Matrix, torch.Tensor]:
    """A 4-bit matrix, and what it stands for."""
    import torch

    from podcli.engines.packed import PackedLinear

    weight = np.random.default_rng(seed).normal(0, 0.05, (rows, columns)).astype(np.float32)
    layer = PackedLinear(*(torch.from_numpy(part) for part in fourbit.pack(weight)), None)
    return layer.matrix(), layer.weight


@pytest.mark.parametrize("rows", [1, 3, 32, 33])
def test_a_product_is_that_of_the_unpacked_matrix(rows: int) -> None:
    import torch

    from podcli.engines import arithmetic

    matrix, weight = packed(96, 64)
    x = torch.from_numpy(np.random.default_rng(2).normal(0, 1, (rows, 64)).astype(np.float32))
    found = arithmetic.times(x, matrix)
    assert found.shape == (rows, 96)
    torch.testing.assert_close(found.float(), x @ weight.T, atol=0.02, rtol=0.02)


@pytest.mark.parametrize("columns", [10, 600, 4096, 51864])
def test_the_largest_are_those_that_topk_finds(columns: int) -> None:
    import torch

    from podcli.engines import arithmetic

    torch.manual_seed(4)
    x = torch.randn(3, columns)
    x[1, -1], x[2, :9] = 9.0, 8.0  # the last, which is in no whole piece; many in one piece
    if columns > 100:
        x[0, 64:128] -= torch.inf
    expected = x.topk(8).values
    torch.testing.assert_close(x.gather(1, arithmetic.largest(x, 8)).sort(descending=True).values, expected)


def test_what_may_not_be_said_is_not() -> None:
    import torch

    from podcli.engines import arithmetic
    from podcli.engines.arithmetic import Embedding, Matrix

    none = torch.empty(0)
    weight = torch.eye(8).repeat(2, 1)
    embedding = Embedding(none, none, Matrix(weight, none, none, none, none))
    states = torch.tensor([[5.0, 4, 3, 2, 1, 0, 0, 0]])
    nobody = torch.empty(0, dtype=torch.long)
    token, likely = arithmetic.likeliest(states, embedding, nobody, 16)
    assert token.item() in (0, 8)
    assert likely.item() == pytest.approx((states @ weight.T).log_softmax(-1).max().item())
    token, likely = arithmetic.likeliest(states, embedding, torch.tensor([0]), 8)
    assert token.item() == 1, "0 is never said, and from 8 on all are special"
    allowed = (states @ weight.T)[:, 1:8]
    assert likely.item() == pytest.approx(allowed.log_softmax(-1).max().item())
    token, _ = arithmetic.likeliest(states, embedding, torch.tensor([0, 1, 2, 3, 4, 6, 7]), 8)
    assert token.item() == 5, "fewer may be said than are computed again"


@pytest.mark.parametrize("kept", ["float32", "int8"])
def test_torchscript_and_python_compute_the_same(kept: str) -> None:
    import torch

    from podcli.engines import arithmetic
    from podcli.engines.arithmetic import Layer, Linear, Sound

    torch.manual_seed(5)
    heads, width, frames = 2, 128, 40

    def linear(rows: int, columns: int, seed: int) -> Linear:
        return Linear(packed(rows, columns, seed)[0], torch.randn(rows) * 0.1)

    norm = torch.ones(width), torch.zeros(width)
    layer = Layer(
        norm, linear(3 * width, width, 1), linear(width, width, 2), norm, linear(width, width, 3), linear(width, width, 4),
        norm, linear(256, width, 5), linear(width, 256, 6), torch.tensor([1]),
    )  # fmt: skip
    mask = torch.full((16, 16), -torch.inf).triu(1)
    if kept == "int8":
        sound = Sound(
            torch.randint(-127, 128, (2 * heads, frames, 64), dtype=torch.int8),
            torch.rand(2 * heads, frames, dtype=torch.bfloat16),
            torch.randint(-127, 128, (2 * heads, 64, 64), dtype=torch.int8),
            torch.rand(2 * heads, 64, dtype=torch.bfloat16),
            torch.randn(2 * heads, 1, 64),
        )
    else:
        none = torch.empty(2 * heads, 0)
        sound = Sound(torch.randn(2 * heads, frames, 64), none, torch.randn(2 * heads, 64, frames), none, torch.zeros(1, 1, 64))
    heard = [sound, sound]
    results = []
    for step in (arithmetic.step, arithmetic.fast_step):
        torch.manual_seed(6)
        own = [(torch.zeros(2 * heads, 16, 64), torch.zeros(2 * heads, 16, 64)) for _ in range(2)]
        several, _ = step(torch.randn(2, 3, width), [layer, layer], own, heard, 0, heads, mask)
        one, seen = step(torch.randn(2, 1, width), [layer, layer], own, heard, 3, heads, mask)
        assert one.dtype == torch.float32 and seen.dtype == (torch.bfloat16 if kept == "int8" else torch.float32)
        assert seen.shape == (2, 2, frames), "of each layer the head that aligns"
        results.append((several, one, seen, own[1][0]))
    for python, script in zip(*results, strict=True):
        assert torch.equal(python, script)


def test_what_comes_next_is_the_same_in_torchscript() -> None:
    import torch

    from podcli.engines import arithmetic, quantise
    from podcli.engines.packed import PackedEmbedding

    weight = np.random.default_rng(9).normal(0, 0.05, (2000, 64)).astype(np.float32)
    parts = (*fourbit.pack(weight[500:]), *quantise.eight_bits(weight[:500]))
    embedding = PackedEmbedding(*(torch.from_numpy(part) for part in parts)).parts()
    states, unsaid = torch.randn(3, 64), torch.tensor([3, 700])
    for python, script in (
        (arithmetic.likeliest, arithmetic.fast_likeliest), (arithmetic.sayable, arithmetic.fast_sayable),
    ):  # fmt: skip
        expected, found = python(states, embedding, unsaid, 1990), script(states, embedding, unsaid, 1990)
        assert all(torch.equal(one, other) for one, other in zip(expected, found, strict=True))
    tokens = torch.tensor([[0, 499, 500, 1999]])
    assert torch.equal(arithmetic.embedded(tokens, embedding), arithmetic.fast_embedded(tokens, embedding))


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="PyTorch does not promise TorchScript there")
def test_the_fast_way_is_taken() -> None:
    import torch

    from podcli.engines import arithmetic

    for each in (arithmetic.fast_step, arithmetic.fast_likeliest, arithmetic.fast_sayable, arithmetic.fast_embedded):
        assert isinstance(each, torch.jit.ScriptFunction)


def test_what_torchscript_cannot_see_is_what_packing_does() -> None:
    assert (fourbit.GROUP, fourbit.MIDDLE) == (32, 8)


def _attended(sound: Sound, queries: torch.Tensor) -> torch.Tensor:
    """What `queries` ``(batch·heads, n, size)`` find in `sound`, as a step asks for it."""
    import torch

    from podcli.engines import arithmetic

    shares = arithmetic.products(queries * 64**-0.5, sound.keys, sound.key_scales).softmax(-1)
    shares = torch.nn.functional.pad(shares, [0, sound.values.shape[2] - shares.shape[2]])
    return arithmetic.products(shares, sound.values, sound.value_scales) + sound.common


def _crossing(width: int, common: float) -> tuple[Any, Any]:
    """The same block with float32 and with 4-bit weights; all its keys and values have something in `common`."""
    import torch
    from whisper.model import ResidualAttentionBlock

    from podcli.engines.packed import PackedLinear

    exact, packed_too = ResidualAttentionBlock(width, 2, True), ResidualAttentionBlock(width, 2, True)
    for name in ("key", "value"):
        weight = np.random.default_rng(len(name)).normal(0, 0.2, (width, width)).astype(np.float32)
        weight[:, 0] += common  # features whose first number is the same everywhere give it to each
        quants, scales = (torch.from_numpy(part) for part in fourbit.pack(weight))
        bias = None if name == "key" else torch.randn(width)
        layer = PackedLinear(quants, scales, bias)
        dense = torch.nn.Linear(width, width, bias is not None)
        dense.weight.data = layer.weight
        if bias is not None:
            dense.bias.data = bias
        setattr(exact.cross_attn, name, dense)
        setattr(packed_too.cross_attn, name, layer)
    return exact, packed_too


@pytest.mark.parametrize("common", [0.0, 30.0])
def test_what_is_heard_in_8_bits_is_what_is_heard_in_32(common: float) -> None:
    """Also where keys and values are large only in what all share, which would leave few levels for what tells them apart."""
    import torch

    from podcli.engines.cross_keys import CrossKeys

    torch.manual_seed(7)
    features = torch.randn(3, 50, 128)
    features[..., 0] = 1.0
    exact, packed_too = _crossing(128, common)
    with torch.inference_mode():
        reference, kept = CrossKeys([exact], features, 2), CrossKeys([packed_too], features, 2)
        queries = torch.randn(6, 3, 64)
        expected, found = _attended(reference.layers[0], queries), _attended(kept.layers[0], queries)
        assert kept.layers[0].keys.dtype == kept.layers[0].values.dtype == torch.int8
        assert (found - expected).abs().mean() < 0.01 * (expected - expected.mean(1, keepdim=True)).abs().mean() + 0.02
        kept.keep([0, 2])
        torch.testing.assert_close(_attended(kept.layers[0], queries[[0, 1, 4, 5]]), found[[0, 1, 4, 5]])
        reference.keep([1])
        torch.testing.assert_close(_attended(reference.layers[0], queries[[2, 3]]), expected[[2, 3]])


def test_silence_has_keys_too() -> None:
    import torch

    from podcli.engines.cross_keys import CrossKeys

    _, packed_too = _crossing(128, 0.0)
    with torch.inference_mode():
        sound = CrossKeys([packed_too], torch.zeros(1, 50, 128), 2).layers[0]
        found = _attended(sound, torch.randn(2, 1, 64))
    torch.testing.assert_close(found.flatten(), packed_too.cross_attn.value.bias)


def test_both_ways_to_attend_find_the_same() -> None:
    import torch

    from podcli.engines import encoding

    torch.manual_seed(8)
    queries, keys, values = torch.randn(3, 2, 1100, 64).bfloat16()
    expected = torch.nn.functional.scaled_dot_product_attention(*(part.float() for part in (queries, keys, values)))
    for way in (encoding._head_by_head, encoding._all_heads):
        found = way(queries, keys, values)
        assert found.shape == (1100, 128)
        torch.testing.assert_close(found.float(), expected.transpose(0, 1).flatten(1), atol=0.03, rtol=0.05)


def test_what_takes_the_least_time_is_the_quickest() -> None:
    import time

    import torch

    from podcli.engines.quickest import quickest

    before = torch.get_num_threads()
    assert quickest({"slow": lambda: time.sleep(0.01), "quick": lambda: time.sleep(0.001)}, 1) == "quick"
    assert torch.get_num_threads() == before
    asked = []
    quickest({"long": lambda: (asked.append(1), time.sleep(0.2))}, 1)
    assert len(asked) == 2, "once for warming up, once for the time"
