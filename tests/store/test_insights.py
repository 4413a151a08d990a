from __future__ import annotations

from podcli.domain import Episode, Insight, Point, Segment, Sentence, Transcript, Word
from podcli.store import Store
from podcli.store.insights import TRANSLATED
from tests.store.examples import feed, item

SEGMENTS = [
    Segment(0.0, 1.5, "Hello there.", "Ann", (Word(0.0, 0.5, "Hello"), Word(0.6, 1.5, "there."))),
    Segment(1.5, 3.0, "Zürich, 第一.", "Ben"),
]
SENTENCES = [Sentence(1, 0.0, 1.5, "Hello there.", "Ann"), Sentence(2, 1.5, 3.0, "Zürich, 第一.", "Ben")]


def begin(store: Store, episode: Episode, *, sha: str = "a" * 64, model: str = "whisper-base") -> Transcript:
    return store.insights.begin(episode.id, audio_sha256=sha, source="whisper", model=model, decode_version="1")


def test_segments_come_back_as_they_were_in_the_order_they_were_added(store: Store, episode: Episode) -> None:
    transcript = begin(store, episode)
    store.insights.add_segments(transcript.id, SEGMENTS[:1])
    assert store.insights.heard(transcript.id) == ((0.0, 1.5),)
    store.insights.add_segments(transcript.id, SEGMENTS[1:])
    assert store.insights.segments(transcript.id) == SEGMENTS
    assert store.insights.segments(transcript.id, until_s=2.0) == SEGMENTS[:1]
    assert not transcript.complete and store.insights.find(episode.id, complete=True) is None


def test_what_is_heard_out_of_order_is_read_in_order(store: Store, episode: Episode) -> None:
    transcript = begin(store, episode)
    store.insights.add_segments(transcript.id, [Segment(60.0, 62.0, "Third.")], begun_s=58.0)
    store.insights.add_segments(transcript.id, [Segment(63.0, 64.0, "Fourth.")], begun_s=58.0)
    store.insights.add_segments(transcript.id, SEGMENTS)
    assert [each.text for each in store.insights.segments(transcript.id)] == [*(s.text for s in SEGMENTS), "Third.", "Fourth."]
    assert store.insights.heard(transcript.id) == ((0.0, 3.0), (58.0, 64.0)) and store.insights.count_segments(transcript.id) == 4
    assert store.insights.segments(transcript.id, until_s=3.0) == SEGMENTS
    assert store.insights.cover(transcript.id, (3.0, 58.0)) == ((0.0, 64.0),)
    found = store.insights.find(episode.id)
    assert found is not None and found.heard == ((0.0, 64.0),)
    store.insights.finish(transcript.id, SENTENCES)
    assert store.insights.heard(transcript.id) == (), "a complete one covers all there is"


def test_a_publishers_words_stay_in_the_order_of_the_file(store: Store, episode: Episode) -> None:
    made = store.insights.begin(episode.id, audio_sha256="p", source="publisher", model="publisher", decode_version="1")
    backwards = [Segment(9.0, 10.0, "First."), Segment(1.0, 2.0, "Second.")]
    store.insights.add_segments(made.id, backwards)
    assert store.insights.segments(made.id) == backwards


def test_the_same_audio_model_and_version_is_the_same_transcript(store: Store, episode: Episode) -> None:
    first = begin(store, episode)
    assert begin(store, episode).id == first.id
    assert begin(store, episode, model="whisper-tiny.en").id != first.id


def test_a_translation_is_another_transcript_of_the_same_audio(store: Store, episode: Episode) -> None:
    spoken = begin(store, episode)
    translated = store.insights.begin(
        episode.id, audio_sha256="a" * 64, source="whisper", model="whisper-base", decode_version=f"1{TRANSLATED}"
    )
    assert translated.id != spoken.id and translated.translated and not spoken.translated
    for wanted, found in ((True, translated), (False, spoken), (None, translated)):
        assert (got := store.insights.find(episode.id, translated=wanted)) is not None and got.id == found.id
    store.insights.finish(translated.id, SENTENCES, language="en")
    assert store.insights.find(episode.id, complete=True, translated=False) is None


def test_two_episodes_with_the_same_audio_share_a_transcript(store: Store, episode: Episode) -> None:
    store.library.save_feed(feed(item("copy")), url="https://other.example.org/feed")
    copy = next(found for found in store.library.episodes() if found.guid == "copy")
    for found in (episode, copy):
        store.library.save_file(found.id, path=f"/x/{found.id}.mp3", sha256="a" * 64, bytes=5)
    transcript = begin(store, episode)
    store.insights.finish(transcript.id, SENTENCES)
    shared = store.insights.find(copy.id, complete=True)
    assert shared is not None and shared.id == transcript.id
    again = store.library.episode(copy.id)
    assert again is not None and again.has_transcript


def test_finished_sentences_are_searchable_until_they_are_discarded(store: Store, episode: Episode) -> None:
    transcript = begin(store, episode)
    store.insights.finish(transcript.id, SENTENCES)
    assert store.passages.worded('"zurich"', ranked=True, limit=9) == [(transcript.id, 2)]
    store.insights.discard(transcript.id)
    assert store.passages.worded('"hello"', ranked=True, limit=9) == [] and store.check() == "ok"


def test_an_insight_comes_back_with_its_evidence(store: Store, episode: Episode) -> None:
    transcript = begin(store, episode)
    store.insights.finish(transcript.id, SENTENCES)
    items = (Point("A claim", "Hello there.", 0.0, 1.5, (1, 2)), Point("Q", "Q", 1.5, 3.0, (2,), "quote"))
    made = Insight("takeaways", "qwen", "3", items, True, "why")
    store.insights.save_insight(transcript.id, made)
    store.insights.save_insight(transcript.id, made)
    assert store.insights.insight(transcript.id, "takeaways") == made
    assert store.insights.insight(transcript.id, "summary") is None
    found = store.library.episode(episode.id)
    assert found is not None and found.has_takeaways


def test_a_new_model_or_prompt_makes_a_new_row_and_keeps_the_old(store: Store, episode: Episode) -> None:
    transcript = begin(store, episode)
    for model, prompt in (("small", "1"), ("small", "2"), ("large", "2")):
        store.insights.save_insight(transcript.id, Insight("takeaways", model, prompt))
    old = store.insights.insight(transcript.id, "takeaways", model="small", prompt_version="1")
    newest = store.insights.insight(transcript.id, "takeaways")
    assert old is not None and newest is not None and (newest.model, newest.prompt_version) == ("large", "2")


def test_readings_are_kept_by_passage_and_question(store: Store, episode: Episode) -> None:
    transcript = begin(store, episode)
    store.insights.add_reading(
        transcript.id, model="m", prompt_version="1", passage=(1, 40), question="claims", answer="CLAIM: x | LINES: 1"
    )
    store.insights.add_reading(transcript.id, model="m", prompt_version="1", passage=(1, 40), question="title", answer="X")
    assert store.insights.readings(transcript.id, model="m", prompt_version="1") == {
        (1, 40, "claims"): "CLAIM: x | LINES: 1", (1, 40, "title"): "X",
    }  # fmt: skip
    assert store.insights.readings(transcript.id, model="m", prompt_version="1", adapters="a@0.5") == {}
    assert store.insights.readings(transcript.id, model="m", prompt_version="2") == {}
