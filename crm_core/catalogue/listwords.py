"""The signs and words of pasted lists. Data of ``shoppinglist``."""

from __future__ import annotations

import re
from functools import cache

from crm_core.catalogue.quantitywords import BUNDLES, PIECES, VERBS
from crm_core.numberwords import WORDS as NUMBER_WORDS

BULLET = re.compile(
    r"^\s*(?:[*•·●▪◦>✓✔☑□◻]+\s*|[-–—]+\s*(?=[^\W_])|(?:no\.?\s*)?\d{1,3}\s*[.)]\s*(?=[^\W_]))"
)
STAMP = re.compile(r"^\s*\[[^\]]{5,40}\]\s*[^:]{1,40}:\s*")
"""What a chat puts before a forwarded message: "[12/11 10.30] Budi: "."""
INLINE_NUMBER = re.compile(r"(?<!\S)(\d{1,3})[.)]\s*(?=[^\W\d_])")
JOINT = re.compile(
    r"\s*;\s*|\s*,(?!\d)\s*|(?<=\D),\s*|\s+(?:dan|sama|dgn|dengan|and|plus|trus|terus|lalu|&|\+)\s+|"
    r"(?<=\d)\s+(?=(?:depan|dpn|belakang|blkg|blk|kiri|kanan)\s+\d)",
    re.IGNORECASE,
)
_SIDES = (
    ("depan|dpn|front", r"belakang\w*|blkg\w*|blk|rear"),
    ("belakang|blkg|blk|rear", r"depan\w*|dpn\w*|front"),
    ("kiri|kri|left", r"kanan\w*|knan|right"),
    ("kanan|knan|right", r"kiri\w*|kri|left"),
)
BOTH_SIDES = tuple(
    re.compile(rf"\b({one})(?:\s*[/&]\s*|\s+)({other})\b", re.IGNORECASE) for one, other in _SIDES
)
"""Two sides of a thing without "dan" between: "kampas rem depan belakang"."""
PAIR_OF_SIDES = re.compile(
    r"\b(?:sepasang|spasang|sepsang|(?:1|satu) (?:pasang|psg)|(?:a|1|one) pair(?: of)?)\b"
    r"((?:\W+[^\W\d_]+){0,4}?)[\s,]*\b(kiri|left|kanan|right)\b\s*(?:[/&+,]|dan|sama|and|\s)\s*"
    r"\b(kanan|right|kiri|left)\b",
    re.IGNORECASE,
)
"""A pair of left and right is one of each."""
_CHAIN, _GEAR = r"(?:rantai|rante|chains?)", r"(?:gir|gear|gier|geer|sprockets?|sproket)"
_KIT = r"(?:\s*(?:set|kit))?"
_WITH = r"\s*(?:\b(?:dan|sama|and)\b|[&+])\s*"
CHAIN_KIT = re.compile(
    rf"\b(?:{_CHAIN}{_WITH}{_GEAR}|{_GEAR}{_KIT}{_WITH}{_CHAIN}){_KIT}\b"
    r"(?!\s+(?:depan|dpn|belakang|blkg|blk|front|rear|roda|set|kit|\d))",
    re.IGNORECASE,
)
"""One thing that is called by two: it is sold as a set."""
CODE = re.compile(
    r"\b\d{5}[ -]?(?:(?=[a-z0-9]*[a-z])[a-z0-9]{3}|\d{3})[ -]?[a-z0-9]{2,6}\b"
    r"(?!\s*(?:rb|ribu|k)\b)|"
    r"\b\d{5}-\d{3,5}\b|\b\d{5}-[a-z][a-z0-9]{2}\b|"
    r"\b(?=(?:[a-z]*\d){3})(?=[a-z0-9]*[a-z])[a-z0-9]{8,}\b",
    re.IGNORECASE,
)
OWN_NAME = re.compile(r"\b[ms]px ?\d?\b|\b(?:ahm|federal) oil\b", re.IGNORECASE)
"""Products that people call by a name without saying what they are."""
STREET = re.compile(r"\b(?:jl|jln|jalan|gg|gang|rt|rw|komplek\w*|kompleks|perum\w*)\b")
HEADERS = frozenset(
    "list daftar pesanan orderan order nota catatan belanja belanjaan keperluan kebutuhan minta "
    "listnya daftarnya pesananku".split()
)
NAMES_SOMEBODY = frozenset("bengkel toko dari nama alamat pengirim penerima kepada from to".split())
ALL = re.compile(r"\b(?:semua\w*|seluruhnya|all|everything)\b")
SECOND_THOUGHT = re.compile(
    r"\b(?:eh|bukan\w*|maksud\w*|salah|ralat|ganti|ga jadi|gak jadi|gajadi|batal\w*|beda\w*|"
    r"atau|ato|or|apa sama|sama aja|sama ga\w*|i mean|instead|rather|not)\b"
)
STORY = re.compile(
    r"\b(?:tapi|kok|komplain|complain|retur|rusak|pecah|salah kirim|belum (?:sampai|datang|nyampe)|"
    r"blm (?:sampai|datang)|kecewa|refund|nyampe|datang|batal\w*|hapus|transfer|resi)\b"
)
CHATTER = frozenset(
    "tolong dicek cek cekin harganya harga total totalnya brp berapa semua semuanya kak pak bang "
    "bos gan min ya dong makasih terima kasih thanks please pls minta mohon dibantu bantu siap "
    "ready ada stok stoknya list daftar pesanan orderan bengkel toko motor sparepart spare part "
    "parts barang barangnya untuk utk buat ini itu segera hari mau pesan order beli halo hai "
    "selamat pagi siang sore malam assalamualaikum permisi sekalian kirim kirimin jumlah qty "
    "price check how much pcs biji buah set unit".split()
)

_VERBS = "|".join(sorted(VERBS, key=len, reverse=True))
_NUMBER_WORDS = "|".join(sorted(NUMBER_WORDS, key=len, reverse=True))
ORDERING = re.compile(
    rf"^(?:(?:{_VERBS}|sama|dan|juga|and|plus|of)\s+)+(?:(?:{_NUMBER_WORDS})\s+)?(?=\w{{2}})|"
    rf"^(?:{_NUMBER_WORDS})\s+(?=\w{{2}})",
    re.IGNORECASE,
)
"""What stands before the thing itself: "sama", "mau dua", "one"."""
TRAILING = re.compile(
    r"(?:\s+(?:juga|jg|ya|yaa|kak|bang|pak|dong|deh|aja|saja|ada|too|also|please|pls))+\s*[?!.]*$",
    re.IGNORECASE,
)
_UNITS = "|".join(sorted(PIECES | BUNDLES.keys(), key=len, reverse=True))


@cache
def counts(quantity: int) -> tuple[re.Pattern[str], ...]:
    """How ``quantity`` pieces may be written in a line, the fullest way first."""
    number = rf"0*{quantity}"
    written = (
        rf"[=:(x@-]*\s*\b(?:qty|jml|jumlah|sebanyak|x)?\s*[=:]?\s*\b{number}\s*(?:{_UNITS}|x)\b\.?\)?",
        rf"(?<!\w)x\s*{number}\b",
        rf"\b(?:qty|jml|jumlah|sebanyak)\s*[=:]?\s*{number}\b",
        rf"[=:(-]\s*{number}\b\)?\s*$",
        rf"^\s*(?:(?:{_VERBS})\s+)?{number}\s+(?=[^\W\d])",
        rf"\s{number}(?=\s*(?:ya|aja|kak|bang|dong|lah|saja|juga|jg)?\s*[.,]?\s*$)",
    )
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in written)
