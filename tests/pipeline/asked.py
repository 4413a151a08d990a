"""A writer that answers a listener's questions as a test tells it to."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from podcli.engines.base import Written
from podcli.pipeline.asking_prompts import LINES
from tests.pipeline.talks import Told


class Knows(Told):
    """Takes a passage that holds a fragment of `told` for one with the answer, and says what stands there.

    Other passages it takes for none, and about them it says `otherwise`; asked for other words to search for, it says the next of
    `searches`. Asked for a line word for word it says `repeated`, else the same.
    """

    def __init__(
        self, told: dict[str, str], *, otherwise: str = "Nobody knows.", searches: Sequence[str] = (), alone: str = "",
        repeated: str = "", sure: float = 0.9, when_asked: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        super().__init__(self._say)
        self._told, self._otherwise, self._searches = told, otherwise, list(searches)
        self._repeated = repeated
        self._alone, self._high, self._when_asked = alone, sure, when_asked

    def _say(self, text: str, question: str) -> str:
        if not question:
            if "The new question" in text:
                return self._alone
            return self._searches.pop(0) if self._searches else "Something that nobody said."
        if self._repeated and "word for word" in question:
            return self._repeated
        return self._known(text) or self._otherwise

    def write(self, **asked: object) -> Written:
        self._when_asked()
        return super().write(**asked)  # type: ignore[arg-type]

    def likelihood(
        self, *, system: str, text: str, question: str, answers: Sequence[str] = ("yes", "no"), task: str = ""
    ) -> list[float]:
        self._when_asked()
        self.asked.append({"system": system, "text": text, "question": question})
        first = self._high if self._known(text) else 1 - self._high
        first = 1 - first if tuple(answers) == LINES else first  # there "0" comes first: no line has it
        return [first, *[(1 - first) / (len(answers) - 1)] * (len(answers) - 1)]

    def _known(self, text: str) -> str:
        return next((said for fragment, said in self._told.items() if fragment in text), "")
