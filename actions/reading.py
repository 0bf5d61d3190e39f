"""What a short remark means, where the intent alone does not say it. Pure functions on text."""

from __future__ import annotations

import re

from actions import correctwords
from crm_core import catalogue
from crm_core.errors import InvalidInput
from crm_core.phone import to_e164

YEAR = re.compile(r"(?<!\d)(?:19[89]\d|20[0-3]\d)(?!\d)")
"""The year of a motorcycle."""
WARRANTY = re.compile(r"\b(?:garansi\w*|grnsi|warrant\w+|guarant\w+)\b", re.IGNORECASE)
_NOT = r"(?:ga|gak|nggak|ngga|enggak|engga|gk|tak|tadak|tada|ndak|dak|nda|ndk|tidak|tdk)"
_CALLS_OFF = re.compile(
    rf"\b(?:{_NOT}\s*(?:usah\s+)?(?:jad[ie]|jd)|g\s*jd|gajadi|gakjadi|batal\w*|dibatal\w*|urung|"
    r"never\s*mind|cancel\w*|forget (?:it|about it)|not any ?more|stop dulu|jangan dulu)\b",
    re.IGNORECASE,
)
_REMOVES = re.compile(
    rf"\b(?:hapus|buang|keluarkan|keluarin|cabut|coret|batal\w*|{_NOT}\s+(?:usah|jad[ie]|jd|pakai|pake)|"
    r"g\s*jd|(?:jangan|jgn)\s+(?:di)?(?:masuk|ikut)\w*|remove|delete|drop|take out|without|tanpa|"
    r"hilangkan|ilangin|"
    r"kosong\w*|empty|clear)\b",
    re.IGNORECASE,
)
_DOWN_TO = re.compile(
    r"\b(?:drop|take)\b.*\b(?:down )?to (?:just |only )?(?:[1-9]\d*|one|two|three|four|five)\b",
    re.IGNORECASE,
)
_ONLY = re.compile(
    r"\b(?:aja|aj|saja|jak|jaklah|je|doang|cukup|only|just|biji|bj|pcs|buah)\b", re.IGNORECASE
)
_CHANGES = re.compile(
    r"\s*(?:mau\s+|tolong\s+|bisa\s+)?(?:ganti\w*|ubah\w*|rubah|edit|change|correct)\b",
    re.IGNORECASE,
)
_EVERYTHING = re.compile(
    r"\b(?:semua\w*|kosong\w*|seluruh\w*|all|everything|empty|clear|isi keranjang)\b", re.IGNORECASE
)
_ADDS = re.compile(r"\b(?:(?:di)?tambah\w*|nambah\w*|plus|more|add|another)\b", re.IGNORECASE)
_LOWERS = re.compile(r"\b(?:kurang\w*|krg\w*|fewer|less)\b", re.IGNORECASE)
_BY = re.compile(r"\b(?:jadi\w*|menjadi|to|aja|saja|only|just|cukup)\b", re.IGNORECASE)
_BARE_NUMBER = re.compile(r"(?<![\w.,/-])(\d{1,4})(?![\w.,/-])")
_PREFIX = {
    "recipient_name": re.compile(
        r"^\s*(?:(?:atas nama|a[./]?n\.?|"
        r"nam[ae](?: say[ae]| kamek| aku| penerima(?:nya)?|ny[ae]|ku)?|penerima(?:nya)?|"
        r"saya|aku|(?:my )?name'?s|(?:tolong )?(?:kirim|antar)(?:kan|in)? ke|kepada|my name is|"
        r"name|i am|i'm|it's|"
        r"(?:please )?(?:send|ship) (?:it )?to|the recipient is|recipient)\s*[:=]?\s+)+",
        re.IGNORECASE,
    ),
    "delivery_address": re.compile(
        r"^\s*(?:(?:alamat(?:ny[ae]| say[ae]| rumah| lengkap)?|"
        r"(?:tolong )?(?:di)?(?:kirim|antar|anter)\w*(?: (?:saja|aja|jak|ya))? ke?|ke|di|"
        r"address(?: is)?|"
        r"send (?:it )?to|my address(?: is)?)\s*[:=]?\s+)+",
        re.IGNORECASE,
    ),
    "district": re.compile(
        r"^\s*(?:(?:kecamatan(?:nya)?|kec\.?|district|di|ke)\s*[:=]?\s+)+", re.IGNORECASE
    ),
}
_STREET = re.compile(
    r"\b(?:jl|jln|jalan|gg|gang|komp(?:lek|leks)?|kompleks|perum\w*|blok|no|rt|rw|desa|dusun|dsn|"
    r"kel|kelurahan|kec|kecamatan|kab|kota|street|road|lorong|bengkel|toko|ruko|parit|"
    r"simpang|dekat|depan|belakang|samping)\b\.?",
    re.IGNORECASE,
)
_STREET_SURE = re.compile(
    r"\b(?:jl|jln|jalan|gg|gang|komp(?:lek|leks)?|kompleks|perum\w*|rt|rw|dusun|street|parit)\b",
    re.IGNORECASE,
)
_PHONE = re.compile(r"(?<!\w)(?:\+?62|0)[\s.-]?8\d(?:[\s.-]?\d){6,11}(?!\w)")
_NAME = re.compile(r"[^\W\d_][^\d_?!:;/\\@#<>{}\[\]]{1,59}")
_TOPIC_HINTS = {
    "hours": r"\b(?:jam|buka|tutup|hari|minggu|libur|open\w*|clos\w*|hours?|kapan)\b",
    "place": r"\b(?:alamat|lokasi|di ?mana|dimane|letak|maps?|address|where|location)\b",
    "contact": r"\b(?:telp\w*|telepon|nomor|no|kontak|wa|phone|contact|number|hubungi)\b",
    "buying": r"\b(?:cara|pesan|beli|order|how|buy)\b",
}


