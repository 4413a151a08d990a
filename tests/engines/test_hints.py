"""Names told to Whisper: how many, what counts as help, and that a real model takes them only where they do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from whisper.tokenizer import Tokenizer, get_tokenizer

import podcli
from podcli.engines.hints import MOST_TOKENS, TRIED, Hint
from podcli.engines.whisper import WhisperTranscriber

DEMO = Path(podcli.__file__).parent / "demo" / "episode.mp3"


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return get_tokenizer(multilingual=False)


def test_names_are_told_whole_and_no_more_than_fit(tokenizer: Tokenizer) -> None:
    names = [f"Malcom McLean the {n}th" for n in range(40)]
    told = Hint(names, tokenizer).tokens
    assert told[0] == tokenizer.sot_prev and 30 < len(told) <= 1 + MOST_TOKENS
    text = tokenizer.decode(told[1:])
    assert text.startswith(" Malcom McLean the 0th, ") and text.endswith("th.")
    assert Hint([], tokenizer).tokens == [] and Hint(["x" * 1000], tokenizer).tokens == []


@given(st.lists(st.text(min_size=1), max_size=5))
def test_whatever_the_notes_say_it_is_words_and_no_command(names: list[str]) -> None:
    tokenizer = get_tokenizer(multilingual=False)
    told = Hint(["<|startoftranscript|>", *names], tokenizer).tokens
    assert all(token < tokenizer.eot for token in told[1:])


@pytest.mark.parametrize(
    ("plain", "told", "gain"),
    [
        ("it was Malcolm McLean who", "it was Malcom McLean who", 1),
        ("a ship named the Evergiven ran", "a ship named the Ever Given ran", 2),
        ("It was, Malcom McLean.", "it was Malcom McLean", 0),
        ("it was a man who", "it was a man named Malcom McLean who", -3),
        ("it was rather late", "it was other late", -1),
        ("the ship sailed", "Malcom McLean", -3),
        ("it was Malcom McLean who", "it was Malcolm McLean who", -1),
        ("", "Malcom McLean, Ever Given.", -4),
        ("", "", 0),
    ],
)
def test_a_name_in_place_of_what_sounds_like_it_is_won_all_else_is_lost(
    plain: str, told: str, gain: int, tokenizer: Tokenizer
) -> None:
    assert Hint(["Malcom McLean", "Ever Given"], tokenizer).gain(plain, told) == gain


@pytest.mark.parametrize(
    ("gains", "helps"), [([0, 0, 0, 1], True), ([0, 0, 0, 0], False), ([-3, 0, 0, 1], False), ([2, -1, 0, 0], True)]
)
def test_it_helps_when_more_is_won_than_lost(gains: list[int], helps: bool, tokenizer: Tokenizer) -> None:
    hint = Hint(["Malcom McLean"], tokenizer)
    assert len(gains) == TRIED
    for window, gain in enumerate(gains):
        hint.tell(window, gain)
        hint.tell(window, 99)
    assert hint.helps() == helps


@pytest.mark.models
def test_a_real_model_spells_as_the_notes_do_only_where_it_hears_no_worse() -> None:
    cache = os.environ.get("PODCLI_TEST_MODELS") or Path(__file__).parent.parent.parent / ".cache" / "test-models"
    transcriber = WhisperTranscriber(Path(cache) / "whisper-tiny.en" / "model.safetensors")

    def heard(*names: str) -> str:
        return " ".join(s.text for batch in transcriber.transcribe(DEMO, start_s=60, until_s=240, names=names) for s in batch)

    plain = heard()
    assert "Malcolm McLean" in plain and "Malcom" not in plain
    assert "Malcom McLean" in heard("Malcom McLean", "Ideal X")
    assert heard("Quentin Fforde", "Zanzibar") == plain
