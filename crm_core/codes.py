"""Codes that are said aloud and typed by thumb: ``P-7KM2Q`` for an order, ``K-9TR4B`` for a
complaint, ``R-4HN7T`` for a return. The alphabet has no 0, 1, I or O, so nothing is misheard; a
typed O, I or 1 cannot be part of a code.
"""

from __future__ import annotations

import re
import secrets

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
ORDER, COMPLAINT, RETURN = "P", "K", "R"
LENGTH = 5


def new_code(prefix: str, length: int = LENGTH) -> str:
    """A random code; 32⁵ ≈ 33 million for the default length, unguessable enough to be typed.

    The caller's unique index is what makes it unique.
    """
    return f"{prefix}-{''.join(secrets.choice(ALPHABET) for _ in range(length))}"


def read_code(text: str, prefix: str | None = None, length: int = LENGTH) -> str | None:
    """The first code in ``text`` in its written form, or None.

    Case does not matter and the dash may be a space or missing. Without a dash the code must hold
    a digit, so that an Indonesian word such as "pesan" is not taken for one. ``prefix`` limits the
    search to one kind of code.
    """
    prefixes = re.escape(prefix) if prefix else f"{ORDER}{COMPLAINT}{RETURN}"
    pattern = (
        rf"(?<![0-9A-Z])([{prefixes}])(\s*[-–—_:.#]\s*|\s*)([{ALPHABET}]{{{length}}})(?![0-9A-Z])"
    )
    for found in re.finditer(pattern, text.upper()):
        kind, dash, rest = found.groups()
        if dash.strip() or re.search(r"\d", rest):
            return f"{kind}-{rest}"
    return None
