"""What is whisper.cpp's alone; what both speech engines promise is in test_whisper."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from podcli.engines import ggml, hearing, whispercpp_build
from podcli.engines.manifest import Manifest, now, record, sha256_of, write_manifest
from podcli.engines.whispercpp import WhisperCppTranscriber, _heads, _is_fatal
from podcli.errors import ModelError, UsageError
from tests.bench.wer import errors
from tests.conftest import Podcli
from tests.engines.sounds import RATE, speech, write
from tests.engines.toy_whisper import ctranslate2_file, state_dict


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    """A multilingual model of random weights."""
    path = tmp_path / "whisper-toy" / "model.ggml"
    path.parent.mkdir()
    ggml.convert(ctranslate2_file(tmp_path / "model.bin", state_dict()), path)
    return path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool]]:
    """Language and whether to translate, of each window whisper.cpp is given."""
    import _pywhispercpp as cpp

    found = []
    real = cpp.whisper_full

    def watched(context: Any, params: Any, *sound: Any) -> int:  # noqa: ANN401
        found.append((params.language, params.translate))
        params.temperature_inc = 0  # random weights say nothing that its guards let pass
        return int(real(context, params, *sound))

    monkeypatch.setattr(cpp, "whisper_full", watched)
    return found


def test_a_multilingual_model_listens_for_the_language(toy: Path, tmp_path: Path, asked: list[tuple[str, bool]]) -> None:
    from whisper.tokenizer import LANGUAGES

    transcriber = WhisperCppTranscriber(toy, threads=1)
    list(transcriber.transcribe(write(tmp_path / "a.wav", speech("librivox_0930"), "pcm_s16le")))
    assert transcriber.model_id == "whisper-toy" and transcriber.language in LANGUAGES
    assert set(asked) == {(transcriber.language, False)}
    assert sum(transcriber._languages(speech("librivox_0930")).values()) == pytest.approx(1, abs=0.01)
    transcriber.close()


def test_translating_asks_the_model_for_english(toy: Path, tmp_path: Path, asked: list[tuple[str, bool]]) -> None:
    transcriber = WhisperCppTranscriber(toy, threads=1)
    sound = write(tmp_path / "a.wav", speech("librivox_0930")[:RATE], "pcm_s16le")
    list(transcriber.transcribe(sound, language="de", translate=True))
    assert transcriber.language == "de", "what was spoken"
    list(transcriber.transcribe(sound, language="German"))
    assert list(dict.fromkeys(asked)) == [("de", True), ("de", False)]
    with pytest.raises(UsageError, match="does not know"):
        list(transcriber.transcribe(sound, language="klingon"))
    transcriber.close()


def test_what_no_attempt_made_likely_is_the_first_attempts(toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """whisper.cpp itself keeps the last, drawn by chance."""
    transcriber = WhisperCppTranscriber(toy, threads=1)
    transcriber.load()
    warmth: list[float] = []
    tries = {0.2: [SimpleNamespace(id=1, plog=-3.0, t_dtw=10)], 0.0: [SimpleNamespace(id=2, plog=-1.5, t_dtw=20)]}
    monkeypatch.setattr(transcriber, "_attempt", lambda sound, warmer: warmth.append(warmer) or tries[warmer])
    tokens, ends_s = transcriber._decoded(speech("jfk"))
    assert (tokens, ends_s.tolist(), warmth) == ([2], [0.2], [0.2, 0.0])
    tries[0.2][0].plog = -0.5
    assert transcriber._decoded(speech("jfk"))[0] == [1] and warmth == [0.2, 0.0, 0.2]
    transcriber.close()


def test_who_goes_on_where_the_model_stopped_is_heard(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from podcli.engines.voice import Window

    transcriber = WhisperCppTranscriber(toy, threads=1)
    transcriber.load()
    transcriber.language = "en"
    words = hearing.tokenizer(multilingual=True, languages=99, language="en", task="transcribe")
    answers, heard = [" So it was.", " Then he spoke."], list[int]()

    def decoded(sound: NDArray[np.float32]) -> tuple[list[int], NDArray[np.float64]]:
        heard.append(len(sound))
        tokens = words.encode(answers[len(heard) - 1])
        return tokens, np.linspace(0.5, 3.0, len(tokens))

    monkeypatch.setattr(transcriber, "_decoded", decoded)
    found = transcriber._hear(Window(100.0, np.zeros(12 * RATE, np.float32), (0.2, 4.0), ((0.2, 2.0), (4.0, 9.2))), ask=False)
    assert [segment.text for segment in found] == ["So it was.", "Then he spoke."]
    assert heard == [12 * RATE, heard[1]] and heard[1] == pytest.approx(8.2 * RATE, abs=RATE / 20)
    assert 104 <= found[1].start_s < 105
    transcriber.close()


@pytest.mark.models
@pytest.mark.parametrize("samples", [1, 1600, 5000, 479_999, 480_000])
def test_windows_of_any_length_are_heard(tiny_en_ggml: Path, samples: int) -> None:
    """whisper.cpp aborts the process when it warps the time of a few frames."""
    from podcli.engines.voice import Window

    transcriber = WhisperCppTranscriber(tiny_en_ggml, threads=1)
    transcriber.load()
    transcriber.language = "en"
    sound = np.resize(speech("jfk"), samples)
    found = transcriber._hear(Window(100.0, sound), ask=False)
    assert all(100 <= word.start_s < word.end_s <= 100 + samples / RATE for segment in found for word in segment.words)
    transcriber.close()


@pytest.mark.models
def test_closing_gives_the_memory_back_and_it_can_be_loaded_again(tiny_en_ggml: Path) -> None:
    def held() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4096

    if not Path("/proc/self/statm").exists():
        pytest.skip("this system does not say how much memory a process holds")
    transcriber = WhisperCppTranscriber(tiny_en_ggml, threads=1)
    transcriber.load()
    transcriber.close()
    before = held()
    for _ in range(6):
        transcriber.load()
        transcriber.close()
    assert held() - before < 40e6, "six times 32 MB of weights, and what they are computed with"
    transcriber.load()
    assert transcriber._loaded().n_audio_layer == 4
    transcriber.close()
    transcriber.close()


@pytest.mark.models
def test_it_hears_without_what_openai_whisper_would_compile(tiny_en_ggml: Path) -> None:
    code = f"""
