from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from podcli.engines.embed import WordLlamaEmbedder
from podcli.pipeline.verify import Proven, Verifier, same
from tests.pipeline.talks import SHIPPING, talk

_EMBEDDER = WordLlamaEmbedder()
_TALK = talk(*SHIPPING)


def _check(text: str, *lines: int, texts: tuple[str, ...] = SHIPPING) -> Proven | str:
    verifier = Verifier(talk(*texts), _EMBEDDER)
    return verifier.check(text, [line - 1 for line in lines], range(len(texts)))


def _proven(text: str, *lines: int, texts: tuple[str, ...] = SHIPPING) -> Proven:
    found = _check(text, *lines, texts=texts)
    assert isinstance(found, Proven), found
    return found


def test_a_claim_gets_the_words_and_times_of_its_proof() -> None:
    item = _proven("The ship Ever Given blocked the Suez Canal for 6 days", 18).item
    assert item.text == "The ship Ever Given blocked the Suez Canal for 6 days."
    assert item.quote == SHIPPING[17]
    assert (item.start_s, item.end_s, item.sentences, item.kind) == (68.0, 72.0, (18,), "claim")


def test_a_proof_may_be_several_sentences_in_a_row() -> None:
    item = _proven("Malcolm McLean ran a trucking company and was not a sailor.", 7, 8).item
    assert item.quote == f"{SHIPPING[6]} {SHIPPING[7]}"
    assert item.sentences == (7, 8)


def test_a_claim_in_the_words_of_the_episode_is_a_quote() -> None:
    item = _proven("the sea voyage was less than twelve percent of the total cost", 4).item
    assert (item.text, item.quote, item.kind) == (SHIPPING[3], SHIPPING[3], "quote")


def test_a_wrong_line_near_the_right_one_is_put_right() -> None:
    assert _proven("Loading the Warrior took 6 days.", 5).item.sentences == (3,)


@pytest.mark.parametrize(
    ("reason", "text", "lines"),
    [
        ("no such line", "Loading the Warrior took six days.", ()),
        ("no such line", "Loading the Warrior took six days.", (99,)),
        ("no statement", "What happens when one of the giants gets stuck?", (17,)),
        ("no statement", "Thanks for listening.", (20,)),
        ("no statement", "Hello, and welcome to Small Big Things.", (1,)),
        ("no statement", "58", (9,)),
        ("no statement", "...", (9,)),
        ("sponsor", "This episode is brought to you by Captain Pickle.", (12,)),
        ("sponsor", "Captain Pickle umbrellas come in ninety colors and fit any bowl.", (13,)),
        ("instruction", "You are the editor of a podcast with numbered lines of people.", (3,)),
        ("vague", "It was the docks that cost most.", (6,)),
        ("vague", "He was not a sailor at all.", (8,)),
        ("vague", "Loading the Warrior took us six days.", (3,)),
        ("number", "Loading the Warrior took seven days.", (3,)),
        ("number", "The sea voyage was more than twelve percent of the total cost.", (4,)),
        ("number", "Handling the cargo in the two ports was 37 dollars.", (5,)),
        ("name", "Loading the Titanic took six days.", (3,)),
        ("name", "Malcolm McLean was not a sailor in North Dakota.", (7, 8)),
        ("negation", "Malcolm McLean never ran a trucking company in North Carolina.", (7,)),
        ("not supported", "Containers made the world richer and more peaceful for everybody.", (16,)),
        ("not supported", "The Suez Canal was blocked for six days, causing a loss of trade.", (18,)),
    ],
)
def test_what_is_dropped_and_why(reason: str, text: str, lines: tuple[int, ...]) -> None:
    assert _check(text, *lines) == reason


def test_who_speaks_of_themselves_may_be_worded_in_the_first_person() -> None:
    texts = ("So we moved our whole archive to cheaper disks in March.",)
    assert _proven("We moved our whole archive to disks in March.", 1, texts=texts).item.kind == "claim"
    assert _check("We moved the whole archive to cheaper disks in March.", 1, texts=("They moved the whole archive to cheaper "
                  "disks in March.",)) == "vague"  # fmt: skip


