"""A Whisper model with two layers of random weights, in the formats real ones are published in."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DIMS = {
    "n_mels": 80, "n_audio_ctx": 1500, "n_audio_state": 32, "n_audio_head": 2, "n_audio_layer": 2,
    "n_vocab": 51865, "n_text_ctx": 448, "n_text_state": 32, "n_text_head": 2, "n_text_layer": 2,
}  # fmt: skip
_TYPES = {"float32": 0, "int8": 1, "int16": 2, "int32": 3, "float16": 4}


def state_dict() -> dict[str, NDArray[np.float16]]:
    """float16 weights under openai-whisper's names."""
    import torch
    from whisper.model import ModelDimensions, Whisper

    torch.manual_seed(7)
    state = Whisper(ModelDimensions(**DIMS)).state_dict()
    return {
        name: (values.normal_(0, 0.05) if values.ndim > 1 else values).numpy().astype(np.float16)
        for name, values in state.items()
    }


def openai_file(path: Path, state: dict[str, NDArray[np.float16]]) -> Path:
    """openai's checkpoint."""
    import torch

    torch.save({"dims": DIMS, "model_state_dict": {name: torch.from_numpy(values) for name, values in state.items()}}, path)
    return path


def ctranslate2_file(path: Path, state: dict[str, NDArray[np.float16]]) -> Path:
    """CTranslate2's model.bin, as its converter writes it."""
    variables: dict[str, NDArray[np.generic]] = {}
    for side in ("encoder", "decoder"):
        variables[f"{side}/num_heads"] = np.array(2, np.int16)
        variables[f"{side}/position_encodings/encodings"] = state[f"{side}.positional_embedding"]
        norm = f"{side}.{'ln_post' if side == 'encoder' else 'ln'}"
        variables |= _norm(f"{side}/layer_norm", norm, state)
        for layer in range(2):
            variables |= _layer(f"{side}/layer_{layer}", f"{side}.blocks.{layer}", state, cross=side == "decoder")
    for conv in ("conv1", "conv2"):
        variables[f"encoder/{conv}/weight"] = state[f"encoder.{conv}.weight"]
        variables[f"encoder/{conv}/bias"] = state[f"encoder.{conv}.bias"]
    variables["decoder/embeddings/weight"] = state["decoder.token_embedding.weight"]
    variables["decoder/pre_norm"] = np.array(1, np.int8)
    content = struct.pack("<I", 6) + _text("WhisperSpec") + struct.pack("<II", 3, len(variables))
    for name, values in sorted(variables.items()):
        shape = struct.pack(f"<{values.ndim}I", *values.shape)
        content += _text(name) + bytes([values.ndim]) + shape + struct.pack("<BI", _TYPES[values.dtype.name], values.nbytes)
        content += values.tobytes()
    content += struct.pack("<I", 1) + _text("decoder/projection/weight") + _text("decoder/embeddings/weight")
    path.write_bytes(content)
    return path


def _text(value: str) -> bytes:
    return struct.pack("<H", len(value) + 1) + value.encode() + b"\0"


def _norm(name: str, module: str, state: dict[str, NDArray[np.float16]]) -> dict[str, NDArray[np.generic]]:
    return {f"{name}/gamma": state[f"{module}.weight"], f"{name}/beta": state[f"{module}.bias"]}


def _layer(name: str, block: str, state: dict[str, NDArray[np.float16]], *, cross: bool) -> dict[str, NDArray[np.generic]]:
    parts = {"self_attention": ("attn", [("query", "key", "value"), ("out",)]), "ffn": ("mlp", [("0",), ("2",)])}
    if cross:
        parts["attention"] = ("cross_attn", [("query",), ("key", "value"), ("out",)])
    found: dict[str, NDArray[np.generic]] = {}
    for part, (module, stacks) in parts.items():
        found |= _norm(f"{name}/{part}/layer_norm", f"{block}.{module}_ln", state)
        for number, stack in enumerate(stacks):
            zeros = np.zeros(DIMS["n_text_state"], np.float16)
            rows = [state[f"{block}.{module}.{leaf}.weight"] for leaf in stack]
            biases = [state.get(f"{block}.{module}.{leaf}.bias", zeros) for leaf in stack]
            found[f"{name}/{part}/linear_{number}/weight"] = np.concatenate(rows)
            found[f"{name}/{part}/linear_{number}/bias"] = np.concatenate(biases)
    return found
