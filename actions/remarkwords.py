"""Words beside the parts themselves: points that are to pay, notes to an order. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NOT = r"(?:ga|gak|nggak|ngga|enggak|gk|tak|ndak|nda|tidak|tdk|dak)"
_POINTS = re.compile(r"\b(?:poin\w*|points?)\b", re.IGNORECASE)
_SPENDS = re.compile(
    r"\b(?:(?:di)?(?:pakai\w*|pake\w*|pkai|pkae|pke|pk|guna\w*|tukar\w*|potong\w*|bayar\w*)|"
    r"redeem\w*|use|using|apply|spend|pay)\b",
    re.IGNORECASE,
)
_DROPS = re.compile(
    rf"\b(?:hapus\w*|buang\w*|copot\w*|lepas\w*|batal\w*|tanpa|{_NOT}\s*(?:jadi|usah|mau)|jangan|"
    r"jgn|remove|drop|without|cancel|don'?t|do not|no points)\b",
    re.IGNORECASE,
)
_LEARNS = re.compile(
    rf"\b(?:apa|ape|apakah|cara\w*|gimana|gmn|bagaimana|camane|berapa|berape|brp|kapan|kenapa|napa|"
    rf"knp|how|what|when|where|why|which|{_NOT}\s*(?:bisa|bise|bs)|can'?t|cannot)\b",
    re.IGNORECASE,
)
LONGEST_WISH = 14
"""A longer message about points is a story, not a wish to use them."""

_POLITE = (
    r"(?:eh|oh|o\s?iya|oya|dan|sama|terus|trus|kak\w*|bang|pak|bu|min|gan|mas|tolong|tlg|mohon|minta|"
    r"please|pls|and|also|tambah\w*|kasi|kasih|beri|tulis\w*|add|put|leave|write|a|the|my|ada|ini)"
)
_CHANGES = r"(?:ganti|ubah|rubah|ralat|change|replace)"
_NOUN = r"(?:catatan(?:nya)?|cttn|notes?|keterangan(?:nya)?|remarks?)"
_NOTE = re.compile(
    rf"^\W*(?:{_POLITE}\s+)*(?P<anew>{_CHANGES}\s+(?:the\s+|my\s+)?)?{_NOUN}\b"
    r"(?:\s*(?:pesanan\w*|order\w*|kurir|driver|tambahan|ya|yah|kak))*\s*(?:(?:is|jadi)\b)?"
    r"\s*[:=,.\-]*\s*(?P<note>.*)$",
    re.IGNORECASE | re.DOTALL,
)
_DROP_NOTE = re.compile(
    rf"^\W*(?:{_POLITE}\s+)*(?:(?:hapus|buang|batal\w*|kosong\w*|remove|delete|drop|clear)\s+"
    rf"(?:the\s+|my\s+)?{_NOUN}|{_NOUN}\s+(?:\w+\s+)?(?:di\s*hapus|hapus|dibatal\w*|batal|"
    rf"{_NOT}\s+(?:jadi|usah)))\b",
    re.IGNORECASE,
)
_LEFT_WITH = re.compile(
    r"\b(?:titip\w*|taruh\w*|taroh\w*|taro|leave (?:it|them|the (?:parcel|package|order)))\b"
    r".*\b(?:satpam|security|pos|tetangga\w*|resepsionis|kantor|teras|warung|guards?|reception|"
    r"neighbou?rs?|porch|gate|pagar|depan rumah|front door)\b",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    rf"^(?P<rest>.*?\w.*?)[\s,.;]+{_NOUN}\s*[:=]\s*(?P<note>\S.*)$", re.IGNORECASE | re.DOTALL
)
_COLOUR = re.compile(r"\b(?:warna\w*|wrn\w*|colou?rs?)\b", re.IGNORECASE)
_OF_ONE = re.compile(r"\b(?:untuk|utk|buat|bwt|yang|yg|for|the)\b", re.IGNORECASE)
_REST = re.compile(
    r"\b(?:sisa\w*|selebih\w*|kurang\w*|the rest|the others?|nyusul\w*|menyusul\w*|"
    r"susul\w*|belakangan)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class NoteSaid:
    """A note as it was written: its words (empty to take it away); ``anew`` replaces another."""

    words: str
    anew: bool = False
    drop: bool = False


def speaks_of_points(text: str) -> bool:
    """Whether the words name points."""
    return bool(_POINTS.search(text))


def points_wanted(text: str) -> bool | None:
    """True for points that are to pay ("pakai poin"), False for not ("ga jadi pakai poin").

    None for everything else, also for a question how it works.
    """
    if not speaks_of_points(text) or len(text.split()) > LONGEST_WISH:
        return None
    if _DROPS.search(text):
        return False
    return True if _SPENDS.search(text) and not _LEARNS.search(text) else None


def note_in(text: str) -> NoteSaid | None:
    """The note that a message is ("catatan: titip di satpam"); None when it is none."""
    if _DROP_NOTE.match(text):
        return NoteSaid("", drop=True)
    found = _NOTE.match(text)
    if found is not None:
        words = found["note"].strip()
        return None if words.endswith("?") else NoteSaid(words, anew=bool(found["anew"]))
    if _LEFT_WITH.search(text) and "?" not in text:
        return NoteSaid(text.strip())
    return None


def is_note(text: str) -> bool:
    """Whether a message begins as a note does, by its name."""
    return bool(_NOTE.match(text) or _DROP_NOTE.match(text))


def apart(text: str) -> tuple[str, str]:
    """A message and the note at its end: "2 busi beat, catatan: titip di satpam"; or no note."""
    found = None if _NOTE.match(text) else _BEHIND.match(text)
    return (found["rest"].strip(" ,.;"), found["note"].strip()) if found else (text, "")


def of_colour(text: str) -> bool:
    """Whether the words speak of a colour."""
    return bool(_COLOUR.search(text))


def of_one(text: str) -> bool:
    """Whether the words single something out ("yang vario", "for the beat")."""
    return bool(_OF_ONE.search(text))


def rest_later(text: str) -> bool:
    """ "3 dulu, sisanya nyusul": what is there now, the rest when it comes."""
    return bool(_REST.search(text))
