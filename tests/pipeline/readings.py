"""Episodes in a real library, read from end to end by a writer that a test chooses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from podcli.domain import Enclosure, Episode, Feed, FeedItem, Insight, InsightKind, Job, JobKind, Segment, Sentence
from podcli.engines.embed import WordLlamaEmbedder
from podcli.pipeline import reading, stages
from podcli.pipeline.reporter import Reporter
from podcli.pipeline.sentences import sentences
from podcli.settings import Settings
from podcli.store import Store
from tests.pipeline.talks import Told

EMBEDDER = WordLlamaEmbedder()


class Models(stages.Models):
    """A writer that says what a test tells it to, and a transcriber that hears what it is given."""

    def __init__(self, writer: Told, transcriber: object = None) -> None:
        super().__init__()
        self.told, self._hears = writer, transcriber

    def has_writer(self, model_id: str) -> bool:
        return True

    def writer(self, model_id: str, threads: int) -> Any:  # noqa: ANN401
        return self.told

    def transcriber(self, model_id: str, threads: int) -> Any:  # noqa: ANN401
        return self._hears

    def embedder(self) -> WordLlamaEmbedder:
        return EMBEDDER


def put_episode(store: Store, title: str = "One") -> Episode:
    """A new episode of the show "A"."""
    url = "https://feeds.example.org/a.xml"
    item = FeedItem(title, title, Enclosure(f"https://cdn.example.org/{len(title)}.mp3", "audio/mpeg", 10))
    store.library.save_feed(Feed(url, "A", (item,)), url=url)
    return next(episode for episode in store.library.episodes() if episode.title == title)


def put_transcript(store: Store, episode: Episode, segments: Sequence[Segment]) -> list[Sentence]:
    """What was said in it, as the stage that transcribes stores it."""
    made = store.insights.begin(episode.id, audio_sha256=f"{episode.id:064}", source="whisper", model="w", decode_version="1")
    store.insights.add_segments(made.id, segments)
    store.insights.finish(made.id, sentences(segments))
    return store.insights.sentences(made.id)


def put_said(store: Store, spoken: Sequence[Sentence], title: str = "One") -> Episode:
    """A new episode in which this was said."""
    episode = put_episode(store, title)
    put_transcript(store, episode, [Segment(each.start_s, each.end_s, each.text, each.speaker) for each in spoken])
    return episode


def put_job(store: Store, kind: JobKind, episode: Episode, *, after: Job | None = None, model: str = "m") -> Job:
    """Work on it that waits."""
    return store.jobs.enqueue(kind, episode_id=episode.id, options={"model": model}, after=after.id if after else None)


def context(store: Store, job: Job, writer: Told, transcriber: object = None) -> stages.Context:
    """What a stage that does `job` may use."""
    return stages.Context(store, Settings(), Reporter(store, job), Models(writer, transcriber))


def read_episode(store: Store, episode: Episode, writer: Told, *, model: str = "m") -> dict[InsightKind, Insight]:
    """Read it as the worker does; every insight that was stored."""
    job = put_job(store, "insights", episode, model=model)
    assert store.jobs.claim("ml") is not None
    made = reading.read(job, context(store, job, writer))
    store.jobs.finish(job.id)
    found = {kind: store.insights.insight(made["transcript_id"], kind) for kind in reading.KINDS}  # type: ignore[arg-type]
    return {kind: insight for kind, insight in found.items() if insight is not None}
