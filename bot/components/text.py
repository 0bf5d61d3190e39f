"""Reading Indonesian chat writing: tokens with canonical forms and places in the original text.

Nothing here changes the customer's text. `tokens` says where each piece stood, so that an entity
found in a canonical form can still be shown as it was written.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from bot.components.elsewhere import OTHER_GOODS, OTHER_MAKES
from bot.components.lexicon import BIKES, PARTS, SHORTHAND

_ZERO_WIDTH = "\u00ad\u180e\u200b\u200c\u200d\u2060\ufe0e\ufe0f\ufeff"
_ZERO_WIDTH_TABLE = {ord(char): None for char in _ZERO_WIDTH}
_WORD = rf"[^\W_](?:[{_ZERO_WIDTH}]*[^\W_])*"

_NUMBER_WORDS = frozenset(
    "satu dua tiga empat lima enam tujuh delapan sembilan sepuluh sebelas selusin lusin sepasang "
    "one two three four five six seven eight nine ten".split()
)
_ENGINE_SIZES = frozenset({"100", "110", "125", "150", "160", "200", "250"})
_EMOJI = {"👍": "ok", "👌": "ok", "🙏": "terima kasih", "😡": "xmarah", "😠": "xmarah"}

_FACES = {
    "glad": frozenset("😀😃😄😁😊🙂😍🥰😘🤗😎👍👌💯🎉🔥❤💖🤩🥳👏💪"),
    "sad": frozenset("😢😭😞😔😟🙁☹😩😫🥺💔😥😓😪"),
    "cross": frozenset("😠😡🤬😤👎💢👿🖕"),
    "wry": frozenset("😒🙄😑😐🤦😅🙃"),
}

_SIGNS = {
    "stretched": re.compile(r"([^\W\d])\1{2,}"),
    "indignant": re.compile(r"\?!|!\?"),
    "dots": re.compile(r"\.\.|…"),
    "laughs": re.compile(r"\b(?:wk){2,}|\b(?:ha|he|hi){2,}\b", re.IGNORECASE),
    "sad": re.compile(r"[:;=][-']?[(/]"),
    "glad": re.compile(r"[:;=][-']?[)D]"),
}
_SHAPES = frozenset(
    "xkode xpesanan xhp xuang xsurel xurl xtahun xtanggal xukuran xcc xangka xbilangan".split()
)

_CLASSES = {
    **dict.fromkeys(OTHER_GOODS, "xasing"),
    **dict.fromkeys(OTHER_MAKES, "xlain"),
    **dict.fromkeys(PARTS, "xpart"),
    **dict.fromkeys(BIKES, "xmotor"),
}

_TOKEN = re.compile(
    rf"""
    (?P<xurl>https?://\S+|www\.\S+)
  | (?P<xsurel>[\w.+-]+@[\w-]+\.[\w.]+)
  | (?P<xhp>(?<!\w)(?:\+?62|0)[\s-]?8\d(?:[\s-]?[\d*x]){{6,11}}(?!\w))
  | (?P<xuang>(?<!\w)rp\.?\s*\d[\d.,]*(?:\s?(?:rb|ribu|k|jt|juta)(?!\w))?
        |(?<!\w)\d[\d.,]*\s?(?:rb|rebu|ribu|jt|juta|k)(?!\w)
        |(?<!\w)\d{{1,3}}(?:[.,]\d{{3}})+(?!\w))
  | (?P<word>{_WORD}(?:['’/.+-](?=[^\W_]){_WORD})*)
  | (?P<mark>[?!])
  | (?P<emoji>[\U0001F300-\U0001FAFF\u2600-\u27BF])
    """,
    re.VERBOSE | re.IGNORECASE,
)
_PART_CODE = re.compile(r"\d{4,5}-?(?=[a-z0-9]*[a-z-])[a-z0-9]{3}-?[a-z0-9]{2,5}|\d{5}-[a-z0-9]{3}")
_ORDER_CODE = re.compile(r"[a-z]{1,4}-(?=[a-z]*\d|\d*[a-z])[a-z0-9]{3,12}")
_MIXED_CODE = re.compile(r"(?=[a-z]*\d)(?=\d*[a-z])[a-z0-9]{4,16}")
_SIZE = re.compile(r"\d{2,3}/\d{2,3}(?:[-/]\d{2})?|\d{1,2}w-?\d{2}")
_DATE = re.compile(r"\d{1,2}[/.-]\d{1,2}(?:[/.-]\d{2,4})?")
_AMOUNT_UNIT = re.compile(r"(\d+)([a-z]+)")
_YEAR = re.compile(r"19[7-9]\d|20[0-3]\d")
_DOUBLED = re.compile(r"([a-z'’]{2,})(?:2|²|-\1\w*)")
_STRETCHED = re.compile(r"([^\W\d])\1{2,}")
_TAIL_VOWELS = re.compile(r"([aeiou])\1$")


@dataclass(frozen=True, slots=True)
class ChatToken:
    """One piece of a message: canonical form, and where it stood (character offsets)."""

    form: str
    start: int
    end: int


def plain(text: str) -> str:
    """NFKC, lower case, without zero-width characters; length may change."""
    return unicodedata.normalize("NFKC", text).translate(_ZERO_WIDTH_TABLE).lower()


def tokens(text: str) -> list[ChatToken]:
    """Split a message into canonical tokens; offsets point into the text as given.

    Punctuation other than ? and ! is dropped. A form may hold several words ("gamau" gives
    "tidak mau"). Values that differ in every message become shapes: xkode (part number),
    xpesanan (other codes), xhp, xuang, xsurel, xurl, xtahun, xtanggal, xukuran, xcc, xangka.
    """
    found = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        form = _form(kind, plain(match.group()))
        if form:
            found.append(ChatToken(form, match.start(), match.end()))
    return found


def normalize(text: str) -> str:
    """The canonical spelling of a message, words separated by one space."""
    return " ".join(token.form for token in tokens(text))


def spelled_out(text: str, pieces: list[ChatToken]) -> str:
    """`pieces` with canonical words but values as written: what a sentence model can read."""
    return " ".join(
        plain(text[piece.start : piece.end]) if _SHAPES & {*piece.form.split()} else piece.form
        for piece in pieces
    )


def tone(text: str) -> str:
    """How a message is written rather than what it says: names of its signs, for counting.

    shout (mostly capitals) or loud (a word in capitals), bang / bangs (one or several exclamation
    marks), asked / asks, stretched ("lamaaa"), and the kinds of faces and laughs it shows.
    """
    capitals = sum(char.isupper() for char in text)
    mostly = capitals >= 6 and capitals > 2 * sum(char.islower() for char in text)
    loud = any(len(word) > 3 and word.isalpha() and word.isupper() for word in text.split())
    found = ["shout"] if mostly else ["loud"] if loud else []
    for sign, one, several in (("!", "bang", "bangs"), ("?", "asked", "asks")):
        if sign in text:
            found.append(several if text.count(sign) > 1 else one)
    found += [name for name, pattern in _SIGNS.items() if pattern.search(text)]
    found += sorted(kind for kind, faces in _FACES.items() if not faces.isdisjoint(text))
    return " ".join(found)


def with_word_classes(canonical: str) -> str:
    """Words by what they name, so that sentences about any such thing agree.

    xmotor for our bikes, xpart for words of parts, xlain for vehicles of other makes, xasing for
    what others sell or know.
    """
    classes: list[str] = []
    for word in canonical.split():
        name = _CLASSES.get(word, word)
        if not (classes and classes[-1] == name and word in _CLASSES):
            classes.append(name)
    return " ".join(classes)


def skeleton(canonical: str) -> str:
    """Words without inner vowels: "batalkan" and the SMS spelling "btlkan" meet as "btlkn"."""
    return " ".join(_skeleton_word(word) for word in canonical.split())


def _skeleton_word(word: str) -> str:
    if word.startswith("x") or len(word) < 3:
        return word
    squeezed = re.sub(r"(.)\1", r"\1", word[0] + re.sub(r"[aeiouy'’-]", "", word[1:]))
    return squeezed if len(squeezed) > 1 else word


def _form(kind: str, piece: str) -> str:
    if kind == "emoji":
        return _EMOJI.get(piece, "")
    if kind != "word":
        return piece if kind == "mark" else kind
    return _shape(piece) or _spelling(piece)


def _shape(word: str) -> str | None:
    if not any(char.isdigit() for char in word):
        return None
    if word.isdigit():
        return _number(word)
    if _DOUBLED.fullmatch(word) or word in _CLASSES or word in SHORTHAND:
        return None
    if _PART_CODE.fullmatch(word):
        return "xkode"
    if _SIZE.fullmatch(word):
        return "xukuran"
    if _DATE.fullmatch(word):
        return "xtanggal"
    amount = _AMOUNT_UNIT.fullmatch(word)
    if amount:
        return f"{_number(amount.group(1))} {_spelling(amount.group(2))}"
    if _ORDER_CODE.fullmatch(word) or _MIXED_CODE.fullmatch(word):
        return "xpesanan"
    return None


def _number(digits: str) -> str:
    if _YEAR.fullmatch(digits):
        return "xtahun"
    if digits in _ENGINE_SIZES:
        return "xcc"
    return "xangka" if len(digits) <= 4 else "xbilangan"


def _spelling(word: str) -> str:
    if word in SHORTHAND:
        return SHORTHAND[word]
    doubled = _DOUBLED.fullmatch(word)
    root = doubled.group(1) if doubled else word
    root = _TAIL_VOWELS.sub(r"\1", _STRETCHED.sub(r"\1", root))
    if root in SHORTHAND:
        return SHORTHAND[root]
    return "xangka" if root in _NUMBER_WORDS else _malay_tail(root)


def _malay_tail(word: str) -> str:
    """Pontianak Malay writes -nye where Indonesian writes -nya."""
    return word[:-1] + "a" if word.endswith("nye") and len(word) > 4 else word
