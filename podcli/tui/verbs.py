"""What the listener can do, as verbs for the app's thread: each is put into the bridge's queue and answered by messages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import unquote, urlsplit

from podcli.domain import Episode, EpisodeId, JobId, Loudness, NowPlaying, ShowId
from podcli.errors import ModelError, NoSoundError, PodcliError, UsageError
from podcli.tui import phrases
from podcli.tui.messages import (
    AddStarted,
    DevicesRead,
    DigestRead,
    HitsRead,
    ModelsMissing,
    NoSound,
    Offer,
    PlayerMoved,
    Told,
)
from podcli.tui.upkeep import Upkeep

if TYPE_CHECKING:
    from podcli.services import Services
    from podcli.services.insights import Wish
    from podcli.services.playback import PlaybackService
    from podcli.store.search import Hit
    from podcli.tui.bridge import Verb

_DAYS = 30


class Verbs(Upkeep):
    """Give it the bridge."""

    # Looking

    def select(self, episode_id: EpisodeId | None) -> None:
        """Show what this episode says."""
        self._bridge.do(lambda _: self._bridge.watch.select(episode_id), writes=False)

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

            def judge() -> None:
                self._post(DigestRead(made(material, embedding)))

            self._bridge.aside(judge)

        self._bridge.do(verb, writes=False)

    def remember(self, key: str, value: object) -> None:
        """Keep how things look; not while another podcli holds the library."""
        if self._bridge.held_by is None:
            self._bridge.do(lambda services: services.store.library.remember(f"tui.{key}", value))

    # Listening

    def play(self, episode_id: EpisodeId, start_s: float | None = None) -> None:
        """Play from `start_s`, else from where the listener was; when it is already loaded just go there."""

        def verb(services: Services) -> None:
            playback = services.playback
            state = playback.state
            if playback.episode and playback.episode.id == episode_id and not state.problem:
                if start_s is not None:
                    playback.seek_to(start_s)
                elif state.ended:
                    playback.seek_to(0.0)
                playback.set_paused(False)
            else:
                episode, silent = services.library.episode(episode_id), self._bridge.silent
                try:
                    playback.start(episode, start_s=start_s, silent=silent, on_change=self._bridge.state_changed)
                except NoSoundError as error:
                    self._post(NoSound(error.message, error.hint, episode_id, start_s))
            self._bridge.moved(services)

        self._bridge.do(verb)

    def toggle(self) -> None:
        """Pause or go on; where nothing is loaded, go on with what was played last."""

        def verb(services: Services) -> None:
            if services.playback.episode is not None:
                services.playback.toggle()
            elif (episode := services.playback.to_go_on_with()) is not None:
                self.play(episode.id)
            else:
                self._post(Told("Nothing was played yet: Enter plays what the cursor is on."))

        self._listening(verb)

    def pause(self) -> None:
        """Be quiet, whatever it was before."""
        if self._bridge.held_by is None:
            self._playback(lambda playback: playback.set_paused(True))

    def seek_by(self, seconds: float) -> None:
        """Go back (negative) or on."""
        self._playback(lambda playback: playback.seek_by(seconds))

    def seek_to(self, seconds: float) -> None:
        """Go to a second."""
        self._playback(lambda playback: playback.seek_to(seconds))

    def undo_seek(self) -> None:
        """Back to before the last jump."""

        def verb(services: Services) -> None:
            if not services.playback.undo_seek():
                self._post(Told("There is no jump to take back."))

        self._listening(verb)

    def change_speed(self, step: float) -> None:
        """A little faster or slower."""
        self._playback(lambda playback: playback.change_speed(step))

    def set_speed(self, speed: float) -> None:
        """Exactly so fast."""
        self._playback(lambda playback: playback.set_speed(speed))

    def change_volume(self, step: float) -> None:
        """A little louder or softer."""
        self._playback(lambda playback: playback.change_volume(step))

    def set_volume(self, volume: float) -> None:
        """Exactly so loud."""
        self._playback(lambda playback: playback.set_volume(volume))

    def toggle_mute(self) -> None:
        """No sound, or sound again."""
        self._playback(lambda playback: playback.toggle_mute())

    def chapter(self, step: int) -> None:
        """To the chapter before or after."""
        self._playback(lambda playback: playback.next_chapter() if step > 0 else playback.previous_chapter())

    def episode(self, step: int) -> None:
        """To what comes next in the queue, or what came before."""

        def verb(services: Services) -> None:
            if step < 0:
                services.playback.previous_episode()
            elif not services.playback.next_episode():
                self._post(Told("Nothing comes next: the queue is empty."))

        self._listening(verb)

    def sleep(self, kind: Literal["minutes", "episode", "chapter"] | None, minutes: float = 0.0) -> None:
        """Set the sleep timer; None stops it."""
        self._playback(lambda playback: playback.set_sleep(kind, minutes) if kind else playback.set_sleep(None))

    def set_smart_speed(self, on: bool) -> None:
        """Jump over gaps."""
        self._playback(lambda playback: playback.set_smart_speed(on))

    def set_voice_boost(self, on: bool) -> None:
        """Clearer speech."""
        self._playback(lambda playback: playback.set_voice_boost(on))

    def set_loudness(self, how: Loudness) -> None:
        """Even loudness."""
        self._playback(lambda playback: playback.set_loudness(how))

    def set_device(self, name: str) -> None:
        """Where the sound goes."""
        self._playback(lambda playback: playback.set_device(name))

    def read_devices(self) -> None:
        """`DevicesRead` comes back."""
        self._bridge.do(lambda services: self._post(DevicesRead(services.playback.devices())))

    def _playback(self, act: Callable[[PlaybackService], object]) -> None:
        self._listening(lambda services: act(services.playback))

    def _listening(self, verb: Verb) -> None:
        def then_tell(services: Services) -> None:
            verb(services)
            self._bridge.moved(services)

        self._bridge.do(then_tell)

    def read_stats(self) -> None:
        """Say what was heard and saved lately."""

        def verb(services: Services) -> None:
            self._post(Told(phrases.saved(services.playback.listened(_DAYS), _DAYS)))

        self._bridge.do(verb, writes=False)

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
                self._offer(services, error, episode_id, wish)

        self._bridge.do(verb)

    def pull_for(self, offer: Offer) -> None:
        """Fetch the models of `offer`, then do what they were needed for."""

        def verb(services: Services) -> None:
            jobs = {services.jobs.pull(model_id).id for model_id in offer.models}
            self._bridge.awaited.append((jobs, offer.episode_id, offer.wish))

        self._bridge.do(verb)

    def _offer(self, services: Services, error: ModelError, episode_id: EpisodeId, wish: Wish) -> None:
        words = services.insights.transcript(episode_id, segments=False)
        hears = wish == "transcribe" or words is None or not words.complete
        roles = [*(["transcribe"] if hears else []), *(["write"] if wish != "transcribe" else [])]
        cards = [card for card in services.models.missing() if card.role in roles]
        if not cards:  # damaged, or named in the settings: its own words say what to do
            raise error
        size = sum(card.offers[0].bytes for card in cards)
        ids, licences = tuple(card.id for card in cards), tuple(card.licence for card in cards)
        self._post(ModelsMissing(Offer(ids, size, error.message, error.hint, episode_id, wish, licences)))

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

    def retry(self, job_id: JobId) -> None:
        """Do an ended job again, from where it was."""
        self._bridge.do(lambda services: services.jobs.retry(job_id))

    def clear_jobs(self) -> None:
        """Forget those that ended."""
        self._bridge.do(lambda services: services.jobs.clear())
