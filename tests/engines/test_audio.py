from __future__ import annotations

import tracemalloc
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from podcli.engines import audio
from podcli.engines.audio import CHUNK_S, SAMPLE_RATE, decode, probe
from podcli.errors import PodcliError
from tests.engines.sounds import speech, tone, write

FORMATS = [
    ("a.mp3", "libmp3lame", 44100, 2),
    ("a.mp3", "libmp3lame", 22050, 1),
    ("a.m4a", "aac", 48000, 2),
    ("a.ogg", "libopus", 48000, 1),
    ("a.opus", "libopus", 48000, 2),
    ("a.flac", "flac", 96000, 2),
    ("a.wav", "pcm_s16le", 8000, 1),
    ("a.wav", "pcm_mulaw", 8000, 1),
    ("a.wav", "pcm_s16le", 48000, 6),
    ("a.ogg", "libopus", 48000, 6),
    ("a.wav", "pcm_f32le", 48000, 2),
]


def everything(path: Path, start_s: float = 0.0) -> np.ndarray:
    return np.concatenate([np.zeros(0, np.float32), *decode(path, start_s=start_s)])


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """Correlation of what both have, at the best shift of up to 0.03 s: encoders start a little early or late."""
    length, most = min(len(one), len(other)) - 2000, 480
    shifts = (one[1000 + shift : length + shift] for shift in range(-most, most, 4))
    return max(float(np.corrcoef(a, other[1000:length])[0, 1]) for a in shifts)


@pytest.mark.parametrize(("name", "codec", "rate", "channels"), FORMATS)
def test_every_format_comes_out_as_16_khz_mono(tmp_path: Path, name: str, codec: str, rate: int, channels: int) -> None:
    sound = speech("librivox_0870")
    path = write(tmp_path / name, sound, codec, rate=rate, channels=channels)
    heard = everything(path)
    assert heard.dtype == np.float32 and np.abs(heard).max() <= 1
    assert len(heard) == pytest.approx(len(sound), abs=0.1 * SAMPLE_RATE)
    assert probe(path).duration_s == pytest.approx(len(sound) / SAMPLE_RATE, abs=0.1)
    assert likeness(heard, sound) > 0.9


@pytest.mark.parametrize(("name", "codec", "rate", "channels"), FORMATS)
@pytest.mark.parametrize("start_s", [0.3, 4.321])
def test_decoding_starts_at_any_second(tmp_path: Path, name: str, codec: str, rate: int, channels: int, start_s: float) -> None:
    path = write(tmp_path / name, speech("librivox_0870"), codec, rate=rate, channels=channels)
    whole, part = everything(path), everything(path, start_s)
    assert len(whole) - len(part) == pytest.approx(start_s * SAMPLE_RATE, abs=2)
    assert likeness(part, whole[round(start_s * SAMPLE_RATE) :]) > 0.95


def test_a_start_after_the_end_gives_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp3", tone(3), "libmp3lame")
    assert list(decode(path, start_s=100)) == []


