"""Published Whisper weights to podcli's own file: one safetensors, decoder in 4 bits, encoder in 8, the rest in float16.

A decoder matrix ``name`` becomes ``name.q4`` and ``name.scales`` (see `fourbit`), an encoder matrix ``name.q8`` (a byte a weight)
and ``name.scales`` (one a row). The metadata says which model it is and what it was made from. Why the encoder has 8: in 4 bits
tiny.en hears "old as opposed" for "ill disposed" (word error rate of the LibriVox clips 8.3 instead of 5.2 %), and since an
encoder is unpacked when it is loaded, 4 bits would save nothing but disk.
"""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcli.engines import ctranslate2, fourbit
from podcli.engines.manifest import sha256_of
from podcli.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT = "podcli-whisper-1"
QUANTS, BYTES, SCALES = ".q4", ".q8", ".scales"


def convert(
    source: Path, target: Path, *, model_id: str, architecture: str = "", report: Callable[[float], None] | None = None
) -> None:
    """Write `target` from CTranslate2's ``model.bin`` or openai's ``.pt``. A kill leaves no half-written `target`.

    `architecture` is openai-whisper's name of the shape; it defaults to `model_id` without ``whisper-``. `report` gets the part
    that is done, 0 to 1. Raises ModelError when `source` is damaged or holds something else.
    """
    from safetensors.numpy import save_file

    dims, state = _read(source)
    total = sum(values.size for values in state.values())
    tensors: dict[str, NDArray[Any]] = {}
    done = 0
    for name, values in state.items():
        if is_packed(name, values.shape):
            tensors[name + QUANTS], tensors[name + SCALES] = fourbit.pack(values)
        elif is_matrix(name, values.shape):
            tensors[name + BYTES], tensors[name + SCALES] = _in_bytes(values)
        else:
            tensors[name] = values.astype("<f2")
        done += values.size
        if report:
            report(done / total)
    about = {
        "format": FORMAT,
        "model": model_id,
        "architecture": architecture or model_id.removeprefix("whisper-"),
        "dims": json.dumps(dims),
        "group": str(fourbit.GROUP),
        "source_sha256": sha256_of(source),
    }
    part = target.with_name(f"{target.name}.part")
    save_file(tensors, part, metadata=about)
    part.chmod(0o644)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)


def is_packed(name: str, shape: tuple[int, ...]) -> bool:
    """Whether a tensor of openai-whisper's state dict is kept in 4 bits: the decoder's matrices and the token embedding."""
    return name.startswith("decoder.") and is_matrix(name, shape) and shape[1] % fourbit.GROUP == 0


def is_matrix(name: str, shape: tuple[int, ...]) -> bool:
    """Whether it is the weight of a linear layer or the token embedding, which are nearly all there is."""
    return len(shape) == 2 and name.endswith(".weight")


def _in_bytes(values: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """int8 ``(rows, columns)`` and float32 scales ``(rows, 1)``: every weight is within half a scale of what it was."""
    import numpy as np

    wide = np.asarray(values, np.float32)
    scales = np.maximum(np.abs(wide).max(axis=1, keepdims=True) / 127, np.float32(1e-12))
    return np.rint(wide / scales).astype(np.int8), scales


def _read(source: Path) -> tuple[dict[str, int], dict[str, NDArray[Any]]]:
    with source.open("rb") as file:
        head = file.read(4)
    if head == b"PK\x03\x04":
        return _openai(source)
    return ctranslate2.to_openai(ctranslate2.read(source))


def _openai(source: Path) -> tuple[dict[str, int], dict[str, NDArray[Any]]]:
    """openai's own checkpoint: a zip of pickled tensors, read without running what it might pickle (``weights_only``)."""
    import torch

    try:
        checkpoint = torch.load(source, map_location="cpu", weights_only=True, mmap=True)
        dims = {str(name): int(value) for name, value in checkpoint["dims"].items()}
        return dims, {str(name): values.numpy() for name, values in checkpoint["model_state_dict"].items()}
    except (OSError, RuntimeError, ValueError, KeyError, TypeError, AttributeError, EOFError, pickle.UnpicklingError):
        raise ModelError(f"{source.name} is not one of openai's Whisper models.", "Pull the model again.") from None
