"""Publishers' transcripts in every form they come in."""

from __future__ import annotations

import contextlib
import json
import time
from itertools import pairwise

import pytest

from podcli.domain import Segment, TranscriptLink
from podcli.errors import PodcliError
from podcli.feeds.published import choose_transcript, parse_transcript
from tests.feeds.conftest import SAMPLES


def sample(name: str) -> list[Segment]:
    return parse_transcript((SAMPLES / "transcripts" / name).read_bytes(), "", f"https://x.example/{name}")


def read(text: str | bytes, mime: str = "") -> list[Segment]:
    return parse_transcript(text.encode() if isinstance(text, str) else text, mime, "https://x.example/t")


def said(segments: list[Segment]) -> list[tuple[float, float, str, str]]:
    return [(part.start_s, part.end_s, part.speaker, part.text) for part in segments]


class TestSubRip:
    def test_windows_files_with_speakers(self) -> None:
        assert said(sample("x_crlf_bom.srt")) == [(0.0, 2.5, "Ann", "Hello there."), (2.5, 5.0, "Bob", "Hi! Second line")]

    def test_missing_blank_lines(self) -> None:
        assert " ".join(part.text for part in sample("x_missing_blank_line.srt")) == "One Two Four"

    def test_tags_and_entities(self) -> None:
        assert [part.text for part in sample("x_html_tags.srt")] == ["Italic top c & <x>"]

    def test_a_speaker_goes_on_until_the_next(self) -> None:
        text = "1\n00:00:00,000 --> 00:00:01,000\nAnn: One.\n\n2\n00:00:01,000 --> 00:00:02,000\nTwo.\n\n"
        assert [part.speaker for part in read(text)] == ["Ann", "Ann"]

    def test_words_before_a_colon_are_not_always_a_name(self) -> None:
        text = (
            "1\n00:00:00,000 --> 00:00:01,000\nNote: this is no name.\n\n2\n00:00:01,000 --> 00:00:02,000\nAnd so I said: no.\n"
        )
        assert [part.speaker for part in read(text)] == ["", ""]


class TestWebVTT:
    def test_headers_notes_styles_names_and_voices(self) -> None:
        first, second, third = sample("x_full_features.vtt")
        assert (first.start_s, first.end_s, first.speaker, first.text) == (0.0, 2.0, "Ann Lee", "Hello there & welcome")
        assert second.speaker == "Bob" and second.text.startswith("Hi timed words")
        assert (third.start_s, third.speaker, third.text) == (3600.0, "", "no speaker")

    def test_rolling_captions_say_each_word_once(self) -> None:
        (only,) = sample("x_youtube_auto.vtt")
        assert only.text == "hello and welcome to the show"
        assert [word.text for word in only.words] == only.text.split()

    def test_terminal_escapes_are_gone(self) -> None:
        assert all(part.text.isprintable() for part in sample("x_escape_injection.vtt"))

    def test_sentences_that_run_over_cues_are_joined_and_keep_their_times(self) -> None:
        text = (
            "WEBVTT\n\n00:00.000 --> 00:02.000\nThe tea was\n\n00:02.000 --> 00:03.000\nhot.\n\n00:03.000 --> 00:04.000\nYes.\n"
        )
        first, second = read(text)
        assert (first.start_s, first.end_s, first.text) == (0.0, 3.0, "The tea was hot.")
        assert first.words[-1].text == "hot." and first.words[-1].start_s == 2.0
        assert second.text == "Yes."


class TestJson:
    def test_words_are_joined_to_sentences_with_their_times(self) -> None:
        segments = sample("x_word_level.json")
        assert len(segments) < 44 and {part.speaker for part in segments} == {"A", "B"}
        assert all(part.words for part in segments)

    @pytest.mark.parametrize(
        "document",
        [
            {"version": "1.0.0", "segments": [{"startTime": 1, "endTime": 2.5, "body": "Hi.", "speaker": "Ann"}]},
            {"segments": [{"start": 1, "end": 2.5, "text": "Hi.", "speaker": "Ann"}]},
            {"segments": [{"startTime": "00:00:01", "endTime": "2.5", "body": " Hi. ", "speaker": "Ann"}]},
            [{"startTime": 1, "endTime": 2.5, "body": "Hi.", "speaker": "Ann"}],
        ],
    )
    def test_spellings_in_use(self, document: object) -> None:
        assert said(read(json.dumps(document))) == [(1.0, 2.5, "Ann", "Hi.")]

    def test_what_makes_no_sense_in_it_is_left_out(self) -> None:
        odd = [None, 5, {}, {"startTime": None, "body": "x"}, {"startTime": 1e400, "body": "x"}, {"startTime": -1, "body": "x"}]
        odd += [
            {"startTime": True, "body": "x"},
            {"startTime": 5, "body": 7},
            {"startTime": 5, "endTime": 1, "body": "ok", "speaker": 3},
        ]
        assert [part.text for part in read(json.dumps({"segments": odd}))] == ["ok"]


def test_html_with_cite_and_time() -> None:
    first, second = sample("x_cite_time.html")
    assert (first.speaker, first.start_s, first.text) == ("Ann", 0.0, "Hello & welcome.")
    assert (second.speaker, second.start_s) == ("Bob", 3723.0)


