"""Whisper weights as CTranslate2 stores them (its ``model.bin``, version 6) under openai-whisper's names.

Source: CTranslate2's ``python/ctranslate2/specs/model_spec.py`` (the format) and ``converters/transformers.py`` (the names).
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcli.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

VERSION = 6
_DTYPES = ("<f4", "i1", "<i2", "<i4", "<f2")
_MAX_VARIABLES, _MAX_RANK = 10_000, 8
_NORM = {"gamma": "weight", "beta": "bias"}
_ATTENTION_NORM = {"self_attention": "attn_ln", "attention": "cross_attn_ln", "ffn": "mlp_ln"}
# Which modules' rows a linear layer stacks. A key has no bias; CTranslate2 stores zeros for it.
_STACKED = {
    "self_attention/linear_0": ("attn.query", "attn.key", "attn.value"),
    "self_attention/linear_1": ("attn.out",),
    "attention/linear_0": ("cross_attn.query",),
    "attention/linear_1": ("cross_attn.key", "cross_attn.value"),
    "attention/linear_2": ("cross_attn.out",),
    "ffn/linear_0": ("mlp.0",),
    "ffn/linear_1": ("mlp.2",),
}
_BLOCKS = ("encoder.blocks.", "decoder.blocks.")
_SETTINGS = {"activation", "alibi", "alignment_heads", "alignment_layer", "num_heads", "pre_norm", "scale_embeddings",
             "start_from_zero_embedding"}  # fmt: skip


class _Reader:
    """A cursor over bytes that never reads past their end."""

    def __init__(self, content: mmap.mmap) -> None:
        self._content = content
        self._at = 0

    def number(self, kind: str) -> int:
        (value,) = struct.unpack_from(f"<{kind}", self._content, self._at)
        self._at += struct.calcsize(kind)
        return int(value)

    def text(self) -> str:
        length = self.number("H")
        return self.take(length)[:].rstrip(b"\0").decode("utf-8")

    def take(self, length: int) -> bytes:
        at = self._at
        self.skip(length)
        return self._content[at : self._at]

    def skip(self, length: int) -> int:
        """Move on; where it was before."""
        at = self._at
        if at + length > len(self._content):
            raise ValueError("the file ends early")
        self._at += length
        return at


def read(path: Path) -> dict[str, NDArray[Any]]:
    """Every variable of a CTranslate2 Whisper model by its own name, mapped from the file, not read.

    Raises ModelError when it is not such a file, or is cut short.
    """
    try:
        with path.open("rb") as file:
            content = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return _variables(content)
    except (OSError, ValueError, struct.error) as error:
        raise ModelError(f"{path.name} is not a whole CTranslate2 model: {error}.", "Pull the model again.") from None


def _variables(content: mmap.mmap) -> dict[str, NDArray[Any]]:
    import numpy as np

    reader = _Reader(content)
    if (version := reader.number("I")) != VERSION:
        raise ValueError(f"its version is {version}, not {VERSION}")
    if (spec := reader.text()) != "WhisperSpec":
        raise ValueError(f"it holds a {spec[:40]}, not a Whisper model")
    reader.number("I")
    if (count := reader.number("I")) > _MAX_VARIABLES:
        raise ValueError("its index is damaged")
    found: dict[str, NDArray[Any]] = {}
    for _ in range(count):
        name, rank = reader.text(), reader.number("B")
        if rank > _MAX_RANK:
            raise ValueError("its index is damaged")
        shape = tuple(reader.number("I") for _ in range(rank))
        dtype = reader.number("B")
        if dtype >= len(_DTYPES):
            raise ValueError(f"{name} has a type podcli does not know")
        kind = np.dtype(_DTYPES[dtype])
        length = reader.number("I")
        size = kind.itemsize
        for side in shape:
            size *= side
        if size != length:
            raise ValueError(f"{name} has {length} bytes instead of {size}")
        values = np.frombuffer(content, kind, length // kind.itemsize, reader.skip(length)).reshape(shape)
        found[name] = values
    return found


def to_openai(variables: dict[str, NDArray[Any]]) -> tuple[dict[str, int], dict[str, NDArray[Any]]]:
    """openai-whisper's ``ModelDimensions`` and state dict (views of `variables`). Raises ModelError when they do not fit."""
    try:
        state: dict[str, NDArray[Any]] = {}
        for name, values in variables.items():
            state.update(_renamed(name, values))
        return _dimensions(variables, state), state
    except (KeyError, ValueError, IndexError) as error:
        message = f"These weights are not those of a Whisper model podcli knows ({error})."
        raise ModelError(message, "Pull the model again.") from None


def _renamed(name: str, values: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """What one variable is called in openai-whisper; nothing for CTranslate2's own settings."""
    import numpy as np

    side, _, rest = name.partition("/")
    if side not in ("encoder", "decoder") or not rest:
        raise ValueError(name)
    if rest in _SETTINGS:
        return {}
    if not np.issubdtype(values.dtype, np.floating):
        raise ValueError(f"{name} is {values.dtype}: only float16 and float32 weights can be converted")
    if rest.startswith("layer_norm/"):
        return {f"{side}.{'ln_post' if side == 'encoder' else 'ln'}.{_NORM[rest.rpartition('/')[2]]}": values}
    if rest.startswith("layer_"):
        return _of_layer(side, rest, values)
    if rest == "position_encodings/encodings":
        return {f"{side}.positional_embedding": values}
    if rest == "embeddings/weight":
        return {f"{side}.token_embedding.weight": values}
    if rest in ("conv1/weight", "conv1/bias", "conv2/weight", "conv2/bias"):
        return {f"{side}.{rest.replace('/', '.')}": values}
    raise ValueError(name)


def _of_layer(side: str, rest: str, values: NDArray[Any]) -> dict[str, NDArray[Any]]:
    layer, part, unit, kind = rest.split("/")
    block = f"{side}.blocks.{int(layer.removeprefix('layer_'))}"
    if unit == "layer_norm":
        return {f"{block}.{_ATTENTION_NORM[part]}.{_NORM[kind]}": values}
    modules = _STACKED[f"{part}/{unit}"]
    rows = len(values) // len(modules)
    if rows * len(modules) != len(values) or kind not in ("weight", "bias"):
        raise ValueError(rest)
    return {
        f"{block}.{module}.{kind}": values[index * rows : (index + 1) * rows]
        for index, module in enumerate(modules)
        if not (kind == "bias" and module.endswith(".key"))
    }


def _dimensions(variables: dict[str, NDArray[Any]], state: dict[str, NDArray[Any]]) -> dict[str, int]:
    """`state` loses the rows that CTranslate2 adds to the vocabulary to make it even."""
    width, mels, _ = state["encoder.conv1.weight"].shape
    embedding = state["decoder.token_embedding.weight"]
    known = (51866,) if mels == 128 else (51865, 51864)
    vocabulary = next((size for size in known if size <= len(embedding) < size + 64), len(embedding))
    state["decoder.token_embedding.weight"] = embedding[:vocabulary]
    layers = [1 + max(int(key.split(".")[2]) for key in state if key.startswith(side)) for side in _BLOCKS]
    return {
        "n_mels": mels,
        "n_audio_ctx": len(state["encoder.positional_embedding"]),
        "n_audio_state": width,
        "n_audio_head": int(variables["encoder/num_heads"]),
        "n_audio_layer": layers[0],
        "n_vocab": vocabulary,
        "n_text_ctx": len(state["decoder.positional_embedding"]),
        "n_text_state": embedding.shape[1],
        "n_text_head": int(variables["decoder/num_heads"]),
        "n_text_layer": layers[1],
    }
