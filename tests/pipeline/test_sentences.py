from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcli.domain import Segment, Word
from podcli.pipeline.sentences import LONG_WORDS, sentences


def _texts(*segments: Segment) -> list[str]:
    return [sentence.text for sentence in sentences(segments)]


def _said(text: str, start_s: float = 0.0, end_s: float = 10.0, speaker: str = "") -> Segment:
    return Segment(start_s, end_s, text, speaker)


def test_sentences_are_numbered_from_one() -> None:
    found = sentences([_said("Boxes won. Ports lost."), _said("Ships grew.", 10.0, 12.0)])
    assert [(s.number, s.text) for s in found] == [(1, "Boxes won."), (2, "Ports lost."), (3, "Ships grew.")]


def test_a_sentence_may_span_segments() -> None:
    (found,) = sentences([_said("The box was", 0.0, 2.0), _said("a success.", 2.0, 4.0)])
    assert (found.text, found.start_s, found.end_s) == ("The box was a success.", 0.0, 4.0)


def test_another_speaker_and_a_long_silence_end_a_sentence() -> None:
    assert _texts(_said("I think", speaker="A"), _said("so too", 10.0, 11.0, "B")) == ["I think", "so too"]
    assert _texts(_said("I think", 0.0, 1.0), _said("so too", 9.0, 10.0)) == ["I think", "so too"]


@pytest.mark.parametrize(
    "text",
    [
        "Mr. Smith went to St. Louis.",
        "It cost 3.5 million dollars.",
        "The U.S. economy grew.",
        "He met J. Robert Oppenheimer there.",
        "So... maybe not.",
        "See no. 5 on the list.",
        "Ask Dr. Who e.g. tomorrow.",
        "Visit example.com for more.",
    ],
)
def test_a_point_that_ends_nothing(text: str) -> None:
    assert _texts(_said(text)) == [text]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Really? Yes! Good.", ["Really?", "Yes!", "Good."]),
        ("It was in the U.S. The other was not.", ["It was in the U.S.", "The other was not."]),
        ('He said "stop." Then he left.', ['He said "stop."', "Then he left."]),
        ("No. That is wrong.", ["No.", "That is wrong."]),
        ("船は大きい。港は小さい。", ["船は大きい。", "港は小さい。"]),
        ("यह एक है। वह दो है।", ["यह एक है।", "वह दो है।"]),
    ],
)
def test_a_stop_that_ends_a_sentence(text: str, parts: list[str]) -> None:
    assert _texts(_said(text)) == parts


def test_word_times_give_sentence_times() -> None:
    words = (Word(1.0, 1.5, "Boxes"), Word(1.5, 2.0, "won."), Word(6.0, 6.5, "Ports"), Word(6.5, 7.0, "lost."))
    found = sentences([Segment(0.0, 10.0, "Boxes won. Ports lost.", words=words)])
    assert [(round(s.start_s, 2), round(s.end_s, 2)) for s in found] == [(1.0, 2.0), (6.0, 7.0)]


def test_without_word_times_a_sentence_has_its_share_of_the_segment() -> None:
    first, second = sentences([_said("Aaaa bbbb. Cccc dddd.", 10.0, 20.0)])
    assert first.start_s == 10.0 and second.end_s == 20.0
    assert first.end_s == pytest.approx(14.8, abs=0.3) and first.end_s <= second.start_s


def test_text_without_punctuation_is_cut() -> None:
    found = _texts(_said("word and " * 200, 0.0, 100.0))
    assert len(found) > 3
    assert all(len(text.split()) <= LONG_WORDS for text in found)
    assert " ".join(found) == " ".join(("word and " * 200).split())


def test_nothing_said_nothing_found() -> None:
    assert sentences([]) == [] == sentences([_said("  ")])


_TIMES = st.floats(allow_nan=True, allow_infinity=True, width=32) | st.floats(-5, 5000)
_SEGMENTS = st.lists(st.builds(Segment, _TIMES, _TIMES, st.text(max_size=80), st.sampled_from(["", "A", "B"])), max_size=12)


@given(_SEGMENTS)
def test_times_grow_numbers_count_and_no_word_is_lost(segments: list[Segment]) -> None:
    found = sentences(segments)
    assert [s.number for s in found] == list(range(1, len(found) + 1))
    assert all(math.isfinite(s.start_s) and 0 <= s.start_s <= s.end_s for s in found)
    assert all(before.start_s <= after.start_s for before, after in itertools.pairwise(found))
    said = sorted("".join("".join(segment.text.split()) for segment in segments))
    assert sorted("".join("".join(sentence.text.split()) for sentence in found)) == said
