"""A real model, stopped in the middle of a word: at once, and what was answered stays."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from podcli import settings
from podcli.domain import Episode, Job
from podcli.pipeline import lock
from podcli.pipeline.prompts import PROMPT_VERSION
from podcli.services import Services, open_services
from tests.bench.talks import talk
from tests.pipeline.readings import put_said
from tests.processes import alive

pytestmark = pytest.mark.models
MODEL = "smollm2-135m"
AT_ONCE_S = 0.5


@pytest.fixture
def services(home: Path, test_models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setenv("PODCLI_MODELS", str(test_models))
    settings.set_value("models.write", MODEL)
    with open_services() as opened:
        yield opened
        opened.jobs.kill()


@pytest.fixture
def episode(services: Services) -> Episode:
    return put_said(services.store, talk("sample").sentences)


def answers(services: Services, episode: Episode) -> dict[tuple[int, int, str], str]:
    found = services.store.insights.find(episode.id)
    assert found is not None
    return services.store.insights.readings(found.id, model=MODEL, prompt_version=PROMPT_VERSION)


def writing(services: Services, episode: Episode) -> Job:
    """The job that reads the episode, when the model has answered twice and is at the next question."""
    (job,) = services.insights.request(episode.id, "takeaways")
    for (row,) in services.jobs.follow([job]):
        assert row.state in ("queued", "running"), row.message
        if len(answers(services, episode)) >= 2:
            time.sleep(0.15)  # somewhere inside a question or an answer
            return row
    raise AssertionError("it was over too soon")


def took(pid: int, stop: Callable[[], object]) -> float:
    """Seconds from the request to stop until the process is gone."""
    started = time.monotonic()
    stop()
    while alive(pid):
        assert time.monotonic() - started < 10
        time.sleep(0.002)
    return time.monotonic() - started


def test_cancelled_while_it_writes_it_stops_at_once_and_keeps_its_answers(services: Services, episode: Episode) -> None:
    job = writing(services, episode)
    assert job.pid
    before = answers(services, episode)
    assert took(job.pid, lambda: services.jobs.cancel(job.id)) < AT_ONCE_S
    assert services.jobs.get(job.id).state == "cancelled"
    left = answers(services, episode)
    assert before.items() <= left.items()
    shown = services.insights.insight(episode.id, "takeaways")
    assert shown is None or not shown.complete

    (again,) = services.insights.request(episode.id, "takeaways")
    (last,) = list(services.jobs.follow([again]))[-1]
    assert last.state == "done", last.message
    assert left.items() <= answers(services, episode).items(), "what had been answered was not asked again"
    made = services.insights.insight(episode.id, "takeaways")
    assert made is not None and made.complete and made.items


@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_a_signal_ends_it_at_once_too_and_it_is_taken_up_again(services: Services, episode: Episode, name: str) -> None:
    job = writing(services, episode)
    assert job.pid
    left = answers(services, episode)
    pid = job.pid
    assert took(pid, lambda: os.kill(pid, signal.Signals[name])) < AT_ONCE_S
    (last,) = list(services.jobs.follow([job]))[-1]
    assert (last.state, last.attempts) == ("done", 2)
    assert left.items() <= answers(services, episode).items()


def test_the_player_that_started_it_takes_it_along_when_it_is_killed(services: Services, episode: Episode) -> None:
    job = writing(services, episode)
    assert job.pid
    assert took(job.pid, services.jobs.kill) < AT_ONCE_S
    assert lock.holder("ml") is None
