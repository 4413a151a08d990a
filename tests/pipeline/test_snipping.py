"""Where a snip begins and ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from podcli.domain import Sentence
from podcli.pipeline.snipping import LONGEST_S, bounds, moved, stretch, within


def talk(*lines: tuple[float, float, str, str]) -> list[Sentence]:
    return [Sentence(n, start, end, text, who) for n, (start, end, text, who) in enumerate(lines, 1)]


SAID = talk(
    (0, 8, "Today we talk about boxes made of steel.", "Ann"),
    (8, 20, "Ships were loaded by hand before that.", "Ann"),
    (20, 31, "And it took a week in every single port.", "Ann"),
    (32.5, 40, "Malcom McLean owned a lot of trucks in 1956.", "Ben"),
    (40, 52, "He put whole trailers on a ship, because loading was slow.", "Ben"),
    (52, 64, "That cut the price of loading to a few cents a ton.", "Ben"),
    (64, 80, "The ports of London lost their dockers within ten years.", "Ben"),
    (80, 200, "Nobody stopped talking for two whole minutes here.", "Ben"),
)


def test_it_begins_with_a_thought_and_ends_with_the_sentence_that_was_being_said() -> None:
    assert bounds(SAID, 70.0) == (3, 6), "Ben begins to speak after a pause, 37 s before"
    assert bounds(SAID, 65.0) == (3, 5), "who presses a second after a sentence began meant the one before"
    assert bounds(SAID, 12.0) == (0, 1)
    assert bounds(SAID, 85.0, 10.0) == (6, 6), "what goes on for two minutes was not meant"
    assert bounds(SAID, 1.0) == (0, 0)


def test_so_much_before_the_key_is_kept_as_was_asked_for() -> None:
    said = talk(*((n * 10, n * 10 + 9.5, f"Ship number {n} carried steel boxes.", "Ann") for n in range(70)))
    for back_s in (5.0, 20.0, 45.0, 170.0, 300.0, 600.0):
        kept = stretch(said, 650.0, back_s)
        assert kept is not None and kept[1] == 649.5, "the moment itself is in it"
        assert abs(kept[0] - (650.0 - back_s)) <= 10, (back_s, kept)


def test_sentences_without_end_make_no_snip_without_end_and_lose_no_moment() -> None:
    said = talk((0, 100, "One.", ""), (100, 290, "Two.", ""), (290, 302, "Three.", ""))
    assert stretch(said, 300.0) == (290, 302)
    assert stretch(said, 300.0, 240.0) == (100, 302), "all of it is 302 seconds, and 277 are the most"
    assert stretch(talk((0, 900, "Without a full stop.", "")), 400.0) == (412.0 - LONGEST_S, 412.0)
    assert stretch(talk((0, 900, "Without a full stop.", "")), 30.0) == (0, 42.0)


def test_where_nobody_speaks_there_is_nothing() -> None:
    assert bounds([], 50.0) is None
    assert bounds(SAID, 400.0) is None
    assert bounds(talk((100, 110, "Late.", "")), 20.0) is None


def test_its_ends_move_by_sentences_and_one_is_always_left() -> None:
    kept = (32.5, 64.0)
    assert moved(SAID, kept, begin=-1) == (20, 64)
    assert moved(SAID, kept, begin=1, end=1) == (40, 80)
    assert moved(SAID, kept, end=-9) == (32.5, 40)
    assert moved(SAID, kept, begin=9) == (52, 64)
    assert moved(SAID, kept, begin=-99, end=99) == (0, 200)
    assert moved(SAID, (300.0, 310.0), begin=1) == (300.0, 310.0)


def test_who_speaks_is_known_when_it_is_one_person() -> None:
    assert within(SAID, (32.5, 52.0)) == (f"{SAID[3].text} {SAID[4].text}", "Ben")
    assert within(SAID, (20.0, 40.0))[1] == ""
    assert within(SAID, (300.0, 310.0)) == ("", "")


@given(
    st.lists(st.tuples(st.floats(0, 20), st.floats(0.1, 40)), max_size=40), st.floats(1, 2000), st.floats(5, 600),
    st.integers(-9, 9), st.integers(-9, 9),
)  # fmt: skip
def test_whatever_was_said_a_snip_is_whole_sentences_before_the_key(
    gaps: list[tuple[float, float]], at_s: float, back_s: float, begin: int, end: int
) -> None:
    said, now = list[Sentence](), 0.0
    for gap, length in gaps:
        said.append(Sentence(len(said) + 1, now + gap, now + gap + length, "Some words."))
        now += gap + length
    found = bounds(said, at_s, back_s)
    if found is not None:
        first, last = found
        assert 0 <= first <= last < len(said) and said[last].start_s <= at_s
        kept = stretch(said, at_s, back_s)
        assert kept is not None and kept[0] < kept[1] and kept[1] >= min(at_s, said[last].end_s)
        assert kept[1] - kept[0] <= max(LONGEST_S, back_s + 37) + 1e-6
        span = moved(said, (said[first].start_s, said[last].end_s), begin=begin, end=end)
        assert span[0] < span[1] and span[0] in {each.start_s for each in said} and span[1] in {each.end_s for each in said}
