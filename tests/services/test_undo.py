"""Every act of the listener, and that undo brings back exactly what was, from any podcli."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from podcli import paths
from podcli.domain import Episode, EpisodeId, ShowSettings
from podcli.errors import PodcliError, UsageError
from podcli.services import Services, open_services
from podcli.store import open_store
from podcli.store.listening import Playing
from tests.store.examples import URL, feed, item


@pytest.fixture
def services() -> Iterator[Services]:
    with open_services() as opened:
        yield opened


@pytest.fixture
def ids(services: Services) -> list[EpisodeId]:
    """Eight episodes of one show, newest first; the first four in the inbox, the fourth half heard."""
    made = [item(str(n), published=datetime(2026, 1, 20 - n, tzinfo=UTC), duration_s=1000.0) for n in range(8)]
    services.store.library.save_feed(feed(*made), url=URL)
    ids = [episode.id for episode in services.library.episodes()]
    services.store.library.triage(ids[:4], "inbox")
    services.store.library.save_position(ids[3], 400.0)
    services.store.library.save_position(ids[7], 400.0, finished=True)
    first = services.store.jobs.enqueue("download", episode_id=ids[0], title="Ended")
    second = services.store.jobs.enqueue("transcribe", episode_id=ids[0], title="Ended too", after=first.id)
    services.store.jobs.fail(first.id, "The disk is full.", "Make room.")
    services.store.jobs.end(second.id, "cancelled")
    return ids


@pytest.fixture
def downloads(services: Services, ids: list[EpisodeId]) -> list[Path]:
    """Audio of the first three episodes."""
    folder = paths.audio() / "show-1"
    folder.mkdir(parents=True)
    files = [folder / f"{episode_id}-x.mp3" for episode_id in ids[:3]]
    for episode_id, file in zip(ids, files, strict=False):
        file.write_bytes(b"audio")
        services.store.library.save_file(episode_id, path=str(file), sha256=str(episode_id) * 64, bytes=5)
    return files


def state(services: Services) -> list[object]:
    """All that these acts can change."""
    return [services.library.shows(), services.library.episodes(), [e.id for e in services.queue.episodes()],
            services.jobs.recent(), services.store.cards.show_settings(),
            sorted(str(path) for path in paths.audio().rglob("*.mp3"))]  # fmt: skip


ACTS: dict[str, tuple[Callable[[Services, list[EpisodeId]], object], str]] = {
    "archive": (lambda s, ids: s.library.archive(ids[:2]), "Archived 2 episodes"),
    "archive mixed": (lambda s, ids: s.library.archive(ids), "Archived 4 episodes"),
    "later": (lambda s, ids: s.library.later(ids[3:5]), "Kept 2 episodes for later"),
    "inbox": (lambda s, ids: s.library.to_inbox(ids[5:6]), "Put “Episode 5” into the inbox"),
    "heard": (lambda s, ids: s.library.mark_heard(ids[2:5], True), "Marked 3 episodes heard"),
    "heard already": (lambda s, ids: s.library.mark_heard(ids[6:], True), "Marked “Episode 6” heard"),
    "heard queued": (lambda s, ids: s.library.mark_heard([ids[5]]), "Marked “Episode 5” heard"),
    "all heard": (lambda s, ids: s.library.mark_all_heard(s.library.show("A show").id), "Marked 7 episodes of A show heard"),
    "everything heard": (lambda s, ids: s.library.mark_all_heard(), "Marked 7 episodes heard"),
    "add": (lambda s, ids: s.queue.add([ids[0], ids[6], ids[1]]), "Queued 2 episodes"),
    "next": (lambda s, ids: s.queue.play_next([ids[0], ids[7]]), "Put 2 episodes next in the queue"),
    "remove": (lambda s, ids: s.queue.remove([ids[5], ids[7]]), "Took 2 episodes out of the queue"),
    "move": (lambda s, ids: s.queue.move(ids[7], -2), "Moved “Episode 7” in the queue"),
    "clear": (lambda s, ids: s.queue.clear(), "Emptied the queue of 4 episodes"),
    "delete": (lambda s, ids: s.library.delete_audio(ids[:2]), "Deleted the audio of 2 episodes"),
    "show settings": (
        lambda s, ids: s.library.set_show_settings(s.library.show("A show").id, ShowSettings(speed=2.0)),
        "Changed how A show is played",
    ),
    "clear work": (lambda s, ids: s.jobs.clear(), "Cleared 2 pieces of work"),
    "remove show": (lambda s, ids: s.library.remove(s.library.show("A show")), "Removed A show"),
}


@pytest.mark.parametrize("name", ACTS)
def test_every_act_is_one_entry_and_undo_brings_back_exactly_what_was(
    name: str, services: Services, ids: list[EpisodeId], downloads: list[Path]
) -> None:
    services.store.library.place([ids[4], ids[5], ids[7], ids[6]] if name != "add" else [ids[0], ids[5]])
    before = state(services)
    act, label = ACTS[name]
    act(services, ids)
    assert state(services) != before
    with open_services() as other:  # another podcli, later
        last = other.undo.last()
        assert last is not None and last.label == label and len(other.undo.list()) == 1
        assert other.undo.undo() == label
    assert state(services) == before
    assert services.undo.last() is None and services.store.check() == "ok"
    with pytest.raises(UsageError, match="nothing to undo"):
        services.undo.undo()


NOTHING: dict[str, Callable[[Services, list[EpisodeId]], object]] = {
    "archive": lambda s, ids: s.library.archive(ids[4:]),
    "inbox": lambda s, ids: s.library.to_inbox(ids[:4]),
    "unheard": lambda s, ids: s.library.mark_heard(ids[:7], False),
    "remove": lambda s, ids: s.queue.remove(ids),
    "clear": lambda s, ids: s.queue.clear(),
    "settings": lambda s, ids: s.library.set_show_settings(s.library.show("A show").id, ShowSettings()),
    "dealt with": lambda s, ids: s.library.dealt_with(ids),
}


@pytest.mark.parametrize("name", NOTHING)
def test_what_changes_nothing_or_is_no_decision_leaves_nothing_to_undo(
    name: str, services: Services, ids: list[EpisodeId]
) -> None:
    NOTHING[name](services, ids)
    assert services.undo.last() is None


def test_everything_can_be_undone_one_after_the_other(services: Services, ids: list[EpisodeId], downloads: list[Path]) -> None:
    services.store.library.place(ids[4:])
    states = []
    for name in ("archive", "add", "later", "move", "delete", "show settings", "next", "remove", "heard", "clear", "all heard",
                 "inbox", "remove show"):  # fmt: skip
        states.append(state(services))
        ACTS[name][0](services, ids)
        assert state(services) != states[-1], name
    for before in reversed(states):
        services.undo.undo()
        assert state(services) == before
    assert services.undo.last() is None


def test_what_is_queued_or_heard_leaves_the_inbox(services: Services, ids: list[EpisodeId]) -> None:
    services.queue.add(ids[:1])
    services.queue.play_next(ids[1:2])
    services.library.mark_heard(ids[2:3])
    services.library.dealt_with(ids[3:4])
    assert {services.library.episode(each).triage for each in ids} == {"done"}


def test_moves_in_a_row_are_undone_as_one(services: Services, ids: list[EpisodeId]) -> None:
    services.store.library.place(ids)
    assert [services.queue.move(ids[7], -1) for _ in range(3)] == [7, 6, 5]
    assert services.queue.move(ids[0], -1) == 1
    assert services.queue.move(ids[0], 100) == 8
    services.undo.undo()
    assert services.queue.episodes()[4].id == ids[7]
    services.undo.undo()
    assert [episode.id for episode in services.queue.episodes()] == ids
    with pytest.raises(UsageError, match="not in the queue"):
        services.queue.remove(ids[:1])
        services.queue.move(ids[0], 1)


def test_what_was_queued_or_heard_since_is_not_disturbed_by_an_undo(services: Services, ids: list[EpisodeId]) -> None:
    services.store.library.place(ids[:4])
    services.queue.clear()
    services.store.library.enqueue(ids[6])
    services.undo.undo()
    assert [episode.id for episode in services.queue.episodes()] == [*ids[:4], ids[6]]
    services.queue.add(ids[5:6])
    services.store.library.dequeue(ids[0])  # it played to its end
    services.undo.undo()
    assert [episode.id for episode in services.queue.episodes()] == [*ids[1:4], ids[6]]


def test_next_is_behind_what_plays(services: Services, ids: list[EpisodeId]) -> None:
    import os

    services.store.library.place(ids[:3])
    services.store.listening.save_playing(Playing(os.getpid(), ids[1], {}))
    services.queue.play_next([ids[5], ids[1], ids[0]])
    assert [episode.id for episode in services.queue.episodes()] == [ids[1], ids[5], ids[0], ids[2]]
    services.store.listening.save_playing(Playing(2**22 + 1, ids[1], {}))  # its process is gone
    services.queue.play_next([ids[6]])
    assert services.queue.episodes()[0].id == ids[6]


def test_what_comes_next(services: Services, ids: list[EpisodeId]) -> None:
    def after(episode_id: EpisodeId) -> EpisodeId | None:
        found = services.queue.next_after(episode_id)
        return found.id if found else None

    assert after(ids[0]) is None
    services.store.library.place(ids[:3])
    assert [after(each) for each in (*ids[:3], ids[7])] == [ids[1], ids[2], None, ids[0]]


def test_deleted_audio_waits_in_the_trash_unless_it_is_for_good(
    services: Services, ids: list[EpisodeId], downloads: list[Path]
) -> None:
    assert services.library.delete_audio(ids[:1]) == 1
    assert not downloads[0].exists() and len(list(paths.trash().iterdir())) == 1
    assert services.library.episode(ids[0]).audio_path == ""
    assert services.library.delete_audio(ids[1:3], for_good=True) == 2
    assert len(list(paths.trash().iterdir())) == 1 and len(services.undo.list()) == 1


def test_a_file_of_the_listener_is_never_deleted(services: Services, tmp_path: Path) -> None:
    audio = tmp_path / "talk.mp3"
    audio.write_bytes(b"x")
    episode = services.library.resolve(str(audio))
    assert isinstance(episode, Episode)
    with pytest.raises(UsageError, match="no downloaded audio"):
        services.library.delete_audio([episode.id])
    services.store.library.save_file(episode.id, path=str(audio), sha256="0", bytes=1, ours=False)
    with pytest.raises(UsageError, match="file of yours"):
        services.library.delete_audio([episode.id])
    services.library.remove(services.library.show("Files"))
    services.store.library.purge_removed(keep_days=-1)
    assert audio.exists()


def test_a_deletion_that_fails_half_way_is_none(services: Services, ids: list[EpisodeId], downloads: list[Path]) -> None:
    before = state(services)
    shelf = paths.make_private(paths.trash())
    downloads[2].unlink()
    shelf.rmdir()
    shelf.write_bytes(b"in the way")
    with pytest.raises((PodcliError, OSError)):
        services.library.delete_audio(ids[:2])
    assert state(services)[:4] == before[:4] and downloads[0].exists() and downloads[1].exists()
    assert services.undo.last() is None


def test_what_was_downloaded_again_or_thrown_away_meanwhile(
    services: Services, ids: list[EpisodeId], downloads: list[Path]
) -> None:
    services.library.delete_audio(ids[:1])
    downloads[0].write_bytes(b"newer")
    services.store.library.save_file(ids[0], path=str(downloads[0]), sha256="n" * 64, bytes=5)
    services.undo.undo()
    assert downloads[0].read_bytes() == b"newer" and services.library.episode(ids[0]).audio_sha256 == "n" * 64
    services.library.delete_audio(ids[1:2])
    for file in paths.trash().iterdir():
        file.unlink()
    assert "gone for good" in services.undo.undo()
    assert services.library.episode(ids[1]).audio_path == ""
    services.library.remove(services.library.show("A show"))
    services.store.library.purge_removed(keep_days=-1)
    assert "gone for good" in services.undo.undo()


def test_what_a_newer_podcli_did_is_left_alone(services: Services, ids: list[EpisodeId]) -> None:
    services.store.undo.push("Did something new", [{"do": "triage", "was": {"later": ids[:1]}}, {"do": "fly"}])
    with pytest.raises(PodcliError, match="newer podcli"):
        services.undo.undo()
    assert services.undo.last() is not None and services.library.episode(ids[0]).triage == "inbox"


@pytest.mark.parametrize(
    "wrong",
    [ShowSettings(speed=9.0), ShowSettings(speed=0.1), ShowSettings(skip_intro_s=-1.0), ShowSettings(skip_outro_s=1e9),
     ShowSettings(loudness="loud"), ShowSettings(speed=float("nan"))],  # type: ignore[arg-type]
)  # fmt: skip
def test_nobody_can_play_a_show_like_that(wrong: ShowSettings, services: Services, ids: list[EpisodeId]) -> None:
    with pytest.raises(UsageError):
        services.library.set_show_settings(services.library.show("A show").id, wrong)
    assert services.store.cards.show_settings() == {}


def test_five_thousand_at_once_are_one_entry_and_quick(services: Services) -> None:
    services.store.library.save_feed(feed(*[item(str(n)) for n in range(5000)]), url=URL)
    services.store.library.place(services.store.library.unheard_ids()[:1000])
    began = time.perf_counter()
    assert services.library.mark_all_heard() == 5000
    assert services.queue.episodes() == [] and len(services.undo.list()) == 1
    services.undo.undo()
    assert time.perf_counter() - began < 4.0
    assert len(services.store.library.unheard_ids()) == 5000
    with open_store() as store:
        assert len(store.library.queued_ids()) == 1000
