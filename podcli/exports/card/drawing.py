"""Puts a card together with Pillow. Imported only when one is drawn."""

from __future__ import annotations

import io
import unicodedata

from PIL import Image, ImageDraw

from podcli.domain import SnipCard
from podcli.errors import PodcliError
from podcli.exports.card.cover import read_cover
from podcli.exports.card.fitting import LEADING, Fitted, fit, one_line
from podcli.exports.card.fonts import Letters
from podcli.exports.card.themes import Colour, Theme
from podcli.exports.wording import snip_title
from podcli.text import clean_line, timecode

_LONGEST = 1200
"""Characters of a quote: far more than a card can show."""


_BOLD = 0.016
"""The stroke that makes a regular face semi-bold, in sizes."""


def draw(card: SnipCard, size: tuple[int, int], theme: Theme, cover: bytes | None) -> bytes:
    """The card of `size` pixels as PNG. Raises PodcliError when the quote has letters no font here has."""
    width, height = size
    wide = width > height
    margin = 64 if wide else 88
    letters = Letters()
    words, names = clean_line(card.snip.text[:_LONGEST]) or snip_title(card.snip), _names(card)
    letters.prefer("".join((words, *names, "“”…")))
    quote = letters.ready(words)
    if letters.missing:
        shown = "".join(sorted(letters.missing)[:5])
        raise PodcliError(
            f"No font on this machine has the letters “{shown}” of this quote.", "Install a font for them, such as Noto Sans CJK."
        )
    show, episode, speaker = (letters.ready(name) for name in names)
    image = _ground(size, theme)
    pen = ImageDraw.Draw(image)
    tile = band = 84 if wide else 128
    picture = read_cover(cover, 112 if wide else 176) if cover else None
    left = margin
    if picture is not None:
        tile = picture.width
        _framed(image, picture, (margin, margin), _between(theme.names, theme.top))
        left = margin + tile + (28 if wide else 36)
    above = margin + (tile - band) // 2
    _heading(pen, letters, theme, (left, above, width - margin, above + band), show, episode)
    foot = height - margin - (36 if wide else 52)
    _place(image, pen, letters, theme, card, (margin, foot, width - margin), 26 if wide else 30)
    top, bottom = margin + tile + (34 if wide else 52), foot - (30 if wide else 48)
    _quote(pen, letters, theme, (margin, top, width - margin, bottom), quote, speaker, 30 if wide else 34)
    out = io.BytesIO()
    image.save(out, "PNG", optimize=True)
    return out.getvalue()


def _names(card: SnipCard) -> tuple[str, str, str]:
    speaker = clean_line(card.snip.speaker, limit=80)
    return clean_line(card.show.title, limit=200), clean_line(card.episode.title, limit=200), speaker


def _ground(size: tuple[int, int], theme: Theme) -> Image.Image:
    """From `top` to `bottom` of the theme."""
    shade = Image.linear_gradient("L").resize(size, Image.Resampling.BICUBIC)
    return Image.composite(Image.new("RGB", size, theme.bottom), Image.new("RGB", size, theme.top), shade)


def _rounded(width: int, height: int, radius: int) -> Image.Image:
    """A mask with round corners, drawn four times as large so that they are smooth."""
    mask = Image.new("L", (width * 4, height * 4), 0)
    ImageDraw.Draw(mask).rounded_rectangle((0, 0, width * 4 - 1, height * 4 - 1), radius * 4, fill=255)
    return mask.resize((width, height), Image.Resampling.LANCZOS)


