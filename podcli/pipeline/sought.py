"""What a question asks for, and what an answer to it must bring. English rules; other questions are open ones."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from podcli.pipeline import figures, words

Kind = Literal["number", "time", "yes", "open"]

_NUMBER = re.compile(
    r"\bhow (?:many|much|old|long|often|far|fast|big|large|high|deep|tall|heavy|expensive|cheap)\b|"
    r"\b(?:what|which) (?:is |was |are |were )?(?:the |his |her |their |its )?(?:\w+ )?"
    r"(?:share|percentage|percent|number|fraction|proportion|price|age|cost|salary|distance|speed|amount)\b|"
    r"\bwhat (?:do|does|did|will|would) .{2,60} (?:cost|charge|pay|weigh|earn)\b",
    re.IGNORECASE,
)
_TIME = re.compile(r"\bwhen\b|\b(?:what|which) (?:year|month|day|date|decade|century|week)\b", re.IGNORECASE)
_YES = re.compile(
    r"^(?:(?:and|but|so|or) )?(?:is|are|was|were|do|does|did|can|could|will|would|has|have|had|should|may|might)(?:n['’]t)?\b",
    re.IGNORECASE,
)
_WHEN = re.compile(
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december|(?:mon|tues|wednes|thurs|fri|"
    r"satur|sun)day|yesterday|today|tomorrow|tonight|ago|last|next|weeks?|months?|years?|decades?|century|spring|summer|autumn|"
    r"fall|winter|morning|afternoon|evening|night|noon|midnight|since|until|before|after|during|while|when|early|late)\b",
    re.IGNORECASE,
)
_NO_ANSWER = re.compile(
    r"\bthe (?:listener|question|answer)\b|\b(?:these|those|the given|the provided) lines\b|"
    r"\b(?:not|never|n['’]t) (?:\w+ ){0,2}?(?:said|stated|mentioned|specified|provided|given|known|clear)\b",
    re.IGNORECASE,
)
"""Talk about the question instead of an answer to it."""
_ABOUT_TALK = frozenset(
    stem
    for word in (
        "episode", "podcast", "show", "host", "guest", "speaker", "say", "says", "said", "tell", "tells", "told", "mention",
        "mentions", "mentioned", "discuss", "discussed", "explain", "explained", "describe", "described", "think", "thinks",
        "thought", "people", "person", "thing", "things", "kind", "way", "ways", "according", "happen", "happened", "go", "call",
        "called",
    )
    for stem in words.stems(word)
)  # fmt: skip
"""What many questions hold that says nothing of their subject."""


@dataclass(frozen=True, slots=True)
class Sought:
    """A question, and what it is about."""

    text: str
    kind: Kind
    stems: tuple[str, ...]
    """Its content words, in order."""
    names: tuple[str, ...]
    """Names in it, as `words.key` writes them."""
    known: frozenset[str]
    """All its words, as names are compared."""
    numbers: tuple[figures.Figure, ...]

    @classmethod
    def of(cls, question: str) -> Sought:
        """Read a question."""
        stems = tuple(dict.fromkeys(words.stems(question)))
        telling = tuple(stem for stem in stems if stem not in _ABOUT_TALK)
        known, _ = words.squeezed(question)
        return cls(
            question, _kind(question), telling or stems, _names(question), known,
            tuple(each for each in figures.figures(question) if not each.casual),
        )  # fmt: skip

    def news(self, claim: str) -> tuple[list[str], list[str], list[figures.Figure]]:
        """What `claim` says that the question does not: content words, names, numbers."""
        asked = frozenset(words.stems(self.text))
        stems = [stem for stem in dict.fromkeys(words.stems(claim)) if stem not in asked]
        names = [name for name in dict.fromkeys(words.names(claim, frozenset())) if name not in self.known]
        mine = {value for each in self.numbers for reading in each.readings for value in reading}
        numbers = [
            each for each in figures.figures(claim) if not each.casual and not any(reading <= mine for reading in each.readings)
        ]
        return stems, names, numbers

    def fits(self, claim: str) -> bool:
        """Whether `claim` brings what is asked for: a number, a time, or anything new at all."""
        if _NO_ANSWER.search(claim) and not _NO_ANSWER.search(self.text):
            return False
        stems, names, numbers = self.news(claim)
        if self.kind == "number":
            return any(not _is_year(each) for each in numbers)
        if self.kind == "time":
            return bool(numbers) or _WHEN.search(claim) is not None
        return self.kind == "yes" or bool(stems or names or numbers)


def _names(question: str) -> tuple[str, ...]:
    """Names; none where every long word has a capital: then capitals tell nothing."""
    long = re.findall(r"[^\W\d_]{4,}", question)
    if len(long) > 2 and not any(word[0].islower() for word in long):
        return ()
    return tuple(dict.fromkeys(words.names(question, frozenset())))


def _kind(question: str) -> Kind:
    if _NUMBER.search(question):
        return "number"
    if _TIME.search(question):
        return "time"
    return "yes" if _YES.search(question.strip()) else "open"


def _is_year(figure: figures.Figure) -> bool:
    values = [value for reading in figure.readings for value in reading]
    return all(not unit and value.denominator == 1 and 1500 <= value < 2100 for value, unit in values)
