"""A real worker with a real (very small) model, killed while it reads: what was verified stays, and it goes on there."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from podcli.domain import Episode, Insight, Segment, TranscriptId
from podcli.pipeline import lock
from podcli.pipeline.prompts import PROMPT_VERSION
from podcli.services import Services, open_services
from podcli.store import open_store
from tests.bench.talks import talk as real_talk
from tests.conftest import Podcli
from tests.pipeline.readings import put_episode, put_transcript

pytestmark = [pytest.mark.models, pytest.mark.xdist_group("models")]

MODEL = "smollm2-135m"
Answers = dict[tuple[int, int, str], str]


@pytest.fixture(autouse=True)
def small_models(home: Path, test_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PODCLI_MODELS", str(test_models))
    (home / "config").mkdir(parents=True)
    (home / "config" / "settings.toml").write_text(f'[models]\nwrite = "{MODEL}"\n')


@pytest.fixture
def episode(home: Path) -> Episode:
    with open_store() as store:
        found = put_episode(store)
        said = [Segment(s.start_s, s.end_s, s.text, s.speaker) for s in real_talk("sample").sentences[:48]]
        put_transcript(store, found, said)
        return found


@pytest.fixture
def services(episode: Episode) -> Iterator[Services]:
    with open_services() as opened:
        yield opened
        opened.jobs.kill()


def answers(services: Services, transcript: TranscriptId) -> Answers:
    return services.store.insights.readings(transcript, model=MODEL, prompt_version=PROMPT_VERSION)


def takeaways(services: Services, episode: Episode) -> Insight | None:
    return services.insights.insight(episode.id, "takeaways", model=MODEL)


def until(true: Callable[[], object], within_s: float = 120.0) -> None:
    limit = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < limit, "it never came true"
        time.sleep(0.02)


def end_worker() -> None:
    worker = lock.holder("ml")
    assert worker
    os.kill(worker, signal.SIGKILL)
    until(lambda: lock.holder("ml") != worker, within_s=5.0)


@pytest.mark.parametrize("asked", [1, 4, 7])
def test_killed_after_some_questions_it_goes_on_at_the_next(
    services: Services, episode: Episode, podcli: Podcli, asked: int
) -> None:
    found = services.insights.transcript(episode.id, segments=False)
    assert found is not None
    listener = podcli.start("takeaways", str(episode.id), "--json")
    until(lambda: len(answers(services, found.id)) >= asked)
    listener.kill()
    listener.communicate()
    until(lambda: lock.holder("ml") is None, within_s=10.0)
    before, shown = answers(services, found.id), takeaways(services, episode)
    assert asked <= len(before)
    assert shown is None or not shown.complete
    again = podcli("takeaways", str(episode.id), "--json", timeout=200)
    assert again.returncode == 0, again.stderr
    after = answers(services, found.id)
    assert before.items() <= after.items() and len(after) > len(before), "what was answered was asked again"
    whole = takeaways(services, episode)
    assert whole is not None and whole.complete and whole.items


def test_a_worker_that_dies_twice_while_somebody_waits_is_replaced_and_loses_nothing(
    services: Services, episode: Episode
) -> None:
    found = services.insights.transcript(episode.id, segments=False)
    assert found is not None
    (job,) = services.insights.request(episode.id, "takeaways")
    kept: list[Answers] = []
    seen = 0
    rows = [job]
    for rows in services.jobs.follow([job]):
        made = takeaways(services, episode)
        if len(kept) < 2 and rows[0].state == "running" and made is not None and len(made.items) > seen:
            seen = len(made.items)
            kept.append(answers(services, found.id))
            end_worker()
            left = takeaways(services, episode)
            assert left is not None and len(left.items) >= seen, "what was verified is still there"
    assert (rows[0].state, rows[0].attempts) == ("done", 1 + len(kept)) and kept
    assert all(some.items() <= answers(services, found.id).items() for some in kept)


def test_cancelled_in_the_middle_what_was_verified_stays_and_is_marked_unfinished(services: Services, episode: Episode) -> None:
    (job,) = services.insights.request(episode.id, "takeaways")
    for rows in services.jobs.follow([job]):
        made = takeaways(services, episode)
        if rows[0].state == "running" and made is not None and made.items:
            started = time.monotonic()
            services.jobs.cancel(job.id)
            assert time.monotonic() - started < 1.0
            break
    left = takeaways(services, episode)
    assert left is not None and left.items and not left.complete
    (again,) = services.insights.request(episode.id, "takeaways")
    assert list(services.jobs.follow([again]))[-1][0].state == "done"
    whole = takeaways(services, episode)
    assert whole is not None and whole.complete
