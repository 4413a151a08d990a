"""4-bit weights fitted to what a model hears and says: the sample show's trailer, half a minute, of which every word is known.

Imported only by what converts a model: it imports torch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from whisper.audio import N_SAMPLES, log_mel_spectrogram, pad_or_trim
from whisper.model import ModelDimensions, Whisper
from whisper.tokenizer import get_tokenizer

import podcli
from podcli.engines import fourbit
from podcli.engines.audio import SAMPLE_RATE, decode

_SHOW = Path(podcli.__file__).parent / "demo"
_CUT_S, _TURNS = 25.35, 5
"""Where the trailer is cut in two, between two turns, and how many turns are before."""
_SPEEDS = 1.0, 1.15, 0.85
"""It is heard as it is, faster and higher, slower and deeper: as other people would say it, to a model."""

Packed = tuple[NDArray[np.uint8], NDArray[np.float16]]


@torch.inference_mode()
def fitted(
    dims: Mapping[str, int], state: Mapping[str, NDArray[Any]], wanted: Callable[[str], bool], report: Callable[[int], None]
) -> dict[str, Packed]:
    """Quants and scales, as `fourbit.pack` returns them, of each linear layer's matrix in `state` that is `wanted`, by its name.

    The trailer goes through the model once, at three speeds. Each matrix is fitted to what reaches it, and what is behind it gets
    what the fitted one makes of that: errors are made good further on, instead of adding up. (Not the token embedding: from a
    hundred words little can be learnt about 51,864.) `report` gets the weights done so far. Takes four bytes of memory for each
    weight.
    """
    model = Whisper(ModelDimensions(**dims))
    model.load_state_dict({name: torch.from_numpy(np.array(values, np.float32)) for name, values in state.items()})
    found: dict[str, Packed] = {}
    done = 0

    def fit(name: str, x: Tensor) -> None:
        nonlocal done
        if name in found or not wanted(name):
            return
        flat = x.reshape(-1, x.shape[-1])
        weight = model.get_parameter(name)
        found[name] = fourbit.pack(weight.numpy(), (flat.T @ flat).numpy())
        weight.copy_(torch.from_numpy(fourbit.unpack(*found[name])))
        done += weight.numel()
        report(done)

    for name, module in model.named_modules():
        if isinstance(module, nn.Linear):
            module.register_forward_pre_hook(lambda _, x, name=f"{name}.weight": fit(name, x[0]))
    model.eval()(*_trailer(model))
    return found


def _trailer(model: Whisper) -> tuple[Tensor, Tensor]:
    """Spectra ``(6, mels, 3000)`` of the trailer's halves at each speed, and the tokens ``(6, n)`` said in them, filled up with
    ends."""
    tokenizer = get_tokenizer(model.is_multilingual, num_languages=model.num_languages, language="en", task="transcribe")
    sound = np.concatenate(list(decode(_SHOW / "trailer.mp3")))
    turns = [text for _, text in json.loads((_SHOW / "trailer.json").read_text("utf-8"))]
    cut = round(_CUT_S * SAMPLE_RATE)
    heard = [_at_speed(half, speed) for speed in _SPEEDS for half in (sound[:cut], sound[cut:])]
    spectra = [log_mel_spectrogram(pad_or_trim(each, N_SAMPLES), model.dims.n_mels) for each in heard]
    spoken = [tokenizer.encode(" " + " ".join(half)) for half in (turns[:_TURNS], turns[_TURNS:])]
    most = max(len(tokens) for tokens in spoken) + 1
    prompt = list(tokenizer.sot_sequence_including_notimestamps)
    tokens = [[*prompt, *said, *[tokenizer.eot] * (most - len(said))] for said in spoken]
    return torch.stack(spectra), torch.tensor(tokens * len(_SPEEDS))


def _at_speed(sound: NDArray[np.float32], speed: float) -> NDArray[np.float32]:
    """`sound` as from a tape that runs so many times as fast."""
    places = np.arange(int(len(sound) / speed)) * speed
    return np.asarray(np.interp(places, np.arange(len(sound)), sound), np.float32)
