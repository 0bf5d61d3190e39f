"""Reading which of the offered choices a customer means: "2", "yg kedua kak", "batal", a label."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from rapidfuzz import fuzz

from crm_core.codes import COMPLAINT, ORDER, read_code
from crm_core.conversations.values import Choice


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_POLITE = _set(
    "kak kk ka kakak min admin mimin gan om pak bu bang bg mas mba mbak bro sis koh ko cik ci"
    " tok ye lah la deh dong donk ajah aja aj saja sj je jak jaklah ya yaa yaaa iya ini itu tu tuh"
    " pls please plz tolong dulu dlu the one makasih terima kasih thanks tq"
)  # fmt: skip
_WANT = _set(
    "mau mo ambil pesan beli order minta coba pilih pilihan opsi option choose take want i ku aku"
    " saya sy gue nak maok"
)
_MARKER = _set(
    "yang yg yng nyang nyg no nomor nomer nmr nmor nomr num number angka pilih pilihan opsi option"
)
_FOR = _set("buat bwt untuk utk tuk tipe type versi version model for")
_NUMBERS = {
    word: number
    for number, words in enumerate(
        (
            "satu atu one", "dua due duwa two", "tiga tige three", "empat four",
            "lima lime five", "enam six", "tujuh seven", "delapan lapan eight",
            "sembilan nine", "sepuluh ten",
        ),
        start=1,
    )
    for word in words.split(" ")
}  # fmt: skip
_ORDINALS = {
    word: number
    for number, words in enumerate(
        (
            "pertama pertame prtama prtma pertma prtm kesatu kesatunya first 1st",
            "kedua kedue kdua kdue second 2nd", "ketiga ketige ktiga ktga third 3rd",
            "keempat kempat kmpat fourth 4th", "kelima kelime klima fifth 5th",
            "keenam sixth 6th", "ketujuh seventh 7th", "kedelapan kelapan eighth 8th",
            "kesembilan ninth 9th", "kesepuluh tenth 10th",
        ),
        start=1,
    )
    for word in words.split(" ")
}  # fmt: skip
_LAST = frozenset({"terakhir", "terakhir2", "trakhir", "terahir", "last", "akhir"})
_AFFIRM = _set(
    "ya y yaa yaaa iya iyaa iyaaa iye iyelah iyalah yoi yup yap yep yes yess yeah ok oke okee okey"
    " okay okeh oki sip siap betul benar bener bnr btul boleh lanjut lanjutkan lanjutin gas gass"
    " gaskeun setuju jadi jd aok auk aoklah haah proses sure correct right mantap"
)  # fmt: skip
_DENY = _set(
    "tidak tdk tak gak ga gk g nggak ngga ngak enggak engga kagak no nope not never batal batalkan"
    " batalin cancel jangan jgn tadak tadaklah ndak dak nda ndk gajadi gausah bukan stop"
)  # fmt: skip
_CANCEL = _set("batal batalin batalkan cancel kosongkan kosongin hapus")
_WITH_DENY = _DENY | _set(
    "jadi jadilah jd usah ush mau mao deh udah dah sudah ya iya yg yang gitu dulu mind thank you"
    " perlu maok"
)
_OF_CODE = _set("pesanan order kode code untuk utk buat for it is keluhan complaint")
_NEGATIVE = re.compile(r"\s*[-\u2212]\s*\d")
_NEAR = 88.0
"""Of 100 by edit distance: one slip of the thumb in a label of nine signs or more."""
_AHEAD = 5.0
"""How much nearer than any other label it must be."""


def pick_choice(text: str, choices: Sequence[Choice]) -> Choice | None:
    """The choice that ``text`` names and nothing else, or None.

    Understood are the label itself (also with a slip, or words of it that no other label has), its
    number or place ("2", "no 2", "nmr dua", "yang kedua", "terakhir", "first one"), and yes or no
    where a choice means that. A sentence that says more ("mau 2 lampu depan") picks nothing, nor
    does a quantity ("2 pcs", "ambil 2").
    """
    words = [] if _NEGATIVE.match(text) else _words(text)
    if not choices or not 0 < len(words) <= 12:
        return None
    return (
        _by_label(words, choices)
        or _by_code(text, words, choices)
        or _by_place(words, choices)
        or _by_yes_or_no(words, choices)
        or _by_part_of_label(words, choices)
    )


def _by_code(text: str, words: list[str], choices: Sequence[Choice]) -> Choice | None:
    """The only choice whose label has the order's or complaint's code that is all ``text`` says."""
    for kind in (ORDER, COMPLAINT):
        code = read_code(text, kind)
        if code is None:
            continue
        named = [choice for choice in choices if code in choice.label]
        own = {*_words(code), "".join(_words(code)), _words(code)[-1]}
        more = [word for word in words if word not in own | _POLITE | _MARKER | _WANT | _OF_CODE]
        if len(named) == 1 and not more:
            return named[0]
    return None


def _words(text: str) -> list[str]:
    """Lower-case words; "ke-2" and "no.2" are two, keycap emoji are digits."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    plain = re.sub(r"[\ufe0f\u20e3\u200b-\u200f]", "", plain).replace("'", "")
    plain = re.sub(r"\b(ke|no|nomor|nomer|nmr)(\d+)\b", r"\1 \2", plain)
    return re.findall(r"\w+", plain)


