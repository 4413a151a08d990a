"""What a claim about a stretch of talk rests on: the few sentences, close together, that have its words, names and numbers.

A model that sums up several lines uses words of its own, and at times joins what was not joined. So most of a claim's words must
stand in a handful of neighbouring sentences, all its names and numbers in those that are shown as its proof, and nothing may be
denied in one and affirmed in the other.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from podcli.pipeline import figures, words
from podcli.pipeline.boilerplate import UNTOLD
from podcli.pipeline.central import fragment
from podcli.pipeline.clauses import main_clause
from podcli.pipeline.verify import LEAD, Proven, Reason, Verifier

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SPAN, _MOST_WORDS = 7, 150
"""Lines, and words, a proof may be spread over."""
_STRETCHES = 2
"""Stretches of neighbouring lines a proof may have: of claims joined from more, more than half were wrong."""
_LONGEST = 28
"""Words a claim may have: what a small model needs more for joins matters that were apart. Of those longer, a third was wrong."""
_NEW = 0.3
"""Of a claim's own words, the share that may be missing from its proof."""
_ALIKE = 0.45
"""The least likeness (cosine) of claim and proof."""
_SAME_MATTER = 0.4
"""Of a claim's words, the share a sentence has that is about the same."""
_VERBS = (
    r"(?:say|claim|state|suggest|believe|explain|argue|mention|note|emphasi[sz]e|highlight|think|point out|describe|discuss|"
    r"assert|indicate|acknowledge|stress|observe|reveal|feel|show|remark|recall|admit|express the opinion|is|are|was)(?:s|es|ed)?"
)
_THEY = (
    r"(?:speakers?|hosts?|guests?|narrator|author|podcasters?|podcast|episode|conversation|passage|lines?|text|discussion|transcript|"
    r"(?:main |key )?(?:point|idea|claim|takeaway)|interview|story|article)"
)
_REPORTED = re.compile(
    rf"^(?:In (?:this|these|the) \w+(?: \w+)?, )?(?:(?:The|This|These|Their) {_THEY}(?: (?:in|of) (?:this|these|the) {_THEY})?|"
    rf"It is) (?:also |further |then |\w+ly )?{_VERBS} (?:\w+ly )?that (?=\w)",
    re.IGNORECASE,
)
"""What small models put before a claim, which stands alone without it."""
_TOPIC = re.compile(
    rf"^(?:(?:The|This|These|Their) {_THEY}|They) (?:also |then |\w+ly )?"
    r"(?:discuss|describe|mention|talk|cover|explore|explain|highlight|emphasi[sz]e|share|introduce|present|address)(?:s|es|ed)?\b"
)
"""Tells what the talk is about, not what is said of it."""
_ABOUT_THE_TALK = re.compile(
    r"\b(?:[Tt]he|[Tt]h(?:is|ese)|[Tt]heir) (?:podcast|episode|conversation|passage|lines?|text|discussion|transcript|sentences?|"
    r"statement|interview|segment|excerpt|dialogue|quote)\b|\blisteners?\b"
)
_SOMEBODY = re.compile(
    r"\bthe (?:speaker|host|guest|author)(?:s|['’]s)?\b|"
    r"^The (?:speaker|host|guest|author)s? (?:is|are|was|were|(?:enjoy|express|feel|hope|like|look|love|thank)(?:e?s|e?d)?)\b"
)
"""Somebody who is not named, further on in a sentence, or what they are or feel: told when a small model has nothing more."""
_SUPPOSES = re.compile(r"\b(?:maybe|perhaps|hopefully|might|could|would|if|opportunity to|want(?:s|ed)? to)\b", re.IGNORECASE)
_OPEN = re.compile(
    r"\b(?:may|might|can|could|would|should|will|if|when|likely|open to|opportunit\w+|"
    r"(?:advocat|aim|consider|encourag|hop[ei]|imagin|intend|need|plan|possib|potential|propos|recommend|suggest|want|wish)\w*)\b",
    re.IGNORECASE,
)
_ASKED = re.compile(
    r"(?:\b(?:if|whether|wonder\w*|how (?:can|could|do|does|should|would|might)|what (?:if|would))\b|"
    r"\bquestions? (?:is|was|how|what|whether)\b)(?:[^-,.;?–—]|(?<=\w)-(?=\w))*",
    re.IGNORECASE,
)
"""What is asked, or only the case if something else is (English)."""
_SENTENCE = re.compile(r"[^.!?]+[.!?]*")
_CONDITION = re.compile(r"\b(?:if|when|whether|how|unless)\b", re.IGNORECASE)
_US = re.compile(r"\b(?:I|[Mm]y|[Ww]e|[Oo]ur|us)\b")
_MANNER = frozenset(
    stem
    for stem in words.stems(
        "say claim state suggest believe explain argue mention note emphasize highlight discuss describe point indicate include "
        "speaker host guest author importance important potential various different specific particular well certain key main "
        "significant often due order provide involve consider regard focus express ability able allow help become rather people "
        "person someone thing way lead result"
    )
)
"""Stems of words by which things are told, not what is told."""


def gathered(verifier: Verifier, text: str, places: Sequence[int]) -> Proven | Reason:
    """Hold a claim about the sentences at `places` (0-based, in order) against them; the proof is copied from them."""
    key = (text, tuple(places))
    if key not in verifier.gathered:
        verifier.gathered[key] = _gather(verifier, text, places)
    return verifier.gathered[key]


