"""`podcli share`: quotes and links, pictures, and clips that are the very sound of the episode."""

from __future__ import annotations

import base64
import io
import json
import re
import shutil
import sys
from pathlib import Path

import av
import numpy as np
import pysubs2
import pytest
import webvtt
from PIL import Image

from podcli.domain import Episode, Segment, Word
from podcli.engines.audio import decode
from podcli.engines.clip import cut
from podcli.errors import PodcliError, UsageError
from podcli.exports.card.themes import THEMES
from podcli.exports.excerpt import excerpt
from podcli.services import open_services
from tests.cli.terminal import Terminal
from tests.conftest import Podcli
from tests.pipeline.readings import put_transcript

TRAILER = Path(__file__).parents[2] / "podcli" / "demo" / "trailer.mp3"
SAID = [
    Segment(0.0, 5.0, "Before it starts.", "Ann"),
    Segment(5.0, 9.0, "Words \x1b[31mof the clip."),
    Segment(9.0, 14.0, "More."),
]


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    return Path(shutil.copy(TRAILER, tmp_path / "talk.mp3"))


@pytest.fixture
def snip(audio: Path) -> int:
    """Seconds 5 to 14 of the trailer."""
    with open_services() as services:
        found = services.library.resolve(str(audio))
        assert isinstance(found, Episode)
        services.store.library.save_file(found.id, path=str(audio), sha256="0", bytes=1, ours=False)
        put_transcript(services.store, found, SAID)
        made = services.store.snips.add(found.id, start_s=5.0, end_s=14.0, at_s=14.0)
        services.snips.title(made.id, "A \x1b]0;bad\x07title")
        services.store.library._db.execute("update snip set text = 'Words of the clip. More.', state = 'transcribed'")
        link = "https://cdn.example.org/talk.mp3"
        services.store.library._db.execute("update episode set enclosure_url = ?", [link])
    return int(made.id)


def heard(file: Path) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.concatenate(list(decode(file)))


def begins(clip: Path, source: Path) -> float:
    """Where in `source` the middle of `clip` is, less the clip's own half; what is there must be the same sound."""
    whole, part = heard(source), heard(clip)
    middle = len(part) // 2
    wanted = part[middle : middle + 32_000]
    product = np.correlate(whole, wanted, "valid")
    energy = np.convolve(whole**2, np.ones(len(wanted)), "valid")
    likeness = product / np.sqrt(np.maximum(energy, 1e-6) * float((wanted**2).sum()))
    at = int(np.argmax(likeness))
    assert likeness[at] > 0.95, "less than 1 where a clip begins between two samples of 16 kHz"
    return (at - middle) / 16_000


def coded(source: Path, file: Path, codec: str) -> Path:
    with av.open(str(source)) as sound, av.open(str(file), "w") as out:
        track = out.add_stream(codec, rate=48_000, layout="mono")
        resampler = av.AudioResampler(track.codec_context.format, "mono", 48_000)
        for frame in sound.decode(audio=0):
            for piece in resampler.resample(frame):
                out.mux(track.encode(piece))
        out.mux(track.encode(None))
    return file


@pytest.mark.parametrize(
    ("codec", "ending", "written", "room_s"),
    [("", ".mp3", ".mp3", 0.1), ("aac", ".m4a", ".m4a", 0.1), ("aac", ".m4a", ".aac", 0.1), ("aac", ".aac", ".m4a", 0.1),
     ("libopus", ".opus", ".opus", 0.12), ("libopus", ".ogg", ".ogg", 0.12), ("flac", ".flac", ".flac", 0.2),
     ("pcm_s16le", ".wav", ".wav", 0.2)],
)  # fmt: skip
def test_a_clip_is_the_same_sound_and_as_long(
    audio: Path, tmp_path: Path, codec: str, ending: str, written: str, room_s: float
) -> None:
    source = coded(audio, tmp_path / f"source{ending}", codec) if codec else audio
    clip = cut(source, 6.0, 13.5, written, {"title": "T é", "artist": "Show"})
    file = tmp_path / f"clip{written}"
    file.write_bytes(clip.content)
    assert abs(len(heard(file)) / 16_000 - 7.5) < room_s
    assert clip.start_s <= 6.0 and clip.end_s >= 13.5
    assert abs(begins(file, source) - clip.start_s) < 0.05
    with av.open(str(file)) as found, av.open(str(source)) as original:
        track = found.streams.audio[0]
        assert track.codec_context.codec.canonical_name == original.streams.audio[0].codec_context.codec.canonical_name
        if written != ".aac":  # has no place for them
            tags = {name.lower(): value for name, value in {**found.metadata, **track.metadata}.items()}
            assert tags["title"] == "T é" and tags["artist"] == "Show"


