"""The stage that answers a question: makes it stand alone, seeks the answer, and stores each sentence as soon as it is proven."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from podcli.domain import Answer, AnswerId, Citation, Job
from podcli.errors import PodcliError
from podcli.pipeline.asking_prompts import ROOM, SYSTEM
from podcli.pipeline.following import alone
from podcli.pipeline.retrieval import index_missing
from podcli.pipeline.seeking import Candidate, Search
from podcli.store import require_episode

if TYPE_CHECKING:
    from podcli.engines.base import Writer
    from podcli.pipeline.stages import Context, Result
    from podcli.store import Store

_LEAST_ROOM = 64
"""Tokens of a passage a model must be able to read."""


def ask(job: Job, context: Context) -> Result:
    """Find the answer ``job.target``. Option ``model``. Its result names the answer, which may be one that was there already."""
    store, answers = context.store, context.store.answers
    answer = answers.get(AnswerId(int(job.target)))
    if answer is None:
        raise PodcliError("This question is no longer there.", "Ask it again.")
    if answer.complete:
        return {"answer": answer.id}
    scope = answers.scope(answer.id)
    transcripts = store.passages.transcripts(scope)
    if not transcripts:
        message = "None of these episodes has a transcript, so nothing can be asked."
        raise PodcliError(message, "Make one: `podcli transcript EPISODE`.")
    kept = answers.settle(answer.id, answers.identity(answer, scope, transcripts))
    if kept != answer.id:
        return {"answer": kept}
    embedder = context.models.embedder()
    index_missing(store, embedder, lambda done, total: _tell(context, "Making transcripts searchable", done, total))
    writer = _writer(context, str(job.options["model"]))
    context.report.stage("Searching what was said")
    understood = _understood(store, answer, writer)
    begun = replace(answer, understood="" if understood == answer.question else understood, transcripts=len(transcripts))
    search = Search(store, embedder, writer, understood, scope)
    stored = begun

    def tell() -> None:
        nonlocal stored
        context.report.stage(f"Reading passage {len(search.read) + 1}")
        found = _so_far(store, begun, search)
        if found.sentences != stored.sentences:
            answers.save(found)
            stored = found

    search.run(tell)
    answers.save(replace(_so_far(store, begun, search), complete=True))
    return {"answer": answer.id}


def _understood(store: Store, answer: Answer, writer: Writer) -> str:
    earlier = store.answers.get(answer.follows) if answer.follows is not None else None
    return alone(answer.question, earlier, writer) if earlier else answer.question


def _so_far(store: Store, answer: Answer, search: Search) -> Answer:
    told = tuple(citation(store, each) for each in search.accepted())
    return replace(answer, sentences=told, answered=bool(told), searches=tuple(search.searches))


def citation(store: Store, told: Candidate) -> Citation:
    """A candidate as it is told."""
    point, episode = told.shown, require_episode(store.library, told.evidence.episode_id)
    return Citation(
        point.text, point.quote, episode.id, episode.title, episode.show_title, point.start_s, point.end_s, point.sentences,
        "claim" if point.kind == "claim" else "quote", point.speaker,
    )  # fmt: skip


def _writer(context: Context, model: str) -> Writer:
    if not context.models.has_writer(model):
        context.report.stage("Loading the language model")
    writer = context.models.writer(model, context.settings.work.threads)
    if writer.context_tokens - writer.count(SYSTEM) - ROOM < _LEAST_ROOM:
        raise PodcliError(
            f"The model {model} can hold {writer.context_tokens} tokens at once: too few to read with.",
            "Choose another one with `podcli models use`.", exit_code=4,
        )  # fmt: skip
    return writer


def _tell(context: Context, stage: str, done: int, total: int) -> None:
    if done == 1:
        context.report.stage(stage, total=total)
    context.report.advance(done)
