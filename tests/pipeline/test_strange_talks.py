"""Whatever a transcript is like: every insight is stored whole, what is quoted was said, and it takes seconds."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence

import pytest

from podcli.domain import Insight, InsightKind, Segment, Sentence
from podcli.pipeline.reading import KINDS
from podcli.pipeline.retrieval import index, retrieve
from podcli.store import Store
from tests.pipeline.readings import EMBEDDER, put_episode, put_transcript, read_episode
from tests.pipeline.strange_talks import FOREIGN, ODD, SILENT, UNTIMED, long_talk
from tests.pipeline.talks import Told, copied


def read(store: Store, segments: Sequence[Segment], writer: Told) -> tuple[list[Sentence], Mapping[InsightKind, Insight]]:
    episode = put_episode(store)
    said = put_transcript(store, episode, segments)
    return said, read_episode(store, episode, writer)


def check(said: Sequence[Sentence], found: Mapping[InsightKind, Insight]) -> None:
    """What holds for every insight of every transcript."""
    whole, last_s = " ".join(sentence.text for sentence in said), max((s.end_s for s in said), default=0.0)
    numbers = {sentence.number for sentence in said}
    assert set(found) == set(KINDS)
    for kind, insight in found.items():
        assert insight.complete
        for point in insight.items:
            assert point.text.strip() or point.title.strip(), kind
            assert all(part in whole for part in point.quote.split(" … ")), kind
            assert set(point.sentences) <= numbers and (point.sentences or kind == "chapters"), kind
            assert 0 <= point.start_s <= point.end_s <= last_s, kind
    assert found["takeaways"].items or found["takeaways"].notice
    titles = [point.title for point in found["chapters"].items]
    assert all(0 < len(title.split()) <= 6 and len(title) <= 150 for title in titles)
    starts = [point.start_s for point in found["chapters"].items]
    assert starts == sorted(starts)
    assert all(30 <= point.end_s - point.start_s <= 90 for point in found["highlights"].items)
    texts = [point.text for point in found["takeaways"].items]
    assert len(texts) == len(set(texts)) <= 9


@pytest.mark.parametrize("segments", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("answer", [copied, "Everybody agrees that it was all very good for the whole world.", ""])
def test_something_is_told_and_it_is_true(store: Store, segments: Sequence[Segment], answer: str) -> None:
    said, found = read(store, segments, Told(answer))
    check(said, found)
    assert found["takeaways"].items and found["summary"].items and found["gist"].items and found["chapters"].items


@pytest.mark.parametrize("segments", SILENT.values(), ids=SILENT.keys())
def test_where_nothing_was_said_it_says_so_and_asks_no_model(store: Store, segments: Sequence[Segment]) -> None:
    writer = Told(copied)
    said, found = read(store, segments, writer)
    check(said, found)
    assert not any(insight.items for insight in found.values()) and not writer.asked
    assert "Nothing was said" in found["takeaways"].notice == found["summary"].notice


@pytest.mark.parametrize("segments", FOREIGN.values(), ids=FOREIGN.keys())
def test_another_language_has_chapters_takeaways_and_a_spread(store: Store, segments: Sequence[Segment]) -> None:
    said, found = read(store, segments, Told(copied))
    assert 3 <= len(found["chapters"].items) <= 6
    assert len(found["takeaways"].items) >= 5
    fifths = {int(5 * (point.sentences[0] - 1) / len(said)) for point in found["takeaways"].items}
    assert len(fifths) >= 4
    assert not found["mentions"].items, "capitals tell no names there"


@pytest.mark.parametrize("segments", UNTIMED.values(), ids=UNTIMED.keys())
def test_without_times_there_is_all_but_what_needs_them(store: Store, segments: Sequence[Segment]) -> None:
    episode = put_episode(store)
    put_transcript(store, episode, segments)
    found = read_episode(store, episode, Told(copied))
    assert found["highlights"].items == ()
    assert len(found["chapters"].items) > 1 and len(found["takeaways"].items) >= 5
    assert not any(point.timed for insight in found.values() for point in insight.items)
    assert store.library.chapters(episode.id) == [], "a player could not go to them"


def test_one_impossible_time_does_not_cost_the_chapters(store: Store) -> None:
    _, found = read(store, ODD["one line ten hours later"], Told(copied))
    assert len(found["chapters"].items) >= 3


def test_sounds_are_neither_told_nor_mentioned(store: Store) -> None:
    _, found = read(store, ODD["music and talk"], Told(copied))
    assert not any("Music" in point.text + point.title for insight in found.values() for point in insight.items)


@pytest.mark.timeout(120)
def test_twelve_hours_take_seconds_besides_the_model(store: Store) -> None:
    segments = [Segment(5.4 * n, 5.4 * n + 5.4, text) for n, text in enumerate(long_talk(720))]
    started = time.process_time()
    said, found = read(store, segments, Told(copied))
    took_s = time.process_time() - started
    check(said, found)
    assert 60 <= len(found["chapters"].items) <= 72
    assert took_s < 40
    episode = store.library.episodes()[0]
    transcript = store.insights.find(episode.id)
    assert transcript is not None
    index(store, transcript.id, EMBEDDER)
    hit = retrieve(store, EMBEDDER, "tons of marble 3688")[0]
    assert hit.episode_id == episode.id


@pytest.mark.parametrize(
    "name", ["random words", "one word 10,000 times", "100 kB without punctuation", "100 kB without a blank"]
)
def test_garbage_can_be_searched(store: Store, name: str) -> None:
    episode = put_episode(store)
    said = put_transcript(store, episode, ODD[name])
    transcript = store.insights.find(episode.id)
    assert transcript is not None
    assert index(store, transcript.id, EMBEDDER) >= 1
    found = retrieve(store, EMBEDDER, said[0].text.split()[0])
    assert found and all(first.first <= first.last for first in found)
    assert all(one.start_s <= two.start_s for one, two in itertools.pairwise(sorted(found, key=lambda hit: hit.start_s)))