def test_talk_about_the_talk_is_vague() -> None:
    texts = ("The archive moved to cheaper disks in March.",)
    assert _check("The speaker says the archive moved to cheaper disks in March.", 1, texts=texts) in ("vague", "not supported")


def test_a_denied_sentence_proves_no_affirmation() -> None:
    assert (
        _check("Malcolm McLean was a sailor from Carolina.", 1, texts=("Malcolm McLean was not a sailor from Carolina.",))
        == "negation"
    )


def test_a_name_put_in_the_place_of_another_word_is_noticed() -> None:
    texts = ("Chang She is the CEO and founder at LanceDB.",)
    assert _check("LanceDB is the CEO and founder at LanceDB.", 1, texts=texts) == "name"


def test_spellings_of_a_name_that_differ_in_nothing_but_marks_are_one_name() -> None:
    texts = ("Talk Python had a guest from the U.S. called Renée today.",)
    assert isinstance(_check("TalkPython had a guest from the US called Renee today.", 1, texts=texts), Proven)


def test_of_a_claim_that_goes_on_with_a_question_the_statement_is_kept() -> None:
    assert _proven("Loading the Warrior took six days. What happens next?", 3).item.text == SHIPPING[2]


def test_a_claim_that_was_cut_off_loses_its_last_sentence() -> None:
    claim = f"{SHIPPING[2]} " + "Loading the Ideal X cost less than sixteen cents per ton and " * 4
    assert _proven(claim, 3).item.text == SHIPPING[2]


def test_languages_without_blanks_are_checked_too() -> None:
    texts = ("この船は世界で一番大きいコンテナ船です。", "港は毎日とても忙しいです。")
    assert _proven("この船は世界で一番大きいコンテナ船です", 1, texts=texts).item.kind == "quote"
    assert _check("この船は古いクレーンを運ぶ小さな漁船でした", 1, texts=texts) == "not supported"


def test_claims_in_another_language_than_the_episode_do_not_hold() -> None:
    texts = ("Das Schiff lag sechs Tage im Hafen von Hamburg.",)
    assert _check("The ship lay in the port of Hamburg for six days.", 1, texts=texts) != texts
    assert isinstance(_check("Das Schiff lag sechs Tage im Hafen von Hamburg.", 1, texts=texts), Proven)


def test_two_claims_of_one_sentence_are_the_same_and_of_two_are_not() -> None:
    one = _proven("Loading the Warrior took six days.", 3)
    assert same(one, _proven("It took 6 days: loading the Warrior took six days.".replace("It took 6 days: ", ""), 3))
    assert not same(one, _proven("Malcolm McLean ran a trucking company in North Carolina.", 7))


@given(st.text(max_size=300), st.lists(st.integers(-5, 40), max_size=4))
def test_whatever_a_model_says_what_survives_is_proven(text: str, cited: list[int]) -> None:
    found = Verifier(_TALK, _EMBEDDER).check(text, cited, range(len(_TALK)))
    if isinstance(found, Proven):
        assert found.item.quote == " ".join(SHIPPING[found.first : found.last + 1])


@given(st.permutations(range(len(SHIPPING))), st.data())
def test_sentences_of_the_episode_hold_wherever_the_numbers_point(order: list[int], data: st.DataObject) -> None:
    texts = tuple(SHIPPING[place] for place in order if "Captain" not in SHIPPING[place] and "sponsor" not in SHIPPING[place])
    at = texts.index(SHIPPING[17])
    cited = data.draw(st.integers(0, len(texts) - 1))
    found = Verifier(talk(*texts), _EMBEDDER).check(SHIPPING[17], [cited], range(len(texts)))
    assert isinstance(found, Proven)
    assert (found.first, found.last, found.item.quote) == (at, at, SHIPPING[17])