def _intent(choice: Choice) -> str:
    return choice.payload.lstrip("/").partition("{")[0].strip()


def _by_label(words: list[str], choices: Sequence[Choice]) -> Choice | None:
    said = " ".join(words)
    labels = [" ".join(_words(choice.label)) for choice in choices]
    numbered = [f"{place} {label}" for place, label in enumerate(labels, start=1)]
    for names in (labels, numbered):
        if names.count(said) == 1:
            return choices[names.index(said)]
    bare = " ".join(word for word in words if word not in _POLITE | _MARKER)
    if labels.count(bare) == 1:
        return choices[labels.index(bare)]
    near = sorted(
        (
            (fuzz.ratio(said, label), place)
            for place, label in enumerate(labels)
            if min(len(said), len(label)) >= 4 and _digits(said) == _digits(label)
        ),
        reverse=True,
    )
    rival = near[1][0] if len(near) > 1 else 0.0
    sure = bool(near) and near[0][0] >= _NEAR and near[0][0] - rival >= _AHEAD
    return choices[near[0][1]] if sure else None


def _digits(text: str) -> list[str]:
    """A slip must not turn one model or size into another."""
    return re.findall(r"\d+", text)


def _by_place(words: list[str], choices: Sequence[Choice]) -> Choice | None:
    chosen = any(word in _MARKER or word in _ORDINALS or word in _LAST for word in words)
    ignored = _POLITE | _MARKER | {"paling", "ke", "nya"} | (_WANT if chosen else frozenset())
    rest = [word for word in words if word not in ignored or words == [word]]
    if "ke" in words and not (rest and _number(rest[0])):
        return None
    if len(rest) != 1:
        return None
    (word,) = rest
    if word in _LAST:
        return choices[-1]
    place = _ORDINALS.get(word) or _number(word)
    return choices[place - 1] if place and place <= len(choices) else None


def place_and_rest(text: str, choices: int) -> tuple[int, str] | None:
    """Which of so many ``choices`` is pointed at, from 1, and what is said besides.

    "yg 1 aja 2 pcs" is (1, "2 pcs"), "mau dua yang kedua" (2, "dua"). None where nothing or more
    than one is pointed at.
    """
    words = [word for word in _words(text) if word not in _POLITE | _WANT]
    found: list[tuple[int, int, int]] = []  # place, first word of it, word after it
    for at, word in enumerate(words):
        after = words[at + 1] if at + 1 < len(words) else ""
        if word in _LAST or word in _ORDINALS:
            found.append((choices if word in _LAST else _ORDINALS[word], at, at + 1))
        elif word in _MARKER | {"ke"} and (place := _number(after)):
            found.append((place, at, at + 2))
    if len(found) != 1 or not 1 <= found[0][0] <= choices:
        return None
    place, first, end = found[0]
    rest = [word for word in (*words[:first], *words[end:]) if word not in _MARKER | {"ke"}]
    return place, " ".join(rest)


def _number(word: str) -> int | None:
    if word.isascii() and word.isdigit() and len(word) <= 3:
        return int(word)
    return _NUMBERS.get(word)


def _by_yes_or_no(words: list[str], choices: Sequence[Choice]) -> Choice | None:
    rest = [word for word in words if word not in _POLITE or word in _AFFIRM]
    if not rest:
        return None
    meant = None
    if rest[0] in _AFFIRM and set(rest[1:]) <= _CANCEL and len(rest) > 1:
        named = any(set(_words(choice.label)) & _CANCEL for choice in choices)
        meant = None if named else "affirm"  # "iya batal" to "shall I empty the cart?"
    elif any(word in _DENY for word in rest) and all(word in _WITH_DENY for word in rest):
        meant = "deny"
    elif all(word in _AFFIRM for word in rest):
        meant = "affirm"
    matching = [choice for choice in choices if _intent(choice) == meant]
    return matching[0] if len(matching) == 1 else None


def _by_part_of_label(words: list[str], choices: Sequence[Choice]) -> Choice | None:
    """ "yang vario" among bikes, "yang 125": words that exactly one label has."""
    pointed = any(word in {"yang", "yg", "yng"} for word in words)
    rest = [word for word in words if word not in _POLITE | _MARKER | _FOR]
    telling = any(len(word) >= 3 and (word.isalpha() or pointed) for word in rest)
    if not 1 <= len(rest) <= 4 or not telling:
        return None
    found = [choice for choice in choices if set(rest) <= set(_words(choice.label))]
    if not found:  # of two places with one name "yang Kubu Raya" is told apart by its regency
        found = [choice for choice in choices if set(rest) <= set(_words(_told(choice)))]
    return found[0] if len(found) == 1 else None


def _told(choice: Choice) -> str:
    """The description, unless it is of prices and stock."""
    said = choice.description or ""
    return "" if re.search(r"\d", said) else said
