"""What the listener looks at, read from the library and told to the app only where it changed. No threads, no widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.message import Message

from podcli.domain import EpisodeId, Job, JobId
from podcli.tui import phrases
from podcli.tui.messages import CardsRead, GistsRead, JobsRead, ShowsRead, Told
from podcli.tui.questions import Questions
from podcli.tui.sheets import LENGTHS, Sheets

if TYPE_CHECKING:
    from podcli.services import Services


class Watch:
    """Reads on behalf of the screens. Lives in the thread that owns `services`."""

    def __init__(self, services: Services, post: Callable[[Message], object]) -> None:
        self._services = services
        self._post = post
        self._sheets = Sheets(services, post)
        self.questions = Questions(services, post)
        self.stale = True
        """Whether the listener looks at something that was not read yet."""
        self._seq: int | None = None
        """The last change of an episode that was told; None before the first look."""
        self._told: dict[str, object] = {}
        self._ended: set[JobId] | None = None
        """Jobs whose end the listener knows of; None before the first look."""

    def select(self, episode_id: EpisodeId | None) -> None:
        """From now on what this episode says."""
        if self._sheets.select(episode_id):
            self.stale = True

    def set_length(self, length: str) -> str:
        """Summaries of this length from now on, '' for the next one; returns it."""
        lengths, sheets = LENGTHS, self._sheets
        sheets.length = length or lengths[(lengths.index(sheets.length) + 1) % len(lengths)]
        self.stale = True
        return sheets.length

    def read(self) -> None:
        """Look at everything once and tell what is new. Raises PodcliError when the library cannot be read."""
        self.stale = False
        self._read_shows()
        self._read_cards()
        recent, active = self._services.jobs.recent(), self._services.jobs.active()
        if self._is_news("jobs", (recent, active)):
            self._post(JobsRead(recent, active))
        self._tell_ends(recent)
        self._sheets.read([*active, *recent])
        self.questions.read()

    def _is_news(self, name: str, value: object) -> bool:
        if name in self._told and self._told[name] == value:
            return False
        self._told[name] = value
        return True

    def _read_shows(self) -> None:
        shows = self._services.store.cards.shows()
        settings = self._services.store.cards.show_settings()
        if self._is_news("shows", (shows, settings)):
            self._post(ShowsRead(shows, settings))

    def _read_cards(self) -> None:
        cards = self._services.store.cards
        if self._seq is None:
            self._seq, found = cards.all()
            self._post(CardsRead(found, whole=True))
            gone: Sequence[EpisodeId] = ()
        else:
            seq, found, gone = cards.since(self._seq)
            if seq == self._seq:
                return
            self._seq = seq
            self._post(CardsRead(found, gone))
        read = [card.id for card in found if card.has_insights and card.triage != "done"]
        if read:
            self._post(GistsRead(cards.gists(read)))

    def _tell_ends(self, recent: Sequence[Job]) -> None:
        """Say what ended since the last look: nobody should have to watch the line at the bottom."""
        ended = {job.id for job in recent if not job.active}
        if self._ended is not None:
            if self._services.settings.desktop.notify and (new := [job for job in recent if job.id in ended - self._ended]):
                from podcli.services import notify  # with it come all services, and the first screen would wait for them

                notify.tell_ends(new, recent, wait=False)
            # A step of something longer: that will be told. What only tells of it to others is no part of it.
            steps = {job.after for job in recent if job.state != "failed" and job.lane != "hook"}
            for job in reversed(recent):
                if job.id in ended - self._ended - steps and (words := phrases.outcome(job)):
                    self._post(words_of(job, words))
        self._ended = ended


def words_of(job: Job, words: str) -> Told:
    """What to tell about a job that ended."""
    failed = job.state == "failed"
    topic = "ask" if job.kind == "ask" else "add" if job.kind == "add" and failed else ""
    return Told(words, job.hint, "error" if failed else "information", topic=topic)
