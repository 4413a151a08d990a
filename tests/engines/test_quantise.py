from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors import safe_open

from podcli.engines import ctranslate2, fourbit, quantise
from podcli.errors import ModelError
from tests.engines.sounds import speech
from tests.engines.toy_whisper import DIMS, ctranslate2_file, openai_file, state_dict

EMBEDDING = "decoder.token_embedding.weight"


def require_within_bounds(converted: Path, state: dict[str, NDArray[np.float16]]) -> None:
    """The token embedding is the nearest that 8 bits (its first rows) and 4 bits can say; the other matrices are near, whatever
    rounding errors they carry for one another; everything else is float16."""
    with safe_open(converted, "np") as file:
        names = set(file.keys())
        for name, original in state.items():
            was = original.astype(np.float32)
            if name + ".q4" not in names:
                np.testing.assert_array_equal(file.get_tensor(name), original, err_msg=name)
                continue
            if name == EMBEDDING:
                common, worth = file.get_tensor(name + ".q8"), file.get_tensor(name + ".q8_scales").astype(np.float32)[:, None]
                assert len(common) == quantise.COMMON
                assert (np.abs(common * worth - was[: quantise.COMMON]) <= 0.501 * worth).all()
                was = was[quantise.COMMON :]
            quants, scales = file.get_tensor(name + ".q4"), file.get_tensor(name + ".scales")
            off = np.abs(fourbit.unpack(quants, scales) - was)
            assert np.sqrt(np.square(off).mean() / np.square(was).mean()) < (0.11 if name == EMBEDDING else 0.16), name
            if name == EMBEDDING:
                step, zero = np.repeat(scales.astype(np.float32), fourbit.GROUP, axis=1).transpose(2, 0, 1)
                inside = (was >= zero - 8.5 * step) & (was <= zero + 7.5 * step)
                assert (off[inside] <= 0.5001 * step[inside] + 1e-7).all(), name
                assert (off <= fourbit.OUTLIER_STEPS * step * 1.001 + 1e-7).all(), name
                assert inside.mean() > 0.95, name
    matrices = {name for name, values in state.items() if values.ndim == 2 and name.endswith(".weight")}
    assert {name.removesuffix(".q4") for name in names if name.endswith(".q4")} == matrices
    assert len(matrices) > 10


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


@pytest.mark.models
def test_every_weight_of_tiny_en_is_within_the_bound_of_the_original(test_models: Path, original_tiny_en: Path) -> None:
    _, state = ctranslate2.to_openai(ctranslate2.read(original_tiny_en))
    assert sum(values.size for values in state.values()) > 37_000_000
    require_within_bounds(test_models / "whisper-tiny.en" / "model.safetensors", state)


@pytest.mark.models
def test_fitted_weights_hear_what_the_original_hears(test_models: Path, original_tiny_en: Path) -> None:
    """Half a minute of synthetic voices was enough to fit them; a LibriVox reader judges."""
    import torch
    from whisper.audio import log_mel_spectrogram, pad_or_trim
    from whisper.model import ModelDimensions, Whisper

    dims, state = ctranslate2.to_openai(ctranslate2.read(original_tiny_en))
    plain = {
        name: fourbit.unpack(*fourbit.pack(values)) if quantise.is_packed(name, values.shape) else values
        for name, values in state.items()
    }
    with safe_open(test_models / "whisper-tiny.en" / "model.safetensors", "np") as file:
        kept = set(file.keys())
        fitted = {
            name: fourbit.unpack(file.get_tensor(f"{name}.q4"), file.get_tensor(f"{name}.scales"))
            if f"{name}.q4" in kept and name != EMBEDDING
            else values
            for name, values in state.items()
        }
    mel = log_mel_spectrogram(pad_or_trim(speech("librivox_0920")))[None]

    def features(weights: dict[str, NDArray[np.floating]]) -> torch.Tensor:
        model = Whisper(ModelDimensions(**dims))
        model.load_state_dict({name: torch.from_numpy(np.array(values, np.float32)) for name, values in weights.items()})
        with torch.inference_mode():
            return model.encoder(mel)

    original = features(state)
    off = [float((features(weights) - original).square().mean() / original.square().mean()) for weights in (plain, fitted)]
    assert off[1] < 0.8 * off[0], off
    assert off[1] < 0.02, off


def test_what_rounding_adds_to_a_product_is_taken_back() -> None:
    random = np.random.default_rng(6)
    weight = random.normal(0, 0.02, (70, 96)).astype(np.float32)
    heard = random.normal(0, 1, (500, 12)) @ random.normal(0, 1, (12, 96)) + random.normal(0, 0.1, (500, 96))
    moments = heard.T @ heard
    other = random.normal(0, 1, (200, 96)) * np.sqrt(np.diag(moments) / 500)
    off = [
        [np.square(inputs @ (fourbit.unpack(*fourbit.pack(weight, given)) - weight).T).mean() for given in (None, moments)]
        for inputs in (heard, other)
    ]
    assert off[0][1] < 0.6 * off[0][0], "of what it was fitted to"
    assert off[1][1] < 1.6 * off[1][0], "and of what it never heard it makes not much less"


def test_a_silent_input_fits_as_well(tmp_path: Path) -> None:
    weight = np.random.default_rng(7).normal(0, 0.02, (4, 64)).astype(np.float32)
    quants, _ = fourbit.pack(weight, np.zeros((64, 64)))
    np.testing.assert_array_equal(quants, fourbit.pack(weight)[0])


def test_where_memory_is_short_weights_are_rounded_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state = state_dict()
    source = openai_file(tmp_path / "source", state)
    for name, free in (("much", None), ("little", 1 << 20)):
        monkeypatch.setattr(quantise, "free_memory", lambda free=free: free)
        quantise.convert(source, tmp_path / name, model_id="whisper-toy")
    some = "encoder.blocks.1.mlp.0.weight"
    with safe_open(tmp_path / "little", "np") as file:
        np.testing.assert_array_equal(file.get_tensor(f"{some}.q4"), fourbit.pack(state[some])[0])
    with safe_open(tmp_path / "much", "np") as file:
        assert (file.get_tensor(f"{some}.q4") != fourbit.pack(state[some])[0]).any()


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
