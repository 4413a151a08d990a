"""What the speech bench hands to the engines podcli is compared with."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
import whisper
from tokenizers import Tokenizer
from whisper.tokenizer import get_tokenizer

from podcli.engines import ggml
from tests.bench import bench_whisper, weights


@pytest.mark.parametrize("multilingual", [False, True])
def test_faster_whispers_tokenizer_is_openais(tmp_path: Path, multilingual: bool) -> None:
    (tmp_path / "architecture").write_text("tiny" if multilingual else "tiny.en")
    weights.beside(tmp_path, rows=51872, multilingual=multilingual)
    theirs, ours = Tokenizer.from_file(str(tmp_path / "tokenizer.json")), get_tokenizer(multilingual)
    for text in (" The Warrior left Brooklyn in 1954.", " -", "♪♪", " Äpfel, 吾輩は猫である", " don't  stop\n"):
        assert theirs.encode(text, add_special_tokens=False).ids == ours.encode(text)
        assert theirs.decode(ours.encode(text)) == text
    for name, number in ours.special_tokens.items():
        assert theirs.token_to_id(name) == number


def test_the_start_of_a_cue_is_compared_with_its_first_word(tmp_path: Path) -> None:
    cues = tmp_path / "x.vtt"
    cues.write_text(
        "WEBVTT\n\n00:00:01.000 --> 00:00:03.000\n<v Ann>The ship left.\n\n"
        "00:00:04.500 --> 00:00:06.000\n<v Bob>It never came back.\n"
    )
    heard = [(1.1, "The"), (1.5, "ship"), (1.8, "left."), (4.2, "It"), (4.4, "never"), (5, "came"), (5.2, "back.")]
    words = [{"start": start, "text": f" {text}"} for start, text in heard]
    assert bench_whisper.start_errors(words, cues) == pytest.approx([0.1, 0.3])
    assert bench_whisper.start_errors(words[4:], cues) == []


def test_the_vocabulary_is_that_of_the_package() -> None:
    ranks = Path(whisper.__file__).parent / "assets" / "gpt2.tiktoken"
    first = base64.b64decode(ranks.read_bytes().split()[0])
    assert ggml.vocabulary(multilingual=False)[0] == first
