"""What the selected episode says: takeaways, summary, words, chapters and notes, told to the app where they changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING

from textual.message import Message

from podcli.domain import (
    END_S,
    Chapter,
    Episode,
    EpisodeId,
    Insight,
    InsightKind,
    Job,
    JobKind,
    Segment,
    Sentence,
    Span,
    Transcript,
    Word,
    missing,
)
from podcli.errors import PodcliError, UsageError
from podcli.pipeline.lengths import SUMMARY_WORDS, shorten
from podcli.text import clean_line, timecode
from podcli.tui import phrases, working
from podcli.tui.messages import TABS, PassagesRead, Sheet, SheetRead, Tab
from podcli.tui.rows import Row

if TYPE_CHECKING:
    from podcli.services import Services
    from podcli.services.insights import Wish
    from podcli.tui.widgets.transcript_text import Passage

_MADE: dict[Tab, InsightKind] = {"takeaways": "takeaways", "summary": "summary", "moments": "highlights"}
WISH: dict[Tab, Wish] = {"takeaways": "takeaways", "summary": "summary", "moments": "highlights", "transcript": "transcribe"}


LENGTHS = tuple(SUMMARY_WORDS)


@dataclass
class _Reading:
    """How much of the selected episode's transcript has been told."""

    transcript: Transcript | None = None
    passages: Sequence[Passage] = ()
    segments: int = -1
    """From how many segments those were made."""


