from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from itertools import islice, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

import podcli
from podcli.domain import END_S, Segment, Word
from podcli.engines import hearing, quantise
from podcli.engines.audio import decode
from podcli.engines.base import Transcriber
from podcli.engines.voice import Window
from podcli.engines.whisper import WhisperTranscriber
from podcli.engines.whispercpp import WhisperCppTranscriber
from podcli.errors import ModelError, PodcliError, UsageError
from podcli.pipeline.stretches import Stretch, seam
from tests.bench.bench_whisper import start_errors
from tests.bench.wer import errors
from tests.engines.sounds import RATE, SAMPLES, speech, tone, write
from tests.engines.toy_whisper import openai_file, state_dict

if TYPE_CHECKING:
    from whisper.tokenizer import Tokenizer

    from podcli.engines.decoding import Heard

CLIPS = sorted(path.stem for path in SAMPLES.glob("*.flac"))


@pytest.fixture(scope="module")
def own() -> WhisperTranscriber:
    """tiny.en by podcli's own engine, loaded once."""
    import os

    cache = os.environ.get("PODCLI_TEST_MODELS") or Path(__file__).parent.parent.parent / ".cache" / "test-models"
    transcriber = WhisperTranscriber(Path(cache) / "whisper-tiny.en" / "model.safetensors")
    transcriber.load()
    return transcriber


@pytest.fixture(scope="module", params=["whisper", "whispercpp"])
def transcriber(request: pytest.FixtureRequest) -> Iterator[Transcriber]:
    """The same weights by each engine."""
    if request.param == "whisper":
        yield request.getfixturevalue("own")
        return
    # One thread: ggml's wait for one another, very long where a second test runs on the other core.
    theirs = WhisperCppTranscriber(request.getfixturevalue("tiny_en_ggml"), threads=1)
    theirs.load()
    yield theirs
    theirs.close()


def segments(transcriber: Transcriber, path: Path, start_s: float = 0.0) -> list[Segment]:
    return [segment for batch in transcriber.transcribe(path, start_s=start_s) for segment in batch]


def said(clip: str) -> str:
    return (SAMPLES / f"{clip}.ref.txt").read_text("utf-8")


@pytest.mark.models
def test_word_error_rate_of_the_samples(transcriber: Transcriber) -> None:
    wrong = words = 0.0
    for clip in CLIPS:
        found = errors(said(clip), " ".join(segment.text for segment in segments(transcriber, SAMPLES / f"{clip}.flac")))
        count = found.hits + found.substitutions + found.deletions
        wrong, words = wrong + found.wer * count, words + count
        if clip == "jfk":
            assert found.wer == 0
    assert wrong / words <= 0.08


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[tuple[float, float, str]]]:
    """Two and a half minutes of speech, and (start, end, words) of each clip in it."""
    pause = np.zeros(RATE, np.float32)
    sound, spans = [pause], []
    for clip in [*CLIPS, *reversed(CLIPS), *CLIPS, *CLIPS]:
        begins = sum(len(part) for part in sound) / RATE
        sound += [speech(clip), pause]
        spans.append((begins, begins + len(sound[-2]) / RATE, said(clip)))
    path = write(tmp_path_factory.mktemp("talk") / "talk.flac", np.concatenate(sound), "flac")
    return path, spans


@pytest.fixture(scope="module")
def heard(transcriber: Transcriber, talk: tuple[Path, list[tuple[float, float, str]]]) -> list[list[Segment]]:
    return list(transcriber.transcribe(talk[0]))


@pytest.mark.models
def test_words_have_the_times_they_were_said(
    heard: list[list[Segment]], talk: tuple[Path, list[tuple[float, float, str]]]
) -> None:
    words: list[Word] = []
    for segment in (segment for batch in heard for segment in batch):
        assert segment.words and " ".join(word.text for word in segment.words) == segment.text
        assert (segment.start_s, segment.end_s) == (segment.words[0].start_s, segment.words[-1].end_s)
        words += segment.words
    assert all(word.start_s < word.end_s for word in words)
    assert all(one.end_s <= other.start_s for one, other in pairwise(words))
    for begins, ends, text in talk[1]:
        inside = " ".join(word.text for word in words if begins - 0.3 <= word.start_s and word.end_s <= ends + 0.3)
        assert errors(text, inside).wer <= 0.4, f"what is said between {begins} and {ends}"


