"""Which task a question belongs to, and of which tasks an insight is made: that decides which adapters have a say in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from podcli.domain import InsightKind
from podcli.engines.adapters import Task, identity, serving

if TYPE_CHECKING:
    from podcli.engines.adapters import Adapter

_QUESTIONS: Mapping[str, tuple[Task, ...]] = {
    "point": ("takeaways",), "again": ("takeaways",), "sure": ("takeaways",), "plain": ("takeaways",),
    "title": ("chapters", "takeaways"), "about": ("gist", "takeaways"), "name": ("mentions",),
}  # fmt: skip
"""By the name of a question, as far as its colon: its own task, and those whose answers it is asked about. Whether something is a
sponsor message belongs to no task."""
_MADE_OF: Mapping[InsightKind, tuple[Task, ...]] = {
    "takeaways": ("takeaways",),
    "summary": ("takeaways",),
    "highlights": ("takeaways",),
    "gist": ("takeaways", "gist"),
    "chapters": ("takeaways", "chapters"),
    "mentions": ("mentions",),
    "quotes": (),
    "questions": (),
}


def task_of(question: str) -> Task | str:
    """The task of the question called `question`; '' for one that serves them all."""
    return _tasks(question)[0]


def made_with(kind: InsightKind, adapters: Sequence[Adapter]) -> str:
    """What an insight is kept under beside its model: the identity of those adapters that had a say in it."""
    return identity(serving(adapters, [*_MADE_OF[kind], ""]))


def answered_with(question: str, adapters: Sequence[Adapter]) -> str:
    """The same for one answer."""
    return identity(serving(adapters, _tasks(question)))


def any_answers(adapters: Sequence[Adapter]) -> list[str]:
    """Everything that answers may be kept under now."""
    return sorted({answered_with(question, adapters) for question in (*_QUESTIONS, "")})


def left_aside(kind: InsightKind, others: Sequence[Adapter]) -> str:
    """What to say about adapters that would have had a say in an insight, but are for another model; '' when there are none."""
    said = [f"The adapter {each.name} is for {each.model} and was left aside." for each in serving(others, [*_MADE_OF[kind], ""])]
    return " ".join(said)


def _tasks(question: str) -> tuple[Task | str, ...]:
    return _QUESTIONS.get(question.partition(":")[0], ("",))