def test_text_with_stamps() -> None:
    first, second = sample("x_plain.txt")
    assert (first.speaker, first.start_s, second.speaker) == ("ANN", 0.0, "BOB")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html><body>404</body></html>",
        b"WEBVTT\n\n",
        b"Only words, no times at all.",
        b"\x00\xff" * 500,
        b"{}",
        b"[]",
        b'{"segments": 5}',
        b'{"segments": [',
        b"[" * 50000,
        b'{"segments":[{"startTime":0,"body":""}]}',
        b"ID3\x04" + bytes(500),
    ],
)
def test_what_is_no_transcript_is_refused_in_words(content: bytes) -> None:
    for mime in ("", "text/vtt", "application/json", "application/srt", "text/html"):
        with pytest.raises(PodcliError, match="transcript") as told:
            parse_transcript(content, mime, "https://x.example/t.vtt")
        assert "transcribe" in told.value.hint


def test_content_counts_more_than_the_type_it_is_sent_with() -> None:
    text = "WEBVTT\n\n00:00.000 --> 00:02.000\nHello.\n"
    for mime in ("application/json", "text/html", "application/octet-stream", "text/plain"):
        assert read(text, mime)[0].text == "Hello."


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(encoding: str) -> None:
    assert read("1\n00:00:00,000 --> 00:00:01,000\nCafé\n".encode(encoding))[0].text == "Café"


def test_times_rise_and_stay_within_an_episode() -> None:
    cues = [("00:10", "00:05", "b."), ("00:01", "99:59", "a."), ("9999:00:00", "9999:00:01", "never."), ("00:20", "00:20", "c.")]
    text = "WEBVTT\n\n" + "".join(f"{start}.000 --> {end}.000\n{words}\n\n" for start, end, words in cues)
    segments = read(text)
    assert [part.text for part in segments] == ["a.", "b.", "c."]
    assert all(0 <= part.start_s <= part.end_s for part in segments)
    assert all(before.end_s <= after.start_s for before, after in pairwise(segments))


def _cues(*starts: int, word: str = "line") -> str:
    return "".join(f"{n // 60:02}:{n % 60:02}.000 --> {n // 60:02}:{n % 60:02}.900\n{word} {n}.\n\n" for n in starts)


def test_parts_that_each_begin_at_zero_follow_one_another() -> None:
    segments = read("WEBVTT\n\n" + _cues(*range(0, 300, 5), word="first") + _cues(*range(0, 200, 5), word="second"))
    texts = [part.text for part in segments]
    assert texts == [f"first {n}." for n in range(0, 300, 5)] + [f"second {n}." for n in range(0, 200, 5)]
    assert all(before.end_s <= after.start_s for before, after in pairwise(segments))
    assert segments[60].start_s == pytest.approx(295.9) and segments[-1].start_s == pytest.approx(295.9 + 195)


@pytest.mark.parametrize("stray", [[2], [2, 1], [500, 2]])
def test_a_line_out_of_order_moves_nothing_else(stray: list[int]) -> None:
    segments = read("WEBVTT\n\n" + _cues(*range(10, 300, 5)) + _cues(*stray, word="stray") + _cues(*range(300, 400, 5)))
    assert [part.start_s for part in segments if part.text.startswith("line")] == list(range(10, 400, 5))


def test_a_first_line_that_never_ends_moves_nothing() -> None:
    segments = read("WEBVTT\n\n00:00.000 --> 99:59.000\nlong.\n\n" + _cues(*range(2, 300, 5)))
    assert [part.start_s for part in segments][1:] == list(range(2, 300, 5))


@pytest.mark.parametrize(
    "content",
    [
        "WEBVTT\n\n" + "00:00.000 --> 00:01.000\nx\n\n" * 20_000,
        "WEBVTT\n\n00:00.000 --> 00:01.000\n" + "<v " * 60_000,
        "WEBVTT\n\n00:00.000 --> 00:01.000\n" + "<00:00.500>" * 30_000,
        "WEBVTT\n\n00:00.000 --> 00:01.000\n" + "A " * 100_000,
        "WEBVTT\n\n00:00.000 --> 00:01.000\n" + "\n \n" * 50_000,
        "1\n" * 100_000,
        "1:" * 100_000,
        "<p>" * 50_000,
        "<time>0:01</time>" * 10_000 + "<p>x",
        "<cite>" + "<" * 100_000,
        "00:01 " + "Ann " * 50_000 + ": x",
        "\n" * 200_000,
        "[[" * 50_000,
    ],
    ids=lambda content: repr(content[-30:-18]),
)
def test_transcripts_made_to_be_slow(content: str) -> None:
    begun = time.process_time()
    with contextlib.suppress(PodcliError):
        read(content)
    assert time.process_time() - begun < 3


def link(url: str, type: str = "", language: str = "") -> TranscriptLink:
    return TranscriptLink(f"https://x.example/{url}", type, language)


class TestChoosing:
    def test_the_richest_form_wins(self) -> None:
        links = [link("a.txt", "text/plain"), link("b", "text/html"), link("c", "application/srt"), link("d.vtt"), link("e.json")]
        for best in ("e.json", "d.vtt", "c", "b", "a.txt"):
            chosen = choose_transcript(links, "")
            assert chosen is not None and chosen.url.endswith(best)
            links.remove(chosen)
        assert choose_transcript(links, "") is None

    def test_a_translation_is_not_what_was_said(self) -> None:
        links = [link("de.json", language="de"), link("en.srt", language="en-US"), link("any.vtt")]
        assert choose_transcript(links, "en_GB") == links[2]
        assert choose_transcript(links[:2], "EN") == links[1]
        assert choose_transcript(links[:1], "en") is None

    def test_among_equals_the_one_that_names_the_language(self) -> None:
        links = [link("a.vtt"), link("b.vtt", language="en")]
        assert choose_transcript(links, "en") == links[1]

    def test_an_unknown_form_is_not_chosen(self) -> None:
        assert choose_transcript([link("a.pdf", "application/pdf"), link("a")], "") is None
