from __future__ import annotations

import threading
from collections import Counter

import pytest

from podcli.domain import Episode, EpisodeId, JobId, Progress, SnipId
from podcli.store import Store, open_store
from tests.pipeline.readings import put_episode


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


def test_those_behind_it_know_at_once_that_a_job_failed(store: Store, episode: Episode) -> None:
    before = store.jobs.enqueue("download", episode_id=episode.id)
    then = store.jobs.enqueue("transcribe", episode_id=episode.id, after=before.id)
    last = store.jobs.enqueue("insights", episode_id=episode.id, after=then.id)
    store.jobs.claim("net")
    store.jobs.fail(before.id, "The server is gone.")
    assert [(job.id, job.message) for job in store.jobs.recent()] == [
        (each.id, "The server is gone.") for each in (last, then, before)]  # fmt: skip
    assert not store.jobs.active()
    store.jobs.fail(before.id, "And again.")
    ended = store.jobs.get(before.id)
    assert ended is not None and ended.message == "The server is gone.", "it had failed already"


@pytest.mark.parametrize("end", ["done", "failed", "cancelled", "stopped"])
def test_a_hook_waits_for_the_job_before_it_however_that_ends(store: Store, episode: Episode, end: str) -> None:
    heard = store.jobs.enqueue("snip", episode_id=episode.id, target="1")
    titled = store.jobs.enqueue("retell", episode_id=episode.id, target="1", after=heard.id)
    hook = store.jobs.enqueue("hook", episode_id=episode.id, target="snip", after=titled.id)
    assert store.jobs.claim("hook") is None and not store.jobs.unfinished("hook")
    store.jobs.claim("ml")
    assert store.jobs.claim("hook") is None
    if end == "done":
        store.jobs.finish(heard.id)
        assert store.jobs.claim("hook") is None, "its title is still to come"
        store.jobs.claim("ml")
        store.jobs.finish(titled.id)
    elif end == "failed":
        store.jobs.fail(heard.id, "No audio.")
    else:
        store.jobs.end(heard.id, end)  # type: ignore[arg-type]
    assert store.jobs.unfinished("hook")
    claimed = store.jobs.claim("hook")
    assert claimed is not None and claimed.id == hook.id
    store.jobs.fail(hook.id, "The hook ended with 1.")
    assert store.jobs.requeue(hook.id)
    assert [job.id for job in store.jobs.active()] == [hook.id], "tried again, it does not begin with what came before"


def test_what_is_made_of_a_snip_is_given_up_with_it(store: Store, episode: Episode) -> None:
    def put(number: int) -> list[JobId]:
        heard = store.jobs.enqueue("snip", episode_id=episode.id, target=str(number))
        titled = store.jobs.enqueue("retell", episode_id=episode.id, target=str(number), after=heard.id)
        hook = store.jobs.enqueue("hook", episode_id=episode.id, target="snip", options={"snip": number}, after=titled.id)
        return [heard.id, titled.id, hook.id]

    gone, stays = put(1), put(11)
    other = store.jobs.enqueue("hook", episode_id=episode.id, target="finished")
    export = store.jobs.enqueue("export", episode_id=episode.id, target="obsidian")
    assert (running := store.jobs.claim("ml")) and running.id == gone[0]
    assert sorted(store.jobs.forsake(SnipId(1))) == gone
    assert sorted(job.id for job in store.jobs.active()) == [*stays, other.id, export.id]
    store.jobs.fail(gone[0], "This snip was removed meanwhile.")
    store.jobs.finish(gone[0])
    assert {job.state for job in store.jobs.recent() if job.id in gone} == {"cancelled"}, "whoever was at it is not heard"
    assert store.jobs.forsake(SnipId(1)) == []


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


def test_what_is_paused_keeps_no_export_back_and_does_for_no_change(store: Store, episode: Episode) -> None:
    title = store.jobs.enqueue("snip", episode_id=episode.id, target="1")
    export = store.jobs.enqueue("export", episode_id=episode.id, target="anki")
    assert not store.jobs.unfinished("hook") and store.jobs.waits("export", episode.id, "anki")
    store.jobs.pause(title.id)
    assert store.jobs.unfinished("hook")
    store.jobs.pause(export.id)
    assert not store.jobs.waits("export", episode.id, "anki")
    again = store.jobs.enqueue("export", episode_id=episode.id, target="anki", options={"at": "now"})
    claimed = store.jobs.claim("hook")
    assert claimed is not None and claimed.id == again.id


def test_of_what_was_missed_only_the_newest_is_to_be_tried_again(store: Store) -> None:
    one, two, sent = (put_episode(store, title).id for title in ("One", "Two", "Sent"))

    def missed() -> list[JobId]:
        return store.jobs.missed("export", "notion", 3, but=sent)

    def failed(number: EpisodeId, at: int, code: int = 3, target: str = "notion") -> JobId:
        job = store.jobs.enqueue("export", episode_id=number, target=target, options={"at": at})
        store.jobs.fail(job.id, "Offline.", "", code)
        return job.id

    ids = [failed(number, at) for at in range(3) for number in (one, two, sent)]
    failed(two, 3, code=1)
    failed(two, 4, target="readwise-account")
    assert missed() == [ids[6], ids[7]]
    assert store.jobs.requeue(ids[6]) and missed() == [ids[7]], "it waits already"
    claimed = store.jobs.claim("hook")
    assert claimed is not None and claimed.id == ids[6]
    store.jobs.finish(ids[6])
    assert missed() == [ids[7]], "those before it are done with it"


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
