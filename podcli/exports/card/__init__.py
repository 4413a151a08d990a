"""A quote as a picture to post: the words, where they are from, and where in the episode that is."""

from __future__ import annotations

from podcli.domain import SnipCard
from podcli.errors import UsageError
from podcli.exports.card.themes import THEMES

SIZES = {"square": (1080, 1080), "wide": (1200, 630)}
"""Pixels: what Instagram and most others show whole, and what link previews (Open Graph) do."""


def is_cover(content: bytes) -> bool:
    """Whether `quote_card` can show it: a JPEG, PNG, WebP or GIF that is whole and of a reasonable size."""
    from podcli.exports.card.cover import read_cover

    return read_cover(content, 16) is not None


def quote_card(card: SnipCard, size: str = "square", theme: str = "night", cover: bytes | None = None) -> bytes:
    """The card as PNG bytes. `cover` is the show's picture as it came from the network; one that cannot be read is left out.

    Letters come from Pillow's own font where it has them (ASCII), else from fonts of the system at the places they usually are.
    A mark or emoji no font has is left out. Raises UsageError for an unknown size or theme, PodcliError when a quote has
    letters for which this machine has no font.
    """
    if size not in SIZES:
        raise UsageError(f"There is no card size “{size}”.", f"Use one of {', '.join(SIZES)}.")
    if theme not in THEMES:
        raise UsageError(f"There is no card theme “{theme}”.", f"Use one of {', '.join(THEMES)}.")
    from podcli.exports.card.drawing import draw  # Pillow loads only when a card is drawn

    return draw(card, SIZES[size], THEMES[theme], cover)
