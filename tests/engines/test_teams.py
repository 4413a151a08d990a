"""Threads that take tasks when they have room: told in order, nothing is lost, nobody waits for ever."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from podcli.engines.teams import Team, side_by_side
from podcli.errors import PodcliError

Pair = Team[int, str]


def one_by_one(team: Pair) -> None:
    while taken := team.take():
        number, task = taken
        time.sleep(0.001 * (task % 3))
        team.tell(number, f"{task}")


@pytest.fixture(autouse=True)
def nobody_stays() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + 5
    while set(threading.enumerate()) - before:
        assert time.monotonic() < deadline, "a thread stayed"
        time.sleep(0.01)


@pytest.mark.parametrize("count", [1, 2, 5])
@pytest.mark.parametrize("tasks", [0, 1, 40])
def test_all_is_told_in_order(count: int, tasks: int) -> None:
    assert list(side_by_side(iter(range(tasks)), one_by_one, count)) == [str(n) for n in range(tasks)]


def test_what_is_told_late_is_waited_for_and_each_thread_takes_several() -> None:
    both = threading.Barrier(2, timeout=5)

    def work(team: Pair) -> None:
        taken = [team.take(), team.take()]
        both.wait()
        for number, task in reversed([each for each in taken if each]):
            team.tell(number, f"{task}")
        assert team.take() is None and team.take() is None

    assert list(side_by_side(iter("abcd"), work, 2)) == list("abcd")  # type: ignore[arg-type]


def test_no_task_is_made_before_somebody_has_room_nor_while_nobody_goes_on() -> None:
    made: list[int] = []

    def tasks() -> Iterator[int]:
        for number in range(100):
            made.append(number)
            yield number

    gone_on = threading.Event()

    def work(team: Pair) -> None:
        if taken := team.take():
            team.tell(taken[0], "")
        gone_on.wait(5)
        one_by_one(team)

    running = side_by_side(tasks(), work, 2)
    assert made == []
    next(running)
    gone_on.set()
    time.sleep(0.1)
    assert len(made) <= 3, "one each, and one ahead"
    running.close()


def test_what_was_begun_before_a_problem_is_told() -> None:
    def tasks() -> Iterator[int]:
        yield from range(3)
        raise PodcliError("The file is damaged.")

    told = []
    with pytest.raises(PodcliError, match="damaged"):
        for found in side_by_side(tasks(), one_by_one, 2):
            told.append(found)
    assert told == ["0", "1", "2"]


def test_what_a_thread_raises_ends_all() -> None:
    def work(team: Pair) -> None:
        while taken := team.take():
            if taken[1] == 5:
                raise MemoryError("no room")
            team.tell(taken[0], "")

    def endless() -> Iterator[int]:
        number = 0
        while True:
            yield number
            number += 1

    with pytest.raises(MemoryError, match="no room"):
        list(side_by_side(endless(), work, 3))


def test_a_mistake_in_making_tasks_ends_all() -> None:
    def tasks() -> Iterator[int]:
        yield 0
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        list(side_by_side(tasks(), one_by_one, 2))


def test_who_leaves_is_waited_for_no_longer_than_a_step() -> None:
    seen = threading.Event()

    def work(team: Pair) -> None:
        while not team.over and (taken := team.take()):
            team.tell(taken[0], "")
            if taken[0] > 3:
                seen.wait(0.01)

    running = side_by_side(iter(range(10**6)), work, 2)
    assert [next(running) for _ in range(10)] == [""] * 10
    begun = time.monotonic()
    running.close()
    assert time.monotonic() - begun < 2
