"""Messages with more than one wish, cut into clauses: "2 kampas rem beat 2019, ongkir ke sungai
raya brp?". Pure functions on text."""

from __future__ import annotations

import re

from bot.components import text as chat

LONGEST = 400
MOST = 6
"""A pasted list or a long story is not cut: more pieces than this are left whole."""
LEAST_WORDS = 5

_JOINING = (
    r"tr+u+s|terus|trs|s[ek]*kalian|skalian|btw|oh ?iya|o+h?iya|oya|eh iya|sama|dan|and|also|"
    r"plus|then|tapi|but|lalu|terakhir"
)
_HEADS = r"ongkir\w*|onkir\w*|ongkos kirim\w*|bisa cod|bs cod"
_BREAK = re.compile(
    r"(?<=[?!;])\s*(?=\S)|\n+|,\s+|(?<!\bjl)(?<!\bno)(?<!\bgg)(?<!\bkec)(?<!\ba\.n)(?<!\bjln)\.\s+|"
    rf"\s+(?=(?:{_JOINING}|{_HEADS})\b)",
    re.IGNORECASE,
)
_OPENING = re.compile(rf"^(?:(?:{_JOINING})\b[\s,]*)+", re.IGNORECASE)
_CUES = re.compile(
    r"\b(?:ongkos|ongkir|kirim|pengiriman|shipping|deliver\w*|cod|bayar\w*|pay\w*|transfer|"
    r"rekening|qris|jam|buka|tutup|open|close\w*|alamat|lokasi|promo|diskon|discount|poin|points?|"
    r"resi|paket|parcel|status|pesanan|order\w*|sampai|nota|invoice|struk|faktur|komplain|"
    r"complain\w*|keluhan|rusak|broken|salah|wrong|retur|return|refund|orang|manusia|admin|cs|"
    r"human|person|agent|checkout|lanjut|batal|cancel|kampas|busi|oli|ban|part|ada|cari|butuh|mau|beli|ambil|brakes?|"
    r"pads?|plugs?|belt|oil|filter|mirror|battery|tyre|tire|lamp|have|need|want|"
    r"pasang|psg|pairs?|pcs|biji|bijik|total\w*)\b"
)


def pieces(written: str) -> list[str]:
    """The clauses of a message in order; empty when it is one, too long or too broken up."""
    if written.startswith("/") or len(written) > LONGEST or len(written.split()) < LEAST_WORDS:
        return []
    cut = [_OPENING.sub("", piece).strip(" ,") for piece in _BREAK.split(written)]
    found = [piece for piece in cut if re.search(r"\w", piece)]
    if not 2 <= len(found) <= MOST or len(set(_topics(written))) < 2:
        return []
    return found


def _topics(written: str) -> list[str]:
    return _CUES.findall(chat.normalize(written))
