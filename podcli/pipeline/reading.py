"""The stage that reads a transcript with a language model, chapter by chapter, and stores what it makes of it as it goes."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from podcli.domain import Chapter, EpisodeId, Insight, InsightKind, Job, Point, Sentence, TranscriptId
from podcli.engines import adapters
from podcli.errors import PodcliError
from podcli.pipeline import claims, mentions, passages, prompts, sponsors
from podcli.pipeline.chapters import boundaries
from podcli.pipeline.events import happened
from podcli.pipeline.findings import BELIEF, GIST_FROM, Findings, Material, findings
from podcli.pipeline.prompts import PROMPT_VERSION
from podcli.pipeline.salience import salience
from podcli.pipeline.tasks import answered_with, any_answers, left_aside, made_with
from podcli.pipeline.verify import Verifier
from podcli.store import require_episode

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from podcli.engines.base import Embedder, Writer
    from podcli.pipeline.claims import Answers
    from podcli.pipeline.passages import Passage
    from podcli.pipeline.stages import Context, Result

KINDS: tuple[InsightKind, ...] = (
    "takeaways", "summary", "gist", "chapters", "highlights", "quotes", "questions", "mentions",
)  # fmt: skip
_AT_ONCE: tuple[InsightKind, ...] = ("chapters", "quotes", "questions")
"""What needs no model, but for the titles of chapters."""
_AS_READ: tuple[InsightKind, ...] = ("takeaways", "summary", "gist", "chapters", "highlights")
"""What grows with every chapter that was read."""


def read(job: Job, context: Context) -> Result:
    """Every insight of an episode. Option ``model``. Each answer of the model is kept, so a killed job goes on at the next."""
    assert job.episode_id is not None
    transcript = context.store.insights.find(job.episode_id, complete=True)
    if transcript is None:
        raise PodcliError("This episode has no transcript yet.", "Run `podcli transcript` for it first.")
    sentences = context.store.insights.sentences(transcript.id)
    Reading(context, job.episode_id, transcript.id, str(job.options["model"]), sentences).all()
    happened(context.store, "insights", require_episode(context.store.library, job.episode_id))
    return {"transcript_id": transcript.id}


class Reading:
    """One transcript read by one model."""

    def __init__(
        self, context: Context, episode_id: EpisodeId, transcript_id: TranscriptId, model: str, sentences: list[Sentence]
    ) -> None:
        self._context, self._episode, self._transcript, self._model = context, episode_id, transcript_id, model
        self._adapters = adapters.ready(model)
        self._sentences = sentences
        self._material = self._gathered(())

    def all(self) -> Findings:
        """Read every chapter, then what is asked about the whole."""
        read: list[tuple[Passage, Answers]] = []
        whole: dict[str, str] = {}
        if any(kind != "sound" for kind in self._material.verifier.kinds):
            writer = self._writer()
            self._mask(writer)
            planned = self._planned(writer)
            self._save(findings(self._material, [], {}, only=_AT_ONCE), complete=False)
            pieces = sum(len(passage.pieces) for passage in planned)
            self._context.report.stage("Reading", total=pieces + 1)
            done = itertools.count(1)
            for passage in planned:

                def after(answers: Answers, passage: Passage = passage) -> None:
                    self._save(findings(self._material, [*read, (passage, answers)], {}, only=_AS_READ), complete=False)
                    self._context.report.advance(next(done))

                read.append((passage, self._ask(passage, writer, after)))
            whole = self._whole(read, writer)
            self._context.report.advance(pieces + 1)
        found = findings(self._material, read, whole)
        self._save(found, complete=True)
        return found

    def _gathered(self, sponsored: Collection[int]) -> Material:
        embedder = self._context.models.embedder()
        return material(self._sentences, embedder, self._published(), self._read_before(), sponsored)

    def _mask(self, writer: Writer) -> None:
        """Leave out sponsor messages that only the model notices."""
        place = (0, 0)
        found = sponsors.confirmed(
            self._sentences, self._material.verifier.kinds, writer, self._known(place),
            lambda name, said: self._keep(place, name, said),
        )  # fmt: skip
        if found:
            self._material = self._gathered(found)

    def settled(self) -> None:
        """Read the chapters that can no longer change while the transcript still grows: all but the last two."""
        writer = self._writer()
        read: list[tuple[Passage, Answers]] = []
        for passage in self._planned(writer):
            if len(self._material.starts) > 2 and passage.last < self._material.starts[-2]:
                read.append((passage, self._ask(passage, writer)))
        if read:
            self._save(findings(self._material, read, {}, only=_AS_READ), complete=False)

    def _read_before(self) -> list[tuple[int, int]]:
        """The first and last sentence (numbers) of passages that were read before, in order, without overlaps."""
        found: list[tuple[int, int]] = []
        for first, last in sorted({(first, last) for first, last, _ in self._answers() if first}):
            if not found or first > found[-1][1]:
                found.append((first, last))
        return found

    def _planned(self, writer: Writer) -> list[Passage]:
        room = writer.context_tokens - writer.count(prompts.SYSTEM) - claims.ROOM
        if room < 64:
            raise PodcliError(
                f"The model {self._model} can hold {writer.context_tokens} tokens at once: too few to read with.",
                "Choose another one with `podcli models use`.", exit_code=4,
            )  # fmt: skip
        material = self._material
        return passages.plan(material.verifier, material.worth, material.starts, writer.count, room)

    def _ask(self, passage: Passage, writer: Writer, after: Callable[[Answers], None] = lambda answers: None) -> Answers:
        verifier = self._material.verifier
        place = claims.identity(passage, verifier)
        return claims.ask(passage, verifier, writer, self._known(place), lambda name, said: self._keep(place, name, said), after)

    def _whole(self, read: list[tuple[Passage, Answers]], writer: Writer) -> dict[str, str]:
        place = (0, 0)
        return whole_answers(self._material, read, writer, self._known(place), lambda name, said: self._keep(place, name, said))

    def _known(self, place: tuple[int, int]) -> dict[str, str]:
        return {question: said for (first, last, question), said in self._answers().items() if (first, last) == place}

    def _answers(self) -> dict[tuple[int, int, str], str]:
        """What was answered before, each question with the adapters that would work on it now."""
        found: dict[tuple[int, int, str], str] = {}
        for used in any_answers(self._adapters):
            readings = self._context.store.insights.readings(
                self._transcript, model=self._model, prompt_version=PROMPT_VERSION, adapters=used
            )
            found |= {key: said for key, said in readings.items() if answered_with(key[2], self._adapters) == used}
        return found

    def _keep(self, place: tuple[int, int], question: str, answer: str) -> None:
        self._context.store.insights.add_reading(
            self._transcript, model=self._model, prompt_version=PROMPT_VERSION, passage=place, question=question, answer=answer,
            adapters=answered_with(question, self._adapters),
        )  # fmt: skip

    def _writer(self) -> Writer:
        if not self._context.models.has_writer(self._model):
            self._context.report.stage("Loading the language model")
        writer = self._context.models.writer(self._model, self._context.settings.work.threads)
        writer.use(self._adapters)
        return writer

    def _published(self) -> list[Chapter]:
        """The publisher's chapters, when they are for this transcript."""
        from podcli.feeds.noted import noted_chapters

        library = self._context.store.library
        episode = require_episode(library, self._episode)
        stored = [chapter for chapter in library.chapters(self._episode) if chapter.source != "podcli"]
        return stored or list(noted_chapters(episode.description, episode.duration_s))

    def _save(self, found: Findings, *, complete: bool) -> None:
        insights = self._context.store.insights
        others = [each for each in adapters.installed() if each.model != self._model]
        for kind in KINDS if complete else found.points:
            points: tuple[Point, ...] = found.points.get(kind, ())
            notice = (found.notice if kind in ("takeaways", "summary") else "") if complete else "Still reading."
            if complete and (aside := left_aside(kind, others)):
                notice = f"{notice} {aside}".strip()
            made = Insight(kind, self._model, PROMPT_VERSION, points, complete, notice, made_with(kind, self._adapters))
            insights.save_insight(self._transcript, made)
        library = self._context.store.library
        if not self._material.chapters:
            ours = [Chapter(p.start_s, p.end_s, p.title, "podcli") for p in found.points.get("chapters", ()) if p.timed]
            library.save_chapters(self._episode, "podcli", ours)


