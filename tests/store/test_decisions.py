"""Positions and marks; what is remembered; what can be undone."""

from __future__ import annotations

import time

import pytest

from podcli.domain import Episode, EpisodeId
from podcli.store import Store, open_store
from podcli.store.undo import KEPT
from tests.store.examples import URL, feed, item


def again(store: Store, episode: Episode) -> tuple[float, bool]:
    found = store.library.episode(episode.id)
    assert found is not None
    return found.position_s, found.finished


def test_a_mark_leaves_the_position_and_can_be_taken_back(store: Store, episode: Episode) -> None:
    store.library.set_duration(episode.id, 1000.0)
    store.library.save_position(episode.id, 400.0)
    was = store.library.mark_finished([episode.id], True)
    assert was == [(episode.id, 400.0, False)] and again(store, episode) == (400.0, True)
    assert store.library.mark_finished([episode.id], True) == []
    assert store.library.mark_finished([episode.id], False) == [(episode.id, 400.0, True)]
    assert again(store, episode) == (400.0, False)


@pytest.mark.parametrize(("position", "kept"), [(1000.0, 0.0), (975.0, 0.0), (960.0, 960.0)])
def test_not_heard_after_all_begins_anew_only_from_the_end(store: Store, episode: Episode, position: float, kept: float) -> None:
    store.library.set_duration(episode.id, 1000.0)
    store.library.save_position(episode.id, position, finished=True)
    was = store.library.mark_finished([episode.id], False)
    assert again(store, episode) == (kept, False)
    store.library.restore_heard(was)
    assert again(store, episode) == (position, True)


def test_whoever_listened_on_since_keeps_the_later_position(store: Store, episode: Episode) -> None:
    store.library.save_position(episode.id, 10.0)
    was = store.library.mark_finished([episode.id], True)
    store.library.save_position(episode.id, 80.0)
    store.library.restore_heard(was)
    assert again(store, episode) == (80.0, False)


def test_a_mark_is_no_listening(store: Store, episode: Episode) -> None:
    store.library.save_feed(feed(item(), item("two")), url=URL)
    two = store.library.episodes_titled("two")[0]
    store.library.save_position(episode.id, 10.0, finished=True)
    store.library.save_position(two.id, 10.0)
    store._db.execute("update playback set updated_at = '2020' where episode_id = ?", [episode.id])
    store.library.mark_finished([episode.id], False)
    assert store._db.execute("select episode_id from playback order by updated_at desc").fetchone()[0] == two.id


def test_five_thousand_marks_are_one_act_and_quick(store: Store) -> None:
    store.library.save_feed(feed(*[item(str(n)) for n in range(5000)]), url=URL)
    ids = store.library.unheard_ids()
    seq = store.cards.all()[0]
    began = time.perf_counter()
    assert len(store.library.mark_finished(ids, True)) == 5000 and store.library.unheard_ids() == []
    assert time.perf_counter() - began < 1.5
    assert len(store.cards.since(seq)[1]) == 5000


def test_numbers_of_nobody_are_no_trouble(store: Store, episode: Episode) -> None:
    nobody = EpisodeId(999)
    assert store.library.triage([nobody], "later") == {} and store.library.mark_finished([nobody], True) == []
    assert store.library.triage([], "later") == {} and store.check() == "ok"


def test_what_is_remembered_is_there_for_the_next_podcli(store: Store) -> None:
    store.library.remember("tui.view.show:3", {"sort": "title", "at": 7})
    store.library.remember("tui.tab", "notes")
    store.library.remember("tuition", 1)
    with open_store() as other:
        assert other.library.remembered_all("tui") == {"view.show:3": {"sort": "title", "at": 7}, "tab": "notes"}
        other.library.remember("tui.tab", None)
    assert store.library.remembered("tui.tab") is None and store.library.remembered("tuition") == 1


def test_acts_come_back_newest_first_and_the_oldest_are_forgotten(store: Store) -> None:
    assert store.undo.take() is None and store.undo.last() == [] and store.undo.steps() == []
    for number in range(KEPT + 5):
        store.undo.push(f"Act {number}", [{"do": "triage", "was": {"inbox": [number]}}])
    assert len(store.undo.last(1000)) == KEPT
    taken = store.undo.take()
    assert taken is not None and taken[0].label == "Act 104" and taken[1] == [{"do": "triage", "was": {"inbox": [104]}}]
    assert [act.label for act in store.undo.last(2)] == ["Act 103", "Act 102"]
