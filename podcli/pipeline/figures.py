"""Numbers in running text, whether written as digits or as English words, so that ``58`` and ``fifty-eight`` are one number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

Value = tuple[Fraction, str]
"""A number and its unit: ``%``, a currency sign, ``ord`` for first to third, or nothing."""

_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_WORDS: dict[str, int] = {word: value for value, word in enumerate(_ONES.split())}
_WORDS |= {word: 10 * value for value, word in enumerate(_TENS.split(), 2)} | {"oh": 0, "nought": 0, "fourty": 40}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12}
_SUFFIXES = {"k": 1000, "m": 10**6, "mn": 10**6, "bn": 10**9, "b": 10**9, "tn": 10**12}
_ORDINALS = {
    "first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10,
    "eleventh": 11, "twelfth": 12, "thirteenth": 13, "fourteenth": 14, "fifteenth": 15, "sixteenth": 16, "seventeenth": 17,
    "eighteenth": 18, "nineteenth": 19, "twentieth": 20, "thirtieth": 30,
}  # fmt: skip
_DECADES = {word[:-1] + "ies": value for word, value in _WORDS.items() if word.endswith("y")} | {"tens": 10}
_PARTS = {"half": Fraction(1, 2), "halves": Fraction(1, 2), "quarter": Fraction(1, 4), "quarters": Fraction(1, 4),
          "thirds": Fraction(1, 3), "fifths": Fraction(1, 5)}  # fmt: skip
_UNITS = {
    "%": "%",
    "percent": "%",
    "dollar": "$",
    "dollars": "$",
    "buck": "$",
    "bucks": "$",
    "euro": "€",
    "euros": "€",
    "yen": "¥",
}
_CENTS = frozenset(["cent", "cents"])
_MORE = re.compile(r"(?:more than|over|above|at least|upwards? of|exceed(?:s|ed|ing)?|north of)(?: the| a| an)? ?[$€£¥]?$")
_LESS = re.compile(r"(?:less than|fewer than|under|below|at most|up to|no more than|south of)(?: the| a| an)? ?[$€£¥]?$")
_TOKEN = re.compile(r"[$€£¥]|\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|%|per cent\b|[^\W\d_]+|[,;:.!?()\[\]—–]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Figure:
    """One place with a number. English leaves room: ``twenty-four thousand twenty foot boxes`` has two readings."""

    readings: tuple[frozenset[Value], ...]
    bound: str = ""
    """``>`` for "more than", ``<`` for "less than"."""
    casual: bool = False
    """A lone "one", which is as often a pronoun."""


@lru_cache(maxsize=8192)  # the same few quotes are held against many claims
def figures(text: str) -> tuple[Figure, ...]:
    """Every number in `text`, in order."""
    text = re.sub(r"(?<=[^\W\d_])[-‐‑](?=[^\W\d_])|(?<=\d)[-‐‑](?=[^\W\d_])|(?<=[^\W\d_])[-‐‑](?=\d)", " ", text.lower())
    text = re.sub(r"['’](?=\d\ds?\b)", "", text)
    tokens = [(match.group(), match.start(), match.end()) for match in _TOKEN.finditer(text)]
    found: list[Figure] = []
    at = 0
    while at < len(tokens):
        end, readings = _digits(tokens, at) if tokens[at][0][0].isdecimal() else _spelt(tokens, at)
        if not readings:
            at += 1
            continue
        before = text[: tokens[at][1]].rstrip()
        sign = before[-1:] if before[-1:] in "$€£¥" else ""
        casual = end == at + 1 and tokens[at][0] == "one"
        unit_end, unit = _unit(tokens, end)
        bound = ">" if _MORE.search(before) else "<" if _LESS.search(before) else ""
        values = tuple(frozenset(_with_unit(number, mark, sign or unit) for number, mark in reading) for reading in readings)
        found.append(Figure(values, bound, casual and not unit))
        at = unit_end
    return tuple(_with_cents(found, text))


def missing(claim: str, proof: str) -> bool:
    """Whether `claim` has a number that `proof` does not have, or turns "less than" into "more than" or "about" into either."""
    known = figures(proof)
    values = {value for figure in known for reading in figure.readings for value in reading}
    return any(not figure.casual and not _is_known(figure, known, values) for figure in figures(claim))


def _is_known(figure: Figure, known: tuple[Figure, ...], values: set[Value]) -> bool:
    for reading in figure.readings:
        if not all(value in values or (not value[1] and any(other[0] == value[0] for other in values)) for value in reading):
            continue
        numbers = {value[0] for value in reading}
        if not figure.bound:
            return True
        for other in known:
            if other.bound == figure.bound and any(
                numbers & {value[0] for value in alternative} for alternative in other.readings
            ):
                return True
    return False


def _with_unit(number: Fraction, mark: str, unit: str) -> Value:
    if unit == "cents":
        return number / 100, "$"
    return number, unit or mark


def _unit(tokens: list[tuple[str, int, int]], at: int) -> tuple[int, str]:
    """The unit said after a number, and where the text goes on."""
    word = tokens[at][0] if at < len(tokens) else ""
    if word in _CENTS:
        return at + 1, "cents"
    if word in _UNITS or word == "per cent":
        return at + 1, _UNITS.get(word, "%")
    return at, ""


def _digits(tokens: list[tuple[str, int, int]], at: int) -> tuple[int, list[list[Value]]]:
    """A number in digits, with what may follow: a scale, a suffix, an ordinal ending or the s of a decade."""
    number = Fraction(tokens[at][0].replace(",", ""))
    end = at + 1
    word = tokens[end][0] if end < len(tokens) else ""
    glued = bool(word) and tokens[end][1] == tokens[at][2]
    if glued and word in ("st", "nd", "rd", "th", "s"):
        return end + 1, [[(number, "ord" if word != "s" and number in (1, 2, 3) else "")]]
    if glued and word in _SUFFIXES:
        return end + 1, [[(number * _SUFFIXES[word], "")], [(number, "")]]
    while word in _SCALES:
        number *= _SCALES[word]
        end += 1
        word = tokens[end][0] if end < len(tokens) else ""
    if tuple(token[0] for token in tokens[end : end + 3]) == ("and", "a", "half"):
        return end + 3, [[(number + Fraction(1, 2), "")]]
    return end, [[(number, "")]]


def _spelt(tokens: list[tuple[str, int, int]], at: int) -> tuple[int, list[list[Value]]]:
    """A run of number words and its readings; none when no number starts at `at`."""
    run: list[str] = []
    end = at
    while end < len(tokens):
        word = tokens[end][0]
        following = tokens[end + 1][0] if end + 1 < len(tokens) else ""
        if (word in _WORDS and (run or word != "oh")) or (word in _SCALES and (run or word != "dozen")):
            run.append(word)
        elif word in ("a", "an") and following in _SCALES and not run:
            run.append("one")
        elif word == "and" and run and (following in _WORDS and run[-1] in _SCALES):
            pass
        else:
            break
        end += 1
    word, rest = (tokens[end][0] if end < len(tokens) else ""), tuple(token[0] for token in tokens[end : end + 4])
    if run and rest[:3] in (("and", "a", "half"), ("and", "a", "quarter")):
        scale = _SCALES.get(rest[3], 1) if len(rest) > 3 else 1
        return end + (4 if scale > 1 else 3), [[((value + _PARTS[rest[2]]) * scale, "")] for value in _standard(run)]
    if run and word in _PARTS:
        return end + 1, [[(value * _PARTS[word], "")] for value in _standard(run)]
    if run and word in _DECADES:
        return end + 1, [[(value, "")] for value in _years(_WORDS.get(run[-1], 0), _DECADES[word])]
    if word in _ORDINALS and not (word == "second" and run and run[-1] not in _TENS.split()):
        number = Fraction(_ORDINALS[word])
        base = next(iter(_standard(run)), Fraction(0)) if run else Fraction(0)
        small = not run and number in (1, 2, 3)
        return end + 1, [[(base + number, "ord" if small else "")]]
    if not run:
        if word == "half":
            scale = _SCALES.get(rest[2], 1) if rest[1:2] == ("a",) and len(rest) > 2 else 1
            return end + (3 if scale > 1 else 1), [[(_PARTS[word] * scale, "")]]
        return (end + 1, [[(Fraction(_DECADES[word]), "")]]) if word in _DECADES else (end, [])
    return end, [[(value, "") for value in reading] for reading in _readings(run)]


def _years(century: int, decade: int) -> list[Fraction]:
    return [Fraction(100 * century + decade)] if 10 <= century <= 20 else [Fraction(decade)]


def _standard(run: list[str]) -> list[Fraction]:
    return [sum(reading, Fraction(0)) for reading in _readings(run)[:1]]


def _readings(run: list[str]) -> list[list[Fraction]]:
    """As one number where the words allow it; as a year; as the numbers between scales."""
    readings = []
    pieces = _pieces(run)
    if len(pieces) == 2 and 10 <= pieces[0] <= 99 and pieces[1] < 100 and not set(run) & set(_SCALES):
        readings.append([pieces[0] * 100 + pieces[1]])
    if len(pieces) == 3 and pieces[1] == 0 and 10 <= pieces[0] <= 99 and pieces[2] < 10:
        readings.append([pieces[0] * 100 + pieces[2]])
    if len(pieces) > 1 and all(piece < 10 for piece in pieces):
        readings.append([Fraction("".join(str(piece) for piece in pieces))])
    readings.append(pieces)
    split = [
        place for place, word in enumerate(run) if word in _SCALES and place + 1 < len(run) and run[place + 1] not in _SCALES
    ]
    for place in split:
        readings.append(_pieces(run[: place + 1]) + _pieces(run[place + 1 :]))
    return readings


def _pieces(run: list[str]) -> list[Fraction]:
    """The numbers of a run, read the ordinary way: a new one starts where words no longer combine."""
    numbers: list[Fraction] = []
    total, current, last = Fraction(0), Fraction(-1), 0
    for word in run:
        if word in _SCALES:
            scale = _SCALES[word]
            current = max(current, Fraction(1)) * scale
            if scale >= 1000:
                total, current = total + current, Fraction(-1)
            last = scale
            continue
        value = _WORDS[word]
        joins = (
            current < 0
            or (current % 100 == 0 and current and last >= 100)
            or (value and value < 10 and last in range(20, 100, 10))
        )
        if not joins:
            numbers.append(total + current)
            total, current = Fraction(0), Fraction(-1)
        current = max(current, Fraction(0)) + value
        last = value
    if current >= 0 or total:
        numbers.append(total + max(current, Fraction(0)))
    return numbers


def _with_cents(found: list[Figure], text: str) -> list[Figure]:
    """``five dollars and eighty-six cents`` is also $5.86."""
    if "cent" not in text:
        return found
    for place in range(len(found) - 1):
        first, second = found[place], found[place + 1]
        whole = next((value for value in first.readings[0] if value[1] == "$" and value[0] >= 1), None)
        small = next((value for value in second.readings[0] if value[1] == "$" and value[0] < 1), None)
        if whole and small:
            found[place] = Figure((*first.readings, frozenset([(whole[0] + small[0], "$")])), first.bound)
    return found


def is_number_word(word: str) -> bool:
    """Whether `word` (lower case) is part of a number or its unit."""
    return (
        word in _WORDS
        or word in _SCALES
        or word in _ORDINALS
        or word in _DECADES
        or word in _PARTS
        or word in _UNITS
        or word in _CENTS
    )
