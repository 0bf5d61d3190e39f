"""How alike two pictures are, whatever was cut off, made smaller or written over. Pure but for CPU.

A hash cannot tell two receipts of the same bank's app apart: they differ in a few lines of small
print. So the pictures are laid over each other (one may be a part of the other), then compared
square by square, and the lines of the picture that differ are counted. Measured on generated
receipts, see docs/decisions/0029.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Grey = NDArray[np.int16]
Squares = NDArray[np.float32]

LEVELS = (96, 192, 384, 640)
"""Widths in pixels at which the place found on the level before is refined."""
START, NARROWEST = 48, 42
LEAST_HEIGHT = 0.7
"""How much of the other picture's height a part must have."""
FARTHEST = 40.0
"""Mean difference of brightness (0 … 255) above which two pictures have nothing in common."""
SQUARE, PLAIN = 20, 6.0
DIFFERS = 0.35
"""Share of a square's contrast that differs, above which it shows something else."""
MOST_LINES = 2
"""An edited copy differs in one or two lines; another receipt of the same app in three and more."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the smaller picture lies in the larger one, in pixels of a level."""

    gap: float
    width: int
    left: int
    top: int


def lines_apart(one: bytes, other: bytes) -> int | None:
    """In how many lines two pictures differ: 0 for a copy, also a cut, resized or recompressed
    one. None if they are not the same picture but for ``MOST_LINES`` lines.
    """
    first, second = _grey_image(one), _grey_image(other)
    ways = [(first, second), (second, first)]
    starts = [(_start(whole, part), whole, part) for whole, part in ways]
    found = [start for start in starts if start[0] is not None]
    if not found:
        return None
    place, whole, part = min(found, key=lambda start: start[0].gap if start[0] else FARTHEST)
    refined = _refined(place, whole, part) if place else None
    lines = None if refined is None else _differing_lines(refined, whole, part)
    return lines if lines is not None and lines <= MOST_LINES else None


def _grey_image(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content)) as opened:
        return opened.convert("L")


def _at(image: Image.Image, width: int) -> Grey:
    height = max(8, round(image.height * width / image.width))
    how = Image.Resampling.BOX if image.width >= width else Image.Resampling.BILINEAR
    return np.asarray(image.resize((width, height), how), dtype=np.int16)


def _start(whole: Image.Image, part: Image.Image) -> _Place | None:
    level = _at(whole, START)
    everywhere = range(level.shape[0])
    place = _best(level, part, range(NARROWEST, START + 1), range(START), everywhere, 1)
    return place if place is not None and place.gap <= FARTHEST else None


def _refined(place: _Place, whole: Image.Image, part: Image.Image) -> _Place | None:
    before = START
    found: _Place | None = place
    for width in LEVELS:
        if found is None:
            return None
        scale = width / before
        widths, lefts, tops = (
            range(round(value * scale) - 2, round(value * scale) + 3)
            for value in (found.width, found.left, found.top)
        )
        found = _best(_at(whole, width), part, widths, lefts, tops, 1 if width < 384 else 3)
        before = width
    return found


def _best(
    whole: Grey,
    part: Image.Image,
    widths: Iterable[int],
    lefts: Iterable[int],
    tops: Iterable[int],
    step: int,
) -> _Place | None:
    """The place with the smallest difference; only every ``step``-th row is looked at."""
    rows, columns = whole.shape
    best: _Place | None = None
    lefts, tops = list(lefts), list(tops)
    for width in widths:
        if not 8 <= width <= columns:
            continue
        laid = _at(part, width)[:rows]
        height = laid.shape[0]
        if height < LEAST_HEIGHT * rows:
            continue
        thin = laid[::step]
        for left in (one for one in lefts if 0 <= one <= columns - width):
            for top in (one for one in tops if 0 <= one <= rows - height):
                under = whole[top : top + height : step, left : left + width]
                gap = float(np.abs(under - thin).mean())
                if best is None or gap < best.gap:
                    best = _Place(gap, width, left, top)
    return best


def _differing_lines(place: _Place, whole: Image.Image, part: Image.Image) -> int:
    """How many runs of rows hold a square that shows something else."""
    level = _at(whole, LEVELS[-1])
    laid = _soft(_at(part, place.width)[: level.shape[0]])
    rows, columns = laid.shape
    under = _soft(level[place.top : place.top + rows, place.left : place.left + columns])
    contrast = _contrast(under) + _contrast(laid)
    around = np.pad(laid, 2, mode="edge")
    gaps = [
        _contrast(under - around[down : down + rows, right : right + columns])
        for down in range(5)
        for right in range(5)
    ]
    written = contrast > 2 * PLAIN / 2 * SQUARE * SQUARE
    share = np.where(written, np.minimum.reduce(gaps) / np.maximum(contrast, 1), 0)
    differing: list[bool] = np.max(share > DIFFERS, axis=1).tolist()
    return sum(now and not before for before, now in pairwise([False, *differing]))


def _soft(level: Grey) -> Squares:
    """A little blurred: the sharpness of two copies is not the same."""
    around = np.pad(level, 1, mode="edge").astype(np.float32)
    rows, columns = level.shape
    return sum(
        (
            around[down : down + rows, right : right + columns]
            for down in range(3)
            for right in range(3)
        ),
        np.zeros((rows, columns), np.float32),
    ) / np.float32(9)


def _contrast(level: Squares) -> Squares:
    """Per square the sum of the distances from its mean."""
    rows, columns = (size // SQUARE for size in level.shape)
    cut = level[: rows * SQUARE, : columns * SQUARE]
    squares = cut.reshape(rows, SQUARE, columns, SQUARE).swapaxes(1, 2)
    spread: Squares = np.abs(squares - squares.mean((2, 3), keepdims=True)).sum((2, 3))
    return spread
