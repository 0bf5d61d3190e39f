"""Numbers that are named only to be refused: "jangan 2, 1 dulu", "2013 bukan 2019", "1 not 2".

People correct a number by saying the wrong one as well. It must never be taken for the right one,
so it is left out before anything is counted. Pure.
"""

from __future__ import annotations

import re

from crm_core import numberwords
from crm_core.catalogue import quantitywords as said_as

NOT = r"(?:g|ga|gak|gk|nggak|ngga|enggak|engga|tak|tadak|ndak|dak|nda|ndk|tidak|tdk|kagak|kaga)"
"""Not, before "jadi" or "usah"."""
_UNITS = "|".join(sorted({*said_as.PIECES, *said_as.BUNDLES}, key=len, reverse=True))
_WORDS = "|".join(sorted({*numberwords.WORDS, *said_as.WHOLE, *said_as.ONE}, key=len, reverse=True))
_TAILS = "belas|blas|bls|puluh|pulu|pluh|plh|ratus"
_NUMBER = (
    rf"(?:\d{{1,5}}(?![\w]*\d)(?:{_UNITS}|nya|[a-d])?|(?:{_WORDS})(?:\s+(?:{_TAILS}))*|"
    rf"setengah(?=\s+(?:{_UNITS})\b))\b(?:\s*(?:{_UNITS})\b)?(?![.,/-]\d)"
)
_LEADS = (
    r"(?:(?:yg|yang|sampai|sampe|nyampe|ambil|ambek|ambik|beli|pesan|pesen|order|kirim|take|send|"
    r"want|need|buy|get|the|langsung|jad[ie]|jd|usah|perlu|mau|butuh|buat|bwt|untuk|utk|for|"
    r"tahun|thn|taun|th|year|nomor|nomer|nmr|no|number|km|rt|rw|blok|gang|gg|lantai)\.?\s+)"
)
_PLAIN = r"bukan(?:ny[ae]|lah|kah)?|bkn|bukn"
_HARD = (
    r"jangan(?:lah)?|jgn|jngn|jgan|don'?t|do not|not|instead of|rather than|daripada|ketimbang|"
    r"no longer"
)
_OFF = rf"{NOT}\s*(?:jad[ie]|jd|usah|ush|perlu)(?:lah)?|gajadi|gakjadi|gausah|gjd"
_REFUSED = re.compile(
    rf"\b(?:(?P<hard>{_HARD})|{_PLAIN}|{_OFF})\s+{_LEADS}{{0,3}}{_NUMBER}",
    re.IGNORECASE,
)
_TAKEN_BACK = re.compile(
    rf"(?<![\w.,/-]){_NUMBER}\s+(?:(?:itu|tu|tadi|is|was)\s+)?"
    rf"(?P<off>{_OFF}|batal|kebanyak+an|kelebihan|too many|too much)\b"
    r"(?=\s*(?:[,.;!\n]|$))",
    re.IGNORECASE,
)
_FROM = re.compile(
    rf"\b(?:dari|dr|from)\s+{_NUMBER}(?=\s+(?:jadi|jd|menjadi|ke|to|k)\s+{_NUMBER})", re.IGNORECASE
)
_REFUSES = re.compile(
    rf"\b(?:bukan|bkn|bukn|jangan|jgn|jngn|jgan|do|not|instead|rather|daripada|ketimbang|no|dari|dr|"
    rf"from|batal|keb|kel|too|{NOT}|gajadi|gakjadi|gausah|gjd)",
    re.IGNORECASE,
)
_ANY = re.compile(rf"(?<![\w.,/-]){_NUMBER}", re.IGNORECASE)
_ONLY = re.compile(
    r"\s*(?:aja|aj|ajah|saja|sj|jak|jaklah|je|doang|only|dulu|dl|deh|dong|lah|cukup)\b",
    re.IGNORECASE,
)


def without_refused(text: str) -> str:
    """``text`` without the numbers that it refuses; as it was where it refuses none.

    "Bukan 3 aja" and "ga jadi 3 aja" name no other number: there the no is to what was before, and
    the number counts. After "jangan" it never does.
    """
    if not _REFUSES.search(text):
        return text
    for pattern in (_REFUSED, _TAKEN_BACK, _FROM):
        text = pattern.sub(lambda found: _left(found, found.string), text)
    return text


def _left(found: re.Match[str], text: str) -> str:
    """What stays of a refusal: nothing, or all where its number is the only one and is meant."""
    groups = found.groupdict()
    if _ANY.search(text[: found.start()] + " , " + text[found.end() :]):
        return " , "
    if groups.get("off"):  # "busi 2 ga jadi": no other number, so it is the busi
        return f" {groups['off']}"
    meant = _ONLY.match(text, found.end()) and not groups.get("hard")
    return found.group() if meant else " , "
