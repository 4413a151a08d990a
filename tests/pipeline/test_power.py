"""Work waits on a battery where its owner wants that, and goes on by itself when the laptop is plugged in."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from podcli import paths
from podcli import settings as settings_file
from podcli.domain import Episode, Progress
from podcli.engines import machine
from podcli.pipeline import power, reporter, worker
from podcli.pipeline.reporter import Reporter
from podcli.services import Services, open_services
from podcli.store import open_store
from tests.pipeline.readings import put_said
from tests.pipeline.talks import SHIPPING, talk


@pytest.fixture
def services(home: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    settings_file.set_value("work.battery", "wait")
    monkeypatch.setattr(power, "EVERY_S", 0.1)
    monkeypatch.setattr(reporter, "EVERY_S", 0.1)
    monkeypatch.setattr(machine, "on_battery", lambda: True)
    with open_services() as opened:
        yield opened


@pytest.fixture
def episode(services: Services) -> Episode:
    return put_said(services.store, talk(*SHIPPING))


def test_on_a_battery_models_wait_but_for_who_stands_at_a_prompt(
    services: Services, episode: Episode, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs = services.store.jobs
    waiting = jobs.enqueue("insights", episode_id=episode.id)
    working = worker.Worker("ml", services.store, -1, detached=True)._jobs()
    plugged_in: list[float] = []

    said: list[str] = []

    def plug_in() -> None:
        plugged_in.append(time.monotonic())
        with open_store() as store:
            said.extend(job.message for job in store.jobs.active())
        monkeypatch.setattr(machine, "on_battery", lambda: False)

    timer = threading.Timer(0.7, plug_in)
    timer.start()
    assert next(working).id == waiting.id
    assert plugged_in, "it did not wait"
    assert said == ["Waiting until the laptop is plugged in."]
    told = jobs.get(waiting.id)
    assert told is not None and (told.state, told.message) == ("running", "")
    monkeypatch.setattr(machine, "on_battery", lambda: True)
    jobs.enqueue("insights", target="b")
    asked = jobs.enqueue("ask", target="c", priority=1)
    assert next(working).id == asked.id


def test_downloads_do_not_wait_nor_does_anything_out_of_the_box(services: Services, episode: Episode) -> None:
    jobs = services.store.jobs
    download, read = jobs.enqueue("download", episode_id=episode.id), jobs.enqueue("insights", episode_id=episode.id)
    assert not power.must_wait(download)
    assert power.must_wait(read)
    settings_file.unset("work.battery")
    assert not power.must_wait(read), "changed while it waits"
    paths.settings_file().write_text("[work\n")
    assert not power.must_wait(read), "half a file is no reason to wait, nor to fail"


def test_what_runs_stands_still_and_goes_on(services: Services, episode: Episode) -> None:
    jobs = services.store.jobs
    jobs.enqueue("insights", episode_id=episode.id)
    job = jobs.claim("ml")
    assert job is not None
    answers = iter([False, True, True, False])
    told: list[Progress] = []
    report = Reporter(services.store, job, lambda: next(answers, False))
    report.put = told.append  # type: ignore[method-assign]
    report.stage("Transcribing", unit="seconds", total=100.0)
    report.advance(1.0)
    time.sleep(0.15)
    report.advance(2.0)
    time.sleep(0.15)
    started = time.monotonic()
    report.advance(3.0)
    assert time.monotonic() - started > 0.15
    assert [(each.stage, each.done) for each in told][-1] == (power.WAITS, 3.0)
    report.advance(4.0)
    assert (told[-1].stage, told[-1].rate) == ("Transcribing", None)
