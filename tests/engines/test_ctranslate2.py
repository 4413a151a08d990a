from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from podcli.engines import ctranslate2
from podcli.errors import ModelError
from tests.engines.toy_whisper import DIMS, ctranslate2_file, state_dict


def test_every_tensor_gets_openai_whispers_name_and_keeps_its_values(tmp_path: Path) -> None:
    import torch
    from whisper.model import ModelDimensions, Whisper

    expected = state_dict()
    dims, state = ctranslate2.to_openai(ctranslate2.read(ctranslate2_file(tmp_path / "model.bin", expected)))
    assert dims == DIMS
    assert state.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(state[name], values, err_msg=name)
    tensors = {name: torch.from_numpy(values.astype(np.float32)) for name, values in state.items()}
    Whisper(ModelDimensions(**dims)).load_state_dict(tensors, strict=True)


def test_rows_added_to_the_vocabulary_are_trimmed(tmp_path: Path) -> None:
    padded = state_dict()
    name = "decoder.token_embedding.weight"
    padded[name] = np.concatenate([padded[name], np.zeros((7, DIMS["n_text_state"]), np.float16)])
    dims, state = ctranslate2.to_openai(ctranslate2.read(ctranslate2_file(tmp_path / "model.bin", padded)))
    assert (dims["n_vocab"], len(state[name])) == (51865, 51865)


@pytest.mark.parametrize("part", [0, 3, 20, 300, 10_000, 0.5, 0.999])
def test_a_file_cut_short_is_refused(tmp_path: Path, part: float) -> None:
    path = ctranslate2_file(tmp_path / "model.bin", state_dict())
    content = path.read_bytes()
    path.write_bytes(content[: int(part if part >= 1 else part * len(content))])
    with pytest.raises(ModelError, match="whole CTranslate2 model") as caught:
        ctranslate2.read(path)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("says", "spoil"),
    [
        ("version is 7", lambda head: struct.pack("<I", 7) + head[4:]),
        ("not a Whisper model", lambda head: head.replace(b"WhisperSpec", b"LlamaaaSpec")),
        ("index is damaged", lambda head: head[:22] + struct.pack("<I", 2**31) + head[26:]),
    ],
)
def test_other_files_are_refused(tmp_path: Path, says: str, spoil: Callable[[bytes], bytes]) -> None:
    path = ctranslate2_file(tmp_path / "model.bin", state_dict())
    content = path.read_bytes()
    path.write_bytes(spoil(content[:64]) + content[64:])
    with pytest.raises(ModelError, match=says):
        ctranslate2.read(path)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("encoder/conv1/weight", None),
        ("decoder/layer_0/ffn/linear_0/weight", np.zeros((64, 32), np.int8)),
        ("decoder/layer_0/surprise/linear_0/weight", np.zeros((2, 2), np.float16)),
        ("../../etc/passwd", np.zeros(1, np.float16)),
    ],
)
def test_weights_that_do_not_fit_are_refused(tmp_path: Path, name: str, values: np.ndarray | None) -> None:
    variables = dict(ctranslate2.read(ctranslate2_file(tmp_path / "model.bin", state_dict())))
    variables.pop(name, None)
    if values is not None:
        variables[name] = values
    with pytest.raises(ModelError, match="not those of a Whisper model"):
        ctranslate2.to_openai(variables)
