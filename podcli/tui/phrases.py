"""What the player says about shows, episodes and jobs. Pure; every word from outside is cleaned here, at the last door."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from textual.content import Content

from podcli.domain import (
    Chapter,
    Episode,
    EpisodeCard,
    Insight,
    InsightKind,
    Job,
    Listened,
    Person,
    Point,
    Show,
    SnipCard,
    Transcript,
)
from podcli.domain.shows import in_words
from podcli.text import clean, clean_line, human_duration, timecode
from podcli.tui import working
from podcli.tui.library import Tally
from podcli.tui.messages import Sheet
from podcli.tui.rows import Row

if TYPE_CHECKING:
    from podcli.store.highlights import Highlight
    from podcli.store.search import Hit

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_LONGEST_TITLE = 400
_NEAR_S = 30.0


def day(moment: datetime | None) -> str:
    """``14 Nov 2026``, in the listener's time zone; '' when unknown."""
    if moment is None:
        return ""
    with contextlib.suppress(OverflowError, ValueError, OSError):  # years 1 and 9999
        moment = moment.astimezone()
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def clock(moment: datetime) -> str:
    """``today 16:04`` or ``14 Nov 2026``, in the listener's time zone."""
    here = moment.astimezone()
    return f"today {here:%H:%M}" if here.date() == datetime.now().astimezone().date() else day(moment)


def minutes(seconds: float | None) -> str:
    """``72 min``, ``2 h 5 min``; '' when unknown."""
    whole = round((seconds or 0) / 60)
    if not seconds:
        return ""
    return f"{max(1, whole)} min" if whole < 100 else human_duration(seconds)


def title(text: str) -> str:
    """A title on one line, never empty."""
    return clean_line(text, limit=_LONGEST_TITLE) or "(no title)"


def show_row(show: Show, tally: Tally) -> Row:
    """Two lines: the title and how many are new; then what is wrong, or when the newest came."""
    facts = [show.kind if show.kind != "feed" else "", clean_line(show.author, limit=80)]
    facts += [f"{tally.episodes:,} episodes" if tally.episodes != 1 else "1 episode"]
    facts += [f"newest {short_day(tally.newest)}" if tally.newest else ""]
    note = f"! {clean_line(show.problem)}" if show.problem else " · ".join(each for each in facts if each)
    return Row(show.id, title(show.title), tail=new(tally.unheard), note=note, wrap=False)


def card_row(
    card: EpisodeCard, *, show: str, speed: float, job: Job | None = None, gist: str = "", place: int | None = None
) -> Row:
    """Two lines: the title, then how far it is with listener and models, length, date and show; a gist beneath."""
    own = [mark for mark in marks(card, job) if not place or mark != "queued"]
    facts = [*own, length(card.duration_s, speed), title(show) if show else "", short_day(card.published)]
    lead = f"{place}. " if place else ""
    note = " · ".join(each for each in facts if each)
    return Row(card.id, lead + title(card.title), note=note, more=clean_line(gist), wrap=False)


def short_day(published: str) -> str:
    """``14 Nov 2026`` of an ISO date; '' when unknown. No time zone: a list of 50,000 has no time for that."""
    if len(published) < 10 or not (published[:4] + published[5:7] + published[8:10]).isdigit():
        return ""
    month = int(published[5:7])
    return f"{int(published[8:10])} {_MONTHS[month - 1]} {published[:4]}" if 1 <= month <= 12 else ""


def length(seconds: float | None, speed: float) -> str:
    """How long it takes this listener: ``48 min at 1.5×``."""
    if not seconds or speed == 1.0:
        return minutes(seconds)
    return f"{minutes(seconds / speed)} at {speed:g}×"


def new(unheard: int) -> str:
    """How many were not heard."""
    return f"{unheard:,} new" if unheard else ""


def marks(card: EpisodeCard, job: Job | None = None) -> Iterator[str]:
    """The state of an episode in short words, most urgent first."""
    if job is not None:
        yield working.job_short(job)
    if card.finished:
        yield "✓ heard"
    elif card.position_s >= 1:
        yield f"at {timecode(card.position_s)}"
    if card.queued is not None:
        yield "queued"
    if card.triage == "later":
        yield "to snip"
    if card.has_insights:
        yield "takeaways"
    elif card.has_transcript:
        yield "transcript"
    if card.downloaded:
        yield "downloaded"


