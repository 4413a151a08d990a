"""What each way of keeping Whisper's weights costs: ``python -m tests.bench.ablation [MODEL]``, the table in models/README.md.

For each variant: how far its next word is from that of the float32 weights (Kullback-Leibler divergence in nats a token, and the
share of tokens that would be another), on windows of real and synthetic speech that nothing was fitted to; the word error rate
over every clip with reference text; and the size of the file.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
import whisper
from numpy.typing import NDArray
from torch import Tensor
from whisper.audio import N_SAMPLES, log_mel_spectrogram, pad_or_trim
from whisper.model import Whisper

from podcli.engines import calibrate, ctranslate2, decoding, fourbit, quantise
from podcli.engines.audio import decode
from podcli.engines.cross_attention import sound_of
from podcli.engines.voice import windows
from podcli.engines.whisper import WhisperTranscriber
from tests.bench import weights
from tests.bench.bench_whisper import CORPUS
from tests.bench.floats import built
from tests.bench.wer import clips, errors, hear

Weights = dict[str, NDArray[Any]]
_BITS = {"float": 16.0, "8 bits": 8.0, "4 bits": 5.0, "4 bits, fitted": 5.0, "4 and 8 bits": 5.0 + 3.0 * quantise.COMMON / 51864}
"""A weight's share of the file: a group of 32 has a scale and a zero, of 16 bits each."""
VARIANTS = [
    ("float", "float", "float"),
    ("8 bits", "4 bits", "4 bits"),
    ("4 bits", "4 bits", "4 bits"),
    ("4 bits, fitted", "4 bits", "4 bits"),
    ("4 bits", "4 bits, fitted", "4 bits"),
    ("4 bits, fitted", "4 bits, fitted", "4 bits"),
    ("float", "float", "4 bits"),
    ("float", "float", "4 and 8 bits"),
    ("4 bits, fitted", "4 bits, fitted", "4 and 8 bits"),
]
"""How encoder, decoder and token embedding are kept. The last is what podcli does."""


def part_of(name: str) -> int:
    """0 for the encoder, 1 for the decoder, 2 for the token embedding."""
    return 2 if name.startswith("decoder.token_embedding") else int(name.startswith("decoder."))


def kept(dims: Mapping[str, int], state: Weights, variant: tuple[str, ...]) -> tuple[Weights, float]:
    """The weights as they come back from a file of this kind, and its size in megabytes."""
    packed = {name for name, values in state.items() if quantise.is_packed(name, values.shape)}
    how = {name: variant[part_of(name)] if name in packed else "float" for name in state}
    # What is not fitted must be rounded before what is behind it is fitted to what it makes.
    back = {name: _rounded(values, how[name]) for name, values in state.items()}
    chosen = {name for name in packed if how[name] == "4 bits, fitted"}
    if chosen:
        fitted = calibrate.fitted(dims, back, chosen.__contains__, lambda done: None)
        back |= {name: fourbit.unpack(*fitted[name]) for name in chosen}
    return back, sum(values.size * _BITS[how[name]] / 8e6 for name, values in state.items())


def _rounded(values: NDArray[Any], how: str) -> NDArray[Any]:
    wide = np.asarray(values, np.float32)
    if how == "8 bits":
        scale = np.abs(wide).max(axis=1, keepdims=True) / 127
        return np.asarray(np.rint(wide / scale) * scale)
    if how == "4 and 8 bits":
        return np.concatenate([_rounded(wide[: quantise.COMMON], "8 bits"), _rounded(wide[quantise.COMMON :], "4 bits")])
    return fourbit.unpack(*fourbit.pack(wide)) if how == "4 bits" else wide


def judge(model: Whisper) -> Callable[[Whisper], tuple[float, float]]:
    """Says of another model: nats a token, and the share of tokens that differ, where `model` is right by definition."""
    tokenizer = whisper.tokenizer.get_tokenizer(
        model.is_multilingual, num_languages=model.num_languages, language="en", task="transcribe"
    )
    prompt = list(tokenizer.sot_sequence_including_notimestamps)
    heard = [window for window in windows(decode(CORPUS / "synth_dev.mp3"))][::3][:8]
    heard += [window for window in windows(decode(CORPUS / "librispeech_conv_dev.opus"))][:6]
    heard += [window for clip in ("librivox_0870", "librivox_0890", "jfk") for window in windows(decode(CORPUS / f"{clip}.wav"))]
    mels = [
        log_mel_spectrogram(torch.from_numpy(pad_or_trim(window.sound, N_SAMPLES)), model.dims.n_mels)[None] for window in heard
    ]

    @torch.inference_mode()
    def chances(one: Whisper, mel: Tensor, tokens: list[int]) -> Tensor:
        logits: Tensor = one.decoder(torch.tensor([[*prompt, *tokens]]), one.encoder(mel))
        return logits[0, len(prompt) - 1 :].log_softmax(-1)

    with torch.inference_mode():
        said = [decoding.transcribe(model, tokenizer, sound_of(model.encoder(mel), whole=False))[0].tokens for mel in mels]
    right = [chances(model, mel, tokens) for mel, tokens in zip(mels, said, strict=True)]

    def score(other: Whisper) -> tuple[float, float]:
        off = [(true, chances(other, mel, tokens)) for mel, tokens, true in zip(mels, said, right, strict=True)]
        count = sum(len(true) for true, _ in off)
        nats = sum(float((true.exp() * (true - theirs)).sum()) for true, theirs in off)
        changed = sum(int((true.argmax(-1) != theirs.argmax(-1)).sum()) for true, theirs in off)
        return nats / count, changed / count

    return score


def word_error_rate(model: Whisper, file: Path) -> float:
    """Over all clips, decoded as podcli does."""
    transcriber = WhisperTranscriber(file)
    transcriber._model = model
    wrong = words = 0.0
    for recording, reference in clips():
        found = errors(reference, hear(transcriber, recording))
        count = found.hits + found.substitutions + found.deletions
        wrong, words = wrong + found.wer * count, words + count
    return wrong / words


def main(model_id: str) -> None:
    """Print a row of the table for each variant, as it is done."""
    folder = weights.folder(model_id)
    dims, state = ctranslate2.to_openai(ctranslate2.read(folder / "model.bin"))
    architecture = (folder / "architecture").read_text()
    score = judge(built(dims, state, architecture))
    heads = "encoder", "decoder", "token embedding", "file", "nats a token", "other tokens", "word error rate"
    print(f"{model_id}\n\n| {' | '.join(heads)} |\n|---|---|---|--:|--:|--:|--:|")
    for variant in VARIANTS:
        back, size = kept(dims, state, variant)
        model = built(dims, back, architecture)
        nats, changed = score(model)
        wer = word_error_rate(model, folder / "model.safetensors")
        print(f"| {' | '.join(variant)} | {size:.1f} MB | {nats:.4f} | {100 * changed:.1f} % | {100 * wer:.2f} % |", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:] or ["whisper-tiny.en"])
