from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from podcli.domain import Enclosure, EpisodeId, Feed, FeedItem, Segment
from podcli.engines.embed import WordLlamaEmbedder
from podcli.pipeline.retrieval import cut, index, index_missing, retrieve, terms
from podcli.pipeline.sentences import sentences
from podcli.services.search import SearchService
from podcli.store import Store, open_store
from podcli.store.passages import Scope
from tests.pipeline.talks import SHIPPING, talk

_EMBEDDER = WordLlamaEmbedder()
_SLEEP = (
    "We are all going to fare better with at least seven hours of sleep.",
    "When we're stressed we have trouble sleeping because we cannot relax.",
    "Athletes who slept eight hours played better than the others.",
)
_CATS = ("吾輩は猫である。", "名前はまだ無い。", "どこで生れたか頓と見当がつかぬ。")


@pytest.fixture
def store(home: object) -> Iterator[Store]:
    with open_store() as opened:
        for number, (title, texts, speaker) in enumerate(
            [("Ships", SHIPPING, "Anna Berg"), ("Sleep", _SLEEP, "Tom Hill"), ("Cats", _CATS, "")]
        ):
            url = f"https://feeds.example.org/{title}.xml"
            published = datetime(2026, 3, 1 + number, tzinfo=UTC)
            item = FeedItem(title, title, Enclosure(f"https://cdn.example.org/{title}.mp3", "audio/mpeg", 1), published=published)
            opened.library.save_feed(Feed(url, f"{title} show", (item,)), url=url)
            episode = next(each for each in opened.library.episodes() if each.title == title)
            segments = [Segment(s.start_s, s.end_s, s.text, speaker) for s in talk(*texts)]
            made = opened.insights.begin(episode.id, audio_sha256=title, source="whisper", model="w", decode_version="1")
            opened.insights.add_segments(made.id, segments)
            opened.insights.finish(made.id, sentences(segments))
        index_missing(opened, _EMBEDDER)
        yield opened


def episode(store: Store, title: str) -> EpisodeId:
    return next(each.id for each in store.library.episodes() if each.title == title)


def titles(store: Store, words: str, scope: Scope | None = None) -> list[str]:
    names = {each.id: each.title for each in store.library.episodes()}
    return [names[found.episode_id] for found in retrieve(store, _EMBEDDER, words, scope)]


def test_passages_overlap_by_a_sentence_and_cover_everything() -> None:
    said = talk(*[f"Sentence number {n} has a dozen words in it so that passages fill up." for n in range(60)])
    passages = cut(said)
    assert passages[0].first == 1 and passages[-1].last == 60
    assert all(after.first == before.last for before, after in pairwise(passages))
    assert all(60 <= 13 * (passage.last - passage.first + 1) <= 120 for passage in passages[:-1])
    assert cut([]) == []


def test_words_are_found_where_they_were_said(store: Store) -> None:
    (found, *_) = retrieve(store, _EMBEDDER, "Ever Given blocked")
    assert found.episode_id == episode(store, "Ships")
    said = " ".join(row["text"] for row in store.passages.said(found.transcript_id, found.first, found.last))
    assert "Ever Given" in said and found.start_s < found.end_s


def test_what_was_meant_is_found_without_its_words(store: Store) -> None:
    assert titles(store, "insomnia and rest")[0] == "Sleep"
    assert next(hit.episode_title for hit in SearchService(store).search("insomnia and rest")) == "Sleep"


def test_text_without_blanks_is_found(store: Store) -> None:
    assert titles(store, "名前")[0] == "Cats"


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ({"episode": "Sleep"}, {"Sleep"}),
        ({"speaker": "tom"}, {"Sleep"}),
        ({"speaker": "100%_"}, set()),
        ({"since": datetime(2026, 3, 2, tzinfo=UTC)}, {"Sleep", "Cats"}),
        ({"until": datetime(2026, 3, 2, tzinfo=UTC)}, {"Ships"}),
        ({"heard": True}, {"Ships"}),
        ({"heard": False}, {"Sleep", "Cats"}),
    ],
)
def test_filters(store: Store, scope: dict[str, object], expected: set[str]) -> None:
    store.library.mark_finished([episode(store, "Ships")], True)
    if "episode" in scope:
        scope = {"episode_id": episode(store, str(scope["episode"]))}
    found = set(titles(store, "sleep sailor ship hours 名前", Scope(**scope)))  # type: ignore[arg-type]
    assert found <= expected and bool(found) == bool(expected)


def test_removed_shows_are_not_searched(store: Store) -> None:
    show = next(show for show in store.library.shows() if show.title == "Sleep show")
    store.library.remove_show(show.id)
    assert "Sleep" not in titles(store, "seven hours of sleep")


def test_an_index_is_made_once_and_only_where_it_is_missing(store: Store) -> None:
    assert index_missing(store, _EMBEDDER) == 0
    found = store.insights.find(episode(store, "Ships"))
    assert found is not None
    before = store.passages.vectors([found.id], _EMBEDDER.model_id)
    assert index(store, found.id, _EMBEDDER) > 0
    assert store.passages.vectors([found.id], _EMBEDDER.model_id) == before
    store.insights.discard(found.id)
    assert store.passages.vectors([found.id], _EMBEDDER.model_id) == []


def test_without_embeddings_words_are_found_all_the_same(store: Store) -> None:
    found = retrieve(store, None, "Suez Canal")
    assert [each.episode_id for each in found] == [episode(store, "Ships")]


def test_common_words_are_looked_for_only_when_there_are_no_others() -> None:
    assert terms("what is the canal") == ["canal"]
    assert terms("to be or not") == ["to", "be", "or", "not"]
    assert terms("  ") == []


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60))
def test_any_text_is_a_query(store: Store, words: str) -> None:
    retrieve(store, _EMBEDDER, words)
    SearchService(store).search(words)


@pytest.mark.parametrize("words", ['"(*', "NEAR(a b)", "a AND", "-", "col:x", "x" * 10_000, "\x00\x1b", "' or 1=1 --"])
def test_operators_are_words(store: Store, words: str) -> None:
    SearchService(store).search(words)