def calls_off(text: str) -> bool:
    """Whether the customer takes back what is being done ("ga jadi", "batal", "never mind")."""
    return bool(_CALLS_OFF.search(text))


def corrects(text: str) -> bool:
    """Whether a short remark takes back or changes something ("batal", "2 aja", "ganti alamat")."""
    short = len(text.split()) <= 4
    return short and (
        calls_off(text) or bool(_CHANGES.match(text)) or catalogue.read_quantity(text) is not None
    )


def only_count(text: str) -> bool:
    """Whether a number is said as a quantity ("2 aja", "just 1"), not as the place of a choice."""
    return bool(_ONLY.search(text)) and catalogue.read_quantity(text) is not None


_COUNT_ONLY = re.compile(
    r"\b(?:i|we|only|just|want|wanna|need|aku|saya|sy|gw|kita|mau|minta|ambil|beli|pesan|order|take|"
    r"please|pls|actually|cuma|cuman|hanya|lah|ya|deh|dong|kak|bang|gan)\b",
    re.IGNORECASE,
)


def is_count(text: str) -> bool:
    """Whether ``text`` only says a number of pieces: "1 pasang aja", "i only want 1 pair"."""
    if "?" in text or len(text.split()) > 6:
        return False
    return catalogue.read_quantity(" ".join(_COUNT_ONLY.sub(" ", text).split())) is not None


def removes(text: str) -> bool:
    """Whether something is to be taken out ("hapus busi", "without the oil").

    "Drop the plugs to 1" leaves one.
    """
    kept = catalogue.without_refused(text)
    said = _REMOVES.search(kept) or correctwords.takes_out(text) is not None
    return bool(said) and not (_DOWN_TO.search(kept) or correctwords.keeps(text))


def everything(text: str) -> bool:
    """Whether it is about the whole cart."""
    return bool(_EVERYTHING.search(text))


def changes_by(text: str) -> int:
    """+1 when the number in ``text`` is to be added, -1 taken off, 0 when it is the new total."""
    if _BY.search(text):
        return 0
    if _ADDS.search(text):
        return 1
    return -1 if _LOWERS.search(text) else 0


_SIDES = {
    "depan": r"depan\w*|dpn\w*|dpan|depn|muka|front",
    "belakang": r"belakang\w*|blakang\w*|belakng|blkg|blkng|blk|rear|back",
    "kiri": r"kiri\w*|kri|left (?:side|hand|one)|the left",
    "kanan": r"kanan\w*|knan|right (?:side|hand|one)|the right",
    "atas": r"atas|upper",
    "bawah": r"bawah|bwh|lower",
    "dalam": r"dalam|dlm|inner",
    "luar": r"luar|outer",
}


def sides_in(text: str) -> tuple[str, ...]:
    """The positions that ``text`` names, as the catalogue writes them."""
    found = [
        (match.start(), side)
        for side, words in _SIDES.items()
        if (match := re.search(rf"\b(?:{words})\b", text, re.IGNORECASE))
    ]
    return tuple(side for _, side in sorted(found))


_RANGE = re.compile(
    r"(?<![\w/.,-])\d{1,3}\s*(?:-|–|s/?d|sampai|sampe|atau|ato|or|to)\s*\d{1,3}(?![\w/,-]|\.\d)",
    re.IGNORECASE,
)


def undecided(text: str) -> bool:
    """Whether a number of pieces is left open: "2-3", "2 atau 3"."""
    return bool(_RANGE.search(text))


