"""Writes the golden files: ``python -m tests.exports.make``. Read the difference before you commit it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from podcli.domain import ShowSettings
from podcli.exports import anki, atom, chapters, jsonl, logseq, obsidian, readwise, share, subtitles
from podcli.exports.markdown import episode_markdown
from podcli.exports.merge import merge
from tests.exports.kept import GENERATOR, NOTES, SEGMENTS, SHOW, TODAY, page_requests

GOLDEN = Path(__file__).parent / "golden"


def exports() -> Iterator[tuple[str, str]]:
    """(file name, text) of every format."""
    cards = NOTES.cards
    yield "note.md", merge(None, episode_markdown(NOTES, TODAY)) or ""
    yield "obsidian.md", merge(None, obsidian.episode_note(NOTES, TODAY, GENERATOR), "obsidian") or ""
    yield "logseq.md", merge(None, logseq.episode_page(NOTES)) or ""
    yield "readwise.csv", readwise.to_csv(cards)
    yield "readwise.json", _pretty([{"highlights": [readwise.highlight(card) for card in cards]}])
    yield "notion.json", _pretty(page_requests("page-id", NOTES))
    yield "anki.txt", "".join(anki.to_text(cards))
    yield "transcript.srt", subtitles.to_srt(SEGMENTS)
    yield "transcript.vtt", subtitles.to_vtt(SEGMENTS)
    yield "words.vtt", subtitles.to_vtt(SEGMENTS[:1], words=True)
    yield "transcript.json", subtitles.to_json(SEGMENTS)
    yield "chapters.json", chapters.to_json(NOTES)
    yield "library.jsonl", "".join(jsonl.lines([NOTES], [(SHOW, ShowSettings(speed=1.5, loudness="loudnorm"))]))
    yield "snips.atom", atom.feed(cards, "Snips of a reader", "A. Reader", datetime(2026, 8, 23, tzinfo=UTC)).decode()
    links = (share.quote_text(cards[0]), share.x_link(cards[0]), share.whatsapp_link(cards[0]), share.mail_link(cards[0]))
    yield "share.txt", "\n\n".join(links) + "\n"


def _pretty(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    for name, text in exports():
        (GOLDEN / name).write_bytes(text.encode())
