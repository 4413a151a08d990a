"""Makes real LoRA adapter files (GGUF) for a model, small and always the same: ``python -m tests.make_adapter MODEL OUT``.

They hold what llama.cpp's own converter writes: for each weight they change two thin matrices of 32-bit numbers.
https://github.com/ggml-org/llama.cpp/blob/master/convert_lora_to_gguf.py
"""

from __future__ import annotations

import argparse
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from podcli.engines.gguf import Gguf, read_gguf

ALIGNMENT = 32
_UINT32, _FLOAT32, _BOOL, _STRING, _FLOAT64 = 4, 6, 7, 8, 12
TARGETS = ("attn_q.weight", "attn_v.weight", "ffn_down.weight")


def make_adapter(
    model: Path, out: Path, *, seed: int = 0, rank: int = 2, alpha: float = 2.0, strength: float = 0.05,
    targets: Sequence[str] = TARGETS, **fields: object,
) -> Path:  # fmt: skip
    """Write a LoRA of `rank` for the weights of `model` whose names end in `targets`.

    `seed` decides its numbers, `strength` how large they are. `fields` (with ``__`` for a dot) replace what it says of itself;
    one that is None is left out.
    """
    head = read_gguf(model)
    said: dict[str, Any] = {
        "general.architecture": head.architecture,
        "general.type": "adapter",
        "general.name": out.stem,
        "adapter.type": "lora",
        "adapter.lora.alpha": float(alpha),
        **{name.replace("__", "."): value for name, value in fields.items()},
    }
    return write_gguf(
        out, {name: value for name, value in said.items() if value is not None}, pairs(head, seed, rank, strength, targets)
    )


def pairs(model: Gguf, seed: int, rank: int, strength: float, targets: Sequence[str]) -> dict[str, NDArray[np.float32]]:
    """The matrices, by name, in numpy's order of dimensions."""
    chance = np.random.default_rng(seed)
    found: dict[str, NDArray[np.float32]] = {}
    for name in sorted(model.tensors):
        if name.endswith(tuple(targets)):
            inputs, outputs = model.tensors[name].shape
            found[f"{name}.lora_a"] = (strength * chance.standard_normal((rank, inputs))).astype(np.float32)
            found[f"{name}.lora_b"] = (strength * chance.standard_normal((outputs, rank))).astype(np.float32)
    return found


def write_gguf(out: Path, fields: dict[str, Any], tensors: dict[str, NDArray[np.float32]]) -> Path:
    """A GGUF file, version 3, of texts, numbers and 32-bit tensors."""
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(fields))
    for name, value in fields.items():
        head += _text(name) + _value(value)
    offset = 0
    for name, tensor in tensors.items():
        shape = tensor.shape[::-1]
        head += _text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, offset)
        offset += _padded(tensor.nbytes)
    body = b"".join(tensor.tobytes().ljust(_padded(tensor.nbytes), b"\0") for tensor in tensors.values())
    out.write_bytes(head.ljust(_padded(len(head)), b"\0") + body)
    return out


def _value(value: object) -> bytes:
    if isinstance(value, str):
        return struct.pack("<I", _STRING) + _text(value)
    if isinstance(value, np.float64):
        return struct.pack("<Id", _FLOAT64, value)
    if isinstance(value, float):
        return struct.pack("<If", _FLOAT32, value)
    if isinstance(value, bool):
        return struct.pack("<I?", _BOOL, value)
    assert isinstance(value, int)
    return struct.pack("<II", _UINT32, value)


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _padded(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT


def main() -> None:
    """Write one adapter."""
    parser = argparse.ArgumentParser(prog="python -m tests.make_adapter", description=__doc__.split("\n")[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rank", type=int, default=2)
    parser.add_argument("--strength", type=float, default=0.05)
    options = parser.parse_args()
    made = make_adapter(options.model, options.out, seed=options.seed, rank=options.rank, strength=options.strength)
    print(f"{made}: {made.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
