from __future__ import annotations

import pytest

from podcli.pipeline import sponsors
from podcli.pipeline.boilerplate import kind, kinds
from tests.pipeline.talks import SHIPPING, Told, talk


def test_a_sponsor_message_is_masked_from_announcement_to_return() -> None:
    found = kinds(talk(*SHIPPING))
    assert [n for n, what in enumerate(found, 1) if what == "sponsor"] == [11, 12, 13, 14, 15]


def test_what_comes_after_the_message_is_content_again() -> None:
    assert kinds(talk(*SHIPPING))[15] == ""


def test_a_message_without_an_end_is_masked_as_far_as_it_sells() -> None:
    texts = (
        "Fresh talk about lighthouses begins here.",
        "This portion is brought to you by fog lamps online.",
        "Their lamps shine for a thousand hours.",
        "Visit fog lamps online for a free trial.",
        "The keeper of the lighthouse climbed ninety steps a day.",
        "His logbook names every ship that passed.",
    )
    assert kinds(talk(*texts)) == ["", "sponsor", "sponsor", "sponsor", "", ""]


LONG = (
    "The tide tables hung beside the door.",
    "This portion of the show is brought to you by the folks at Bellbuoy.",
    "Bellbuoy has done a lot for harbours lately.",
    "Over the past few years we have all learned some scary words.",
    "Drift, undertow, rip current, and more.",
    "They all come from the sea, which nobody owns.",
    "The thought alone makes me shudder.",
    "It does not even touch what lies beneath.",
    "But there are things that help.",
    "Bellbuoy Charts solve both problems for you.",
    "Think of Bellbuoy Charts as your own pilot.",
    "Bellbuoy Charts report every rock there is.",
    "If your harbour matters, you owe it to you to look at Bellbuoy.",
    "Visit harbour.fm/charts today and get a three-month free trial.",
    "The keeper of the lighthouse climbed ninety steps a day.",
)


def test_a_long_message_is_masked_through_the_troubles_it_tells_of() -> None:
    assert kinds(talk(*LONG, seconds=7.0)) == ["", *["sponsor"] * 13, ""]


def test_a_talk_about_a_sponsor_without_an_offer_is_content() -> None:
    assert kinds(talk(*LONG[:13], LONG[14], seconds=7.0))[3:] == [""] * 11


def test_a_message_never_swallows_the_episode() -> None:
    ad = "Use the promo code BOX at our store for twenty percent off."
    texts = ["This episode is brought to you by Captain Pickle.", *[f"{ad} Captain Pickle number {n}." for n in range(100)]]
    found = kinds(talk(*[text if n % 2 == 0 else "Captain Pickle sails." for n, text in enumerate(texts)], seconds=30.0))
    assert found[0] == "sponsor"
    quiet = ["This episode is brought to you by Captain Pickle.", *["Captain Pickle sails the sea." for _ in range(100)]]
    assert kinds(talk(*quiet, seconds=10.0)).count("sponsor") <= 20


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Why is that so expensive?", "question"),
        ("Welcome back to the show, everyone.", "greeting"),
        ("Thanks so much for listening.", "greeting"),
        ("I'm Sam.", "greeting"),
        ("Let's start in Brooklyn.", "scrap"),
        ("Exactly.", "scrap"),
        ("The sea voyage was less than twelve percent of the total cost.", ""),
        ("I'm Danish and grew up by the sea.", ""),
        ("Sponsors of the arts paid for the lighthouse.", ""),
        ("この船は世界で一番大きいコンテナ船です。", ""),
    ],
)
def test_single_sentences(text: str, what: str) -> None:
    assert kind(text) == what


def test_an_offer_is_a_sponsors_only_when_the_model_says_so() -> None:
    said = talk(*SHIPPING[1:8], "Get a free trial at boxes dot example.", "It only takes a minute.", *SHIPPING[8:10])
    for yes, masked in ((0.9, True), (0.5, False)):
        kept: dict[str, str] = {}
        found = sponsors.confirmed(said, kinds(said), Told(yes=yes), kept, kept.__setitem__)
        assert (7 in found) == masked and len(found) <= 3
        assert list(kept) == ["ad:8"]
        # What was asked before is not asked again.
        assert sponsors.confirmed(said, kinds(said), Told(yes=0.0), kept, kept.__setitem__) == found


def test_what_makes_no_offer_is_no_suspect() -> None:
    said = talk(*SHIPPING)
    assert sponsors.suspects(said, kinds(said)) == []


def test_a_sponsored_story_is_masked_up_to_its_thanks() -> None:
    said = talk(
        "Diff is a wonderful tool.", "It's now time for sponsored news!", "Strong passwords for your team.",
        "Have you ever checked in to Lockbox's developer tools?", "They have great stuff.", "You can push and pull commits.",
        "Sign your work, too.", "It even has a command line tool.", "We use Lockbox and we think you should too.",
        "Once again, thanks to Lockbox for sponsoring our news!", "Next, a story about browsers.",
    )  # fmt: skip
    assert [kind == "sponsor" for kind in kinds(said)] == [False, *[True] * 9, False]
