from __future__ import annotations

import re
from pathlib import Path

import pytest

from podcli.domain import Point, Sentence
from podcli.engines.embed import WordLlamaEmbedder
from podcli.pipeline.summary import summary
from podcli.pipeline.verify import Verifier
from tests.pipeline.talks import SHIPPING, Told, claims, talk

_EMBEDDER = WordLlamaEmbedder()
_TALK = talk(*SHIPPING)


def _items(*places: int, texts: tuple[Sentence, ...] = tuple(_TALK)) -> list[Point]:
    verifier = Verifier(texts, _EMBEDDER)
    return [verifier.taken(place, place) for place in places]


def test_every_sentence_carries_the_proof_of_the_takeaway_it_retells() -> None:
    writer = Told(
        claims(("Loading of the Warrior took 6 days.", [1]), ("The Ever Given blocked the Suez Canal for 6 days.", [2]))
    )
    outcome = summary(_TALK, _items(2, 17), writer, _EMBEDDER)
    assert [item.text for item in outcome.items] == [
        "Loading of the Warrior took 6 days.",
        "The Ever Given blocked the Suez Canal for 6 days.",
    ]
    assert [item.quote for item in outcome.items] == [SHIPPING[2], SHIPPING[17]]
    assert [item.start_s for item in outcome.items] == [8.0, 68.0]
    assert outcome.notice == ""


def test_the_model_sees_the_takeaways_and_nothing_else_of_the_episode() -> None:
    writer = Told()
    summary(_TALK, _items(2, 17), writer, _EMBEDDER)
    (asked,) = writer.asked
    assert SHIPPING[2] in str(asked["text"]) and SHIPPING[17] in str(asked["text"])
    assert not any(text in str(asked["text"]) for place, text in enumerate(SHIPPING) if place not in (2, 17))


def test_a_sentence_that_changes_a_number_is_replaced_by_the_words_themselves() -> None:
    writer = Told(claims(("Loading the Warrior took 9 days.", [1]), ("The Ever Given blocked the Suez Canal for 6 days.", [2])))
    outcome = summary(_TALK, _items(2, 17), writer, _EMBEDDER)
    assert outcome.items[0].text == SHIPPING[2]
    assert [item.kind for item in outcome.items] == ["quote", "claim"]
    assert outcome.dropped["number"] == 1


def test_a_model_that_fails_leaves_the_takeaways_and_says_so() -> None:
    outcome = summary(_TALK, _items(2, 17), Told("I am I am I am"), _EMBEDDER)
    assert [item.text for item in outcome.items] == [SHIPPING[2], SHIPPING[17]]
    assert "could not be checked" in outcome.notice


def test_a_sentence_may_not_borrow_the_proof_of_another_point() -> None:
    writer = Told(
        claims(
            ("The Ever Given blocked the Suez Canal for 6 days.", [1]),
        )
    )
    outcome = summary(_TALK, _items(2, 17), writer, _EMBEDDER)
    assert outcome.dropped.total() == 1
    assert [item.kind for item in outcome.items] == ["quote", "quote"]


def test_no_takeaways_no_summary_and_no_question() -> None:
    writer = Told()
    outcome = summary(_TALK, [], writer, _EMBEDDER)
    assert outcome.items == () and outcome.notice and writer.asked == []


def test_order_is_that_of_the_episode_whatever_the_model_does() -> None:
    writer = Told(
        claims(("The Ever Given blocked the Suez Canal for 6 days.", [2]), ("Loading of the Warrior took 6 days.", [1]))
    )
    outcome = summary(_TALK, _items(2, 17), writer, _EMBEDDER)
    assert [item.start_s for item in outcome.items] == [8.0, 68.0]


@pytest.mark.parametrize("context_tokens", [900, 1500, 4096])
def test_many_long_takeaways_fit_a_small_context(context_tokens: int) -> None:
    long = talk(
        *[f"The harbour of town {n} has " + "very tall cranes and wide roads and " * 12 + "a lighthouse." for n in range(12)]
    )
    verifier = Verifier(long, _EMBEDDER)
    outcome = summary(long, [verifier.taken(n, n) for n in range(12)], Told("", context_tokens), _EMBEDDER)
    assert len(outcome.items) >= 1


@pytest.mark.models
def test_the_smallest_real_model_gives_an_honest_summary(test_models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from podcli.engines.install import model_file
    from podcli.engines.llama import LlamaWriter

    monkeypatch.setenv("PODCLI_MODELS", str(test_models))
    writer = LlamaWriter(model_file("smollm2-135m"), model_id="smollm2-135m", threads=2)
    outcome = summary(_TALK, _items(1, 3, 9, 17), writer, _EMBEDDER)
    writer.close()
    assert len(outcome.items) == 4
    for item in outcome.items:
        assert item.quote == " ".join(SHIPPING[number - 1] for number in item.sentences)
        assert set(re.findall(r"\d+", item.text)) <= {"6", "12", "16", "1954"}
