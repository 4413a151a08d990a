"""Greetings and sign-offs as they are spoken: masked whole, and nothing of the talk with them."""

from __future__ import annotations

import pytest

from podcli.pipeline.boilerplate import MANNERS, UNTOLD, kinds
from tests.pipeline.talks import talk

HELLO = (
    "Welcome to another episode of Ebb and Flow.",
    "My name is Ada Brine, and with me as always is my co-host, Bo Kelp.",
    "I sort the mail of a small harbour.",
    "How are you doing, Bo?",
)
TALK = tuple(f"The lighthouse number {n} burned {n} litres of oil in a night." for n in range(60, 120))
BYE = (
    "Thank you so much for coming on the show.",
    "It's super valuable to people.",
    "This has been another episode of Ebb and Flow.",
    "Want to learn about the tides?",
    "We have the largest catalogue of courses about the sea.",
    "They go from rock pools to the deepest trench.",
    "Check it out for yourself at courses.example.com.",
    "Be sure to subscribe to the show in your favourite app.",
    "We should be right at the top.",
    "Now get out there and look at the sea.",
)


def masked(*texts: str) -> list[str]:
    return [text for text, what in zip(texts, kinds(talk(*texts)), strict=True) if what]


def test_a_sign_off_is_masked_from_its_first_thanks_to_the_end_with_what_it_sells() -> None:
    assert masked(*TALK, *BYE) == list(BYE)


def test_a_greeting_is_masked_with_what_stands_between() -> None:
    assert masked(*HELLO, *TALK) == list(HELLO)


def test_what_is_no_greeting_by_itself_still_answers_who_speaks() -> None:
    found = kinds(talk(*HELLO, *TALK, *BYE))
    assert found[:4] == ["greeting", "frame", "frame", "frame"]
    assert set(found[len(HELLO) + len(TALK) :]) == {"greeting", "frame"} and not MANNERS & UNTOLD


def test_what_is_told_before_the_greeting_is_talk() -> None:
    assert masked(TALK[0], *HELLO, *TALK[1:]) == list(HELLO)


def test_an_episode_that_begins_and_ends_in_the_middle_of_things_keeps_all_of_it() -> None:
    assert masked(*TALK) == []


@pytest.mark.parametrize("thanks", ["Thank you for coming.", "It was a pleasure.", "We put it in the show notes."])
def test_thanks_in_the_middle_of_the_talk_end_nothing(thanks: str) -> None:
    found = kinds(talk(*TALK, thanks, *TALK))
    assert not any(found[: len(TALK)]) and not any(found[len(TALK) + 1 :])


def test_a_welcome_in_the_middle_of_the_talk_begins_nothing() -> None:
    found = kinds(talk(*TALK, "How are you doing, Bo?", *TALK))
    assert [place for place, what in enumerate(found) if what] == [len(TALK)]


def test_a_clip_is_all_talk() -> None:
    assert masked(HELLO[0], *TALK[:20], "It was a pleasure to see that.") == [HELLO[0]]


def test_a_talk_of_thanks_alone_is_not_all_masked() -> None:
    assert "" in kinds(talk(*["It was a pleasure to count the ships of the bay."] * 50))
