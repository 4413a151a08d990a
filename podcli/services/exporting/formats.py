"""What can be exported: for each kind, what one file of it holds, its name and its content."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from podcli import __version__
from podcli.domain import Episode, EpisodeNotes, Show, ShowSettings, SnipCard
from podcli.exports import anki, atom, chapters, jsonl, logseq, markdown, obsidian, readwise, subtitles
from podcli.exports.merge import Comment, Rendering

Scope = Literal["note", "transcript", "chapters", "snips", "library"]
"""A file for each episode with all that is kept of it, its words, or its chapters; or one for many snips or episodes."""


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of export. `ending` is that of its files; `name` is what the one file is called in a folder; `template` says whether
    the listener's own words can be around what is kept."""

    scope: Scope
    ending: str
    name: str = ""
    comment: Comment = "html"
    template: bool = False


FORMATS = {
    "markdown": Format("note", ".md", template=True),
    "obsidian": Format("note", ".md", comment="obsidian", template=True),
    "logseq": Format("note", ".md"),
    "readwise": Format("snips", ".csv", "readwise.csv"),
    "anki": Format("snips", ".txt", "anki.txt"),
    "srt": Format("transcript", ".srt"),
    "vtt": Format("transcript", ".vtt"),
    "transcript-json": Format("transcript", ".transcript.json"),
    "chapters": Format("chapters", ".chapters.json"),
    "jsonl": Format("library", ".jsonl", "podcli.jsonl"),
    "atom": Format("snips", ".atom", "snips.atom"),
}

_PIECE = 1 << 16
_SNIP_PART = re.compile(r"^[ \t]*<!-- *snip *-->[ \t]*\r?\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Document:
    """A file to be. Notes come with their parts, so that they can be merged; a library comes piece by piece, once; all else is
    text."""

    content: Rendering | str | Iterator[str]
    episode: Episode | None = None
    on: Callable[[date], Rendering] | None = None
    """Where it tells the day of the export: the same of another day."""

    @property
    def pieces(self) -> Iterator[str]:
        """What it holds when there was no file before."""
        if isinstance(self.content, Rendering):
            return iter((self.content.text.rstrip() + "\n",))
        return iter((self.content,)) if isinstance(self.content, str) else self.content


def asks_for(template: str, variable: str) -> bool:
    """Whether `template` has that variable."""
    return f"{{{{{variable}}}}}" in template.replace(" ", "").replace("\t", "")


def note(kind: str, notes: EpisodeNotes, today: date, template: str) -> Rendering:
    """An episode's note. `template` ('' for podcli's own) is the episode's, and below a line ``<!-- snip -->`` that of a snip.

    Raises UsageError for an unknown variable.
    """
    if kind == "logseq":
        return logseq.episode_page(notes)
    parts = _SNIP_PART.split(template, maxsplit=1)
    snip = parts[1] if len(parts) > 1 else markdown.SNIP_TEMPLATE
    if kind == "obsidian":
        return obsidian.episode_note(notes, today, _generator(notes), parts[0].strip() or obsidian.EPISODE_TEMPLATE, snip)
    return markdown.episode_markdown(notes, today, parts[0].strip() or markdown.EPISODE_TEMPLATE, snip)


def of_episode(kind: str, notes: EpisodeNotes, words: bool) -> str:
    """An episode's transcript or chapters; `words` with the second of every word where the format has a place for it."""
    if kind == "srt":
        return subtitles.to_srt(notes.segments)
    if kind == "vtt":
        return subtitles.to_vtt(notes.segments, words=words)
    return subtitles.to_json(notes.segments, words=words) if kind == "transcript-json" else chapters.to_json(notes)


def of_snips(kind: str, cards: Sequence[SnipCard]) -> str:
    """All snips in one document."""
    if kind == "readwise":
        return readwise.to_csv(cards)
    if kind == "anki":
        return "".join(anki.to_text(cards))
    # The date of an empty feed is a fixed one, so that nothing changes until there is something in it.
    return atom.feed(cards, "Snips", "", datetime(1970, 1, 1, tzinfo=UTC)).decode()


def of_library(library: Iterable[EpisodeNotes], shows: Iterable[tuple[Show, ShowSettings]]) -> Iterator[str]:
    """Shows, and episodes with all that is kept of them, a record a line; so many lines together as are worth writing."""
    piece, size = list[str](), 0
    for line in jsonl.lines(library, shows):
        piece.append(line)
        size += len(line)
        if size >= _PIECE:
            yield "".join(piece)
            piece, size = [], 0
    yield "".join(piece)


def _generator(notes: EpisodeNotes) -> str:
    models = {made.model for made in notes.insights} | {snip.model for snip in notes.snips}
    named = ", ".join(sorted(models - {""}))
    return f"podcli {__version__}" + (f" ({named})" if named else "")
