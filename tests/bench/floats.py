"""openai-whisper's model in float32: what the benches compare with. Imports torch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
import whisper
from numpy.typing import NDArray
from whisper.model import ModelDimensions, Whisper

from podcli.engines import ctranslate2


def built(dims: dict[str, int], state: Mapping[str, NDArray[Any]], architecture: str) -> Whisper:
    """The model of these dimensions with these weights, each by openai-whisper's name for it."""
    model = Whisper(ModelDimensions(**dims))
    model.load_state_dict({name: torch.from_numpy(np.array(values, np.float32)) for name, values in state.items()})
    model.set_alignment_heads(whisper._ALIGNMENT_HEADS[architecture])
    return model.eval().requires_grad_(False)


def original(folder: Path) -> Whisper:
    """The model in `folder` (see `weights`), nothing quantised. Raises ModelError when its file is damaged."""
    return built(*ctranslate2.to_openai(ctranslate2.read(folder / "model.bin")), (folder / "architecture").read_text())
