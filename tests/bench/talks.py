"""Real episodes of the corpus as sentences: markdown taken off, times made where a transcript has none."""

from __future__ import annotations

import gzip
import html
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from podcli.domain import Segment, Sentence
from podcli.pipeline.sentences import sentences

CORPUS = Path(os.environ.get("CORPUS", "../shared/corpus")) / "real_transcripts"
SAMPLE = Path(__file__).parents[2] / "podcli" / "demo" / "reference.vtt"
WORDS_A_SECOND = 2.7
"""For transcripts without times."""


@dataclass(frozen=True, slots=True)
class Talk:
    """One episode: what was said, and where a truth says its chapters begin (in words from the start)."""

    name: str
    sentences: tuple[Sentence, ...]
    notes: str = ""

    @property
    def minutes(self) -> float:
        """Its length."""
        return self.sentences[-1].end_s / 60 if self.sentences else 0.0

    @property
    def words(self) -> int:
        """How many were said."""
        return sum(len(sentence.text.split()) for sentence in self.sentences)


def names() -> list[str]:
    """The sample, then the corpus's single transcripts, then those of the pack."""
    single = [path.name.removesuffix(".turns.json").removesuffix(".txt") for path in _single()]
    return ["sample", *single, *_pack()]


def talk(name: str) -> Talk:
    """The episode of that name. Raises SystemExit naming those there are."""
    if name == "sample":
        return Talk(name, tuple(sentences(_from_vtt(SAMPLE.read_text("utf-8")))))
    if name in _pack():
        return Talk(name, tuple(sentences(_timed(_pack()[name]))))
    for path in _single():
        if path.name in (f"{name}.turns.json", f"{name}.txt"):
            notes = path.with_name(f"{name}.shownotes.md")
            return Talk(name, tuple(sentences(_segments(path))), plain(notes.read_text("utf-8")) if notes.exists() else "")
    raise SystemExit(f"{name} is none of: {', '.join(names()[:16])}, …")


def plain(markdown: str) -> str:
    """`markdown` as it is spoken: no links, emphasis, images, quotes or list marks."""
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)", " ", markdown)
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"\\([*_`\[\]])", r"\1", text)
    text = re.sub(r"(?m)^\s*(?:>|[-*+]|#{1,6}|\d+\.)\s+", "", text)
    text = re.sub(r"\[(?:unintelligible|laughs|laughter|[\d:. ]+)[^\]]*\]", " ", text)
    text = html.unescape(text)
    text = re.sub(r"(\*\*|__|\*|`|(?<!\w)_|_(?!\w))", "", text)
    return re.sub(r"(?<![.!?:,;…])\n\s*\n", ".\n", text.strip())


def _single() -> Iterator[Path]:
    yield from sorted(CORPUS.glob("*.turns.json"))
    yield from sorted(CORPUS.glob("*.txt"))


@cache
def _pack() -> dict[str, list[tuple[str, str]]]:
    path = CORPUS / "scale_pack.jsonl.gz"
    if not path.exists():
        return {}
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return {row["id"].rpartition("/")[2]: [(turn[0] or "", turn[1]) for turn in row["turns"]] for row in rows}


def _timed(turns: list[tuple[str, str]]) -> list[Segment]:
    segments, at = [], 0.0
    for speaker, text in turns:
        text = plain(text)
        length = len(text.split()) / WORDS_A_SECOND
        segments.append(Segment(at, at + length, text, speaker))
        at += length
    return segments


def _segments(path: Path) -> list[Segment]:
    text = path.read_text("utf-8")
    if path.suffix == ".json":
        return _timed([(turn["speaker"] or "", turn["text"]) for turn in json.loads(text)["turns"] if turn.get("text")])
    rows = [(seconds(m[1]), m[2]) for m in re.finditer(r"^(\d+:\d\d:\d\d) (.*)$", text, re.MULTILINE)]
    ends = [start for start, _ in rows[1:]] + [rows[-1][0] + 3 if rows else 0.0]
    return [Segment(start, end, said) for (start, said), end in zip(rows, ends, strict=True)]


def _from_vtt(text: str) -> list[Segment]:
    cue = r"(\S+) --> (\S+)\n<v ([^>]+)>(.+)"
    return [Segment(seconds(m[1]), seconds(m[2]), m[4], m[3]) for m in re.finditer(cue, text)]


def seconds(text: str) -> float:
    """Of ``h:mm:ss``."""
    hours, minutes, rest = text.split(":")
    return 3600 * int(hours) + 60 * int(minutes) + float(rest)
