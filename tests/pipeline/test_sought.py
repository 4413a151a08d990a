"""What questions ask for."""

from __future__ import annotations

import pytest

from podcli.pipeline.sought import Kind, Sought


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many hours of sleep do we need?", "number"),
        ("how old was he then", "number"),
        ("What does a ticket cost?", "number"),
        ("What share of companies use it?", "number"),
        ("When was the company founded?", "time"),
        ("In which year did he leave?", "time"),
        ("Does Ruff support match?", "yes"),
        ("And isn't that dangerous?", "yes"),
        ("Why did Alexa fail?", "open"),
        ("Who wrote about it, and how?", "open"),
        ("何時間眠ればいいですか", "open"),
    ],
)
def test_the_kind_of_answer_is_known(question: str, kind: Kind) -> None:
    assert Sought.of(question).kind == kind


@pytest.mark.parametrize(
    ("question", "claim", "fits"),
    [
        ("How many people work there?", "There are many people working there.", False),
        ("How many people work there?", "Forty people work there.", True),
        ("How many of the 900 talks were accepted?", "They accepted talks out of 900.", False),
        ("How many engineers worked on it?", "He worked on it from 2019 to 2021.", False),
        ("When was it founded?", "It was founded two years ago.", True),
        ("When was it founded?", "It was founded by Microsoft.", False),
        ("Who founded it?", "It was founded.", False),
        ("Who founded it?", "Malcolm McLean founded it.", True),
        ("Was it founded?", "It was founded.", True),
        ("Who founded it?", "The listener asked Malcolm McLean who founded it.", False),
        ("Who founded it?", "The founder is not mentioned.", False),
        ("Who founded it?", "These lines are about Malcolm McLean.", False),
    ],
)
def test_an_answer_brings_what_is_asked_for(question: str, claim: str, fits: bool) -> None:
    assert Sought.of(question).fits(claim) == fits


def test_what_a_question_is_about_is_left_of_it() -> None:
    sought = Sought.of("What does the host of the podcast say about Malcolm McLean and the 58 boxes?")
    assert sought.stems == ("malcolm", "mclean", "box")
    assert sought.names == ("malcolm", "mclean")
    assert len(sought.numbers) == 1


def test_a_question_of_nothing_but_such_words_keeps_them() -> None:
    assert Sought.of("What did the guest say?").stems


@pytest.mark.parametrize("question", ["HOW LONG WAS THE SUEZ CANAL BLOCKED?", "How Long Was The Suez Canal Blocked?"])
def test_where_every_word_has_a_capital_none_is_a_name(question: str) -> None:
    assert Sought.of(question).names == ()
