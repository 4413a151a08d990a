"""Words of a text as verification compares them: stems, and names."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from podcli.pipeline.figures import is_number_word

_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_NAME = re.compile(r"[^\W_]+(?:[.'’&-][^\W_]+)*")
COMMON = frozenset(
    [
        "a", "about", "after", "again", "all", "also", "although", "am", "an", "and", "another", "any", "are", "as", "at",
        "be", "because", "been", "before", "being", "between", "both", "but", "by", "can", "could", "did", "do", "does",
        "done", "down", "during", "each", "either", "even", "ever", "every", "for", "from", "get", "gets", "getting", "got",
        "had", "has", "have", "having", "he", "her", "here", "hers", "him", "his", "how", "however", "i", "if", "in",
        "instead", "into", "is", "it", "its", "itself", "just", "like", "made", "make", "makes", "many", "may", "me", "might",
        "more", "most", "much", "must", "my", "no", "nor", "not", "now", "of", "off", "on", "once", "one", "only", "or",
        "other", "our", "out", "over", "own", "per", "quite", "rather", "really", "same", "she", "should", "since", "so",
        "some", "such", "than", "that", "the", "their", "them", "themselves", "then", "there", "these", "they", "this",
        "those", "though", "through", "to", "too", "under", "until", "up", "upon", "us", "very", "was", "we", "were", "what",
        "when", "where", "whether", "which", "while", "who", "whom", "whose", "why", "will", "with", "within", "without",
        "would", "yes", "yet", "you", "your",
    ]
)  # fmt: skip
_NEGATIONS = frozenset(
    [
        "not", "no", "never", "none", "nothing", "nobody", "nor", "neither", "without", "cannot", "hardly",
    ]
)  # fmt: skip


@lru_cache(maxsize=8192)
def stems(text: str) -> tuple[str, ...]:
    """Content words, folded and without endings, in order, numbers left out; pairs of characters where words are not spaced."""
    found: list[str] = []
    for word in _WORD.findall(text):
        if _UNSPACED.search(word):
            found += [word[place : place + 2] for place in range(max(1, len(word) - 1))]
            continue
        plain = re.sub(r"['’](?:s|re|ve|ll|d|m)$", "", _fold(word))
        if plain and plain not in COMMON and plain not in _NEGATIONS and not is_number_word(plain):
            found.append(_stem(plain))
    return tuple(found)


_DENIES_NOTHING = re.compile(
    r"\b(?:if not|(?:is|are|was|were|it's)? ?(?:not|n't|n’t) (?:only|just|merely|simply|to mention)|why not|no doubt|no matter|"
    r"nothing but|whether or not|or not|can(?:'t|’t|not) (?:help|wait)|nothing short of)\b|\bisn(?:'t|’t) (?:only|just)\b",
    re.IGNORECASE,
)
"""Negations that say that something is (English)."""


@lru_cache(maxsize=8192)
def denied(text: str) -> frozenset[str]:
    """The stems, or numbers (``#six``), that follow a negation (English): what is said not to be."""
    found: set[str] = set()
    pending = False
    for match in re.finditer(rf"{_WORD.pattern}|\d+|[.!?;:]", _DENIES_NOTHING.sub(" ", text)):
        word = _fold(match.group())
        if word[0] in ".!?;:":
            pending = False
        elif word in _NEGATIONS or word.endswith(("n't", "n’t")):
            pending = True
        elif pending and (word.isdecimal() or is_number_word(word)):
            found.add(f"#{word}")
            pending = False
        elif pending and (content := stems(word)):
            found.update(content[:1])
            pending = False
    return frozenset(found)


def negates(text: str) -> bool:
    """Whether anything is denied in `text` (English)."""
    found = [_fold(word) for word in _WORD.findall(_DENIES_NOTHING.sub(" ", text))]
    return any(word in _NEGATIONS or word.endswith(("n't", "n’t")) for word in found)


def opening(text: str) -> str:
    """The first word, folded."""
    match = _WORD.search(text)
    return re.sub(r"['’].*", "", _fold(match.group())) if match else ""


def names(text: str, ordinary: frozenset[str]) -> list[str]:
    """Capitalised words of `text`, letters and digits only. Those in `ordinary` (written small elsewhere) are none at a start."""
    found = []
    start = True
    place = 0
    for match in _NAME.finditer(text):
        start = start or bool(re.search(r"[.!?。:]\W*$", text[place : match.start()]))
        word, place = match.group(), match.end()
        plain = key(word)
        if plain and word[0].isupper() and not (word == "I" or word.startswith(("I'", "I’"))):
            capitals = sum(char.isupper() for char in word)
            usual = plain in ordinary or plain in COMMON or is_number_word(plain)
            if not usual if start and capitals == 1 else not (plain in COMMON and capitals == 1):
                found.append(plain)
        start = False
    return found


def key(word: str) -> str:
    """A name as it is compared: no case, accents, dots, apostrophes or possessive ending."""
    return re.sub(r"[\W_]+", "", _fold(re.sub(r"['’]s$|['’]$", "", word)))


@lru_cache(maxsize=8192)
def squeezed(text: str) -> tuple[frozenset[str], str]:
    """The words of a text as names are compared, also joined in pairs (``TalkPython``); and all in one string, blanks around."""
    words = [key(word) for word in _NAME.findall(text)]
    return frozenset(words) | frozenset(a + b for a, b in itertools.pairwise(words)), " " + " ".join(words) + " "


def written_small(texts: Iterable[str]) -> frozenset[str]:
    """Words that occur without a capital."""
    return frozenset(key(word) for text in texts for word in _NAME.findall(text) if word[0].islower())


def _fold(word: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(char))


def _stem(word: str) -> str:
    for ending in ("ations", "ation", "ings", "ing", "ied", "ies", "edly", "ed", "es", "ly", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > 3 and word[-1] in "eyi" else word