def _framed(image: Image.Image, picture: Image.Image, at: tuple[int, int], colour: Colour) -> None:
    """A cover with round corners; the line around it tells a dark one from a dark ground, and a light one from a light."""
    side, line = picture.width, 2
    whole = side + 2 * line
    image.paste(colour, (at[0] - line, at[1] - line), _rounded(whole, whole, side // 8 + line))
    image.paste(picture, at, _rounded(side, side, side // 8))


def _between(colour: Colour, ground: Colour) -> Colour:
    """A third of the way from a colour to its ground."""
    red, green, blue = ((part * 2 + under) // 3 for part, under in zip(colour, ground, strict=True))
    return red, green, blue


def _pill(image: Image.Image, box: tuple[int, int, int, int], colour: Colour) -> None:
    left, top, right, bottom = box
    width, height = max(1, right - left), bottom - top
    image.paste(colour, (left, top, left + width, bottom), _rounded(width, height, height // 2))


def _heading(
    pen: ImageDraw.ImageDraw, letters: Letters, theme: Theme, box: tuple[int, int, int, int], show: str, episode: str
) -> None:
    left, top, right, bottom = box
    big, small = int((bottom - top) * 0.23 + 8), int((bottom - top) * 0.16 + 9)
    lines = [(show, big, theme.words), (episode, small, theme.names)]
    kept = [(one_line(text, right - left, size, letters.width), size, colour) for text, size, colour in lines if text]
    y = top + (bottom - top - sum(size * 1.45 for _, size, _ in kept)) / 2
    for text, size, colour in kept:
        _line(pen, letters, text, (left, y + size * 1.1), size, colour, bold=colour == theme.words)
        y += size * 1.45


def _quote(
    pen: ImageDraw.ImageDraw, letters: Letters, theme: Theme, box: tuple[int, int, int, int], quote: str, speaker: str, small: int
) -> None:
    """The words in the middle of their box, an opening mark hung above them, the speaker below."""
    left, top, right, bottom = box
    mark = 132 if bottom - top > 500 else 96
    below = int(small * 1.9) if speaker else 0
    head = int(mark * 0.5)
    sizes = range(28, 113, 2)
    fitted = fit(quote, right - left, bottom - top - head - below, sizes, letters.width)
    tall = len(fitted.lines) * fitted.size * LEADING
    y = top + max(0.0, (bottom - top - head - below - tall) / 2)
    rtl = _is_rtl(quote)
    mark_x = right - letters.width("“", mark) if rtl else left - mark * 0.03
    _line(pen, letters, "”" if rtl else "“", (mark_x, y + mark * 0.72), mark, theme.accent, bold=True)
    y = _lines(pen, letters, theme.words, fitted, (left, y + head, right), rtl)
    if speaker:
        shown = one_line(speaker, right - left, small, letters.width)
        x = right - letters.width(shown, small) if rtl else left
        _line(pen, letters, shown, (x, y + small * 1.6), small, theme.accent)


def _lines(
    pen: ImageDraw.ImageDraw, letters: Letters, colour: Colour, fitted: Fitted, box: tuple[float, float, float], rtl: bool
) -> float:
    left, y, right = box
    for line in fitted.lines:
        x = right - letters.width(line, fitted.size) if rtl else left
        _line(pen, letters, line, (x, y + fitted.size), fitted.size, colour, rtl=rtl)
        y += fitted.size * LEADING
    return y


def _place(
    image: Image.Image,
    pen: ImageDraw.ImageDraw,
    letters: Letters,
    theme: Theme,
    card: SnipCard,
    box: tuple[int, int, int],
    size: int,
) -> None:
    """Where in the episode it is: a line as long as the episode, the snip marked, its start and the length in numbers."""
    left, y, right = box
    snip, total = card.snip, card.episode.duration_s or 0.0
    _pill(image, (left, y, right, y + 7), _between(theme.names, theme.bottom))
    if total > 0:
        start = left + (right - left) * min(1.0, max(0.0, snip.start_s / total))
        end = left + (right - left) * min(1.0, max(0.0, snip.end_s / total))
        start = min(start, right - 22)
        _pill(image, (round(start), y - 5, round(max(end, start + 22)), y + 12), theme.accent)
    base = y + 18 + size * 1.1
    _line(pen, letters, timecode(snip.start_s), (left, base), size, theme.accent)
    if total > 0:
        length = timecode(total)
        _line(pen, letters, length, (right - letters.width(length, size), base), size, theme.names)


def _line(
    pen: ImageDraw.ImageDraw,
    letters: Letters,
    text: str,
    at: tuple[float, float],
    size: int,
    colour: Colour,
    *,
    bold: bool = False,
    rtl: bool = False,
) -> None:
    """One line on its baseline; runs of several fonts go right to left where the text does."""
    x, y = at
    runs = list(letters.runs(text, size))
    for font, run in reversed(runs) if rtl else runs:
        pen.text((x, y), run, colour, font, anchor="ls", stroke_width=size * _BOLD if bold else 0, stroke_fill=colour)
        x += font.getlength(run)


def _is_rtl(text: str) -> bool:
    """Whether the first letter with a direction goes right to left (Unicode TR9, rule P2)."""
    strong = (unicodedata.bidirectional(char) for char in text)
    return next((kind for kind in strong if kind in ("L", "R", "AL")), "L") != "L"
