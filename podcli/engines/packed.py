"""openai-whisper's model with 4-bit weights: the decoder and the token embedding stay packed, the encoder is unpacked once.

What is computed with them is in `arithmetic`. A decoder reads every weight for every word, so fewer bytes are faster; an encoder
uses each weight for 1,500 frames at once, where unpacking costs more than it saves. Imported only by what loads a model: it
imports torch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
import whisper
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from whisper.model import AudioEncoder, ModelDimensions, MultiHeadAttention, TextDecoder, Whisper

from podcli.engines import arithmetic
from podcli.engines.arithmetic import Embedding, Layer, Linear, Matrix, unpack
from podcli.engines.fourbit import GROUP
from podcli.engines.quantise import EMBEDDING, FORMAT, QUANTS, QUANTS_8, SCALES, SCALES_8
from podcli.errors import ModelError

_BLOCK = 64
"""The kernel wants a multiple of this many outputs."""
_BLOCKS = 64
"""So many times that are brought into the kernel's order at once."""
_MOST_DIMENSION = 200_000
_NONE = torch.empty(0)


def _has_kernel() -> bool:
    """Whether this processor runs PyTorch's int4 kernel with vectors; elsewhere it is a plain loop, and unpacking is faster."""
    return torch.backends.cpu.get_cpu_capability() in ("AVX2", "AVX512")


def encoder_dtype() -> torch.dtype:
    """bfloat16 where the processor multiplies it natively, else float32."""
    native = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return torch.bfloat16 if any(ask is not None and ask() for ask in native) else torch.float32


def has_whole_products() -> bool:
    """Whether this processor has a unit that multiplies whole matrices of 8-bit numbers (Intel's AMX). Those with single
    instructions for it (VNNI) are faster in floating point: all in all a seventh, tried with the unit switched off."""
    ask = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return torch._C._has_mkldnn and ask is not None and ask()


class _Packed(nn.Module):
    """A 4-bit matrix ``(rows, columns)``."""

    quants: Tensor
    scales: Tensor

    def __init__(self, quants: Tensor, scales: Tensor) -> None:
        super().__init__()
        self.register_buffer("quants", quants)
        self.register_buffer("scales", scales)
        self._kernel: tuple[Tensor, Tensor] | None = None

    @property
    def weight(self) -> Tensor:
        """The whole matrix in float32, made anew by each call."""
        return unpack(self.quants, self.scales)

    def matrix(self, *, many: bool = False) -> Matrix:
        """As `arithmetic` takes it; for `many` rows at once only, the kernel is not of use."""
        packed, scales = (self._kernel or self.arrange()) if _has_kernel() and not many else (_NONE, _NONE)
        return Matrix(_NONE, self.quants, self.scales, packed, scales)

    def arrange(self) -> tuple[Tensor, Tensor]:
        """Quants and scales in the kernel's order, rows filled up: made once."""
        extra = -len(self.quants) % _BLOCK
        scales = F.pad(self.scales, (0, 0, 0, 0, 0, extra)).to(torch.bfloat16).transpose(0, 1).contiguous()
        # In parts: on the way each weight takes four bytes.
        blocks = torch.split(F.pad(self.quants, (0, 0, 0, extra)), _BLOCK * _BLOCKS)
        levels = (torch.stack([block & 15, block >> 4], dim=-1).flatten(1).to(torch.int32) for block in blocks)
        packed = torch.cat([torch.ops.aten._convert_weight_to_int4pack_for_cpu(block, 1) for block in levels])
        self._kernel = packed, scales
        return self._kernel


class PackedLinear(_Packed):
    """``nn.Linear`` with a 4-bit weight."""

    bias: Tensor | None

    def __init__(self, quants: Tensor, scales: Tensor, bias: Tensor | None) -> None:
        super().__init__(quants, scales)
        self.register_buffer("bias", bias)

    @staticmethod
    def joined(layers: Sequence[PackedLinear]) -> PackedLinear:
        """One layer whose outputs are those of `layers`, one after the other: one product instead of several small ones."""
        biases = [torch.zeros(len(layer.quants)) if layer.bias is None else layer.bias for layer in layers]
        quants, scales = ([getattr(layer, part) for layer in layers] for part in ("quants", "scales"))
        return PackedLinear(torch.cat(quants), torch.cat(scales), torch.cat(biases))

    def parts(self, *, many: bool = False) -> Linear:
        """As `arithmetic` takes it; see `matrix`."""
        return Linear(self.matrix(many=many), torch.zeros(len(self.quants)) if self.bias is None else self.bias)

    def forward(self, x: Tensor) -> Tensor:
        """``x @ weight.T + bias`` in float32."""
        return arithmetic.linear(x, self.parts(many=x.numel() > 32 * x.shape[-1]))


