"""Chapter boundaries on talk whose topics are known, and on talk that is none."""

from __future__ import annotations

import itertools
import random
import time

import numpy as np
import pytest

from podcli.domain import Sentence
from podcli.pipeline.boilerplate import kinds
from podcli.pipeline.chapters import boundaries

_TOPICS = {
    "ships": "cargo harbour container vessel crane sailor port freight anchor cable captain dock hull steel",
    "bread": "flour yeast oven dough baker crust salt knead proof loaf butter wheat starter kitchen",
    "stars": "galaxy telescope orbit planet comet nebula dust gravity light lens astronomer dwarf spectrum moon",
    "music": "guitar chord melody drummer chorus rhythm album concert singer bass piano verse tempo studio",
    "gardens": "tomato soil compost seed spade weed watering bloom prune hedge tulip worm rake orchard",
}


def _talk(pieces: list[str], each: int, seconds: float = 5.0, speaker: str = "") -> list[Sentence]:
    """`each` sentences of random words of each topic, always the same."""
    chance = random.Random(7)
    found: list[Sentence] = []
    for piece in pieces:
        for _ in range(each):
            said = "We saw the " + " and the ".join(chance.sample(_TOPICS[piece].split(), 4)) + " again."
            at = len(found) * seconds
            found.append(Sentence(len(found) + 1, at, at + seconds, said, speaker))
    return found


def _vectors(sentences: list[Sentence]) -> np.ndarray:
    """Words thrown into 64 bins: enough of an embedding, the same in every run."""
    rows = np.zeros((len(sentences), 64), np.float32)
    for row, sentence in zip(rows, sentences, strict=True):
        for word in sentence.text.split():
            row[sum(map(ord, word)) * 2654435761 % 64] += 1
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def _places(sentences: list[Sentence]) -> list[int]:
    return boundaries(sentences, kinds(sentences), _vectors(sentences))


def test_no_sentences_have_no_chapters() -> None:
    assert boundaries([], [], np.zeros((0, 256), np.float32)) == []


def test_one_sentence_is_one_chapter() -> None:
    assert _places(_talk(["ships"], 1)) == [0]


@pytest.mark.parametrize("seconds", [0.0, 5.0])
def test_chapters_begin_where_the_topic_changes(seconds: float) -> None:
    said = _talk(list(_TOPICS), 40, seconds)
    assert {40, 80, 120, 160} <= set(_places(said))


@pytest.mark.parametrize(("sentences", "least", "most"), [(8, 1, 1), (20, 1, 3), (60, 3, 6), (600, 3, 6), (2000, 9, 18)])
def test_there_are_as_many_chapters_as_an_episode_of_that_length_has(sentences: int, least: int, most: int) -> None:
    places = _places(_talk(list(_TOPICS), sentences // 5))
    assert least <= len(places) <= most
    assert places == sorted(set(places))
    assert places[0] == 0


def test_no_chapter_is_a_scrap() -> None:
    said = _talk(list(_TOPICS), 60)
    starts = [said[place].start_s for place in _places(said)] + [said[-1].end_s]
    assert min(b - a for a, b in itertools.pairwise(starts)) >= 45


def test_a_phrase_decides_where_the_words_do_not() -> None:
    said = [Sentence(n, 5.0 * n, 5.0 * n + 5, "The sailor saw the harbour and the anchor.") for n in range(1, 301)]
    said[130] = Sentence(131, said[130].start_s, said[130].end_s, "Okay, let's move on to the next topic of today.")
    assert 130 in _places(said)


def test_a_sponsor_message_is_not_cut() -> None:
    said = _talk(["ships", "bread"], 100)
    texts = ["This episode is brought to you by Captain Pickle.", "Captain Pickle umbrellas fit any bowl.", "And we're back."]
    for place, text in enumerate(texts, 70):
        said[place] = Sentence(place + 1, said[place].start_s, said[place].end_s, text)
    assert not {71, 72} & set(_places(said))


def test_the_same_talk_has_the_same_chapters() -> None:
    said = _talk(list(_TOPICS), 80)
    assert _places(said) == _places(said)


@pytest.mark.parametrize("text", ["", "…", "la " * 400, "\u0000\u202e", "日本語の文です。これは二つ目です。", "٣٤٥"])
def test_garbage_gives_places_inside_the_talk(text: str) -> None:
    said = [Sentence(n, 0.0, 0.0, text) for n in range(1, 200)]
    places = boundaries(said, kinds(said), np.zeros((len(said), 256), np.float32))
    assert places[0] == 0
    assert all(0 <= place < len(said) for place in places)
    assert places == sorted(set(places))


def test_times_that_are_no_numbers_are_not_believed() -> None:
    said = [Sentence(s.number, float("nan"), float("inf"), s.text) for s in _talk(list(_TOPICS), 40)]
    assert {40, 80, 120, 160} <= set(_places(said))


def test_times_nobody_can_live_through_cost_nothing() -> None:
    said = [Sentence(s.number, s.start_s * 1e9, s.end_s * 1e9, s.text) for s in _talk(list(_TOPICS), 400)]
    assert len(_places(said)) <= 6 * 48


def test_times_that_run_backwards_are_put_up_with() -> None:
    said = [Sentence(s.number, 1000 - s.start_s, 1000 - s.end_s, s.text) for s in _talk(list(_TOPICS), 40)]
    places = _places(said)
    assert places == sorted(set(places))
    assert places[0] == 0


def test_vectors_that_are_no_numbers_do_not_matter() -> None:
    said = _talk(list(_TOPICS), 40)
    places = boundaries(said, kinds(said), np.full((len(said), 256), np.nan, np.float32))
    assert {40, 80, 120, 160} <= set(places)


def test_twelve_hours_take_seconds_only() -> None:
    said = _talk(list(_TOPICS) * 20, 200, 2.2)
    vectors = _vectors(said)
    began = time.process_time()
    places = boundaries(said, [""] * len(said), vectors)
    assert time.process_time() - began < 6
    assert 3 * 12 <= len(places) <= 6 * 13