def takeaway_rows(made: Insight) -> list[Row]:
    """Each statement with its second, and beneath it the words that prove it."""
    return [_takeaway_row(item, n) for n, item in enumerate(made.items)]


def _takeaway_row(item: Point, number: int) -> Row:
    text, quote, who = clean_line(item.text), clean_line(item.quote), _voice(item)
    lead, start_s = _place(item)
    if item.kind == "quote":
        return Row(number, f"“{text}”{who}", lead=lead, start_s=start_s, gap=True)
    return Row(number, text, lead=lead, note=f"“{quote}”{who}" if quote else "", start_s=start_s, gap=True)


def _place(item: Point) -> tuple[str, float | None]:
    """When something was said, written and in seconds; in a transcript without times, the number of the sentence."""
    if item.timed:
        return timecode(item.start_s), item.start_s
    return (f"S{item.sentences[0]}" if item.sentences else ""), None


def _voice(item: Point) -> str:
    return f" — {title(item.speaker)}" if item.speaker else ""


MOMENTS: tuple[InsightKind, ...] = ("highlights", "quotes", "questions", "mentions")
_MOMENTS = {"highlights": "Highlights", "quotes": "Quotes", "questions": "Questions raised", "mentions": "Mentioned"}


def moment_rows(made: Sequence[Insight]) -> list[Row]:
    """Highlights, quotes, questions and names, each under its heading; all of them play."""
    rows: list[Row] = []
    for insight in made:
        if not insight.items:
            continue
        rows += [Row(("gap", insight.kind), "", live=False)] if rows else []
        rows.append(Row(("head", insight.kind), _MOMENTS[insight.kind], tone="head", live=False))
        rows += [_moment_row(insight.kind, item, n) for n, item in enumerate(insight.items)]
    return rows


def _moment_row(kind: InsightKind, item: Point, number: int) -> Row:
    key, (lead, start_s) = (kind, number), _place(item)
    if kind == "highlights":
        length = human_duration(item.end_s - item.start_s)
        return Row(key, clean_line(item.text), lead=lead, start_s=start_s, tail=length)
    if kind == "mentions":
        return Row(key, title(item.title), lead=lead, start_s=start_s, tail=item.kind)
    text = f"“{clean_line(item.text)}”" if kind == "quotes" else clean_line(item.text)
    return Row(key, f"{text}{_voice(item)}", lead=lead, start_s=start_s)


def notes_rows(episode: Episode, persons: Sequence[Person] = ()) -> list[Row]:
    """Title, facts, who takes part, and what the publisher wrote."""
    facts = [title(episode.show_title), day(episode.published)]
    facts.append(minutes(episode.duration_s))
    rows = [Row("title", title(episode.title), tone="head"), Row("facts", " · ".join(f for f in facts if f), tone="dim")]
    if persons:
        rows.append(Row("persons", clean_line(f"With {in_words(persons)}"), tone="dim"))
    if episode.link:
        rows.append(Row("link", clean_line(episode.link), tone="dim"))
    rows.append(Row("before", "", live=False))
    paragraphs = clean(episode.description).split("\n")
    rows += [Row(("line", n), " ".join(text.split()), live=bool(text.strip())) for n, text in enumerate(paragraphs)]
    return rows


_SOURCES = {
    "embedded": "in the audio file", "feed": "in the feed", "json": "from the publisher", "notes": "from the show notes",
    "podcli": "made on this machine",
}  # fmt: skip


def chapter_sheet(chapters: Sequence[Chapter], duration_s: float | None = None, made: Insight | None = None) -> Sheet:
    """Chapters one can play from, and where they come from; the last one lasts until `duration_s`.

    What a model `made` of them stands beneath the titles.
    """
    if not chapters:
        words = ["No chapters.", "Neither the audio, nor the feed, nor the show notes name any."]
        rows = [Row(n, text, tone="text" if not n else "dim", live=False) for n, text in enumerate(words)]
        return Sheet("", rows)
    gists = _gists_of(chapters, made)
    rows = [
        Row(n, title(chapter.title), lead=timecode(chapter.start_s), start_s=chapter.start_s, tail=_lasts(chapter, duration_s),
            note=gists.get(n, ""))
        for n, chapter in enumerate(chapters)
    ]  # fmt: skip
    where = _SOURCES.get(chapters[0].source, chapters[0].source)
    if made and chapters[0].source == "podcli":
        return Sheet(f"Chapters and what is said in them by {maker(made)}, {where}.", rows)
    told = f" What is said in them by {maker(made)}, made on this machine." if made and any(row.note for row in rows) else ""
    return Sheet(f"Chapters {where}.{told}", rows)


