"""Titles of chapters: the model's when its words were said, cut to six; else what the chapter talks about more than the rest."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from podcli.pipeline import figures, words
from podcli.pipeline.boilerplate import UNTOLD
from podcli.pipeline.verify import Verifier
from podcli.text import clean_line

MOST_WORDS = 6
_JOINTS = frozenset(
    [
        "a", "an", "and", "as", "at", "by", "for", "from", "in", "into", "its", "of", "on", "or", "the", "their", "to", "using",
        "vs", "versus", "via", "with", "your", "about", "is", "are", "was", "be", "&", "-", "–", "than", "that", "how", "this",
    ]
)  # fmt: skip
"""Words a title does not end with, and before which it may be cut."""
_EMPTY = re.compile(r"^(?:chapter|title|introduction to|conclusion|lines?|podcast|episode|untitled|the lines)\b", re.IGNORECASE)
_SHARE = 0.5
_GENERIC = frozenset(
    [
        "impact", "benefit", "importanc", "rol", "power", "challeng", "overview", "discussion", "futur", "kei", "guid", "basic",
        "approach", "understand", "explor", "manag", "feature", "updat", "review", "tip", "insight", "us", "cas", "advantag",
    ]
)  # fmt: skip
"""Words titles are made with; they need not have been said."""


def titled(said: str, span: range, verifier: Verifier, before: Sequence[str]) -> str:
    """A title for the sentences of `span`; `before` are those of earlier chapters, which it must not repeat."""
    kinds = verifier.kinds[span.start : span.stop]
    sponsored = sum(kind == "sponsor" for kind in kinds)
    if sponsored > 0.6 * len(kinds):
        return "Sponsor"
    title = _cut(clean_line(said, limit=120))
    taken = {other.casefold() for other in before}
    if title and title.casefold() not in taken and _holds(title, span, verifier):
        return title
    return (
        "Intro" if span.start == 0 and "intro" not in taken else _key_phrase(span, verifier, taken) or f"Part {len(before) + 1}"
    )


def _cut(said: str) -> str:
    """At most six words, cut where a phrase ends."""
    parts = said.strip("\"'“”‘’.:;,!?*。！？、 ").split()
    if len(parts) > MOST_WORDS:
        joints = [
            place for place in range(2, MOST_WORDS + 1) if parts[place].casefold() in _JOINTS or parts[place - 1][-1] in ",:–-"
        ]
        parts = parts[: joints[-1]] if joints else parts[:MOST_WORDS]
    while parts and parts[-1].casefold().strip(",:") in _JOINTS:
        parts.pop()
    title = " ".join(parts).strip(",:;–- ")
    return title[:1].upper() + title[1:]


def _holds(title: str, span: range, verifier: Verifier) -> bool:
    """Whether its words, names and figures are those of the chapter."""
    told = [verifier.sentences[place].text for place in span if verifier.kinds[place] not in UNTOLD]
    content = [stem for stem in words.stems(title) if stem not in _GENERIC]
    if not content or _EMPTY.match(title) or any(len(word) > 24 for word in title.split()):
        return False
    said = frozenset().union(*(frozenset(words.stems(text)) for text in told))
    if sum(stem in said for stem in content) < _SHARE * len(content):
        return False
    return not figures.missing(title, " ".join(told))


def _is_noun_like(word: str) -> bool:
    return word[:1].isupper() or word.casefold().endswith(
        ("tion", "ity", "ness", "ment", "ism", "ology", "ware", "base", "ers", "s")
    )


def _key_phrase(span: range, verifier: Verifier, taken: set[str]) -> str:
    """The name or word that this chapter has most of against the others; "Outro" at the end, else '', when there is none."""
    if span not in verifier.named:
        verifier.named[span] = _names(span, verifier)
    for count in (2, 1):
        picked = verifier.named[span][:count]
        title = " and ".join(picked)
        if len(picked) == count and title.casefold() not in taken:
            return title[0].upper() + title[1:]
    return "Outro" if span.stop == len(verifier.sentences) else ""


def _names(span: range, verifier: Verifier) -> list[str]:
    """The names and words like names that were said twice or more here, those first that are rare elsewhere."""
    here: Counter[str] = Counter()
    forms: dict[str, Counter[str]] = {}
    for place in span:
        if verifier.kinds[place] not in ("", "question"):
            continue
        for word in re.findall(r"[^\W\d_][\w'’.+-]*\w", verifier.sentences[place].text):
            for stem in words.stems(word)[:1]:
                if len(stem) > 2:
                    here[stem] += 1
                    forms.setdefault(stem, Counter())[word] += 1
    ranked = sorted(here, key=lambda stem: (-here[stem] / (2 + verifier.spread[stem]) * (here[stem] ** 0.5), stem))
    usual = [forms[stem].most_common(1)[0][0] for stem in ranked if here[stem] >= 2]
    return [word for word in usual if _is_noun_like(word)]
