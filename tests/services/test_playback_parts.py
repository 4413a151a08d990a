"""The parts of playback that are arithmetic: jumps, chapters in show notes, what was heard, sleep, skips."""

from __future__ import annotations

import pytest

from podcli.domain import Chapter, Enclosure, Episode, EpisodeId, Listened, ShowId
from podcli.errors import UsageError
from podcli.feeds.noted import noted_chapters
from podcli.services.playback.chapters import next_start, previous_start
from podcli.services.playback.history import History, merged
from podcli.services.playback.jumps import Jumps
from podcli.services.playback.resume import begin_at, fitting_skips, go_back
from podcli.services.playback.sleep import SleepTimer
from podcli.services.playback.tuning import Tuning

# Jumps


def test_undo_goes_back_jump_by_jump() -> None:
    jumps = Jumps()
    assert jumps.undo() is None
    jumps.jumped(10, 100, 0.0)
    jumps.jumped(110, 500, 10.0)
    jumps.jumped(500, 501.5, 20.0)  # not worth undoing
    assert [jumps.undo(), jumps.undo(), jumps.undo()] == [110, 10, None]


def test_keys_held_down_are_one_jump_from_where_they_began() -> None:
    jumps = Jumps()
    for step in range(5):
        jumps.jumped(100 + 30 * step, 130 + 30 * step, step * 1.4, relative=True)
    jumps.jumped(250, 280, 5 * 1.4 + 1.6, relative=True)
    assert [jumps.undo(), jumps.undo(), jumps.undo()] == [250, 100, None]


def test_small_steps_add_up_to_a_jump() -> None:
    jumps = Jumps()
    for step in range(4):
        jumps.jumped(100 + step, 101 + step, step * 0.1, relative=True)
    assert [jumps.undo(), jumps.undo()] == [100, None]


def test_an_absolute_jump_between_keys_stands_alone() -> None:
    jumps = Jumps()
    jumps.jumped(0, 30, 0.0, relative=True)
    jumps.jumped(30, 300, 0.5)
    jumps.jumped(300, 330, 1.0, relative=True)
    assert [jumps.undo(), jumps.undo(), jumps.undo()] == [300, 30, 0]


def test_the_stack_ends_somewhere() -> None:
    jumps = Jumps()
    for number in range(1000):
        jumps.jumped(number * 10, 0, number * 10.0)
    undone = 0
    while jumps.undo() is not None:
        undone += 1
    assert undone == 100


# Show notes


@pytest.mark.parametrize(
    ("notes", "chapters"),
    [
        ("0:00 Intro\n12:34 Tea\n1:02:03 Coffee", [(0, "Intro"), (754, "Tea"), (3723, "Coffee")]),
        ("(00:00) Intro\n(12:34) Tea", [(0, "Intro"), (754, "Tea")]),
        ("[00:10] - Intro\n[12:34] – Tea: the facts", [(10, "Intro"), (754, "Tea: the facts")]),
        ("Intro – 0:30\nTea (12:34)\nCoffee: 20:00", [(30, "Intro"), (754, "Tea"), (1200, "Coffee")]),
        ("• 0:10 | Intro\n• 1:10 | Tea", [(10, "Intro"), (70, "Tea")]),
        ("Welcome!\n\n90:15 Late\n120:00 Later\n", [(5415, "Late"), (7200, "Later")]),
        ("00:05 Intro\n12:34 Tea\n99:59:59 Beyond the end", [(5, "Intro"), (754, "Tea")]),
    ],
)
def test_times_in_show_notes_are_chapters(notes: str, chapters: list[tuple[float, str]]) -> None:
    found = noted_chapters(notes, 8000)
    assert [(chapter.start_s, chapter.title) for chapter in found] == chapters
    assert {chapter.source for chapter in found} == {"notes"}
    assert [chapter.end_s for chapter in found] == [*[start for start, _ in chapters[1:]], None]


@pytest.mark.parametrize(
    "notes",
    [
        "",
        "12:34 Only one",
        "20:00 Not\n10:00 in order",
        "5:00 twice\n5:00 the same",
        "Live at 10:30 pm\nDoors 11:00 p.m.",
        "We met at 10:30 and left at 11:45, on 12:00.",
        "1:75 no such time\n2:99 nor this",
        "John 3:16 is quoted",
    ],
)
def test_other_times_are_not(notes: str) -> None:
    assert noted_chapters(notes, 8000) == ()


def test_hostile_notes_are_quick_and_clean() -> None:
    assert noted_chapters("-" * 200_000 + "\n" + ("a " * 140 + "\n") * 5000 + "1:1" * 90) == ()
    found = noted_chapters("0:01 \x1b]0;x\x07One\n0:02 [b]Two[/b]" + " " * 200)
    assert [chapter.title for chapter in found] == ["One", "[b]Two[/b]"]


CHAPTERS = [Chapter(5, 100, "one"), Chapter(100, 200, "two"), Chapter(200, None, "three")]


@pytest.mark.parametrize(
    ("position", "earlier", "later"),
    [(0, 0, 5), (6, 0, 100), (50, 5, 100), (101, 5, 200), (103.5, 100, 200), (199, 100, 200), (202, 100, None), (300, 200, None)],
)
def test_chapters_before_and_after(position: float, earlier: float, later: float | None) -> None:
    assert previous_start(CHAPTERS, position) == earlier
    assert next_start(CHAPTERS, position) == later


def test_without_chapters_there_is_none_to_go_to() -> None:
    assert previous_start([], 50) is None
    assert next_start([], 50) is None


# Heard


def test_stretches_that_meet_are_one() -> None:
    assert merged([(50, 60), (0, 10), (10.5, 20), (5, 8)]) == ((0, 20), (50, 60))


