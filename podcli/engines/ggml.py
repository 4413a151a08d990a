"""Published Whisper weights to whisper.cpp's file: matrices in blocks of 32 weights, convolutions in float16, others in float32.

Source: whisper.cpp's ``models/convert-pt-to-ggml.py`` (the order and the names), ``examples/common-ggml.cpp`` (which tensors are
quantised) and ggml's ``quantize_row_q4_0_ref`` and ``quantize_row_q5_1_ref`` (how). Imported only by what converts a model.
"""

from __future__ import annotations

import base64
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from podcli.engines.ggml_head import FIELDS, MAGIC
from podcli.engines.quantise import read_weights
from podcli.errors import ModelError

Kind = Literal["f16", "q4_0", "q5_1"]
_VERSION = 2000
"""Of how blocks are laid out; a part of the number that stands for the type."""
_FILE_TYPES = {"f16": 1, "q4_0": 2, "q5_1": 9}
_TYPES = {"f32": 0, "f16": 1, "q4_0": 2, "q5_1": 7}
_BLOCK = 32
_WIDE = ("encoder.conv1.bias", "encoder.conv2.bias", "encoder.positional_embedding", "decoder.positional_embedding")
"""Never narrower than float32."""


def convert(source: Path, target: Path, *, kind: Kind = "q5_1", report: Callable[[float], None] | None = None) -> None:
    """Write `target` from CTranslate2's ``model.bin`` or openai's ``.pt``. A kill leaves no half-written `target`.

    `report` gets the part that is done, 0 to 1. Raises ModelError when `source` is damaged or holds something else.
    """
    dims, state = read_weights(source)
    part = target.with_name(f"{target.name}.part")
    try:
        write(part, dims, state, kind, report)
    except (KeyError, ValueError) as error:
        raise ModelError(f"These are not the weights of a Whisper model ({error}).", "Pull the model again.") from None
    part.chmod(0o644)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)


def write(
    path: Path,
    dims: dict[str, int],
    state: dict[str, NDArray[Any]],
    kind: Kind,
    report: Callable[[float], None] | None = None,
) -> None:
    """Write openai-whisper's state dict to `path` in whisper.cpp's format, over what is there.

    `dims` are those of openai's checkpoints (``n_mels``, ``n_vocab``, …), `state` maps their names to arrays of any float type.
    Those of two dimensions are written as `kind` (quantised, their rows must be a multiple of 32 long), of three as float16, all
    others, and `_WIDE`, as float32. `report` gets the part that is done, 0 to 1, after each. Raises KeyError where a dimension is
    missing, ValueError where an array does not divide into blocks of 32, OSError where the file cannot be written.
    """
    from whisper.audio import mel_filters

    quantised = kind != "f16"
    with path.open("wb") as file:
        file.write(struct.pack("<12i", MAGIC, *(dims[name] for name in FIELDS), _FILE_TYPES[kind] + _VERSION * quantised))
        filters = mel_filters("cpu", dims["n_mels"]).numpy()
        file.write(struct.pack("<2i", *filters.shape))
        file.write(filters.astype("<f4").tobytes())
        tokens = vocabulary(multilingual=dims["n_vocab"] >= 51865)
        file.write(struct.pack("<i", len(tokens)))
        for token in tokens:
            file.write(struct.pack("<i", len(token)) + token)
        for number, (name, values) in enumerate(state.items(), 1):
            _tensor(file, name, np.asarray(values, np.float32), kind)
            if report:
                report(number / len(state))


def vocabulary(*, multilingual: bool) -> list[bytes]:
    """The tokens that stand for text, by their numbers."""
    import whisper

    ranks = Path(whisper.__file__).parent / "assets" / f"{'multilingual' if multilingual else 'gpt2'}.tiktoken"
    lines = (line.split() for line in ranks.read_bytes().splitlines() if line)
    return [token for _, token in sorted((int(rank), base64.b64decode(token)) for token, rank in lines)]


def _tensor(file: BinaryIO, name: str, values: NDArray[np.float32], kind: Kind) -> None:
    if name in ("encoder.conv1.bias", "encoder.conv2.bias"):
        values = values[:, None]
    as_kind: str = "f32"
    if values.ndim >= 2 and name not in _WIDE:
        as_kind = kind if values.ndim == 2 else "f16"
    title = name.encode()
    file.write(struct.pack("<3i", values.ndim, len(title), _TYPES[as_kind]))
    file.write(struct.pack(f"<{values.ndim}i", *reversed(values.shape)))
    file.write(title)
    encode = {"f32": _f32, "f16": _f16, "q4_0": q4_0, "q5_1": q5_1}[as_kind]
    file.write(encode(values))


def _f32(values: NDArray[np.float32]) -> bytes:
    return values.astype("<f4").tobytes()


def _f16(values: NDArray[np.float32]) -> bytes:
    return values.astype("<f2").tobytes()


def q4_0(values: NDArray[np.float32]) -> bytes:
    """Blocks of 32: a float16 scale, then 16 bytes, the first half in the low nibbles. ``value = (quant - 8) * scale``.

    `values` of any shape are taken in C order, 32 after 32: 18 bytes for each, 4.5 bits a weight. Raises ValueError when their
    number is no multiple of 32. Source: ggml's ``quantize_row_q4_0_ref``.
    """
    blocks = values.reshape(-1, _BLOCK)
    most = np.take_along_axis(blocks, np.abs(blocks).argmax(axis=1)[:, None], axis=1)
    scale = most / -8
    inverse = np.divide(1, scale, out=np.zeros_like(scale), where=scale != 0)
    quants = np.minimum(15, (blocks * inverse + 8.5).astype(np.int32)).astype(np.uint8)
    rows = np.empty((len(blocks), 18), np.uint8)
    rows[:, :2] = scale.astype("<f2").view(np.uint8)
    rows[:, 2:] = quants[:, :16] | quants[:, 16:] << 4
    return rows.tobytes()


def q5_1(values: NDArray[np.float32]) -> bytes:
    """Blocks of 32: float16 scale and least value, 32 fifth bits, then 16 bytes of nibbles. ``value = quant * scale + least``.

    `values` of any shape are taken in C order, 32 after 32: 24 bytes for each, 6 bits a weight. Raises ValueError when their
    number is no multiple of 32. Source: ggml's ``quantize_row_q5_1_ref``.
    """
    blocks = values.reshape(-1, _BLOCK)
    least = blocks.min(axis=1, keepdims=True)
    scale = (blocks.max(axis=1, keepdims=True) - least) / 31
    inverse = np.divide(1, scale, out=np.zeros_like(scale), where=scale != 0)
    quants = ((blocks - least) * inverse + 0.5).astype(np.uint8)
    high = (quants.astype(np.uint32) >> 4 << np.arange(_BLOCK, dtype=np.uint32)).sum(axis=1, dtype=np.uint32)
    rows = np.empty((len(blocks), 24), np.uint8)
    rows[:, :2] = scale.astype("<f2").view(np.uint8)
    rows[:, 2:4] = least.astype("<f2").view(np.uint8)
    rows[:, 4:8] = high.astype("<u4")[:, None].view(np.uint8)
    rows[:, 8:] = (quants[:, :16] & 15) | (quants[:, 16:] & 15) << 4
    return rows.tobytes()