class OrderedLinear(nn.Module):
    """``nn.Linear`` in bfloat16 whose weight lies as oneDNN multiplies it: that it need not be brought into that order for each
    product saves a seventh, and what it makes can become GELU on the way."""

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        super().__init__()
        self._weight = torch.ops.mkldnn._reorder_linear_weight(weight.detach())
        self._bias = None if bias is None else bias.detach().to(weight.dtype)

    def forward(self, x: Tensor, after: str = "none") -> Tensor:
        """``x @ weight.T + bias`` ``(…, rows)`` of `x` ``(…, columns)``; `after` may be ``gelu``."""
        product: Tensor = torch.ops.mkldnn._linear_pointwise(x, self._weight, self._bias, after, [], "none")
        return product


class PackedEmbedding(_Packed):
    """The token embedding, which is also the matrix of the logits: the first tokens in 8 bits, the others in 4."""

    common: Tensor
    common_scales: Tensor

    def __init__(self, quants: Tensor, scales: Tensor, common: Tensor, common_scales: Tensor) -> None:
        super().__init__(quants, scales)
        self.register_buffer("common", common)
        self.register_buffer("common_scales", common_scales)
        self._whole: tuple[Tensor, Tensor] | None = None

    @property
    def weight(self) -> Tensor:
        """The whole matrix in float32, made anew by each call."""
        return torch.cat([self.common * self.common_scales[:, None].float(), unpack(self.quants, self.scales)])

    def parts(self) -> Embedding:
        """As `arithmetic` takes it."""
        if not has_whole_products():
            return Embedding(self.common, self.common_scales, self.matrix(), _NONE, _NONE)
        return Embedding(self.common, self.common_scales, self.matrix(many=True), *(self._whole or self.widen()))

    def widen(self) -> tuple[Tensor, Tensor]:
        """All tokens in 8 bits, with a scale each: made once."""
        few, each = len(self.common), _BLOCK * _BLOCKS
        whole = torch.empty(few + len(self.quants), self.common.shape[1], dtype=torch.int8)
        worth = torch.empty(len(whole))
        whole[:few], worth[:few] = self.common, self.common_scales
        for at in range(0, len(self.quants), each):  # in parts: on the way each weight takes four bytes
            rows = unpack(self.quants[at : at + each], self.scales[at : at + each])
            most = rows.abs().amax(1).clamp_(min=1e-12) / 127
            worth[few + at : few + at + each] = most
            whole[few + at : few + at + each] = rows.div_(most[:, None]).round_()
        self._whole = torch.ops.onednn.qlinear_prepack(whole, None), worth
        return self._whole

    def forward(self, tokens: Tensor) -> Tensor:
        """float32 vectors of `tokens`."""
        return arithmetic.embedded(tokens, self.parts())


def layers(model: Whisper) -> list[Layer]:
    """The decoder's layers as `arithmetic` takes them, whatever their weights are kept in."""
    heads = model.alignment_heads.indices().T.tolist()
    return [
        Layer(
            _norm(block.attn_ln), _joined(block.attn), linear(block.attn.out),
            _norm(block.cross_attn_ln), linear(block.cross_attn.query), *by_head(block.cross_attn), linear(block.cross_attn.out),
            _norm(block.mlp_ln), linear(block.mlp[0]), linear(block.mlp[2]),
            torch.tensor([int(head) for layer, head in heads if layer == number], dtype=torch.long),
        )
        for number, block in enumerate(model.decoder.blocks)
    ]  # fmt: skip


