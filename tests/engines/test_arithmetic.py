"""What is computed for each word: the same whether TorchScript or Python runs it, and whichever way is the fastest here."""

from __future__ import annotations

import sys
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest

from podcli.engines import fourbit

if TYPE_CHECKING:
    import torch

    from podcli.engines.arithmetic import Matrix


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


@pytest.mark.parametrize("columns", [*product((True, False), repeat=2)])
@pytest.mark.parametrize("kept", ["float32", "bfloat16"])
def test_torchscript_and_python_compute_the_same(columns: tuple[bool, bool], kept: str) -> None:
    import torch

    from podcli.engines import arithmetic
    from podcli.engines.arithmetic import Layer, Linear

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
    dtype = getattr(torch, kept)
    heard = [(torch.randn(2 * heads, frames, 64, dtype=dtype), torch.randn(2 * heads, 64, frames, dtype=dtype)) for _ in range(2)]
    results = []
    for step in (arithmetic.step, arithmetic.fast_step):
        torch.manual_seed(6)
        own = [(torch.zeros(2 * heads, 16, 64), torch.zeros(2 * heads, 16, 64)) for _ in range(2)]
        several, _ = step(torch.randn(2, 3, width), [layer, layer], own, heard, columns, 0, heads, mask)
        one, seen = step(torch.randn(2, 1, width), [layer, layer], own, heard, columns, 3, heads, mask)
        assert one.dtype == torch.float32 and seen.dtype == dtype
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


def test_every_way_of_asking_what_was_heard_finds_the_same() -> None:
    import torch

    from podcli.engines import arithmetic, cross_keys

    torch.manual_seed(7)
    matrix, query = torch.randn(6, 50, 64), torch.randn(6, 1, 64)
    expected = query @ matrix.transpose(1, 2)
    for column, dtype in product((True, False), (torch.float32, torch.bfloat16)):
        found = arithmetic.bmm(matrix.to(dtype), query.to(dtype), column)
        torch.testing.assert_close(found.float(), expected, atol=0.5 if dtype == torch.bfloat16 else 1e-4, rtol=0.05)
    several = torch.randn(6, 3, 64)
    torch.testing.assert_close(arithmetic.bmm(matrix, several, True), several @ matrix.transpose(1, 2))
    assert cross_keys.kept_in(torch.float32) == torch.float32, "nothing is rounded that need not be"


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
