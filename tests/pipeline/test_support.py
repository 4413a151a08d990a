from __future__ import annotations

import pytest

from podcli.engines.embed import WordLlamaEmbedder
from podcli.pipeline.central import leans
from podcli.pipeline.claims import Held
from podcli.pipeline.findings import episode_gist
from podcli.pipeline.support import gathered, supposed
from podcli.pipeline.verify import Proven, Verifier
from tests.pipeline.talks import SHIPPING, talk

_EMBEDDER = WordLlamaEmbedder()


def held(claim: str, *said: str) -> Proven | str:
    return gathered(Verifier(talk(*said), _EMBEDDER), claim, range(len(said)))


def test_a_claim_is_proven_by_the_fewest_lines_that_have_its_words() -> None:
    found = held("Loading the Warrior took six days, and the sea voyage was less than twelve percent of the cost.", *SHIPPING)
    assert isinstance(found, Proven)
    assert found.item.sentences == (3, 4)
    assert found.item.quote == f"{SHIPPING[2]} {SHIPPING[3]}"


def test_lines_with_others_between_them_prove_it_and_are_shown_apart() -> None:
    found = held(
        "The Warrior took six days to load, and handling the cargo in the two ports was thirty-seven percent.", *SHIPPING
    )
    assert isinstance(found, Proven)
    assert found.item.quote == f"{SHIPPING[2]} … {SHIPPING[4]}"


def test_what_is_joined_from_three_stretches_is_no_proof() -> None:
    said = (
        "The harbour of Bergen exports herring.", "People drink coffee there.",
        "A lighthouse was built from granite.", "It rains on most days.",
        "The railway carries timber inland.",
    )  # fmt: skip
    assert held("Bergen exports herring from a granite lighthouse by the railway that carries timber.", *said) == "not supported"


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("Containers will replace the railways everywhere in Europe.",
         "If containers will replace the railways everywhere in Europe, many people lose their work."),
        ("People from small towns can work in the docks.",
         "The second question was how can people from small towns work in the docks - and honestly the ports are changing."),
        ("The canal company lowered its fees for small ships.", "Has the canal company lowered its fees for small ships?"),
        ("The port will be automated by robots this decade.",
         "I wonder whether the port will be automated by robots this decade, but nobody has told us."),
    ],
)  # fmt: skip
def test_a_question_or_a_condition_is_no_statement(claim: str, said: str) -> None:
    assert held(claim, said, "It was a long day at the harbour.") == "not supported"


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("Containers replaced the railways everywhere in Europe.", "So containers replaced the railways everywhere in Europe."),
        ("If containers get larger, the canal must be deeper.", "And if containers get larger, the canal must be deeper."),
        ("Ports with deep water get the largest ships first.",
         "If you ask me, the ports with deep water get the largest ships first."),
    ],
)  # fmt: skip
def test_what_is_said_outright_holds(claim: str, said: str) -> None:
    assert isinstance(held(claim, said, "It was a long day at the harbour."), Proven)


@pytest.mark.parametrize("claim", ["The speaker is excited about the containers in the harbour of Bergen.",
                                   "The host loves the containers in the harbour of Bergen.",
                                   "Containers changed the harbour of Bergen, and the guest agrees."])  # fmt: skip
def test_how_somebody_nameless_feels_is_vague(claim: str) -> None:
    said = "I'm the host, and I love and am excited about the containers that changed the harbour of Bergen, the guest agrees."
    assert held(claim, said) in ("vague", "no statement")


def test_what_is_only_supposed_is_noticed() -> None:
    said = "Maybe the containers will be made of plastic in ten years."
    sure, open_ = (held(f"The containers {how} be made of plastic in ten years.", said) for how in ("are going to", "might"))
    assert isinstance(sure, Proven) and isinstance(open_, Proven)
    verifier = Verifier(talk(said), _EMBEDDER)
    assert (supposed(verifier, sure), supposed(verifier, open_)) == (True, False)


@pytest.mark.parametrize(
    "text",
    [
        "Something that might be sustained past the pandemic.", "Speaking of which, you gave one of those talks.",
        "Submitting talks to the conference in the fall.", "All of these people need to be involved in the incident.",
        "Please do not take that approach into your companies.", "My wife would tell you not so much about cargo.",
        "The technical teams are thinking about this a lot, which is cool.", "making sure that we are using data well.",
        'People are gonna be talking to you for half an hour."', "...with this being relatively new to the industry.",
    ],
)  # fmt: skip
def test_lines_that_lean_on_others_are_known(text: str) -> None:
    assert leans(text)


@pytest.mark.parametrize("text", [*SHIPPING[1:5], "The need for real-time data is much more important with e-commerce.",
                                  "Search technology was mostly built in the nineties.",
                                  'She called it "the best port of all" and moved there.'])  # fmt: skip
def test_lines_that_say_something_by_themselves_do_not_lean(text: str) -> None:
    assert not leans(text)


def test_the_gist_is_what_the_first_minutes_tell_rather_than_a_detail() -> None:
    verifier = Verifier(talk(*["The harbour of Oslo has large cranes for steel boxes."] * 100), _EMBEDDER)

    def claim(place: int, text: str) -> Held:
        return Held(Proven(verifier.taken(place, place, text), place, place, verifier.vectors[place], 1.0), place, 0, 1.0)

    early, late = claim(2, "The harbour of Oslo has steel boxes."), claim(90, "The harbour of Oslo has large cranes.")
    nameless = claim(1, "The team has large cranes for steel boxes.")
    for others in ([early], [late, early], [nameless, early], [late, nameless, early]):
        assert [point.text for point in episode_gist("", others, verifier)] == [early.proven.item.text]
