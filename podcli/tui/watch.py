"""What the listener looks at, read from the library and told to the app only where it changed. No threads, no widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from podcli.domain import Episode, EpisodeId, Job, JobId, ShowId, Transcript
from podcli.errors import PodcliError, UsageError
from podcli.services.insights import Wish
from podcli.text import clean_line
from podcli.tui import phrases
from podcli.tui.messages import EpisodesRead, JobsRead, Sheet, SheetRead, ShowsRead, Tab, Told
from podcli.tui.rows import Row

if TYPE_CHECKING:
    from podcli.services import Services

MOST_EPISODES = 2_000
_WISH: dict[Tab, Wish] = {"takeaways": "takeaways", "summary": "summary", "transcript": "transcribe"}
_KEY: dict[Tab, str] = {"takeaways": "t", "summary": "s", "transcript": "T"}


@dataclass
class _Reading:
    """How much of the selected episode's transcript has been told."""

    transcript: Transcript | None = None
    rows: int = 0
    speaker: str = ""


class Watch:
    """Reads on behalf of one screen. Lives in the thread that owns `services`."""

    def __init__(self, services: Services, post: Callable[[Message], object]) -> None:
        self._services = services
        self._post = post
        self._show: ShowId | None = None
        self._episode: EpisodeId | None = None
        self.stale = True
        """Whether the listener looks at something that was not read yet."""
        self._told: dict[str, object] = {}
        self._reading = _Reading()
        self._ended: set[JobId] | None = None
        """Jobs whose end the listener knows of; None before the first look."""

    def look_at(self, show_id: ShowId | None) -> None:
        """From now on the episodes of this show, or of all."""
        if show_id != self._show:
            self._show, self.stale = show_id, True
            self._told.pop("episodes", None)

    def select(self, episode_id: EpisodeId | None) -> None:
        """From now on what this episode says."""
        if episode_id != self._episode:
            self._episode, self.stale = episode_id, True
            self._reading = _Reading()
            for tab in ("takeaways", "summary", "transcript", "notes"):
                self._told.pop(tab, None)

    def read(self) -> None:
        """Look at everything once and tell what is new. Raises PodcliError when the library cannot be read."""
        self.stale = False
        recent, active = self._services.jobs.recent(), self._services.jobs.active()
        if self._is_news("jobs", (recent, active)):
            self._post(JobsRead(recent, active))
        self._tell_ends(recent)
        rows = phrases.show_rows(self._services.library.shows(subscribed=False))
        if self._is_news("shows", rows):
            self._post(ShowsRead(rows))
        self._read_episodes({job.episode_id: job for job in reversed(active) if job.episode_id})
        if self._episode is not None:
            self._read_episode(self._episode, [*active, *recent])

    def _is_news(self, name: str, value: object) -> bool:
        if name in self._told and self._told[name] == value:
            return False
        self._told[name] = value
        return True

    def _read_episodes(self, jobs: dict[EpisodeId, Job]) -> None:
        episodes = self._services.library.episodes(self._show, limit=MOST_EPISODES)
        rows = phrases.episode_rows(episodes, jobs, with_show=self._show is None, limit=MOST_EPISODES)
        if self._is_news("episodes", rows):
            self._post(EpisodesRead(self._show, rows))

    def _tell_ends(self, recent: Sequence[Job]) -> None:
        """Say what ended since the last look: nobody should have to watch the line at the bottom."""
        ended = {job.id for job in recent if not job.active}
        if self._ended is not None:
            steps = {job.after for job in recent if job.state != "failed"}  # of something longer: that will be told
            for job in reversed(recent):
                if job.id in ended - self._ended - steps and (words := phrases.outcome(job)):
                    self._post(words_of(job, words))
        self._ended = ended

    def _read_episode(self, episode_id: EpisodeId, jobs: Sequence[Job]) -> None:
        try:
            episode = self._services.library.episode(episode_id)
        except UsageError:  # its show was removed meanwhile
            return
        mine = [job for job in jobs if job.episode_id == episode_id]
        for tab in ("takeaways", "summary"):
            self._tell(episode, tab, self._insight(episode, tab, mine))
        self._tell(episode, "notes", Sheet("", phrases.notes_rows(episode, self._services.insights.chapters(episode_id))))
        self._read_transcript(episode, mine)

    def _tell(self, episode: Episode, tab: Tab, sheet: Sheet) -> None:
        if self._is_news(tab, sheet):
            self._post(SheetRead(episode, tab, sheet))

    def _insight(self, episode: Episode, tab: Tab, jobs: Sequence[Job]) -> Sheet:
        try:
            made = self._services.insights.insight(episode.id, "takeaways" if tab == "takeaways" else "summary")
        except PodcliError as error:  # a setting names a model that does not exist
            return Sheet("", _words(error.message, error.hint))
        if made is None or (not made.items and not made.complete):
            return self._nothing_yet(episode, tab, jobs)
        rows = phrases.takeaway_rows(made) or _words("Nothing was said that could be quoted.")
        at_work = self._at_work(tab, jobs)
        status = phrases.doing(at_work) if at_work else phrases.made_by(made, _KEY[tab])
        return Sheet(status, rows, unmade=at_work is None and not made.complete)

    def _nothing_yet(self, episode: Episode, tab: Tab, jobs: Sequence[Job]) -> Sheet:
        """Why a tab is empty, and what to press."""
        at_work = self._at_work(tab, jobs)
        if at_work is not None:
            return Sheet(
                phrases.doing(at_work), _words("They appear here as they come." if tab == "takeaways" else "It appears here.")
            )
        last = next((job for job in jobs if job.kind == _WISH[tab]), None)
        if last is not None and last.state == "failed":
            words = _words(last.message, last.hint, f"Press {_KEY[tab]} to try again.")
        elif last is not None and last.state in ("cancelled", "stopped"):
            words = _words(f"This was {last.state}.", f"Press {_KEY[tab]} to go on from there.")
        else:
            before = "" if episode.has_transcript or tab == "transcript" else "Its words are written down first. "
            press = f"Press {_KEY[tab]} to make {'them' if tab == 'takeaways' else 'it'}."
            words = _words(f"No {tab} yet.", press, f"{before}Everything happens on this machine.")
        return Sheet("", words, unmade=True)

    def _at_work(self, tab: Tab, jobs: Sequence[Job]) -> Job | None:
        """The job that works on `tab` now, or on what comes before it."""
        wanted = next((job for job in jobs if job.kind == _WISH[tab] and job.active), None)
        if wanted is None:
            return None
        running = next((job for job in jobs if job.state == "running" and job.kind in ("download", "transcribe")), None)
        return wanted if wanted.state == "running" or running is None else running

    def _read_transcript(self, episode: Episode, jobs: Sequence[Job]) -> None:
        """New rows only: a talk of three hours has 20,000 sentences."""
        insights, reading = self._services.insights, self._reading
        found = insights.transcript(episode.id, segments=False)
        at_work = self._at_work("transcript", jobs)
        if found is None:
            self._reading = _Reading()
            self._tell(episode, "transcript", self._nothing_yet(episode, "transcript", jobs))
            return
        known = reading.transcript
        if known is None or known.id != found.id or known.complete != found.complete:
            reading = self._reading = _Reading(found)
        elif found.complete:
            return
        status = phrases.doing(at_work) if at_work else phrases.written_by(found, _KEY["transcript"])
        items = (insights.sentences(episode.id) if found.complete else []) or insights.segments_after(found, reading.rows - 1)
        rows = phrases.sentence_rows(items, first=reading.rows, speaker=reading.speaker)
        start, reading.rows = reading.rows, reading.rows + len(rows)
        reading.speaker = items[-1].speaker if items else reading.speaker
        if not reading.rows:
            rows = _words("No speech was heard in this audio." if found.complete else "The words appear here as they are heard.")
        if items or self._told.get("transcript") != status:
            self._told["transcript"] = status
            unmade = at_work is None and not found.complete
            self._post(SheetRead(episode, "transcript", Sheet(status, rows, start, unmade)))


def words_of(job: Job, words: str) -> Told:
    """What to tell about a job that ended."""
    failed = job.state == "failed"
    return Told(words, job.hint, "error" if failed else "information", topic="add" if job.kind == "add" and failed else "")


def _words(*lines: str) -> list[Row]:
    """Plain words in place of rows."""
    kept = [line for line in lines if line]
    return [Row(("words", n), clean_line(line), tone="text" if not n else "dim", live=False) for n, line in enumerate(kept)]