import sys
from pathlib import Path
from podcli.engines.whispercpp import WhisperCppTranscriber
engine = WhisperCppTranscriber(Path({str(tiny_en_ggml)!r}), threads=1)
assert list(engine.transcribe(Path({str(Path(__file__).parents[1] / "samples" / "audio" / "jfk.flac")!r})))
assert not {{name.partition(".")[0] for name in sys.modules}} & {{"numba", "llvmlite"}}
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False)
    assert not done.returncode, done.stderr


@pytest.mark.models
def test_what_whisper_cpp_says_while_it_loads_is_not_shown(tiny_en_ggml: Path, capfd: pytest.CaptureFixture[str]) -> None:
    transcriber = WhisperCppTranscriber(tiny_en_ggml, threads=1)
    list(transcriber.transcribe(Path(__file__).parents[1] / "samples" / "audio" / "jfk.flac"))
    transcriber.close()
    assert capfd.readouterr() == ("", "")


@pytest.mark.models
def test_a_listener_gets_its_words_and_none_of_its_chatter(tiny_en_ggml: Path, podcli: Podcli, tmp_path: Path) -> None:
    """`--model` is obeyed whatever the settings say, on a machine without a graphics card."""
    folder = tmp_path / "models" / tiny_en_ggml.parent.name
    shutil.copytree(tiny_en_ggml.parent, folder)
    weights = folder / tiny_en_ggml.name
    files = {weights.name: record(weights, sha256_of(weights))}
    write_manifest(folder, Manifest(folder.name, files, "a test", "MIT", now(), "ctranslate2", "0" * 64, "the catalogue"))
    sound = Path(__file__).parents[1] / "samples" / "audio" / "jfk.flac"
    asked = ("transcript", sound, "--json", "--model", folder.name)
    podcli("config", "set", "work.threads", "1")
    done = podcli(*asked, PODCLI_MODELS=str(folder.parent))
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["source"], said["model"], said["language"]) == ("whisper", folder.name, "en")
    assert errors(sound.with_name("jfk.ref.txt").read_text("utf-8"), " ".join(each["text"] for each in said["segments"])).wer == 0
    assert "ggml_" not in done.stderr and "whisper_" not in done.stderr


