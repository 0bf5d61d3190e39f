"""The words by which complaints are recognised: Indonesian as typed, and English."""

from __future__ import annotations

import re
import unicodedata

LONG_WAIT_DAYS = 7
"""Who has waited a week is looked at first."""

_NOT = r"(?:tidak|tdk|ga|gak|gk|ngga|nggak|nda|ndak|enggak|engga|kagak|not|isn t|is not)"
_YET = r"(?:belum|blm|blum|blom|belom|gak kunjung|tak kunjung|ga kunjung|has not|hasn t|not yet)"


def _any(*parts: str) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(parts) + r")\b")


_FRAUD = _any(
    r"(?:me)?nipu\w*", r"\w*tipu\w*", r"penipu\w*", r"palsu", r"kw", r"scam\w*", r"fraud\w*",
    r"fake", r"counterfeit", r"bohong\w*",
)  # fmt: skip
_WRONG_ITEM = _any(
    r"salah (?:barang\w*|kirim\w*|part\w*|ukuran|tipe|type|warna|motor|produk|order|ambil|packing)",
    r"salah(?! (?:transfer|tf|satu|paham|nomor|rekening|bayar))",
    r"beda (?:barang|dari|sama|dgn|dengan|warna|ukuran|tipe|part)",
    r"berbeda",
    rf"{_NOT} (?:sesuai|cocok|pas|muat|sama|masuk)",
    r"(?:ter|ke)tukar",
    r"bukan (?:yang|yg)",
    r"wrong (?:item|part|size|colou?r|one|product|order|model)",
    r"not what i ordered", r"(?:does not|doesn t|didn t|did not) fit",
    r"different (?:from|part|item)",
)  # fmt: skip
_DAMAGED = _any(
    r"(?:ke)?rusak\w*", r"pecah\w*", r"retak\w*", r"patah\w*", r"bocor\w*", r"penyok\w*",
    r"baret\w*", r"lecet\w*", r"cacat", r"jebol", r"sobek", r"robek", r"karatan", r"berkarat",
    r"bengkok", r"macet", r"mati total",
    rf"{_NOT} (?:nyala|hidup|berfungsi|fungsi|bisa dipakai|bisa dipake)",
    r"broken?", r"damaged?", r"crack\w*", r"defect\w*", r"leak\w*", r"faulty", r"bent",
    r"scratch\w*",
    r"(?:does not|doesn t|did not|didn t) work", r"not working",
)  # fmt: skip
_MISSING = _any(
    r"kurang (?:barang\w*|jumlah\w*|lengkap|kirim|isi\w*|satu|dua|tiga|\d+|se\w+)",
    r"(?:barang|isi|paket|jumlah|kiriman|pesanan|part)(?:nya|ku|an)? (?:\w+ ){0,2}kurang",
    r"kekurangan (?:barang|part|\d+)", rf"{_NOT} lengkap", r"ketinggalan",
    r"(?:cuma|cuman|hanya) (?:dapat|dapet|datang|dateng|dikirim|ada|isi|terima|nyampe)",
    r"missing", r"only (?:got|received|\w+ (?:came|arrived))", r"incomplete", r"short by",
)  # fmt: skip
_SLOW_SERVICE = _any(
    r"(?:bala\w*|dibala\w*|respo\w*|jawab\w*|dijawab|admin\w*|cs) (?:\w+ ){0,3}"
    r"(?:lambat|lama|lelet|slow|telat)",
    r"(?:lambat|lama|slow) (?:\w+ ){0,2}(?:bala\w+|dibala\w+|respo\w+|jawab\w*|dijawab|repl\w+)",
    rf"(?:{_NOT}|{_YET}) (?:di ?)?(?:bala\w+|respo\w+|jawab\w*|gubris|tanggapi)",
    r"nobody (?:answers|replies|answered|replied)", r"no (?:reply|response|answer)",
)  # fmt: skip
_NOT_ARRIVED = _any(
    rf"(?:{_YET}|{_NOT}) (?:\w+ ){{0,2}}(?:sampa[iy]\w*|sampe\w*|nyampe\w*|nyampai|datang\w*"
    r"|dateng\w*|tiba|diterima|terima|dikirim\w*|arrived?|received|come|came|shipped|delivered)",
    r"lambat\w*", r"lama (?:banget|sekali|bgt|amat|kali|nunggu|nya)", r"kelamaan", r"telat",
    r"terlambat", r"lelet", r"(?:nunggu|tunggu|menunggu) (?:\w+ ){0,2}(?:lama|hari|minggu)",
    r"(?:nunggu|tunggu|menunggu) (?:\w+ )?(?:paket|barang|kiriman|pesanan)\w*",
    r"late", r"never (?:came|arrived)", r"delay\w*", r"slow", r"still waiting",
    r"where(?: is|s| s) my (?:order|package|parcel|part)",
    rf"resi\w* (?:\w+ )?{_NOT} (?:\w+ )?(?:gerak|update|jalan|berubah|valid|ada)",
)  # fmt: skip
_PAYMENT = _any(
    r"refund\w*", r"uang (?:\w+ ){0,3}(?:kembali\w*|balik\w*|dikembalikan)", r"kembalikan uang",
    r"(?:bayar|transfer|tf|potong|charge\w*) (?:dua kali|2x|2 kali|doub?le|dobel|twice)",
    r"(?:doub?le|dobel) (?:bayar|transfer|tf|charge\w*)", r"salah transfer",
    r"kelebihan (?:bayar|transfer)", r"(?:sudah|udah|sdh|dah|uda) (?:bayar|transfer|tf|lunas)",
    r"money back", r"charged", r"paid (?:\w+ ){0,4}but", r"payment",
)  # fmt: skip
_SERVICE = _any(
    r"(?:pe)?layanan\w*", r"kasar", rf"{_NOT} ramah", r"jutek", r"judes", r"cuek", r"kurang ajar",
    r"admin\w*", r"cs", r"respon\w*", r"karyawan\w*", r"kurir\w*", r"rude", r"service", r"ignored",
    r"impolite", r"unfriendly",
)  # fmt: skip

