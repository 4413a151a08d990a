"""What the speech bench hands to the engines podcli is compared with."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import whisper
from numpy.typing import NDArray
from tokenizers import Tokenizer
from whisper.tokenizer import get_tokenizer

from tests.bench import bench_whisper, ggml, weights

_CHANCE = np.random.default_rng(7)


def unpacked_q4_0(content: bytes) -> NDArray[np.float32]:
    rows = np.frombuffer(content, np.uint8).reshape(-1, 18)
    scale = rows[:, :2].copy().view("<f2").astype(np.float32)
    quants = np.concatenate([rows[:, 2:] & 15, rows[:, 2:] >> 4], axis=1).astype(np.float32)
    return np.asarray((quants - 8) * scale)


def unpacked_q5_1(content: bytes) -> NDArray[np.float32]:
    rows = np.frombuffer(content, np.uint8).reshape(-1, 24)
    scale, least = (rows[:, at : at + 2].copy().view("<f2").astype(np.float32) for at in (0, 2))
    high = rows[:, 4:8].copy().view("<u4") >> np.arange(32, dtype=np.uint32) & 1
    low = np.concatenate([rows[:, 8:] & 15, rows[:, 8:] >> 4], axis=1)
    return np.asarray((low + 16 * high).astype(np.float32) * scale + least)


def test_four_bits_are_within_half_a_step_but_for_the_end_that_has_no_sixteenth_level() -> None:
    weight = _CHANCE.normal(size=(64, 96)).astype(np.float32)
    blocks, unpacked = weight.reshape(-1, 32), unpacked_q4_0(ggml.q4_0(weight))
    step = np.abs(blocks).max(axis=1, keepdims=True) / 8
    assert (np.abs(blocks - unpacked) <= 1.01 * step + 1e-3).all()
    assert np.abs(blocks - unpacked).mean() < 0.3 * step.mean()


def test_five_bits_are_within_half_a_step() -> None:
    weight = _CHANCE.normal(size=(64, 96)).astype(np.float32)
    blocks, unpacked = weight.reshape(-1, 32), unpacked_q5_1(ggml.q5_1(weight))
    step = (blocks.max(axis=1, keepdims=True) - blocks.min(axis=1, keepdims=True)) / 31
    assert (np.abs(blocks - unpacked) <= 0.52 * step + 4e-3).all()


@pytest.mark.parametrize("encode", [ggml.q4_0, ggml.q5_1])
def test_a_row_of_one_value_stays_it(encode: Callable[[NDArray[np.float32]], bytes]) -> None:
    unpack = unpacked_q4_0 if encode is ggml.q4_0 else unpacked_q5_1
    for value in (0.0, 0.5, -2.0):
        assert np.allclose(unpack(encode(np.full((1, 32), value, np.float32))), value, atol=1e-3)


def test_a_file_has_header_filters_words_and_tensors(tmp_path: Path) -> None:
    dims = {"n_vocab": 51864, "n_audio_ctx": 4, "n_audio_state": 32, "n_audio_head": 1, "n_audio_layer": 1, "n_text_ctx": 4,
            "n_text_state": 32, "n_text_head": 1, "n_text_layer": 1, "n_mels": 80}  # fmt: skip
    path = tmp_path / "small.bin"
    ggml.write(path, dims, {"encoder.conv1.bias": np.ones(32), "decoder.token_embedding.weight": np.ones((2, 32))}, "q4_0")
    content = path.read_bytes()
    head = struct.unpack_from("<12i", content)
    assert head[0] == 0x67676D6C and head[1] == 51864 and head[-1] == 2002
    after = 48 + 8 + 80 * 201 * 4
    (count,) = struct.unpack_from("<i", content, after)
    assert count == len(ggml.vocabulary(multilingual=False)) == 50256
    assert content.endswith(ggml.q4_0(np.ones((2, 32), np.float32)))


@pytest.mark.parametrize("multilingual", [False, True])
def test_faster_whispers_tokenizer_is_openais(tmp_path: Path, multilingual: bool) -> None:
    (tmp_path / "architecture").write_text("tiny" if multilingual else "tiny.en")
    weights.beside(tmp_path, rows=51872, multilingual=multilingual)
    theirs, ours = Tokenizer.from_file(str(tmp_path / "tokenizer.json")), get_tokenizer(multilingual)
    for text in (" The Warrior left Brooklyn in 1954.", " -", "♪♪", " Äpfel, 吾輩は猫である", " don't  stop\n"):
        assert theirs.encode(text, add_special_tokens=False).ids == ours.encode(text)
        assert theirs.decode(ours.encode(text)) == text
    for name, number in ours.special_tokens.items():
        assert theirs.token_to_id(name) == number


def test_the_start_of_a_cue_is_compared_with_its_first_word(tmp_path: Path) -> None:
    cues = tmp_path / "x.vtt"
    cues.write_text(
        "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\n<v Ann>The ship left.\n\n"
        "00:00:04.500 --> 00:00:06.000\n<v Bob>It never came back.\n"
    )
    heard = [(1.1, "The"), (1.5, "ship"), (1.8, "left."), (4.2, "It"), (4.4, "never"), (5, "came"), (5.2, "back.")]
    words = [{"start": start, "text": f" {text}"} for start, text in heard]
    assert bench_whisper.start_errors(words, cues) == pytest.approx([0.1, 0.3])
    assert bench_whisper.start_errors(words[4:], cues) == []


def test_the_vocabulary_is_that_of_the_package() -> None:
    ranks = Path(whisper.__file__).parent / "assets" / "gpt2.tiktoken"
    first = base64.b64decode(ranks.read_bytes().split()[0])
    assert ggml.vocabulary(multilingual=False)[0] == first