def whole_answers(
    material: Material, read: list[tuple[Passage, Answers]], writer: Writer, known: Answers, keep: Callable[[str, str], None]
) -> dict[str, str]:
    """What is asked about the whole episode: its gist, from its best claims, and what the names in it are. Raises ModelError."""
    answers = dict(known)
    verifier = material.verifier
    held, _ = claims.held(verifier, material.worth, read)
    best = sorted(sorted(held, key=lambda claim: -claim.worth)[:GIST_FROM], key=lambda claim: claim.place)
    question, shown = prompts.about(), [claim.proven.item.text for claim in best]
    if question.name not in answers and shown:
        text = _fitting(shown, writer, writer.context_tokens - question.max_tokens - claims.ROOM)
        said = claims.whole_answer(writer, text, question).text
        belief = {BELIEF: claims.believed(writer, text, said, BELIEF)} if said else {}
        for key, told in {**belief, question.name: said}.items():
            answers[key] = told
            keep(key, told)
    for name in mentions.asked(verifier, mentions.names(verifier)):
        key = f"name:{name.text}"
        if key not in answers:
            answers[key] = mentions.sort(verifier, name, writer)
            keep(key, answers[key])
    return answers


def material(
    sentences: list[Sentence],
    embedder: Embedder,
    published: list[Chapter],
    before: Sequence[tuple[int, int]] = (),
    sponsored: Collection[int] = (),
) -> Material:
    """What the insights of a transcript are made from; `published` chapters win over ours.

    `before` are chapters, by the numbers of their first and last sentence, that were read already: they stay as they are.
    `sponsored` are the places of sponsor messages that only the model noticed.
    """
    verifier = Verifier(sentences, embedder, sponsored)
    worth = salience(sentences, verifier.kinds, verifier.vectors)
    starts, chapters = _at_sentences(published, sentences)
    if len(starts) < 2:
        chapters = []
        starts = boundaries(sentences, verifier.kinds, verifier.vectors)
        spans = {(first + 1, end) for first, end in itertools.pairwise([*starts, len(sentences)])}
        kept = [pair for pair in before if pair[1] <= len(sentences)]
        if not spans.issuperset(kept):
            starts = _beside(kept, verifier)
    return Material(verifier, worth, starts, chapters)


