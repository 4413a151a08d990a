from __future__ import annotations

from dataclasses import replace

from podcli.domain import Chapter, Enclosure, Episode, Person
from podcli.store import Store, episode_key
from tests.store.examples import URL, feed, item


def test_saving_a_feed_twice_adds_nothing_and_keeps_ids(store: Store) -> None:
    show_id, new = store.library.save_feed(feed(item("one"), item("two")), url=URL)
    before = {episode.guid: episode.id for episode in store.library.episodes()}
    assert new == 2
    assert store.library.save_feed(feed(item("two", title="Renamed"), item("three")), url=URL) == (show_id, 1)
    after = {episode.guid: episode.id for episode in store.library.episodes()}
    assert {guid: after[guid] for guid in before} == before
    assert {episode.title for episode in store.library.episodes()} == {"Episode one", "Renamed", "Episode three"}


def test_the_key_of_an_episode_is_the_same_on_every_machine(store: Store) -> None:
    store.library.save_feed(feed(item("one")), url=URL)
    key = store.library.episodes()[0].key
    assert key == episode_key(URL, "one") and len(key) == 11
    found = store.library.episode_by_key(key)
    assert found is not None and found.guid == "one"


def test_a_refresh_never_touches_the_position(store: Store, episode: Episode) -> None:
    store.library.save_position(episode.id, 125.0)
    store.library.save_feed(feed(item()), url=URL)
    store.library.save_position(episode.id, 130.0, finished=True)
    store.library.save_position(episode.id, 131.0)
    again = store.library.episode(episode.id)
    assert again is not None and (again.position_s, again.finished) == (131.0, True)


def test_an_undated_feed_does_not_erase_what_was_known(store: Store, episode: Episode) -> None:
    store.library.set_duration(episode.id, 60.0)
    store.library.save_feed(feed(item(published=None, duration_s=None)), url=URL)
    again = store.library.episode(episode.id)
    assert again is not None and again.duration_s == 60.0 and again.published == episode.published


def test_newest_first_and_undated_last(store: Store) -> None:
    old = item("old", published=item().published and item().published.replace(year=2020))  # type: ignore[union-attr]
    store.library.save_feed(feed(item("undated", published=None), old, item("new")), url=URL)
    assert [episode.guid for episode in store.library.episodes()] == ["new", "old", "undated"]


def test_titles_are_matched_literally(store: Store) -> None:
    store.library.save_feed(feed(item("a", title="100% sure_thing"), item("b", title="100 percent")), url=URL)
    assert [episode.guid for episode in store.library.episodes_titled("100%")] == ["a"]
    assert [episode.guid for episode in store.library.episodes_titled("sure_")] == ["a"]
    assert store.library.episodes_titled("100", show_part="other") == []


def test_a_show_that_was_only_looked_at_is_no_subscription_until_it_is_one(store: Store) -> None:
    store.library.save_feed(feed(item()), url=URL, kind="link")
    assert store.library.shows() == [] and len(store.library.shows(subscribed=False)) == 1
    store.library.save_feed(feed(item()), url=URL)
    store.library.save_feed(feed(item()), url=URL, kind="link")
    assert [show.kind for show in store.library.shows()] == ["feed"]


def test_a_show_does_not_move_onto_another(store: Store) -> None:
    first, _ = store.library.save_feed(feed(item()), url=URL)
    store.library.save_feed(feed(item(), url="https://b.example.org/"), url="https://b.example.org/")
    store.library.move_show(first, "https://b.example.org/")
    assert {show.url for show in store.library.shows()} == {URL, "https://b.example.org/"}
    store.library.move_show(first, "https://c.example.org/")
    assert {show.url for show in store.library.shows()} == {"https://c.example.org/", "https://b.example.org/"}


def test_chapters_of_the_audio_itself_win(store: Store, episode: Episode) -> None:
    store.library.save_chapters(episode.id, "json", [Chapter(0, 10, "From the publisher")])
    assert [chapter.title for chapter in store.library.chapters(episode.id)] == ["From the publisher"]
    store.library.save_chapters(episode.id, "embedded", [Chapter(0, 10, "Inside the file")])
    assert [chapter.title for chapter in store.library.chapters(episode.id)] == ["Inside the file"]


def test_the_queue_keeps_its_order(store: Store) -> None:
    store.library.save_feed(feed(item("a"), item("b"), item("c")), url=URL)
    ids = {episode.guid: episode.id for episode in store.library.episodes()}
    store.library.enqueue(ids["a"])
    store.library.enqueue(ids["b"])
    store.library.enqueue(ids["c"], next_up=True)
    assert [episode.guid for episode in store.library.queue()] == ["c", "a", "b"]
    store.library.dequeue(ids["a"])
    assert [episode.guid for episode in store.library.queue()] == ["c", "b"]


def test_counts_of_a_show(store: Store) -> None:
    store.library.save_feed(feed(item("a"), replace(item("b"), enclosure=Enclosure("https://x.example.org/b"))), url=URL)
    store.library.save_position(store.library.episodes()[0].id, 1.0, finished=True)
    show = store.library.shows()[0]
    assert (show.episodes, show.unheard) == (2, 1)


def test_whoever_takes_part_is_the_episodes_own_or_the_shows(store: Store) -> None:
    ann, bob, cay = (
        Person("Ann", "guest", "cast", "https://ann.example.org/", "https://ann.example.org/a.png"),
        Person("Bob"),
        Person("Cay"),
    )
    store.library.save_feed(replace(feed(replace(item("a"), persons=(ann, bob)), item("b")), persons=(cay,)), url=URL)
    first, second = (next(each for each in store.library.episodes() if each.guid == guid) for guid in "ab")
    assert store.library.persons(first) == [ann, bob] and store.library.persons(second) == [cay]
    store.library.save_feed(replace(feed(replace(item("a"), persons=(bob,)), item("b"))), url=URL)
    assert store.library.persons(first) == [bob] and store.library.persons(second) == []
