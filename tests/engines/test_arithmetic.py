"""What is computed for each word: the same whether TorchScript or Python runs it, and whichever way is the fastest here."""

from __future__ import annotations

import gc
import sys
import weakref
from typing import TYPE_CHECKING

import numpy as np
import pytest

from podcli.engines import fourbit

if TYPE_CHECKING:
    import torch
    from whisper.model import ResidualAttentionBlock

    from podcli.engines.arithmetic import Layer, Matrix


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
    embedding = Embedding(none, none, Matrix(weight, none, none, none, none), none, none)
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
    from podcli.engines.arithmetic import Layer, Linear
    from podcli.engines.cross_attention import sound_of

    torch.manual_seed(5)
    heads, width, frames = 2, 128, 40

    def linear(rows: int, columns: int, seed: int) -> Linear:
        return Linear(packed(rows, columns, seed)[0], torch.randn(rows) * 0.1)

    norm = torch.ones(width), torch.zeros(width)
    by_head = torch.randn(heads, 64, width) * 0.1, torch.randn(heads, width, 64) * 0.1, torch.randn(width)
    layer = Layer(
        norm, linear(3 * width, width, 1), linear(width, width, 2), norm, linear(width, width, 3), *by_head,
        linear(width, width, 4), norm, linear(256, width, 5), linear(width, 256, 6), torch.tensor([1]),
    )  # fmt: skip
    unsaid = torch.full((16, 16), -torch.inf).triu(1)
    heard = sound_of(torch.randn(2, frames, width), whole=kept == "int8")
    starts = 16 * torch.arange(2 * 2 * heads).view(2, 2, heads).transpose(0, 1)  # (rows, keys and values, heads)
    results = []
    for step in (arithmetic.step, arithmetic.fast_step):
        torch.manual_seed(6)
        own = [torch.zeros(2, 2 * heads, 16, 64) for _ in range(2)]
        places = starts[:, None] + torch.arange(3)[:, None, None]
        several, _ = step(torch.randn(2, 3, width), [layer, layer], own, heard, 0, places.flatten(), unsaid[None, :3], heads)
        places = starts + 3
        one, seen = step(torch.randn(2, 1, width), [layer, layer], own, heard, 0, places.flatten(), unsaid[None, 3:4], heads)
        assert one.dtype == seen.dtype == torch.float32
        assert seen.shape == (2, 2, frames), "of each layer the head that aligns"
        assert all((kept[:, :, :4] != 0).all() and (kept[:, :, 4:] == 0).all() for kept in own)
        results.append((several, one, seen, own[1]))
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


def _crossing(queries: torch.Tensor, features: torch.Tensor, block: ResidualAttentionBlock) -> tuple[torch.Tensor, torch.Tensor]:
    """What `queries` ``(batch, n, width)`` of two heads find in `features`, and their scores ``(batch, heads, n, frames)``: by
    keys and values, as openai-whisper does."""
    keys, values = block.cross_attn.key(features), block.cross_attn.value(features)
    asked, keys, values = (x.unflatten(-1, (2, -1)).transpose(1, 2) for x in (queries, keys, values))
    scores = asked @ keys.transpose(2, 3)
    return (scores.softmax(-1) @ values).transpose(1, 2).flatten(2), scores


def _layer(block: ResidualAttentionBlock) -> Layer:
    """A layer of which only what asks the sound is of interest."""
    import torch

    from podcli.engines import packed
    from podcli.engines.arithmetic import Layer, Linear, Matrix

    none = torch.empty(0)
    norm, linear = (none, none), Linear(Matrix(none, none, none, none, none), none)
    return Layer(norm, linear, linear, norm, linear, *packed.by_head(block.cross_attn), linear, norm, linear, linear, none)


