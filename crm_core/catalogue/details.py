"""Sizes and makers' marks, which tell parts of one kind apart, and what only looks so. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from crm_core.catalogue.text import size

OVERSIZED = frozenset({"piston", "ring"})
_OVERSIZES = {"25": "0.25", "50": "0.50", "75": "0.75", "100": "1.00"}
_BEARING = re.compile(r"6\d{3}")
# Sums of money and counted pieces, which are no sizes: "75rb", "rp50000", "2pcs".
_COUNTED = re.compile(
    r"rp\d+(?:[.,]\d+)?(?:rb|ribu|k|jt|juta)?|\d+(?:[.,]\d+)?(?:rb|rbu|ribu|k|jt|juta|perak)(?:an)?|"
    r"\d+(?:pcs|pc|bh|buah|biji|bj|unit|x|set|psg|an|cc|th|thn)"
)


def is_counted(word: str) -> bool:
    """A sum of money or a number of pieces."""
    return not word.isdigit() and _COUNTED.fullmatch(word) is not None


def measure(word: str) -> str | None:
    """The size or maker's mark that a word is, if it is one."""
    return size(word) or (word if _mixed(word) else None)


def numbered(kept: Sequence[str], words: Sequence[str]) -> list[str]:
    """Sizes that are bare numbers beside these parts: "os 50" of pistons, "6301" of bearings."""
    if not OVERSIZED.isdisjoint(kept):
        return [_OVERSIZES[w.lstrip("0")] for w in words if w.lstrip("0") in _OVERSIZES]
    return [w for w in words if "bearing" in kept and _BEARING.fullmatch(w)]


def _mixed(word: str) -> bool:
    """Letters and digits together: a maker's own mark ("cr7eh"), never a word."""
    return word.isalnum() and not word.isalpha() and not word.isdigit()
