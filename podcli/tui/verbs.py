"""What the listener can do, as verbs for the app's thread: each is put into the bridge's queue and answered by messages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from podcli.domain import AnswerId, Episode, EpisodeId, Job, JobId, NowPlaying, ShowId
from podcli.errors import ModelError, PodcliError, UsageError
from podcli.tui import phrases
from podcli.tui.keeping import Keeping
from podcli.tui.messages import (
    AddStarted,
    AnswerRead,
    AskReady,
    DigestRead,
    HighlightsRead,
    HitsRead,
    ModelsMissing,
    Offer,
    PlayerMoved,
    Told,
)

if TYPE_CHECKING:
    from podcli.services import Services
    from podcli.services.insights import Wish
    from podcli.store.passages import Scope
    from podcli.store.search import Hit
    from podcli.tui.bridge import Verb

_BEFORE = 8
"""So many earlier questions are offered."""
_MOMENTS = 100
"""So many of the best are shown."""


class Verbs(Keeping):
    """Give it the bridge."""

    # Looking

    def select(self, episode_id: EpisodeId | None) -> None:
        """Show what this episode says."""
        self._bridge.do(lambda _: self._bridge.watch.select(episode_id), writes=False)

    def set_length(self, length: str = "") -> None:
        """Show summaries of this length, '' for the next one; kept."""

        def verb(services: Services) -> None:
            chosen = self._bridge.watch.set_length(length)
            if self._bridge.held_by is None:
                services.store.library.remember("tui.length", chosen)

        self._bridge.do(verb, writes=False)

    def search(self, text: str) -> None:
        """`HitsRead` comes back: at once with what has the words, and again with what means the same, from a process beside."""

        def verb(services: Services) -> None:
            from podcli.services.query import understood
            from podcli.services.searcher import MOST, Searcher

            query = understood(text, services.library, datetime.now().astimezone())
            hits = services.words.search(query.words, query.scope, limit=MOST)
            self._post(HitsRead(text, phrases.hit_rows(hits, query.words), query.problems))
            if self._bridge.searcher is None:
                self._bridge.searcher = Searcher(self._meant)
            self._bridge.searcher.ask(text)

        self._bridge.do(verb, writes=False)

    def _meant(self, text: str, words: str, hits: list[Hit]) -> None:
        self._post(HitsRead(text, phrases.hit_rows(hits, words), meant=True))

    def search_ends(self) -> None:
        """Nobody searches any more: end the process beside."""

        def verb(_services: Services) -> None:
            if self._bridge.searcher is not None:
                self._bridge.searcher.close()

        self._bridge.do(verb, writes=False)

    def read_highlights(self, since: str, *, unheard: bool = False) -> None:
        """`HighlightsRead` comes back."""

        def verb(services: Services) -> None:
            from podcli.services.query import moment

            try:
                begin = moment(since, datetime.now().astimezone()) if since else None
            except UsageError as error:
                self._post(Told(error.message, error.hint, "error"))
                begin = None
            self._post(HighlightsRead(services.store.highlights.best(since=begin, unheard=unheard, limit=_MOMENTS)))

        self._bridge.do(verb, writes=False)

    def read_digest(self, since: str) -> None:
        """`DigestRead` comes back: the library is read here, judging goes on beside, since it takes a moment."""

        def verb(services: Services) -> None:
            from podcli.services.digest import USUAL, embedding, made, since_when

            now = datetime.now().astimezone()
            try:
                moment = since_when(since or USUAL, now)
            except UsageError as error:
                self._post(Told(error.message, error.hint, "error"))
                moment = since_when(USUAL, now)
            material = services.digest.material(moment)
            if not services.settings.insights.show:
                material = replace(material, gists={}, models=())

            def judge() -> None:
                self._post(DigestRead(made(material, embedding)))

            self._bridge.aside(judge)

        self._bridge.do(verb, writes=False)

    def remember(self, key: str, value: object) -> None:
        """Keep how things look; not while another podcli holds the library."""
        if self._bridge.held_by is None:
            self._bridge.do(lambda services: services.store.library.remember(f"tui.{key}", value))

    # Deciding

    def archive(self, ids: Sequence[EpisodeId]) -> None:
        """Out of the inbox."""
        self._bridge.do(lambda services: services.library.archive(ids))

    def later(self, ids: Sequence[EpisodeId], *, back: bool = False) -> None:
        """Keep to snip later; with `back` into the inbox again."""
        self._bridge.do(lambda services: services.library.to_inbox(ids) if back else services.library.later(ids))

    def mark_heard(self, ids: Sequence[EpisodeId], heard: bool) -> None:
        """Heard, or not."""
        self._bridge.do(lambda services: services.library.mark_heard(ids, heard))

    def delete_audio(self, ids: Sequence[EpisodeId]) -> None:
        """Off the disk; undo brings it back."""
        self._bridge.do(lambda services: services.library.delete_audio(ids))

    def enqueue(self, ids: Sequence[EpisodeId], *, next_up: bool = False) -> None:
        """Into the queue: at its end, or right after what plays."""

        def verb(services: Services) -> None:
            services.queue.play_next(ids) if next_up else services.queue.add(ids)
            where = "Plays next" if next_up else "Queued"
            one = services.library.episode(ids[0]).title if len(ids) == 1 else f"{len(ids)} episodes"
            self._post(Told(f"{where}: {phrases.title(one)}"))

        self._bridge.do(verb)

    def dequeue(self, ids: Sequence[EpisodeId]) -> None:
        """Out of the queue."""
        self._bridge.do(lambda services: services.queue.remove(ids))

    def move_in_queue(self, episode_id: EpisodeId, by: int) -> None:
        """Up (negative) or down."""
        self._bridge.do(lambda services: services.queue.move(episode_id, by))

    def clear_queue(self) -> None:
        """Empty it; undo fills it again."""
        self._bridge.do(lambda services: services.queue.clear())

    def undo(self) -> None:
        """Take back what was done last."""
        self._bridge.do(lambda services: self._post(Told(f"Undone: {services.undo.undo()}")))

    # Work

    def request(self, episode_id: EpisodeId, wish: Wish) -> None:
        """Start what is missing for `wish`; `ModelsMissing` comes back when it needs a model first."""

        def verb(services: Services) -> None:
            try:
                services.insights.request(episode_id, wish)
            except ModelError as error:
                hears = wish == "transcribe" or not _has_words(services, episode_id)
                self._offer(services, error, hears, wish != "transcribe", lambda later: later.insights.request(episode_id, wish))

        self._bridge.do(verb)

    def pull_for(self, offer: Offer) -> None:
        """Fetch the models of `offer`, then do what they were needed for."""

        def verb(services: Services) -> None:
            jobs = {services.jobs.pull(model_id).id for model_id in offer.models}
            self._bridge.awaited.append((jobs, offer.then))

        self._bridge.do(verb)

    def _offer(self, services: Services, error: ModelError, hears: bool, writes: bool, then: Verb) -> None:
        roles = [*(["transcribe"] if hears else []), *(["write"] if writes else [])]
        cards = [card for card in services.models.missing() if card.role in roles]
        if not cards:  # damaged, or named in the settings: its own words say what to do
            raise error
        size = sum(card.offers[0].bytes for card in cards)
        ids, licences = tuple(card.id for card in cards), tuple(card.licence for card in cards)
        self._post(ModelsMissing(Offer(ids, size, error.message, error.hint, then, licences)))

    # Questions

    def read_ask(self, scope: Scope) -> None:
        """`AskReady` comes back."""

        def verb(services: Services) -> None:
            from podcli.tui.questions import examples

            before = services.ask.history(scope, limit=_BEFORE)
            asked = [(job, services.ask.answer_of(job)) for job in services.jobs.active() if job.kind == "ask"]
            pending = next((job for job, found in asked if found is not None and services.ask.scope(found.id) == scope), None)
            self._post(AskReady(scope, services.ask.transcripts(scope), examples(services, scope), before, pending))

        self._bridge.do(verb, writes=False)

    def follow_answer(self, turn: int, job_id: JobId) -> None:
        """`AnswerRead` comes back for a question that was asked before."""

        def verb(_services: Services) -> None:
            self._bridge.watch.questions.follow(turn, job_id)
            self._bridge.watch.stale = True

        self._bridge.do(verb, writes=False)

    def ask(self, turn: int, question: str, scope: Scope, follows: AnswerId | None) -> None:
        """`AnswerRead` comes back, again and again until the answer is whole."""

        def verb(services: Services) -> None:
            try:
                found = services.ask.ask(question, scope, follows=follows, priority=1)
            except ModelError as error:
                self._post(AnswerRead(turn, None, problem=f"{error.message} {error.hint}"))
                hears = scope.episode_id is not None and not _has_words(services, scope.episode_id)
                self._offer(services, error, hears, True, verb)
            except PodcliError as error:
                self._post(AnswerRead(turn, None, problem=f"{error.message} {error.hint}"))
            else:
                if isinstance(found, Job):
                    self._bridge.watch.questions.follow(turn, found.id)
                    self._bridge.watch.stale = True
                else:
                    self._post(AnswerRead(turn, found))

        self._bridge.do(verb)

    def add(self, text: str) -> None:
        """Subscribe to an address or a feed file, or put a single recording (link or file) on its shelf."""

        def verb(services: Services) -> None:
            from podcli.services.library import AUDIO_ENDINGS

            try:
                if Path(unquote(urlsplit(text).path)).suffix.lower() in AUDIO_ENDINGS:
                    found = services.library.resolve(text)
                    if isinstance(found, Episode):
                        self._post(AddStarted(None, found.show_id, found.id))
                        return
                self._post(AddStarted(services.library.add(text, priority=1).id))
            except PodcliError as error:
                self._post(Told(error.message, error.hint, "error", topic="add"))

        self._bridge.do(verb)

    def download(self, ids: Sequence[EpisodeId]) -> None:
        """Fetch the audio."""

        def verb(services: Services) -> None:
            for episode_id in ids:
                episode = services.library.episode(episode_id)
                if episode.audio_path and Path(episode.audio_path).is_file():
                    self._post(Told(f"“{phrases.title(episode.title)}” is already on this machine."))
                else:
                    services.library.download(episode_id)

        self._bridge.do(verb)

    def refresh(self, show_id: ShowId | None) -> None:
        """Look for new episodes in one show or all."""
        self._bridge.do(lambda services: services.library.refresh(show_id))

    def remove(self, show_id: ShowId) -> None:
        """Unsubscribe; undo brings the show back."""

        def verb(services: Services) -> None:
            show = services.library.show(str(show_id))
            if services.playback.episode and services.playback.episode.show_id == show_id:
                services.playback.stop()
                self._post(PlayerMoved(NowPlaying(state=replace(services.playback.state, episode_id=None))))
            services.library.remove(show)
            self._post(Told(f"“{phrases.title(show.title)}” is gone from the library."))

        self._bridge.do(verb)

    def cancel(self, job_id: JobId) -> None:
        """Stop a job now, and those that wait for it."""
        self._bridge.do(lambda services: services.jobs.cancel(job_id))

    def pause_work(self, job_id: JobId) -> None:
        """Let a job wait, or go on with a paused one."""

        def verb(services: Services) -> None:
            paused = services.jobs.get(job_id).state == "paused"
            services.jobs.resume(job_id) if paused else services.jobs.pause(job_id)

        self._bridge.do(verb)

    def retry(self, job_id: JobId) -> None:
        """Do an ended job again, from where it was."""
        self._bridge.do(lambda services: services.jobs.retry(job_id))

    def clear_jobs(self) -> None:
        """Forget those that ended."""
        self._bridge.do(lambda services: services.jobs.clear())


def _has_words(services: Services, episode_id: EpisodeId) -> bool:
    words = services.insights.transcript(episode_id, segments=False)
    return words is not None and words.complete
