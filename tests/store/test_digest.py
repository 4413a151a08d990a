"""What a digest is made of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from podcli.domain import EpisodeId, Insight, Point
from podcli.store import Store
from tests.store.examples import URL, feed, item

NOW = datetime.now(UTC).replace(microsecond=0)


def _stock(store: Store) -> dict[str, EpisodeId]:
    """A show known for long, whose last three episodes came after it was subscribed to."""
    old = [item(f"old{n}", published=NOW - timedelta(days=30 + n)) for n in range(3)]
    store.library.save_feed(feed(*old), url=URL)
    store._db.execute("update show set added_at = ?", [(NOW - timedelta(days=20)).isoformat()])
    new = [item(f"new{n}", published=NOW - timedelta(days=n + 1)) for n in range(3)]
    store.library.save_feed(feed(*new, *old), url=URL)
    return {episode.guid: episode.id for episode in store.library.episodes()}


def _guids(store: Store, since: datetime = NOW - timedelta(days=7)) -> list[str]:
    return [each.title.split()[-1] for each in store.digest.fresh(since)]


def test_what_is_new_comes_newest_first(store: Store) -> None:
    _stock(store)
    assert _guids(store) == ["new0", "new1", "new2"]
    assert _guids(store, NOW - timedelta(days=2, hours=12)) == ["new0", "new1"]


def test_what_was_heard_or_archived_is_not_new(store: Store) -> None:
    ids = _stock(store)
    store.library.save_position(ids["new0"], 100.0, True)
    store.library.triage([ids["new1"]], "done")
    assert _guids(store) == ["new2"]


def test_what_was_queued_or_begun_still_is(store: Store) -> None:
    ids = _stock(store)
    store.library.enqueue(ids["new0"])
    store.library.save_position(ids["new1"], 100.0, False)
    store.library.triage([ids["new0"], ids["new1"]], "done")
    found = {each.title.split()[-1]: each for each in store.digest.fresh(NOW - timedelta(days=7))}
    assert found["new0"].queued
    assert found["new1"].position_s == 100.0


def test_episodes_from_before_the_subscription_were_never_turned_down(store: Store) -> None:
    ids = _stock(store)
    assert store.digest.turned_down(NOW - timedelta(days=90)) == []
    store.library.triage([ids["new1"]], "done")
    assert [past.id for past in store.digest.turned_down(NOW - timedelta(days=90))] == [ids["new1"]]


def test_a_show_that_was_removed_says_nothing(store: Store) -> None:
    ids = _stock(store)
    store.library.save_position(ids["old0"], 100.0, True)
    store.library.remove_show(store.library.shows()[0].id)
    assert not store.digest.fresh(NOW - timedelta(days=7))
    assert not store.digest.heard()


def test_an_episode_without_a_date_is_new_when_it_was_found(store: Store) -> None:
    store.library.save_feed(feed(item("undated", published=None)), url=URL)
    assert _guids(store) == ["undated"]


def test_marked_heard_is_not_listened_to(store: Store) -> None:
    ids = _stock(store)
    store.library.mark_finished([ids["old0"], ids["old1"]], True)
    store.listening.save_heard(ids["old2"], [(0.0, 50.0), (60.0, 70.0)])
    store.library.set_duration(ids["old2"], 100.0)
    assert {past.id: past.heard for past in store.digest.heard()} == {ids["old2"]: 0.6}


def test_queue_and_kept_wait(store: Store) -> None:
    ids = _stock(store)
    store.library.enqueue(ids["old0"])
    store.library.triage([ids["new2"]], "later")
    assert {past.id for past in store.digest.waiting()} == {ids["old0"], ids["new2"]}


def test_only_a_gist_is_a_gist(store: Store) -> None:
    ids = _stock(store)
    made = store.insights.begin(ids["new0"], audio_sha256="a", source="whisper", model="m", decode_version="1")
    store.insights.save_insight(made.id, Insight("summary", "m", "1", (Point("A summary.", "", 0.0, 1.0),)))
    assert store.digest.gists(ids.values()) == {}
    store.insights.save_insight(made.id, Insight("gist", "m", "1", (Point("A gist.", "", 0.0, 1.0),)))
    assert store.digest.gists(ids.values()) == {ids["new0"]: "A gist."}
    assert store.digest.gist_models(ids.values()) == ["m"] and store.digest.gist_models([ids["new1"]]) == []
