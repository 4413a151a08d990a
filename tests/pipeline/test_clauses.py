"""What of a model's sentence is told. Most sentences here were written by Qwen 1.5B about real episodes."""

import pytest

from podcli.pipeline.clauses import main_clause, whole_clauses


@pytest.mark.parametrize(
    ("head", "tail"),
    [
        ("Alexa AI was riddled with technical and bureaucratic problems", ", leading to its failure."),
        ("Data scientists are spending too much time managing minutia", ", which is limiting their efficiency and their plans."),
        ("Changing the price of an apple is a critical error", ", and the network that tells fruit apart is having difficulty."),
        ("A small robot with a mind was sent to the station", ", capable of interacting with astronauts."),
        ("The complexity of the goal requires safety, and a policy step", ", all of which feed into each other."),
        ("The speaker acknowledges the need to be more deliberate about giving", ", recognizing that it's not on them."),
        ("Reinforcement learning lets agents learn from experience they made", ", but it requires an insane amount of data."),
        ("The tool rewrites imports in every file of a project", "; nobody needs another one."),
        ("Short breaks are linked to better memory in adults", ", while long ones are not."),
        ("The lab is well suited to pursue goals related to AI", " because of its ability to invent."),
        ("People from different backgrounds can enter data science", " by being part of the programme."),
        ("Hypermedia includes controls, such as anchor tags and plain links", ", which allow users to act."),
    ],
)
def test_what_goes_on_after_the_main_clause_is_left_out(head: str, tail: str) -> None:
    assert main_clause(head + tail) == f"{head}."


@pytest.mark.parametrize(
    "sentence",
    [
        # Lists: each comma is one of several alike.
        "The infrastructure for capturing, normalizing, cleaning, aligning, and labeling data is crucial for the team.",
        "Proper workflows for good labels involve establishing a ground truth, measuring distance, and checking errors.",
        "They will deliver applications that give people value, are personalized, and can be built by anybody.",
        "Scholars have access to networking events at the conference, a unique group, and a community.",
        # Without a comma the clause says which is meant.
        "People who sleep less than six hours forget more of what they learned than people who do not.",
        # A reason that is a statement of its own was said as one.
        "Not every practitioner can use these models once they are trained, because they need bigger machines.",
        # What is left would be too short to say anything.
        "Generative AI changes the picture, and the community is bringing tools to everybody.",
        # What narrows a statement down belongs to it.
        "The new release supports several kinds of databases, including the one that everybody has on a phone.",
        "Prices for storage went down in most of the markets, according to a study of ten years.",
        # Where it is cut a clause must be able to end.
        "The company has two ways to deploy a model, either with its own tools or by getting the file.",
        "One sentence without anything after it stays as it is.",
        "",
    ],
)
def test_a_sentence_stays_whole_where_nothing_goes_on(sentence: str) -> None:
    assert main_clause(sentence) == sentence


def test_a_main_clause_has_none_itself() -> None:
    once = main_clause("The editor is a powerful tool for changing text documents, and it is useful, which many like.")

    assert main_clause(once) == once


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("The first half of this was said in full, and the second was c", "The first half of this was said in full."),
        ("Too short, and then", ""),
        ("Nothing here ends a clause at all so there is not one to be told", ""),
        ("Everything that was here is about the one thing which, and", ""),
    ],
)
def test_a_sentence_that_was_cut_off_is_told_as_far_as_its_clauses_go(text: str, told: str) -> None:
    assert whole_clauses(text) == told