def bare_number(text: str) -> int | None:
    """The only number standing alone in ``text`` ("eh bukan, 3 aja"); None if none or several."""
    said = catalogue.without_refused(text)
    found = {int(n) for n in _BARE_NUMBER.findall(said) if not YEAR.fullmatch(n)}
    return found.pop() if len(found) == 1 else None


def phone_in(text: str) -> str | None:
    """The first phone number in ``text`` as E.164, or None."""
    for found in _PHONE.finditer(text):
        try:
            return to_e164(found.group())
        except InvalidInput:
            continue
    return None


def without_phone(text: str) -> str:
    """``text`` without phone numbers."""
    return re.sub(r"\s{2,}", " ", _PHONE.sub(" ", text)).strip(" ,;\n")


def value_of(slot: str, text: str) -> str:
    """``text`` without the words people put before a value ("nama saya", "kirim ke", "kec.")."""
    pattern = _PREFIX.get(slot)
    stripped = pattern.sub("", text) if pattern else text
    return " ".join((stripped.strip(" .,;:") or text.strip()).split())


_POINTS_AT = re.compile(
    r"(?:yang|yg|yng|nomor|nomer|nmr|no|pilih\w*|opsi|option|the)\s.*|"
    r"(?:itu|ini|tadi|this|that)(?:\s+(?:aja|saja|tadi|kak|bang|one))*",
    re.IGNORECASE,
)
"""What points at something that was said ("yang kedua", "itu aja") instead of naming somebody."""


def name_like(text: str) -> bool:
    """Whether ``text`` can be a person's or workshop's name: letters, at most five words."""
    said = text.strip()
    names = bool(_NAME.fullmatch(said)) and 1 <= len(said.split()) <= 5
    return names and not _POINTS_AT.fullmatch(said)


_RECIPIENT = re.compile(
    r"(?:\b(?:penerima\w*|atas nama|recipient|nama\s?(?:nya|penerima\w*|saya|ku)?|namanye|name'?s|"
    r"name)\b|"
    r"\ba[./]?n\b\.?)"
    r"(?:[\s:,=]|\b(?:atas nama|salah|ganti|jadi|yg|yang|bener|benar|betul|itu|is|"
    r"should be|adalah|ke|to|(?:se)?harus\w*|kamek|kame|saye|aku|gue|gw|"
    r"diganti|gantikan|diubah|ubah|menjadi|mjd)\b|"
    r"\b(?:bukan|not)\s+[^\W\d_]+[\s,]*(?:\b(?:tapi|tp|but|melainkan)\b)?)*"
    r"((?:\b(?:dr|drs|dra|ir|prof|h|hj|kh|ust|tn|ny|nn|sdr|sdri|bpk|mr|mrs|ms)\.\s*)*"
    r"[^\W\d_](?:(?!\b(?:jl|jln|jalan|gg|gang|komp|komplek\w*|perum\w*|parit|dusun)\b)"
    r"[^\d_,;?!.\n]){1,39})",
    re.IGNORECASE,
)
_NOT_A_NAME = re.compile(
    r"\b(?:part\w*|barang\w*|apa|siapa|brp|berapa|toko\w*|motor\w*|kamu|anda|saya|deh|aja)\b.*",
    re.IGNORECASE,
)


def recipient_in(text: str) -> str | None:
    """The name that ``text`` gives as the recipient's: "eh salah, namanya Andi", "a.n. Rina"."""
    found = _RECIPIENT.search(text)
    if found is None:
        return None
    name = _NOT_A_NAME.sub("", _before_street(found.group(1))).strip(" -")
    return name[:80] if name and name_like(name) else None


def without_recipient(text: str) -> str:
    """``text`` without the words that name the recipient."""
    found = _RECIPIENT.search(text)
    if found is None or recipient_in(text) is None:
        return text
    end = found.start(1) + len(_before_street(found.group(1)))
    return (text[: found.start()] + text[end:]).strip(" ,.;-\n")


_NO_RECIPIENT = re.compile(
    r"\b(?:ke|di|dari|kirim\w*|antar\w*|alamat\w*|rumah\w*|dengan|sama|saya|aku|ya|iya|ok|oke|lanjut\w*|"
    r"pesan\w*|to|at|send|ship|my|house|the|address|sebelah|arah|lewat|masuk|tinggal\w*)\b",
    re.IGNORECASE,
)


def name_and_street(text: str) -> tuple[str, str] | None:
    """Name and address that no sign parts: "rio jl teratai no 3" is Rio and where he lives."""
    street = _STREET_SURE.search(text)
    if street is None:
        return None
    name = value_of("recipient_name", text[: street.start()])
    person = re.sub(r"^(?:bengkel|toko)\s+", "", name, flags=re.IGNORECASE)
    if not name_like(person) or len(name.split()) > 4 or _STREET.search(person):
        return None
    return None if _NO_RECIPIENT.search(name) else (name, text[street.start() :].strip())