class Sheets:
    """Reads about one episode at a time. Lives in the thread that owns `services`."""

    def __init__(self, services: Services, post: Callable[[Message], object]) -> None:
        self._services = services
        self._post = post
        self._episode: EpisodeId | None = None
        self._told: dict[str, object] = {}
        self._reading = _Reading()
        kept = services.store.library.remembered_all("tui").get("length")
        self.length = str(kept) if kept in LENGTHS else "medium"
        """Of summaries."""

    def select(self, episode_id: EpisodeId | None) -> bool:
        """From now on this episode; False when it was it already."""
        if episode_id == self._episode:
            return False
        self._episode = episode_id
        self._reading = _Reading()
        self._told.clear()
        return True

    def read(self, jobs: Sequence[Job]) -> None:
        """Tell what changed. `jobs`: those that run or wait, then the newest."""
        if self._episode is None:
            return
        try:
            episode = self._services.library.episode(self._episode)
        except UsageError:  # its show was removed meanwhile
            return
        mine = [job for job in jobs if job.episode_id == episode.id]
        chapters = self._services.insights.chapters(episode.id)
        for tab in ("takeaways", "summary", "moments"):
            self._tell(episode, tab, self._insight(episode, tab, mine))
        self._tell(episode, "notes", Sheet("", phrases.notes_rows(episode, self._services.library.persons(episode))))
        self._tell(episode, "chapters", phrases.chapter_sheet(chapters, episode.duration_s, self._told_of(episode, "chapters")))
        self._read_transcript(episode, mine, chapters)

    def _tell(self, episode: Episode, tab: Tab, sheet: Sheet) -> None:
        if self._told.get(tab) != sheet:
            self._told[tab] = sheet
            self._post(SheetRead(episode, tab, sheet))

    def _insight(self, episode: Episode, tab: Tab, jobs: Sequence[Job]) -> Sheet:
        try:
            made = self._services.insights.insight(episode.id, _MADE[tab])
        except PodcliError as error:  # a setting names a model that does not exist
            return Sheet("", _rows([error.message, error.hint]))
        at_work = self._at_work(tab, jobs)
        if made is None or (not made.items and not made.complete):
            words = self._nothing_yet(episode, tab, jobs, at_work)
            return Sheet(working.doing(at_work) if at_work else "", _rows(words), unmade=at_work is None)
        rows = self._rows_of(episode, tab, made) or _rows(["Nothing was said that could be quoted."])
        status = f"{working.doing(at_work)} · by {phrases.maker(made)}" if at_work else phrases.made_by(made, self.length)
        return Sheet(status, rows, unmade=at_work is None and not made.complete)

    def _rows_of(self, episode: Episode, tab: Tab, made: Insight) -> list[Row]:
        if tab == "summary":
            return phrases.takeaway_rows(replace(made, items=tuple(shorten(made.items, self.length))))
        if tab == "moments":
            return phrases.moment_rows([made, *filter(None, map(self._made(episode), phrases.MOMENTS[1:]))])
        return phrases.takeaway_rows(made)

    def _made(self, episode: Episode) -> Callable[[InsightKind], Insight | None]:
        return lambda kind: self._services.insights.insight(episode.id, kind)

    def _told_of(self, episode: Episode, kind: InsightKind) -> Insight | None:
        if not self._services.settings.insights.show:
            return None
        try:
            return self._made(episode)(kind)
        except PodcliError:
            return None

    def _nothing_yet(self, episode: Episode, tab: Tab, jobs: Sequence[Job], at_work: Job | None) -> list[str]:
        """Why a tab is empty, and what to press. ``{key}`` stands for the key of the tab, which the screen knows."""
        if at_work is not None:
            return ["They appear here as they come." if tab in ("takeaways", "moments") else "It appears here."]
        last = next((job for job in jobs if job.kind == _kind(tab)), None)
        if last is not None and last.state == "failed":
            return [last.message, last.hint, "Press {key} to try again."]
        if last is not None and last.state in ("cancelled", "stopped"):
            return [f"This was {last.state}.", "Press {key} to go on from there."]
        before = "" if episode.has_transcript or tab == "transcript" else "Its words are written down first. "
        press = f"Press {{key}} to make {'them' if tab in ('takeaways', 'moments') else 'it'}."
        return [f"No {tab} yet.", press, f"{before}Everything happens on this machine."]

    def _at_work(self, tab: Tab, jobs: Sequence[Job]) -> Job | None:
        """The job that works on `tab` now, or on what comes before it."""
        wanted = next((job for job in jobs if job.kind == _kind(tab) and job.active), None)
        if wanted is None:
            return None
        running = next((job for job in jobs if job.state == "running" and job.kind in ("download", "transcribe")), None)
        return wanted if wanted.state == "running" or running is None else running

    def _read_transcript(self, episode: Episode, jobs: Sequence[Job], chapters: Sequence[Chapter]) -> None:
        """New passages only: a talk of three hours has 20,000 sentences."""
        found = self._services.insights.transcript(episode.id, segments=False)
        at_work = self._at_work("transcript", jobs)
        if found is None:
            self._reading = _Reading()
            words = self._nothing_yet(episode, "transcript", jobs, at_work)
            status = working.doing(at_work) if at_work else ""
            self._tell_words(episode, status, [], 0, at_work is None, chapters, words)
            return
        reading = self._reading
        if reading.transcript is None or reading.transcript.id != found.id:
            reading = self._reading = _Reading(found)
        start, passages = self._new_passages(found, reading)
        status = working.doing(at_work) if at_work else phrases.written_by(found)
        unmade = at_work is None and not found.complete
        words = ["No speech was heard in this audio."] if found.complete else ["The words appear here as they are heard."]
        self._tell_words(episode, status, passages, start, unmade, chapters, [] if reading.passages else words)

    def _tell_words(
        self, episode: Episode, status: str, passages: Sequence[Passage], start: int, unmade: bool, chapters: Sequence[Chapter],
        words: Sequence[str],
    ) -> None:  # fmt: skip
        told = (status, start + len(passages), unmade, tuple(chapters), tuple(words))
        if passages or self._told.get("transcript") != told:
            self._told["transcript"] = told
            self._post(PassagesRead(episode, status, passages, start, unmade=unmade, chapters=chapters, words=words))

    def _new_passages(self, found: Transcript, reading: _Reading) -> tuple[int, Sequence[Passage]]:
        """From which passage on the words are others than those told before, and these."""
        segments = self._services.insights.count_segments(found)
        if (known := reading.transcript) and known.complete == found.complete and segments == reading.segments:
            return len(reading.passages), ()
        before, now = reading.passages, self._passages(found)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, now, strict=False)))
        reading.transcript, reading.passages, reading.segments = found, now, segments
        return same, now[same:]

    def _passages(self, found: Transcript) -> list[Passage]:
        from podcli.tui.widgets.transcript_text import Passage

        insights = self._services.insights
        items: Sequence[Sentence | Segment] = insights.sentences(found.episode_id) if found.complete else []
        heard = insights.segments(found)
        words: list[Word] = [word for segment in heard for word in segment.words] if items else []
        made, at = [], 0
        for number, item in enumerate(items or _with_gaps(heard, found.heard)):
            own: Sequence[Word] = item.words if isinstance(item, Segment) else ()
            if words and not own:
                # Sentences are cut out of segments: theirs are the words that begin within their times.
                while at < len(words) and words[at].start_s < item.start_s - 0.01:
                    at += 1
                first = at
                while at < len(words) and words[at].start_s < item.end_s - 0.01:
                    at += 1
                own = words[first:at]
            made.append(Passage(number, item.start_s, item.end_s, clean_line(item.text), clean_line(item.speaker), tuple(own)))
        return made


def _with_gaps(segments: Sequence[Segment], heard: Sequence[Span]) -> list[Segment]:
    """`segments`, and between them where words are still missing."""
    left_out = (span for span in missing(heard) if span[1] < END_S)
    marks = [Segment(start, end, f"[{timecode(start)} to {timecode(end)}: not heard yet]") for start, end in left_out]
    return sorted([*segments, *marks], key=lambda each: each.start_s)


def _rows(lines: Sequence[str]) -> list[Row]:
    """Plain words in place of rows."""
    kept = [line for line in lines if line]
    return [Row(("words", n), clean_line(line), tone="text" if not n else "dim", live=False) for n, line in enumerate(kept)]


__all__ = ["LENGTHS", "TABS", "WISH", "Sheets"]


def _kind(tab: Tab) -> JobKind:
    """The kind of job that makes what `tab` shows: all insights come from one reading."""
    return "transcribe" if tab == "transcript" else "insights"
