"""whisper.cpp's file: written from published weights, and looked through before whisper.cpp sees it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from podcli.engines import ggml
from podcli.engines.ggml_head import check_ggml
from podcli.errors import ModelError
from tests.engines.toy_whisper import DIMS, ctranslate2_file, openai_file, state_dict

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


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A whole file."""
    folder = tmp_path_factory.mktemp("toy")
    ggml.convert(ctranslate2_file(folder / "model.bin", state_dict()), folder / "model.ggml")
    assert sorted(path.name for path in folder.iterdir()) == ["model.bin", "model.ggml"]
    return (folder / "model.ggml").read_bytes()


def put(tmp_path: Path, content: bytes) -> Path:
    path = tmp_path / "whisper-toy" / "model.ggml"
    path.parent.mkdir()
    path.write_bytes(content)
    return path


def test_what_is_written_is_whole_and_has_the_models_shape(toy: bytes, tmp_path: Path) -> None:
    head = check_ggml(put(tmp_path, toy))
    assert {name: getattr(head, name) for name in DIMS} == DIMS
    assert (head.kind, head.multilingual, head.languages) == (7, True, 99)


def test_openais_own_checkpoint_gives_the_same_file(toy: bytes, tmp_path: Path) -> None:
    done: list[float] = []
    ggml.convert(openai_file(tmp_path / "toy.pt", state_dict()), tmp_path / "model.ggml", report=done.append)
    assert len((tmp_path / "model.ggml").read_bytes()) == len(toy)
    assert done == sorted(done) and done[-1] == 1


@pytest.mark.parametrize("kind", ["f16", "q4_0", "q5_1"])
def test_every_kind_that_can_be_written_is_whole(tmp_path: Path, kind: ggml.Kind) -> None:
    path = put(tmp_path, b"")
    ggml.write(path, DIMS, dict(state_dict()), kind)
    check_ggml(path)


def changed(content: bytes, at: int, value: int) -> bytes:
    return content[:at] + struct.pack("<i", value) + content[at + 4 :]


FIRST_TOKEN = 56 + 80 * 201 * 4


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (lambda whole: b"", "cannot be loaded"),
        (lambda whole: b"\xff" * 5000, "no ggml file"),
        (lambda whole: b"GGUF" + whole[4:], "no ggml file"),
        (lambda whole: whole[:20], "cannot be loaded"),
        (lambda whole: whole[: len(whole) // 2], "cut short"),
        (lambda whole: whole[:-1], "cut short"),
        (lambda whole: whole + b"\0", "cannot be loaded"),
        (lambda whole: changed(whole, 8, 2**31 - 1), "dimensions make no sense"),
        (lambda whole: changed(whole, 16, 0), "dimensions make no sense"),
        (lambda whole: changed(whole, 20, 3), "cut short"),
        (lambda whole: changed(whole, 20, 1), "holds a tensor that no such"),
        (lambda whole: changed(whole, 44, 2012), "type podcli does not know"),
        (lambda whole: changed(whole, 44, 2002), "holds a tensor that no such"),
        (lambda whole: changed(whole, 48, 2**30), "dimensions make no sense"),
        (lambda whole: changed(whole, FIRST_TOKEN, -5), "vocabulary is damaged"),
        (lambda whole: changed(whole, FIRST_TOKEN + 4, 2**30), "vocabulary is damaged"),
        (lambda whole: whole.replace(b"decoder.ln.bias", b"decoder.ln.bia\xff"), "holds a tensor that no such"),
    ],
)
def test_a_damaged_file_never_reaches_whisper_cpp(
    toy: bytes, tmp_path: Path, damage: Callable[[bytes], bytes], says: str
) -> None:
    with pytest.raises(ModelError, match=says) as caught:
        check_ggml(put(tmp_path, damage(toy)))
    assert "whisper-toy" in caught.value.message and "podcli models pull --force whisper-toy" in caught.value.hint


def test_a_file_that_is_gone_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        check_ggml(tmp_path / "whisper-toy" / "model.ggml")


@pytest.mark.parametrize("whole", [False, True])
def test_weights_of_another_network_are_not_converted(tmp_path: Path, whole: bool) -> None:
    (tmp_path / "model.bin").write_bytes(b"PK\x03\x04 no checkpoint" if whole else b"nothing at all")
    with pytest.raises(ModelError) as caught:
        ggml.convert(tmp_path / "model.bin", tmp_path / "model.ggml")
    assert caught.value.hint and not (tmp_path / "model.ggml").exists()
