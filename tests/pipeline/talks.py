"""Transcripts and a writer that says what a test tells it to."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from podcli.domain import Sentence
from podcli.engines.base import Written

SHIPPING = (
    "Hello, and welcome to Small Big Things.",
    "In March of nineteen fifty-four a cargo ship called the Warrior left Brooklyn for Germany.",
    "Loading the Warrior took six days.",
    "The sea voyage was less than twelve percent of the total cost.",
    "Handling the cargo in the two ports was about thirty-seven percent.",
    "It was the docks.",
    "Malcolm McLean ran a trucking company in North Carolina.",
    "He was not a sailor.",
    "On its deck were fifty-eight metal boxes.",
    "Loading the Ideal X cost less than sixteen cents per ton.",
    "But first, a word from our sponsor.",
    "This episode is brought to you by Captain Pickle, the makers of umbrellas for goldfish.",
    "Captain Pickle umbrellas come in ninety colors and fit any bowl.",
    "Keep your fish dry.",
    "And we're back.",
    "The largest container ships carry more than twenty-four thousand twenty foot boxes.",
    "What happens when one of the giants gets stuck?",
    "A container ship named the Ever Given blocked the Suez Canal for six days.",
    "The patents on the corner fittings were given away for free by the company.",
    "Thanks for listening.",
)


def talk(*texts: str, seconds: float = 4.0) -> list[Sentence]:
    """Sentences one after the other, each of the same length."""
    return [Sentence(n, (n - 1) * seconds, n * seconds, text) for n, text in enumerate(texts, 1)]


class Told:
    """A writer that answers what it is told, and keeps what it was asked (protocol `Writer`)."""

    model_id = "told"
    adapters = ""

    def __init__(
        self,
        answer: str | Callable[[str, str], str] = "",
        *,
        context_tokens: int = 4096,
        yes: float = 0.95,
        stopped: bool = True,
        chance: float = -0.1,
    ) -> None:
        self.context_tokens = context_tokens
        self.asked: list[dict[str, object]] = []
        self._answer, self._yes, self._stopped, self._chance = answer, yes, stopped, chance

    def count(self, text: str) -> int:
        return (len(text) + 3) // 4

    def use(self, adapters: Sequence[object]) -> None:
        assert not adapters

    def write(
        self,
        *,
        system: str,
        text: str,
        max_tokens: int,
        question: str = "",
        grammar: str = "",
        task: str = "",
        on_text: Callable[[str], None] | None = None,
    ) -> Written:
        assert self.count(system) + self.count(text) + self.count(question) + max_tokens <= self.context_tokens
        self.asked.append({"system": system, "text": text, "question": question, "max_tokens": max_tokens, "grammar": grammar})
        answer = self._answer if isinstance(self._answer, str) else self._answer(text, question)
        pieces = tuple((piece, self._chance) for piece in re.findall(r"\s*\S+", answer))
        return Written(answer, self._stopped, self.count(text), self.count(answer), chances=pieces)

    def likelihood(
        self, *, system: str, text: str, question: str, answers: Sequence[str] = ("yes", "no"), task: str = ""
    ) -> list[float]:
        self.asked.append({"system": system, "text": text, "question": question})
        return [self._yes, *[(1 - self._yes) / (len(answers) - 1)] * (len(answers) - 1)]


def copied(text: str, question: str) -> str:
    """An honest answer: the first line shown as it is, and a title of its first words."""
    first = re.sub(r"^(?:\d+:|-) ", "", text.splitlines()[0])
    return first if "sentence" in question else " ".join(first.split()[:5]).strip(".,")