def test_memory_does_not_grow_with_the_length(tmp_path: Path) -> None:
    path = write(tmp_path / "long.flac", np.tile(tone(60), 5), "flac")
    tracemalloc.start()
    longest = max(len(piece) for piece in decode(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert longest == CHUNK_S * SAMPLE_RATE
    assert peak < 8 * longest * 4, "5 minutes are 19 MB; only a few pieces of 0.6 MB may be held"


def test_chapters_are_read_and_cleaned(tmp_path: Path) -> None:
    path = write(tmp_path / "a.m4a", tone(3), "aac", chapters=("One\x1b[2J\n two", "", "Three"))
    chapters = probe(path).chapters
    assert [(chapter.start_s, chapter.title) for chapter in chapters] == [(0, "One two"), (1, "Chapter 2"), (2, "Three")]
    assert [chapter.end_s for chapter in chapters] == [1, 2, pytest.approx(3, abs=0.1)]
    assert {chapter.source for chapter in chapters} == {"embedded"}


def test_a_damaged_stretch_is_skipped(tmp_path: Path) -> None:
    sound = speech("jfk")
    path = write(tmp_path / "a.mp3", sound, "libmp3lame", rate=44100)
    content = bytearray(path.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 3000] = bytes(np.random.default_rng(1).integers(0, 256, 3000, np.uint8))
    path.write_bytes(content)
    heard = everything(path)
    # 3,000 bytes are 0.4 s. An MP3 frame has no time of its own, so players, too, go on with the next one.
    assert len(sound) - 0.6 * SAMPLE_RATE < len(heard) <= len(sound) + 0.1 * SAMPLE_RATE
    assert likeness(heard[: 4 * SAMPLE_RATE], sound[: 4 * SAMPLE_RATE]) > 0.9


def test_a_cut_off_download_gives_what_is_there(tmp_path: Path) -> None:
    sound = speech("jfk")
    path = write(tmp_path / "a.mp3", sound, "libmp3lame")
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    probe(path)
    assert len(everything(path)) == pytest.approx(len(sound) / 2, rel=0.1)


def test_a_file_that_ends_in_the_middle_of_a_frame_gives_all_frames_before(tmp_path: Path) -> None:
    for name, codec in (("a.mp3", "libmp3lame"), ("a.flac", "flac"), ("a.ogg", "libopus"), ("a.wav", "pcm_s16le")):
        path = write(tmp_path / name, speech("librivox_0890"), codec)
        whole, content = len(everything(path)), path.read_bytes()
        path.write_bytes(content[:-37])
        assert whole - 1.1 * SAMPLE_RATE < len(everything(path)) <= whole, name


def test_samples_that_are_no_numbers_become_silence_or_the_loudest_there_is(tmp_path: Path) -> None:
    sound = speech("librivox_0890")
    strange = sound.copy()
    strange[8000:8100], strange[9000:9050], strange[9100:9150] = np.nan, np.inf, -1e30
    heard = everything(write(tmp_path / "a.wav", strange, "pcm_f32le"))
    assert np.isfinite(heard).all() and np.abs(heard).max() <= 1
    assert likeness(heard[16000:], sound[16000:]) > 0.99


def test_rate_and_channels_may_change_midway(tmp_path: Path) -> None:
    """Advertisements are inserted by joining MP3 files."""
    one = write(tmp_path / "1.mp3", tone(2), "libmp3lame", rate=44100, channels=2)
    two = write(tmp_path / "2.mp3", tone(3), "libmp3lame", rate=22050)
    joined = tmp_path / "a.mp3"
    joined.write_bytes(one.read_bytes() + two.read_bytes())
    assert len(everything(joined)) == pytest.approx(5 * SAMPLE_RATE, abs=0.3 * SAMPLE_RATE)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"<!DOCTYPE html><html><body>Not found</body></html>" * 50, "not audio"),
        (b"\x00" * 5000, "not audio|decoded"),
        (bytes(range(256)) * 100, "not audio|decoded"),
        (b"ID3\x04\x00\x00\x00\x00\x00\x00", "not audio|decoded"),
        (b"\xff\xfb\x90", "not audio|decoded"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1:1/a.ts\n", "not audio"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "not audio"),
    ],
)
def test_what_is_no_audio_is_said_so(tmp_path: Path, content: bytes, says: str) -> None:
    path = tmp_path / "episode.mp3"
    path.write_bytes(content)
    for refuse in (lambda: probe(path), lambda: list(decode(path))):
        with pytest.raises(PodcliError, match=says) as caught:
            refuse()
        assert "episode.mp3" in caught.value.message and caught.value.hint


def test_a_web_page_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "episode.mp3"
    path.write_text("<html>404</html>" * 100)
    with pytest.raises(PodcliError) as caught:
        probe(path)
    assert "web page" in caught.value.hint


def test_folders_missing_files_and_pictures_are_refused(tmp_path: Path) -> None:
    import av

    picture = tmp_path / "a.mp4"
    with av.open(str(picture), "w") as file:
        stream = file.add_stream("mpeg4", rate=5)
        stream.width = stream.height = 16
        stream.pix_fmt = "yuv420p"
        for _ in range(5):
            file.mux(stream.encode(av.VideoFrame(16, 16, "yuv420p")))
        file.mux(stream.encode(None))
    for path, says in ((tmp_path, "is a folder"), (tmp_path / "no.mp3", "not there"), (picture, "no audio track")):
        with pytest.raises(PodcliError, match=says) as caught:
            probe(path)
        assert caught.value.hint


def _frame(pts: int | None, samples: int = 1152, rate: int = 16_000, layout: str = "mono") -> av.AudioFrame:
    frame = av.AudioFrame("fltp", layout, samples)
    frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), pts
    for plane in frame.planes:
        plane.update(np.full(samples, 0.25, np.float32).tobytes())
    return frame


def test_frames_are_joined_as_long_as_one_follows_the_other() -> None:
    steady = [_frame(1152 * n) for n in range(8)]
    late = [_frame(1152 * n + 16_000) for n in range(8, 10)]
    other = [_frame(1152 * n + 16_000, layout="stereo") for n in range(10, 12)]
    untimed = [_frame(None) for _ in range(3)]
    found = list(audio._together(iter([*steady, *late, *other, *untimed])))
    assert [(time_s, frame.samples) for time_s, frame in found] == [
        (0.0, 4 * 1152), (4 * 0.072, 4 * 1152), (8 * 0.072 + 1, 2 * 1152), (10 * 0.072 + 1, 2 * 1152), (None, 3 * 1152),
    ]  # fmt: skip
    assert [frame.layout.name for _, frame in found][-2:] == ["stereo", "mono"]
    assert list(audio._together(iter([]))) == []


def test_a_file_that_claims_any_rate_fills_no_memory() -> None:
    frames = (_frame(None, samples=30_000, rate=2_000_000_000) for _ in range(40))
    assert max(frame.samples for _, frame in audio._together(frames)) <= 3 * 30_000
