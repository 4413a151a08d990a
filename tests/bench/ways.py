"""Other ways to hold Whisper's weights in memory than podcli's: engines of `peers`, for `ablation_held`.

Each changes one part of a model that podcli loaded, in a process of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import safe_open
from torch import Tensor, nn
from torch.nn import functional as F
from whisper.model import Whisper

from podcli.engines import arithmetic, packed
from podcli.engines.quantise import QUANTS, SCALES
from tests.bench.floats import original


class EachTime(nn.Module):
    """A linear layer in 4 bits that is unpacked whenever it is used."""

    def __init__(self, quants: Tensor, scales: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self._packed, self._bias = (quants, scales), bias

    def forward(self, x: Tensor) -> Tensor:
        """``x @ weight.T + bias`` in the dtype of `x`."""
        return F.linear(x, arithmetic.unpack(*self._packed).to(x.dtype), None if self._bias is None else self._bias.to(x.dtype))


def all_floats(model: Whisper, folder: Path) -> Whisper:
    """openai-whisper's own modules, nothing quantised, in float32."""
    packed.has_whole_products = lambda: False
    return original(folder)


def encoder_floats(model: Whisper, folder: Path) -> Whisper:
    """The encoder unpacked to float32."""
    packed.encoder_dtype = lambda: torch.float32
    return packed.load_model(folder / "model.safetensors")[0]


def encoder_as_it_lies(model: Whisper, folder: Path) -> Whisper:
    """The encoder's layers not brought into oneDNN's order."""
    packed._order = lambda encoder: None
    return packed.load_model(folder / "model.safetensors")[0]


def encoder_each_time(model: Whisper, folder: Path) -> Whisper:
    """The encoder's layers held in 4 bits, and unpacked one at a time, whenever one is used."""
    with safe_open(folder / "model.safetensors", "pt") as file:
        for name in file.keys():  # noqa: SIM118 (it is no dict)
            owner, _, leaf = name.removesuffix(f".weight{QUANTS}").rpartition(".")
            if not name.startswith("encoder.") or not name.endswith(QUANTS):
                continue
            bias = f"{owner}.{leaf}.bias"
            values = file.get_tensor(bias).clone() if bias in file.keys() else None  # noqa: SIM118
            quants, scales = (file.get_tensor(name.removesuffix(QUANTS) + part).clone() for part in (QUANTS, SCALES))
            setattr(model.get_submodule(owner), leaf, EachTime(quants, scales, values))
    return model


def decoder_floats(model: Whisper, folder: Path) -> Whisper:
    """The decoder's layers in float32."""
    for owner in list(model.decoder.modules()):
        for leaf, layer in list(owner.named_children()):
            if isinstance(layer, packed.PackedLinear):
                dense = nn.Linear(layer.weight.shape[1], layer.weight.shape[0], bias=layer.bias is not None)
                dense.weight = nn.Parameter(layer.weight, requires_grad=False)
                if layer.bias is not None:
                    dense.bias = nn.Parameter(layer.bias, requires_grad=False)
                setattr(owner, leaf, dense)
    return model


def tokens_floats(model: Whisper, folder: Path) -> Whisper:
    """The token embedding in float32."""
    whole = model.decoder.token_embedding.weight
    rows, width = whole.shape
    model.decoder.token_embedding = nn.Embedding(rows, width, _weight=whole, _freeze=True)
    return model


def tokens_packed(model: Whisper, folder: Path) -> Whisper:
    """The likeliest token found from the 4 and 8 bits of the file, by PyTorch's kernels for one row at a time."""
    tokens = model.decoder.token_embedding
    common, scales = tokens.common, tokens.common_scales
    tokens._whole = None
    none = torch.empty(0)
    tokens.parts = lambda: arithmetic.Embedding(common, scales, tokens.matrix(), none, none)
    return model


def frames_floats(model: Whisper, folder: Path) -> Whisper:
    """The frames of the sound in float32, as they are without AMX."""
    parts = model.decoder.token_embedding.parts()
    model.decoder.token_embedding.parts = lambda: parts
    packed.has_whole_products = lambda: False
    return model


WAYS: dict[str, Callable[[Whisper, Path], Whisper]] = {
    "all in float32": all_floats,
    "encoder in float32": encoder_floats,
    "encoder in bfloat16, not in oneDNN's order": encoder_as_it_lies,
    "encoder in 4 bits, a layer unpacked whenever it is used": encoder_each_time,
    "decoder's layers in float32": decoder_floats,
    "token embedding in float32": tokens_floats,
    "token embedding in 4 and 8 bits, not widened": tokens_packed,
    "frames of the sound in float32": frames_floats,
}
