"""Removing shows and bringing them back; what reaches the inbox; how each show is played."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from podcli.domain import Enclosure, Episode, FeedItem, Sentence, ShowId, ShowSettings
from podcli.store import Store
from podcli.store.passages import Scope
from tests.store.examples import URL, feed, item


def days(*numbers: int) -> list[FeedItem]:
    return [item(str(n), published=datetime(2026, 1, n, tzinfo=UTC)) for n in numbers]


def inbox(store: Store) -> list[str]:
    return sorted(episode.guid for episode in store.library.episodes() if episode.triage == "inbox")


@pytest.fixture
def removed(store: Store, episode: Episode) -> Episode:
    """An episode with all that can hang on it, of a show that was removed."""
    store.library.save_file(episode.id, path="/tmp/x.mp3", sha256="a" * 64, bytes=1)
    made = store.insights.begin(episode.id, audio_sha256="a" * 64, source="whisper", model="m", decode_version="1")
    store.insights.finish(made.id, [Sentence(1, 0.0, 1.0, "Hello there.")])
    store.library.enqueue(episode.id)
    store.library.save_position(episode.id, 12.0)
    store.library.save_show_settings(episode.show_id, ShowSettings(speed=1.5))
    store.library.remove_show(episode.show_id)
    return episode


def seen(store: Store, episode: Episode) -> list[object]:
    """Whatever any query still tells of a show and its episode."""
    library = store.library
    views = [
        store._db.execute(f"select count(*) from {view}").fetchone()[0] for view in ("episode_overview", "takeaway_overview")
    ]
    return [
        *library.shows(), *library.shows(subscribed=False), *library.shows_titled("show"), library.show(episode.show_id),
        library.show_by_url(URL), *library.episodes(), *library.episodes(show_id=episode.show_id), library.episode(episode.id),
        library.episode_by_key(episode.key), *library.episodes_titled("Episode"), *library.queue(), *library.queued_ids(),
        *library.unheard_ids(), *store.passages.transcripts(Scope()), *store.search.episodes("episode"), *store.cards.newest(9),
        *store.cards.all()[1], *store.cards.titles(), *store.cards.shows(), *store.cards.show_settings(),
        *filter(None, views),
    ]  # fmt: skip


def test_a_removed_show_is_nowhere(store: Store, removed: Episode) -> None:
    assert [found for found in seen(store, removed) if found is not None] == []


def test_it_comes_back_whole(store: Store, removed: Episode) -> None:
    assert store.library.bring_back_show(removed.show_id)
    assert all(found is not None for found in seen(store, removed))
    again = store.library.queue()[0]
    assert (again.id, again.position_s, again.has_transcript, again.audio_path) == (removed.id, 12.0, True, "/tmp/x.mp3")
    assert store.library.show_settings(removed.show_id).speed == 1.5


def test_subscribing_again_brings_it_back(store: Store, removed: Episode) -> None:
    show_id, new = store.library.save_feed(feed(item(), item("two")), url=URL)
    assert (show_id, new) == (removed.show_id, 1)
    assert len(store.library.episodes()) == 2 and store.library.queue()[0].id == removed.id
    assert inbox(store) == ["one", "two"]


def test_only_asking_about_a_removed_show_does_not_subscribe_to_it(store: Store, removed: Episode) -> None:
    store.library.save_feed(feed(item()), url=URL, kind="link")
    assert store.library.shows() == [] and len(store.library.shows(subscribed=False)) == 1
    assert store.library.bring_back_show(removed.show_id, "feed") and len(store.library.shows()) == 1


def test_a_shelf_that_was_removed_is_there_again_when_something_is_put_on_it(store: Store) -> None:
    first = store.library.episode(store.library.put_on_shelf("file", "file:///a.mp3"))
    assert first is not None
    store.library.remove_show(first.show_id)
    second = store.library.episode(store.library.put_on_shelf("file", "file:///b.mp3"))
    assert second is not None and second.show_id == first.show_id


def test_it_is_purged_with_its_files_after_a_week_and_not_before(store: Store, removed: Episode) -> None:
    assert store.library.purge_removed() == []
    assert store.library.bring_back_show(removed.show_id)
    store.library.remove_show(removed.show_id)
    week = (datetime.now(UTC) - timedelta(days=7, minutes=1)).isoformat(timespec="seconds")
    store._db.execute("update show set removed_at = ?", [week])
    assert store.library.purge_removed() == ["/tmp/x.mp3"]
    assert not store.library.bring_back_show(removed.show_id)
    assert store.check() == "ok" and store.insights.find(removed.id) is None


def test_a_purge_never_names_a_file_of_the_listener_or_of_another_show(store: Store, episode: Episode) -> None:
    store.library.save_feed(feed(item("a"), item("b")), url="https://other.example.org/feed")
    other = {found.guid: found for found in store.library.episodes() if found.show_id != episode.show_id}
    store.library.save_file(episode.id, path="/tmp/shared.mp3", sha256="a" * 64, bytes=1)
    store.library.save_file(other["a"].id, path="/tmp/shared.mp3", sha256="a" * 64, bytes=1)
    store.library.save_file(other["b"].id, path="/home/someone/talk.mp3", sha256="b" * 64, bytes=1, ours=False)
    store.library.remove_show(other["a"].show_id)
    assert store.library.purge_removed(keep_days=-1) == []
    assert store.library.episode(episode.id) and not store.cards.since(0)[1][1:]


def test_what_rests_on_audio_another_show_has_too_outlives_the_purge(store: Store, removed: Episode) -> None:
    store.library.save_feed(feed(item("copy")), url="https://other.example.org/feed")
    copy = store.library.episodes()[0]
    store.library.save_file(copy.id, path="/tmp/copy.mp3", sha256="a" * 64, bytes=1)
    store.library.purge_removed(keep_days=-1)
    assert store.library.episodes()[0].has_transcript and store.check() == "ok"


def test_of_a_new_show_the_newest_three_are_in_the_inbox(store: Store) -> None:
    store.library.save_feed(feed(*days(5, 4, 3, 2, 1)), url=URL)
    assert inbox(store) == ["3", "4", "5"]


def test_of_a_known_show_everything_new_is_in_the_inbox_and_nothing_else_moves(store: Store) -> None:
    store.library.save_feed(feed(*days(5, 4)), url=URL)
    store.library.triage([episode.id for episode in store.library.episodes()], "done")
    store.library.save_feed(feed(*days(10, 9, 8, 7, 6, 5, 4)), url=URL)
    assert inbox(store) == ["10", "6", "7", "8", "9"]


def test_an_archive_that_grows_at_its_far_end_is_no_news(store: Store) -> None:
    store.library.save_feed(feed(*days(20, 19, 18)), url=URL)
    store.library.triage([episode.id for episode in store.library.episodes()], "done")
    store.library.save_feed(feed(*days(21, 20, 19, 18, 3, 2), item("undated", published=None)), url=URL)
    assert inbox(store) == ["21", "undated"]


def test_a_show_that_was_only_asked_about_fills_no_inbox_until_it_is_followed(store: Store) -> None:
    store.library.save_feed(feed(*days(5, 4, 3, 2, 1)), url=URL, kind="link")
    assert inbox(store) == []
    store.library.save_position(store.library.episodes()[0].id, 30.0)
    store.library.save_feed(feed(*days(5, 4, 3, 2, 1)), url=URL)
    assert inbox(store) == ["2", "3", "4"]


def test_single_files_and_links_fill_no_inbox(store: Store) -> None:
    store.library.put_on_shelf("file", "file:///a.mp3")
    assert inbox(store) == []


def test_show_settings_come_back_as_they_were_and_none_is_none(store: Store, episode: Episode) -> None:
    assert store.library.show_settings(episode.show_id) == ShowSettings()
    full = ShowSettings(1.75, 30.0, 12.5, False, "loudnorm", True)
    for settings in (full, ShowSettings(speed=2.0), ShowSettings(voice_boost=True)):
        store.library.save_show_settings(episode.show_id, settings)
        assert store.library.show_settings(episode.show_id) == settings
        assert store.cards.show_settings() == {episode.show_id: settings}
    store.library.save_show_settings(episode.show_id, ShowSettings())
    assert store.cards.show_settings() == {}
    store.library.save_show_settings(ShowId(99), full)
    assert store.library.show_settings(ShowId(99)) == ShowSettings()


def test_an_episode_knows_whether_it_was_decided(store: Store) -> None:
    store.library.save_feed(feed(FeedItem("x", "X", Enclosure("https://x.example/x.mp3"))), url=URL)
    episode = store.library.episodes()[0]
    assert episode.triage == "inbox"
    assert store.library.triage([episode.id], "later") == {"inbox": [episode.id]}
    assert store.library.triage([episode.id], "later") == {}
    store.library.restore_triage({"inbox": [episode.id]})
    assert store.library.episodes()[0].triage == "inbox"
