"""Where the listener left off is where it goes on: through pauses, seeks, failures and the end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from podcli.domain import Chapter, Enclosure, Episode, EpisodeId, PlayerState
from podcli.errors import NetworkError, PodcliError
from podcli.services import Services, open_services
from podcli.services.playback import PlaybackService, is_finished
from podcli.services.playback import service as module
from podcli.settings import PlayerSettings, Settings
from tests.loopback import Site
from tests.player.tones import tone, until
from tests.store.examples import URL, feed, item

LENGTH_S = 400.0


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setenv("PODCLI_AO", "null")
    with open_services() as opened:
        yield opened


@pytest.fixture
def playback(services: Services) -> PlaybackService:
    return services.playback


@pytest.fixture
def episode(services: Services, tmp_path: Path) -> Episode:
    """A downloaded episode of 400 s."""
    services.store.library.save_feed(feed(item(duration_s=LENGTH_S)), url=URL)
    found = services.library.episodes()[0]
    path = tone(tmp_path / "audio" / "one.wav", LENGTH_S)
    services.store.library.save_file(found.id, path=str(path), sha256="0" * 64, bytes=path.stat().st_size)
    return services.library.episode(found.id)


def kept(services: Services, episode: Episode) -> tuple[float, bool]:
    fresh = services.library.episode(episode.id)
    return fresh.position_s, fresh.finished


def moves(playback: PlaybackService, seconds: float = 0.7) -> None:
    """Wait until it has played `seconds` from where it is."""
    begin = playback.state.position_s
    until(lambda: playback.state.position_s > begin + seconds or playback.state.ended, str(playback.state))


def test_nothing_is_loaded_before_the_first_start(playback: PlaybackService) -> None:
    assert playback.episode is None
    assert playback.state == PlayerState()
    for verb in (playback.toggle, playback.stop, playback.save, playback.tick, playback.close):
        verb()
    playback.seek_by(10)
    assert playback.state.position_s == 0


@pytest.mark.parametrize("silent", [False, True])
def test_a_pause_keeps_the_place_and_the_next_start_resumes_a_little_before(
    services: Services, playback: PlaybackService, episode: Episode, silent: bool
) -> None:
    playback.start(episode, start_s=100.0, silent=silent)
    assert playback.episode is not None
    assert playback.episode.id == episode.id
    moves(playback)
    playback.toggle()
    assert playback.state.paused
    at, finished = kept(services, episode)
    assert 100.5 < at < 110
    assert not finished
    playback.close()
    playback.start(services.library.episode(episode.id), silent=silent, paused=True)
    assert playback.state.position_s == pytest.approx(at - 3.0, abs=0.1)
    time.sleep(0.3)
    playback.close()
    assert kept(services, episode)[0] == at, "looking at an episode moved its place"


def test_the_place_before_the_start_is_the_start(services: Services, playback: PlaybackService, episode: Episode) -> None:
    services.store.library.save_position(episode.id, 1.5)
    playback.start(episode, silent=True, paused=True)
    assert playback.state.position_s == 0.0


def test_an_episode_object_may_be_old(services: Services, playback: PlaybackService, episode: Episode) -> None:
    services.store.library.save_position(episode.id, 200.0)
    assert episode.position_s == 0
    playback.start(episode, silent=True, paused=True)
    assert playback.state.position_s == 197.0


def test_a_mark_set_by_hand_while_it_plays_stays(services: Services, playback: PlaybackService, episode: Episode) -> None:
    playback.start(episode, start_s=50.0)
    services.library.mark_heard([episode.id])
    playback.seek_to(120)
    assert kept(services, episode) == (pytest.approx(120, abs=1), True)
    services.library.mark_heard([episode.id], False)
    playback.seek_to(140)
    assert kept(services, episode) == (pytest.approx(140, abs=1), False)


def test_seeking_keeps_the_place_at_once(services: Services, playback: PlaybackService, episode: Episode) -> None:
    playback.start(episode, start_s=50.0)
    playback.seek_by(30)
    assert kept(services, episode)[0] == pytest.approx(80, abs=2)
    playback.seek_by(-1000)
    assert kept(services, episode)[0] == pytest.approx(0, abs=1)
    playback.seek_to(250)
    assert kept(services, episode)[0] == pytest.approx(250, abs=1)
    until(lambda: playback.state.position_s > 250.3)


def test_ticking_saves_every_four_seconds(
    services: Services, playback: PlaybackService, episode: Episode, monkeypatch: pytest.MonkeyPatch
) -> None:
    playback.start(episode, start_s=10.0)
    playback.tick()
    assert kept(services, episode)[0] == 0.0
    moves(playback)
    playback.tick()
    first = kept(services, episode)[0]
    assert first > 10.5
    moves(playback)
    playback.tick()
    assert kept(services, episode)[0] == first
    now = time.monotonic
    monkeypatch.setattr(module.time, "monotonic", lambda: now() + 3.6)
    playback.tick()
    assert kept(services, episode)[0] > first + 0.5


def test_stopping_and_closing_keep_the_place(services: Services, playback: PlaybackService, episode: Episode) -> None:
    playback.start(episode, start_s=20.0)
    moves(playback)
    playback.stop()
    assert playback.episode is None
    first = kept(services, episode)[0]
    assert first > 20.5
    playback.start(episode, start_s=60.0)
    moves(playback)
    services.close()
    with open_services() as again:
        assert again.library.episode(episode.id).position_s > 60.5


def test_another_episode_first_keeps_the_place_of_the_one_before(
    services: Services, playback: PlaybackService, episode: Episode, tmp_path: Path
) -> None:
    other = services.library.episode(services.store.library.put_on_shelf("file", tone(tmp_path / "b.wav", 30).as_uri()))
    playback.start(episode, start_s=300.0)
    moves(playback)
    playback.start(other)
    assert kept(services, episode)[0] > 300.5
    moves(playback)
    playback.save()
    assert kept(services, other)[0] < 10
    assert services.library.episode(other.id).duration_s == pytest.approx(30.0)


def test_the_end_marks_it_finished_and_the_next_start_is_over(
    services: Services, playback: PlaybackService, episode: Episode
) -> None:
    playback.start(episode, start_s=LENGTH_S - 1)
    until(lambda: playback.state.ended)
    playback.tick()
    assert kept(services, episode)[1]
    playback.start(episode, paused=True)
    assert playback.state.position_s == 0
    playback.close()
    assert kept(services, episode)[1], "opening a finished episode and leaving again is not listening to it"
    playback.start(episode)
    moves(playback)
    playback.close()
    at, finished = kept(services, episode)
    assert at > 0.5
    assert not finished


def test_toggle_at_the_end_starts_over(playback: PlaybackService, episode: Episode) -> None:
    playback.start(episode, start_s=LENGTH_S - 0.5)
    until(lambda: playback.state.ended)
    playback.toggle()
    until(lambda: 0.2 < playback.state.position_s < 60)
    assert not playback.state.paused


@pytest.mark.parametrize(
    ("position", "duration", "finished"),
    [
        (3571, 3600, True), (3520, 3600, False), (3530, 3600, True), (7079, 7200, True), (7050, 7200, False),
        (569, 600, False), (571, 600, True), (30, 40, False), (37, 40, True), (100, None, False), (0, 0, False),
    ],
)  # fmt: skip
def test_what_counts_as_finished(position: float, duration: float | None, finished: bool) -> None:
    """The last 30 s or 2 %, and of what is shorter than five minutes the last tenth."""
    assert is_finished(PlayerState(position_s=position, duration_s=duration)) is finished


def test_ended_is_finished_whatever_the_feed_said_of_its_length() -> None:
    assert is_finished(PlayerState(position_s=100, duration_s=3600, ended=True))


def test_a_wrong_length_in_the_feed_does_not_cut_the_place(
    services: Services, playback: PlaybackService, episode: Episode
) -> None:
    services.store.library.set_duration(episode.id, 60.0)
    services.store.library.save_position(episode.id, 300.0)
    playback.start(episode)
    until(lambda: playback.state.position_s > 297.3)
    assert playback.state.duration_s == pytest.approx(LENGTH_S)
    playback.close()
    assert not kept(services, episode)[1]


def test_speed_and_volume_come_from_the_settings_and_stay(services: Services, episode: Episode) -> None:
    playback = PlaybackService(services.store, Settings(player=PlayerSettings(speed=1.5, volume=70, resume_back_s=0)))
    assert (playback.state.speed, playback.state.volume) == (1.5, 70)
    playback.start(episode, silent=True)
    until(lambda: playback.state.speed == 1.5)
    playback.change_speed(0.1)
    playback.change_speed(0.1)
    assert playback.state.speed == 1.7
    playback.set_volume(40)
    playback.start(episode, silent=False)
    until(lambda: (playback.state.speed, playback.state.volume) == (1.7, 40))
    playback.close()
    assert (playback.state.speed, playback.state.volume) == (1.7, 40)


def test_changes_are_told_from_another_thread_and_no_more_after_closing(playback: PlaybackService, episode: Episode) -> None:
    import threading

    told: list[tuple[str, PlayerState]] = []
    playback.start(episode, on_change=lambda state: told.append((threading.current_thread().name, state)))
    until(lambda: len(told) > 3)
    assert threading.current_thread().name not in {name for name, _ in told}
    playback.close()
    told.clear()
    time.sleep(0.4)
    assert told == []


def test_a_failure_keeps_the_place(services: Services, playback: PlaybackService, episode: Episode) -> None:
    services.store.library.save_position(episode.id, 123.0)
    Path(services.library.episode(episode.id).audio_path).write_bytes(b"<html>" * 1000)
    for _ in range(3):
        playback.start(episode)
        until(lambda: playback.state.problem)
        playback.tick()
        playback.close()
    assert kept(services, episode) == (123.0, False)


def test_a_show_removed_while_it_plays(services: Services, playback: PlaybackService, episode: Episode) -> None:
    playback.start(episode, start_s=5.0)
    moves(playback)
    services.store.library.remove_show(episode.show_id)
    playback.save()
    playback.close()


def shelved(services: Services, url: str, kind: str = "feed", home: str = URL) -> Episode:
    """An episode that is only an address, named by a feed at `home`, or typed by the listener."""
    if kind == "link":
        return services.library.episode(services.store.library.put_on_shelf("link", url))
    services.store.library.save_feed(feed(item("far", enclosure=Enclosure(url)), url=home), url=home)
    return next(found for found in services.library.episodes() if found.guid == "far")


def test_it_streams_when_nothing_is_downloaded(services: Services, playback: PlaybackService, site: Site, tmp_path: Path) -> None:
    url = site.put("/far.wav", tone(tmp_path / "far.wav", 60).read_bytes(), type="audio/wav")
    far = shelved(services, url, home=site.base + "/feed.xml")
    playback.start(far)
    assert playback.streaming
    moves(playback)
    playback.close()
    assert kept(services, far)[0] > 0.5
    assert services.library.episode(far.id).duration_s == pytest.approx(60)


def test_a_file_that_was_deleted_is_streamed_instead(
    services: Services, playback: PlaybackService, site: Site, tmp_path: Path
) -> None:
    url = site.put("/far.wav", tone(tmp_path / "far.wav", 20).read_bytes())
    far = shelved(services, url, "link")
    services.store.library.save_file(far.id, path=str(tmp_path / "gone.wav"), sha256="1" * 64, bytes=1)
    playback.start(far)
    moves(playback, 0.3)
    assert site.asked


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "192.168.1.1", "2130706433", "127.1", "[::1]", "169.254.169.254"])
def test_a_feed_cannot_lead_into_the_listeners_network(services: Services, playback: PlaybackService, host: str) -> None:
    with pytest.raises(NetworkError, match="inside your own network"):
        playback.start(shelved(services, f"http://{host}:9/x.mp3"))


def test_an_address_the_listener_typed_may_be_anywhere(services: Services, playback: PlaybackService) -> None:
    playback.start(shelved(services, "http://127.0.0.1:9/x.mp3", "link"))
    until(lambda: "refused" in playback.state.problem)


def test_audio_that_is_gone(services: Services, playback: PlaybackService, tmp_path: Path) -> None:
    path = tone(tmp_path / "a b.wav", 5)
    local = services.library.episode(services.store.library.put_on_shelf("file", path.as_uri()))
    playback.start(local, silent=True)
    path.unlink()
    with pytest.raises(PodcliError, match="is gone"):
        playback.start(local)
    with pytest.raises(PodcliError, match="no audio"):
        playback.start(shelved(services, ""))
    with pytest.raises(PodcliError, match="no episode 999"):
        playback.start(Episode(EpisodeId(999), "k", local.show_id, "s", "t", "g", Enclosure("")))


def with_chapters(path: Path) -> Path:
    """A minute of FLAC (RFC 9639) whose Vorbis comment names two chapters (CHAPTERxxx)."""
    import av
    import numpy as np

    with av.open(str(path), "w") as container:
        container.metadata.update({"CHAPTER001": "00:00:00.000", "CHAPTER001NAME": "Tea",
                                   "CHAPTER002": "00:00:30.000", "CHAPTER002NAME": "Coffee\x1b[2J"})  # fmt: skip
        stream = container.add_stream("flac", rate=8000, layout="mono")
        for _ in range(60):
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000), np.int16), format="s16", layout="mono")
            frame.rate = 8000
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_chapters_in_the_audio_are_shown_and_kept(services: Services, playback: PlaybackService, tmp_path: Path) -> None:
    file = with_chapters(tmp_path / "chapters.flac")
    episode = services.library.episode(services.store.library.put_on_shelf("file", file.as_uri()))
    services.store.library.save_chapters(episode.id, "podcli", [Chapter(0, None, "ours")])
    playback.start(episode)

    def seen() -> bool:
        playback.tick()
        return [chapter.title for chapter in playback.now.chapters] == ["Tea", "Coffee"]

    until(seen, str(playback.now.chapters))
    assert {chapter.source for chapter in playback.now.chapters} == {"embedded"}
    assert playback.next_chapter()
    assert playback.state.position_s == pytest.approx(30, abs=0.5)
    playback.close()
    assert [chapter.title for chapter in services.insights.chapters(episode.id)] == ["Tea", "Coffee"]