def _gists_of(chapters: Sequence[Chapter], made: Insight | None) -> dict[int, str]:
    """What is said in each chapter, by its number: a model's chapters begin near the publisher's, not at them."""
    told: dict[int, tuple[float, str]] = {}
    for item in made.items if made else ():
        near = min(range(len(chapters)), key=lambda n: abs(chapters[n].start_s - item.start_s))
        far = abs(chapters[near].start_s - item.start_s)
        if item.text and far < _NEAR_S and far < told.get(near, (_NEAR_S, ""))[0]:
            told[near] = far, clean_line(item.text)
    return {n: text for n, (_, text) in told.items()}


def _lasts(chapter: Chapter, duration_s: float | None) -> str:
    end_s = chapter.end_s if chapter.end_s is not None else duration_s
    return human_duration(end_s - chapter.start_s) if end_s is not None and end_s > chapter.start_s else ""


def hit_rows(hits: Iterable[Hit], words: str) -> list[Row]:
    """What a search for `words` found: what was said, with those words marked, and where."""
    from podcli.services.query import marks as places_of  # with it come all services, and the first screen would wait for them

    rows, taken = list[Row](), Counter[Hashable]()
    for hit in hits:
        key = (hit.episode_id, hit.where, hit.start_s)
        taken[key] += 1  # where a transcript knows no times all is said at once
        about, text = f"{title(hit.episode_title)} — {title(hit.show_title)}", clean_line(hit.text)
        note = {"title": title(hit.show_title), "notes": f"Show notes of {about}"}.get(hit.where, about)
        who = f" — {title(hit.speaker)}" if hit.speaker else ""
        lead = timecode(hit.start_s) if hit.start_s is not None else ""
        rows.append(
            Row(
                (*key, taken[key]),
                text + who,
                lead=lead,
                note=note,
                start_s=hit.start_s,
                gap=True,
                marks=tuple(places_of(text, words)),
            )
        )
    return rows


def highlight_rows(found: Sequence[Highlight]) -> list[Row]:
    """The best moments, each with its length, and beneath it where it is from."""
    rows, taken = list[Row](), set[Hashable]()
    for each in found:
        key = (each.episode_id, each.start_s)
        if key in taken:
            continue
        taken.add(key)
        where = [f"{title(each.episode_title)} — {title(each.show_title)}", short_day(each.published), timecode(each.start_s)]
        length = human_duration(each.end_s - each.start_s)
        text = clean_line(each.text) or title(each.title)
        rows.append(Row(key, text, note=" · ".join(part for part in where if part), tail=length, start_s=each.start_s, gap=True))
    return rows


def snip_rows(found: Sequence[SnipCard]) -> list[Row]:
    """What was kept, each with its length, and beneath it where it is from and what was written on it."""
    rows = []
    for card in found:
        snip = card.snip
        missing = "its words could not be heard" if snip.state == "failed" else "its words are not heard yet"
        text = clean_line(snip.title) or clean_line(snip.text, limit=200) or f"({missing})"
        tags = " ".join(f"#{clean_line(tag)}" for tag in snip.tags)
        where = [
            f"{title(card.episode.title)} — {title(card.show.title)}",
            timecode(snip.start_s),
            tags,
            clean_line(snip.note, limit=200),
        ]
        star = "★ " if snip.starred else ""
        note = " · ".join(part for part in where if part)
        rows.append(
            Row(snip.id, f"{star}{text}", note=note, tail=human_duration(snip.duration_s), start_s=snip.start_s, gap=True)
        )
    return rows


