"""The stages that read a transcript with a language model: takeaways and summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from podcli.domain import Insight, Job, Sentence, TranscriptId
from podcli.errors import PodcliError
from podcli.pipeline.prompts import PROMPT_VERSION
from podcli.pipeline.reword import reworded
from podcli.pipeline.summary import summary
from podcli.pipeline.takeaways import Window, ask, plan_windows, takeaways

if TYPE_CHECKING:
    from podcli.engines.base import Writer
    from podcli.pipeline.stages import Context, Result


def read(job: Job, context: Context) -> Result:
    """Every insight of an episode. Option ``model``. Each answer of the model is kept, so a killed job goes on at the next."""
    transcript_id, sentences = _transcript(job, context)
    found = _takeaways(job, context, transcript_id, sentences)
    writer = _writer(job, context)
    context.report.stage("Writing the summary")
    outcome = summary(sentences, found.items, writer, context.models.embedder())
    _save(job, context, transcript_id, Insight("summary", _model(job), PROMPT_VERSION, outcome.items, True, outcome.notice))
    return {"transcript_id": transcript_id}


def _takeaways(job: Job, context: Context, transcript_id: TranscriptId, sentences: list[Sentence]) -> Insight:
    answers = _read(job, context, transcript_id, sentences)
    context.report.stage("Checking every claim")
    embedder = context.models.embedder()
    outcome = takeaways(sentences, answers, embedder)
    items = outcome.items
    if items:
        writer = _writer(job, context)
        context.report.stage("Wording each point", total=len(items))
        items = reworded(items, sentences, writer, embedder, context.report.advance)
    insight = Insight("takeaways", _model(job), PROMPT_VERSION, items, True, outcome.notice)
    _save(job, context, transcript_id, insight)
    return insight


def _read(job: Job, context: Context, transcript_id: TranscriptId, sentences: list[Sentence]) -> list[tuple[Window, str]]:
    """The model's answer for every window of the transcript, those of an earlier attempt included."""
    insights = context.store.insights
    if not sentences:
        return []
    writer = _writer(job, context)
    windows = plan_windows(sentences, writer)
    known = insights.readings(transcript_id, model=_model(job), prompt_version=PROMPT_VERSION)
    context.report.stage("Reading", total=len(windows))
    answers: list[tuple[Window, str]] = []
    for done, window in enumerate(windows, 1):
        place = (window.first, window.last)
        answer = known.get((*place, "claims"))
        if answer is None:
            answer = ask(window, writer)
            insights.add_reading(
                transcript_id, model=_model(job), prompt_version=PROMPT_VERSION, passage=place, question="claims", answer=answer
            )
            if done < len(windows):
                so_far = takeaways(sentences[: window.last], [*answers, (window, answer)], context.models.embedder())
                insight = Insight("takeaways", _model(job), PROMPT_VERSION, so_far.items, False, "Still reading.")
                _save(job, context, transcript_id, insight)
        answers.append((window, answer))
        context.report.advance(done)
    return answers


def _writer(job: Job, context: Context) -> Writer:
    if not context.models.has_writer(_model(job)):
        context.report.stage("Loading the language model")
    return context.models.writer(_model(job), context.settings.work.threads)


def _transcript(job: Job, context: Context) -> tuple[TranscriptId, list[Sentence]]:
    assert job.episode_id is not None
    transcript = context.store.insights.find(job.episode_id, complete=True)
    if transcript is None:
        raise PodcliError("This episode has no transcript yet.", "Run `podcli transcript` for it first.")
    return transcript.id, context.store.insights.sentences(transcript.id)


def _save(job: Job, context: Context, transcript_id: TranscriptId, insight: Insight) -> None:
    context.store.insights.save_insight(transcript_id, insight)


def _model(job: Job) -> str:
    return str(job.options["model"])
