"""Questions that go on from an earlier one, made to stand alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from podcli.pipeline import asking_prompts as ask_for
from podcli.pipeline import figures, words

if TYPE_CHECKING:
    from podcli.domain import Answer
    from podcli.engines.base import Writer

_LEANS = re.compile(
    r"^(?:and|but|so|or|what about|how about)\b|"
    r"\b(?:it|its|they|them|their|theirs|he|him|his|she|her|hers|that|this|these|those|there|then|one|ones|same|else|more)\b",
    re.IGNORECASE,
)
_WHOLE = 3
"""Content words of a question that stands alone."""


def alone(question: str, earlier: Answer, writer: Writer) -> str:
    """`question` so that it needs no other.

    The model rewrites it; what it writes must keep all the words that say something and may add only words of the earlier
    question and answer. Else the earlier question is put before it.
    """
    before = earlier.understood or earlier.question
    if not _LEANS.search(question) and len(words.stems(question)) >= _WHOLE:
        return question
    told = " ".join(each.text for each in earlier.sentences)
    written = writer.write(
        system=ask_for.SEARCHER, text=ask_for.alone(before, told, question), grammar=ask_for.QUESTION, max_tokens=64,
        task=ask_for.TASK,
    )  # fmt: skip
    found = " ".join(written.text.split())
    if written.stopped and _keeps(found, question, f"{before} {told} {' '.join(each.quote for each in earlier.sentences)}"):
        return found
    return f"{before} {question}"


def _keeps(found: str, question: str, before: str) -> bool:
    mine, kept, old = (frozenset(words.stems(text)) for text in (question, found, before))
    return mine <= kept and kept - mine <= old and bool(kept - mine) and not figures.missing(found, f"{question} {before}")
