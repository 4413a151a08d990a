"""What is in a ggml file of whisper.cpp, read before whisper.cpp sees it: on a damaged one it may take the process down.

Source: ``whisper_model_load`` in https://github.com/ggml-org/whisper.cpp/blob/v1.8.5/src/whisper.cpp. It wants exactly the
tensors of the shape that the head names, each with a type that the head decides.
"""

from __future__ import annotations

import math
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path

from podcli.engines.gguf import BLOCKS
from podcli.errors import ModelError

MAGIC = 0x67676D6C
FIELDS = ("n_vocab", "n_audio_ctx", "n_audio_state", "n_audio_head", "n_audio_layer", "n_text_ctx", "n_text_state", "n_text_head",
          "n_text_layer", "n_mels")  # fmt: skip
"""What the head says after the magic, in openai-whisper's words; the last number is the type of the matrices."""
FILE_TYPES = {0: 0, 1: 1, 2: 2, 3: 3, 7: 8, 8: 6, 9: 7}
"""ggml's type of the matrices for each file type that can be computed with (ggml_ftype_to_ggml_type): float to q8_0."""
_F32, _F16 = 0, 1
_VERSION = 1000
"""Thousands of the file type are the version of the quantisation."""
_LONGEST_TOKEN, _LONGEST_NAME, _MOST_DIMENSION, _MOST_LAYERS = 1024, 64, 200_000, 64
_BINS = 201
"""Frequencies of a mel filter: half of 400 samples, and one."""


@dataclass(frozen=True, slots=True)
class GgmlHead:
    """The shape of a Whisper model; names as openai-whisper's ``ModelDimensions``."""

    n_vocab: int
    n_audio_ctx: int
    n_audio_state: int
    n_audio_head: int
    n_audio_layer: int
    n_text_ctx: int
    n_text_state: int
    n_text_head: int
    n_text_layer: int
    n_mels: int
    kind: int
    """ggml's type of the matrices."""

    @property
    def multilingual(self) -> bool:
        """Whether it knows more than English."""
        return self.n_vocab >= 51865

    @property
    def languages(self) -> int:
        """How many languages it knows."""
        return self.n_vocab - 51765 - self.multilingual

    @property
    def sensible(self) -> bool:
        """Whether a Whisper model could have this shape."""
        sizes = [getattr(self, name) for name in FIELDS]
        return (
            all(0 < size <= _MOST_DIMENSION for size in sizes)
            and 51864 <= self.n_vocab <= 51900
            and max(self.n_audio_layer, self.n_text_layer) <= _MOST_LAYERS
            and (self.n_audio_ctx, self.n_text_ctx) == (1500, 448)
            and self.n_audio_state == self.n_text_state
            and self.n_audio_state % self.n_audio_head == self.n_text_state % self.n_text_head == 0
            and self.n_mels in (80, 128)
        )


def check_ggml(path: Path, model_id: str = "") -> GgmlHead:
    """The head of a whole Whisper model in whisper.cpp's format. Raises ModelError for anything else.

    `model_id` is what messages call it; it defaults to the name of the folder.
    """
    model_id = model_id or path.parent.name
    hint = f"Run `podcli models pull --force {model_id}`: it fetches the model anew."
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return _checked(content)
    except OSError as error:
        raise ModelError(f"The speech model {model_id} cannot be read: {error.strerror}.", hint) from None
    except (struct.error, ValueError) as error:
        raise ModelError(f"The speech model {model_id} cannot be loaded: {error}.", hint) from None


def _checked(content: mmap.mmap) -> GgmlHead:
    magic, *sizes, file_type = struct.unpack_from("<12i", content)
    if magic != MAGIC:
        raise ValueError("it is no ggml file")
    if file_type % _VERSION not in FILE_TYPES:
        raise ValueError("its weights are of a type podcli does not know")
    head = GgmlHead(**dict(zip(FIELDS, sizes, strict=True)), kind=FILE_TYPES[file_type % _VERSION])
    if not head.sensible or struct.unpack_from("<2i", content, 48) != (head.n_mels, _BINS):
        raise ValueError("its dimensions make no sense")
    at = _after_tokens(content, 56 + 4 * head.n_mels * _BINS, head.n_vocab)
    wanted = _tensors(head)
    while at < len(content):
        rank, length, kind = struct.unpack_from("<3i", content, at)
        if not 0 < rank <= 3 or not 0 < length <= _LONGEST_NAME:
            raise ValueError("it is damaged")
        shape = struct.unpack_from(f"<{rank}i", content, at + 12)
        at += 12 + 4 * rank + length
        name = content[at - length : at].decode("ascii", "replace")
        if wanted.pop(name, None) != (shape, kind):
            raise ValueError("it holds a tensor that no such Whisper model has")
        block, size = BLOCKS[kind]
        at += math.prod(shape) // block * size
    if wanted or at > len(content):
        raise ValueError("it is cut short")
    return head


def _after_tokens(content: mmap.mmap, at: int, most: int) -> int:
    """Where the tensors begin."""
    (count,) = struct.unpack_from("<i", content, at)
    at += 4
    if not 0 < count <= most:
        raise ValueError("its vocabulary is damaged")
    for _ in range(count):
        (length,) = struct.unpack_from("<i", content, at)
        if not 0 <= length <= _LONGEST_TOKEN:
            raise ValueError("its vocabulary is damaged")
        at += 4 + length
    return at


def _tensors(head: GgmlHead) -> dict[str, tuple[tuple[int, ...], int]]:
    """Shape (ggml's order: what lies together in memory first) and type of every tensor, by openai-whisper's names."""
    width, kind = head.n_audio_state, head.kind
    convolution = _F32 if kind == _F32 else _F16
    if width % BLOCKS[kind][0]:
        raise ValueError("its dimensions make no sense")
    found: dict[str, tuple[tuple[int, ...], int]] = {
        "encoder.positional_embedding": ((width, head.n_audio_ctx), _F32),
        "encoder.conv1.weight": ((3, head.n_mels, width), convolution),
        "encoder.conv1.bias": ((1, width), _F32),
        "encoder.conv2.weight": ((3, width, width), convolution),
        "encoder.conv2.bias": ((1, width), _F32),
        "decoder.positional_embedding": ((width, head.n_text_ctx), _F32),
        "decoder.token_embedding.weight": ((width, head.n_vocab), kind),
    }
    norms = ["encoder.ln_post", "decoder.ln"]
    for side, layers in (("encoder", head.n_audio_layer), ("decoder", head.n_text_layer)):
        for layer in range(layers):
            block = f"{side}.blocks.{layer}"
            for attention in ("attn",) if side == "encoder" else ("attn", "cross_attn"):
                norms.append(f"{block}.{attention}_ln")
                for part in ("query", "key", "value", "out"):
                    found |= _linear(f"{block}.{attention}.{part}", width, width, kind, biased=part != "key")
            norms.append(f"{block}.mlp_ln")
            found |= _linear(f"{block}.mlp.0", width, 4 * width, kind) | _linear(f"{block}.mlp.2", 4 * width, width, kind)
    return found | {f"{norm}.{part}": ((width,), _F32) for norm in norms for part in ("weight", "bias")}


def _linear(name: str, inputs: int, outputs: int, kind: int, *, biased: bool = True) -> dict[str, tuple[tuple[int, ...], int]]:
    bias = {f"{name}.bias": ((outputs,), _F32)} if biased else {}
    return {f"{name}.weight": ((inputs, outputs), kind), **bias}
