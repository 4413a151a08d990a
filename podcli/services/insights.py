"""What an episode says: cached answers at once, otherwise the chain of jobs that makes them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, get_args

from podcli.domain import Chapter, Episode, EpisodeId, Insight, InsightKind, Job, JobId, Segment, Sentence, Transcript
from podcli.engines import adapters
from podcli.errors import UsageError
from podcli.pipeline.prompts import PROMPT_VERSION
from podcli.pipeline.tasks import made_with
from podcli.settings import Settings
from podcli.store import Store, require_episode
from podcli.text import clean_line

if TYPE_CHECKING:
    from podcli.services.models import ModelService

Wish = Literal["transcribe"] | InsightKind
"""All insights are made by one reading of the transcript; which one is wished for tells when there is nothing to do."""


class InsightService:
    """Verbs over transcripts and what models made of them."""

    def __init__(self, store: Store, settings: Settings, models: ModelService) -> None:
        self._store = store
        self._settings = settings
        self._models = models

    def transcript(
        self, episode_id: EpisodeId, *, own: bool = False, segments: bool = True, translated: bool | None = None
    ) -> Transcript | None:
        """The transcript as far as it has come; with `own` only one that was made here, `translated` or not."""
        found = self._store.insights.find(episode_id, source="whisper" if own else None, translated=translated)
        if found is None or not segments:
            return found
        return replace(found, segments=tuple(self._store.insights.segments(found.id)))

    def segments(self, transcript: Transcript) -> list[Segment]:
        """What was heard so far, in the order in which it was said."""
        return self._store.insights.segments(transcript.id)

    def count_segments(self, transcript: Transcript) -> int:
        """How many there are so far; costs next to nothing."""
        return self._store.insights.count_segments(transcript.id)

    def sentences(self, episode_id: EpisodeId) -> list[Sentence]:
        """The numbered sentences of the complete transcript; empty while there is none."""
        found = self._store.insights.find(episode_id, complete=True)
        return self._store.insights.sentences(found.id) if found else []

    def chapters(self, episode_id: EpisodeId) -> list[Chapter]:
        """Chapters of the best source: embedded in the audio, the publisher's, times in the show notes, then ours."""
        from podcli.services.playback.chapters import chapters_of

        return list(chapters_of(self._store, require_episode(self._store.library, episode_id)))

    def insight(self, episode_id: EpisodeId, kind: InsightKind, *, model: str = "") -> Insight | None:
        """What was made so far, best first: by `model` (default: the chosen one) with today's adapters and prompts, else by any.

        An incomplete one is still being made.
        """
        found = self._store.insights.find(episode_id, complete=True)
        if found is None:
            return None
        wanted = model or self._models.chosen("write")
        exact = self._exact(found, kind, wanted)
        return exact or (None if model else self._store.insights.insight(found.id, kind))

    def all_of(self, ids: Collection[EpisodeId]) -> dict[EpisodeId, list[Insight]]:
        """What was made of several episodes and is complete, each as `insight` finds it; any number of them is three queries."""
        transcripts = self._store.insights.complete_of(ids)
        if not transcripts:
            return {}
        writer = self._models.chosen("write")
        used = [each for each in adapters.installed() if each.model == writer]
        kinds: tuple[InsightKind, ...] = get_args(InsightKind)
        wanted = {kind: (writer, PROMPT_VERSION, made_with(kind, used)) for kind in kinds}
        found = self._store.insights.insights_of(set(transcripts.values()), wanted)
        return {
            each: sorted((made for made in found.get(transcript, []) if made.complete), key=lambda made: kinds.index(made.kind))
            for each, transcript in transcripts.items()
        }

    def request(
        self,
        episode_id: EpisodeId,
        wish: Wish,
        *,
        own: bool = False,
        again: bool = False,
        translate: bool | None = None,
        model: str = "",
        priority: int = 0,
    ) -> list[Job]:
        """Enqueue what is missing (download → transcribe → insight) and return the jobs, in order; empty when all is there.

        `again` makes it anew. A transcript is wished for translated into English, or not, or None: as it is there. Raises
        ModelError naming the command that gets a missing model, UsageError when the chosen one cannot translate.
        """
        episode = require_episode(self._store.library, episode_id)
        with self._store.writing():
            heard = wish == "transcribe"
            chain = self._to_transcript(
                episode, own=own, again=again and heard, translate=translate, model=model if heard else "", priority=priority
            )
            if wish == "transcribe":
                return chain
            return chain + self._to_insight(episode, wish, chain, model=model, again=again, priority=priority)

    def _to_transcript(
        self, episode: Episode, *, own: bool, again: bool, translate: bool | None, model: str, priority: int
    ) -> list[Job]:
        own = own or bool(model) or bool(translate)
        wanted = self._store.insights.find(
            episode.id, source="whisper" if own else None, model=model, complete=True, translated=translate
        )
        if wanted is not None and not again and not self._file_changed(episode):
            return []
        if wanted is not None and again:
            self._store.insights.discard(wanted.id)
        published = not own and self._settings.transcribe.publisher and self._store.library.transcript_links(episode.id)
        speech = model or self._models.chosen("transcribe")
        if translate and self._models.card(speech).languages == "en":
            hint = "Take one that knows more: `podcli models pull whisper-base`, then the same with --model whisper-base."
            raise UsageError(f"{speech} understands English only.", hint)
        if not published:
            self._require_language(episode, speech)
            self._models.require(speech)
        jobs: list[Job] = []
        if not published and not self._audio_is_here(episode):
            jobs.append(self._enqueue("download", episode, {}, None, priority))
        options: dict[str, object] = {
            "model": speech,
            **({"own": True} if own else {}),
            **({"translate": True} if translate else {}),
        }
        jobs.append(self._enqueue("transcribe", episode, options, jobs[-1].id if jobs else None, priority))
        return jobs

    def _require_language(self, episode: Episode, speech: str) -> None:
        """Raise UsageError when a model for English would make English words of another language."""
        if self._models.card(speech).languages != "en":
            return
        show = self._store.library.show(episode.show_id)
        spoken = self._settings.transcribe.language or (show.language if show else "")
        if not spoken or spoken.lower().partition("-")[0].partition("_")[0] in ("en", "english"):
            return
        said = "The settings say" if self._settings.transcribe.language else f"“{episode.show_title}” says"
        raise UsageError(
            f"{said} that {clean_line(spoken)[:35]} is spoken; {speech} understands English only.",
            "Take one that knows more: `podcli models pull whisper-base`, then `podcli models use whisper-base`. "
            "If it is English all the same: `podcli config set transcribe.language en`.",
        )

    def _to_insight(
        self, episode: Episode, kind: InsightKind, chain: list[Job], *, model: str, again: bool, priority: int
    ) -> list[Job]:
        writer = model or self._models.chosen("write")
        if not chain and not again:
            found = self._store.insights.find(episode.id, complete=True)
            assert found is not None
            exact = self._exact(found, kind, writer)
            if exact is not None and exact.complete:
                return []
            if not self._models.is_installed(writer) and not model and self._store.insights.insight(found.id, kind):
                return []  # The model is gone, but what it or another one said is still here.
        self._models.require(writer)
        if again and (known := self._store.insights.find(episode.id, complete=True)) is not None:
            self._store.insights.forget_readings(known.id, model=writer)
        return [self._enqueue("insights", episode, {"model": writer}, chain[-1].id if chain else None, priority)]

    def _exact(self, transcript: Transcript, kind: InsightKind, model: str) -> Insight | None:
        """What `model` made with the prompts and adapters it would be made with today."""
        used = made_with(kind, [each for each in adapters.installed() if each.model == model])
        return self._store.insights.insight(transcript.id, kind, model=model, prompt_version=PROMPT_VERSION, adapters=used)

    def _enqueue(
        self,
        kind: Literal["download", "transcribe", "insights"],
        episode: Episode,
        options: dict[str, object],
        after: JobId | None,
        priority: int,
    ) -> Job:
        return self._store.jobs.enqueue(
            kind, episode_id=episode.id, title=episode.title, options=options, after=after, priority=priority
        )

    def _audio_is_here(self, episode: Episode) -> bool:
        from pathlib import Path

        return bool(episode.audio_path) and Path(episode.audio_path).is_file() and not self._file_changed(episode)

    def _file_changed(self, episode: Episode) -> bool:
        """Whether a local file is no longer the one that was read (by size and time of change)."""
        return episode.enclosure.url.startswith("file:") and self._store.library.file_changed(episode.id)