def found_by(models: Iterable[str]) -> str:
    """Who found moments."""
    names = ", ".join(sorted({clean_line(each) for each in models}))
    return f"Found by {names}, on this machine. Hearing them leaves your place in their episodes as it is."


def made_by(made: Insight, length: str = "") -> str:
    """Who made takeaways or a summary (of that `length`), and, when they are not finished, what to press to go on (``{key}``)."""
    what = {"takeaways": "Takeaways", "summary": "Summary"}.get(made.kind, "Found")
    still = "" if made.complete else ", not finished: {key} goes on"
    long = f"{length.capitalize()} length. " if made.kind == "summary" and length else ""
    return clean_line(f"{what} by {maker(made)}, made on this machine{still}. {long}{made.notice}")


def maker(made: Insight) -> str:
    """The model, and what was laid over it."""
    return clean_line(f"{made.model} with {made.adapters}" if made.adapters else made.model)


def written_by(found: Transcript) -> str:
    """Where a transcript came from, and, when it is not finished, what to press to go on (``{key}``)."""
    by = "from the publisher" if found.source == "publisher" else f"by {found.model}, made on this machine"
    return clean_line(f"Transcript {by}{'' if found.complete else ', not finished: {key} goes on'}. {found.notice}")


def job_rows(jobs: Sequence[Job]) -> list[Row]:
    """Work and what became of it, newest first."""
    rows = []
    for job in jobs:
        note = working.doing(job) if job.state == "running" else working.job_state(job)
        note += working.done(job.progress) if job.state == "paused" else ""
        if job.finished_at is not None:
            took_s = (job.finished_at - job.started_at).total_seconds() if job.started_at is not None else 0
            note += f" in {human_duration(took_s)}" if job.state == "done" and took_s >= 1 else ""
            note += f" · {clock(job.finished_at)}"
        why = f": {clean_line(f'{job.message} {job.hint}')}" if job.message else ""
        rows.append(Row(job.id, f"{working.name(job)}: {title(job.title or job.target)}", lead=str(job.id), note=note + why))
    return rows


def outcome(job: Job) -> str:
    """What became of a job, for those who did not watch it; '' when there is nothing worth a word."""
    about = f"“{clean_line(job.title or job.target, limit=60)}”"
    if job.state == "failed":
        return clean_line(job.message) or f"{working.name(job)} failed: {about}."
    if job.state != "done":
        return ""
    if job.kind == "refresh":
        return _refreshed(job.result.get("shows"))
    if job.kind == "add" and "episodes" in job.result:
        notes = job.result.get("notes")
        name = title(str(job.result.get("title", "")))
        done = f"You are subscribed to {name} already." if job.result.get("already") else f"Subscribed to {name}."
        return clean_line(" ".join([done, *(map(str, notes) if isinstance(notes, list) else ())]))
    return {
        "download": f"Downloaded {about}.", "transcribe": f"The transcript of {about} is ready.",
        "insights": f"Takeaways and summary of {about} are ready.", "ask": f"There is an answer to {about}.",
        "pull": f"The model {clean_line(job.target)} is installed.",
    }.get(job.kind, "")  # fmt: skip


def saved(listened: Listened, days: int) -> str:
    """What was heard in so many days, and how much time that saved."""
    if not listened.heard_s:
        return f"Nothing was heard in the last {days} days."
    words = f"In {days} days: {human_duration(listened.heard_s)} heard in {human_duration(listened.wall_s)}."
    parts = {"speed": listened.saved_speed_s, "gaps": listened.saved_gaps_s, "intros and outros": listened.saved_skips_s}
    found = ", ".join(f"{human_duration(each)} by {name}" for name, each in parts.items() if each >= 1)
    return f"{words} Saved: {human_duration(listened.saved_s)} ({found})." if found else words


def content(text: str) -> Content:
    """Words that are never taken for markup."""
    return Content(clean_line(text))


def _refreshed(shows: object) -> str:
    rows = [show for show in shows if isinstance(show, dict)] if isinstance(shows, list) else []
    new = sum(int(show.get("new", 0)) for show in rows)
    words = f"{new} new {'episode' if new == 1 else 'episodes'}." if new else "No new episodes."
    return " ".join([words, *(clean_line(str(show["problem"])) for show in rows if show.get("problem"))])
