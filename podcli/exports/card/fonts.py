"""Letters for cards: Pillow's own font (Aileron, ASCII), then whatever the system has at the usual places.

Imported only when a card is drawn.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from PIL import ImageFont

_DEBIAN, _ARCH, _MAC, _WINDOWS = "/usr/share/fonts/truetype", "/usr/share/fonts", "/System/Library/Fonts", "C:/Windows/Fonts"
_PLACES = (
    f"{_DEBIAN}/inter/Inter-Regular.ttf", f"{_DEBIAN}/noto/NotoSans-Regular.ttf", f"{_ARCH}/noto/NotoSans-Regular.ttf",
    f"{_ARCH}/google-noto/NotoSans-Regular.ttf", f"{_MAC}/HelveticaNeue.ttc", f"{_WINDOWS}/segoeui.ttf",
    f"{_DEBIAN}/dejavu/DejaVuSans.ttf", f"{_ARCH}/TTF/DejaVuSans.ttf", f"{_ARCH}/dejavu-sans-fonts/DejaVuSans.ttf",
    f"{_ARCH}/opentype/noto/NotoSansCJK-Regular.ttc", f"{_ARCH}/noto-cjk/NotoSansCJK-Regular.ttc",
    f"{_ARCH}/google-noto-sans-cjk-fonts/NotoSansCJK-Regular.ttc", f"{_DEBIAN}/wqy/wqy-microhei.ttc",
    f"{_DEBIAN}/droid/DroidSansFallbackFull.ttf", f"{_MAC}/PingFang.ttc", f"{_MAC}/Hiragino Sans GB.ttc",
    f"{_MAC}/AppleSDGothicNeo.ttc", f"{_WINDOWS}/msyh.ttc", f"{_WINDOWS}/YuGothM.ttc", f"{_WINDOWS}/malgun.ttf",
    *(f"{folder}/NotoSans{script}-Regular.ttf" for folder in (f"{_DEBIAN}/noto", f"{_ARCH}/noto")
      for script in ("Arabic", "Hebrew", "Devanagari", "Bengali", "Tamil", "Telugu", "Thai", "Georgian", "Armenian")),
    f"{_MAC}/Supplemental/Arial Unicode.ttf", f"{_WINDOWS}/Nirmala.ttf", f"{_WINDOWS}/seguisym.ttf",
)  # fmt: skip
_UNASSIGNED = "\U0010fffe"
_PROBE = 20
_PLAINER = str.maketrans({"–": "-", "—": "-", "‐": "-", "‑": "-", "•": "·", "′": "'", "″": '"', "\u202f": " ", "\u2009": " "})
_JOINING = {"Mn", "Me", "Mc", "Cf"}


@cache
def _font(place: str, size: int) -> ImageFont.FreeTypeFont | None:
    """The font at `place` ('' for Pillow's own); None when it is not there or cannot be read."""
    if not place:
        own = ImageFont.load_default(size)
        return own if isinstance(own, ImageFont.FreeTypeFont) else None
    try:
        return ImageFont.truetype(place, size)
    except (OSError, ValueError):
        return None


@cache
def _has(place: str, char: str) -> bool:
    """Whether a font has a letter: what it has not, it draws as it draws a code point that means nothing."""
    font = _font(place, _PROBE)
    if font is None:
        return False
    drawn, missing = font.getmask(char), font.getmask(_UNASSIGNED)
    return char == " " or (drawn.size, bytes(drawn)) != (missing.size, bytes(missing))


@dataclass(slots=True)
class Letters:
    """Draws with the fonts of this machine. `ready` first says what of a text can be drawn."""

    places: tuple[str, ...] = ("", *_PLACES)
    missing: set[str] = field(default_factory=set)
    """Letters (no marks, no emoji) that were asked for and that no font has."""
    main: str = ""

    def prefer(self, text: str) -> None:
        """Draw with the font that has most letters of `text` wherever it can, so that one card has one face."""
        wanted = [char for char in set(text) if unicodedata.category(char)[0] in "LNP"]
        self.main = max(self.places, key=lambda place: sum(_has(place, char) for char in wanted))

    def ready(self, text: str) -> str:
        """`text` without what no font has: accents and dashes become plainer, marks go, letters are noted as missing."""
        kept = []
        for char in text:
            if self._place(char) is not None or unicodedata.category(char) in _JOINING:
                kept.append(char)
                continue
            plainer = unicodedata.normalize("NFKD", char).translate(_PLAINER)
            found = "".join(each for each in plainer if self._place(each) is not None)
            if not found and unicodedata.category(char)[0] in "LN":
                self.missing.add(char)
            kept.append(found)
        return " ".join("".join(kept).split())

    def width(self, text: str, size: int) -> float:
        """Pixels that `text` takes on one line."""
        return sum(font.getlength(run) for font, run in self.runs(text, size))

    def runs(self, text: str, size: int) -> Iterator[tuple[ImageFont.FreeTypeFont, str]]:
        """Stretches of `text` that one font can draw, in order; joining marks stay with what they join."""
        start, current = 0, None
        for index, char in enumerate(text):
            if char == " " or unicodedata.category(char) in _JOINING:
                continue
            place = self._place(char) or ""
            if current is not None and place != current:
                yield self._at(current, size), text[start:index]
                start = index
            current = place
        if text[start:]:
            yield self._at(current or self.main, size), text[start:]

    def _place(self, char: str) -> str | None:
        return next((place for place in (self.main, *self.places) if _has(place, char)), None)

    def _at(self, place: str, size: int) -> ImageFont.FreeTypeFont:
        font = _font(place, size)
        assert font is not None, "only fonts that were read are named"
        return font