def test_what_whisper_cpp_refuses_is_a_sentence(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As when there is no memory: the context it gives back would crash."""
    from podcli.engines import whispercpp

    head = whispercpp.check_ggml(toy)
    monkeypatch.setattr(whispercpp, "check_ggml", lambda path: head)
    toy.write_bytes(toy.read_bytes()[:1_000_000])
    with pytest.raises(ModelError, match=r"whisper\.cpp cannot load whisper-toy: whisper_") as caught:
        WhisperCppTranscriber(toy, threads=1).load()
    assert "memory" in caught.value.hint


def test_a_graphics_card_that_fails_is_no_reason_to_stop() -> None:
    assert _is_fatal(4, "whisper_init_with_params_no_state: failed to load model\n")
    assert not _is_fatal(4, "whisper_backend_init_gpu: failed to initialize CUDA0 backend\n")
    assert not _is_fatal(4, "ggml_metal_init: error\n")
    assert not _is_fatal(2, "whisper_model_load: loading model\n")


def test_without_the_package_the_command_that_installs_it_is_named(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whispercpp_build, "MODULE", "_no_such_module")
    with pytest.raises(ModelError, match=r"whisper-toy needs whisper\.cpp, which is not installed") as caught:
        WhisperCppTranscriber(toy, threads=1).load()
    assert caught.value.hint == 'Run `pip install "podcli-offline[whispercpp]"`.'


@pytest.mark.parametrize(
    ("layers", "vocabulary", "heads"),
    [
        ((4, 4), 51864, "TINY_EN"), ((4, 4), 51865, "TINY"), ((6, 6), 51865, "BASE"), ((12, 12), 51864, "SMALL_EN"),
        ((24, 24), 51865, "MEDIUM"), ((32, 32), 51866, "LARGE_V3"), ((32, 4), 51866, "LARGE_V3_TURBO"),
        ((32, 2), 51865, "N_TOP_MOST"), ((32, 4), 51864, "LARGE_V3_TURBO"),
    ],
)  # fmt: skip
def test_the_heads_that_align_are_those_of_the_shape(layers: tuple[int, int], vocabulary: int, heads: str) -> None:
    import _pywhispercpp as cpp

    from podcli.engines.ggml_head import GgmlHead

    name = _heads(GgmlHead(vocabulary, 1500, 64, 2, layers[0], 448, 64, 2, layers[1], 80, 7))
    assert name == f"WHISPER_AHEADS_{heads}" and hasattr(cpp.whisper_alignment_heads_preset, name)


def test_a_build_for_processors_only_names_no_graphics_card() -> None:
    """The package index's own build for Linux."""
    if sys.platform != "linux":
        pytest.skip("other systems' builds have one")
    done = subprocess.run([sys.executable, "-m", "podcli.engines.whispercpp_build"], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("\n", "")


@pytest.mark.parametrize(
    ("prints", "card"), [("print('Apple M3')", "Apple M3"), ("print('x'); raise SystemExit(1)", ""), ("", "")]
)
def test_the_answer_of_the_other_process_is_believed_when_it_ends_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, prints: str, card: str
) -> None:
    monkeypatch.setattr(whispercpp_build, "is_installed", lambda: True)
    monkeypatch.setattr(whispercpp_build, "__name__", "asked")
    (tmp_path / "asked.py").write_text(prints)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert whispercpp_build.graphics_card.__wrapped__() == card
