"""The head of a GGUF file, read before llama.cpp sees it: ggml may abort the whole process on a damaged one.

https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import errno
import math
import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from podcli.errors import ModelError

REINSTALL = "Run `podcli models verify`, then pull it again."
STRING, FLOAT32 = 8, 6
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_ARRAY = 9
_MANY = 100_000
BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 10: (256, 84), 11: (256, 110),
    12: (256, 144), 13: (256, 176), 14: (256, 210), 24: (1, 1), 25: (1, 2), 26: (1, 4), 28: (1, 8), 30: (1, 2),
}  # fmt: skip
"""ggml's types: how many numbers a block holds, and its bytes. A type that is not here is not measured."""


@dataclass(frozen=True, slots=True)
class Tensor:
    """What is said of one tensor."""

    shape: tuple[int, ...]
    """ggml's order: the dimension that lies together in memory first."""
    kind: int
    """ggml's number of the type, a key of `BLOCKS` when it is known here."""


@dataclass(frozen=True, slots=True)
class Gguf:
    """What a file says of itself."""

    fields: dict[str, Any]
    """Numbers, truths and strings; of a list its length."""
    kinds: dict[str, int]
    """GGUF's number of each field's type: llama.cpp aborts where it finds another than it wants."""
    tensors: dict[str, Tensor]
    bytes: int

    @property
    def architecture(self) -> str:
        """llama.cpp's name for the kind of network."""
        return str(self.fields.get("general.architecture", ""))

    @property
    def is_adapter(self) -> bool:
        """Whether it changes a model rather than being one."""
        return self.fields.get("general.type") == "adapter"

    def number(self, name: str, default: int = 0) -> int:
        """A whole number of this architecture, such as ``context_length``."""
        value = self.fields.get(f"{self.architecture}.{name}")
        return value if isinstance(value, int) else default

    def context_bytes(self, tokens: int) -> int:
        """About what llama.cpp keeps of `tokens` tokens: a 16-bit key and value for each layer."""
        heads = self.number("attention.head_count", 1) or 1
        wide = self.number("attention.key_length") or self.number("embedding_length") // heads
        return 4 * tokens * self.number("block_count") * wide * (self.number("attention.head_count_kv") or heads)


def check_gguf(path: Path) -> Gguf:
    """The head of a model that can answer questions.

    Raises ModelError with one sentence for anything else: no GGUF, cut short, an adapter, an image part, an embedding model.
    """
    found = read_gguf(path)
    kind = ""
    if found.is_adapter:
        kind = "an adapter, not a model"
    elif found.architecture == "clip" or found.fields.get("general.type") == "mmproj":
        kind = "the part of a model that looks at pictures"
    elif found.number("pooling_type") or found.fields.get(f"{found.architecture}.attention.causal") is False:
        kind = "an embedding model: it cannot write"
    if kind:
        hint = "Use `podcli models add-adapter` for it." if found.is_adapter else "Choose another one with `podcli models use`."
        raise ModelError(f"The file {path.name} is {kind}.", hint)
    return found


def read_gguf(path: Path, what: Literal["model", "adapter"] = "model") -> Gguf:
    """The fields and tensors of a GGUF file, version 2 or 3, all of whose tensors lie inside it. Raises ModelError otherwise."""
    hint = REINSTALL if what == "model" else "Get it again from where it came from."
    try:
        with path.open("rb") as file:
            head = file.read(24)
            version, tensors, fields = (int.from_bytes(head[a:b], "little") for a, b in ((4, 8), (8, 16), (16, 24)))
            if len(head) < 24 or head[:4] != b"GGUF" or version not in (2, 3) or not (0 < tensors < _MANY and 0 < fields < _MANY):
                raise ModelError(f"The {what} file {path.name} is not a GGUF {what}, or it is damaged.", hint)
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
                return _Reader(content).all(tensors, fields)
    except OSError as error:
        if error.errno == errno.ENOMEM:
            hint = "Close other programs to free memory, then try again."
        raise ModelError(f"The {what} file {path.name} cannot be read: {error.strerror}.", hint) from error
    except (struct.error, ValueError, KeyError, RecursionError, OverflowError) as error:
        raise ModelError(f"The {what} file {path.name} is damaged: it is cut short or was changed.", hint) from error


class _Reader:
    """Walks through a file; ValueError or struct.error where it makes no sense."""

    def __init__(self, content: mmap.mmap) -> None:
        self._content, self._at = content, 24

    def all(self, tensors: int, fields: int) -> Gguf:
        known: dict[str, Any] = {}
        kinds: dict[str, int] = {}
        for _ in range(fields):
            name = self._string()
            kinds[name] = self._number("I")
            known[name] = self._value(kinds[name])
        align = known.get("general.alignment", 32)
        if not isinstance(align, int) or align <= 0:
            raise ValueError("alignment")
        found: dict[str, Tensor] = {}
        end = 0
        for _ in range(tensors):
            name = self._string()
            dimensions = self._number("I")
            if not 0 < dimensions <= 4:
                raise ValueError("dimensions")
            shape = tuple(self._number("Q") for _ in range(dimensions))
            kind, offset = self._number("I"), self._number("Q")
            block, size = BLOCKS.get(kind, (1, 0))
            if offset % align or shape[0] % block or name in found:
                raise ValueError("tensor")
            found[name] = Tensor(shape, kind)
            end = max(end, offset + math.prod(shape) // block * size)
        if -(-self._at // align) * align + end > len(self._content):
            raise ValueError("cut short")
        return Gguf(known, kinds, found, len(self._content))

    def _number(self, form: str) -> Any:  # noqa: ANN401 - the file says which
        (value,) = struct.unpack_from(f"<{form}", self._content, self._at)
        self._at += struct.calcsize(form)
        return value

    def _string(self) -> str:
        start = self._skip_string()
        return self._content[start : self._at].decode("utf-8", "replace")

    def _skip_string(self) -> int:
        content, at = self._content, self._at
        start = at + 8
        end = start + int.from_bytes(content[at:start], "little")
        if end > len(content):
            raise ValueError("string")
        self._at = end
        return start

    def _value(self, kind: int) -> Any:  # noqa: ANN401 - the file says which
        if kind == STRING:
            return self._string()
        if kind != _ARRAY:
            return self._number(_SCALARS[kind])
        inner, count = self._number("I"), self._number("Q")
        if inner == STRING:
            for _ in range(count):
                self._skip_string()
        elif inner == _ARRAY:
            raise ValueError("a list of lists")
        else:
            self._at += count * struct.calcsize(_SCALARS[inner])
        if self._at > len(self._content):
            raise ValueError("list")
        return count
