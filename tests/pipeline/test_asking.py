"""The stage that answers questions, over a real library: answers with their sources, refusals, searches, follow-ups, attacks."""

from __future__ import annotations

import pytest

from podcli.domain import Answer, AnswerId, Episode, Segment
from podcli.errors import PodcliError
from podcli.pipeline import asking
from podcli.pipeline.asking_prompts import ASK_VERSION
from podcli.store import Store
from podcli.store.passages import Scope
from tests.bench.talks import talk as real_talk
from tests.pipeline.asked import Knows
from tests.pipeline.attacks import ATTACKS, Attack
from tests.pipeline.readings import context, put_episode, put_transcript
from tests.pipeline.talks import SHIPPING, Told, talk

CANAL = {"Suez Canal for six days": "The Suez Canal was blocked for six days."}
WHEN = "How long was the Suez Canal blocked?"


def said(store: Store, *texts: str, title: str = "One", speaker: str = "") -> Episode:
    """An episode of these sentences; without any, the sample."""
    episode = put_episode(store, title)
    spoken = talk(*texts) if texts else real_talk("sample").sentences
    put_transcript(store, episode, [Segment(s.start_s, s.end_s, s.text, speaker or s.speaker) for s in spoken])
    return episode


def asked(store: Store, question: str, writer: Told, scope: Scope | None = None, follows: Answer | None = None) -> Answer:
    """The answer to a question, found as the worker finds it."""
    scope = scope or Scope()
    empty = Answer(AnswerId(0), question, "", model="m", prompt_version=ASK_VERSION, follows=follows.id if follows else None)
    begun = store.answers.begin(empty, scope, store.answers.identity(empty, scope, store.passages.transcripts(scope)))
    job = store.jobs.enqueue("ask", target=str(begun.id), title=question, options={"model": "m"})
    result = asking.ask(job, context(store, job, writer))
    store.jobs.finish(job.id, result)
    found = store.answers.get(AnswerId(int(str(result["answer"]))))
    assert found is not None and found.complete
    return found


def test_an_answer_comes_with_the_sentence_that_proves_it_and_its_second(store: Store) -> None:
    episode = said(store)
    answer = asked(store, WHEN, Knows(CANAL))
    assert answer.answered and answer.transcripts == 1 and answer.searches == (WHEN,)
    (cited,) = answer.sentences
    assert (cited.text, cited.kind) == ("The Suez Canal was blocked for six days.", "claim")
    assert cited.quote == "A container ship named the Ever Given ran aground and blocked the Suez Canal for six days."
    assert (cited.episode_id, cited.episode_title, cited.show_title) == (episode.id, "One", "A")
    (spoken,) = [each for each in real_talk("sample").sentences if each.text == cited.quote]
    assert (cited.start_s, cited.end_s, cited.sentences) == (spoken.start_s, spoken.end_s, (spoken.number,))


def test_what_nobody_said_is_sought_three_times_and_refused(store: Store) -> None:
    said(store)
    writer = Knows({}, otherwise="The captain was John Smith.", searches=["Our captain was seasick.", "skipper, master, crew"])
    answer = asked(store, "Who was the captain of the Ever Given?", writer)
    assert not answer.answered and answer.sentences == ()
    assert answer.searches == ("Who was the captain of the Ever Given?", "Our captain was seasick.", "skipper, master, crew")


@pytest.mark.parametrize(
    "invented",
    [
        "The Suez Canal was blocked for nine days.",
        "The Suez Canal was blocked by the Evergreen.",
        "The Suez Canal was blocked.",
        "The answer is not in these lines.",
        "",
    ],
)
def test_however_sure_a_model_is_what_the_sentences_do_not_have_is_not_told(store: Store, invented: str) -> None:
    said(store)
    answer = asked(store, WHEN, Knows({"": invented}, sure=1.0))
    assert not answer.answered, answer.sentences


@pytest.mark.parametrize(
    ("repeated", "told"),
    [
        ("A container ship named the Ever Given ran aground and blocked the Suez Canal for six days.", True),
        ("A container ship named the Ever Given ran aground", True),
        ("The captain of the Ever Given slept through the storm and lost his way.", False),
        ("What happens when one of the giants gets stuck?", False),
    ],
)
def test_where_no_wording_is_proven_the_line_that_the_model_repeats_is_told(store: Store, repeated: str, told: bool) -> None:
    said(store)
    invented = "Lightning struck the harbour master at midnight."
    answer = asked(store, "What happened in the Suez Canal?", Knows({"Suez Canal for six days": invented}, repeated=repeated))
    assert [(cited.kind, "blocked the Suez Canal" in cited.quote) for cited in answer.sentences] == [("quote", True)] * told


