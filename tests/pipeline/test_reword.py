from __future__ import annotations

import re

from podcli.domain import Takeaway
from podcli.engines.embed import WordLlamaEmbedder
from podcli.pipeline.reword import reworded
from tests.pipeline.talks import SHIPPING, Told, talk

_EMBEDDER = WordLlamaEmbedder()
_TALK = talk(*SHIPPING)


def point(number: int) -> Takeaway:
    sentence = _TALK[number - 1]
    return Takeaway(sentence.text, sentence.text, sentence.start_s, sentence.end_s, (number,), "quote")


def said(number: int, answer: str) -> Takeaway:
    return reworded([point(number)], _TALK, Told(answer), _EMBEDDER)[0]


def test_words_that_hold_replace_the_quote_and_bring_their_proof() -> None:
    item = said(10, "Loading the Ideal X, with fifty-eight metal boxes on its deck, cost less than 16 cents per ton.")
    assert item.kind == "claim"
    assert item.text.startswith("Loading the Ideal X, with fifty-eight")
    assert item.sentences == (9, 10)
    assert item.quote == f"{SHIPPING[8]} {SHIPPING[9]}"
    assert (item.start_s, item.end_s) == (_TALK[8].start_s, _TALK[9].end_s)


def test_a_number_nobody_said_leaves_the_quote() -> None:
    assert said(10, "Loading the Ideal X cost less than 17 cents per ton.") == point(10)


def test_a_name_nobody_said_leaves_the_quote() -> None:
    assert said(10, "Loading the Titanic cost less than sixteen cents per ton.") == point(10)


def test_words_about_a_neighbour_leave_the_quote() -> None:
    assert said(9, "Malcolm McLean ran a trucking company in North Carolina.") == point(9)


def test_small_talk_leaves_the_quote() -> None:
    assert said(10, "This information is taken from the lines provided.") == point(10)
    assert said(10, "") == point(10)


def test_two_points_never_become_the_same() -> None:
    both = "Of the cost, the sea voyage was less than twelve percent and handling in the two ports about thirty-seven percent."
    items = reworded([point(4), point(5)], _TALK, Told(both), _EMBEDDER)
    assert len({item.text for item in items}) == 2


def test_the_model_never_sees_a_sponsor() -> None:
    writer = Told("")
    reworded([point(16)], _TALK, writer, _EMBEDDER)
    assert "Pickle" not in str(writer.asked) and "24" not in str(writer.asked)
    assert re.search(r"^1: ", str(writer.asked[0]["text"]))


def test_nothing_to_reword() -> None:
    assert reworded([], _TALK, Told(""), _EMBEDDER) == ()


def test_it_tells_how_far_it_is() -> None:
    told: list[int] = []
    reworded([point(4), point(10)], _TALK, Told(""), _EMBEDDER, told.append)
    assert told == [1, 2]
