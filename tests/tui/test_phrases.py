"""The words of the player."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from podcli.domain import Enclosure, Episode, EpisodeId, Insight, Job, JobId, Progress, Sentence, Show, ShowId, Takeaway
from podcli.tui import phrases


def episode(**facts: object) -> Episode:
    whole = {"id": EpisodeId(1), "key": "k", "show_id": ShowId(1), "show_title": "S", "title": "T", "guid": "g",
             "enclosure": Enclosure("https://x/y.mp3"), **facts}  # fmt: skip
    return Episode(**whole)  # type: ignore[arg-type]


def job(**facts: object) -> Job:
    return Job(**{"id": JobId(1), "kind": "transcribe", "lane": "ml", "state": "running", **facts})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "marks"),
    [
        ({}, []),
        ({"position_s": 754.0}, ["at 12:34"]),
        ({"position_s": 754.0, "finished": True}, ["heard"]),
        ({"has_transcript": True}, ["transcript"]),
        ({"has_transcript": True, "has_takeaways": True, "audio_path": "/a"}, ["takeaways", "downloaded"]),
        ({"audio_path": "/a", "enclosure": Enclosure("file:///a")}, []),
    ],
)
def test_an_episode_says_in_words_how_far_it_is(facts: dict[str, object], marks: list[str]) -> None:
    assert list(phrases.marks(episode(**facts))) == marks


def test_the_running_job_comes_first() -> None:
    half = job(progress=Progress(50, 100, "seconds", "Transcribing", 18.4, 130))
    (row,) = phrases.episode_rows([episode()], {EpisodeId(1): half}, with_show=True)
    assert row.note == "transcribing 50% · S"
    assert phrases.doing(half) == "Transcribing 50% · 2 min 10 s left · 18.4× real time"
    assert phrases.doing(job(state="queued", after=3)) == "Transcribing: waiting for the step before"


def test_control_characters_of_strangers_stop_here() -> None:
    evil = "\x1b]52;c;eA==\x07[/]\u202e\x9b31m"
    rows = [
        *phrases.show_rows([Show(ShowId(1), "https://x", evil, problem=evil)]),
        *phrases.episode_rows([episode(title=evil, show_title=evil)], {}, with_show=True),
        *phrases.takeaway_rows(Insight("takeaways", evil, "1", (Takeaway(evil, evil, 0, 1),))),
        *phrases.sentence_rows([Sentence(1, 0, 1, evil, evil)]),
        *phrases.notes_rows(episode(title=evil, description=evil, link=evil), []),
        *phrases.job_rows([job(title=evil, message=evil, hint=evil)]),
    ]
    said = "".join(row.text + row.note + row.lead + row.tail for row in rows) + phrases.made_by(
        Insight("summary", evil, "1"), "s"
    )
    assert "[/]" in said
    assert not set("\x1b\x07\u202e\x9b") & set(said)


def test_speakers_are_named_when_they_change() -> None:
    said = [Sentence(1, 0, 1, "Hello.", "Ada"), Sentence(2, 1, 2, "Yes.", "Ada"), Sentence(3, 2, 3, "No.", "Bo")]
    assert [row.text for row in phrases.sentence_rows(said)] == ["Ada: Hello.", "Yes.", "Bo: No."]
    assert [row.text for row in phrases.sentence_rows(said[1:], speaker="Ada")] == ["Yes.", "Bo: No."]


def test_quotes_need_no_second_quote() -> None:
    made = Insight("takeaways", "m", "1", (Takeaway("Said.", "Said.", 5, 6, kind="quote"), Takeaway("Claim.", "Proof.", 7, 8)))
    assert [(row.lead, row.text, row.note) for row in phrases.takeaway_rows(made)] == [
        ("0:05", "“Said.”", ""),
        ("0:07", "Claim.", "“Proof.”"),
    ]


def test_empty_shelves_are_not_shown_and_troubled_shows_are_marked() -> None:
    shows = [
        Show(ShowId(1), "https://x", "Tea", problem="404", unheard=1234),
        Show(ShowId(2), "podcli:file", "Files", kind="file"),
    ]
    assert [(row.key, row.text, row.tail) for row in phrases.show_rows(shows)] == [
        ("all", "All episodes", "1,234 new"),
        (1, "Tea", "1,234 new"),
    ]
    assert phrases.show_rows(shows)[1].note == "! 404"
    assert phrases.show_rows([]) == []


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
