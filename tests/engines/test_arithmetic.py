"""What is computed for each word: the same whether TorchScript or Python runs it, and whichever way is the fastest here."""

from __future__ import annotations

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
    return layer.matrix, layer.weight


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


def test_torchscript_and_python_compute_the_same() -> None:
    import torch

    from podcli.engines import arithmetic
    from podcli.engines.arithmetic import Layer, Linear

    assert isinstance(arithmetic.fast_step, torch.jit.ScriptFunction), "or the fast way is not taken"
    assert isinstance(arithmetic.fast_likeliest, torch.jit.ScriptFunction)
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
    heard = [(torch.randn(2 * heads, frames, 64), torch.randn(2 * heads, 64, frames)) for _ in range(2)]
    results = []
    for step in (arithmetic.step, arithmetic.fast_step):
        torch.manual_seed(6)
        own = [(torch.zeros(2 * heads, 16, 64), torch.zeros(2 * heads, 16, 64)) for _ in range(2)]
        several, _ = step(torch.randn(2, 3, width), [layer, layer], own, heard, (True, False), 0, heads, mask)
        one, seen = step(torch.randn(2, 1, width), [layer, layer], own, heard, (True, False), 3, heads, mask)
        assert seen.shape == (2, 2, frames), "of each layer the head that aligns"
        results.append((several, one, seen, own[1][0]))
    for python, script in zip(*results, strict=True):
        assert torch.equal(python, script)


def test_every_way_of_asking_what_was_heard_finds_the_same() -> None:
    import torch

    from podcli.engines import arithmetic, recall

    torch.manual_seed(7)
    matrix, query = torch.randn(6, 50, 64), torch.randn(6, 1, 64)
    expected = query @ matrix.transpose(1, 2)
    for column, dtype in product((True, False), (torch.float32, torch.bfloat16)):
        found = arithmetic.product(matrix.to(dtype), query.to(dtype), column)
        torch.testing.assert_close(found.float(), expected, atol=0.5 if dtype == torch.bfloat16 else 1e-4, rtol=0.05)
    several = torch.randn(6, 3, 64)
    torch.testing.assert_close(arithmetic.product(matrix, several, True), several @ matrix.transpose(1, 2))
    assert recall.way(torch.float32, 1500, 64).dtype == torch.float32, "nothing is rounded that need not be"


def test_half_the_memory_is_worth_some_time_and_not_much(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from podcli.engines import recall

    took = {torch.float32: 1.0, torch.bfloat16: 1.2}
    monkeypatch.setattr(recall, "_tried", lambda dtype, *_: (took[dtype], recall.Way(dtype, True, False)))
    assert recall._fastest(torch.bfloat16, 1500, 64).dtype == torch.bfloat16
    took[torch.bfloat16] = 1.4
    assert recall._fastest(torch.bfloat16, 1500, 64).dtype == torch.float32
    assert torch.get_num_threads() > 0
