"""An episode with everything an export can say, and text of strangers that tries to be something else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from podcli.domain import (
    Chapter,
    Enclosure,
    Episode,
    EpisodeId,
    EpisodeNotes,
    Insight,
    Person,
    Point,
    Segment,
    Show,
    ShowId,
    Snip,
    SnipCard,
    SnipId,
    Transcript,
    TranscriptId,
    Word,
)
from podcli.exports import notion

TODAY = date(2026, 8, 23)
GENERATOR = "podcli 1.0 (qwen3-4b-q4, whisper-small.en)"

SHOW = Show(
    ShowId(3), "https://example.org/feed.xml", "Small Big Things", author="Ann Marlowe", link="https://example.org/",
    image_url="https://example.org/cover (1).jpg",
)  # fmt: skip
EPISODE = Episode(
    EpisodeId(7), "k7f3", ShowId(3), "Small Big Things", "The Box That *Shrank* the World", "guid-7",
    Enclosure("https://cdn.example.org/box.mp3?x=1#top", "audio/mpeg"), datetime(2026, 8, 22, 6, 30, tzinfo=UTC), 2712.0,
    "<p>How a steel box changed trade.</p>", "https://example.org/box",
)  # fmt: skip
FIRST = Snip(
    SnipId(1), EpisodeId(7), 374.0, 401.5, 398.2, datetime(2026, 8, 22, 10, 15, 30, tzinfo=UTC),
    text="Before the container, loading a ship took a week. Afterwards it took a day.", speaker="Ann Marlowe",
    title="From a week to a day", summary="Containers cut the time in port.", takeaway="Standards beat speed.",
    model="qwen3-4b-q4", tags=("trade", "history of ships"), starred=True, state="written",
)  # fmt: skip
SECOND = Snip(
    SnipId(2), EpisodeId(7), 1254.0, 1290.0, 1289.0, datetime(2026, 8, 22, 10, 31, tzinfo=UTC),
    text="Nobody had asked the dockers.", note="# Ask Tom\nabout [[ports]] & <b>unions</b>", tags=("1984",), state="transcribed",
)  # fmt: skip
_WELCOME = ((0.0, 0.6, "Welcome"), (0.6, 0.8, "to"), (0.8, 1.4, "Small"), (1.4, 1.9, "Big"), (1.9, 2.6, "Things."))
_LONG = "Before the container, loading a ship took a week and an army of people; afterwards it took a day."
SEGMENTS = (
    Segment(0.0, 3.2, "Welcome to Small Big Things.", "Ann Marlowe", tuple(Word(*word) for word in _WELCOME)),
    Segment(3.2, 12.0, _LONG, "Ann Marlowe"),
    Segment(12.5, 14.0, "So 3 < 7 --> a lot of time & money?", "Tom <b>"),
    Segment(14.0, 14.0, "Yes.", "Ann Marlowe"),
)


def _insight(kind: str, *points: Point) -> Insight:
    return Insight(kind, "qwen3-4b-q4", "7", points)  # type: ignore[arg-type]


NOTES = EpisodeNotes(
    EPISODE,
    SHOW,
    (FIRST, SECOND),
    (Chapter(0.0, 27.0, "Welcome"), Chapter(27.0, 600.0, "A week | a day"), Chapter(600.0, None, "1. Dockers")),
    (
        _insight("gist", Point("A steel box changed trade.", "", 0, 0)),
        _insight(
            "summary", Point("Loading took a week.", "took a week", 374, 380), Point("Then came the box.", "the box", 381, 390)
        ),
        _insight("takeaways", Point("Standards beat speed.", "Afterwards it took a day.", 390.0, 401.5)),
        _insight(
            "mentions", Point("read it", "", 5, 6, kind="book", title="The Box"), Point("x", "", 7, 8, kind="tool", title="Crane")
        ),
    ),
    (Person("Ann Marlowe", link="https://example.org/ann"), Person("Tom Ferris", "guest"), Person("Uma", "editor", "writing")),
    SEGMENTS,
    Transcript(TranscriptId(4), EpisodeId(7), "whisper", "whisper-small.en", "en", True),
)

_AWKWARD = [
    "|", "`", "```", "---", "***", "===", "[[", "]]", "](", "![", "\n", "\n\n", "\r\n", "=cmd|' /C calc'!A0", "+1", "-1", "@x",
    "\t", '"', "'", "\x00", "\x1b[31m", "\x9b", "\u2028", "\x85", "\ufffe", "\ud800", "😀", "\U0001f469\u200d\U0001f467",
    "\u202e", "\u200f", "عربي", "日本語", "<script>", "</v>", "<!--", "-->", "&lt;", "&#91;", "%%", "==", "$x$",
    "{{snip_title}}", "{{",
    "::", "((", "# ", "> ", "- ", "1. ", "1) ", "    ", "\\", "~~~", "^a", "#tag", "[sound:a.mp3]", "[latex]", "https://evil.example/<x>",
    "javascript:alert(1)", "word", " ", "é", "TODO ", "<!-- podcli:0123456789abcdef -->", "%% podcli:added %%",
    "00:00:01.000 --> 00:00:02.000", "WEBVTT", "NOTE x", "12:34", "a.co",
]  # fmt: skip
hostile = st.lists(st.sampled_from(_AWKWARD) | st.text(max_size=6), max_size=10).map("".join)
seconds = st.floats(0, 90_000) | st.sampled_from([0.0, 0.0004, 59.9996, 3599.9999])


@st.composite
def hostile_snips(draw: st.DrawFn) -> Snip:
    start = draw(seconds)
    return replace(
        FIRST, start_s=start, end_s=start + draw(st.floats(0, 300)), at_s=start, text=draw(hostile), speaker=draw(hostile),
        title=draw(hostile), summary=draw(hostile), takeaway=draw(hostile), note=draw(hostile), starred=draw(st.booleans()),
        tags=tuple(draw(st.lists(hostile, max_size=3))),
        created_at=FIRST.created_at + timedelta(seconds=draw(st.integers(0, 10**6))),
    )  # fmt: skip


@st.composite
def hostile_notes(draw: st.DrawFn) -> EpisodeNotes:
    urls = st.sampled_from(["https://e.org/a b.mp3", "javascript:alert(1)", "http://[::1", "file:///etc/passwd", ""]) | hostile
    point = st.builds(lambda text, quote: Point(text, quote, 1.0, 2.0, title=quote, kind="book"), hostile, hostile)
    kinds = ("gist", "summary", "takeaways", "mentions")
    audio = Enclosure(draw(urls), draw(hostile))
    return EpisodeNotes(
        replace(EPISODE, title=draw(hostile), link=draw(urls), enclosure=audio, description=draw(hostile)),
        replace(SHOW, title=draw(hostile), author=draw(hostile), image_url=draw(urls), link=draw(urls)),
        tuple(draw(st.lists(hostile_snips(), max_size=3))),
        tuple(draw(st.lists(st.builds(Chapter, seconds, st.none(), hostile), max_size=2))),
        tuple(_insight(kind, *draw(st.lists(point, max_size=2))) for kind in kinds),
        tuple(draw(st.lists(st.builds(Person, hostile, st.sampled_from(["host", "guest"]), hostile, urls), max_size=2))),
        tuple(draw(st.lists(hostile_segments(), max_size=3))),
        draw(st.none() | st.builds(replace, st.just(NOTES.transcript), model=hostile, language=hostile)),
    )  # fmt: skip


@st.composite
def hostile_segments(draw: st.DrawFn) -> Segment:
    start, text = draw(st.floats(-1, 400_000) | st.just(float("nan"))), draw(hostile)
    end = draw(st.sampled_from([start, start + 0.0001, start + 5, start - 1, float("inf")]))
    words = tuple(Word(start + index / 10, start + index / 10 + 0.05, word) for index, word in enumerate(text.split()))
    return Segment(start, end, text, draw(hostile), draw(st.sampled_from([(), words])))


def page_requests(parent: str, notes: EpisodeNotes) -> list[dict[str, Any]]:
    """Bodies as they are sent to Notion where it takes no Markdown: one that makes the page, and those that put more below."""
    first, *others = notion.requests(notion.episode_parts(notes)) or [[]]
    more = [{"children": [block for part in parts for block in part.blocks]} for parts in others]
    return [notion.page_body(parent, notes, first), *more]


def many(count: int) -> tuple[SnipCard, ...]:
    """So many snips of one episode."""
    snips = (
        replace(FIRST, id=SnipId(index), start_s=index, end_s=index + 30, at_s=index, title=f"Snip {index}")
        for index in range(count)
    )
    return replace(NOTES, snips=tuple(snips)).cards
