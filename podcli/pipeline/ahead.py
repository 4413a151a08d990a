"""Reading begins while Whisper still listens: between two batches, the chapters that are settled are read.

Not beside it: two engines whose threads spin on the same cores take many times as long as one after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from podcli.domain import Episode, Job, Transcript, unbroken_s
from podcli.engines.machine import memory_gb
from podcli.errors import PodcliError
from podcli.pipeline.sentences import sentences
from podcli.pipeline.stages import engine_of

if TYPE_CHECKING:
    from podcli.pipeline.stages import Context

EVERY_S = 600.0
"""Of new transcript: less is seldom a settled chapter."""
_ENOUGH_GB = 6.0
"""Memory from which both models fit beside one another."""


def reader(job: Job, episode: Episode, transcript: Transcript, context: Context) -> Callable[[], None]:
    """What to call after each batch of a transcription. It reads only when somebody waits for insights of this episode.

    A reading that fails costs nothing: the job that follows tries again and says why.
    """
    insights = context.store.insights
    seen_s = unbroken_s(transcript.heard)
    # whisper.cpp and llama.cpp each bring their own ggml: they never share a process.
    able = memory_gb() >= _ENOUGH_GB and engine_of(job) != "whispercpp"

    def after_batch() -> None:
        nonlocal seen_s, able
        heard_s = unbroken_s(insights.heard(transcript.id))
        if not able or heard_s - seen_s < EVERY_S:
            return
        seen_s = heard_s
        waiting = next((each for each in context.store.jobs.active() if each.kind == "insights" and each.after == job.id), None)
        if waiting is None:
            return
        from podcli.pipeline.reading import Reading

        try:
            said = sentences(insights.segments(transcript.id, until_s=heard_s))
            Reading(context, episode.id, transcript.id, str(waiting.options["model"]), said).settled()
        except PodcliError:
            able = False
        context.report.stage("Transcribing", unit="seconds", total=episode.duration_s)
        context.report.advance(heard_s)

    return after_batch