def _gather(verifier: Verifier, text: str, places: Sequence[int]) -> Proven | Reason:
    statement = verifier.stated(main_clause(_plain(text)))
    if statement in ("no statement", "instruction", "sponsor", "vague"):
        return statement  # type: ignore[return-value]
    if _ABOUT_THE_TALK.search(statement) or _TOPIC.search(statement) or _SOMEBODY.search(statement) or fragment(statement):
        return "vague"
    if len(statement.split()) > _LONGEST:
        return "too long"
    told = frozenset(words.stems(statement))
    content = told - _MANNER or told
    vector = verifier.embed(statement)
    able = [place for place in places if verifier.kinds[place] not in UNTOLD]
    window = _window(verifier, content, vector, able)
    if window is None:
        return "not supported"
    covered = content & frozenset().union(*(verifier.stems(place) for place in window))
    if len(content) - len(covered) > max(1, int(_NEW * len(content))) or len(covered) < 0.5 * len(content):
        return "not supported"
    fewest = _pruned(verifier, covered, vector, window)
    if 1 + sum(after - before > 1 for before, after in itertools.pairwise(fewest)) > _STRETCHES:
        return "not supported"
    reason: Reason = "not supported"
    for proof in (fewest, window):
        objection = _objection(verifier, statement, proof)
        if not objection:
            share = len(covered) / len(content)
            return Proven(verifier.told(proof, statement), proof[0], proof[-1], vector, share)
        reason = objection
    return reason


def supposed(verifier: Verifier, found: Proven) -> bool:
    """Whether a claim says that something is so, and the line of its proof that is nearest to it only supposes it (English)."""
    told = frozenset(words.stems(found.item.text))
    numbers = frozenset(found.item.sentences)
    proof = [place for place in range(found.first, found.last + 1) if verifier.sentences[place].number in numbers]
    nearest = max(proof, key=lambda place: len(told & verifier.stems(place)))
    return bool(_SUPPOSES.search(verifier.sentences[nearest].text)) and not _OPEN.search(found.item.text)


def _plain(text: str) -> str:
    """A claim without "The speaker says that"."""
    text = " ".join(text.split())
    while (match := _REPORTED.match(text)) is not None:
        text = text[match.end() :].replace(" and that ", " and ")
        text = text[:1].upper() + text[1:]
    return text


def _window(verifier: Verifier, content: frozenset[str], vector: NDArray[np.float32], places: Sequence[int]) -> list[int] | None:
    """The neighbouring lines that have most of the claim's words and are most like it."""
    best: tuple[float, list[int]] | None = None
    for start in range(len(places)):
        said, length = frozenset[str](), 0
        for end in range(start, min(len(places), start + _SPAN)):
            length += len(verifier.sentences[places[end]].text.split())
            if length > _MOST_WORDS and end > start:
                break
            said |= verifier.stems(places[end])
            window = list(places[start : end + 1])
            alike = verifier.likeness(vector, window)
            score = len(content & said) / len(content) + 0.3 * alike - 0.03 * (end - start)
            if alike >= _ALIKE and (best is None or score > best[0]):
                best = (score, window)
    return best[1] if best else None


def _pruned(verifier: Verifier, covered: frozenset[str], vector: NDArray[np.float32], window: Sequence[int]) -> list[int]:
    """Of a window the fewest sentences that have all the words it has, the most telling first."""
    missing, chosen = set(covered), list[int]()
    while missing:
        best = max(window, key=lambda place: (len(missing & verifier.stems(place)), float(vector @ verifier.vectors[place])))
        chosen.append(best)
        missing -= verifier.stems(best)
    return sorted(chosen) or list(window)


def _objection(verifier: Verifier, statement: str, proof: Sequence[int]) -> Reason | None:
    """What speaks against a statement with this proof."""
    quote = verifier.told(proof).quote
    if _US.search(statement) and not _US.search(quote):
        return "vague"
    if figures.missing(statement, quote):
        return "number"
    known, _ = words.squeezed(quote)
    if any(name not in known for name in words.names(statement, verifier.small)):
        return "name"
    if not _CONDITION.search(statement) and _is_asked(statement, quote):
        return "not supported"
    if words.negates(statement) and not words.negates(quote):
        return "negation"
    denied, told = words.denied(statement), frozenset(words.stems(statement))
    said = words.stems(quote)
    refused: set[str] = set()
    for place in proof:
        # What a sentence denies that shares little with the claim is another matter.
        if len(proof) == 1 or len(told & verifier.stems(place)) >= _SAME_MATTER * len(told):
            refused |= words.denied(LEAD.sub("", verifier.sentences[place].text))
    # What the proof says both ways ("crossing the ocean was not the ocean") decides nothing.
    once = {stem for stem in refused if said.count(stem) < 2}
    return "negation" if denied - words.denied(LEAD.sub("", quote)) or once & (told - denied) else None


def _is_asked(statement: str, quote: str) -> bool:
    """Whether most of what a quote has of a statement is what it asks, or sets as a condition."""
    told = frozenset(words.stems(statement))
    outright = " ".join(_ASKED.sub(" ", part) for part in _SENTENCE.findall(quote) if not part.endswith("?"))
    return 2 * len(told & frozenset(words.stems(outright))) < len(told & frozenset(words.stems(quote)))