MATTERS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("fraud", _FRAUD),
    ("damaged", _DAMAGED),
    ("wrong_item", _WRONG_ITEM),
    ("missing_item", _MISSING),
    ("service", _SLOW_SERVICE),
    ("not_arrived", _NOT_ARRIVED),
    ("payment", _PAYMENT),
    ("service", _SERVICE),
)
"""Matters with their words, the gravest first."""

ANGRY = _any(
    r"marah\w*", r"emosi", r"geram", r"muak", r"kes[ae]l\w*", r"jengkel\w*", r"bangsat", r"anjing",
    r"anjir", r"goblok", r"tolol", r"bego", r"kampret", r"brengsek", r"sialan", r"kurang ajar",
    r"kurangajar", r"penipu\w*", r"nipu", r"parah (?:banget|bgt|sekali|kali)", r"angry", r"furious",
    r"pissed", r"outrageous", r"ridiculous", r"unacceptable", r"scam\w*", r"idiots?", r"bullshit",
    r"worst", r"fed up", r"fuck\w*", r"wtf",
)  # fmt: skip
UNHAPPY = _any(
    r"kecewa\w*", r"mengecewakan", r"sedih", r"(?:me)?nyes[ae]l", r"kapok", r"payah", r"parah",
    rf"(?:{_NOT}|kurang) (?:puas|bagus|memuaskan|profesional|becus|beres|jelas|senang|suka)",
    r"lelet", r"lambat\w*", r"jelek", r"buruk", r"(?:not|un)happy", r"not (?:good|satisfied|happy)",
    r"disappoint\w*", r"upset", r"frustrat\w*", r"annoy\w*", r"terrible", r"awful", r"poor", r"bad",
)  # fmt: skip
HAPPY = _any(
    r"puas", r"mantap\w*", r"bagus", r"keren", r"senang", r"suka", r"makasih\w*", r"terima ?kasih",
    r"thank\w*", r"great", r"awesome", r"love", r"happy", r"excellent", r"top",
)  # fmt: skip
DANGER = _any(
    r"kecelakaan", r"celaka", r"bahaya\w*", r"membahayakan", r"terbakar", r"kebakar\w*", r"meledak",
    r"rem (?:\w+ )?blong", r"blong", r"jatuh", r"mogok di jalan", r"luka\w*", r"accident",
    r"crash\w*", r"dangerous", r"fire",
    r"exploded?", r"injur\w+", r"brakes? (?:\w+ )?fail\w*", r"hurt",
)  # fmt: skip
THREAT = _any(
    r"polisi", r"(?:lapor|laporin|laporkan|dilaporkan)", r"viral\w*", r"ylki", r"somasi", r"tuntut",
    r"pengacara", r"police", r"lawyer", r"sue", r"report you", r"consumer protection",
)  # fmt: skip

_DENIED = re.compile(rf"\b(?:{_NOT}|bukan|tanpa|no|never|dont|don t|jangan) (?:\w+ )?$")
_WAIT = re.compile(
    r"\b(?:sudah|udah|sdh|dah|udh|for|hampir|lebih dari|waited|waiting|nunggu|tunggu|selama) "
    r"(?:\w+ ){0,2}?(\d{1,3}|se|satu|dua|tiga|empat|a|one|two|three) ?"
    r"(hari|minggu|mgg|bulan|days?|weeks?|months?)\b"
)
_NUMBERS = {
    "se": 1, "satu": 1, "a": 1, "one": 1, "dua": 2, "two": 2, "tiga": 3, "three": 3, "empat": 4,
}  # fmt: skip


def plain(text: str) -> str:
    """Lower-case words with single spaces; "lamaaaa" is "lama" and "barang2" is "barang"."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    shortened = re.sub(r"([a-z])\1{2,}", r"\1", folded)
    single = re.sub(r"([a-z])2\b", r"\1", shortened)
    return " ".join(re.findall(r"[a-z0-9]+", single))


def says(pattern: re.Pattern[str], plain_text: str) -> bool:
    """Whether the text says it, and does not deny it one or two words before ("tidak rusak")."""
    return any(
        not _DENIED.search(plain_text[: found.start()]) for found in pattern.finditer(plain_text)
    )


def shouts(text: str) -> bool:
    """Three exclamation marks, or a sentence mostly in capitals."""
    letters = [sign for sign in text if sign.isalpha()]
    capitals = sum(sign.isupper() for sign in letters)
    return text.count("!") >= 3 or (len(letters) >= 12 and capitals >= 0.7 * len(letters))


def days_waited(plain_text: str) -> int:
    """The longest wait that the text names, in days; 0 if it names none."""
    waits = [0]
    for number, unit in _WAIT.findall(plain_text):
        count = _NUMBERS.get(number) or (int(number) if number.isdigit() else 0)
        length = {"h": 1, "d": 1, "m": 7, "w": 7, "b": 30}[unit[0]]
        waits.append(count * (30 if unit.startswith("month") else length))
    return max(waits)
