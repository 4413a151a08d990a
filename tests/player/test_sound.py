"""What libmpv really gives to the sound card, and what becomes of it when files, servers and devices do not behave."""

from __future__ import annotations

import os
import time
import wave
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from podcli.domain import EpisodeId, Loudness
from podcli.player import failures, options
from podcli.player.mpv import MpvPlayer
from tests.loopback import Site
from tests.player.tones import tone, until

DEMO = Path(__file__).parents[2] / "podcli" / "demo"
RATE, LENGTH_S = 16_000, 4.0


@pytest.fixture(autouse=True)
def no_sound_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCLI_AO", "null")


@pytest.fixture
def player() -> Iterator[MpvPlayer]:
    made = MpvPlayer()
    yield made
    made.close()


def load(player: MpvPlayer, source: str | Path, start_s: float = 0.0) -> None:
    player.load(str(source), episode_id=EpisodeId(1), title="T", start_s=start_s)


def heard(
    path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, *, speed: float = 1.0, voice_boost: bool = False,
    loudness: Loudness = "off", fade: float = 1.0, muted: bool = False,
) -> tuple[NDArray[np.float64], int]:  # fmt: skip
    """What would leave the sound card, and its rate: libmpv writes it into a file instead, as quick as it can."""
    out, real = folder / "heard.wav", options.options
    monkeypatch.setenv("PODCLI_AO", "pcm")
    monkeypatch.setattr("podcli.player.mpv.options", lambda: {**real(), "ao_pcm_file": str(out)})
    made = MpvPlayer()
    made.set_speed(speed)
    made.set_filters(voice_boost=voice_boost, loudness=loudness)
    made.set_fade(fade)
    made.set_muted(muted)
    load(made, path)
    until(lambda: made.state.ended, str(made.state), 30)
    made.close()
    import av

    with av.open(str(out)) as opened:
        stream = opened.streams.audio[0]
        frames = [frame.to_ndarray().reshape(-1)[:: stream.channels].astype(float) for frame in opened.decode(stream)]
        scale = 32768.0 if stream.format.name.startswith("s16") else 1.0
        return np.concatenate(frames) / scale, stream.rate


