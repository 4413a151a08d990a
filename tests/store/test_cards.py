"""All episodes at once, and then what changed."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from podcli.domain import Episode, EpisodeCard, Insight, Point, Segment, Sentence
from podcli.store import Store, open_store
from tests.store.examples import URL, feed, item


def card(store: Store, episode: Episode) -> EpisodeCard:
    return next(found for found in store.cards.all()[1] if found.id == episode.id)


def transcribe(store: Store, episode: Episode, *, sha: str = "a" * 64) -> None:
    made = store.insights.begin(episode.id, audio_sha256=sha, source="whisper", model="m", decode_version="1")
    store.insights.finish(made.id, [Sentence(1, 0.0, 1.0, "Hello there.")])


def insight(store: Store, episode: Episode, kind: str = "takeaways", *texts: str, model: str = "m") -> None:
    made = store.insights.find(episode.id)
    assert made is not None
    items = tuple(Point(text, text, 0.0, 1.0, (1,)) for text in texts or ("A point.",))
    store.insights.save_insight(made.id, Insight(kind, model, "1", items))  # type: ignore[arg-type]


def test_a_card_says_what_the_library_says(store: Store, episode: Episode) -> None:
    assert card(store, episode) == EpisodeCard(
        episode.id, episode.show_id, "Episode one", "2026-03-01T00:00:00+00:00", None, triage="inbox"
    )
    store.library.save_position(episode.id, 61.0, finished=True)
    store.library.enqueue(episode.id)
    store.library.save_file(episode.id, path="/x.mp3", sha256="a" * 64, bytes=1)
    store.library.set_duration(episode.id, 90.0)
    transcribe(store, episode)
    insight(store, episode)
    store.library.triage([episode.id], "later")
    full = card(store, episode)
    assert full == EpisodeCard(
        episode.id, episode.show_id, "Episode one", full.published, 90.0, 61.0, True, "later", full.queued, True, True, True
    )
    assert full.queued is not None and type(full.finished) is type(full.downloaded) is type(full.has_transcript) is bool


def test_newest_first_undated_last_and_as_many_as_asked(store: Store) -> None:
    made = [item(str(n), published=datetime(2026, 1, n, tzinfo=UTC)) for n in (1, 3, 2)]
    store.library.save_feed(feed(*made, item("undated", published=None)), url=URL)
    titles = [found.title for found in store.cards.all()[1]]
    assert titles == ["Episode 3", "Episode 2", "Episode 1", "Episode undated"]
    assert [found.title for found in store.cards.newest(2)] == titles[:2]


def test_two_episodes_with_the_same_audio_share_what_was_read(store: Store, episode: Episode) -> None:
    store.library.save_feed(feed(item("copy")), url="https://other.example.org/feed")
    copy = next(found for found in store.library.episodes() if found.guid == "copy")
    for found in (episode, copy):
        store.library.save_file(found.id, path=f"/x/{found.id}.mp3", sha256="a" * 64, bytes=5)
    seq = store.cards.all()[0]
    transcribe(store, episode)
    insight(store, episode)
    changed = {found.id: found for found in store.cards.since(seq)[1]}
    assert changed[copy.id].has_transcript and changed[copy.id].has_insights and changed[episode.id].has_insights
    assert store.cards.gists([copy.id])[copy.id].text == "A point."


CHANGES: dict[str, Callable[[Store, Episode], object]] = {
    "position": lambda store, episode: store.library.save_position(episode.id, 5.0),
    "heard": lambda store, episode: store.library.mark_finished([episode.id], True),
    "triage": lambda store, episode: store.library.triage([episode.id], "later"),
    "queued": lambda store, episode: store.library.enqueue(episode.id),
    "file": lambda store, episode: store.library.save_file(episode.id, path="/x.mp3", sha256="b" * 64, bytes=1),
    "duration": lambda store, episode: store.library.set_duration(episode.id, 77.0),
    "title": lambda store, episode: store.library.save_feed(feed(item(title="Renamed")), url=URL),
    "date": lambda store, episode: store.library.save_feed(feed(item(published=datetime(2025, 1, 1, tzinfo=UTC))), url=URL),
    "transcript": transcribe,
    "insight": lambda store, episode: (transcribe(store, episode), insight(store, episode)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_every_kind_of_change_is_told_once_and_of_nobody_else(name: str, store: Store, episode: Episode) -> None:
    store.library.save_feed(feed(item("other")), url="https://other.example.org/feed")
    seq, before = store.cards.all()
    CHANGES[name](store, episode)
    seq, cards, gone = store.cards.since(seq)
    assert [found.id for found in cards] == [episode.id] and gone == []
    assert cards[0] == card(store, episode) and cards[0] not in before
    assert store.cards.since(seq) == (seq, [], [])


UNDONE: dict[str, tuple[Callable[[Store, Episode], object], Callable[[Store, Episode], object]]] = {
    "dequeued": (CHANGES["queued"], lambda store, episode: store.library.dequeue(episode.id)),
    "file gone": (CHANGES["file"], lambda store, episode: store.library.forget_file(episode.id)),
    "words discarded": (CHANGES["transcript"], lambda store, episode: store.insights.discard(store.insights.find(episode.id).id)),  # type: ignore[union-attr]
    "unheard": (CHANGES["heard"], lambda store, episode: store.library.mark_finished([episode.id], False)),
}


@pytest.mark.parametrize("name", UNDONE)
def test_the_way_back_is_told_too(name: str, store: Store, episode: Episode) -> None:
    before = card(store, episode)
    there, back = UNDONE[name]
    there(store, episode)
    seq = store.cards.all()[0]
    back(store, episode)
    assert store.cards.since(seq)[1] == [before]


SILENT: dict[str, Callable[[Store, Episode], object]] = {
    "the same position": lambda store, episode: store.library.save_position(episode.id, 5.0),
    "the same feed": lambda store, episode: store.library.save_feed(feed(item()), url=URL),
    "show notes": lambda store, episode: store.library.save_feed(feed(item(description="other")), url=URL),
    "the same triage": lambda store, episode: store.library.triage([episode.id], episode.triage),
    "heard stretches": lambda store, episode: store.listening.save_heard(episode.id, [(0.0, 5.0)]),
    "words that come in": lambda store, episode: store.insights.add_segments(
        store.insights.begin(episode.id, audio_sha256="c", source="whisper", model="m", decode_version="1").id,
        [Segment(0.0, 1.0, "Hello.")],
    ),
    "the same place": lambda store, episode: store.library.place([episode.id]),
    "a job": lambda store, episode: store.jobs.enqueue("download", episode_id=episode.id),
}


@pytest.mark.parametrize("name", SILENT)
def test_what_changes_nothing_in_a_list_is_not_told(name: str, store: Store, episode: Episode) -> None:
    store.library.save_position(episode.id, 5.0)
    store.library.enqueue(episode.id)
    seq = store.cards.all()[0]
    SILENT[name](store, episode)
    assert store.cards.since(seq) == (seq, [], [])


def test_who_is_gone_is_named_and_who_comes_back_is_there(store: Store, episode: Episode) -> None:
    seq = store.cards.all()[0]
    store.library.remove_show(episode.show_id)
    seq, cards, gone = store.cards.since(seq)
    assert (cards, gone) == ([], [episode.id])
    store.library.bring_back_show(episode.show_id)
    seq, cards, gone = store.cards.since(seq)
    assert [found.id for found in cards] == [episode.id] and gone == []
    store.library.remove_show(episode.show_id)
    store.library.purge_removed(keep_days=-1)
    assert store.cards.since(seq)[1:] == ([], [episode.id])


def test_another_connection_sees_what_this_one_wrote(store: Store, episode: Episode) -> None:
    with open_store() as other:
        seq = other.cards.all()[0]
        store.library.save_position(episode.id, 42.0)
        assert [found.position_s for found in other.cards.since(seq)[1]] == [42.0]


def test_a_gist_is_the_gist_else_the_summary_else_the_first_point(store: Store, episode: Episode) -> None:
    assert store.cards.gists([episode.id]) == {}
    transcribe(store, episode)
    insight(store, episode, "takeaways", "First point.", "Second point.")
    insight(store, episode, "mentions", "Somebody")
    assert store.cards.gists([episode.id]) == {episode.id: ("First point.", "m")}
    insight(store, episode, "summary", "It begins.", "It\nends \x1b[31mred.")
    assert store.cards.gists([episode.id]) == {episode.id: ("It begins. It ends red.", "m")}
    insight(store, episode, "summary", "word " * 200, model="newer")
    newest, model = store.cards.gists([episode.id])[episode.id]
    assert len(newest) <= 240 and newest.endswith("…") and newest.startswith("word word") and model == "newer"
    insight(store, episode, "gist", "All in one line.")
    assert store.cards.gists([episode.id])[episode.id].text == "All in one line."


def test_fifty_thousand_episodes_are_read_without_their_notes(store: Store) -> None:
    with store.writing():
        store._db.execute("insert into show (url, title, added_at) values ('u', 'S', '')")
        store._db.conn.executemany(
            """insert into episode (key, show_id, guid, title, published_at, description, enclosure_url, added_at)
            values (?, 1, ?, 'Title', ?, ?, '', '')""",
            [(f"e{n}", f"g{n}", f"2026-{n:05}", "x" * 2000) for n in range(5000)],
        )
    plan = " ".join(row[3] for row in store._db.execute("explain query plan " + store.cards.ALL))
    assert "COVERING INDEX episode_card" in plan and "SCAN p" not in plan and "SCAN q" not in plan and "SCAN f" not in plan
    seq, cards = store.cards.all()
    assert len(cards) == 5000
    began = time.perf_counter()
    for _ in range(100):
        assert store.cards.since(seq) == (seq, [], [])
    assert (time.perf_counter() - began) / 100 < 0.001
