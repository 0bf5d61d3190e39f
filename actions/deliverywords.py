"""What a message says about how the parts are to come, and how they are paid. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SELF = r"(?:sendiri\w*|sorang\w*|sendirik|langsung|myself|ourselves)"
_SHOP = (
    r"(?:(?:di|ke|k|d|dari|at|from|in|kat|dekat)\s*(?:the\s+|your\s+)?"
    r"(?:toko\w*|konter\w*|counter|shop|store|gudang\w*|kantor\w*|sana|situ|tempat))"
)
_FETCH = r"(?:(?:di|ng|nge)?(?:ambil|ambek|ambe'|jemput|jempot)\w*|collect\w*|fetch|pick(?:ing)?)"
_PICKUP = re.compile(
    rf"\b{_FETCH}\b(?:\s+\w+){{0,2}}?\s+(?:{_SELF}|{_SHOP})\b|"
    rf"\bpick\s?-?up\b|\bpick (?:it|them) up\b|"
    rf"\b(?:datang|dateng|mampir|meluncur|come|drop by)\s+(?:\w+\s+)?{_SHOP}\b|"
    r"\b(?:ga|gak|nggak|tidak|tak|ndak|jangan)\s*(?:usah|perlu)?\s*di\s?(?:kirim|antar)\w*\b|"
    r"\bno (?:need to )?(?:delivery|deliver|ship\w*)\b",
    re.IGNORECASE,
)
_COURIER = re.compile(
    r"\b(?:(?:pakai|pake|pkai|lewat|via|by|with|use|pk|naik)\s+(?:a\s+|the\s+)?"
    r"(?:kurir|ekspedisi|expedisi|jne|j&t|jnt|sicepat|si cepat|pos|lion|anteraja|courier)|"
    r"(?:kurir|ekspedisi|courier|jne|j&t|jnt|sicepat)\s+(?:aja|saja|jak|je|please|deh|dong))\b",
    re.IGNORECASE,
)
_DRIVER = re.compile(
    r"\b(?:(?:sopir|supir|driver|kurir)\s+(?:toko\w*|sendiri)|your (?:own )?driver|"
    r"(?:pakai|pake|lewat|by|via)\s+(?:the\s+)?(?:sopir|supir|driver)|"
    r"(?:di)?antar\w*\s+(?:aja|saja|jak|je|sopir|supir|toko))\b",
    re.IGNORECASE,
)
_SENT = re.compile(
    r"\b(?:(?:di)?(?:kirim|antar|anter)\w*\s+(?:aja|saja|jak|je|ke rumah|ke alamat\w*|deh|dong)|"
    r"(?:deliver|ship|send) it(?: please)?|delivery please)\b",
    re.IGNORECASE,
)
_AT_DOOR = re.compile(
    r"\bcod\b|\bcash on delivery\b|\bpay(?:ing)? (?:on delivery|at the (?:door|counter|shop))\b|"
    r"\bbayar\w*\s+(?:\w+\s+)?(?:di\s*(?:tempat|rumah|toko|konter|kasir|situ|sana|alamat)|"
    r"(?:pas|saat|waktu|kalau|kalo|ketika|setelah|abis)\s+(?:barang\w*\s+|paket\w*\s+)?"
    r"(?:sampai|sampe|nyampe|datang|dateng|tiba|terima|diterima|ambil|diambil))\b",
    re.IGNORECASE,
)
_TRANSFER = re.compile(
    r"\b(?:transfer|tf|trf|qris)\s*(?:aja|saja|jak|je|deh|please|dulu)\b|"
    r"\b(?:bayar\w*|pay)\s+(?:pakai|pake|lewat|via|by|with)?\s*(?:transfer|tf|qris)\b|"
    r"\b(?:ga|gak|nggak|tidak|tak|ndak|bukan|batal|not)\s*(?:jadi|usah|pakai|pake)?\s*cod\b",
    re.IGNORECASE,
)
_WAYS = re.compile(
    r"\b(?:cara|opsi|pilihan|jenis|metode)\s*(?:pe)?(?:ngiriman|kirim|antar|terima)\w*|"
    r"\bdelivery (?:options?|methods?)\b|\b(?:ganti|ubah|change) (?:cara kirim|delivery)\b",
    re.IGNORECASE,
)
_ASKS = re.compile(
    r"\?|\b(?:bisa\w*|bise\w*|bs|bsa|boleh\w*|ada|ade|apa|apakah|gimana|bagaimana|brp|berapa|berape|nerima|terima|"
    r"can|could|may|do you|is it|how|possible|accept)\b",
    re.IGNORECASE,
)
_SURELY = re.compile(r"\b(?:aja|saja|jak|je|deh|dong|ya|please|ganti|jadi|mau|maok|want)\b", re.I)
_PAPERS = re.compile(r"\b(?:nota|invoice|kwitansi|kuitansi|faktur|uang|receipt)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DeliverySaid:
    """``method`` is driver, courier, pickup or "sent" (any delivery); ``at_door`` whether it is
    paid on delivery; None for what was not said. ``asks``: it is a question, not a choice.
    """

    method: str | None
    at_door: bool | None
    asks: bool


def read(text: str) -> DeliverySaid | None:
    """What ``text`` says about delivery; None if it does not speak of it."""
    method = _method(text)
    at_door = _at_door(text)
    if method is None and at_door is None:
        return DeliverySaid(None, None, asks=True) if _WAYS.search(text) else None
    asks = bool(_ASKS.search(text)) and ("?" in text or not _SURELY.search(text))
    return DeliverySaid(method, at_door, asks)


def _method(text: str) -> str | None:
    if _PAPERS.search(text):
        return None
    if _PICKUP.search(text):
        return "pickup"
    if _DRIVER.search(text):
        return "driver"
    if _COURIER.search(text):
        return "courier"
    return "sent" if _SENT.search(text) else None


def _at_door(text: str) -> bool | None:
    if _TRANSFER.search(text):
        return False
    return True if _AT_DOOR.search(text) else None
