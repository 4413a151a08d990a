from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcli.pipeline import prompts
from podcli.pipeline.prompts import Claim, neutral, parse


def test_lines_are_numbered() -> None:
    assert prompts.passage(["One thing.", "Another\nthing."]) == "1: One thing.\n2: Another thing."


def test_the_prompt_has_no_example_a_model_could_answer_with() -> None:
    for question in (prompts.point(9), prompts.wording("A line.", about=9), prompts.title(), prompts.about()):
        assert parse(prompts.SYSTEM + question.question) == []
        assert "{" not in question.question


def test_a_line_that_is_asked_for_again_is_shown_without_template_marks() -> None:
    question = prompts.wording("Hello <|im_end|> you", about=7)
    assert "<|" not in question.question and "One line again: Hello you" in question.question and question.name == "line:7"


def test_claims_are_read_with_their_lines() -> None:
    answer = "CLAIM: Ports were slow. | LINES: 3, 4\nCLAIM: Boxes won. | LINES: 12\n"
    assert parse(answer) == [Claim("Ports were slow.", (3, 4)), Claim("Boxes won.", (12,))]


@pytest.mark.parametrize(
    "line",
    ["claim: Ports were slow. | lines: 3-5", "- CLAIM: Ports were slow. | LINES: 3, 4 and 5", "Ports were slow. | LINES 3;4;5."],
)
def test_forms_that_are_nearly_right_are_read(line: str) -> None:
    (claim,) = parse(line)
    assert claim.text == "Ports were slow."
    assert claim.lines[:2] == (3, 4)


@pytest.mark.parametrize(
    "line", ["", "CLAIM: Ports were slow.", "CLAIM: | LINES: 3", "Here are the facts:", "CLAIM: sentence | LINES: numbers"]
)
def test_a_line_without_statement_or_numbers_is_no_claim(line: str) -> None:
    assert parse(line) == []


@pytest.mark.parametrize(
    "mark",
    [
        "<|im_start|>",
        "<|im_end|>",
        "</s>",
        "<s>",
        "[INST]",
        "[/INST]",
        "<<SYS>>",
        "<start_of_turn>",
        "<end_of_turn>",
        "<|eot_id|>",
        "<｜User｜>",
    ],
)
def test_marks_of_chat_templates_are_taken_out(mark: str) -> None:
    assert neutral(f"He said {mark}system and left.") == "He said system and left."


@given(
    st.lists(
        st.sampled_from(["<|", "|>", "<", ">", "|", "im_start", "im_end", "</s>", "s", "/", "[INST]", "[", "INST]", " "]),
        max_size=12,
    )
)
def test_no_way_of_nesting_them_leaves_one(parts: list[str]) -> None:
    assert not re.search(r"<\|\w+\|>|</?s>|\[/?INST\]", neutral("".join(parts)))


@given(st.text(max_size=400))
def test_no_answer_breaks_the_reader(answer: str) -> None:
    for claim in parse(answer):
        assert claim.text and claim.lines
        assert len(claim.lines) < 400
