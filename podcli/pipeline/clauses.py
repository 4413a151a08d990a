"""What of a model's sentence is told: its main clause.

A small model goes on after it with what it makes of the matter ("…, leading to its failure", "…, which limits the team", "…
because of its size"): of 104 claims read with their proof half of the wrong ones were wrong only there. What is left is also
quicker to read.
"""

from __future__ import annotations

import re

_LEAST = 8
"""Words a main clause must have to be told alone."""
_VERB = (
    r"(?:is|are|was|were|has|have|had|will|can|could|should|would|may|might|must|do|does|did|"
    r"(?:is|are|was|were|has|have|had|could|should|would|do|does|did)n['’]t|won['’]t|can['’]t)"
)
_GOES_ON = re.compile(
    r", (?:(?:all|both|each|many|most|one|some) of |(?:by|for|from|in|of|to|with) )?(?:wh(?:ich|om?|ose|ere(?:as)?|ile))\b"
    r"|, (?:\w+ly |thus )?(?P<doing>(?!accord|consider|depend|dur|follow|includ|regard|us)[a-z]{2,}ing|capable)\b"
    rf"|, (?P<and>and|but|so) (?=(?:[\w'’-]+ ){{0,7}}{_VERB}\b|(?:it|they|he|she|we|you) )"
    r"|; |,? (?:because of|due to|thanks to|by (?=[a-z]+ing\b))"
)
"""Where something is said of the main clause, or beside it. A relative clause without a comma stays: it says which is meant."""
_OPEN = re.compile(r"\b(?:and|but|by|for|from|in|of|or|that|the|to|which|who|with)$")
"""How no clause ends."""


def main_clause(sentence: str) -> str:
    """`sentence` as far as its main clause goes; all of it where that is short, or where the comma is one of a list."""
    for mark in _GOES_ON.finditer(sentence):
        head, tail = sentence[: mark.start()], sentence[mark.end() :]
        if len(head.split()) < _LEAST or _OPEN.search(head):
            continue
        if mark["doing"] and re.match(r"[^,]*, (?:and |or )?(?:\w+ly )?\w+ing\b", tail):
            continue
        if mark["and"] and "," in head and len(head.rpartition(",")[2].split()) < _LEAST / 2:
            continue
        return f"{head}."
    return sentence


def whole_clauses(text: str) -> str:
    """A sentence that was cut off, as far as its last whole clause; '' when that is not much."""
    whole = text[: max(text.rfind(","), text.rfind(";"), 0)]
    return f"{whole}." if len(whole.split()) >= _LEAST and not _OPEN.search(whole) else ""
