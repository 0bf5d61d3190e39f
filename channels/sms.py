"""What a text costs as an SMS, and how to keep it cheap. Pure.

A text in the GSM-7 alphabet has 160 signs in one part and 153 in each of several (the rest says
how the parts belong together); one sign outside it makes every part hold 70 or 67 instead.
"""

from __future__ import annotations

import unicodedata

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_DOUBLE = frozenset("^{}\\[~]|€")
"""Signs of the extension table: each counts twice."""
_PLAIN = str.maketrans(
    {
        "–": "-", "—": "-", "‑": "-", "−": "-", "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'",
        "…": "...", "•": "-", "·": "-", "×": "x", "\u00a0": " ", "\u202f": " ", "`": "'",
    }
)  # fmt: skip


def is_gsm7(text: str) -> bool:
    """Whether every sign of ``text`` is in the GSM-7 alphabet or its extension."""
    return all(sign in _BASIC or sign in _DOUBLE for sign in text)


def plain(text: str) -> str:
    """``text`` with typographic signs and accents that GSM-7 lacks written plainly.

    A text that still has others, an emoji of a colleague's for instance, keeps its meaning and
    costs more: it is returned as it came but for the dashes and quotes.
    """
    written = text.translate(_PLAIN)
    return "".join(sign if _fits(sign) else _unaccented(sign) for sign in written)


def parts(text: str) -> int:
    """How many SMS ``text`` is paid as; an empty one is one."""
    if is_gsm7(text):
        length = sum(2 if sign in _DOUBLE else 1 for sign in text)
        return 1 if length <= 160 else -(-length // 153)
    length = len(text.encode("utf-16-be")) // 2
    return 1 if length <= 70 else -(-length // 67)


def _fits(sign: str) -> bool:
    return sign in _BASIC or sign in _DOUBLE


def _unaccented(sign: str) -> str:
    base = unicodedata.normalize("NFKD", sign)
    bare = "".join(one for one in base if not unicodedata.combining(one))
    return bare if bare and is_gsm7(bare) else sign
