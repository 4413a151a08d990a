"""Ten thousand snips cost ten times what a thousand do."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from podcli.domain import EpisodeNotes, Segment
from podcli.exports import anki, atom, jsonl, logseq, readwise, subtitles
from podcli.exports.filenames import file_names
from podcli.exports.markdown import episode_markdown
from podcli.exports.merge import merge
from tests.exports.kept import EPISODE, NOTES, TODAY, many, page_requests

NOW = datetime(2026, 8, 23, tzinfo=UTC)


def notes(count: int) -> EpisodeNotes:
    segments = tuple(Segment(index, index + 1.0, "words were said here") for index in range(count))
    return replace(NOTES, snips=tuple(card.snip for card in many(count)), segments=segments)


def edited(large: EpisodeNotes) -> object:
    new = episode_markdown(large, TODAY)
    return merge((merge(None, new) or "") + "mine", new), merge(new.text + "mine", new)


EXPORTS: dict[str, Callable[[EpisodeNotes], object]] = {
    "markdown": lambda large: merge(None, episode_markdown(large, TODAY)),
    "merge": edited,
    "logseq": lambda large: logseq.episode_page(large).text,
    "readwise": lambda large: (readwise.to_csv(large.cards), [readwise.highlight(card) for card in large.cards]),
    "notion": lambda large: page_requests("p", large),
    "anki": lambda large: list(anki.to_text(large.cards)),
    "atom": lambda large: atom.feed(large.cards, "T", "A", NOW),
    "jsonl": lambda large: list(jsonl.lines([large])),
    "subtitles": lambda large: (subtitles.to_srt(large.segments), subtitles.to_vtt(large.segments)),
    "file names": lambda large: file_names(replace(EPISODE, key=str(snip.start_s)) for snip in large.snips),
}


@pytest.mark.parametrize("export", [*EXPORTS.values()], ids=[*EXPORTS])
def test_time_grows_with_the_number_and_no_faster(export: Callable[[EpisodeNotes], object]) -> None:
    def spent(large: EpisodeNotes) -> float:
        start = time.process_time()
        export(large)
        return time.process_time() - start

    few, lots = notes(1_000), notes(10_000)
    # Work that grows with the square takes a hundred times as long.
    assert any(spent(lots) / max(0.002, spent(few)) < 30 for _ in range(3))
