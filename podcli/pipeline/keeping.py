"""What is done for a snip: its words are heard when no transcript has them yet, and a model says what they come to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from podcli.domain import END_S, Job, Segment, Sentence, Snip, SnipId, Span, missing
from podcli.errors import PodcliError
from podcli.pipeline.events import changed
from podcli.pipeline.sentences import sentences
from podcli.pipeline.snipping import stretch, within
from podcli.store import require_episode

if TYPE_CHECKING:
    from podcli.domain import Episode
    from podcli.engines.base import Embedder, Writer
    from podcli.pipeline.stages import Context, Result
    from podcli.store import Store

_HEARD_S, _NEEDED_S = 30.0, 12.0
"""So much before and after what was meant is heard, to find where the thought begins and ends; and so much is enough."""


def around(at_s: float, back_s: float, margin_s: float = _NEEDED_S) -> Span:
    """The stretch of an episode that must be known to cut a snip."""
    return max(0.0, at_s - back_s - margin_s), at_s + margin_s


def words(store: Store, episode: Episode, span: Span) -> Sequence[Sentence] | None:
    """The sentences said in about that stretch, with times; None when nobody has written them down yet."""
    transcript = store.insights.find(episode.id, translated=False)
    if transcript is None:
        return None
    if transcript.complete:
        said = store.insights.sentences(transcript.id)
        return said if any(each.end_s > 0 for each in said) else None
    # Of an episode that is longer than its feed says (advertisements are put in), nobody knows where it ends.
    end = min(span[1], episode.duration_s or END_S) if not episode.duration_s or span[0] < episode.duration_s else span[1]
    if any(a < end - 1.0 and b > span[0] + 1.0 for a, b in missing(transcript.heard)):
        return None
    return sentences(_near(store.insights.segments(transcript.id), (span[0] - _HEARD_S, span[1] + _HEARD_S)))


def cut(snip: Snip, said: Sequence[Sentence], back_s: float) -> Snip:
    """`snip` with the sentences around its moment; as it is, with no words, where nobody speaks."""
    found = stretch(said, snip.at_s, back_s)
    if found is None:
        return replace(snip, state="transcribed")
    text, speaker = within(said, found)
    return replace(snip, start_s=found[0], end_s=found[1], text=text, speaker=speaker, state="transcribed")


def snip(job: Job, context: Context) -> Result:
    """Hear the words of snip ``job.target`` and cut it at sentences. Options ``model`` (id of the Whisper model), ``back_s``."""
    kept = _kept(job, context)
    back_s = float(str(job.options["back_s"]))
    episode = require_episode(context.store.library, kept.episode_id)
    said = words(context.store, episode, around(kept.at_s, back_s))
    if said is None:
        try:
            said = _hear(episode, around(kept.at_s, back_s, _HEARD_S), str(job.options["model"]), context)
        except PodcliError:
            with context.store.writing():
                context.store.snips.save(replace(_kept(job, context), state="failed"))
            raise
    with context.store.writing():  # its note may be written meanwhile, by another process
        context.store.snips.save(cut(_kept(job, context), said, back_s))
    changed(context.store, episode)
    return {"snip": kept.id}


def _hear(episode: Episode, span: Span, model: str, context: Context) -> Sequence[Sentence]:
    """Transcribe what is missing of a stretch (seconds), and return what is said there. It is kept: who transcribes the episode
    later does not hear it again. Raises PodcliError without the audio, ModelError without the model."""
    from podcli.pipeline.gather import fetch_audio
    from podcli.pipeline.stretches import Stretch, seam

    audio = fetch_audio(episode, context)
    episode = require_episode(context.store.library, episode.id)
    context.report.stage("Loading the speech model")
    transcriber = context.models.transcriber(model, context.settings.work.threads)
    insights = context.store.insights
    transcript = insights.begin(
        episode.id, audio_sha256=episode.audio_sha256, source="whisper", model=model, decode_version=transcriber.decode_version
    )
    context.report.stage("Hearing what you kept", unit="seconds", total=span[1] - span[0])
    for gap_start, gap_end in missing(transcript.heard):
        start_s, end_s = max(gap_start, span[0]), min(gap_end, span[1])
        if start_s >= end_s:
            continue
        start_s = seam(audio, Stretch(gap_start, start_s, end_s))
        for batch in transcriber.transcribe(
            audio, start_s=start_s, until_s=end_s, language=context.settings.transcribe.language or None,
            report=lambda second: context.report.advance(second - span[0]),
        ):  # fmt: skip
            insights.add_segments(transcript.id, batch, begun_s=start_s)
        if end_s >= gap_end:  # else its last words may be cut off: they are heard again with what follows
            insights.cover(transcript.id, (start_s, end_s))
    return sentences(_near(insights.segments(transcript.id), span))


def retell(job: Job, context: Context) -> Result:
    """Give snip ``job.target`` a title, a summary and its takeaway, each borne out by its words. Option ``model``."""
    kept = _kept(job, context)
    model = str(job.options["model"])
    if kept.text:
        if not context.models.has_writer(model):
            context.report.stage("Loading the language model")
        writer = context.models.writer(model, context.settings.work.threads)
        context.report.stage("Titling what you kept")
        while True:
            said = sentences([Segment(kept.start_s, kept.end_s, kept.text, kept.speaker)])
            title, summary, takeaway = told(said, writer, context.models.embedder())
            with context.store.writing():  # its note may be written meanwhile, by another process
                fresh = _kept(job, context)
                if fresh.text == kept.text:
                    own = bool(fresh.title and not fresh.model)
                    context.store.snips.save(
                        replace(fresh, title=fresh.title if own else title, summary=summary, takeaway=takeaway,
                                model="" if own else model, state="written")
                    )  # fmt: skip
                    break
                kept = fresh  # its range was moved: other words, another title
        changed(context.store, require_episode(context.store.library, kept.episode_id))
    return {"snip": kept.id}


def told(said: list[Sentence], writer: Writer, embedder: Embedder) -> tuple[str, str, str]:
    """Title, summary and takeaway of a few sentences, by the same steps as those of an episode; '' where nothing holds.

    Raises ModelError.
    """
    from podcli.pipeline import claims, passages, prompts
    from podcli.pipeline.findings import findings
    from podcli.pipeline.moments import headline
    from podcli.pipeline.reading import material

    found = replace(material(said, embedder, []), starts=[0])
    room = writer.context_tokens - writer.count(prompts.SYSTEM) - claims.ROOM
    planned = passages.plan(found.verifier, found.worth, found.starts, writer.count, room)
    read: list[tuple[passages.Passage, claims.Answers]] = [
        (passage, claims.ask(passage, found.verifier, writer, {}, lambda name, answer: None)) for passage in planned
    ]
    made = findings(found, read, {}, only=("takeaways", "summary", "chapters")).points
    takeaway = next((point.text for point in made.get("takeaways", ())), "")
    title = next((point.title for point in made.get("chapters", ())), "")
    if title in ("", "Intro", "Outro", "Part 1"):
        title = headline(takeaway or said[0].text)
    return title, " ".join(point.text for point in made.get("summary", ())[:2]), takeaway


def _near(segments: Sequence[Segment], span: Span) -> list[Segment]:
    return [each for each in segments if each.end_s > span[0] and each.start_s < span[1]]


def _kept(job: Job, context: Context) -> Snip:
    found = context.store.snips.get(SnipId(int(job.target)))
    if found is None:
        hint = "Where removing it was the last thing you did, `podcli undo` brings it back; else keep it again."
        raise PodcliError("This snip was removed meanwhile.", hint)
    return found