def test_an_open_question_is_answered_with_what_follows_a_line_that_only_names_it(store: Store) -> None:
    line = "So the open circle rule is a fun one that twelve people made for newcomers."
    goes_on = "People who talk leave a gap in their circle, and anybody may step into it."
    said(store, *SHIPPING[:9], line, goes_on, *SHIPPING[9:])
    knows = {"open circle": line.removeprefix("So the").replace(" open", "The open", 1)}
    (open_one,) = asked(store, "What is the open circle rule?", Knows(knows)).sentences
    assert open_one.quote.startswith(f"{line} {goes_on}")
    (fact,) = asked(store, "How many people made the open circle rule?", Knows(knows)).sentences
    assert fact.quote == line, "a fact is all there"


def test_a_true_sentence_of_a_passage_that_the_model_takes_for_none_is_not_told(store: Store) -> None:
    said(store)
    answer = asked(store, "Why did the ship sink?", Knows({}, otherwise="Loading the Warrior took six days."))
    assert not answer.answered


def test_what_other_words_say_is_found_by_the_next_search(store: Store) -> None:
    filler = [f"Tea number {n} was served warm to everybody who came to the garden party that day." for n in range(80)]
    said(store, *filler[:40], "I taught myself Java the summer before I went away.", *filler[40:])
    writer = Knows({"taught myself": "He taught himself Java."}, searches=["Before college I taught myself Java."])
    answer = asked(store, "Which programming language did he learn alone?", writer)
    assert answer.answered and answer.sentences[0].quote.startswith("I taught myself Java")
    assert len(answer.searches) == 2


def test_an_answer_may_come_from_two_episodes(store: Store) -> None:
    one = said(store, *SHIPPING, title="One")
    filler = [f"Number {n} on the list of gardens is one with roses and a pond." for n in range(20)]
    other = said(store, *filler, "A storm blocked the Suez Canal again in spring.", *filler, title="Another")
    writer = Knows({**CANAL, "again in spring": "A storm blocked the Suez Canal again in spring."})
    answer = asked(store, "What is told about the Suez Canal being blocked?", writer)
    assert {cited.episode_id for cited in answer.sentences} == {one.id, other.id}
    only = asked(store, "What is told about the Suez Canal being blocked?", writer, Scope(episode_id=other.id))
    assert {cited.episode_id for cited in only.sentences} == {other.id}


def test_only_what_that_person_said_answers_a_question_to_one(store: Store) -> None:
    said(store, *SHIPPING, speaker="Nora Hill")
    assert asked(store, WHEN, Knows(CANAL), Scope(speaker="nora")).sentences[0].speaker == "Nora Hill"
    assert not asked(store, WHEN, Knows(CANAL), Scope(speaker="Sam")).answered


def test_sentences_are_stored_as_soon_as_they_are_proven(store: Store) -> None:
    said(store)
    seen: list[tuple[bool, bool, int]] = []

    def look() -> None:
        found = store.answers.get(AnswerId(1))
        assert found is not None
        seen.append((found.complete, found.answered, len(found.sentences)))

    asked(store, "What is told of the Suez Canal?", Knows(CANAL, when_asked=look))
    assert (False, False, 0) in seen
    assert (False, True, 1) in seen, "it is there while other passages are read"


def test_what_was_found_before_is_not_sought_again(store: Store) -> None:
    said(store)
    first = asked(store, WHEN, Knows(CANAL))
    silent = Knows({})
    assert asked(store, WHEN.upper(), silent) == first
    assert silent.asked == []


