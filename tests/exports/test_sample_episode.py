"""The sample episode's real transcript and chapters, through every timed format and back through podcli's readers."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

import podcli.demo
from podcli.domain import Segment
from podcli.exports import chapters, subtitles
from podcli.feeds.chapters import parse_chapters
from podcli.feeds.published import parse_transcript
from tests.exports.kept import NOTES

DEMO = Path(podcli.demo.__file__).parent
SAID = parse_transcript((DEMO / "reference.vtt").read_bytes(), "text/vtt", "https://e.org/reference.vtt")


def heard(segments: list[Segment]) -> list[str]:
    return " ".join(segment.text for segment in segments).split()


@pytest.mark.parametrize("write", [subtitles.to_srt, subtitles.to_vtt, subtitles.to_json], ids=["srt", "vtt", "json"])
def test_every_word_comes_back_at_its_time_from_its_speaker(write: object) -> None:
    assert callable(write) and len(SAID) > 40
    read = parse_transcript(write(SAID).encode(), "", "")
    assert heard(read) == heard(SAID)
    assert {segment.speaker for segment in read} == {segment.speaker for segment in SAID}
    starts = {round(segment.start_s, 2): segment.speaker for segment in SAID}
    same = [segment for segment in read if round(segment.start_s, 2) in starts]
    assert len(same) > len(SAID) * 0.8
    assert all(segment.speaker == starts[round(segment.start_s, 2)] for segment in same)


def test_chapters_are_the_same_file_again() -> None:
    given = json.loads((DEMO / "chapters.json").read_bytes())
    notes = replace(NOTES, chapters=tuple(parse_chapters((DEMO / "chapters.json").read_bytes())))
    assert json.loads(chapters.to_json(notes))["chapters"] == given["chapters"]
