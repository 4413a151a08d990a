from __future__ import annotations

from podcli.domain import Point
from podcli.engines.embed import WordLlamaEmbedder
from podcli.pipeline.reword import reworded
from tests.pipeline.talks import SHIPPING, Told, talk

_EMBEDDER = WordLlamaEmbedder()
_TALK = talk(*SHIPPING)


def point(number: int) -> Point:
    sentence = _TALK[number - 1]
    return Point(sentence.text, sentence.text, sentence.start_s, sentence.end_s, (number,), "quote")


def said(number: int, answer: str) -> Point:
    return reworded([point(number)], _TALK, Told(answer), _EMBEDDER)[0]


MCLEAN = "Malcolm McLean, who ran a trucking company in North Carolina, was not a sailor."


def test_words_that_hold_replace_the_quote_and_bring_their_proof() -> None:
    item = said(8, MCLEAN)
    assert (item.kind, item.text) == ("claim", MCLEAN)
    assert item.sentences == (7, 8)
    assert item.quote == f"{SHIPPING[6]} {SHIPPING[7]}"
    assert (item.start_s, item.end_s) == (_TALK[6].start_s, _TALK[7].end_s)


def test_what_stands_alone_is_not_asked_about() -> None:
    writer = Told(MCLEAN)
    assert reworded([point(4)], _TALK, writer, _EMBEDDER) == (point(4),)
    assert not writer.asked


def test_a_number_nobody_said_leaves_the_quote() -> None:
    assert said(9, "On the deck were fifty-nine metal boxes.") == point(9)


def test_a_name_nobody_said_leaves_the_quote() -> None:
    assert said(8, MCLEAN.replace("McLean", "Ford")) == point(8)


def test_words_about_a_neighbour_leave_the_quote() -> None:
    assert said(9, "Malcolm McLean ran a trucking company in North Carolina.") == point(9)


def test_small_talk_leaves_the_quote() -> None:
    assert said(8, "This information is taken from the lines provided.") == point(8)
    assert said(8, "") == point(8)


def test_two_points_never_become_the_same() -> None:
    assert reworded([point(7), point(8)], _TALK, Told(MCLEAN), _EMBEDDER) == (point(7), point(8))


def test_the_model_never_sees_a_sponsor() -> None:
    text = "They carry more than twenty-four thousand boxes."
    found = talk(*SHIPPING[:15], text)
    writer = Told("")
    reworded([Point(text, text, found[15].start_s, found[15].end_s, (16,), "quote")], found, writer, _EMBEDDER)
    assert text in str(writer.asked[0]["text"])
    assert "Pickle" not in str(writer.asked) and "fish" not in str(writer.asked)


def test_nothing_to_reword() -> None:
    assert reworded([], _TALK, Told(""), _EMBEDDER) == ()


def test_it_tells_how_far_it_is() -> None:
    told: list[int] = []
    reworded([point(4), point(10)], _TALK, Told(""), _EMBEDDER, told.append)
    assert told == [1, 2]
