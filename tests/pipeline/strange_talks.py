"""Transcripts nobody would wish for: what transcribers and publishers deliver when something is wrong."""

from __future__ import annotations

import random
from collections.abc import Sequence

from podcli.domain import Segment
from tests.bench.talks import talk as real_talk

_DICE = random.Random(11)


def _lines(texts: Sequence[str], seconds: float = 5.0) -> list[Segment]:
    return [Segment(n * seconds, (n + 1) * seconds, text) for n, text in enumerate(texts)]


def _sample() -> list[Segment]:
    return [Segment(s.start_s, s.end_s, s.text, s.speaker) for s in real_talk("sample").sentences]


def _german(count: int = 120) -> list[str]:
    things, verbs = ("Hafen", "Kran", "Markt", "Turm", "Garten"), ("verlor", "baute", "kaufte", "zählte", "öffnete")
    towns, goods = ("Hamburg", "Kiel", "Emden"), ("Holz", "Stahl", "Glas", "Wolle")
    return [
        f"Der {_DICE.choice(things)} von {_DICE.choice(towns)} {_DICE.choice(verbs)} im Jahr {1600 + n} genau {100 + 7 * n} "
        f"Kisten aus {_DICE.choice(goods)}."
        for n in range(count)
    ]


def _japanese(count: int = 120) -> list[str]:
    towns, goods, verbs = ("横浜", "神戸", "大阪", "函館"), "米茶絹銅", ("運んだ", "売った", "失った", "買った")
    return [
        f"{_DICE.choice(towns)}の港は{1600 + n}年に{100 + 7 * n}箱の{_DICE.choice(goods)}を{_DICE.choice(verbs)}。"
        for n in range(count)
    ]


def _arabic(count: int = 120) -> list[str]:
    towns, goods, verbs = ("طنجة", "عدن", "بيروت", "جدة"), ("القمح", "النحاس", "الملح"), ("باع", "اشترى", "خسر", "نقل")
    return [
        f"ميناء {_DICE.choice(towns)} {_DICE.choice(verbs)} {100 + 7 * n} صندوقا من {_DICE.choice(goods)} في عام {1600 + n}."
        for n in range(count)
    ]


def _noise(count: int) -> list[str]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    known = ["".join(_DICE.choice(letters) for _ in range(_DICE.randint(2, 10))) for _ in range(2000)]
    return [_DICE.choice(known) for _ in range(count)]


def long_talk(minutes: int) -> list[str]:
    """English sentences, eleven a minute, each different."""
    towns = ("Aarhus", "Bergen", "Cadiz", "Dover", "Emden", "Faro", "Genoa", "Hull", "Izmir", "Kiel")
    goods = ("copper", "barley", "timber", "salt", "wool", "amber", "herring", "marble", "tobacco", "cork", "paper")
    verbs = ("shipped", "bought", "stored", "taxed", "burned", "lost", "traded")
    return [
        f"The port of {towns[n % 10]} {verbs[n % 7]} {1000 + 7 * n} tons of {goods[n % 11]} in the year {1600 + n % 400}."
        for n in range(11 * minutes)
    ]


def _later(segments: Sequence[Segment], which: range, seconds: float) -> list[Segment]:
    return [
        Segment(s.start_s + seconds, s.end_s + seconds, s.text, s.speaker) if n in which else s for n, s in enumerate(segments)
    ]


SILENT = {
    "empty": [],
    "blank": [Segment(0.0, 1.0, "  "), Segment(1.0, 2.0, "")],
    "music": _lines(["[Music]"] * 400),
    "applause and notes": _lines(["♪♪♪", "(applause)", "[BLANK_AUDIO]", "...", "*upbeat music*", "—"] * 30),
}
"""Nobody says anything."""

FOREIGN = {"German": _lines(_german()), "Japanese": _lines(_japanese()), "Arabic": _lines(_arabic())}

UNTIMED = {
    "no times": [Segment(0.0, 0.0, s.text, s.speaker) for s in _sample()],
    "no times, one block": [Segment(0.0, 0.0, " ".join(s.text for s in _sample()))],
}

ODD = {
    **FOREIGN,
    **UNTIMED,
    "one sentence": _lines(["The Warrior left Brooklyn in 1954 for Germany."]),
    "one word": _lines(["Hello."]),
    "random words": _lines([" ".join(_noise(12)) for _ in range(300)]),
    "random sentences": _lines([" ".join(_noise(12)) + "." for _ in range(300)]),
    "one word 10,000 times": _lines(["banana"] * 10_000, 0.5),
    "100 kB without punctuation": [Segment(0.0, 6000.0, " ".join(_noise(16_000)))],
    "100 kB without a blank": [Segment(0.0, 6000.0, "x" * 100_000)],
    "one line ten hours later": _later(_sample(), range(30, 31), 36_000.0),
    "half of it an hour early": _later(_sample(), range(40, 200), -100.0),
    "ends before it starts": [Segment(s.end_s, s.start_s, s.text, s.speaker) for s in _sample()],
    "backwards": [Segment(400 - s.start_s, 400 - s.end_s, s.text, s.speaker) for s in _sample()],
    "all at one second": [Segment(60.0, 60.5, s.text, s.speaker) for s in _sample()],
    "music and talk": [
        segment for n, s in enumerate(_sample()) for segment in (Segment(s.start_s, s.start_s, "[Music]"), s)[n % 3 != 0 :]
    ],
    "in capitals": [Segment(s.start_s, s.end_s, s.text.upper(), s.speaker) for s in _sample()],
}  # fmt: skip
"""Something is said, and something is wrong with it."""
