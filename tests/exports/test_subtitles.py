"""Captions as other programs' parsers read them: pysubs2 for SubRip, webvtt-py for WebVTT, and podcli's own reader for all."""

from __future__ import annotations

import html
import io
import itertools
import json
import math
import re
from dataclasses import replace

import pysubs2
import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from podcli.domain import Segment
from podcli.exports import subtitles
from podcli.exports.cues import to_cues
from podcli.feeds.published import parse_transcript
from podcli.text import clean_line
from tests.exports.kept import SEGMENTS, hostile_segments

transcripts = st.lists(hostile_segments(), max_size=5)


def said(segments: list[Segment]) -> str:
    return "".join("".join(clean_line(segment.text).split()) for segment in segments)


@given(transcripts, st.integers(1, 70), st.integers(1, 3))
def test_cues_are_small_in_order_and_say_everything(segments: list[Segment], width: int, height: int) -> None:
    cues = list(to_cues(segments, width, height))
    assert "".join("".join("".join(cue.lines).split()) for cue in cues) == said(segments)
    for cue in cues:
        assert 0 < len(cue.lines) <= height
        assert all(len(line) <= width or " " not in line for line in cue.lines)
        assert 0 <= cue.start_s < cue.end_s <= 360_001 and math.isfinite(cue.end_s)
    assert all(one.start_s <= other.start_s for one, other in itertools.pairwise(cues))


@given(transcripts)
def test_subrip_reads_back(segments: list[Segment]) -> None:
    # To pysubs2 a line with two times is a timing even without an arrow, and an hour has two digits.
    said = [replace(each, text=each.text.replace("00:00:02.000", ""), speaker=each.speaker[:20]) for each in segments]
    late = replace(said[0], start_s=0.0, end_s=9.0, words=()) if said else None
    segments = [late if late and max(each.start_s, each.end_s) >= 359_000 else each for each in said]
    read = pysubs2.SSAFile.from_string(subtitles.to_srt(segments) or "\n", format_="srt", keep_unknown_html_tags=True)
    cues = list(to_cues(segments, 32, 2, names=True))
    assert len(read) == len(cues)
    for event, cue in zip(read, cues, strict=True):
        assert event.start == round(cue.start_s * 1000) and event.end == round(cue.end_s * 1000) and event.start < event.end
        assert "<" not in event.text and "{" not in event.plaintext and "-->" not in event.text
        assert event.plaintext.count("\n") <= 1


def test_what_a_player_would_act_on_is_no_command() -> None:
    text = subtitles.to_srt([Segment(0.0, 2.0, r"a\Nb {\an8}<i>c")])
    assert text == "1\n00:00:00,000 --> 00:00:02,000\na∖Nb (∖an8)‹i›c\n"
    assert pysubs2.SSAFile.from_string(text, format_="srt")[0].plaintext == "a∖Nb (∖an8)‹i›c"


def test_subrip_names_the_speaker_where_it_changes() -> None:
    texts = [
        event.plaintext.replace("\n", " ") for event in pysubs2.SSAFile.from_string(subtitles.to_srt(SEGMENTS), format_="srt")
    ]
    assert [text.partition(": ")[0] for text in texts if ": " in text] == ["Ann Marlowe", "Tom ‹b›", "Ann Marlowe"]


@given(transcripts, st.booleans())
def test_webvtt_reads_back(segments: list[Segment], words: bool) -> None:
    text = subtitles.to_vtt(segments, words=words)
    read = list(webvtt.from_buffer(io.StringIO(text)))
    cues = list(to_cues(segments, 65, 2))
    assert len(read) == len(cues)
    for caption, cue in zip(read, cues, strict=True):
        assert pytest.approx(caption.start_in_seconds, abs=1) == int(round(cue.start_s * 1000) / 1000)
        inner = re.sub(r"^<v [^<>\n]+>", "", caption.raw_text)
        assert caption.raw_text != inner or not cue.speaker.rstrip("-")
        stamps = re.findall(r"<(\d{2,}):(\d\d):(\d\d)\.(\d{3})>", inner)
        plain = re.sub(r"<[\d:.]+>", "", inner)
        assert "<" not in plain and "-->" not in plain
        assert html.unescape(plain).split() == " ".join(cue.lines).split()
        times = [(int(h) * 3600 + int(m) * 60 + int(s)) * 1000 + int(ms) for h, m, s, ms in stamps]
        assert times == sorted(set(times)), "each stamp after the one before it (WebVTT §4.2.2)"
        assert all(round(cue.start_s * 1000) < at < round(cue.end_s * 1000) for at in times)


def test_webvtt_has_voices() -> None:
    assert [caption.voice for caption in webvtt.from_buffer(io.StringIO(subtitles.to_vtt(SEGMENTS)))][:2] == ["Ann Marlowe"] * 2


@given(transcripts, st.booleans())
def test_json_has_what_its_specification_requires(segments: list[Segment], words: bool) -> None:
    document = json.loads(subtitles.to_json(segments, words=words))
    assert document["version"] == "1.0.0"
    for entry in document["segments"]:
        assert set(entry) <= {"speaker", "startTime", "endTime", "body"} and {"startTime", "body"} <= set(entry)
        assert isinstance(entry["body"], str) and entry["body"]
        assert 0 <= entry["startTime"] <= entry["endTime"]
    assert "".join("".join(entry["body"].split()) for entry in document["segments"]) == said(segments)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (subtitles.to_srt(SEGMENTS), "srt"),
        (subtitles.to_vtt(SEGMENTS), "vtt"),
        (subtitles.to_vtt(SEGMENTS, words=True), "vtt"),
        (subtitles.to_json(SEGMENTS), "json"),
        (subtitles.to_json(SEGMENTS, words=True), "json"),
    ],
)
def test_what_podcli_writes_podcli_reads(text: str, kind: str) -> None:
    read = parse_transcript(text.encode(), "", f"https://e.org/x.{kind}")
    assert {segment.speaker for segment in read} >= {"Ann Marlowe"}
    heard = " ".join(segment.text for segment in read)
    assert "loading a ship took a week and an army of people; afterwards it took a day." in heard
    assert "Welcome to Small Big Things." in heard
    assert read[0].start_s == 0.0


def test_nobody_speaking_is_an_empty_document() -> None:
    assert subtitles.to_srt([]) == ""
    assert subtitles.to_vtt([]) == "WEBVTT\n"
    assert json.loads(subtitles.to_json([])) == {"version": "1.0.0", "segments": []}
