"""Moments, back to back: heard in order, and never at the cost of the listener's place in their episodes."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from podcli.domain import Episode, Moment
from podcli.errors import PodcliError, UsageError
from podcli.services.playback import PlaybackService
from podcli.settings import Settings
from podcli.store import Store
from tests.player.tones import tone
from tests.store.examples import URL, feed, item

LENGTH_S = 600.0


class Clock:
    """`time.monotonic`, set forward at will."""

    def __init__(self) -> None:
        self.ahead_s = 0.0
        self._real = time.monotonic

    def __call__(self) -> float:
        return self._real() + self.ahead_s


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("time.monotonic", clock)
    return clock


@pytest.fixture
def episodes(store: Store, tmp_path: Path) -> list[Episode]:
    """Three downloaded episodes of ten minutes; in the second the listener is at 5:00, the third is finished."""
    path = tone(tmp_path / "one.wav", LENGTH_S, rate=1000)
    store.library.save_feed(
        feed(*(item(name, title=name.title(), duration_s=LENGTH_S) for name in ("ann", "bob", "cat"))), url=URL
    )
    found = sorted(store.library.episodes(), key=lambda episode: episode.title)
    for episode in found:
        store.library.save_file(episode.id, path=str(path), sha256=f"{episode.id:064d}", bytes=path.stat().st_size)
    store.library.save_position(found[1].id, 300.0)
    store.library.save_position(found[2].id, 0.0, finished=True)
    return [store.library.episode(episode.id) or episode for episode in found]


@pytest.fixture
def playback(store: Store) -> Iterator[PlaybackService]:
    service = PlaybackService(store, Settings())
    yield service
    service.close()


def moments(*of: tuple[Episode, float, float]) -> list[Moment]:
    return [Moment(episode.id, start, end, f"{episode.title} at {start:.0f}") for episode, start, end in of]


def lasts(playback: PlaybackService, clock: Clock, seconds: float, step: float = 0.25) -> None:
    end = clock.ahead_s + seconds
    while clock.ahead_s < end - 1e-9:
        clock.ahead_s += step
        playback.tick()


def places(store: Store) -> str:
    """Everything the library knows of where the listener is and what was decided."""
    rows = {
        table: list(store._db.query(f"select {columns} from {table} order by 1"))
        for table, columns in (("playback", "*"), ("queue", "*"), ("episode", "id, triage, duration_s"))
    }
    return json.dumps(rows, sort_keys=True)


def test_they_follow_each_other_and_end_politely(playback: PlaybackService, episodes: list[Episode], clock: Clock) -> None:
    ann, bob, _ = episodes
    playback.start_moments(moments((ann, 100, 130), (bob, 50, 90), (ann, 20, 40)), silent=True)
    now = playback.now
    assert now.moment is not None and (now.moment.text, now.moment_number, now.up_next) == ("Ann at 100", (1, 3), "Bob at 50")
    assert now.left_s == pytest.approx(30, abs=1)
    lasts(playback, clock, 31)
    assert playback.episode is not None and (playback.episode.id, playback.now.moment_number) == (bob.id, (2, 3))
    lasts(playback, clock, 41)
    assert (playback.episode.id, playback.now.up_next) == (ann.id, "")
    assert not playback.over
    lasts(playback, clock, 21)
    assert playback.over and playback.state.paused and playback.state.position_s == pytest.approx(40, abs=1)
    assert playback.take_notices() == ["That was the last moment."]
    lasts(playback, clock, 60)
    assert playback.take_notices() == [] and playback.state.position_s == pytest.approx(40, abs=1)


def test_the_listeners_place_stays_where_it_was(
    playback: PlaybackService, episodes: list[Episode], clock: Clock, store: Store
) -> None:
    ann, bob, cat = episodes
    store.library.enqueue(ann.id)
    before = places(store)
    playback.start_moments(moments((ann, 590, 600), (bob, 10, 40), (cat, 570, 599)), silent=True)
    lasts(playback, clock, 5)
    playback.set_paused(True)
    clock.ahead_s += 60
    playback.set_paused(False)
    lasts(playback, clock, 20)
    playback.seek_by(-5)
    lasts(playback, clock, 100)
    assert playback.over
    playback.close()
    assert places(store) == before, "nor is anything heard, dequeued or out of the inbox"
    assert store.listening.last_played()[0] == bob.id, "what to go on with is what was played, not what was sampled"


def test_the_time_counts(playback: PlaybackService, episodes: list[Episode], clock: Clock, store: Store) -> None:
    playback.start_moments(moments((episodes[0], 100, 130), (episodes[1], 50, 90)), silent=True, speed=2.0)
    lasts(playback, clock, 36)
    assert playback.over
    heard = store.listening.listened(date.today().isoformat())
    assert heard.heard_s == pytest.approx(70, abs=2) and heard.wall_s == pytest.approx(35, abs=1)


def test_next_and_previous_are_moments(playback: PlaybackService, episodes: list[Episode], store: Store) -> None:
    ann, bob, cat = episodes
    store.library.enqueue(cat.id)
    playback.start_moments(moments((ann, 100, 130), (ann, 300, 330), (bob, 50, 90)), silent=True)
    playback.set_paused(True)
    assert playback.next_episode()
    assert playback.state.position_s == pytest.approx(300, abs=0.5) and not playback.state.paused
    assert playback.next_episode() and playback.episode is not None and playback.episode.id == bob.id
    assert not playback.next_episode(), "the queue is another matter"
    assert playback.episode.id == bob.id
    playback.previous_episode()
    playback.previous_episode()
    assert playback.now.moment_number == (1, 3)
    playback.seek_by(20)
    playback.previous_episode()
    assert playback.state.position_s == pytest.approx(100, abs=0.5), "before the first there is only its beginning"


def test_seeking_past_the_end_is_the_next_moment(playback: PlaybackService, episodes: list[Episode], clock: Clock) -> None:
    playback.start_moments(moments((episodes[0], 100, 130), (episodes[1], 50, 90)), silent=True)
    playback.seek_by(31)
    lasts(playback, clock, 0.5)
    assert playback.now.moment_number == (2, 2)


def test_into_the_whole_episode_and_on_from_there(
    playback: PlaybackService, episodes: list[Episode], clock: Clock, store: Store
) -> None:
    bob = episodes[1]
    playback.start_moments(moments((bob, 50, 90), (episodes[0], 1, 30)), silent=True)
    lasts(playback, clock, 10)
    assert playback.whole_episode()
    assert playback.now.moment is None and not playback.state.paused
    assert playback.state.position_s == pytest.approx(60, abs=1), "nobody hears a break"
    lasts(playback, clock, 60)
    assert playback.now.moment is None and playback.episode is not None and playback.episode.id == bob.id
    playback.save()
    kept = store.library.episode(bob.id)
    assert kept is not None and kept.position_s == pytest.approx(120, abs=5) and not kept.finished
    assert playback.undo_seek() and playback.state.position_s == pytest.approx(300, abs=0.5), "where the listener was before"
    assert not playback.whole_episode()


def test_a_whole_episode_is_heard_to_its_end_and_the_queue_goes_on(
    playback: PlaybackService, episodes: list[Episode], clock: Clock, store: Store
) -> None:
    ann, bob, _ = episodes
    store.library.enqueue(bob.id)
    playback.start_moments(moments((ann, 570, 580)), silent=True)
    lasts(playback, clock, 11)
    assert playback.over
    assert playback.whole_episode() and not playback.over and not playback.state.paused
    lasts(playback, clock, 25)
    assert playback.episode is not None and playback.episode.id == bob.id
    found = store.library.episode(ann.id)
    assert found is not None and found.finished


def test_after_the_last_one_play_means_once_more(playback: PlaybackService, episodes: list[Episode], clock: Clock) -> None:
    for again in (playback.toggle, lambda: playback.set_paused(False)):
        playback.start_moments(moments((episodes[0], 100, 110)), silent=True)
        lasts(playback, clock, 11)
        assert playback.over and playback.state.paused
        again()
        assert not playback.state.paused and playback.state.position_s == pytest.approx(100, abs=0.5)
        assert not playback.over


def test_a_moment_at_the_very_end_of_its_file_ends_too(
    playback: PlaybackService, episodes: list[Episode], clock: Clock, store: Store
) -> None:
    playback.start_moments(moments((episodes[0], 590, 605), (episodes[0], 10, 20)), silent=True)
    lasts(playback, clock, 11)
    assert playback.now.moment_number == (2, 2) and playback.state.position_s < 20
    found = store.library.episode(episodes[0].id)
    assert found is not None and not found.finished


def test_what_cannot_be_played_is_told_and_passed_over(
    playback: PlaybackService, episodes: list[Episode], clock: Clock, store: Store
) -> None:
    ann, bob, cat = episodes
    store._db.execute("delete from file where episode_id in (?, ?)", [ann.id, cat.id])
    store._db.execute("update episode set enclosure_url = '' where id in (?, ?)", [ann.id, cat.id])
    playback.start_moments(moments((ann, 100, 130), (bob, 50, 60), (cat, 5, 9), (bob, 70, 80)), silent=True)
    assert playback.now.moment_number == (2, 4)
    lasts(playback, clock, 11)
    assert playback.now.moment_number == (4, 4)
    assert playback.take_notices() == ["“Cat at 5” was skipped: “Cat” has no audio."]
    with pytest.raises(PodcliError, match="has no audio"):
        playback.start_moments(moments((ann, 1, 2), (cat, 1, 2)), silent=True)
    assert playback.now.moment_number == (4, 4), "what played goes on"
    with pytest.raises(UsageError):
        playback.start_moments([], silent=True)


def test_the_sleep_timer_ends_with_the_moment(playback: PlaybackService, episodes: list[Episode], clock: Clock) -> None:
    playback.start_moments(moments((episodes[0], 100, 130), (episodes[1], 50, 90)), silent=True)
    playback.set_sleep("episode")
    lasts(playback, clock, 31)
    assert playback.state.paused and playback.now.moment_number == (1, 2)
    playback.toggle()
    assert playback.now.moment_number == (2, 2) and not playback.state.paused


def test_playing_something_else_is_the_end_of_them(playback: PlaybackService, episodes: list[Episode], clock: Clock) -> None:
    ann, bob, cat = episodes
    playback.start(cat, 100.0, silent=True)
    playback.start_moments(moments((ann, 100, 130), (bob, 50, 90)), silent=True)
    playback.start(ann, silent=True)
    assert playback.now.moment is None and playback.now.moment_number == (0, 0)
    lasts(playback, clock, 200)
    assert playback.episode is not None and playback.episode.id == ann.id and playback.state.position_s > 150
    playback.previous_episode()
    assert playback.episode.id == cat.id


def test_status_tells_of_the_moment(playback: PlaybackService, episodes: list[Episode]) -> None:
    playback.start_moments(moments((episodes[0], 100, 130)), silent=True)
    assert playback.status()["moment"] == "Ann at 100"
    playback.whole_episode()
    assert playback.status()["moment"] is None