def pitch(sound: NDArray[np.float64], rate: int) -> float:
    """The strongest frequency of its middle, in Hz."""
    middle = sound[len(sound) // 4 : 3 * len(sound) // 4]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle))))
    return float(np.argmax(spectrum) * rate / len(middle))


def level(sound: NDArray[np.float64]) -> float:
    """Its loudness (RMS) in its middle, in dB."""
    middle = sound[len(sound) // 4 : 3 * len(sound) // 4]
    return float(10 * np.log10(np.mean(middle**2) + 1e-12))


@pytest.mark.parametrize("speed", [0.5, 1.0, 1.7, 4.0])
def test_every_speed_keeps_the_pitch(speed: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound, rate = heard(tone(tmp_path / "a.wav", LENGTH_S, rate=RATE), tmp_path, monkeypatch, speed=speed)
    assert pitch(sound, rate) == pytest.approx(440, abs=3)
    assert len(sound) / rate == pytest.approx(LENGTH_S / speed, abs=0.15)


def test_loudness_lifts_what_is_quiet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tone(tmp_path / "a.wav", 8.0, rate=RATE)
    plain = level(heard(path, tmp_path, monkeypatch)[0])
    for how in ("dynaudnorm", "loudnorm"):
        assert level(heard(path, tmp_path, monkeypatch, loudness=how)[0]) > plain + 3, how  # type: ignore[arg-type]


def test_voice_boost_lifts_speech_above_rumble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def ratio(sound: NDArray[np.float64], rate: int) -> float:
        spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
        hertz = np.fft.rfftfreq(len(sound), 1 / rate)
        return float(spectrum[(hertz > 2900) & (hertz < 3500)].max() / spectrum[(hertz > 40) & (hertz < 60)].max())

    times = np.arange(int(LENGTH_S * RATE)) / RATE
    mixed = 1500 * np.sin(2 * np.pi * 50 * times) + 1500 * np.sin(2 * np.pi * 3200 * times)
    path = tmp_path / "mixed.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(mixed.astype("<i2").tobytes())
    assert ratio(*heard(path, tmp_path, monkeypatch, voice_boost=True)) > 2 * ratio(*heard(path, tmp_path, monkeypatch))


def test_fade_and_mute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tone(tmp_path / "a.wav", LENGTH_S, rate=RATE)
    plain = level(heard(path, tmp_path, monkeypatch)[0])
    assert level(heard(path, tmp_path, monkeypatch, fade=0.5)[0]) < plain - 6
    assert level(heard(path, tmp_path, monkeypatch, muted=True)[0]) < plain - 60


def test_a_fade_is_no_volume(player: MpvPlayer, tmp_path: Path) -> None:
    load(player, tone(tmp_path / "a.wav", 60))
    player.set_volume(80)
    player.set_fade(0.3)
    until(lambda: player.state.position_s > 0.3)
    assert player.state.volume == 80
    player.set_fade(1.0)
    until(lambda: player._mpv.volume == 80)


def test_filters_stay_for_the_next_episode_and_go_when_told(player: MpvPlayer, tmp_path: Path) -> None:
    player.set_filters(voice_boost=True, loudness="dynaudnorm")
    for name in ("a", "b"):
        load(player, tone(tmp_path / f"{name}.wav", 30))
        until(lambda: player.state.position_s > 0.2)
        assert [each["label"] for each in player._mpv.af] == ["voice", "level"]
    player.set_filters(voice_boost=False, loudness="off")
    until(lambda: not player._mpv.af)
    before = player.state.position_s
    until(lambda: player.state.position_s > before + 0.2)


def test_devices(player: MpvPlayer, tmp_path: Path) -> None:
    assert player.devices()[0].name == "auto"
    load(player, tone(tmp_path / "a.wav", 60))
    until(lambda: player.state.position_s > 0.2)
    player.set_device("pulse/no-such-device")
    until(lambda: "no-such-device" in player.state.notice)
    before = player.state.position_s
    until(lambda: player.state.position_s > before + 0.3, "it plays on")
    player.set_device("auto")
    player.renew_output()
    before = player.state.position_s
    until(lambda: player.state.position_s > before + 0.3, "it plays on")


def test_chapters_in_the_audio(player: MpvPlayer) -> None:
    load(player, DEMO / "episode.mp3")
    until(lambda: len(player.state.chapters) == 6)
    first, second = player.state.chapters[:2]
    assert (first.start_s, first.title, first.source) == (0.0, "Welcome", "embedded")
    assert first.end_s == second.start_s


# What does not behave


def test_a_file_deleted_while_it_plays_plays_on(player: MpvPlayer, tmp_path: Path) -> None:
    path = tone(tmp_path / "a.wav", 60)
    load(player, path)
    until(lambda: player.state.position_s > 0.3)
    path.unlink()
    player.seek(30)
    until(lambda: player.state.position_s > 30.3)
    assert not player.state.problem


def test_a_file_cut_off_while_it_plays_ends_in_words_or_at_its_end(player: MpvPlayer, tmp_path: Path) -> None:
    path = tone(tmp_path / "a.wav", 600)
    load(player, path)
    until(lambda: player.state.position_s > 0.3)
    os.truncate(path, 100_000)
    player.seek(300)
    until(lambda: player.state.problem or player.state.ended, str(player.state))
    load(player, tone(tmp_path / "b.wav", 60))
    until(lambda: player.state.position_s > 0.3, "the next one plays")
    assert not player.state.problem


def test_a_stream_that_stalls_says_so_and_goes_on(player: MpvPlayer, site: Site, tmp_path: Path) -> None:
    body = tone(tmp_path / "a.wav", 60).read_bytes()
    url = site.put("/a.wav", body, type="audio/wav", hold=(320_000, 8.0))  # twenty seconds of audio, then nothing
    load(player, url)
    player.set_speed(4.0)
    until(lambda: player.state.position_s > 0.5)
    until(lambda: player.state.notice == failures.BUFFERING)
    stood = player.state.position_s
    until(lambda: player.state.position_s > stood + 2)
    assert player.state.notice == "" and not player.state.problem


@pytest.mark.parametrize("length", ["9999999", "40000", "", "nonsense"])
def test_a_wrong_content_length(player: MpvPlayer, site: Site, tmp_path: Path, length: str) -> None:
    body = tone(tmp_path / "a.wav", 5).read_bytes()
    url = site.put("/a.wav", body, type="audio/wav", headers={"Content-Length": length}, ranges=False)
    load(player, url)
    # FFmpeg reads as much as the header says: all of it, some of it, or next to nothing.
    until(lambda: player.state.position_s > 0.5 or player.state.ended or player.state.problem, str(player.state), 25)
    load(player, tone(tmp_path / "b.wav", 60))
    until(lambda: player.state.position_s > 0.3 and not player.state.problem, "the next one plays")


def test_an_unknown_length_is_none_until_it_is_known(player: MpvPlayer, site: Site, tmp_path: Path) -> None:
    whole = (DEMO / "trailer.mp3").read_bytes()
    url = site.put("/a.mp3", whole, type="audio/mpeg", headers={"Content-Length": ""}, ranges=False)
    load(player, url)
    until(lambda: player.state.position_s > 0.5, str(player.state))
    player.seek(1e6)
    time.sleep(0.3)
    assert player.state.position_s >= 0 and (player.state.duration_s is None or player.state.duration_s < 3600)


def test_no_bytes_at_all(player: MpvPlayer, site: Site, tmp_path: Path) -> None:
    empty = tmp_path / "empty.mp3"
    empty.touch()
    for source in (str(empty), site.put("/empty.mp3", b"", type="audio/mpeg")):
        load(player, source)
        until(lambda: player.state.problem, str(player.state))
        assert player.state.position_s == 0
