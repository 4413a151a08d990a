from __future__ import annotations

import threading
from collections import Counter

from podcli.domain import Episode, JobId, Progress
from podcli.store import Store, open_store


def test_the_same_wish_twice_is_one_job(store: Store, episode: Episode) -> None:
    first = store.jobs.enqueue("download", episode_id=episode.id)
    assert store.jobs.enqueue("download", episode_id=episode.id).id == first.id
    assert store.jobs.enqueue("transcribe", episode_id=episode.id, options={"model": "a"}).id != first.id
    store.jobs.claim("net")
    assert store.jobs.enqueue("download", episode_id=episode.id).id == first.id
    store.jobs.finish(first.id)
    assert store.jobs.enqueue("download", episode_id=episode.id).id != first.id


def test_a_step_waits_for_the_one_before(store: Store, episode: Episode) -> None:
    before = store.jobs.enqueue("download", episode_id=episode.id)
    then = store.jobs.enqueue("transcribe", episode_id=episode.id, after=before.id)
    assert store.jobs.claim("ml") is None
    store.jobs.claim("net")
    store.jobs.finish(before.id)
    claimed = store.jobs.claim("ml")
    assert claimed is not None and claimed.id == then.id and claimed.attempts == 1


def test_a_step_fails_with_the_words_of_the_one_before(store: Store, episode: Episode) -> None:
    before = store.jobs.enqueue("download", episode_id=episode.id)
    then = store.jobs.enqueue("transcribe", episode_id=episode.id, after=before.id)
    last = store.jobs.enqueue("insights", episode_id=episode.id, after=then.id)
    store.jobs.claim("net")
    store.jobs.fail(before.id, "The server is gone.", "Try later.", 3)
    for _ in range(2):
        assert store.jobs.claim("ml") is None
    for job_id in (then.id, last.id):
        job = store.jobs.get(job_id)
        assert job is not None and (job.state, job.message, job.hint, job.exit_code) == (
            "failed",
            "The server is gone.",
            "Try later.",
            3,
        )


def test_retrying_the_last_step_retries_what_it_waits_for(store: Store, episode: Episode) -> None:
    before = store.jobs.enqueue("download", episode_id=episode.id)
    then = store.jobs.enqueue("transcribe", episode_id=episode.id, after=before.id)
    store.jobs.claim("net")
    store.jobs.fail(before.id, "No.")
    store.jobs.claim("ml")
    assert store.jobs.requeue(then.id)
    assert [job.id for job in store.jobs.active()] == [before.id, then.id]
    assert not store.jobs.requeue(then.id)


def test_cancelling_a_step_cancels_what_waits_for_it(store: Store, episode: Episode) -> None:
    before = store.jobs.enqueue("download", episode_id=episode.id)
    then = store.jobs.enqueue("transcribe", episode_id=episode.id, after=before.id)
    assert store.jobs.end(before.id, "cancelled")
    assert not store.jobs.end(before.id, "cancelled")
    ended = store.jobs.get(then.id)
    assert ended is not None and ended.state == "cancelled"


def test_a_paused_job_is_taken_up_by_nobody_until_it_is_resumed_or_asked_for_again(store: Store, episode: Episode) -> None:
    job = store.jobs.enqueue("download", episode_id=episode.id)
    then = store.jobs.enqueue("transcribe", episode_id=episode.id, after=job.id)
    other = store.jobs.enqueue("refresh")
    was = store.jobs.pause(job.id)
    assert was is not None and was.state == "queued"
    assert store.jobs.pause(job.id) is None
    claimed = store.jobs.claim("net")
    assert claimed is not None and claimed.id == other.id
    assert store.jobs.claim("net") is None and store.jobs.claim("ml") is None and not store.jobs.unfinished("ml")
    assert [(each.id, each.state) for each in store.jobs.active()][-1] == (job.id, "paused")
    assert store.jobs.resume(job.id) and not store.jobs.resume(job.id)
    store.jobs.pause(job.id)
    assert store.jobs.enqueue("download", episode_id=episode.id).state == "queued"
    assert store.jobs.claim("net") is not None
    was = store.jobs.pause(job.id)
    assert was is not None and was.state == "running" and was.pid
    paused = store.jobs.get(job.id)
    assert paused is not None and (paused.state, paused.attempts, paused.pid) == ("paused", 0, None)
    store.jobs.recover("net")
    assert store.jobs.get(job.id) == paused
    assert store.jobs.end(job.id, "cancelled")
    ended = store.jobs.get(then.id)
    assert ended is not None and ended.state == "cancelled"
    assert store.jobs.requeue(then.id)
    again = store.jobs.get(job.id)
    assert again is not None and again.state == "queued"


def test_what_somebody_waits_for_goes_first(store: Store) -> None:
    store.jobs.enqueue("add", target="a")
    urgent = store.jobs.enqueue("add", target="b", priority=1)
    following = store.jobs.next("net")
    assert following is not None and following.id == urgent.id
    claimed = store.jobs.claim("net")
    assert claimed is not None and claimed.id == urgent.id


def test_a_job_whose_process_died_is_taken_up_again_but_not_for_ever(store: Store) -> None:
    job = store.jobs.enqueue("add", target="a")
    for attempt in range(1, 4):
        claimed = store.jobs.claim("net")
        assert claimed is not None and claimed.attempts == attempt
        store.jobs.recover("net")
    ended = store.jobs.get(job.id)
    assert ended is not None and ended.state == "failed" and "unexpectedly 3 times" in ended.message


def test_progress_is_only_written_to_a_running_job(store: Store) -> None:
    job = store.jobs.enqueue("add", target="a")
    store.jobs.claim("net")
    store.jobs.report(job.id, Progress(5, 10, "bytes", "Fetching", 2.5, 2.0))
    running = store.jobs.get(job.id)
    assert running is not None and running.progress == Progress(5, 10, "bytes", "Fetching", 2.5, 2.0)
    store.jobs.end(job.id, "cancelled")
    store.jobs.finish(job.id)
    ended = store.jobs.get(job.id)
    assert ended is not None and ended.state == "cancelled"


def test_no_job_is_claimed_twice_by_many_processes_at_once() -> None:
    with open_store() as store:
        wanted = {store.jobs.enqueue("add", target=str(number)).id for number in range(120)}
    claimed: list[JobId] = []

    def work() -> None:
        with open_store() as mine:
            while job := mine.jobs.claim("net"):
                claimed.append(job.id)
                mine.jobs.finish(job.id)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(claimed) == Counter(wanted)


def test_data_version_notices_own_and_foreign_writes(store: Store) -> None:
    before = store.data_version()
    assert store.data_version() == before
    store.jobs.enqueue("add", target="mine")
    mine = store.data_version()
    assert mine != before
    with open_store() as other:
        other.jobs.enqueue("add", target="theirs")
    assert store.data_version() != mine