def test_what_was_transcribed_while_a_question_waited_is_searched_too(store: Store) -> None:
    said(store, *SHIPPING[:8])
    empty = Answer(AnswerId(0), WHEN, "", model="m", prompt_version=ASK_VERSION)
    begun = store.answers.begin(empty, Scope(), store.answers.identity(empty, Scope(), store.passages.transcripts(Scope())))
    job = store.jobs.enqueue("ask", target=str(begun.id), options={"model": "m"})
    said(store, title="Another")
    assert asking.ask(job, context(store, job, Knows(CANAL))) == {"answer": begun.id}
    answer = store.answers.get(begun.id)
    assert answer is not None and answer.answered and answer.transcripts == 2
    assert asked(store, WHEN, Knows({})).id == begun.id, "it is kept under what was searched"


def test_nothing_that_was_said_gives_orders(store: Store) -> None:
    for attack in ATTACKS.values():
        said_so = [*SHIPPING[:9], attack.said, *SHIPPING[9:]]
        episode = said(store, *said_so, title=f"One with {attack.said[:20]}")
        writer = Knows({"": attack.wanted}, sure=1.0)
        answer = asked(store, "What is the moon made of?", writer, Scope(episode_id=episode.id))
        assert not answer.answered, (attack, answer.sentences)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS.keys())
def test_a_question_gives_no_orders_either(store: Store, attack: Attack) -> None:
    said(store)
    answer = asked(store, attack.said[:300], Knows({"": attack.wanted}, sure=1.0))
    assert not answer.answered, answer.sentences


def test_a_follow_up_is_made_to_stand_alone(store: Store) -> None:
    said(store)
    first = asked(store, WHEN, Knows(CANAL))
    ducks = {"ducks washed ashore": "The first ducks washed ashore in Alaska."}
    writer = Knows(ducks, alone="How many ships waited until the Suez Canal was freed?")
    answer = asked(store, "How many ships waited until it was freed?", writer, follows=first)
    assert answer.understood == "How many ships waited until the Suez Canal was freed?"
    assert answer.searches[0] == answer.understood and answer.follows == first.id


@pytest.mark.parametrize("invented", ["How many people drowned in the Titanic?", "How many ships waited?", ""])
def test_a_rewritten_question_that_adds_or_loses_something_is_not_asked(store: Store, invented: str) -> None:
    said(store)
    first = asked(store, WHEN, Knows(CANAL))
    answer = asked(store, "How many ships waited until it was freed?", Knows({}, alone=invented), follows=first)
    assert answer.understood == f"{WHEN} How many ships waited until it was freed?"


def test_a_question_that_stands_alone_is_left_as_it_is(store: Store) -> None:
    said(store)
    first = asked(store, WHEN, Knows(CANAL))
    answer = asked(store, "Why was the Warrior loaded piece by piece?", Knows({}, alone="What about the canal?"), follows=first)
    assert answer.understood == ""


def test_without_a_transcript_one_is_told_what_to_do(store: Store) -> None:
    episode = put_episode(store)
    with pytest.raises(PodcliError, match="transcript") as problem:
        asked(store, WHEN, Knows(CANAL), Scope(episode_id=episode.id))
    assert "podcli transcript" in problem.value.hint


def test_a_model_too_small_to_read_with_is_refused_in_words(store: Store) -> None:
    said(store)
    writer = Knows(CANAL)
    writer.context_tokens = 128
    with pytest.raises(PodcliError, match="too few") as problem:
        asked(store, WHEN, writer)
    assert problem.value.exit_code == 4


@pytest.mark.parametrize("texts", [("Hm.",), ("猫はまだ名前が無い。",), ("la " * 400,), ("?!…",)])
def test_strange_talks_are_searched_like_any_other(store: Store, texts: tuple[str, ...]) -> None:
    said(store, *texts)
    for question in (WHEN, "猫の名前は何ですか", "la?"):
        answer = asked(store, question, Told("La la la la la la la la la.", context_tokens=1024))
        assert all(cited.quote in " ".join(" ".join(texts).split()) for cited in answer.sentences)


def test_a_killed_search_begins_anew_and_ends_the_same(store: Store) -> None:
    said(store)

    class Killed(Exception):
        pass

    calls = 0

    def die() -> None:
        nonlocal calls
        calls += 1
        if calls > 2:
            raise Killed

    with pytest.raises(Killed):
        asked(store, WHEN, Knows(CANAL, when_asked=die))
    (job,) = store.jobs.active()
    asking.ask(job, context(store, job, Knows(CANAL)))
    answer = store.answers.get(AnswerId(int(job.target)))
    assert answer is not None and answer.complete and answer.answered and len(answer.sentences) == 1
