"""The words of the player."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from podcli.domain import (
    Chapter,
    Enclosure,
    Episode,
    EpisodeCard,
    EpisodeId,
    Insight,
    Job,
    JobId,
    Person,
    Point,
    Progress,
    Show,
    ShowId,
)
from podcli.tui import phrases, working
from podcli.tui.library import Tally


def episode(**facts: object) -> Episode:
    whole = {"id": EpisodeId(1), "key": "k", "show_id": ShowId(1), "show_title": "S", "title": "T", "guid": "g",
             "enclosure": Enclosure("https://x/y.mp3"), **facts}  # fmt: skip
    return Episode(**whole)  # type: ignore[arg-type]


def job(**facts: object) -> Job:
    return Job(**{"id": JobId(1), "kind": "transcribe", "lane": "ml", "state": "running", **facts})  # type: ignore[arg-type]


def card(**facts: object) -> EpisodeCard:
    return EpisodeCard(**{"id": EpisodeId(1), "show_id": ShowId(1), "title": "T", **facts})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "marks"),
    [
        ({}, []),
        ({"position_s": 754.0}, ["at 12:34"]),
        ({"position_s": 754.0, "finished": True}, ["✓ heard"]),
        ({"has_transcript": True}, ["transcript"]),
        ({"has_transcript": True, "has_insights": True, "downloaded": True}, ["takeaways", "downloaded"]),
        ({"queued": 1.0, "triage": "later"}, ["queued", "to snip"]),
    ],
)
def test_an_episode_says_in_words_how_far_it_is(facts: dict[str, object], marks: list[str]) -> None:
    assert list(phrases.marks(card(**facts))) == marks


def test_the_running_job_comes_first() -> None:
    half = job(progress=Progress(50, 100, "seconds", "Transcribing", 18.4, 130))
    row = phrases.card_row(card(position_s=60.0), show="S", speed=1.0, job=half)
    assert row.note == "transcribing 50% · at 1:00 · S"
    assert working.doing(half) == "Transcribing 50% · 2 min 10 s left · 18.4× real time"
    assert working.doing(job(state="queued", after=3)) == "Transcribing: waiting for the step before"


def test_lengths_are_those_of_the_listener() -> None:
    assert phrases.card_row(card(duration_s=3600.0), show="", speed=1.0).note == "60 min"
    assert phrases.card_row(card(duration_s=3600.0), show="", speed=1.5).note == "40 min at 1.5×"
    assert phrases.card_row(card(duration_s=20.0), show="", speed=4.0).note == "1 min at 4×"
    assert phrases.card_row(card(), show="", speed=2.0).note == ""


def test_control_characters_of_strangers_stop_here() -> None:
    evil = "\x1b]52;c;eA==\x07[/]\u202e\x9b31m"
    rows = [
        phrases.show_row(Show(ShowId(1), "https://x", evil, problem=evil), Tally()),
        phrases.card_row(card(title=evil), show=evil, speed=1.0, gist=evil),
        *phrases.takeaway_rows(Insight("takeaways", evil, "1", (Point(evil, evil, 0, 1),))),
        *phrases.chapter_sheet([Chapter(0, 1, evil, evil)]).rows,
        *phrases.notes_rows(episode(title=evil, description=evil, link=evil), [Person(evil, evil)]),
        *phrases.job_rows([job(title=evil, message=evil, hint=evil)]),
    ]
    said = "".join(row.text + row.note + row.lead + row.tail + row.more for row in rows) + phrases.made_by(
        Insight("summary", evil, "1")
    )
    assert "[/]" in said
    assert not set("\x1b\x07\u202e\x9b") & set(said)


def test_chapters_say_where_they_come_from_and_how_long_they_last() -> None:
    sheet = phrases.chapter_sheet([Chapter(0, 60, "One", "notes"), Chapter(60, None, "Two", "notes")], 200.0)
    assert "from the show notes" in sheet.status
    assert [(row.lead, row.text, row.tail) for row in sheet.rows] == [("0:00", "One", "1 min"), ("1:00", "Two", "2 min 20 s")]
    assert phrases.chapter_sheet([Chapter(60, None, "Two")]).rows[0].tail == ""
    assert "No chapters" in phrases.chapter_sheet([]).rows[0].text


def test_work_says_when_it_ended_and_how_long_it_took() -> None:
    noon = datetime(2026, 11, 14, 12, tzinfo=UTC)
    done = job(state="done", title="T", started_at=noon, finished_at=noon + timedelta(seconds=75))
    assert phrases.job_rows([done])[0].note == "done in 1 min 15 s · 14 Nov 2026"
    now = datetime.now(UTC)
    assert "today" in phrases.job_rows([job(state="done", finished_at=now)])[0].note
    failed = job(state="failed", message="It broke.", hint="Mend it.", finished_at=noon)
    assert phrases.job_rows([failed])[0].note == "failed · 14 Nov 2026: It broke. Mend it."


def test_paused_work_says_how_far_it_is_and_a_translation_that_it_is_one() -> None:
    paused = job(state="paused", title="T", progress=Progress(30.0, 60.0, "seconds"), options={"translate": True})
    assert working.doing(paused) == "Translating: paused 50%"
    (row,) = phrases.job_rows([paused])
    assert (row.text, row.note) == ("Translating: T", "paused 50%")
    assert working.doing(job(state="queued", message="Waiting for the sun.")) == "Transcribing: Waiting for the sun."


def test_quotes_need_no_second_quote() -> None:
    made = Insight("takeaways", "m", "1", (Point("Said.", "Said.", 5, 6, kind="quote"), Point("Claim.", "Proof.", 7, 8)))
    assert [(row.lead, row.text, row.note) for row in phrases.takeaway_rows(made)] == [
        ("0:05", "“Said.”", ""),
        ("0:07", "Claim.", "“Proof.”"),
    ]


def test_what_was_said_nobody_knows_when_plays_from_nowhere() -> None:
    points = (Point("Said.", "Said.", 0, 0, (12,), kind="quote"), Point("Claim.", "Proof.", 0, 0, (3, 4)))
    rows = phrases.takeaway_rows(Insight("takeaways", "m", "1", points))
    assert [(row.lead, row.start_s) for row in rows] == [("S12", None), ("S3", None)]


def test_shows_say_what_is_new_and_what_is_wrong() -> None:
    row = phrases.show_row(Show(ShowId(1), "https://x", "Tea", problem="404"), Tally(2000, 1234, "2026-11-14T00:00:00Z"))
    assert (row.text, row.tail, row.note) == ("Tea", "1,234 new", "! 404")
    row = phrases.show_row(Show(ShowId(1), "https://x", "Tea", author="Ann"), Tally(1, 0, "2026-11-14T00:00:00Z"))
    assert (row.tail, row.note) == ("", "Ann · 1 episode · newest 14 Nov 2026")


@pytest.mark.parametrize("published", ["", "2026", "2026-13-01", "garbage-in-here", "2026-1x-01"])
def test_a_date_that_is_none_is_left_out(published: str) -> None:
    assert phrases.short_day(published) == ""


def test_dates_at_the_edge_of_time_do_not_crash() -> None:
    assert phrases.day(datetime(2026, 11, 14, 12, tzinfo=UTC)) == "14 Nov 2026"
    for year in (1, 9999):
        assert str(year) in phrases.day(datetime(year, 1 if year == 1 else 12, 1 if year == 1 else 31, tzinfo=UTC))
    assert phrases.day(None) == ""


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"state": "done", "title": "T"}, "The transcript of “T” is ready."),
        ({"state": "failed", "message": "It broke."}, "It broke."),
        ({"state": "cancelled"}, ""),
        ({"kind": "refresh", "state": "done", "result": {"shows": [{"new": 2}, {"new": 1}]}}, "3 new episodes."),
        ({"kind": "refresh", "state": "done", "result": {"shows": []}}, "No new episodes."),
        (
            {"kind": "refresh", "state": "done", "result": {"shows": [{"new": 1}, {"new": 0, "problem": "x.org is not there."}]}},
            "1 new episode. x.org is not there.",
        ),
        (
            {
                "kind": "add",
                "state": "done",
                "result": {"title": "Tea", "episodes": 3, "already": False, "notes": ["It was a page."]},
            },
            "Subscribed to Tea. It was a page.",
        ),
    ],
)
def test_what_became_of_a_job(facts: dict[str, object], words: str) -> None:
    assert phrases.outcome(job(**facts)) == words


def test_what_is_said_in_a_chapter_is_told_once() -> None:
    chapters = [Chapter(0.0, 185.0, "One", "json"), Chapter(185.0, 211.0, "A word from our sponsor", "json"),
                Chapter(211.0, 290.0, "Giants", "json")]  # fmt: skip
    points = [
        Point("It begins.", "", 5.0, 90.0),
        Point("A ship is stuck.", "", 209.0, 280.0),
        Point("Too far.", "", 100.0, 120.0),
    ]
    sheet = phrases.chapter_sheet(chapters, 290.0, Insight("chapters", "a-model", "1", tuple(points)))
    assert [row.note for row in sheet.rows] == ["It begins.", "", "A ship is stuck."]


def test_whoever_takes_part_stands_among_the_facts() -> None:
    several = [Person(f"Person {number}", "guest" if number else "host") for number in range(12)]
    (row,) = [row for row in phrases.notes_rows(episode(), several) if row.key == "persons"]
    assert row.text.startswith("With Person 0 (host), Person 1 (guest), ") and row.text.endswith("Person 9 (guest) and 2 more")
    assert not [row for row in phrases.notes_rows(episode()) if row.key == "persons"]