def _before_street(name: str) -> str:
    """ "Doni jl raya wajok hulu" is Doni, and then where he lives."""
    street = _STREET_SURE.search(name)
    return name[: street.start()] if street else name


def address_like(text: str) -> bool:
    """Whether ``text`` can be an address: it names a street or place and asks nothing."""
    if "?" in text or len(text.strip()) < 5:
        return False
    return bool(_STREET.search(text)) and (len(text.split()) >= 2)


def moves_address(text: str) -> bool:
    """Whether ``text`` says where to send it instead: "kirim ke jln purnama no 21"."""
    to = re.search(r"\b(?:kirim\w*|antar\w*|alamat\w*|send|ship|address)\b", text, re.IGNORECASE)
    return bool(to) and surely_address(text)


_HOUSE = re.compile(
    r"\b(?:no(?:mor|mer)?|nmr|nmer|number|rumah)(?:ny[ae])?\.?\s*(?:rumah\w*\s*)?"
    r"(?:(?:salah|keliru|wrong|itu|yang|yg|benar\w*|bener\w*|betul\w*|(?:se)?harus\w*|should be|is|"
    r"it's|jadi|bukan \d+|not \d+|tapi|tp|but)[\s,.]+)*(?:no(?:mor)?\.?\s*)?"
    r"(\d{1,4}(?:\s?[a-z])?)\b",
    re.IGNORECASE,
)


_NOT_THAT_HOUSE = re.compile(r"\b(?:bukan|bkn|not)\s+(?:no(?:mor|mer)?\.?\s*)?\d+\b", re.IGNORECASE)
_MILESTONE = re.compile(r"\bkm\.?\s*(\d{1,3}(?:[.,]\d)?)\b", re.IGNORECASE)


def milestone(text: str) -> str | None:
    """The kilometre that a short remark names instead: "bukan km 20, km 22"."""
    found = _MILESTONE.findall(text)
    return found[-1] if found and len(text.split()) <= 8 else None


def with_milestone(address: str, number: str) -> str:
    """``address`` at another kilometre; as it was where it has none."""
    return _MILESTONE.sub(lambda m: m.group().replace(m.group(1), number), address, count=1)


def house_number(text: str) -> str | None:
    """The house number that a short remark names and nothing else: "bukan, rumah no 5"."""
    found = _HOUSE.findall(_NOT_THAT_HOUSE.sub(" ", text))
    return found[0].strip() if len(found) == 1 and len(text.split()) <= 7 else None


def with_house_number(address: str, number: str) -> str:
    """``address`` with another house number; behind the street where it has none."""
    at = list(_HOUSE.finditer(address))
    if not at:
        street, comma, rest = address.partition(",")
        return f"{street} no {number}{comma}{rest}"
    return address[: at[-1].start(1)] + number + address[at[-1].end(1) :]


def surely_address(text: str) -> bool:
    """Whether ``text`` is an address whatever else it might be: it names a street."""
    return "?" not in text and bool(_STREET_SURE.search(text)) and len(text.split()) >= 3


def store_topic(text: str) -> str:
    """What somebody wants to know of the shop: hours, place, contact, buying, or profile."""
    for topic, pattern in _TOPIC_HINTS.items():
        if re.search(pattern, text, re.IGNORECASE):
            return topic
    return "profile"


_ADVICE = {
    "oil": r"\b(?:oli|oil|pelumas|gardan)\b",
    "plug": r"\b(?:busi|spark)\b",
    "belt": r"\b(?:v-?belt|vanbelt|cvt|roller|kampas ganda)\b",
    "brake": r"\b(?:rem|kampas|brake|cakram|disc)\b",
    "battery": r"\b(?:aki|accu|battery|starter|stater)\b",
    "chain": r"\b(?:rantai|gir|gear|chain|sprocket)\b",
    "filter": r"\b(?:filter|saringan)\b",
    "coolant": r"\b(?:coolant|radiator|panas|overheat\w*)\b",
}


def advice_topic(text: str) -> str:
    """What a maintenance question is about; "general" when it names nothing we have words for."""
    for topic, pattern in _ADVICE.items():
        if re.search(pattern, text, re.IGNORECASE):
            return topic
    return "general"


def two_languages(text: str) -> str | None:
    """The language that ``text`` asks for, or None."""
    if re.search(r"\b(?:english|inggris|ingris|eng|bule)\b", text, re.IGNORECASE):
        return "en"
    if re.search(r"\b(?:indonesia\w*|indo|bahasa|melayu|id)\b", text, re.IGNORECASE):
        return "id"
    return None
