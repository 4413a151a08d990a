"""Who and what is mentioned: people, organisations, tools, books, papers and links, each with the first time it was said.

Names are found by their capitals, and by what stands before them ("a book called"); of what kind a name is, the model is asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from podcli.domain import MentionKind, Point
from podcli.pipeline import prompts, words
from podcli.pipeline.boilerplate import UNTOLD
from podcli.pipeline.claims import Answers
from podcli.pipeline.tasks import task_of
from podcli.pipeline.verify import Verifier

if TYPE_CHECKING:
    from podcli.engines.base import Writer

_MOST_ASKED = 12
_SURE = 0.5
"""Likelihood from which on the model's word counts: below it most were wrong."""
_NEAR = 9
"""Words before and after a name that the model is shown."""
_CAPITALS = 0.2
"""Share of words inside sentences with a capital from which on capitals tell no names: German (0.3), headlines, captions in
capitals. English talk has 0.01 to 0.07."""
_NAME = re.compile(
    r"\b[A-Z][\w'’&+-]*(?:\.(?:js|py|io|org|com|net|ai|dev)\b)?"
    r"(?: (?:of|the|for|de|van|von) (?=[A-Z])| (?=[A-Z0-9])[\w'’&+-]+){0,4}"
)
_LINK = re.compile(
    r"\b(?:https?://)?(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|fm|ai|co|edu|gov|me|app|page|tech|us|uk)\b(?:/[\w./-]*\w)?", re.I
)
_TITLED = re.compile(
    r"\b(?P<kind>book|novel|paper|article|essay|study|report) (?:called|titled|named|entitled),? "
    r"[\"“']?(?P<name>[A-Z0-9][^.,;:!?\"”]{2,70})"
)
_PART = re.compile(r"-(?:wise|enabled|based|like|style|ish|driven|first)\b", re.I)
_KINDS: dict[str, MentionKind] = {
    "person": "person", "company": "organisation", "software": "tool", "website": "link", "book": "book", "paper": "paper",
}  # fmt: skip
_NO_NAMES = frozenset(
    [
        "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february", "march", "april",
        "may", "june", "july", "august", "september", "october", "november", "december", "english", "god", "christmas",
        "internet", "ok", "okay", "mr", "mrs", "dr", "cto", "ceo", "cfo", "coo", "phd", "faq", "tv", "us", "uk", "usa",
        "american", "europe", "european", "yeah", "yes", "no", "um", "uh", "oh", "wow", "let",
    ]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Name:
    """A name and the place (0-based) of the sentence it is first said in; `kind` where it is plain without asking."""

    text: str
    place: int
    count: int
    kind: MentionKind | None = None


def names(verifier: Verifier) -> list[Name]:
    """The names of an episode, those said most often first; what is never told is passed over."""
    sentences, kinds = verifier.sentences, verifier.kinds
    first: dict[str, tuple[str, int]] = {}
    counts: Counter[str] = Counter()
    sure: dict[str, MentionKind] = {}
    capitals = _capitals(sentence.text for sentence in sentences) < _CAPITALS
    speakers = {sentence.speaker for sentence in sentences if sentence.speaker}
    for place, sentence in enumerate(sentences):
        if kinds[place] in UNTOLD:
            continue
        for text, kind in names_in(sentence.text, verifier.small, capitals):
            key = text.casefold()
            first.setdefault(key, (text, place))
            counts[key] += 1
            if kind:
                sure[key] = kind
    _join(first, counts)
    heads = {speaker.split()[0].casefold() for speaker in speakers} | {speaker.casefold() for speaker in speakers}
    found = [
        Name(text, place, counts[key], sure.get(key))
        for key, (text, place) in first.items()
        if key not in heads and (counts[key] > 1 or key in sure or " " in text or text[1:] != text[1:].lower())
    ]
    found = [name for name in found if not _PART.search(name.text) and not (name.text.isupper() and len(name.text) > 6)]
    return sorted(found, key=lambda name: (name.kind is None, -name.count, name.place))


def _capitals(texts: Iterable[str]) -> float:
    """The share of words with a capital, those that begin a sentence left out."""
    inside = [word for text in texts for word in re.findall(r"[^\W\d_][\w'’-]*", text)[1:]]
    return len([word for word in inside if word[0].isupper() and not re.match(r"I\b", word)]) / max(1, len(inside))


def names_in(text: str, small: frozenset[str], capitals: bool) -> Iterable[tuple[str, MentionKind | None]]:
    """Names, titles and links in a text, in order, with what they are where that is plain. `small`: words that are written
    without a capital elsewhere; without `capitals` a capital tells no name."""
    for match in _TITLED.finditer(text):
        yield match["name"].strip(), "book" if match["kind"] in ("book", "novel") else "paper"
    for match in _LINK.finditer(text):
        if "." in match.group() and not match.group()[0].isupper():
            yield match.group(), "link"
    for match in _NAME.finditer(text) if capitals else ():
        parts = match.group().split()
        # The word a sentence begins with has its capital from that.
        before = text[: match.start()]
        begins = not before.strip("\"'“‘( ") or bool(re.search(r"(?:[.!?:,][\"'”’)]*\s*|[\"“‘(])$", before))
        while parts and (words.key(parts[0]) in _NO_NAMES or (begins and words.key(parts[0]) in small) or not _is_name(parts[0])):
            parts, begins = parts[1:], False
        while parts and (parts[-1][0].islower() or words.key(parts[-1]) in _NO_NAMES or parts[-1] in ("I", "A")):
            parts.pop()
        name = re.sub(r"['’]s$", "", " ".join(parts))
        if len(name) > 2 and words.key(name) not in _NO_NAMES:
            yield name, None


def _is_name(word: str) -> bool:
    key = words.key(word)
    return (
        word[0].isupper()
        and bool(words.stems(word) or any(char.isdigit() for char in word))
        and key != "i"
        and not re.match(r"I['’]", word)
    )


def _join(first: dict[str, tuple[str, int]], counts: Counter[str]) -> None:
    """A part of one longer name is that name: Charlie is Charlie Marsh."""
    for key in sorted(first, key=len):
        longer = [other for other in first if other != key and (other.startswith(f"{key} ") or other.endswith(f" {key}"))]
        # A name is said in full first: who says Microsoft, and later Microsoft Build, means two things.
        if len(longer) == 1 and first[longer[0]][1] <= first[key][1]:
            counts[longer[0]] += counts.pop(key)
            _, place = first.pop(key)
            whole, at = first[longer[0]]
            first[longer[0]] = (whole, min(place, at))


def asked(verifier: Verifier, found: Sequence[Name]) -> list[Name]:
    """Those whose kind the model is asked: 4, and one more for every 25 sentences, at most 12."""
    return [name for name in found if name.kind is None][: min(_MOST_ASKED, 4 + len(verifier.sentences) // 25)]


def sort(verifier: Verifier, name: Name, writer: Writer) -> str:
    """Of what kind a name is: the answer of `prompts.SORTS` that the model finds likeliest, "word" when it has doubts."""
    line = prompts.listed([_around(verifier.sentences[name.place].text, name.text)])
    likely = writer.likelihood(system=prompts.SYSTEM, text=line, question=prompts.sorting(name.text), answers=prompts.SORTS,
                               task=task_of(f"name:{name.text}"))  # fmt: skip
    best, kind = max(zip(likely, prompts.SORTS, strict=True))
    return kind if best >= _SURE else "word"


def _around(text: str, name: str) -> str:
    """The few words about a name that tell what it is."""
    before, found, after = text.partition(name)
    return " ".join([*before.split()[-_NEAR:], found, *after.split()[:_NEAR]]) if found else text


def mentions(verifier: Verifier, found: Sequence[Name], answers: Answers) -> list[Point]:
    """What is mentioned, in order of first mention. `answers` has the kind of those that were `asked`, under ``name:…``."""
    kinds: dict[str, MentionKind] = {name.text: name.kind for name in found if name.kind}
    for name in asked(verifier, found):
        if kind := _KINDS.get(answers.get(f"name:{name.text}", "")):
            kinds[name.text] = kind
    chosen = sorted((name for name in found if name.text in kinds), key=lambda name: name.place)
    points = []
    for name in chosen:
        said = verifier.taken(name.place, name.place)
        points.append(Point(name.text, said.quote, said.start_s, said.end_s, said.sentences, kinds[name.text], name.text,
                            float(name.count), said.speaker))  # fmt: skip
    return points
