from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcli.pipeline.figures import figures, missing

SAME = [
    ("58 boxes", "fifty-eight metal boxes"),
    ("sailed in 1956", "in nineteen fifty-six"),
    ("in 2021", "twenty twenty-one"),
    ("in 1905", "nineteen oh five"),
    ("in 1900", "nineteen hundred"),
    ("in 2005", "two thousand and five"),
    ("in 2005", "two thousand five"),
    ("the 1960s", "most of the nineteen sixties"),
    ("194,000 items", "one hundred and ninety-four thousand separate items"),
    ("$5.86 per ton", "five dollars and eighty-six cents per ton"),
    ("$0.16", "sixteen cents"),
    ("16 cents", "less than sixteen cents"),
    ("less than 12%", "less than twelve percent"),
    ("8 per cent", "8%"),
    ("10.5 days", "ten and a half days"),
    ("3.5 billion", "three and a half billion"),
    ("24,000 20-foot boxes", "twenty-four thousand twenty foot boxes"),
    ("1 million people", "a million people"),
    ("a million people", "1,000,000 people"),
    ("1.5 million", "one and a half million"),
    ("half a million", "500,000"),
    ("$5 million", "five million dollars"),
    ("5k readers", "five thousand readers"),
    ("two dozen eggs", "24 eggs"),
    ("April 26, 1956", "April twenty-sixth, nineteen fifty-six"),
    ("the 23rd of March", "March twenty-third"),
    ("twenty twenty-one", "2021"),
    ("its 1st trip", "on the very first trip"),
    ("one of them sank", "the ship sank"),
    ("about 400 meters", "four hundred meters"),
]
DIFFERENT = [
    ("13 percent", "12 percent"),
    ("$12", "12 percent"),
    ("more than 12", "less than twelve"),
    ("more than 35 times", "35 times"),
    ("1957", "nineteen fifty-six"),
    ("the third ship", "the ship"),
    ("59 boxes", "fifty-eight boxes"),
    ("25,000", "twenty-four thousand"),
    ("$5.87", "five dollars and eighty-six cents"),
    ("a million", "a thousand"),
    ("6 days", "some days"),
]


@pytest.mark.parametrize(("claim", "proof"), SAME)
def test_one_number_in_two_spellings(claim: str, proof: str) -> None:
    assert figures(proof) or figures(claim)
    assert not missing(claim, proof)


@pytest.mark.parametrize(("claim", "proof"), DIFFERENT)
def test_another_number_is_noticed(claim: str, proof: str) -> None:
    assert missing(claim, proof)


_NAMES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety"
)
_ONES, _TENS = _NAMES.split(" ")[:20], ["", "", *_NAMES.split(" ")[20:]]


def _spell(number: int) -> str:
    if number < 20:
        return _ONES[number]
    if number < 100:
        return _TENS[number // 10] + (f"-{_ONES[number % 10]}" if number % 10 else "")
    for scale, word in ((10**9, "billion"), (10**6, "million"), (1000, "thousand"), (100, "hundred")):
        if number >= scale:
            rest = number % scale
            return f"{_spell(number // scale)} {word}" + (f" {'and ' if rest < 100 else ''}{_spell(rest)}" if rest else "")
    raise AssertionError(number)


@given(st.integers(2, 10**12 - 1), st.sampled_from(["boxes", "percent", "dollars", "days"]))
def test_any_whole_number_written_out_is_the_same_number(number: int, unit: str) -> None:
    assert not missing(f"{number:,} {unit}", f"they had {_spell(number)} {unit}")
    assert not missing(f"{_spell(number)} {unit}", f"they had {number} {unit}")
    assert missing(f"{number + 1} {unit}", f"they had {number} {unit}")


@given(st.text(max_size=200))
def test_no_text_breaks_it(text: str) -> None:
    assert not missing(text, text)


@pytest.mark.parametrize("text", ["tens of thousands", "the nineties", "in the tens", "twenties thirties", "and a half", "tens"])
@pytest.mark.timeout(10)
def test_number_words_on_their_own_come_to_an_end(text: str) -> None:
    assert figures(text)
