"""A stranger's file becomes a picture of our own making, or is refused. Pure but for CPU."""

from __future__ import annotations

import hashlib
import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from crm_core.errors import InvalidInput

MAX_BYTES = 10 * 1024 * 1024
MAX_PIXELS = 40_000_000
MAX_SIDE = 2000
"""The longest side that is kept, in pixels: enough to read a transfer slip."""
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
QUALITY = 85


@dataclass(frozen=True, slots=True)
class Picture:
    """A JPEG without any of the original's metadata."""

    content: bytes
    sha256: str
    width: int
    height: int
    phash: int
    """See :func:`look`."""


def clean(content: bytes) -> Picture:
    """Decode and encode again: no EXIF, no second file hidden inside, no animation.

    Raises InvalidInput ``picture_empty``, ``picture_too_large`` (bytes or pixels) or
    ``picture_unreadable``.
    """
    if not content:
        raise InvalidInput("picture_empty")
    if len(content) > MAX_BYTES:
        raise InvalidInput("picture_too_large")
    try:
        with warnings.catch_warnings():
            # Pillow warns before it refuses; our own limit below is the one that counts.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
                return _encode(opened)
    except Image.DecompressionBombError:
        raise InvalidInput("picture_too_large") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError):
        raise InvalidInput("picture_unreadable") from None


def _encode(opened: Image.Image) -> Picture:
    if opened.width * opened.height > MAX_PIXELS:
        raise InvalidInput("picture_too_large")  # known from the header, nothing decoded yet
    opened.draft("RGB", (MAX_SIDE, MAX_SIDE))  # lets a huge JPEG be decoded small
    upright = ImageOps.exif_transpose(opened)
    if upright.mode in {"RGBA", "LA", "P", "PA"}:
        layered = upright.convert("RGBA")
        flat = Image.new("RGB", layered.size, "white")
        flat.paste(layered, mask=layered.getchannel("A"))
    else:
        flat = upright.convert("RGB")
    flat.thumbnail((MAX_SIDE, MAX_SIDE))
    target = io.BytesIO()
    flat.save(target, "JPEG", quality=QUALITY, optimize=True, exif=b"", icc_profile=None)
    data = target.getvalue()
    return Picture(data, hashlib.sha256(data).hexdigest(), flat.width, flat.height, look(flat))


def look(image: Image.Image) -> int:
    """What a picture looks like, as a signed 64-bit number (a difference hash).

    One bit per step from left to right in a 9 by 8 thumbnail: darker or not. Copies in another
    size or quality differ in a few bits, unlike pictures in about half of them.
    """
    small = image.convert("L").resize((9, 8), Image.Resampling.BOX).tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            place = row * 9 + column
            bits = bits << 1 | (small[place + 1] > small[place])
    return bits - (1 << 64) if bits >= 1 << 63 else bits
