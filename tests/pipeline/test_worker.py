"""Real worker processes over a real library and a real server: killed, cancelled, shared, let go."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from podcli import paths
from podcli.domain import Episode, Job, Lane
from podcli.pipeline import lock, runner
from podcli.pipeline.worker import Worker
from podcli.services import Services, open_services
from tests.conftest import Podcli
from tests.loopback import Site, entry, rss
from tests.processes import alive

SLOW_S = 0.05
"""A pause after each 16 kB: the sample takes about four seconds to download."""


@pytest.fixture
def audio() -> bytes:
    return (Path(__file__).parents[2] / "podcli" / "demo" / "episode.mp3").read_bytes()


@pytest.fixture
def services() -> Iterator[Services]:
    with open_services() as opened:
        yield opened
        opened.jobs.kill()


@pytest.fixture
def episode(services: Services, site: Site, audio: bytes) -> Episode:
    """Subscribed to; its server is slow."""
    site.put("/one.mp3", audio, type="audio/mpeg", pause_s=SLOW_S)
    done(services, services.library.add(site.put("/feed.xml", rss(site.base, entry(site.base, "one")))))
    return services.library.episodes()[0]


def done(services: Services, *jobs: Job) -> list[Job]:
    return list(services.jobs.follow(jobs))[-1]


def until(true: Callable[[], object], *, within_s: float = 20.0) -> None:
    limit = time.monotonic() + within_s
    while not true():
        assert time.monotonic() < limit, "it never came true"
        time.sleep(0.02)


def half_way(services: Services, job: Job) -> Job:
    """Follow until some of it is done."""
    for rows in services.jobs.follow([job]):
        assert rows[0].state in ("queued", "running"), rows[0].message
        if rows[0].progress.done > 200_000:
            return rows[0]
    raise AssertionError("it was over too soon")


def test_progress_has_rate_and_time_left(services: Services, episode: Episode) -> None:
    job = half_way(services, services.library.download(episode.id))
    assert job.pid not in (None, os.getpid())
    later = [rows[0].progress for rows in services.jobs.follow([job])]
    told = [progress for progress in later if progress.rate and progress.left_s]
    assert told, "never a rate"
    assert told[0].unit == "bytes" and told[0].total and 50_000 < told[0].rate < 5_000_000  # type: ignore[operator]
    assert later[-1].left_s == 0


def test_a_killed_download_goes_on_where_it_stopped(services: Services, site: Site, episode: Episode, audio: bytes) -> None:
    job = half_way(services, services.library.download(episode.id))
    assert job.pid
    os.kill(job.pid, signal.SIGKILL)
    last = done(services, job)[0]
    assert (last.state, last.attempts) == ("done", 2)
    ranges = [asked for path, asked in site.asked if path == "/one.mp3" and asked]
    assert ranges and int(ranges[-1].removeprefix("bytes=").rstrip("-")) >= 100_000
    assert Path(services.library.episode(episode.id).audio_path).read_bytes() == audio


def test_cancelling_takes_less_than_a_second(services: Services, episode: Episode) -> None:
    job = half_way(services, services.library.download(episode.id))
    assert job.pid
    started = time.monotonic()
    services.jobs.cancel(job.id)
    until(lambda: not alive(job.pid or 0), within_s=1.0)
    assert time.monotonic() - started < 1.0
    assert services.jobs.get(job.id).state == "cancelled"


def test_another_process_can_cancel(services: Services, episode: Episode, podcli: Podcli) -> None:
    job = half_way(services, services.library.download(episode.id))
    told = podcli("jobs", "cancel", str(job.id))
    assert told.returncode == 0, told.stderr
    assert done(services, job)[0].state == "cancelled"
    assert job.pid and not alive(job.pid)


def test_a_paused_job_gives_its_process_back_and_goes_on_from_where_it_was(
    services: Services, site: Site, episode: Episode, audio: bytes, podcli: Podcli
) -> None:
    job = half_way(services, services.library.download(episode.id))
    told = podcli("jobs", "pause")
    assert told.returncode == 0 and told.stdout == f"Job {job.id} (download) is paused.\n", told.stderr
    assert job.pid and not alive(job.pid)
    assert services.jobs.get(job.id).state == "paused"
    services.jobs.ensure_workers()
    assert lock.holder("net") is None
    assert "nothing to pause" in podcli("jobs", "pause", str(job.id)).stderr
    told = podcli("jobs", "resume")
    assert told.returncode == 0 and told.stdout == f"Job {job.id} (download) is done.\n", told.stderr
    assert services.jobs.get(job.id).attempts == 1
    assert any(asked for path, asked in site.asked if path == "/one.mp3"), "it began anew"
    assert Path(services.library.episode(episode.id).audio_path).read_bytes() == audio
    assert podcli("jobs", "resume").stderr.strip() == "No work is paused."
    assert "nothing to resume" in podcli("jobs", "resume", str(job.id)).stderr


def test_a_cancelled_job_can_be_tried_again(services: Services, episode: Episode, podcli: Podcli) -> None:
    job = half_way(services, services.library.download(episode.id))
    services.jobs.cancel(job.id)
    told = podcli("jobs", "retry", str(job.id))
    assert told.returncode == 0, told.stderr
    assert services.library.episode(episode.id).audio_path


def test_the_worker_leaves_with_a_killed_parent(episode: Episode, podcli: Podcli, services: Services) -> None:
    services.jobs.kill()
    parent = podcli.start("download", str(episode.id))
    until(lambda: lock.holder("net"))
    worker = lock.holder("net")
    assert worker
    parent.kill()
    parent.communicate()
    until(lambda: not alive(worker), within_s=3.0)
    # What it did is not lost and not stuck: the next command takes it up.
    assert podcli("download", str(episode.id)).returncode == 0


def test_two_commands_for_one_episode_share_one_job(episode: Episode, podcli: Podcli, services: Services, site: Site) -> None:
    services.jobs.kill()
    first = podcli.start("download", str(episode.id))
    until(lambda: any(job.kind == "download" and job.state == "running" for job in services.jobs.active()))
    second = podcli.start("download", str(episode.id))
    outputs = [process.communicate(timeout=60) for process in (first, second)]
    assert first.returncode == second.returncode == 0, outputs
    assert outputs[0][0] == outputs[1][0]
    assert len([job for job in services.jobs.recent() if job.kind == "download"]) == 1
    assert len([path for path, _ in site.asked if path == "/one.mp3"]) == 1


def test_whoever_takes_over_finishes_what_the_first_was_made_to_leave(
    episode: Episode, podcli: Podcli, services: Services
) -> None:
    services.jobs.kill()
    first = podcli.start("download", str(episode.id))
    until(lambda: any(job.kind == "download" and job.state == "running" for job in services.jobs.active()))
    second = podcli.start("download", str(episode.id))
    time.sleep(1.0)
    first.send_signal(signal.SIGINT)
    first.communicate(timeout=5)
    assert first.returncode == 130
    _, told = second.communicate(timeout=60)
    assert second.returncode == 0, told


def test_interrupting_stops_the_work_and_keeps_what_is_done(
    episode: Episode, podcli: Podcli, services: Services, site: Site
) -> None:
    services.jobs.kill()
    process = podcli.start("download", str(episode.id))
    until(lambda: any(job.progress.done > 200_000 for job in services.jobs.active()))
    worker = lock.holder("net")
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=5)
    assert process.returncode == 130
    assert "stopped" in told and "Traceback" not in told
    assert worker and not alive(worker)
    assert podcli("download", str(episode.id)).returncode == 0
    assert any(asked for path, asked in site.asked if path == "/one.mp3"), "it began anew"


def test_an_idle_worker_leaves(home: Path, services: Services, site: Site) -> None:
    services.jobs.kill()
    (home / "config").mkdir(parents=True, exist_ok=True)
    (home / "config" / "settings.toml").write_text("[work]\nidle_exit_s = 0.5\n")
    with open_services() as impatient:
        done(impatient, impatient.library.add(site.put("/feed.xml", rss(site.base, entry(site.base, "one")))))
        worker = lock.holder("net")
        assert worker
        assert os.getpriority(os.PRIO_PROCESS, worker) == 10, "who listens comes first"
        until(lambda: lock.holder("net") is None, within_s=5.0)
        until(lambda: not alive(worker), within_s=5.0)
        assert "Fatal" not in paths.log_file("worker-net").read_text()


def test_what_comes_as_a_worker_leaves_is_not_left_behind(home: Path, services: Services, site: Site) -> None:
    """Whoever added it saw the lane held, and started nobody."""
    (home / "config").mkdir(parents=True, exist_ok=True)
    (home / "config" / "settings.toml").write_text("[work]\nidle_exit_s = 0\n")
    descriptor = lock.take("net")
    assert descriptor is not None
    worker = Worker("net", services.store, descriptor, detached=True)
    for _ in worker._jobs():
        pytest.fail("there was nothing to do")
    job = services.store.jobs.enqueue("add", target=site.put("/feed.xml", rss(site.base, entry(site.base, "one"))))
    worker.leave()
    until(lambda: services.jobs.get(job.id).state == "done")


def test_a_job_whose_process_dies_again_and_again_fails_in_words(services: Services, episode: Episode) -> None:
    job = services.library.download(episode.id)
    killed: set[int] = set()
    rows = [job]
    for rows in services.jobs.follow([job]):
        if rows[0].state == "running" and rows[0].pid not in killed and rows[0].pid:
            killed.add(rows[0].pid)
            os.kill(rows[0].pid, signal.SIGKILL)
    assert rows[0].state == "failed"
    assert "unexpectedly" in rows[0].message and rows[0].hint
    assert len(killed) == 3


def test_many_changes_at_once_start_one_worker_and_none_is_left_to_one_that_leaves(
    home: Path, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def start(_lane: Lane) -> subprocess.Popen[bytes]:
        """One that never comes to take its lock."""
        started.append(subprocess.Popen(["sleep", "60"], stdin=subprocess.PIPE))
        return started[-1]

    monkeypatch.setattr(runner, "_start", start)
    monkeypatch.setattr(runner, "_alone", {})
    job = services.store.jobs.enqueue("hook", target="finished", options={"command": ["true"]})
    try:
        for _ in range(5):
            runner.start_alone(services.store, "hook")
        assert len(started) == 1
        lock_file = paths.make_private(paths.state()) / "worker-hook.lock"
        lock_file.write_text(str(started[0].pid))  # it had its lock, and has let it go
        runner.start_alone(services.store, "hook")
        assert len(started) == 2
        started[1].kill()
        started[1].wait()
        runner.start_alone(services.store, "hook")
        assert len(started) == 3
    finally:
        services.store.jobs.end(job.id, "cancelled")
        for child in started:
            child.kill()
            child.wait()


def test_only_one_worker_runs_per_lane(home: Path) -> None:
    first = lock.take("net")
    assert first is not None
    try:
        assert lock.take("net") is None
        assert lock.holder("net") == os.getpid()
        assert lock.holder("ml") is None
    finally:
        os.close(first)
    assert lock.holder("net") is None