def _beside(kept: Sequence[tuple[int, int]], verifier: Verifier) -> list[int]:
    """The first places of chapters that were read when less of the talk was known, and of those that follow them."""
    end = kept[-1][1]
    rest = boundaries(verifier.sentences[end:], verifier.kinds[end:], verifier.vectors[end:])
    # What lies between two of them (a sponsor message) is a chapter of its own.
    gaps = [last for (_, last), (first, _) in itertools.pairwise([(0, 0), *kept]) if first > last + 1]
    return sorted({*(first - 1 for first, _ in kept), *gaps, *(end + place for place in rest)})


def _at_sentences(chapters: list[Chapter], sentences: list[Sentence]) -> tuple[list[int], list[Chapter]]:
    """The first sentence of each published chapter; those that hold none are passed over."""
    starts: list[int] = []
    kept: list[Chapter] = []
    if not sentences or sentences[-1].end_s <= 0:
        return starts, kept
    for chapter in sorted(chapters, key=lambda chapter: chapter.start_s):
        place = next((n for n, s in enumerate(sentences) if (s.start_s + s.end_s) / 2 >= chapter.start_s), None)
        if place is None:
            continue
        if starts and place == starts[-1]:
            kept[-1] = chapter
            continue
        starts.append(place)
        kept.append(chapter)
    if starts and starts[0] > 0:
        starts.insert(0, 0)
        kept.insert(0, Chapter(0.0, kept[0].start_s, "Intro", kept[0].source))
    return starts, kept


def _fitting(lines: list[str], writer: Writer, room: int) -> str:
    """As many lines as there is room for."""
    while len(lines) > 1 and writer.count(prompts.passage(lines)) > room:
        lines = lines[:-1]
    return prompts.passage(lines)
