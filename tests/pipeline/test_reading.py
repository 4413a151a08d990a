"""The reading stage over a real library: what is stored as it goes, what a kill leaves, and reading while Whisper listens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from podcli.domain import Episode, Segment
from podcli.errors import PodcliError
from podcli.pipeline import ahead, reading, stages, transcribing
from podcli.store import Store
from tests.bench.talks import talk as real_talk
from tests.pipeline.readings import context, put_job, put_transcript
from tests.pipeline.talks import Told, copied


def transcribed(store: Store, episode: Episode) -> None:
    put_transcript(store, episode, [Segment(s.start_s, s.end_s, s.text, s.speaker) for s in real_talk("sample").sentences])


def test_everything_is_stored_and_marked_complete(store: Store, episode: Episode) -> None:
    transcribed(store, episode)
    wanted = put_job(store, "insights", episode)
    made = reading.read(wanted, context(store, wanted, Told(copied)))
    for kind in reading.KINDS:
        found = store.insights.insight(made["transcript_id"], kind)  # type: ignore[arg-type]
        assert found is not None and found.complete and found.model == "m", kind
    assert next(chapter.source for chapter in store.library.chapters(episode.id)) == "podcli"


def test_what_was_read_is_there_while_later_chapters_are_read(store: Store, episode: Episode) -> None:
    transcribed(store, episode)
    wanted = put_job(store, "insights", episode)
    seen: list[tuple[int, bool, int]] = []

    def watching(text: str, question: str) -> str:
        found = store.insights.find(episode.id)
        assert found is not None
        points = store.insights.insight(found.id, "takeaways")
        chapters = store.insights.insight(found.id, "chapters")
        seen.append(
            (len(points.items) if points else 0, bool(points and points.complete), len(chapters.items) if chapters else 0)
        )
        return copied(text, question)

    reading.read(wanted, context(store, wanted, Told(watching)))
    assert seen[0][2] > 1, "chapters come before the first is read"
    assert any(count > 0 and not complete for count, complete, _ in seen), "takeaways come while others are still read"


@pytest.mark.parametrize("share", [0.0, 0.3, 0.6, 0.99])
def test_killed_anywhere_it_goes_on_at_the_next_question(store: Store, episode: Episode, share: float) -> None:
    transcribed(store, episode)
    wanted = put_job(store, "insights", episode)
    whole = Told(copied)
    reading.read(wanted, context(store, wanted, whole))
    asked_in_all = len(whole.asked)
    after = int(share * sum("grammar" in asked for asked in whole.asked))
    found = store.insights.find(episode.id)
    assert found is not None
    expected = store.insights.insight(found.id, "takeaways")
    store.insights.discard(found.id)
    transcribed(store, episode)

    class Killed(Exception):
        pass

    def dies(text: str, question: str) -> str:
        if len(writer.asked) > after:
            raise Killed
        return copied(text, question)

    writer = Told(dies)
    with pytest.raises(Killed):
        reading.read(wanted, context(store, wanted, writer))
    again = Told(copied)
    reading.read(wanted, context(store, wanted, again))
    assert len(again.asked) <= asked_in_all - after + 1
    found = store.insights.find(episode.id)
    assert found is not None
    made = store.insights.insight(found.id, "takeaways")
    assert made is not None and expected is not None and made.items == expected.items


def test_another_model_makes_another_row_and_keeps_the_old(store: Store, episode: Episode) -> None:
    transcribed(store, episode)
    for model in ("small", "large"):
        wanted = store.jobs.enqueue("insights", episode_id=episode.id, options={"model": model})
        reading.read(wanted, context(store, wanted, Told(copied)))
    found = store.insights.find(episode.id)
    assert found is not None
    assert store.insights.insight(found.id, "gist", model="small") and store.insights.insight(found.id, "gist", model="large")


def test_without_a_transcript_one_is_told_what_to_do(store: Store, episode: Episode) -> None:
    wanted = put_job(store, "insights", episode)
    with pytest.raises(PodcliError) as problem:
        reading.read(wanted, context(store, wanted, Told(copied)))
    assert "no transcript" in problem.value.message


def test_a_model_too_small_to_read_with_is_refused_in_words(store: Store, episode: Episode) -> None:
    transcribed(store, episode)
    wanted = put_job(store, "insights", episode)
    with pytest.raises(PodcliError) as problem:
        reading.read(wanted, context(store, wanted, Told(copied, context_tokens=128)))
    assert "too few" in problem.value.message and problem.value.exit_code == 4


class Hears:
    """A transcriber that hears the sample over and over, a minute at a time."""

    model_id, language, decode_version = "w", "en", "1"

    def __init__(self, minutes: int, after: Callable[[int], None]) -> None:
        self._minutes, self._after = minutes, after

    def transcribe(self, audio: Path, **_: object) -> Iterator[list[Segment]]:
        said = real_talk("sample").sentences
        length = said[-1].end_s
        for minute in range(self._minutes):
            begin = 60.0 * minute
            yield [
                Segment(s.start_s + turn * length, s.end_s + turn * length, s.text, s.speaker)
                for turn in range(int(begin // length), int(begin // length) + 2)
                for s in said
                if begin <= s.start_s + turn * length < begin + 60
            ]
            self._after(minute)


def test_nothing_is_read_beside_whisper_cpp(
    store: Store, episode: Episode, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Its ggml and llama.cpp's are two: they never share a process."""
    monkeypatch.setattr(ahead, "memory_gb", lambda: 16.0)
    monkeypatch.setattr(transcribing, "fetch_audio", lambda episode, context: tmp_path / "one.mp3")
    store.library.save_file(episode.id, path=str(tmp_path / "one.mp3"), sha256="1" * 64, bytes=1)
    listening = put_job(store, "transcribe", episode, model="whisper-tiny.en-ggml")
    waiting = put_job(store, "insights", episode, after=listening)
    writer = Told(copied)
    transcribing.transcribe(listening, context(store, listening, writer, Hears(36, lambda minute: None)))
    assert writer.asked == []
    engines = [stages.engine_of(job) for job in (listening, waiting, put_job(store, "transcribe", episode, model="whisper-base"))]
    assert engines == ["whispercpp", "llama", "whisper"]