def embedding(model: Whisper) -> Embedding:
    """The token embedding as `arithmetic` takes it."""
    tokens = model.decoder.token_embedding
    return tokens.parts() if isinstance(tokens, PackedEmbedding) else Embedding(_NONE, _NONE, _dense(tokens.weight), _NONE, _NONE)


def by_head(attention: MultiHeadAttention) -> tuple[Tensor, Tensor, Tensor]:
    """The matrices that make keys and values of the sound, for each head, and what is added to values."""
    key, value = (part.weight.unflatten(0, (attention.n_head, -1)) for part in (attention.key, attention.value))
    return key, value.transpose(1, 2), attention.value.bias


def _norm(layer: nn.LayerNorm) -> tuple[Tensor, Tensor]:
    return layer.weight, layer.bias


def linear(layer: nn.Module, *, many: bool = False) -> Linear:
    """A layer as `arithmetic` takes it; with `many` for many rows at once only."""
    if isinstance(layer, PackedLinear):
        return layer.parts(many=many)
    bias = layer.get_parameter("bias") if "bias" in dict(layer.named_parameters()) else torch.zeros(1)
    return Linear(_dense(layer.get_parameter("weight")), bias)


def _joined(attention: MultiHeadAttention) -> Linear:
    """Query, key and value in one: a product instead of three."""
    if hasattr(attention, "joined"):
        return linear(attention.joined)
    parts = [linear(part) for part in (attention.query, attention.key, attention.value)]
    biases = [part.bias.expand(len(part.weight.dense)) for part in parts]
    return Linear(_dense(torch.cat([part.weight.dense for part in parts])), torch.cat(biases))


def _dense(weight: Tensor) -> Matrix:
    return Matrix(weight, _NONE, _NONE, _NONE, _NONE)


def load_model(path: Path) -> tuple[Whisper, dict[str, str]]:
    """The model in a file that `quantise.convert` wrote, and that file's metadata.

    Raises ModelError when the file is damaged, cut short or something else.
    """
    try:
        # As tensors they lie in the file, of which the system holds what is read. There they begin anywhere, and kernels want
        # theirs at a multiple of 64 bytes (`_weight_int8pack_mm` crashes): `_build` copies all but the quants that are unpacked.
        with safe_open(path, "pt") as file:
            about = file.metadata() or {}
            if about.get("format") != FORMAT:
                raise ValueError("it was made by another version of podcli")
            dims = _dimensions(about["dims"])
            return _build(dims, set(file.keys()), file.get_tensor, about.get("architecture", "")), about
    except (OSError, SafetensorError, ValueError, KeyError, TypeError, RuntimeError, IndexError, AssertionError) as error:
        model_id = path.parent.name
        message = (
            f"The speech model {model_id} cannot be loaded: {str(error).splitlines()[0][:200] if str(error) else 'damaged'}."
        )
        raise ModelError(message, f"Run `podcli models pull --force {model_id}`: it fetches the model anew.") from None


def _dimensions(text: str) -> ModelDimensions:
    values = json.loads(text)
    if set(values) != {field.name for field in fields(ModelDimensions)}:
        raise ValueError("its dimensions are incomplete")
    if not all(isinstance(value, int) and 0 < value < _MOST_DIMENSION for value in values.values()):
        raise ValueError("its dimensions make no sense")
    return ModelDimensions(**values)


class _Unfilled(TorchFunctionMode):
    """New modules keep whatever is in their memory.

    Drawing random numbers would take longer than loading, and the ``meta`` device, made for this, imports sympy: 76 MB.
    """

    def __torch_function__(
        self,
        func: Callable[..., object],
        types: object,
        args: tuple[object, ...] = (),
        kwargs: dict[str, object] | None = None,
    ) -> object:
        """What `func` does, unless it fills a tensor with chance."""
        named = kwargs or {}
        if getattr(func, "__module__", "") == "torch.nn.init" or func in (Tensor.uniform_, Tensor.normal_):
            return args[0] if args else named["tensor"]
        return func(*args, **named)


