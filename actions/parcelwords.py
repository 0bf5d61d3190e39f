"""Tracking numbers in what people write. Pure."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"(?<![\w-])(?=[\w-]*\d)[A-Za-z0-9][A-Za-z0-9-]{6,40}(?![\w-])")


def numbers_in(text: str) -> list[str]:
    """What can be a tracking number: eight or more letters and digits with a digit among them."""
    found = [number.replace("-", "") for number in _NUMBER.findall(text)]
    return [number for number in found if len(number) >= 8]