@pytest.mark.parametrize("somebody_waits", [True, False])
def test_settled_chapters_are_read_while_whisper_listens(
    store: Store, episode: Episode, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, somebody_waits: bool
) -> None:
    monkeypatch.setattr(ahead, "memory_gb", lambda: 16.0)
    monkeypatch.setattr(transcribing, "fetch_audio", lambda episode, context: tmp_path / "one.mp3")
    store.library.save_file(episode.id, path=str(tmp_path / "one.mp3"), sha256="1" * 64, bytes=1)
    listening = put_job(store, "transcribe", episode)
    if somebody_waits:
        put_job(store, "insights", episode, after=listening)
    points: list[int] = []

    def look(minute: int) -> None:
        found = store.insights.find(episode.id)
        made = store.insights.insight(found.id, "takeaways") if found else None
        assert made is None or not made.complete
        points.append(len(made.items) if made else 0)

    writer = Told(copied)
    transcribing.transcribe(listening, context(store, listening, writer, Hears(36, look)))
    assert bool(writer.asked) == somebody_waits
    assert (max(points) > 0) == somebody_waits
    if somebody_waits:
        found = store.insights.find(episode.id)
        assert found is not None
        before = {pair[:2] for pair in store.insights.readings(found.id, model="m", prompt_version=reading.PROMPT_VERSION)}
        wanted = next(each for each in store.jobs.active() if each.kind == "insights")
        again = Told(copied)
        reading.read(wanted, context(store, wanted, again))
        after = {pair[:2] for pair in store.insights.readings(found.id, model="m", prompt_version=reading.PROMPT_VERSION)}
        assert before < after, "chapters that were read stay as they were"
        passages = sorted(after - {(0, 0)})
        assert all(first[1] < second[0] for first, second in pairwise(passages)), "nothing is read twice"


class Interprets:
    """A transcriber that hears Japanese, and says it in English when asked to."""

    model_id, language, decode_version = "w", "ja", "1"

    def transcribe(self, audio: Path, *, translate: bool = False, **_: object) -> Iterator[list[Segment]]:
        yield [Segment(0.0, 2.0, "The ship is big." if translate else "船は大きいです。")]


def test_a_translation_stands_beside_what_was_said_and_tells_where_it_is_from(
    store: Store, episode: Episode, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(transcribing, "fetch_audio", lambda episode, context: tmp_path / "one.mp3")
    store.library.save_file(episode.id, path=str(tmp_path / "one.mp3"), sha256="1" * 64, bytes=1)
    for translate in (False, True):
        options: dict[str, object] = {"model": "w", "own": True, **({"translate": True} if translate else {})}
        job = store.jobs.enqueue("transcribe", episode_id=episode.id, options=options)
        transcribing.transcribe(job, context(store, job, Told(copied), Interprets()))
    for translate, language, said, notice in (
        (False, "ja", "船は大きいです。", ""), (True, "en", "The ship is big.", "Translated from Japanese by w.")
    ):  # fmt: skip
        found = store.insights.find(episode.id, complete=True, translated=translate)
        assert found is not None and (found.language, found.notice) == (language, notice)
        assert [segment.text for segment in store.insights.segments(found.id)] == [said]