def _empty(dims: ModelDimensions) -> Whisper:
    """openai-whisper's model, its weights still to come."""
    model = Whisper.__new__(Whisper)
    nn.Module.__init__(model)
    model.dims = dims
    with _Unfilled():
        model.encoder = AudioEncoder(dims.n_mels, dims.n_audio_ctx, dims.n_audio_state, dims.n_audio_head, dims.n_audio_layer)
        model.decoder = TextDecoder(dims.n_vocab, dims.n_text_ctx, dims.n_text_state, dims.n_text_head, dims.n_text_layer)
    return model


def _build(dims: ModelDimensions, names: set[str], tensor: Callable[[str], Tensor], architecture: str) -> Whisper:
    model = _empty(dims)
    wanted = {name: tuple(values.shape) for name, values in model.state_dict().items()}
    dense: dict[str, Tensor] = {}
    for name, shape in wanted.items():
        if name + QUANTS not in names:
            dense[name] = tensor(name).to(torch.float32, copy=True)
            continue
        quants, scales = tensor(name + QUANTS), tensor(name + SCALES)
        common = tensor(name + QUANTS_8).clone() if name == EMBEDDING else torch.empty(0, shape[1], dtype=torch.int8)
        rows = shape[0] - len(common)
        if quants.shape != (rows, shape[1] // 2) or scales.shape != (rows, shape[1] // GROUP, 2) or common.shape[1] != shape[1]:
            raise ValueError(f"{name} has another shape")
        if name.startswith("encoder."):
            dense[name] = unpack(quants, scales).to(encoder_dtype())
        elif name.endswith(("cross_attn.key.weight", "cross_attn.value.weight")):
            dense[name] = unpack(quants, scales)
        elif name == EMBEDDING:
            worth = tensor(name + SCALES_8).clone()
            if worth.shape != (len(common),):
                raise ValueError(f"{name} has another shape")
            model.decoder.token_embedding = PackedEmbedding(quants, scales, common, worth)
        else:
            owner, _, leaf = name.removesuffix(".weight").rpartition(".")
            bias = f"{owner}.{leaf}.bias"
            vector = tensor(bias).to(torch.float32, copy=True) if bias in wanted else None
            setattr(model.get_submodule(owner), leaf, PackedLinear(quants, scales, vector))
    for name in ("encoder.conv1.weight", "encoder.conv2.weight", "encoder.positional_embedding"):
        dense[name] = dense[name].to(encoder_dtype())
    for block in model.decoder.blocks:
        block.attn.joined = PackedLinear.joined([block.attn.query, block.attn.key, block.attn.value])
    kept = set(model.state_dict())
    model.load_state_dict({name: values for name, values in dense.items() if name in kept}, strict=False, assign=True)
    model.decoder.register_buffer("mask", torch.full((dims.n_text_ctx, dims.n_text_ctx), -np.inf).triu_(1), persistent=False)
    heads = torch.zeros(dims.n_text_layer, dims.n_text_head, dtype=torch.bool)
    heads[dims.n_text_layer // 2 :] = True
    model.register_buffer("alignment_heads", heads.to_sparse(), persistent=False)
    if architecture in whisper._ALIGNMENT_HEADS:
        model.set_alignment_heads(whisper._ALIGNMENT_HEADS[architecture])
    _arrange(model.decoder)
    if encoder_dtype() == torch.bfloat16 and torch._C._has_mkldnn:
        _order(model.encoder)
    return model.eval().requires_grad_(False)


def _order(encoder: AudioEncoder) -> None:
    """Bring what it multiplies frames with into the order it is fastest in."""
    for block in encoder.blocks:
        for owner in (block.attn, block.mlp):
            for name, layer in list(owner.named_children()):
                if isinstance(layer, nn.Linear):
                    setattr(owner, name, OrderedLinear(layer.weight, layer.bias))


def _arrange(decoder: TextDecoder) -> None:
    """Bring all that a step multiplies into the form it is fastest in: two threads that need it at once would both do it."""
    layers = [] if has_whole_products() else [decoder.token_embedding]
    for block in decoder.blocks:
        mlp = block.mlp
        layers += [block.attn.joined, block.attn.out, block.cross_attn.query, block.cross_attn.out, mlp[0], mlp[2]]
    if has_whole_products():
        decoder.token_embedding.widen()
    if _has_kernel():
        for layer in layers:
            layer.arrange()