@pytest.mark.parametrize("common", [0.0, 30.0])
@pytest.mark.parametrize(("whole", "tolerance"), [(False, 1e-5), (True, 0.015)], ids=["float32", "int8"])
def test_frames_give_what_keys_and_values_made_of_them_would(common: float, whole: bool, tolerance: float) -> None:
    """Also where frames are large only in what all share, which would leave few levels for what tells them apart."""
    import torch
    from whisper.model import ResidualAttentionBlock

    from podcli.engines import arithmetic
    from podcli.engines.cross_attention import sound_of, windows_of

    torch.manual_seed(7)
    features, queries = torch.randn(3, 50, 128) + common, torch.randn(3, 4, 128) * 0.3
    block = ResidualAttentionBlock(128, 2, True)
    with torch.inference_mode():
        expected, scores = _crossing(queries, features, block)
        sound = sound_of(features, whole=whole)
        assert sound.frames[0].dtype == (torch.int8 if whole else torch.float32)
        found, asked = arithmetic.asked(queries, _layer(block), sound, 2, arithmetic.halves(8))
        assert (found - expected).norm() < tolerance * expected.norm()
        less = asked - asked.mean(-1, keepdim=True) - (scores - scores.mean(-1, keepdim=True))
        assert less.norm() < max(tolerance, 1e-5 * (1 + common)) * (scores - scores.mean(-1, keepdim=True)).norm()
        few, _ = arithmetic.asked(queries[[2, 0]], _layer(block), windows_of(sound, [2, 0]), 2, arithmetic.halves(8))
        torch.testing.assert_close(few, found[[2, 0]])


def test_silence_is_found_too() -> None:
    import torch
    from whisper.model import ResidualAttentionBlock

    from podcli.engines import arithmetic
    from podcli.engines.cross_attention import sound_of

    block = ResidualAttentionBlock(128, 2, True)
    with torch.inference_mode():
        sound = sound_of(torch.zeros(1, 50, 128), whole=True)
        found, _ = arithmetic.asked(torch.randn(1, 1, 128), _layer(block), sound, 2, arithmetic.halves(2))
    torch.testing.assert_close(found.flatten(), block.cross_attn.value.bias.data)


def test_a_row_is_the_same_however_many_come_with_it() -> None:
    import torch

    from podcli.engines import arithmetic

    torch.manual_seed(2)
    x, matrices = torch.randn(6, 26, 64), torch.randn(6, 64, 384)
    alone = torch.cat([arithmetic.by_head(row, matrices) for row in x.split(1, dim=1)], dim=1)
    torch.testing.assert_close(alone, x @ matrices)
    for count in (2, 8, 12, 26):
        assert torch.equal(arithmetic.by_head(x[:, :count], matrices), alone[:, :count])


def test_what_others_have_said_changes_nothing() -> None:
    """A row finds the same in what it said, to the last bit, alone and among longer ones, whatever lies where it said nothing."""
    import torch

    from podcli.engines import arithmetic

    torch.manual_seed(8)
    heads, length = 2, 64
    none = torch.empty(0)
    nothing = arithmetic.Matrix(none, none, none, none, none)
    inner = arithmetic.Linear(nothing._replace(dense=torch.eye(128).repeat(3, 1)), torch.randn(384))
    blank, norm, width = arithmetic.Linear(nothing, none), (none, none), torch.randn(3, 1, 128)
    layer = arithmetic.Layer(norm, inner, blank, norm, blank, none, none, none, blank, norm, blank, blank, none)
    kept = torch.randn(2, 3 * heads, length, 64)
    starts = length * torch.arange(2 * 3 * heads).view(2, 3, heads).transpose(0, 1)
    at = torch.tensor([5, 50, 21])
    unsaid = torch.zeros(3 * heads, 1, length)
    for row, reached in enumerate(at):
        unsaid[row * heads : (row + 1) * heads, :, reached + 1 :] = -torch.inf
    places = (starts + at[:, None, None]).flatten()
    found = arithmetic.recalled(width, layer, kept.clone(), 0, places, unsaid, heads)
    for row, reached in enumerate([16, 64, 32]):
        mask, place = unsaid[row * heads : (row + 1) * heads, :, :reached], (starts[row] + at[row]).flatten()
        alone = arithmetic.recalled(width[row : row + 1], layer, kept.clone(), row, place, mask, heads)
        assert torch.equal(alone[0], found[row])