@pytest.mark.models
def test_turns_begin_when_they_were_said(transcriber: Transcriber) -> None:
    """The trailer of the sample show was spoken turn by turn, so that its cues are right to the millisecond."""
    trailer = Path(podcli.__file__).parent / "demo" / "trailer.mp3"
    words = [word for segment in segments(transcriber, trailer) for word in segment.words]
    late = start_errors([{"text": f" {word.text}", "start": word.start_s} for word in words], trailer.with_suffix(".vtt"))
    assert len(late) >= 6 and max(late) <= 0.3


@pytest.mark.models
def test_segments_come_window_by_window_with_progress(
    transcriber: Transcriber, heard: list[list[Segment]], talk: tuple[Path, list[tuple[float, float, str]]]
) -> None:
    assert len(heard) >= 2
    assert all(batch[-1].end_s - batch[0].start_s <= 30 for batch in heard)
    reports: list[float] = []
    first = next(transcriber.transcribe(talk[0], report=reports.append))
    assert first == heard[0], "the same sound gives the same words"


@pytest.mark.models
def test_somebody_waits_for_the_first_words(
    own: WhisperTranscriber, talk: tuple[Path, list[tuple[float, float, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from podcli.engines import decoding

    together: list[list[int]] = []
    real = decoding.Rows.step

    def watched(rows: decoding.Rows) -> list[tuple[int, decoding.Heard]]:
        together.append([row.name for row in rows._rows])
        return real(rows)

    monkeypatch.setattr(decoding.Rows, "step", watched)
    list(own.transcribe(talk[0]))
    with_first = [len(names) for names in together if 0 in names]
    assert with_first and max(with_first) <= 3 and max(map(len, together)) <= 6


@pytest.mark.models
def test_a_resumed_transcription_says_the_same(
    transcriber: Transcriber, heard: list[list[Segment]], talk: tuple[Path, list[tuple[float, float, str]]]
) -> None:
    start_s = heard[0][-1].end_s
    resumed = segments(transcriber, talk[0], start_s)
    rest = [segment for batch in heard[1:] for segment in batch]
    assert rest and resumed[0].start_s >= start_s
    assert [segment.text for segment in resumed] == [segment.text for segment in rest]
    assert [segment.start_s for segment in resumed] == pytest.approx([segment.start_s for segment in rest], abs=0.2)


@pytest.mark.models
def test_heard_from_the_middle_on_and_then_from_the_front_it_is_the_same_talk(
    transcriber: Transcriber, heard: list[list[Segment]], talk: tuple[Path, list[tuple[float, float, str]]]
) -> None:
    seam_s = seam(talk[0], Stretch(0.0, 80.0, END_S))
    later = segments(transcriber, talk[0], seam_s)
    earlier = [each for batch in transcriber.transcribe(talk[0], until_s=seam_s) for each in batch]
    assert earlier[-1].end_s <= seam_s <= later[0].start_s
    said_in_two = " ".join(each.text for each in [*earlier, *later])
    in_one = " ".join(each.text for batch in heard for each in batch)
    assert errors(" ".join(text for _, _, text in talk[1]), said_in_two).wer <= 0.06
    assert abs(len(said_in_two.split()) - len(in_one.split())) <= 3, "no word is lost or said twice where they meet"


@pytest.mark.models
def test_when_it_is_enough_no_window_is_begun(
    transcriber: Transcriber, talk: tuple[Path, list[tuple[float, float, str]]]
) -> None:
    assert list(transcriber.transcribe(talk[0], enough=lambda: True)) == []
    asked = iter([False, False])
    found = [each for batch in transcriber.transcribe(talk[0], enough=lambda: next(asked, True)) for each in batch]
    assert found and found[-1].end_s < 62, "two windows"


@pytest.mark.models
def test_decoding_agrees_with_openai_whispers_own(own: WhisperTranscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    """The model is a whole openai-whisper model: its own, slower decoder must read the same from it."""
    import whisper

    from podcli.engines import packed

    # In float32: rounding to bfloat16 may decide about a comma.
    monkeypatch.setattr(packed, "_has_kernel", lambda: False)
    monkeypatch.setattr(packed, "has_whole_products", lambda: False)

    model = own._loaded()
    mel = whisper.log_mel_spectrogram(whisper.pad_or_trim(speech("jfk"))).to(model.encoder.conv1.weight.dtype)
    features = model.encoder(mel[None]).float()
    options = whisper.DecodingOptions(fp16=False, language="en", without_timestamps=True)
    (theirs,) = whisper.decode(model, features, options)
    from podcli.engines import decoding
    from podcli.engines.cross_attention import sound_of

    (ours,) = decoding.transcribe(model, own._tokenizer("en"), sound_of(features, whole=False))
    assert ours.tokens == theirs.tokens
    assert ours.likely == pytest.approx(theirs.avg_logprob, abs=0.02)
    assert ours.no_speech == pytest.approx(theirs.no_speech_prob, abs=0.02)


@pytest.mark.models
def test_batches_of_the_unquantised_model_say_what_openai_whisper_says(own: WhisperTranscriber, original_tiny_en: Path) -> None:
    """With the published weights in float32: every clip at once by our decoder, one after the other by theirs."""
    import torch
    import whisper
    from whisper.model import ModelDimensions, Whisper

    from podcli.engines import ctranslate2, decoding, encoding
    from podcli.engines.cross_attention import sound_of

    dims, state = ctranslate2.to_openai(ctranslate2.read(original_tiny_en))
    model = Whisper(ModelDimensions(**dims))
    model.load_state_dict({name: torch.from_numpy(np.array(values, np.float32)) for name, values in state.items()})
    model.set_alignment_heads(whisper._ALIGNMENT_HEADS["tiny.en"])
    mels = [whisper.log_mel_spectrogram(whisper.pad_or_trim(speech(clip))) for clip in CLIPS]
    features = torch.cat([encoding.encode(model.encoder, mel) for mel in mels])
    options = whisper.DecodingOptions(fp16=False, language="en", without_timestamps=True)
    theirs = [whisper.decode(model, mel, options) for mel in mels]
    ours = decoding.transcribe(model, own._tokenizer("en"), sound_of(features, whole=False))
    assert [heard.tokens for heard in ours] == [heard.tokens for heard in theirs]
    assert len({len(heard.tokens) for heard in ours}) > 3, "they end one after the other"
    assert [heard.attention.shape[1] for heard in ours] == [len(heard.tokens) + 1 for heard in ours]


@pytest.mark.models
@pytest.mark.parametrize("names", [(), ("Kennedy",)])
def test_who_goes_on_where_the_model_stopped_is_heard(
    own: WhisperTranscriber, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...]
) -> None:
    """Whisper ends at times where another voice begins: tiny.en left out nine seconds of a conversation."""
    whole = " ".join(segment.text for batch in own.transcribe(SAMPLES / "jfk.flac") for segment in batch)
    said, calls = WhisperTranscriber._said, list[float]()

    def ends_early(self: WhisperTranscriber, window: Window, tokenizer: Tokenizer, heard: Heard) -> list[Segment]:
        found = said(self, window, tokenizer, heard)
        calls.append(window.start_s)
        if len(calls) > 1:
            return found
        words = tuple(word for word in found[0].words if word.end_s < 3)
        return [Segment(words[0].start_s, words[-1].end_s, " ".join(word.text for word in words), words=words)]

    monkeypatch.setattr(WhisperTranscriber, "_said", ends_early)
    batches = list(own.transcribe(SAMPLES / "jfk.flac", names=names))
    segments = [segment for batch in batches for segment in batch]
    assert len(batches) == 1 and len(calls) == 2 and calls[1] > 1
    assert all(one.end_s <= two.start_s for one, two in pairwise(segments))
    letters = [re.findall(r"\w+", text.lower()) for text in (whole, " ".join(segment.text for segment in segments))]
    assert letters[0] == letters[1], "no word twice, none lost"


@pytest.mark.models
def test_windows_that_come_later_say_what_they_say_alone(own: WhisperTranscriber) -> None:
    """Each goes its own way: to the last bit the same, whoever is heard with it and wherever they are."""
    import torch

    from podcli.engines import decoding, encoding
    from podcli.engines.cross_attention import sound_of
    from podcli.engines.packed import has_whole_products

    own.load()
    model, tokenizer = own._loaded(), own._tokenizer("en")
    spectra = [encoding.spectrum(torch.from_numpy(speech(clip)), 80) for clip in CLIPS]
    sounds = [sound_of(encoding.encode(model.encoder, each), whole=has_whole_products()) for each in spectra]
    alone = [decoding.transcribe(model, tokenizer, sound)[0] for sound in sounds]
    rows, waiting, found = decoding.Rows(model, tokenizer, 3), list(enumerate(sounds)), dict[int, decoding.Heard]()
    most = steps = 0
    while waiting or rows:
        if waiting and len(rows) < 3 and steps % 7 == 0:
            rows.begin(*waiting.pop(0), tokenizer)
        steps, most = steps + 1, max(most, len(rows))
        found |= rows.step() if rows else {}
    assert most == 3 and sorted(found) == list(range(len(CLIPS)))
    for number, expected in enumerate(alone):
        assert found[number].tokens == expected.tokens
        assert (found[number].likely, found[number].no_speech) == (expected.likely, expected.no_speech)
        assert torch.equal(found[number].attention, expected.attention)


def test_the_spectrum_is_openai_whispers(own: WhisperTranscriber) -> None:
    import torch
    import whisper

    from podcli.engines import encoding

    noise = torch.from_numpy(np.random.default_rng(1).normal(0, 0.1, 31 * RATE).astype(np.float32))
    for length in (0, 1, 200, 5000, 29 * RATE + 3, 30 * RATE - 1, 30 * RATE, 31 * RATE):
        theirs = whisper.log_mel_spectrogram(whisper.pad_or_trim(noise[:length]))
        torch.testing.assert_close(encoding.spectrum(noise[:length], 80), theirs, atol=1e-4, rtol=0)


@pytest.mark.models
def test_the_encoder_computes_what_openai_whispers_does(own: WhisperTranscriber) -> None:
    import torch
    import whisper

    from podcli.engines import encoding

    encoder = own._loaded().encoder
    mel = whisper.log_mel_spectrogram(whisper.pad_or_trim(speech("jfk")))
    with torch.inference_mode():
        theirs = encoder(mel[None].to(encoder.conv1.weight.dtype)).float()
        ours = encoding.encode(encoder, mel).float()
    assert float((ours - theirs).square().mean() / theirs.square().mean()) < 3e-4, "the rounding of bfloat16"


@pytest.mark.models
def test_what_was_heard_before_a_file_breaks_is_kept(
    transcriber: Transcriber,
    talk: tuple[Path, list[tuple[float, float, str]]],
    heard: list[list[Segment]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def breaking(audio: Path, start_s: float) -> Iterator[NDArray[np.float32]]:
        yield from islice(decode(audio, start_s=start_s), 9)
        raise PodcliError("talk.flac cannot be decoded.", "Fetch it again.")

    monkeypatch.setattr(hearing, "decode", breaking)
    found: list[Segment] = []
    with pytest.raises(PodcliError, match="cannot be decoded"):
        for batch in transcriber.transcribe(talk[0]):
            found += batch
    assert found and found == [segment for batch in heard for segment in batch][: len(found)]


@pytest.mark.models
def test_few_bytes_free_means_few_windows_at_once(own: WhisperTranscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    from podcli.engines import whisper as engine

    monkeypatch.setattr(own, "_threads", 8)
    shapes = []
    for free in (None, 16 << 30, 100 << 20, 1 << 20):
        monkeypatch.setattr(engine, "free_memory", lambda free=free: free)
        shapes.append(own._shape())
    assert shapes == [(4, 6), (4, 6), (4, 3), (1, 1)]


def test_without_room_for_one_window_it_says_so_before_it_begins(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from podcli.engines import whisper as engine

    monkeypatch.setattr(engine, "free_memory", lambda: 100 << 20)
    with pytest.raises(ModelError, match=r"whisper-toy needs .* of memory at the least; .* are free") as caught:
        WhisperTranscriber(toy).load()
    assert "smaller model" in caught.value.hint
    monkeypatch.setattr(engine, "free_memory", lambda: None)
    WhisperTranscriber(toy).load()


@pytest.mark.models
def test_without_the_kernel_the_words_are_the_same(own: WhisperTranscriber, monkeypatch: pytest.MonkeyPatch) -> None:
    from podcli.engines import packed

    with_kernel = segments(own, SAMPLES / "librivox_0930.flac")
    monkeypatch.setattr(packed, "_has_kernel", lambda: False)
    assert [segment.text for segment in segments(own, SAMPLES / "librivox_0930.flac")] == [s.text for s in with_kernel]


@pytest.mark.models
def test_no_thread_prepares_what_others_prepare_too(own: WhisperTranscriber) -> None:
    """All that is tried out or brought into another order is so before the first window."""
    from podcli.engines import encoding, packed

    def prepared() -> list[object]:
        modules = list(own._loaded().decoder.modules())
        linears = [module._kernel for module in modules if isinstance(module, packed.PackedLinear)]
        return [*linears, *(module._whole for module in modules if isinstance(module, packed.PackedEmbedding))]

    own.load()
    before, tried = prepared(), encoding.fastest.cache_info().misses
    assert segments(own, SAMPLES / "librivox_0930.flac")
    assert encoding.fastest.cache_info().misses == tried
    assert all(one is other for one, other in zip(before, prepared(), strict=True))


@pytest.mark.models
def test_the_decoder_stays_in_four_bits(own: WhisperTranscriber) -> None:
    """All its layers are multiplied as they are kept; what asks the sound is unpacked, once for all frames and words."""
    import torch

    from podcli.engines import packed

    model = own._loaded()
    dense = [name for name, part in model.decoder.named_modules() if isinstance(part, torch.nn.Linear | torch.nn.Embedding)]
    assert dense == [f"blocks.{n}.cross_attn.{part}" for n in range(model.dims.n_text_layer) for part in ("key", "value")]
    for layer in packed.layers(model):
        for linear in (layer.own_in, layer.own_out, layer.cross_in, layer.cross_out, layer.mlp_in, layer.mlp_out):
            assert linear.weight.quants.numel() and not linear.weight.dense.numel()
    held = [values for name, values in model.decoder.state_dict().items() if not name.endswith(".common")]  # a part of the next
    held += packed.embedding(model)[-2:]
    assert sum(values.nbytes for values in held) < 45e6, "29.6 million weights, 118 MB in float32"


@pytest.mark.models
@pytest.mark.parametrize("sound", ["silence", "tone", "noise"])
def test_where_nobody_speaks_nothing_is_heard(transcriber: Transcriber, tmp_path: Path, sound: str) -> None:
    noise = np.random.default_rng(5).normal(0, 0.05, 20 * RATE).astype(np.float32)
    sounds = {"silence": np.zeros(20 * RATE, np.float32), "tone": tone(20), "noise": noise}
    assert segments(transcriber, write(tmp_path / "a.wav", sounds[sound], "pcm_s16le")) == []


@pytest.mark.models
def test_languages(transcriber: Transcriber, tmp_path: Path) -> None:
    silent = write(tmp_path / "a.wav", np.zeros(RATE, np.float32), "pcm_s16le")
    assert list(transcriber.transcribe(silent, language="en-GB")) == [] and transcriber.language == "en"
    for language, says in (("de", "English only"), ("klingon", "does not know")):
        with pytest.raises(UsageError, match=says) as caught:
            list(transcriber.transcribe(silent, language=language))
        assert caught.value.hint


@pytest.mark.models
def test_what_is_no_audio_is_refused(transcriber: Transcriber, tmp_path: Path) -> None:
    (tmp_path / "a.mp3").write_bytes(b"<html>")
    with pytest.raises(PodcliError, match="not audio"):
        list(transcriber.transcribe(tmp_path / "a.mp3"))


@pytest.fixture
def toy(tmp_path: Path) -> Path:
    path = tmp_path / "whisper-toy" / "model.safetensors"
    path.parent.mkdir()
    quantise.convert(openai_file(tmp_path / "toy.pt", state_dict()), path, model_id="whisper-toy")
    return path


def test_a_multilingual_model_listens_for_the_language(toy: Path, tmp_path: Path) -> None:
    transcriber = WhisperTranscriber(toy)
    list(transcriber.transcribe(write(tmp_path / "a.wav", speech("librivox_0930"), "pcm_s16le")))
    from whisper.tokenizer import LANGUAGES

    assert transcriber.model_id == "whisper-toy" and transcriber.language in LANGUAGES


def test_translating_asks_the_model_for_english(toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from podcli.engines import decoding

    asked = []
    real = decoding.Rows.begin

    def watched(rows: Any, number: Any, sound: Any, tokenizer: Any, told: Any) -> None:  # noqa: ANN401
        asked.append(tokenizer.decode_with_timestamps(list(tokenizer.sot_sequence)))
        real(rows, number, sound, tokenizer, told)

    monkeypatch.setattr(decoding.Rows, "begin", watched)
    transcriber = WhisperTranscriber(toy)
    sound = write(tmp_path / "a.wav", speech("librivox_0930"), "pcm_s16le")
    list(transcriber.transcribe(sound, language="de", translate=True))
    list(transcriber.transcribe(sound, language="de"))
    assert set(asked) == {
        "<|startoftranscript|><|de|><|translate|>", "<|startoftranscript|><|de|><|transcribe|>"
    }  # fmt: skip
    assert transcriber.language == "de", "what was spoken"


@pytest.mark.models
def test_a_model_that_cannot_translate_says_so(transcriber: Transcriber, tmp_path: Path) -> None:
    silent = write(tmp_path / "a.wav", np.zeros(RATE, np.float32), "pcm_s16le")
    with pytest.raises(UsageError, match="English only") as caught:
        list(transcriber.transcribe(silent, translate=True))
    assert "whisper-base" in caught.value.hint


def test_what_kernels_read_begins_where_they_want_it(toy: Path) -> None:
    from podcli.engines import arithmetic

    transcriber = WhisperTranscriber(toy)
    transcriber.load()
    model = transcriber._loaded()
    unpacked_only = (".quants", ".scales")
    held = [*model.named_parameters(), *((n, b) for n, b in model.named_buffers() if not b.is_sparse)]
    assert [name for name, values in held if values.data_ptr() % 64 and not name.endswith(unpacked_only)] == []
    embedding = model.decoder.token_embedding
    for rows in range(1, 9):  # each number has a loop of its own
        assert arithmetic.logits(embedding.weight[:rows], embedding.parts()).shape == (rows, len(embedding.weight))


@pytest.mark.parametrize("fault", ["empty", "cut", "garbage", "other", "lost", "shape", "gone"])
def test_a_damaged_model_is_refused_with_the_command_that_mends_it(toy: Path, fault: str) -> None:
    from safetensors import safe_open

    with safe_open(toy, "np") as file:
        about = file.metadata()
    content, tensors = toy.read_bytes(), load_file(toy)
    name = "decoder.blocks.1.mlp.0.weight.q4"
    if fault in ("lost", "shape", "other"):
        if fault == "lost":
            del tensors["decoder.ln.weight"]
        if fault == "shape":
            tensors[name] = tensors[name][:, :4].copy()
        save_file(tensors, toy, metadata={**about, "format": "0"} if fault == "other" else about)
    elif fault == "gone":
        toy.unlink()
    else:
        toy.write_bytes({"empty": b"", "cut": content[: len(content) // 2], "garbage": b"\xff" * 5000}[fault])
    with pytest.raises(ModelError, match="whisper-toy") as caught:
        WhisperTranscriber(toy).load()
    assert "podcli models pull --force whisper-toy" in caught.value.hint


@pytest.mark.parametrize(
    ("tokens", "kept"),
    [
        ([1, 2, 3, 4, 5], [1, 2, 3, 4, 5]),
        ([9, 9, 9, 9], [9, 9, 9, 9]),
        ([1, 2] + [7] * 30, [1, 2, 7]),
        ([1] + [5, 6, 7] * 12, [1, 5, 6, 7]),
        (list(range(24)) * 4, list(range(24))),
        ([], []),
    ],
)
def test_loops_are_noticed_and_said_once(tokens: list[int], kept: list[int]) -> None:
    from podcli.engines import decoding

    assert decoding.unlooped(tokens) == kept
    assert decoding._loops(tokens) == (tokens != kept)


@pytest.mark.parametrize("engine", ["whisper", "whispercpp"])
def test_nothing_heavy_is_imported_before_loading(engine: str) -> None:
    heavy = ("torch", "whisper", "numpy", "av", "_pywhispercpp")
    code = f"import sys, podcli.engines.{engine}; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("text", "length_s", "noise"), [(" Thank you.", 0.6, True), (" Thank you.", 3, False), (" Yes.", 0.6, False)]
)
def test_a_cough_says_no_thank_you(text: str, length_s: float, noise: bool) -> None:
    from podcli.engines.hearing import is_noise

    assert is_noise(text, length_s) is noise


@pytest.mark.parametrize("text", [" Hahaha.", "Ha ha ha!", " Ha-ha, hehe…", "ハハハ", "哈哈哈哈", "Хахаха!"])
def test_laughter_is_no_word(text: str) -> None:
    from podcli.engines.hearing import is_noise

    assert is_noise(text, 20.0)


@pytest.mark.parametrize("text", ["", "Ha!", " Haha, that is good.", "He, he said.", "Ho ho ho.", "Hi. Hi.", "はは"])
def test_who_speaks_while_laughing_is_heard(text: str) -> None:
    from podcli.engines.hearing import is_noise

    assert not is_noise(text, 20.0)


@pytest.mark.parametrize("kernel", [True, False])
@pytest.mark.parametrize("rows", [1, 4, 40])
def test_common_tokens_and_the_others_are_one_embedding(monkeypatch: pytest.MonkeyPatch, rows: int, kernel: bool) -> None:
    import torch

    from podcli.engines import arithmetic, fourbit, packed

    if not kernel:
        monkeypatch.setattr(packed, "_has_kernel", lambda: False)
    chance = np.random.default_rng(3)
    weight = chance.normal(0, 0.05, (600, 64)).astype(np.float32)
    common, worth = quantise.eight_bits(weight[:200])
    parts = (*fourbit.pack(weight[200:]), common, worth)
    embedding = packed.PackedEmbedding(*(torch.from_numpy(part) for part in parts))
    assert embedding.weight.shape == (600, 64)
    assert (embedding.weight[:200].numpy() - weight[:200]).std() < 0.0005 < (embedding.weight[200:].numpy() - weight[200:]).std()
    tokens = torch.tensor([[0, 199, 200], [599, 7, 300]])
    torch.testing.assert_close(embedding(tokens), embedding.weight[tokens])
    states = torch.from_numpy(chance.normal(0, 1, (rows, 64)).astype(np.float32))
    exact = states @ embedding.weight.T
    nothing = torch.empty(0, dtype=torch.long)
    logits, _ = arithmetic.sayable(states, embedding.parts(), nothing, 600)
    assert logits.shape == (rows, 600) and float((logits - exact).abs().max()) < 0.02
    assert (logits.argmax(-1) == exact.argmax(-1)).all()
    best = exact.max(-1).values
    torch.testing.assert_close(logits.max(-1).values, best)
