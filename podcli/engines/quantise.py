"""Published Whisper weights to podcli's own file: one safetensors, all matrices in 4 bits, the rest in float16.

A matrix ``name`` becomes ``name.q4`` and ``name.scales`` (see `fourbit`). Of the token embedding the first rows, the commonest
tokens, are kept in 8 bits: ``name.q8`` and a scale for each row, ``name.q8_scales``; the others follow in 4. The metadata says
which model it is and what it was made from. How the matrices are fitted decides how many words it costs: see the table in
models/README.md.
"""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from podcli.engines import ctranslate2, fourbit
from podcli.engines.machine import free_memory
from podcli.engines.manifest import sha256_of
from podcli.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT = "podcli-whisper-3"
FIT = "2"
"""How the weights were fitted; any fit can be read."""
QUANTS, SCALES = ".q4", ".scales"
QUANTS_8, SCALES_8 = ".q8", ".q8_scales"
EMBEDDING = "decoder.token_embedding.weight"
COMMON = 4096
"""So many tokens are kept in 8 bits: byte pair encoding numbers them by how common they are, and nearly all words that are said
are made of these."""
_FIT_BYTES = 8
"""Memory for each weight while they are fitted to sound: float32, twice. Where there is less, they are rounded as they are."""


def convert(
    source: Path, target: Path, *, model_id: str, architecture: str = "", report: Callable[[float], None] | None = None
) -> None:
    """Write `target` from CTranslate2's ``model.bin`` or openai's ``.pt``. A kill leaves no half-written `target`.

    `architecture` is openai-whisper's name of the shape; it defaults to `model_id` without ``whisper-``. `report` gets the part
    that is done, 0 to 1. Raises ModelError when `source` is damaged or holds something else.
    """
    from safetensors.numpy import save_file

    dims, state = read_weights(source)
    total, done = sum(values.size for values in state.values()), 0

    def tell(more: int) -> None:
        if report:
            report((done + more) / total)

    fitted = _fitted(dims, state, tell)
    done = sum(state[name].size for name in fitted)
    tensors: dict[str, NDArray[Any]] = {}
    for name, values in state.items():
        if name == EMBEDDING and is_packed(name, values.shape):
            tensors[name + QUANTS_8], tensors[name + SCALES_8] = eight_bits(values[:COMMON])
            values = values[COMMON:]
        if is_packed(name, values.shape):
            tensors[name + QUANTS], tensors[name + SCALES] = fitted.get(name) or fourbit.pack(values)
        else:
            tensors[name] = values.astype("<f2")
        if name not in fitted:
            done += state[name].size
            tell(0)
    about = {
        "format": FORMAT,
        "model": model_id,
        "architecture": architecture or model_id.removeprefix("whisper-"),
        "dims": json.dumps(dims),
        "group": str(fourbit.GROUP),
        "fit": FIT,
        "source_sha256": sha256_of(source),
    }
    part = target.with_name(f"{target.name}.part")
    save_file(tensors, part, metadata=about)
    part.chmod(0o644)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    part.replace(target)


def is_packed(name: str, shape: tuple[int, ...]) -> bool:
    """Whether a tensor of openai-whisper's state dict is kept in 4 bits: the weights of linear layers, the token embedding."""
    return len(shape) == 2 and name.endswith(".weight") and shape[1] % fourbit.GROUP == 0


def eight_bits(rows: NDArray[Any]) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """Whole numbers -127 to 127 ``(rows, columns)``, and what one is worth in each row ``(rows,)``."""
    import numpy as np

    wide = np.asarray(rows, np.float32)
    scales = np.maximum(np.abs(wide).max(axis=1) / 127, 2.0**-14).astype(np.float16)
    return np.clip(np.rint(wide / scales[:, None].astype(np.float32)), -127, 127).astype(np.int8), scales


def _fitted(
    dims: dict[str, int], state: dict[str, NDArray[Any]], report: Callable[[int], None]
) -> dict[str, tuple[NDArray[Any], NDArray[Any]]]:
    free = free_memory()
    if free is not None and free < _FIT_BYTES * sum(values.size for values in state.values()):
        return {}
    from podcli.engines.calibrate import fitted

    try:
        return dict(fitted(dims, state, lambda name: is_packed(name, state[name].shape), report))
    except (TypeError, RuntimeError, ValueError, IndexError) as error:
        what = (str(error).splitlines() or [type(error).__name__])[0][:200]
        raise ModelError(f"These are not the weights of a whole Whisper model ({what}).", "Pull the model again.") from None


def read_weights(source: Path) -> tuple[dict[str, int], dict[str, NDArray[Any]]]:
    """openai-whisper's ``ModelDimensions`` and state dict of CTranslate2's ``model.bin`` or openai's ``.pt``.

    Raises ModelError when `source` is neither, or damaged.
    """
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