def test_two_halves_of_8_bits_are_worth_15() -> None:
    import torch

    from podcli.engines import arithmetic

    torch.manual_seed(3)
    rows = torch.randn(2, 3, 64) * torch.tensor([1e-6, 1.0, 1e6])[:, None]
    rows[0, 1] = 0
    matrices = torch.randint(-127, 128, (2, 64, 40), dtype=torch.int8)
    exact = rows @ matrices.float()
    together, worth = arithmetic.halves(3), arithmetic.step_of(rows)
    parts = arithmetic.split_up(rows / worth, torch.zeros(2, together.shape[1], 64, dtype=torch.int8))
    whole = torch.stack([part.int() @ matrix.int() for part, matrix in zip(parts, matrices, strict=True)])
    found = (together * worth) @ whole.float()
    size = rows.abs().amax(-1, keepdim=True) * 127 * 64**0.5
    assert ((found - exact).abs() <= size * 2.0**-15 * 4).all()
    assert (found[0, 1] == 0).all()


def test_all_tokens_in_8_bits_tell_the_same_token() -> None:
    """What is likeliest is computed from the 4 bits themselves: 8 bits only say which may be."""
    import torch

    from podcli.engines import arithmetic, packed, quantise

    weight = np.random.default_rng(9).normal(0, 0.05, (4000, 64)).astype(np.float32)
    parts = (*fourbit.pack(weight[500:]), *quantise.eight_bits(weight[:500]))
    embedding = packed.PackedEmbedding(*(torch.from_numpy(part) for part in parts))
    torch.manual_seed(4)
    states, nobody = torch.randn(11, 64) * 5, torch.empty(0, dtype=torch.long)
    exact = states @ embedding.weight.T
    whole, scales = embedding.widen()
    narrow = arithmetic.Embedding(embedding.common, embedding.common_scales, embedding.matrix(many=True), *[torch.empty(0)] * 2)
    wide = narrow._replace(whole=whole, whole_scales=scales)
    assert len(scales) == 4000
    for each in (narrow, wide):
        found = arithmetic.logits(states, each)
        assert (found - exact).abs().mean() < 0.01 * exact.std()
        token, likely = arithmetic.likeliest(states, each, nobody, 4000)
        assert torch.equal(token, exact.argmax(1))
        torch.testing.assert_close(likely, exact.log_softmax(1).max(1).values, atol=0.02, rtol=0)


@pytest.mark.parametrize("after", ["none", "gelu"])
def test_a_layer_in_the_kernels_order_computes_what_it_did(after: str) -> None:
    import torch

    from podcli.engines import packed

    torch.manual_seed(6)
    dtype = packed.encoder_dtype()
    layer, x = torch.nn.Linear(96, 160).to(dtype), torch.randn(2, 70, 96).to(dtype)
    for bias in (layer.bias, None):
        exact = torch.nn.functional.linear(x.double(), layer.weight.double(), None if bias is None else bias.double())
        expected = torch.nn.functional.gelu(exact) if after == "gelu" else exact
        found = packed.OrderedLinear(layer.weight, bias)(x, after)
        assert found.dtype == dtype
        torch.testing.assert_close(found.double(), expected, atol=2e-3, rtol=2e-2)


def test_a_layer_in_the_kernels_order_lets_go_of_what_it_was_made_of() -> None:
    """The encoder would be held twice: 16 MB of tiny, 40 of base."""
    import torch

    from podcli.engines import packed

    layer = torch.nn.Linear(64, 64)
    weight = weakref.ref(layer.weight)
    ordered = packed.OrderedLinear(layer.weight, layer.bias)
    del layer
    gc.collect()
    assert weight() is None
    assert ordered(torch.ones(1, 64)).shape == (1, 64)


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
