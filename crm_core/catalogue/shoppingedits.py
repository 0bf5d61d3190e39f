"""Changes to a quoted list, by the numbers of its lines: "baris 2 jadi 5", "no 3 skip". Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from crm_core.catalogue.quantity import find_quantity, read_quantity

_LINE = r"(?:baris|brs|line|row|item|no|nomor|nomer|nmr|number|poin|#)\s*\.?\s*(?:ke\s*-?\s*)?"
_SURE_LINE = re.compile(r"^(?:baris|brs|line|row|item|poin|#)\b", re.IGNORECASE)
_NOT = r"(?:ga|gak|nggak|ngga|enggak|tak|ndak|nda|tidak|tdk)"
_OUT = (
    r"(?:skip|lewati|lewat|lewatin|hapus|buang|coret|keluarkan|keluarin|cabut|hilangkan|ilangin|"
    rf"remove|delete|drop|cancel|batal\w*|kosongkan|{_NOT}\s*(?:usah|jadi|perlu|pakai|pake))"
)
_POLITE = r"(?:\s+(?:aja|saja|ya|kak|bang|pak|dong|dulu|deh|lah|please|pls|juga))*\s*[.!]*"
_TAKE_OUT = re.compile(
    rf"(?:tolong\s+)?{_OUT}\s+(?:yang\s+)?{_LINE}(?P<lines>\d{{1,3}}(?:\s*(?:,|dan|&|sama|and)\s*"
    rf"(?:{_LINE})?\d{{1,3}})*){_POLITE}",
    re.IGNORECASE,
)
_LINE_OUT = re.compile(
    rf"(?:yang\s+)?{_LINE}(?P<lines>\d{{1,3}}(?:\s*(?:,|dan|&|and)\s*\d{{1,3}})*)\s+"
    rf"(?:di\s*)?{_OUT}{_POLITE}",
    re.IGNORECASE,
)
_NEW_COUNT = re.compile(
    rf"(?:tolong\s+|yang\s+|ubah\s+|ganti\s+|change\s+)*{_LINE}(?P<line>\d{{1,3}})\s*"
    rf"(?:jadi\w*|menjadi|jd|ganti(?:\s+jadi)?|ubah(?:\s+jadi)?|cukup|ambil|to|=|:|->|x)\s*"
    rf"(?P<count>[^,;\n]{{1,30}}?){_POLITE}",
    re.IGNORECASE,
)
_SAYS = re.compile(rf"{_LINE}(?P<line>\d{{1,3}})\s*[:=,-]?\s+(?P<text>\S.{{2,150}})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Edit:
    """What happens to line ``line``: another quantity, out of the list, or other words for it."""

    line: int
    kind: Literal["quantity", "remove", "say"]
    quantity: int | None = None
    text: str = ""


def read_edits(text: str) -> tuple[Edit, ...]:
    """The changes that ``text`` asks for; () unless all of it is such changes."""
    found: list[Edit] = []
    pieces = re.split(r"[,;\n]+|\s(?:dan|terus|trus|lalu|and|then)\s", text)
    for piece in (piece.strip() for piece in pieces):
        edits = _edits_of(piece) if piece else ()
        if piece and not edits:  # "hapus baris 2, 4"
            return _edits_of(text.strip())
        found.extend(edits)
    return tuple(found)


def _edits_of(piece: str) -> tuple[Edit, ...]:
    out = _TAKE_OUT.fullmatch(piece) or _LINE_OUT.fullmatch(piece)
    if out is not None:
        return tuple(Edit(int(n), "remove") for n in re.findall(r"\d{1,3}", out["lines"]))
    count = _NEW_COUNT.fullmatch(piece)
    if count is not None:
        quantity = read_quantity(count["count"])
        if quantity is not None:
            return (Edit(int(count["line"]), "quantity", quantity),)
        if re.fullmatch(r"0+", count["count"].strip()):
            return (Edit(int(count["line"]), "remove"),)
    says = _SAYS.fullmatch(piece)
    if says is not None and _SURE_LINE.match(piece):
        words = re.sub(r"^(?:jadi|ganti|itu|yang|yg)\s+", "", says["text"], flags=re.IGNORECASE)
        return (Edit(int(says["line"]), "say", find_quantity(words), words),)
    return ()
