"""Rate and time left."""

from __future__ import annotations

import pytest

from podcli.domain import Progress
from podcli.engines import pace
from podcli.engines.pace import Pace


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(pace, "time", found)
    return found


def run(clock: Clock, told: Pace, *steps: tuple[float, float]) -> None:
    """Each step: seconds that pass, and what is done then."""
    for seconds, done in steps:
        clock.now += seconds
        told.at(done)


def test_rate_and_time_left_come_from_the_last_seconds(clock: Clock, said: list[Progress]) -> None:
    told = Pace(said.append, "downloading", total=1000)
    run(clock, told, (0, 0), (1, 100), (1, 200))
    assert (said[-1].rate, said[-1].left_s) == (100, 8)
    run(clock, told, *[(1.0, 200 + 10.0 * n) for n in range(1, 13)])
    assert said[-1].rate == pytest.approx(10), "the fast start is forgotten"


def test_nothing_is_claimed_before_there_is_a_rate(clock: Clock, said: list[Progress]) -> None:
    run(clock, Pace(said.append, "downloading", total=1000), (0, 400))
    assert (said[-1].done, said[-1].rate, said[-1].left_s) == (400, None, None)


def test_unknown_total_has_a_rate_but_no_time_left(clock: Clock, said: list[Progress]) -> None:
    run(clock, Pace(said.append, "downloading", total=None), (0, 0), (1, 50))
    assert (said[-1].rate, said[-1].left_s, said[-1].total) == (50, None, None)


def test_speaks_five_times_a_second_and_always_at_the_end(clock: Clock, said: list[Progress]) -> None:
    told = Pace(said.append, "checking", total=1000)
    run(clock, told, *[(0.01, float(n)) for n in range(100)])
    assert 5 <= len(said) <= 6
    run(clock, told, (0.001, 1000))
    assert said[-1].done == 1000 and said[-1].left_s == 0


def test_beginning_anew_is_no_negative_rate(clock: Clock, said: list[Progress]) -> None:
    told = Pace(said.append, "downloading", total=1000)
    run(clock, told, (0, 0), (1, 500), (1, 0), (1, 100))
    assert said[-1].rate == 100
    assert all(now.rate is None or now.rate > 0 for now in said)
