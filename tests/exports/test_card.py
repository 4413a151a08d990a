"""Cards are pictures of the right size that can be read, whatever is on them."""

from __future__ import annotations

import io
import itertools
import random
import zlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from podcli.domain import SnipCard
from podcli.errors import PodcliError, UsageError
from podcli.exports.card import SIZES, quote_card
from podcli.exports.card.cover import read_cover
from podcli.exports.card.fitting import LEADING, fit
from podcli.exports.card.fonts import Letters
from podcli.exports.card.themes import THEMES, Theme, contrast
from tests.exports.kept import EPISODE, FIRST, NOTES, SHOW, hostile


def card(text: str = FIRST.text, title: str = "The Box That Shrank the World", speaker: str = "Ann Marlowe") -> SnipCard:
    return SnipCard(replace(FIRST, text=text, speaker=speaker), replace(EPISODE, title=title), SHOW)


def opened(content: bytes) -> Image.Image:
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    image = Image.open(io.BytesIO(content))
    image.load()
    return image


def picture(kind: str = "PNG", side: int = 300) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (side, side), (250, 0, 120)).save(out, kind)
    return out.getvalue()


def inked(image: Image.Image, ground: Image.Image) -> tuple[int, int, int, int]:
    box = ImageChops.difference(image.convert("RGB"), ground).point(lambda value: 255 if value > 24 else 0).getbbox()
    assert box
    return box


@pytest.mark.parametrize(("size", "theme"), [*itertools.product(SIZES, THEMES)])
def test_a_card_has_its_size_and_leaves_its_margins_free(size: str, theme: str) -> None:
    image = opened(quote_card(card(), size, theme))
    assert image.size == SIZES[size] and image.mode == "RGB"
    blank = image.crop((0, 0, 1, image.height)).resize(image.size)
    left, top, right, bottom = inked(image, blank)
    assert left >= 55 and top >= 55 and right <= image.width - 55 and bottom <= image.height - 40
    assert right - left > image.width * 0.7 and bottom - top > image.height * 0.7


def test_the_same_quote_is_the_same_picture_and_another_is_another() -> None:
    assert quote_card(card()) == quote_card(card()) != quote_card(card("Other words."))


@pytest.mark.parametrize("theme", [*THEMES.values()], ids=[*THEMES])
def test_every_text_can_be_read_on_every_ground(theme: Theme) -> None:
    for text, ground in itertools.product((theme.words, theme.names, theme.accent), (theme.top, theme.bottom)):
        assert contrast(text, ground) >= 4.5


def test_contrast_is_as_wcag_defines_it() -> None:
    assert contrast((0, 0, 0), (255, 255, 255)) == 21
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_cover_is_shown(kind: str) -> None:
    image = opened(quote_card(card(), cover=picture(kind))).convert("RGB")
    red, green, blue = image.getpixel((150, 150))  # type: ignore[misc]
    assert red > 200 and green < 60 and 80 < blue < 160


@given(st.binary(max_size=200) | st.integers(0, 200).map(lambda end: picture()[:end]))
def test_a_broken_cover_is_left_out(content: bytes) -> None:
    assert read_cover(content, 64) is None


@given(st.integers(0, 10**9))
@settings(max_examples=60)
def test_a_damaged_cover_does_no_harm(seed: int) -> None:
    damaged = bytearray(picture(random.Random(seed).choice(["PNG", "JPEG", "WEBP", "GIF"]), 40))
    for _ in range(5):
        damaged[random.Random(seed).randrange(len(damaged))] = seed % 256
    found = read_cover(bytes(damaged), 64)
    assert found is None or found.size == (64, 64)


def test_a_picture_that_would_fill_the_memory_is_not_decoded() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    def black(side: int) -> bytes:
        head = side.to_bytes(4, "big") * 2 + bytes([1, 0, 0, 0, 0])
        rows = zlib.compress(bytes((1 + side // 8) * side))
        return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")

    assert read_cover(black(800), 64)
    assert read_cover(black(8000), 64) is None
    assert read_cover(b"x" * 20_000_001, 64) is None
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"/>'
    assert read_cover(svg, 64) is None


@given(hostile, hostile, hostile)
@settings(max_examples=25, deadline=None)
def test_hostile_words_make_a_card_or_a_clear_error(text: str, title: str, speaker: str) -> None:
    try:
        image = opened(quote_card(card(text, title, speaker), "wide"))
    except PodcliError as error:
        assert "No font on this machine has the letters" in error.message and error.hint
    else:
        assert image.size == SIZES["wide"]


def test_letters_without_a_font_are_an_error_and_emoji_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    only = Letters(places=("",))
    assert only.ready("Ship 🚢 it – naïve café") == "Ship it - naive cafe"
    assert only.ready("日本 x") == "x" and only.missing == {"日", "本"}
    monkeypatch.setattr("podcli.exports.card.fonts._PLACES", ())
    monkeypatch.setattr("podcli.exports.card.drawing.Letters", lambda: Letters(places=("",)))
    with pytest.raises(PodcliError, match="“日本”"):
        quote_card(card("日本"))
    assert opened(quote_card(card("Plain.", title="日本"))).size == SIZES["square"], "a name is left out instead"


def test_one_card_has_one_face() -> None:
    letters = Letters()
    letters.prefer("Größe 😀")
    if not letters.missing and letters.ready("ö") == "ö":  # on a machine with no font but Pillow's, it is "o"
        assert [text for _, text in letters.runs("Größe", 40)] == ["Größe"]


def test_an_unknown_size_or_theme_names_those_there_are() -> None:
    with pytest.raises(UsageError) as caught:
        quote_card(card(), size="huge")
    assert "square, wide" in caught.value.hint
    with pytest.raises(UsageError, match="neon"):
        quote_card(card(), theme="neon")


def em(text: str, size: int) -> float:
    return len(text) * size * 0.5


@given(
    st.lists(st.text("abcdefgh", min_size=1, max_size=30), min_size=1, max_size=120).map(" ".join)
    | st.text("日本語、。", max_size=300)
)
def test_words_fit_their_box_and_are_whole_unless_the_smallest_is_too_big(text: str) -> None:
    fitted = fit(text, 900, 500, range(28, 97, 2), em)
    assert len(fitted.lines) * fitted.size * LEADING <= 500
    assert all(em(line, fitted.size) <= 900 for line in fitted.lines)
    shown = "".join(fitted.lines).replace(" ", "")
    if shown.endswith("…"):
        assert fitted.size == 28 and text.replace(" ", "").startswith(shown[:-1])
    else:
        assert shown == text.replace(" ", "")
        larger = fitted.size + 2
        alone = fit(text, 900, 500, [larger], em)
        assert larger > 96 or "".join(alone.lines).endswith("…") or fitted.size == 96


def test_lines_are_of_like_length() -> None:
    fitted = fit("one two three four five six seven eight", 380, 200, [40], em)
    lengths = [len(line) for line in fitted.lines]
    assert max(lengths) - min(lengths) <= 6 and len(lengths) == 3


def test_a_card_of_right_to_left_words_starts_right() -> None:
    arabic = opened(quote_card(card("الصندوق", speaker="")))
    middle = (0, 300, arabic.width, 760)
    blank = arabic.crop((0, 0, 1, arabic.height)).resize(arabic.size)
    left, _, right, _ = inked(arabic.crop(middle), blank.crop(middle))
    assert left > arabic.width / 2 and right > arabic.width - 110


def test_notes_of_a_snip_without_words_still_make_a_card() -> None:
    assert opened(quote_card(replace(NOTES, snips=(replace(FIRST, text="", title="Kept"),)).cards[0]))
