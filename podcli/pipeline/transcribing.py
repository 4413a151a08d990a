"""The stage that makes a transcript: the publisher's when there is one, else Whisper's."""

from __future__ import annotations

import contextlib
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from podcli.domain import Episode, Job, Transcript
from podcli.engines.languages import language_name
from podcli.errors import PodcliError
from podcli.pipeline.ahead import reader
from podcli.pipeline.events import happened
from podcli.pipeline.gather import fetch_audio, fetch_chapters, hosts_of
from podcli.pipeline.hearing import Hearing
from podcli.pipeline.retrieval import index
from podcli.pipeline.sentences import sentences
from podcli.store import require_episode
from podcli.store.insights import TRANSLATED

if TYPE_CHECKING:
    from podcli.pipeline.stages import Context, Result


def transcribe(job: Job, context: Context) -> Result:
    """Make the transcript of an episode, going on where an earlier attempt was cut off.

    Options: ``model`` (id of the Whisper model), ``own`` (do not use the publisher's transcript), ``translate`` (into English).
    """
    assert job.episode_id is not None
    episode = require_episode(context.store.library, job.episode_id)
    notice = ""
    if not job.options.get("own") and context.settings.transcribe.publisher:
        transcript, notice = _published(episode, context)
        if transcript is not None:
            return {"transcript_id": transcript.id}
    transcript = _listen(job, episode, context, notice)
    return {"transcript_id": transcript.id}


def _published(episode: Episode, context: Context) -> tuple[Transcript | None, str]:
    """The publisher's transcript and '', or None and why it could not be used ('' when there is none)."""
    from podcli.feeds.fetch import fetch
    from podcli.feeds.published import choose_transcript, parse_transcript

    link = choose_transcript(context.store.library.transcript_links(episode.id), context.settings.transcribe.language)
    if link is None:
        return None, ""
    context.report.stage("Fetching the publisher's transcript")
    show = context.store.library.show(episode.show_id)
    try:
        answer = fetch(link.url, kind="transcript", trusted_hosts=hosts_of(show.url if show else ""))
        segments = parse_transcript(answer.content, link.type or answer.content_type, link.url)
    except PodcliError as error:
        return None, f"The publisher's transcript could not be used: {error.message}"
    if not segments:
        return None, "The publisher's transcript is empty."
    insights = context.store.insights
    version = hashlib.sha256(answer.content).hexdigest()[:16]
    transcript = insights.begin(
        episode.id, audio_sha256=f"publisher:{episode.key}", source="publisher", model="publisher", decode_version=version,
        language=link.language,
    )  # fmt: skip
    with context.store.writing():
        if not insights.segments(transcript.id):
            insights.add_segments(transcript.id, segments)
        insights.finish(transcript.id, sentences(segments))
    _made(transcript, episode, context)
    fetch_chapters(episode.id, context)  # nobody has downloaded the audio, and they win over ours
    return transcript, ""


def _listen(job: Job, episode: Episode, context: Context, notice: str) -> Transcript:
    model = str(job.options["model"])
    audio = fetch_audio(episode, context)
    episode = require_episode(context.store.library, episode.id)
    context.report.stage("Loading the speech model")
    transcriber = context.models.transcriber(model, context.settings.work.threads)
    insights = context.store.insights
    translate = bool(job.options.get("translate"))
    version = transcriber.decode_version + (TRANSLATED if translate else "")
    transcript = insights.begin(
        episode.id, audio_sha256=episode.audio_sha256, source="whisper", model=model, decode_version=version
    )
    if transcript.complete:
        return transcript
    context.report.stage("Translating" if translate else "Transcribing", unit="seconds", total=episode.duration_s)
    read_ahead = reader(job, episode, transcript, context)
    hearing = Hearing(transcriber, Path(audio), episode, transcript, context, translate=translate)
    for _ in hearing.batches():
        read_ahead()
    segments = insights.segments(transcript.id)
    if not segments:
        notice = f"{notice} No speech was heard in this audio.".strip()
    spoken = hearing.language
    if translate and spoken not in ("", "en"):
        notice = f"{notice} Translated from {language_name(spoken)} by {model}.".strip()
    insights.finish(transcript.id, sentences(segments), language="en" if translate else spoken, notice=notice)
    _made(transcript, episode, context)
    return transcript


def _made(transcript: Transcript, episode: Episode, context: Context) -> None:
    """Make it findable (without embeddings the words are found all the same; the next search tries again), and say so."""
    with contextlib.suppress(PodcliError):
        index(context.store, transcript.id, context.models.embedder())
    happened(context.store, "transcribed", episode)
