"""What a listener can do with playback: jump and undo, chapters, speed of a show, queue, sleep, and what is counted."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from podcli.domain import Chapter, Episode, Listened, PlayerState, Segment, ShowSettings, Word
from podcli.errors import UsageError
from podcli.services.playback import PlaybackService
from podcli.settings import PlayerSettings, Settings
from podcli.store import Store, open_store
from tests.conftest import Podcli
from tests.player.tones import tone, until
from tests.store.examples import URL, feed, item

LENGTH_S = 600.0


class Clock:
    """`time.monotonic` as playback and the silent player see it, set forward at will."""

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
    """Three downloaded episodes of one show, ten minutes each, then one of another show."""
    path = tone(tmp_path / "one.wav", LENGTH_S, rate=1000)
    items = [item(name, title=name.title(), duration_s=LENGTH_S) for name in ("ann", "bob", "cat")]
    store.library.save_feed(feed(*items), url=URL)
    other = "https://feeds.example.org/other.xml"
    store.library.save_feed(feed(item("dan", title="Dan", duration_s=LENGTH_S), url=other, title="Other"), url=other)
    found = sorted(store.library.episodes(), key=lambda episode: episode.title)
    for episode in found:
        store.library.save_file(episode.id, path=str(path), sha256=f"{episode.id:064d}", bytes=path.stat().st_size)
    return [store.library.episode(episode.id) or episode for episode in found]


Make = Callable[..., PlaybackService]


@pytest.fixture
def make(store: Store) -> Iterator[Make]:
    """A service with these settings of the player."""
    made: list[PlaybackService] = []

    def new(**player: object) -> PlaybackService:
        made.append(PlaybackService(store, Settings(player=PlayerSettings(**player))))  # type: ignore[arg-type]
        return made[-1]

    yield new
    for each in made:
        each.close()


@pytest.fixture
def playback(make: Make) -> PlaybackService:
    return make()


def at(playback: PlaybackService) -> float:
    return playback.state.position_s


def lasts(playback: PlaybackService, clock: Clock, seconds: float, step: float = 0.25) -> None:
    """So much time passes, with a tick each quarter of a second as the front ends do it."""
    end = clock.ahead_s + seconds
    while clock.ahead_s < end - 1e-9:
        clock.ahead_s += step
        playback.tick()


# Seeking


def test_undo_seek_twice_goes_back_twice(playback: PlaybackService, episodes: list[Episode], clock: Clock) -> None:
    playback.start(episodes[0], 50.0, silent=True, paused=True)
    assert not playback.undo_seek()
    playback.seek_to(300)
    clock.ahead_s += 5
    playback.seek_by(30)
    playback.seek_by(30)
    playback.seek_by(30)
    assert at(playback) == 390
    assert playback.undo_seek()
    assert at(playback) == 300
    assert playback.undo_seek()
    assert at(playback) == 50
    assert not playback.undo_seek()
    playback.seek_to(200)
    playback.start(episodes[1], silent=True, paused=True)
    assert not playback.undo_seek(), "another episode's jumps are not this one's"


def test_a_long_pause_goes_on_a_little_earlier_and_a_short_one_does_not(
    playback: PlaybackService, episodes: list[Episode], clock: Clock, store: Store
) -> None:
    playback.start(episodes[0], 100.0, silent=True)
    playback.toggle()
    clock.ahead_s += 9
    playback.toggle()
    assert at(playback) == pytest.approx(100, abs=0.2)
    playback.toggle()
    clock.ahead_s += 11
    playback.toggle()
    assert at(playback) == pytest.approx(97, abs=0.2)
    assert not playback.undo_seek()
    playback.toggle()
    clock.ahead_s += 11
    playback.seek_to(200)
    playback.toggle()
    assert at(playback) == pytest.approx(200, abs=0.2), "where the listener went is where it goes on"
    store.library.save_show_settings(episodes[0].show_id, ShowSettings(skip_intro_s=199))
    lasts(playback, clock, 1.5)
    playback.toggle()
    clock.ahead_s += 11
    playback.toggle()
    assert at(playback) >= 199, "not back into the intro"


def test_chapters_forth_and_back_and_all_of_it_undone(
    playback: PlaybackService, episodes: list[Episode], store: Store, clock: Clock
) -> None:
    store.library.save_chapters(
        episodes[0].id, "feed", [Chapter(0, 100, "one"), Chapter(100, 200, "two"), Chapter(200, None, "three")]
    )
    playback.start(episodes[0], 20.0, silent=True, paused=True)
    chapter = playback.now.chapter
    assert chapter
    assert (chapter.title, chapter.source) == ("one", "feed")
    assert playback.next_chapter()
    assert playback.next_chapter()
    assert not playback.next_chapter()
    assert at(playback) == 200
    playback.seek_to(250)
    assert playback.previous_chapter()
    assert at(playback) == 200
    assert playback.previous_chapter()
    assert at(playback) == 100
    for back in (200, 250, 200, 100, 20):
        assert playback.undo_seek()
        assert at(playback) == back


def test_where_chapters_come_from(playback: PlaybackService, store: Store, clock: Clock) -> None:
    noted = item("notes", duration_s=LENGTH_S, description="0:00 Intro\n1:00 Tea\n2:00 Coffee", chapters_url="https://x.org/c")
    store.library.save_feed(feed(noted), url=URL)
    episode = store.library.episodes()[0]
    store.library.save_chapters(episode.id, "podcli", [Chapter(0, None, "ours")])
    playback.start(episode, silent=True, paused=True)
    assert [chapter.title for chapter in playback.now.chapters] == ["Intro", "Tea", "Coffee"]
    assert playback.now.chapters[0].source == "notes"
    assert playback.asked_for_work
    job = store.jobs.recent()[0]
    assert (job.kind, job.lane, job.episode_id) == ("chapters", "net", episode.id)
    store.library.save_chapters(episode.id, "json", [Chapter(0, None, "theirs")])
    lasts(playback, clock, 1.5)
    assert [(chapter.title, chapter.source) for chapter in playback.now.chapters] == [("theirs", "json")]


# Shows


def test_a_shows_own_settings_win_and_come_with_the_queue(
    make: Make, episodes: list[Episode], store: Store, clock: Clock
) -> None:
    playback = make(speed=1.2)
    store.library.save_show_settings(
        episodes[3].show_id, ShowSettings(speed=2.0, skip_intro_s=30, voice_boost=True, smart_speed=False)
    )
    store.library.enqueue(episodes[3].id)
    store.library.enqueue(episodes[1].id)
    playback.start(episodes[0], LENGTH_S - 3, silent=True)
    assert (playback.state.speed, playback.now.voice_boost) == (1.2, False)
    assert playback.now.up_next == "Dan"
    lasts(playback, clock, 3)
    assert playback.episode
    assert playback.episode.title == "Dan"
    assert playback.state.speed == 2.0
    assert playback.now.voice_boost
    assert 30 <= at(playback) < 33, "the intro was not skipped"
    playback.change_speed(0.5)
    assert store.library.show_settings(episodes[3].show_id).speed == 2.5
    assert playback.next_episode()
    assert playback.state.speed == 1.2
    playback.change_speed(0.3)
    assert store.library.show_settings(episodes[1].show_id).speed is None
    playback.set_loudness("dynaudnorm", for_show=True)
    assert store.library.show_settings(episodes[1].show_id) == ShowSettings(loudness="dynaudnorm")
    playback.start(episodes[3], silent=True)
    assert (playback.state.speed, playback.now.loudness) == (2.5, "off")
    playback.start(episodes[2], silent=True, speed=3.0)
    assert playback.state.speed == 3.0
    playback.start(episodes[3], silent=True)
    assert playback.state.speed == 2.5
    playback.start(episodes[3], silent=True, speed=1.1)
    assert (playback.state.speed, store.library.show_settings(episodes[3].show_id).speed) == (1.1, 2.5)


def test_settings_of_a_show_changed_elsewhere_apply_at_once(
    playback: PlaybackService, episodes: list[Episode], clock: Clock
) -> None:
    playback.start(episodes[0], silent=True)
    with open_store() as other:
        other.library.save_show_settings(episodes[0].show_id, ShowSettings(speed=1.7))
    lasts(playback, clock, 1.5)
    assert playback.state.speed == 1.7


def test_the_outro_ends_an_episode_unless_one_goes_there(
    playback: PlaybackService, episodes: list[Episode], store: Store, clock: Clock
) -> None:
    store.library.save_show_settings(episodes[0].show_id, ShowSettings(skip_outro_s=100))
    playback.start(episodes[0], 550.0, silent=True)
    lasts(playback, clock, 10)
    assert not playback.state.ended, "the listener wanted to hear the outro"
    playback.seek_to(495.0)
    lasts(playback, clock, 10)
    assert playback.state.ended
    fresh = store.library.episode(episodes[0].id)
    assert fresh
    assert fresh.finished
    assert playback.listened(1).saved_skips_s == pytest.approx(100, abs=1)


# Smart speed


def test_gaps_are_jumped_over_and_counted_as_saved(
    playback: PlaybackService, episodes: list[Episode], store: Store, clock: Clock
) -> None:
    store.listening.save_gaps(episodes[0].audio_sha256, [(10.0, 14.0), (20.0, 20.3), (30.0, 32.0)])
    playback.start(episodes[0], 5.0, silent=True)
    lasts(playback, clock, 7)
    assert at(playback) == pytest.approx(12, abs=0.3)
    playback.seek_to(5.0)
    playback.set_smart_speed(True)
    assert playback.now.smart_speed
    lasts(playback, clock, 26)
    assert at(playback) == pytest.approx(31 + 3.7 + 1.6, abs=0.6)
    saved = playback.now.saved_s
    assert saved == pytest.approx(5.2, abs=0.7)
    assert not playback.undo_seek() or at(playback) == pytest.approx(12, abs=0.3), "a gap is no jump of the listener's"
    playback.stop()
    assert playback.listened(1).saved_gaps_s == pytest.approx(saved)
    assert store.listening.heard(episodes[0].id)[0][0] == 5.0
    assert len(store.listening.heard(episodes[0].id)) == 1, "silence that was left out is no hole"


def test_gaps_between_words_serve_until_somebody_measures(
    playback: PlaybackService, episodes: list[Episode], store: Store, clock: Clock
) -> None:
    words = (Word(10, 11, "one"), Word(13, 14, "two"), Word(14.1, 15, "three"), Word(100, 101, "four"))
    transcript = store.insights.begin(
        episodes[0].id, audio_sha256=episodes[0].audio_sha256, source="whisper", model="m", decode_version="1"
    )
    store.insights.add_segments(transcript.id, [Segment(10, 101, "one two three four", words=words)])
    store.insights.finish(transcript.id, [])
    playback.start(episodes[0], 10.5, silent=True)
    playback.set_smart_speed(True)
    lasts(playback, clock, 3)
    assert at(playback) == pytest.approx(10.5 + 3 + 1.6, abs=0.4)
    playback.seek_to(50.0)
    lasts(playback, clock, 2)
    assert at(playback) == pytest.approx(52, abs=0.3), "music was taken for a gap"
    store.listening.save_gaps(episodes[0].audio_sha256, [(54.0, 60.0)])
    lasts(playback, clock, 4)
    assert at(playback) > 59


# Queue


def test_the_queue_goes_on_and_what_was_heard_leaves_it(
    playback: PlaybackService, episodes: list[Episode], store: Store, clock: Clock
) -> None:
    for episode in episodes[:3]:
        store.library.enqueue(episode.id)
    playback.start(episodes[0], LENGTH_S - 1, silent=True)
    assert playback.in_queue()
    lasts(playback, clock, 2)
    assert playback.episode
    assert playback.episode.id == episodes[1].id
    fresh = store.library.episode(episodes[0].id)
    assert fresh
    assert (fresh.finished, fresh.triage) == (True, "done")
    assert [episode.id for episode in store.library.queue()] == [episodes[1].id, episodes[2].id]
    playback.seek_to(LENGTH_S - 1)
    lasts(playback, clock, 2)
    assert playback.episode.id == episodes[2].id
    playback.seek_to(LENGTH_S - 1)
    lasts(playback, clock, 2)
    assert playback.state.ended
    assert store.library.queue() == []
    lasts(playback, clock, 5)
    assert playback.episode.id == episodes[2].id


def test_without_advance_it_stays_at_the_end(
    playback: PlaybackService, episodes: list[Episode], store: Store, clock: Clock
) -> None:
    store.library.enqueue(episodes[1].id)
    playback.advance = False
    playback.start(episodes[0], LENGTH_S - 1, silent=True)
    lasts(playback, clock, 3)
    assert playback.state.ended
    assert playback.episode
    assert playback.episode.id == episodes[0].id


def test_what_cannot_be_played_is_told_and_skipped_once(
    playback: PlaybackService, episodes: list[Episode], store: Store, clock: Clock, tmp_path: Path
) -> None:
    gone = tone(tmp_path / "gone.wav", 5)
    lost = store.library.put_on_shelf("file", gone.as_uri())
    gone.unlink()
    store.library.enqueue(lost)
    store.library.enqueue(episodes[1].id)
    playback.start(episodes[0], LENGTH_S - 1, silent=True)
    lasts(playback, clock, 2)
    assert playback.episode
    assert playback.episode.id == episodes[1].id
    told = playback.take_notices()
    assert len(told) == 1
    assert told[0].startswith("“gone” was skipped: The file ")
    assert playback.take_notices() == []
    playback.seek_to(LENGTH_S - 1)
    lasts(playback, clock, 5)
    assert playback.state.ended
    assert playback.take_notices() == [], "it was tried again"
    assert [episode.id for episode in store.library.queue()] == [lost], "it is the listener who throws it away"


def test_a_queue_of_bad_audio_is_no_endless_loop(
    make: Make, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = store.library.episode(store.library.put_on_shelf("file", tone(tmp_path / "good.wav", 30).as_uri()))
    assert good
    monkeypatch.setenv("PODCLI_AO", "null")
    for name in ("x", "y", "z"):
        bad = tmp_path / f"{name}.mp3"
        bad.write_bytes(b"<html>" * 500)
        store.library.enqueue(store.library.put_on_shelf("file", bad.as_uri()))
    playback = make()
    playback.start(good, 29.5)
    told: list[str] = []

    def all_told() -> bool:
        playback.tick()
        told.extend(playback.take_notices())
        return len(told) >= 2 and playback.problem

    until(all_told)
    for _ in range(20):
        playback.tick()
        time.sleep(0.02)
    assert playback.take_notices() == []
    assert [words[:5] for words in told] == ["“x” w", "“y” w"]
    assert playback.problem.startswith("z.mp3 does not hold audio")


def test_next_and_previous(playback: PlaybackService, episodes: list[Episode], store: Store, clock: Clock) -> None:
    assert not playback.next_episode()
    for episode in episodes[1:3]:
        store.library.enqueue(episode.id)
    playback.start(episodes[0], 100.0, silent=True)
    lasts(playback, clock, 1)
    assert playback.next_episode()
    assert playback.episode
    assert playback.episode.id == episodes[1].id
    assert playback.next_episode()
    assert playback.episode.id == episodes[2].id
    assert not playback.next_episode()
    assert playback.episode.id == episodes[2].id
    assert len(store.library.queue()) == 2, "skipped is not heard"
    playback.previous_episode()
    assert playback.episode.id == episodes[1].id
    playback.previous_episode()
    assert playback.episode.id == episodes[0].id
    assert at(playback) == pytest.approx(98, abs=0.5)
    playback.previous_episode()
    assert playback.episode.id == episodes[0].id
    assert at(playback) < 0.5
    assert playback.undo_seek()


# Sleep


def test_sleep_after_minutes_fades_pauses_and_goes_back_to_where_it_began(
    make: Make, episodes: list[Episode], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    playback = make(sleep_fade_s=10.0)
    playback.start(episodes[0], 100.0, silent=True)
    factors: list[float] = []
    monkeypatch.setattr("podcli.player.silent.SilentPlayer.set_fade", lambda _self, factor: factors.append(factor))
    playback.set_sleep("minutes", 0.5)
    sleep = playback.now.sleep
    assert sleep
    assert (sleep.kind, sleep.left_s) == ("minutes", 30)
    lasts(playback, clock, 15)
    assert factors == []
    playback.toggle()
    lasts(playback, clock, 8)  # pauses do not count
    playback.toggle()
    lasts(playback, clock, 16)
    assert playback.state.paused
    assert at(playback) == pytest.approx(120, abs=1)
    assert factors[-1] == 1.0
    assert factors[:-1] == sorted(factors[:-1], reverse=True)
    assert factors[-2] < 0.05
    assert playback.now.sleep is None


def test_a_timer_called_off_while_it_fades_brings_the_sound_back(
    make: Make, episodes: list[Episode], clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    playback = make(sleep_fade_s=10.0)
    playback.start(episodes[0], 100.0, silent=True)
    factors: list[float] = []
    monkeypatch.setattr("podcli.player.silent.SilentPlayer.set_fade", lambda _self, factor: factors.append(factor))
    playback.set_sleep("minutes", 0.2)
    lasts(playback, clock, 8)
    assert 0 < factors[-1] < 1
    playback.set_sleep(None)
    assert factors[-1] == 1
    lasts(playback, clock, 10)
    assert not playback.state.paused
    assert at(playback) == pytest.approx(118, abs=1)


def test_minutes_outlast_an_episode_and_its_end_does_not(make: Make, episodes: list[Episode], store: Store, clock: Clock) -> None:
    playback = make(sleep_fade_s=2.0)
    for episode in episodes[1:3]:
        store.library.enqueue(episode.id)
    playback.start(episodes[0], LENGTH_S - 5, silent=True)
    playback.set_sleep("minutes", 0.25)
    lasts(playback, clock, 6)
    assert playback.episode
    assert playback.episode.id == episodes[1].id
    assert playback.now.sleep
    lasts(playback, clock, 10)
    assert playback.state.paused
    playback.start(episodes[1], LENGTH_S - 5, silent=True)
    playback.set_sleep("episode")
    assert playback.now.sleep
    assert playback.now.sleep.left_s == pytest.approx(5, abs=0.2)
    lasts(playback, clock, 8)
    assert playback.episode.id == episodes[1].id
    assert playback.state.ended
    assert playback.now.sleep is None
    assert [episode.id for episode in store.library.queue()] == [episodes[2].id]


def test_sleep_at_the_end_of_a_chapter(make: Make, episodes: list[Episode], store: Store, clock: Clock) -> None:
    playback = make(sleep_fade_s=2.0)
    playback.start(episodes[0], 90.0, silent=True)
    with pytest.raises(UsageError, match="no chapters"):
        playback.set_sleep("chapter")
    store.library.save_chapters(episodes[0].id, "feed", [Chapter(0, 100, "one"), Chapter(100, None, "two")])
    lasts(playback, clock, 1.5)
    playback.set_sleep("chapter")
    lasts(playback, clock, 12)
    assert playback.state.paused
    assert at(playback) == pytest.approx(98, abs=0.5)


# What is counted and kept


def test_time_heard_and_saved_is_counted_by_day_and_show(
    playback: PlaybackService, episodes: list[Episode], store: Store, clock: Clock
) -> None:
    playback.start(episodes[0], 100.0, silent=True)
    playback.set_speed(2.0)
    lasts(playback, clock, 30)
    playback.toggle()
    lasts(playback, clock, 30)
    playback.start(episodes[3], silent=True)
    playback.set_speed(1.0)
    lasts(playback, clock, 10)
    playback.stop()
    total = playback.listened(1)
    assert total.heard_s == pytest.approx(70, abs=1)
    assert total.wall_s == pytest.approx(40, abs=1)
    assert total.saved_speed_s == pytest.approx(30, abs=1)
    assert [(title, round(sums.heard_s)) for title, sums in playback.listened_by_show()] == [("A show", 60), ("Other", 10)]
    assert [day for day, _ in store.listening.listened_by_day()] == [date.today().isoformat()]
    store.listening.add_listened("2001-01-01", episodes[0].show_id, Listened(heard_s=1000))
    assert playback.listened(30).heard_s == pytest.approx(70, abs=1)


def test_heard_stretches_are_kept_merged(playback: PlaybackService, episodes: list[Episode], store: Store, clock: Clock) -> None:
    playback.start(episodes[0], 100.0, silent=True)
    lasts(playback, clock, 10)
    playback.seek_to(300)
    lasts(playback, clock, 5)
    playback.seek_to(105)
    lasts(playback, clock, 10)
    playback.seek_to(500)
    playback.stop()
    heard = store.listening.heard(episodes[0].id)
    assert [(round(start), round(end)) for start, end in heard] == [(100, 115), (300, 305)]
    playback.start(episodes[0], 114.0, silent=True)
    lasts(playback, clock, 6)
    assert [(round(start), round(end)) for start, end in playback.now.heard] == [(100, 120), (300, 305)]


def test_the_journal_is_never_older_than_four_seconds_of_time_or_audio(
    playback: PlaybackService, episodes: list[Episode], store: Store, clock: Clock
) -> None:
    for speed in (0.5, 1.0, 4.0):
        playback.start(episodes[0], 50.0, silent=True)
        playback.set_speed(speed)
        lasts(playback, clock, 1.5)
        for _ in range(80):
            lasts(playback, clock, 0.25)
            fresh = store.library.episode(episodes[0].id)
            assert fresh
            assert at(playback) - fresh.position_s <= 4.0 + 0.25 * speed + 0.1


def test_a_late_event_never_overwrites_a_position(
    playback: PlaybackService, episodes: list[Episode], store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    playback.start(episodes[0], 300.0, silent=True)
    lasts(playback, clock, 5)
    lies = [
        PlayerState(episode_id=episodes[0].id, position_s=0.0, duration_s=LENGTH_S, paused=False),
        PlayerState(episode_id=episodes[1].id, position_s=444.0, duration_s=LENGTH_S, paused=False),
        PlayerState(episode_id=None, position_s=0.0),
    ]
    for lie in lies:
        with monkeypatch.context() as patch:
            patch.setattr(type(playback._deck), "state", property(lambda _self, lie=lie: lie))
            lasts(playback, clock, 10)
            playback.save()
            playback.set_paused(False)
        fresh = store.library.episode(episodes[0].id)
        assert fresh
        assert fresh.position_s > 300
    other = store.library.episode(episodes[1].id)
    assert other
    assert other.position_s == 0
    playback.seek_to(0)  # asked for, it is kept
    fresh = store.library.episode(episodes[0].id)
    assert fresh
    assert fresh.position_s < 5


# What others see


def test_the_row_tells_what_plays(playback: PlaybackService, episodes: list[Episode], store: Store, clock: Clock) -> None:
    assert playback.status() == {"status": "stopped"}
    store.library.enqueue(episodes[1].id)
    playback.start(episodes[0], 100.0, silent=True)
    playback.set_speed(2.0)
    playback.set_sleep("minutes", 20)
    said = playback.status()
    assert (said["status"], said["episode"], said["title"], said["show"]) == ("playing", episodes[0].id, "Ann", "A show")
    assert (said["speed"], said["duration"], said["up_next"], said["paused"]) == (2.0, LENGTH_S, "Bob", False)
    assert said["sleep"]["kind"] == "minutes"
    assert "at" not in said
    playback.toggle()
    assert playback.status()["status"] == "paused"
    playback.stop()
    assert playback.status() == {"status": "stopped"}


def test_a_row_of_a_process_that_is_gone_says_nothing(playback: PlaybackService, episodes: list[Episode], store: Store) -> None:
    from podcli.store.listening import Playing

    store.listening.save_playing(Playing(999_999, episodes[0].id, {"at": 0.0, "position": 1.0}))
    assert playback.status() == {"status": "stopped"}


def test_a_look_from_the_same_process_does_not_drop_the_lock(
    playback: PlaybackService, make: Make, episodes: list[Episode], podcli: Podcli
) -> None:
    playback.start(episodes[0], silent=True)
    other = make()
    assert other.status()["status"] == "playing"
    other.close()
    done = podcli("play", episodes[0].id, "--silent")
    assert done.returncode == 1
    assert f"already open in another podcli (process {os.getpid()})" in done.stderr
    playback.stop()
    assert podcli("play", "--status").stdout == "Nothing plays.\n"


def test_an_episode_that_is_purged_while_it_plays(
    playback: PlaybackService, episodes: list[Episode], store: Store, clock: Clock
) -> None:
    playback.start(episodes[3], silent=True)
    store.library.remove_show(episodes[3].show_id)
    lasts(playback, clock, 5)
    store.library.purge_removed(keep_days=-1)
    assert store.library.episode(episodes[3].id) is None
    lasts(playback, clock, 10)
    playback.toggle()
    playback.stop()


def test_the_sound_device_is_opened_anew_after_the_machine_slept(
    playback: PlaybackService, episodes: list[Episode], monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed: list[bool] = []
    monkeypatch.setattr("podcli.player.silent.SilentPlayer.renew_output", lambda _self: renewed.append(True))
    playback.start(episodes[0], silent=True)
    for _ in range(3):
        playback.tick()
    assert renewed == []
    awake = time.time
    monkeypatch.setattr("time.time", lambda: awake() + 3600)
    for _ in range(3):
        playback.tick()
    assert renewed == [True]


def test_volume_and_mute(playback: PlaybackService, episodes: list[Episode]) -> None:
    playback.set_volume(50)
    playback.toggle_mute()
    playback.start(episodes[0], silent=True)
    assert (playback.state.volume, playback.state.muted) == (50, True)
    playback.change_volume(-5)
    assert (playback.state.volume, playback.state.muted) == (45, True)
    playback.change_volume(5)
    assert (playback.state.volume, playback.state.muted) == (50, False)
    assert [device.name for device in playback.devices()] == ["auto"]


def test_everything_is_harmless_when_nothing_is_loaded(playback: PlaybackService) -> None:
    playback.set_speed(9)
    assert playback.state.speed == 4.0
    assert not playback.undo_seek()
    assert not playback.next_chapter()
    assert not playback.previous_chapter()
    playback.previous_episode()
    playback.set_sleep("minutes", 5)
    playback.set_sleep("off")
    playback.tick()
    assert playback.now.episode is None
    with pytest.raises(UsageError):
        playback.set_loudness("loud")  # type: ignore[arg-type]