def test_what_is_heard_and_what_it_took() -> None:
    history = History([(200, 210)], 100.0, 0.0)
    assert history.spans == ((200, 210),)
    for second in range(1, 11):
        assert history.observe(100.0 + 2 * second, 2.0, float(second)) == 2.0
    assert history.spans == ((100, 120), (200, 210))
    assert history.take() == Listened(heard_s=20, wall_s=10, saved_speed_s=10)
    assert history.take() == Listened()
    assert history.saved_s == 10


def test_jumps_are_not_heard_and_moments_do_not_count() -> None:
    history = History([], 0.0, 0.0)
    history.observe(0.5, 1.0, 0.5)
    history.jumped(300.0, 0.6)
    history.observe(305.0, 1.0, 5.6)
    history.observe(900.0, 1.0, 5.8)  # a jump nobody told of
    history.observe(20.0, 1.0, 6.0)
    history.observe(22.0, 1.0, 8.0)
    assert history.spans == ((20, 22), (300, 305))
    assert history.take().heard_s == pytest.approx(7.5)


def test_a_gap_jumped_over_leaves_no_hole_and_counts_as_saved() -> None:
    history = History([], 0.0, 0.0)
    history.observe(10.0, 1.0, 10.0)
    history.skipped_gap(14.0, 2.0, 10.0)
    history.observe(20.0, 1.0, 16.0)
    assert history.spans == ((0, 20),)
    taken = history.take()
    assert (taken.heard_s, taken.saved_gaps_s) == (16, 2)


def test_a_seek_that_lands_a_little_early_tears_no_stretch_apart() -> None:
    history = History([], 10.0, 0.0)
    history.observe(9.9, 1.0, 0.2)
    history.observe(10.5, 1.0, 0.8)
    history.skipped_gap(12.0, 1.0, 0.8)
    history.observe(11.8, 1.0, 1.0)
    history.observe(12.5, 1.0, 1.7)
    assert history.spans == ((9.9, 12.5),)
    assert history.take().heard_s == pytest.approx(1.3)


def test_standing_still_costs_nothing() -> None:
    history = History([], 10.0, 0.0)
    for second in range(100):
        assert history.observe(10.0, 1.0, float(second)) == 0
    assert history.take() == Listened()


def test_slower_than_life_costs_time() -> None:
    history = History([], 0.0, 0.0)
    history.observe(5.0, 0.5, 10.0)
    assert history.take().saved_speed_s == -5


# Where it begins


def an_episode(position_s: float, *, finished: bool = False, duration_s: float | None = 1000) -> Episode:
    return Episode(EpisodeId(1), "k", ShowId(1), "s", "t", "g", Enclosure("x"), duration_s=duration_s, position_s=position_s,
                   finished=finished)  # fmt: skip


@pytest.mark.parametrize(
    ("position", "finished", "begins"),
    [(0, False, 60), (500, True, 60), (61, False, 60), (100, False, 97), (30, False, 27), (1, False, 0)],
)
def test_it_begins_after_the_intro_and_never_goes_back_into_it(position: float, finished: bool, begins: float) -> None:
    assert begin_at(an_episode(position, finished=finished), Tuning(skip_intro_s=60), 3) == begins
    assert go_back(position, 3, 60) == (begins if position and not finished else go_back(position, 3, 60))


def test_skips_that_would_eat_the_episode_are_not_made() -> None:
    tuning = Tuning(skip_intro_s=60, skip_outro_s=60)
    assert fitting_skips(tuning, 1000) == (60, 60)
    assert fitting_skips(tuning, 200) == (0, 0)
    assert fitting_skips(tuning, None) == (60, 60)
    assert begin_at(an_episode(0, duration_s=90), tuning, 3) == 0


# Sleep


def test_minutes_count_while_it_plays_and_fade_at_the_end() -> None:
    timer = SleepTimer(20)
    timer.set("minutes", 1, (), 0)
    assert timer.factor(0, None, 1) == 1
    timer.passed(30)
    assert timer.left_s(0, None, 1) == 30
    timer.passed(20)
    assert timer.factor(500, None, 1) == pytest.approx(0.25)
    timer.passed(9.99)
    assert 0 < timer.factor(510, None, 1) < 0.01
    timer.passed(1)
    assert timer.factor(511, None, 1) == 0
    assert timer.fire() == 500
    assert timer.kind is None
    assert timer.factor(511, None, 1) == 1


def test_the_end_of_a_chapter_moves_with_the_listener() -> None:
    chapters = tuple(CHAPTERS)
    timer = SleepTimer(10)
    timer.set("chapter", 0, chapters, 50)
    assert timer.left_s(50, 1000, 2) == 25
    timer.moved(chapters, 150)
    assert timer.left_s(150, 1000, 1) == 50
    timer.moved(chapters, 300)
    assert timer.left_s(300, 1000, 1) == 700
    assert timer.left_s(300, None, 1) is None


def test_a_jump_during_the_fade_is_where_one_wakes_up() -> None:
    timer = SleepTimer(20)
    timer.set("minutes", 0.25, (), 0)
    timer.factor(100, None, 1)
    timer.moved((), 400)
    timer.passed(60)
    assert timer.factor(405, None, 1) == 0
    assert timer.fire() == 400


@pytest.mark.parametrize(("kind", "minutes"), [("chapter", 0), ("minutes", 0), ("minutes", -5), ("minutes", 1e9)])
def test_timers_that_make_no_sense(kind: str, minutes: float) -> None:
    with pytest.raises(UsageError):
        SleepTimer(20).set(kind, minutes, (), 0)  # type: ignore[arg-type]