def test_the_packets_are_copied(audio: Path, tmp_path: Path) -> None:
    file = tmp_path / "clip.mp3"
    file.write_bytes(cut(audio, 6.0, 13.5, ".mp3", {}).content)

    def packets(path: Path) -> list[bytes]:
        with av.open(str(path)) as container:
            return [bytes(packet) for packet in container.demux(audio=0) if packet.size]

    copied, all_of_them = packets(file), packets(audio)
    assert len(copied) > 200
    assert any(copied == all_of_them[place : place + len(copied)] for place in range(len(all_of_them)))


def test_a_file_that_cannot_hold_the_sound_is_refused(audio: Path, tmp_path: Path) -> None:
    for ending, says in ((".ogg", "cannot hold mp3"), (".exe", r"\.exe is no kind"), ("", "without an ending")):
        with pytest.raises(UsageError, match=says) as error:
            cut(audio, 1.0, 2.0, ending, {})
        assert ".mp3" in error.value.hint
    with pytest.raises(PodcliError, match="no sound there"):
        cut(audio, 5000.0, 5010.0, ".mp3", {})
    (tmp_path / "page.mp3").write_text("<html>")
    with pytest.raises(PodcliError, match="not audio"):
        cut(tmp_path / "page.mp3", 1.0, 2.0, ".mp3", {})


def test_captions_begin_with_the_clip_and_have_its_words_alone() -> None:
    words = tuple(Word(float(n), n + 1.0, f"w{n}") for n in range(10))
    (found,) = excerpt([Segment(0.0, 10.0, "w0 w1 w2 w3 w4 w5 w6 w7 w8 w9", "Ann", words), Segment(20.0, 21.0, "x")], 3.2, 6.0)
    assert found.text == "w3 w4 w5" and found.start_s == 0.0 and found.end_s == pytest.approx(2.8)
    assert found.words[0].start_s == pytest.approx(-0.2) and found.speaker == "Ann"


