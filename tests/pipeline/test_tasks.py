"""Which questions and insights an adapter has a say in."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from podcli.domain import InsightKind
from podcli.engines.adapters import TASKS, Adapter
from podcli.pipeline import prompts
from podcli.pipeline.tasks import answered_with, any_answers, left_aside, made_with, task_of

KINDS = get_args(InsightKind)


def adapter(name: str, *tasks: str, scale: float = 1.0) -> Adapter:
    return Adapter(name, "m", scale, tasks, name * 16, 1, Path(name), "")


def test_every_question_that_is_asked_has_a_task() -> None:
    about = [prompts.point(3).name, prompts.point(3, 1).name, "sure:point:3", "plain:point:3"]
    asked = [*about, prompts.title().name, prompts.about().name, "name:Ann"]
    assert [task_of(name) for name in asked] == [*["takeaways"] * 4, "chapters", "gist", "mentions"]
    assert task_of("ad:7") == ""
    assert {task_of(name) for name in asked} == {*TASKS} - {"ask"}


@pytest.mark.parametrize(
    ("task", "kinds"),
    [
        ("takeaways", {"takeaways", "summary", "highlights", "gist", "chapters"}),
        ("chapters", {"chapters"}),
        ("gist", {"gist"}),
        ("mentions", {"mentions"}),
        ("ask", set()),
        ("all", set(KINDS)),
    ],
)
def test_an_adapter_is_part_of_what_it_has_a_say_in_and_of_nothing_else(task: str, kinds: set[str]) -> None:
    used = [adapter("aa", task, scale=0.8)]
    assert {kind for kind in KINDS if made_with(kind, used)} == kinds
    assert {made_with(kind, used) for kind in kinds} <= {"aa@0.8 (aaaaaaaa)"}


def test_a_switched_off_one_is_part_of_nothing() -> None:
    assert not any(made_with(kind, [adapter("aa", "all", scale=0)]) for kind in KINDS)


def test_answers_are_kept_under_those_of_their_own_task() -> None:
    used = [adapter("aa", "chapters"), adapter("bb", "all")]
    assert answered_with("title", used) == "aa@1 (aaaaaaaa) + bb@1 (bbbbbbbb)"
    assert answered_with("point:4", used) == answered_with("ad:1", used) == "bb@1 (bbbbbbbb)"
    assert answered_with("point:4", used[:1]) == ""
    assert any_answers(used) == sorted({answered_with("point:4", used), answered_with("title", used)})
    assert any_answers([]) == [""]


def test_a_title_is_another_when_what_it_was_made_from_is() -> None:
    used = [adapter("aa", "takeaways")]
    assert answered_with("title", used) == answered_with("about", used) == answered_with("point:4", used) != ""
    assert answered_with("name:Ann", used) == answered_with("ad:1", used) == ""


def test_one_for_another_model_is_told_where_it_would_have_worked() -> None:
    others = [adapter("aa", "chapters"), adapter("bb", "all", scale=0)]
    assert left_aside("chapters", others) == "The adapter aa is for m and was left aside."
    assert left_aside("takeaways", others) == ""
