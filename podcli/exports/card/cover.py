"""A show's picture from the network, which may be anything: read within bounds, or left out."""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_MOST_BYTES, _MOST_PIXELS = 20_000_000, 16_000_000


def read_cover(content: bytes, side: int) -> Image.Image | None:
    """A square of `side` pixels cut from the middle of the picture; None when it is no picture or an unreasonable one.

    Only common formats are tried, and pixels are counted before any is decoded (a few kilobytes can stand for gigabytes).
    """
    if len(content) > _MOST_BYTES:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata, which is not looked at
            with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
                if picture.width * picture.height > _MOST_PIXELS:
                    return None
                picture.draft("RGB", (side * 2, side * 2))
                flat = Image.new("RGB", picture.size, (255, 255, 255))
                rgba = picture.convert("RGBA")
                flat.paste(rgba, mask=rgba.getchannel("A"))
            return ImageOps.fit(flat, (side, side), Image.Resampling.LANCZOS)
    except Exception:  # decoders of hostile bytes raise whatever they like, and a card is whole without a cover
        return None
