"""How a customer is spoken to in Indonesian: Kak, Bang, Pak, Bu, Gan, Bos, Om, Mas. Pure.

People say it themselves: who writes "bang, ada busi?" is at ease with Bang, and "saya Pak Hendra"
settles it. Nothing is ever guessed from a name, a voice or a picture; who says nothing is Kak.
"""

from __future__ import annotations

import re

DEFAULT = "Kak"
FORMS: dict[str, str] = {
    "Kak": "Kakak",
    "Bang": "Abang",
    "Pak": "Bapak",
    "Bu": "Ibu",
    "Gan": "Agan",
    "Bos": "Bos",
    "Om": "Om",
    "Mas": "Mas",
    "Mbak": "Mbak",
}
"""The short form by which one is called, and the long one that stands for "you"."""

_WRITTEN = {
    "Kak": r"kak|kakak|kk|ka",
    "Bang": r"bang|abang|bg|bng",
    "Pak": r"pak|bapak|pk|bpk",
    "Bu": r"bu|ibu|ibuk|buk",
    "Gan": r"gan|agan|juragan",
    "Bos": r"bos|boss|bosku|bosque|bosqu|bosq",
    "Om": r"om",
    "Mas": r"mas|mz",
    "Mbak": r"mbak|mba|mbk",
}
_MIRRORED = ("Kak", "Bang", "Pak", "Bu", "Gan", "Bos", "Om", "Mas")
"""Said to the shop, these are friendly whoever is meant; "mbak" supposes a woman at the desk."""

_SHOP = "|".join(_WRITTEN[form] for form in _MIRRORED)
_ANY = "|".join(_WRITTEN.values())
_CLAIMED = "|".join(_WRITTEN[form] for form in ("Kak", "Bang", "Pak", "Bu", "Mas", "Mbak"))
_OF_SOMEBODY = (
    r"(?:jl|jln|jalan|gg|gang|komp|desa|dsn|sama|sm|dengan|dgn|buat|bwt|untuk|utk|utuk|punya|punye|"
    r"milik|si|ke|kpd|kepada|dari|dr|kata|nama|namanya|an|penerima|penerimanya|bengkel|toko|rumah|"
    r"istri|suami|anak|motor|warna|wrn|saya|sy|aku|ini|panggil|dan|atau|ya itu|oleh|bersama|"
    r"kirim|antar|titip|para)"
)
_SPOKEN_TO = re.compile(rf"(?<![\w.'-])({_SHOP})(?![\w'-])(?!\.\w)", re.IGNORECASE)
_BEFORE = re.compile(rf"\b{_OF_SOMEBODY}[\s.:/]*$", re.IGNORECASE)
_GREETED = re.compile(
    r"^\W*(?:(?:ass?alam\w*|as+lm\w*|asw\w*|halo+|hallo+|hal+o|hai+|hei|hi|p|permisi|misi|pagi|siang|"
    r"sore|malam|mlm|selamat|slamat|wr|wb|warahmatullah\w*|wabarakatuh|ok|oke|siap|makasih|"
    r"makasi|mksh|thanks?|thx|maaf|mf|tolong|tlg|iya|ya|y|gini|jadi|eh|nah|woi|oi|bro)\W*)*$",
    re.IGNORECASE,
)
_NAME_FOLLOWS = re.compile(r"\s+[A-Z][a-z]+")
_KIN_FOLLOWS = re.compile(r"\s+(?:saya|sy|aku|ku|nya|kami|kita|kamek|mertua|tua|rt|rw)\b", re.I)
_CLAUSE_ENDS = re.compile(r"\s*(?:[,.!?:;\n)]|$|[^\w\s])")

_NO_NAME = (
    r"(?:mau|mw|ada|minta|cari|pesan|pesen|beli|butuh|perlu|nanya|tanya|tadi|udah|sudah|udh|belum|"
    r"blm|yang|yg|dari|di|ke|juga|bisa|ga|gak|tidak|kemarin|order|ambil|jadi|aja|saja|siapa|"
    r"sendiri|kirim|bayar|transfer|tf|lagi|orang|punya|ini|itu|sih|dong|ya|saya|pengen|lupa|kasih)"
)
_OWN = re.compile(
    rf"\b(?:saya|sy|aku|nama(?:nya|\s+saya)?|atas\s+nama|a\.?\s?n\.?|penerima(?:nya)?)\s*[:=]?\s*"
    rf"({_CLAIMED})\.?\s+(?!{_NO_NAME}\b)[a-z]{{3,}}",
    re.IGNORECASE,
)
_CALL_ME = re.compile(
    rf"\b(?:panggil|pgl|call\s+me|sebut)\s+(?:saya\s+|aku\s+|aja\s+|saja\s+|aj\s+)*({_ANY})\b",
    re.IGNORECASE,
)
_NOT_SO = re.compile(
    rf"\b(?:jangan|jgn|ga\s+usah|gak\s+usah|tak\s+usah|bukan)\s+(?:di)?(?:panggil\s+)?({_ANY})\b",
    re.IGNORECASE,
)
_TITLED = re.compile(rf"^\s*({_ANY})\.?\s+(?=[^\W\d_])", re.IGNORECASE)


def form_of(written: str) -> str | None:
    """The form that a written title stands for ("bg" is Bang, "Ibu" is Bu), or None."""
    plain = written.strip().strip(".").casefold()
    for form, pattern in _WRITTEN.items():
        if re.fullmatch(pattern, plain):
            return form
    return None


def mirrored(text: str) -> str | None:
    """How ``text`` addresses the shop, which is how its writer likes to be addressed; else None.

    "Pak" in "kirim ke Pak Amat", "bapak saya" or "Jl. Pak Kasih" addresses nobody. The last one
    said counts.
    """
    found = [
        match.group(1) for match in _SPOKEN_TO.finditer(text) if _addresses_the_shop(text, match)
    ]
    return form_of(found[-1]) if found else None


def own(text: str) -> str | None:
    """The title that its writer claims ("saya Pak Hendra", "a.n. Bu Siti", "panggil bang aja").

    "Jangan panggil Pak" goes back to Kak. None when nothing of the kind is said.
    """
    refused = _NOT_SO.search(text)
    if refused and "panggil" in refused.group().casefold():
        return DEFAULT
    called = _CALL_ME.search(text) or _OWN.search(text)
    return form_of(called.group(1)) if called else None


def of_name(name: str) -> str | None:
    """The title before a name ("Bu Siti" is Bu), or None: a bare name says nothing."""
    titled = _TITLED.match(name)
    return form_of(titled.group(1)) if titled else None


def bare(name: str) -> str:
    """A name without the title before it: "Pak Hendra" is "Hendra"."""
    return _TITLED.sub("", name, count=1).strip() or name.strip()


def forms(honorific: str | None) -> dict[str, str]:
    """What fills ``{kak}`` and ``{kakak}`` in a sentence; Kak for None or anything unknown."""
    form = honorific if honorific in FORMS else DEFAULT
    return {"kak": form, "kakak": FORMS[form]}


def _addresses_the_shop(text: str, match: re.Match[str]) -> bool:
    before, after = text[: match.start()], text[match.end() :]
    if _BEFORE.search(before) or _KIN_FOLLOWS.match(after):
        return False
    if _CLAUSE_ENDS.match(after):
        return True
    if _NAME_FOLLOWS.match(after):
        return False
    # In the middle of a sentence only the short forms are surely said to somebody.
    return bool(_GREETED.match(before)) or match.group(1).casefold() not in _LONG


_LONG = frozenset({"bapak", "ibu", "kakak", "abang", "ka", "pk", "juragan"})
