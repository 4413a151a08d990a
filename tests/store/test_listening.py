"""Heard stretches, statistics, gaps and the row that tells what plays."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from podcli.domain import EpisodeId, Listened
from podcli.store import Store, open_store
from podcli.store.listening import Playing
from tests.store.examples import URL, feed, item


@pytest.fixture
def store() -> Iterator[Store]:
    with open_store() as opened:
        opened.library.save_feed(feed(item("one"), item("two")), url=URL)
        yield opened


ONE, TWO = EpisodeId(1), EpisodeId(2)


def test_heard_stretches_come_back_and_leave_the_position_alone(store: Store) -> None:
    assert store.listening.heard(ONE) == ()
    store.listening.save_heard(ONE, [(0.04, 10.26), (20, 30)])
    assert store.listening.heard(ONE) == ((0.0, 10.3), (20.0, 30.0))
    store.library.save_position(ONE, 25.0)
    store.listening.save_heard(ONE, [(0, 30)])
    assert store.listening.heard(ONE) == ((0.0, 30.0),)
    found = store.library.episode(ONE)
    assert found
    assert found.position_s == 25.0


def test_hearing_on_without_moving_tells_nobody_to_read_again(store: Store) -> None:
    store.library.save_position(ONE, 25.0)
    seq, _ = store.cards.all()
    store.listening.save_heard(ONE, [(0, 25)])
    assert store.cards.since(seq)[1] == []


def test_sums_by_day_and_show(store: Store) -> None:
    show = store.library.shows()[0].id
    store.listening.add_listened("2026-11-01", show, Listened(10, 5, 5, 0, 0))
    store.listening.add_listened("2026-11-01", show, Listened(10, 4, 5, 1, 2))
    store.listening.add_listened("2026-11-02", show, Listened(1, 1, 0, 0, 0))
    assert store.listening.listened() == Listened(21, 10, 10, 1, 2)
    assert store.listening.listened("2026-11-02") == Listened(1, 1)
    assert store.listening.listened("2027-01-01") == Listened()
    assert [(day, sums.heard_s) for day, sums in store.listening.listened_by_day()] == [("2026-11-01", 20), ("2026-11-02", 1)]
    store.library.remove_show(show)
    store.library.purge_removed(keep_days=-1)
    assert store.listening.listened_by_show() == [("", Listened(21, 10, 10, 1, 2))]


def test_what_was_played_last(store: Store) -> None:
    assert store.listening.last_played() == (None, False)
    assert store.listening.last_begun() is None
    store.library.save_position(ONE, 10.0)
    assert store.listening.last_played() == (ONE, False)
    store._db.execute("update playback set updated_at = '2001-01-01T00:00:00+00:00'")
    store.library.save_position(TWO, 99.0, True)
    assert store.listening.last_played() == (TWO, True)
    assert store.listening.last_begun() == ONE


def test_gaps_are_kept_by_the_sound(store: Store) -> None:
    assert store.listening.gaps("a" * 64) is None
    store.listening.save_gaps("a" * 64, [])
    assert store.listening.gaps("a" * 64) == ()
    store.listening.save_gaps("a" * 64, [(1.234, 2.0)])
    assert store.listening.gaps("a" * 64) == ((1.23, 2.0),)


def test_one_row_tells_what_plays(store: Store) -> None:
    assert store.listening.playing() is None
    store.listening.save_playing(Playing(10, ONE, {"position": 1.5}))
    store.listening.save_playing(Playing(11, TWO, {"position": 2.5}))
    store.listening.save_playing(Playing(12, EpisodeId(99), {}))
    assert store.listening.playing() == Playing(11, TWO, {"position": 2.5})
    store.listening.clear_playing(10)
    assert store.listening.playing()
    store.listening.clear_playing(11)
    assert store.listening.playing() is None
