"""Where a snip begins and ends."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from podcli.domain import Sentence
from podcli.pipeline.snipping import bounds, moved, within


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
        span = moved(said, (said[first].start_s, said[last].end_s), begin=begin, end=end)
        assert span[0] < span[1] and span[0] in {each.start_s for each in said} and span[1] in {each.end_s for each in said}
