"""Gaps by the sound alone: found where nothing is said, and nowhere else."""

from __future__ import annotations

import time
import wave
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from podcli.engines.silences import silences, spans_of
from podcli.errors import PodcliError

RATE = 16_000
SAMPLES = Path(__file__).parents[1] / "samples" / "audio"


def write(path: Path, sound: NDArray[np.float64]) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())
    return path


def speech(seconds: float, seed: int = 0, loud: float = 0.2) -> NDArray[np.float64]:
    """Something as lively as speech: noise in syllables of a fifth of a second, with almost nothing between them."""
    dice = np.random.default_rng(seed)
    samples = int(seconds * RATE)
    syllables = 0.005 + np.sin(np.pi * 5 * np.arange(samples) / RATE) ** 2
    return dice.standard_normal(samples) * loud * syllables


def hush(seconds: float, floor: float) -> NDArray[np.float64]:
    return np.random.default_rng(9).standard_normal(int(seconds * RATE)) * floor


@pytest.mark.parametrize("floor", [0.0, 0.0005, 0.004])
def test_pauses_are_found_whatever_the_noise_of_the_room(tmp_path: Path, floor: float) -> None:
    parts = [speech(4), hush(2, floor), speech(3, 1), hush(0.3, floor), speech(3, 2), hush(1, floor), speech(2, 3)]
    path = write(tmp_path / "talk.wav", np.concatenate(parts) + hush(15.3, floor))
    found = silences(path)
    assert [(round(start), round(end)) for start, end in found] == [(4, 6), (12, 13)]
    assert all(abs(start - want) < 0.1 for (start, _), want in zip(found, (4, 12.3), strict=True))


def test_nothing_is_a_gap_under_music(tmp_path: Path) -> None:
    music = 0.1 * np.sin(2 * np.pi * 220 * np.arange(20 * RATE) / RATE)
    assert silences(write(tmp_path / "music.wav", music)) == []


def test_a_guest_with_a_quieter_microphone_is_no_gap(tmp_path: Path) -> None:
    path = write(tmp_path / "talk.wav", np.concatenate([speech(70, 1, 0.2), speech(70, 2, 0.02)]))
    assert silences(path) == []


def test_all_of_it_silent(tmp_path: Path) -> None:
    ((start, end),) = silences(write(tmp_path / "silence.wav", np.zeros(5 * RATE)))
    assert start == 0 and end == pytest.approx(5, abs=0.05)


def test_shorter_than_a_frame(tmp_path: Path) -> None:
    assert silences(write(tmp_path / "tiny.wav", np.zeros(100))) == []


def test_real_speech_has_gaps_but_is_not_one(tmp_path: Path) -> None:
    for name in ("librivox_0870.flac", "jfk.flac"):
        done: list[float] = []
        found = silences(SAMPLES / name, done.append)
        assert sum(end - start for start, end in found) < 0.5 * done[-1]
        assert all(end - start >= 0.6 for start, end in found)
        assert all(one[1] < other[0] for one, other in pairwise(found))


def test_an_hour_is_a_matter_of_seconds(tmp_path: Path) -> None:
    path = write(tmp_path / "long.wav", np.tile(speech(60), 10))
    began = time.process_time()
    silences(path)
    assert time.process_time() - began < 600 / 50, "50 times as fast as listening at the very least"


def test_runs_of_frames() -> None:
    assert spans_of(np.zeros(100, np.bool_)) == []
    assert spans_of(np.ones(30, np.bool_)) == [(0.0, 0.6)]
    assert spans_of(np.ones(29, np.bool_)) == []


def test_what_is_no_audio(tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp3"
    bad.write_bytes(b"<html>" * 100)
    with pytest.raises(PodcliError):
        silences(bad)