def test_clip_and_captions_lie_beside_each_other(podcli: Podcli, snip: int, audio: Path, tmp_path: Path) -> None:
    clip = tmp_path / "quote.mp3"
    done = podcli("share", str(snip), "--clip", clip, "--captions", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert [Path(each["file"]).name for each in said["files"]] == ["quote.mp3", "quote.vtt", "quote.srt"]
    assert abs(len(heard(clip)) / 16_000 - 9.0) < 0.1 and abs(begins(clip, audio) - 5.0) < 0.1
    vtt = (tmp_path / "quote.vtt").read_text()
    assert "Words of the clip." in vtt and "\x1b" not in vtt
    (times,) = re.findall(r"(\S+) --> \S+\nWords of the clip", vtt)
    assert times.startswith("00:00:00.0") and "00:00:04.0" in vtt
    assert (tmp_path / "quote.srt").read_text().startswith("1\n00:00:00,")
    for captions in (
        [(each.start_in_seconds, each.end_in_seconds, each.text) for each in webvtt.read(str(tmp_path / "quote.vtt"))],
        [(each.start / 1000, each.end / 1000, each.plaintext) for each in pysubs2.load(str(tmp_path / "quote.srt"))],
    ):
        assert [text for _, _, text in captions] == ["Words of the clip.", "More."]
        assert [(round(start), round(end)) for start, end, _ in captions] == [(0, 4), (4, 9)]
    again = json.loads(podcli("share", str(snip), "--clip", clip, "--captions", "--json").stdout)
    assert [each["action"] for each in again["files"]] == ["same"] * 3
    (tmp_path / "quote.srt").write_text("mine")
    done = podcli("share", str(snip), "--clip", clip, "--captions")
    assert done.returncode == 1 and "left alone" in done.stderr and (tmp_path / "quote.srt").read_text() == "mine"
    assert podcli("share", str(snip), "--clip", clip, "--captions", "--force").returncode == 0


def test_a_picture_of_either_size(podcli: Podcli, snip: int, tmp_path: Path) -> None:
    for size, pixels in (("square", (1080, 1080)), ("wide", (1200, 630))):
        done = podcli("share", str(snip), "--card", tmp_path / f"{size}.png", "--size", size)
        assert done.returncode == 0 and done.stdout == "" and "was made" in done.stderr
        with Image.open(io.BytesIO((tmp_path / f"{size}.png").read_bytes())) as picture:
            assert picture.format == "PNG" and picture.size == pixels
    done = podcli("share", str(snip), "--card", tmp_path / "x.png", "--theme", "plaid")
    assert done.returncode == 2 and "plaid" in done.stderr and not (tmp_path / "x.png").exists()


def test_each_theme_is_another_picture(podcli: Podcli, snip: int, tmp_path: Path) -> None:
    def ground(*arguments: str) -> tuple[int, ...]:
        file = tmp_path / f"{len(list(tmp_path.iterdir()))}.png"
        done = podcli("share", str(snip), "--card", file, "--no-cover", *arguments)
        assert done.returncode == 0, done.stderr
        with Image.open(file) as picture:
            shown = picture.convert("RGB").getpixel((4, 4))
            assert isinstance(shown, tuple)
            return tuple(int(each) for each in shown)

    grounds = {name: ground("--theme", name) for name in THEMES}
    assert len(set(grounds.values())) == len(THEMES) > 2
    assert ground() == grounds["night"]


def test_the_quote_and_its_links(podcli: Podcli, snip: int) -> None:
    text = podcli("share", str(snip)).stdout
    assert text.startswith("“Words of the clip. More.”\n") and text.endswith("https://cdn.example.org/talk.mp3#t=5\n")
    assert podcli("share", str(snip), "--text").stdout == text
    for option, begin in (
        ("--x", "https://x.com/intent/post?text="),
        ("--whatsapp", "https://wa.me/?text="),
        ("--mail", "mailto:?"),
    ):
        assert podcli("share", str(snip), option).stdout.startswith(begin)


def test_the_opener_gets_the_link_as_one_argument(podcli: Podcli, snip: int, tmp_path: Path) -> None:
    name = "open" if sys.platform == "darwin" else "xdg-open"
    opener = tmp_path / "bin" / name
    opener.parent.mkdir()
    opener.write_text(f'#!/bin/sh\nprintf "%s\\n" "$#" "$1" > {tmp_path}/opened\n')
    opener.chmod(0o755)
    path = f"{opener.parent}:/usr/bin:/bin"
    done = podcli("share", str(snip), "--mail", "--open", PATH=path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "opened").read_text() == f"1\n{done.stdout}"
    opener.write_text("#!/bin/sh\nexit 3\n")
    assert "found nothing that opens" in podcli("share", str(snip), "--x", "--open", PATH=path).stderr
    opener.unlink()
    done = podcli("share", str(snip), "--x", "--open", PATH=str(opener.parent))
    assert done.returncode == 1 and f"no {name}" in done.stderr and done.stdout.startswith("https://x.com/")


def test_copied_through_the_terminal(snip: int, podcli: Podcli) -> None:
    terminal = Terminal(sys.executable, "-m", "podcli", "share", str(snip), "--copy")
    packed = terminal.expect("\x1b\\]52;c;([A-Za-z0-9+/=]+)\x07")[1]
    assert base64.b64decode(packed).decode() == podcli("share", str(snip)).stdout.rstrip("\n")
    assert terminal.ends() == 0
    done = podcli("share", str(snip), "--copy")
    assert done.returncode == 1 and "no terminal" in done.stderr and "\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("9",), 2, "There is no snip 9"),
        (("1", "--captions"), 2, "--clip FILE"),
        (("1", "--open"), 2, "--whatsapp"),
        (("1", "--clip", "x.ogg"), 2, "cannot hold mp3"),
        (("1", "--clip", "gone/x.mp3"), 1, "folder of"),
        (("1", "--card", "."), 1, "is a folder"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    podcli: Podcli, snip: int, arguments: tuple[str, ...], code: int, says: str
) -> None:
    done = podcli("share", *arguments)
    assert done.returncode == code and says in done.stderr and not done.stdout, done.stderr


def test_without_the_audio_the_command_that_fetches_it_is_named(podcli: Podcli, snip: int, audio: Path) -> None:
    audio.unlink()
    done = podcli("share", str(snip), "--clip", "x.mp3")
    assert done.returncode == 1 and "podcli download 1" in done.stderr
