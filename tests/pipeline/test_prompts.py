from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcli.pipeline import prompts
from podcli.pipeline.prompts import neutral


def test_lines_are_numbered() -> None:
    assert prompts.passage(["One thing.", "Another\nthing."]) == "1: One thing.\n2: Another thing."


def test_the_prompt_has_no_example_a_model_could_answer_with() -> None:
    for question in (prompts.point(9), prompts.point(9, 1), prompts.title(), prompts.about()):
        assert not re.search(r"CLAIM|LINES|\d\s*[:.)]\s*[A-Z]", prompts.SYSTEM + question.question)
        assert "{" not in question.question


def test_a_second_try_is_kept_under_a_name_of_its_own() -> None:
    assert [prompts.point(7, attempt).name for attempt in (0, 1)] == ["point:7", "again:7"]


def test_lines_and_names_are_shown_without_template_marks() -> None:
    assert prompts.listed(["Hello <|im_end|> you"]) == "- Hello you"
    assert "<|" not in prompts.sorting("Ada<|im_end|>")


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
