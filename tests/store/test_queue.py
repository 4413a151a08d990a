"""The queue keeps any order it is given, writing as little as it can."""

from __future__ import annotations

import random

import pytest

from podcli.domain import EpisodeId
from podcli.store import Store
from tests.store.examples import URL, feed, item


@pytest.fixture
def ids(store: Store) -> list[EpisodeId]:
    store.library.save_feed(feed(*[item(str(n)) for n in range(30)]), url=URL)
    return sorted(episode.id for episode in store.library.episodes())


def moved(store: Store, order: list[EpisodeId]) -> set[EpisodeId]:
    """Whose place changes when the queue becomes `order`."""
    seq = store.cards.all()[0]
    store.library.place(order)
    assert store.library.queued_ids() == order == [episode.id for episode in store.library.queue()]
    return {card.id for card in store.cards.since(seq)[1]}


def test_end_head_and_out(store: Store, ids: list[EpisodeId]) -> None:
    a, b, c = ids[:3]
    for each in (a, b):
        store.library.enqueue(each)
    store.library.enqueue(c, next_up=True)
    assert store.library.queued_ids() == [c, a, b]
    store.library.enqueue(a)
    assert store.library.queued_ids() == [c, b, a]
    store.library.dequeue(b)
    assert store.library.queued_ids() == [c, a]
    store.library.clear_queue()
    assert store.library.queue() == []


def test_only_what_moves_is_written(store: Store, ids: list[EpisodeId]) -> None:
    order = ids[:20]
    assert moved(store, order) == set(order)
    assert moved(store, order) == set()
    assert moved(store, [order[19], *order[:19]]) == {order[19]}
    assert len(moved(store, [order[19], order[1], order[0], *order[2:19]])) == 1
    assert moved(store, [*order[1:19], order[19], order[0]]) <= {order[19], order[0]}
    assert moved(store, [*order[1:10], ids[25], *order[10:19], order[19], order[0]]) == {ids[25]}
    assert moved(store, []) == set(order) | {ids[25]}


def test_any_order_whatever_came_before(store: Store, ids: list[EpisodeId]) -> None:
    dice = random.Random(7)
    for _ in range(60):
        order = dice.sample(ids, dice.randint(0, len(ids)))
        moved(store, order)


def test_places_never_run_out(store: Store, ids: list[EpisodeId]) -> None:
    order = ids[:3]
    store.library.place(order)
    for _ in range(120):  # each time between the same two: halves are used up after about fifty
        order = [order[0], order[2], order[1]]
        moved(store, order)


def test_places_that_fell_together_are_told_apart(store: Store, ids: list[EpisodeId]) -> None:
    store._db.conn.executemany("insert into queue (episode_id, position) values (?, 1.0)", [(each,) for each in ids[:4]])
    moved(store, [ids[2], ids[0], ids[3], ids[1]])


def test_what_does_not_exist_or_is_named_twice_is_no_trouble(store: Store, ids: list[EpisodeId]) -> None:
    store.library.place([ids[0], EpisodeId(999), ids[1], ids[0]])
    assert store.library.queued_ids() == ids[:2]


def test_what_belongs_to_a_removed_show_keeps_its_place_unseen(store: Store, ids: list[EpisodeId]) -> None:
    store.library.save_feed(feed(item("other")), url="https://other.example.org/feed")
    other = store.library.episodes_titled("Episode other")[0]
    store.library.place([ids[0], other.id, ids[1]])
    store.library.remove_show(other.show_id)
    store.library.place([ids[0], ids[1], ids[2]])
    store.library.bring_back_show(other.show_id)
    assert store.library.queued_ids() == [ids[0], other.id, ids[1], ids[2]]
