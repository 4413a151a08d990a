"""Hooks of a real settings file, run by a real worker over a real library, when things really happen."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from podcli import paths
from podcli.domain import Episode, Job, PlayerState
from podcli.pipeline import lock
from podcli.pipeline.events import happened
from podcli.services import Services, open_services
from podcli.services.playback.history import History
from podcli.services.playback.journal import Journal, Passing
from podcli.settings.values import in_toml
from tests import described
from tests.bench.talks import talk
from tests.conftest import Podcli
from tests.loopback import Site, entry, rss
from tests.pipeline.readings import put_episode, put_said, read_episode
from tests.pipeline.talks import Told, copied
from tests.pipeline.test_programs import script, until
from tests.processes import alive

HOSTILE = '"; touch pwned; $(touch pwned) `touch pwned` \\ \u202e --help'


def set_hooks(**hooks: object) -> None:
    lines = [f"{name} = {in_toml(value)}" for name, value in hooks.items()]
    paths.settings_file().parent.mkdir(parents=True, exist_ok=True)
    paths.settings_file().write_text("\n".join(["[work]", "idle_exit_s = 1.0", "[hooks]", *lines, ""]))


@pytest.fixture
def services() -> Iterator[Services]:
    set_hooks()
    with open_services() as opened:
        yield opened
        opened.jobs.kill()
        for lane in ("net", "hook"):
            if pid := lock.holder(lane):  # type: ignore[arg-type]
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)


@pytest.fixture
def keeps(tmp_path: Path) -> Callable[[str], list[str]]:
    """A hook that writes down what it is given, a line each time, under a name."""
    return lambda name: script(tmp_path, f"cat >> {tmp_path}/{name}", f"keep-{name}")


def lines(file: Path) -> list[dict[str, Any]]:
    """What hooks were given, each held against its schema."""
    told = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    for each in told:
        described.check(f"hook.{each['event']}", each)
    return told


def hooks(services: Services) -> list[Job]:
    return sorted((job for job in services.jobs.recent(500) if job.kind == "hook"), key=lambda job: job.id)


def ended(services: Services, count: int, within_s: float = 30.0) -> list[Job]:
    """Wait, without starting any worker: whoever caused a hook must have seen to that."""
    until(lambda: len(found := hooks(services)) == count and not any(job.active for job in found), within_s=within_s)
    return hooks(services)


def follow(services: Services, *jobs: Job) -> list[Job]:
    return list(services.jobs.follow(jobs))[-1]


def test_a_download_tells_with_the_objects_of_the_command_line(
    services: Services, site: Site, tmp_path: Path, keeps: Callable[[str], list[str]], podcli: Podcli
) -> None:
    audio = (Path(__file__).parents[2] / "podcli" / "demo" / "episode.mp3").read_bytes()
    site.put("/one.mp3", audio, type="audio/mpeg")
    follow(services, services.library.add(site.put("/feed.xml", rss(site.base, entry(site.base, "one")))))
    set_hooks(downloaded=[keeps("told")])
    job = follow(services, services.library.download(services.library.episodes()[0].id))[0]
    assert job.state == "done"
    assert [each.state for each in ended(services, 1)] == ["done"]
    (told,) = lines(tmp_path / "told")
    assert told["event"] == "downloaded" and told["test"] is False and set(told) == {
        "event", "time", "podcli", "test", "episode", "show"}  # fmt: skip
    assert told["episode"] == json.loads(podcli("episodes", "--json").stdout)[0] and told["episode"]["file"]
    assert told["show"] == json.loads(podcli("shows", "--json").stdout)[0]
    follow(services, services.library.download(services.library.episodes()[0].id))
    assert len(hooks(services)) == 1, "it was there already: nothing happened"


def test_a_failing_hook_is_shown_and_harms_nothing(services: Services, site: Site, tmp_path: Path, podcli: Podcli) -> None:
    audio = (Path(__file__).parents[2] / "podcli" / "demo" / "episode.mp3").read_bytes()
    site.put("/one.mp3", audio, type="audio/mpeg")
    follow(services, services.library.add(site.put("/feed.xml", rss(site.base, entry(site.base, "one")))))
    bad = script(tmp_path, "printf 'first\\n\\033[31mno \\033]0;x\\007luck\\n' >&2; exit 3", "bad")
    set_hooks(downloaded=[bad, ["/there/is/none"]])
    job = follow(services, services.library.download(services.library.episodes()[0].id))[0]
    assert job.state == "done"
    first, second = ended(services, 2)
    assert (first.state, second.state) == ("failed", "failed")
    assert first.message.startswith("The hook bad ended with 3: ") and first.message.endswith("luck")
    assert not any(ord(char) < 32 or ord(char) == 127 for char in first.message)
    assert second.message == "The hook none did not run: there is no such program."
    assert first.message in podcli("jobs").stdout
    set_hooks(downloaded=[script(tmp_path, "true", "bad")])
    again = podcli("jobs", "retry", str(first.id))
    assert again.returncode == 0, again.stderr
    gone_now = podcli("jobs", "retry", str(second.id))
    assert gone_now.returncode == 1 and "no longer set" in gone_now.stderr


def test_hooks_of_one_event_run_in_their_order_one_at_a_time(services: Services, tmp_path: Path) -> None:
    slow = script(tmp_path, f"echo slow begins >> {tmp_path}/log; sleep 0.5; echo slow ends >> {tmp_path}/log", "slow")
    quick = script(tmp_path, f"echo quick >> {tmp_path}/log", "quick")
    set_hooks(finished=[slow, quick])
    happened(services.store, "finished", put_episode(services.store))
    assert [job.state for job in ended(services, 2)] == ["done", "done"]
    assert (tmp_path / "log").read_text().splitlines() == ["slow begins", "slow ends", "quick"]


def test_a_hostile_title_is_data(
    services: Services, site: Site, tmp_path: Path, keeps: Callable[[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    from xml.sax.saxutils import escape

    follow(services, services.library.add(site.put("/feed.xml", rss(site.base, entry(site.base, "one", title=escape(HOSTILE))))))
    args = script(tmp_path, f'echo "$#" >> {tmp_path}/count', "args")
    set_hooks(finished=[keeps("told"), args])
    episode = services.library.episodes()[0]
    happened(services.store, "finished", episode)
    ended(services, 2)
    assert lines(tmp_path / "told")[0]["episode"]["title"] == episode.title and "touch pwned" in episode.title
    assert (tmp_path / "count").read_text() == "0\n" and not (tmp_path / "pwned").exists()


def test_time_up_is_said_and_ends_all_it_started(services: Services, tmp_path: Path) -> None:
    endless = script(tmp_path, f"sleep 60 & echo $! > {tmp_path}/pid; wait", "endless")
    set_hooks(finished=[endless], timeout_s=1.0)
    happened(services.store, "finished", put_episode(services.store))
    (job,) = ended(services, 1)
    assert job.message == "The hook endless still ran after 1 seconds and was ended, with all it had started."
    until(lambda: not alive(int((tmp_path / "pid").read_text())))


def test_cancelling_a_hook_ends_its_program(services: Services, tmp_path: Path, podcli: Podcli) -> None:
    set_hooks(finished=[script(tmp_path, f"echo $$ > {tmp_path}/pid; sleep 60", "endless")])
    happened(services.store, "finished", put_episode(services.store))
    until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text(), within_s=20.0)
    assert podcli("jobs", "cancel", str(hooks(services)[0].id)).returncode == 0
    until(lambda: not alive(int((tmp_path / "pid").read_text())))


def test_two_hundred_new_episodes_are_one_call(
    services: Services, site: Site, tmp_path: Path, keeps: Callable[[str], list[str]]
) -> None:
    set_hooks(new_episode=[keeps("told")])
    url = site.put("/feed.xml", rss(site.base, entry(site.base, "old")))
    follow(services, services.library.add(url))
    assert not hooks(services), "what is there when one subscribes is no news"
    site.put("/feed.xml", rss(site.base, *(entry(site.base, f"new-{number}") for number in range(200)), entry(site.base, "old")))
    follow(services, services.library.refresh())
    ended(services, 1)
    follow(services, services.library.refresh())
    assert len(hooks(services)) == 1
    (told,) = lines(tmp_path / "told")
    assert told["count"] == 200 and len(told["episodes"]) == 50 and told["episode"] == told["episodes"][0]
    assert all(each["triage"] == "inbox" for each in told["episodes"])


def test_two_hundred_events_run_one_after_the_other(services: Services, tmp_path: Path) -> None:
    alone = f"mkdir {tmp_path}/busy || echo crowd >> {tmp_path}/crowd; echo x >> {tmp_path}/runs; rmdir {tmp_path}/busy"
    set_hooks(finished=[script(tmp_path, alone)])
    episode = put_episode(services.store)
    for number in range(200):
        happened(services.store, "finished", episode, count=number)
    ended(services, 200, within_s=120.0)
    assert (tmp_path / "runs").read_text().count("x") == 200 and not (tmp_path / "crowd").exists()


def test_a_hook_may_wait_for_other_work(services: Services, site: Site, tmp_path: Path) -> None:
    """A lane of its own: in that of the downloads it would wait for what waits for it."""
    import sys

    audio = (Path(__file__).parents[2] / "podcli" / "demo" / "episode.mp3").read_bytes()
    site.put("/new.mp3", audio, type="audio/mpeg")
    url = site.put("/feed.xml", rss(site.base, entry(site.base, "old")))
    follow(services, services.library.add(url))
    set_hooks(new_episode=[script(tmp_path, f"exec {sys.executable} -m podcli download new >&2")])
    site.put("/feed.xml", rss(site.base, entry(site.base, "new"), entry(site.base, "old")))
    follow(services, services.library.refresh())
    (job,) = ended(services, 1, within_s=60.0)
    assert job.state == "done", job.message
    assert any(episode.audio_path for episode in services.library.episodes())


def test_a_transcript_is_told_and_stays_when_the_hook_fails(
    services: Services, site: Site, tmp_path: Path, keeps: Callable[[str], list[str]]
) -> None:
    words = site.put("/one.vtt", b"WEBVTT\n\n00:01.000 --> 00:04.000\nThese are the words.\n", type="text/vtt")
    more = f'<podcast:transcript url="{words}" type="text/vtt" language="en"/>'
    namespace = ' xmlns:podcast="https://podcastindex.org/namespace/1.0"'
    feed = rss(site.base, entry(site.base, "one", more=more)).replace('version="2.0"', f'version="2.0"{namespace}')
    follow(services, services.library.add(site.put("/feed.xml", feed)))
    set_hooks(transcribed=[keeps("told"), ["false"]])
    episode = services.library.episodes()[0]
    job = services.store.jobs.enqueue("transcribe", episode_id=episode.id, options={"model": "whisper-tiny.en"})
    (done,) = follow(services, job)
    assert done.state == "done", done.message
    assert [each.state for each in ended(services, 2)] == ["done", "failed"]
    (told,) = lines(tmp_path / "told")
    assert told["event"] == "transcribed" and told["episode"]["has_transcript"] is True
    if pid := lock.holder("ml"):
        os.killpg(pid, signal.SIGKILL)


def test_insights_are_told_when_all_of_them_are_there(
    services: Services, tmp_path: Path, keeps: Callable[[str], list[str]]
) -> None:
    set_hooks(insights=[keeps("told")])
    episode = put_said(services.store, talk("sample").sentences)
    assert not hooks(services)
    read_episode(services.store, episode, Told(copied))
    ended(services, 1)
    (told,) = lines(tmp_path / "told")
    assert told["event"] == "insights" and told["episode"]["has_takeaways"] is True


def test_heard_to_the_end_is_told_once_in_a_sitting(
    services: Services, tmp_path: Path, keeps: Callable[[str], list[str]]
) -> None:
    set_hooks(finished=[keeps("told")])
    episode = put_episode(services.store)

    def at(position_s: float, *, over: bool = False) -> PlayerState:
        return PlayerState(episode_id=episode.id, position_s=position_s, duration_s=600.0, ended=over)

    journal, history = Journal(services.store, episode, 0.0, 0.0), History([], 0.0, 0.0)
    journal.keep(at(100.0), history, 10.0)
    assert not hooks(services)
    journal.keep(at(595.0), history, 20.0)
    journal.keep(at(500.0), history, 30.0)
    journal.keep(at(600.0, over=True), history, 40.0)
    journal.finish(600.0, history)
    Passing(services.store, episode, 0.0, 0.0).finish(600.0, history)
    ended(services, 1)
    (told,) = lines(tmp_path / "told")
    assert told["event"] == "finished" and told["episode"]["finished"] is True
    fresh = services.library.episode(episode.id)
    Journal(services.store, fresh, 599.0, 0.0).finish(600.0, history)
    assert len(hooks(services)) == 1, "it was finished before"


def test_a_snip_without_models_is_told_at_once(services: Services, tmp_path: Path, keeps: Callable[[str], list[str]]) -> None:
    set_hooks(snip=[keeps("told")])
    episode = put_episode(services.store)
    kept = services.snips.keep(episode.id, 60.0, note="mine")
    assert not kept.jobs and kept.lacks
    ended(services, 1)
    (told,) = lines(tmp_path / "told")
    assert told["snip"]["number"] == kept.snip.id and told["snip"]["note"] == "mine" and told["episode"]["number"] == episode.id


def test_a_snip_is_told_after_its_title(services: Services, tmp_path: Path, keeps: Callable[[str], list[str]]) -> None:
    set_hooks(snip=[keeps("told")])
    episode = put_episode(services.store)
    title = services.store.jobs.enqueue("retell", episode_id=episode.id, target="1", options={"model": "m"})
    snip = services.store.snips.add(episode.id, start_s=1.0, end_s=2.0, at_s=3.0)
    happened(services.store, "snip", episode, after=title.id, snip=snip.id)
    assert services.store.jobs.next("hook") is None, "the title is not there yet"
    assert services.store.jobs.claim("ml") is not None
    services.store.jobs.finish(title.id)
    services.close()  # as a one-shot does that has what it waited for
    with open_services() as later:
        assert [job.state for job in ended(later, 1)] == ["done"]
    assert lines(tmp_path / "told")[0]["snip"]["number"] == snip.id


def test_without_hooks_nothing_is_added_or_started(services: Services) -> None:
    happened(services.store, "finished", put_episode(services.store))
    assert not services.jobs.recent() and lock.holder("hook") is None


def test_what_is_set_anew_counts_at_once_and_a_broken_file_harms_nothing(services: Services, tmp_path: Path) -> None:
    episode = put_episode(services.store)
    set_hooks(finished="notify-send podcli")
    happened(services.store, "finished", episode)
    assert not hooks(services)
    set_hooks(finished=[["true"]])
    happened(services.store, "finished", episode)
    assert [job.state for job in ended(services, 1)] == ["done"]


def test_what_was_removed_meanwhile_is_said(services: Services) -> None:
    set_hooks(snip=[["true"]])
    happened(services.store, "snip", put_episode(services.store), snip=99)
    (job,) = ended(services, 1)
    assert job.state == "failed" and job.message == "What this hook was to tell of was removed meanwhile."


def test_a_worker_that_is_killed_takes_its_hook_with_it_and_it_runs_again(services: Services, tmp_path: Path) -> None:
    twice = f"echo $$ >> {tmp_path}/pids; [ $(wc -l < {tmp_path}/pids) -gt 1 ] || sleep 60"
    set_hooks(finished=[script(tmp_path, twice)])
    happened(services.store, "finished", put_episode(services.store))
    until(lambda: (tmp_path / "pids").exists() and (tmp_path / "pids").read_text(), within_s=20.0)
    pid = lock.holder("hook")
    assert pid
    os.kill(pid, signal.SIGKILL)
    until(lambda: not alive(int((tmp_path / "pids").read_text())))
    (job,) = follow(services, *hooks(services))
    assert (job.state, job.attempts) == ("done", 2)


def test_telling_does_not_hold_up_whoever_tells(services: Services, tmp_path: Path) -> None:
    set_hooks(finished=[["sleep", "5"]])
    episode: Episode = put_episode(services.store)
    begun = time.monotonic()
    happened(services.store, "finished", episode)
    assert time.monotonic() - begun < 1.0
