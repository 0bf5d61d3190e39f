"""Chat writing made even: one case, one kind of digit, tokens and the clauses they stand in."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_TOKEN = re.compile(
    r"\d+[.,]\d+|\d{2,3}/\d{2,3}(?:[-/]\d{2})?|[a-z]\s?-\s?(?=belt)|[^\W_]+|\.{2,}|[,;:?!\n()+/…–]|\s-\s"
)
_BREAK = re.compile(r"\.{2,}|[,;:?!\n()+/…–]|\s-\s")
_GLUED = re.compile(r"([a-z]{3,})(\d{2,4})")
_ITS_OR_MANY = tuple(
    (re.compile(ending), left)
    for ending, left in (
        (r"(.{3,})(?:ny[ae]?|ku|mu)", r"\1"),
        (r"(.{3,})ies", r"\1y"),
        (r"(.{3,}(?:ch|sh|x|ss))es", r"\1"),
        (r"(.{3,}[^s])s", r"\1"),
    )
)
_SIZE = re.compile(r"\d+[.,]\d+|\d{2,3}/\d{2,3}(?:[-/]\d{2})?|\d+t|\d+gr?")


@dataclass(frozen=True, slots=True)
class Token:
    """One word and the number of the clause it stands in."""

    text: str
    clause: int


_GOES_ON = re.compile(r"\s*\n\s*(?=(?:yg|yang|yng)(?:\s+\S+){1,2}[ \t?!.]*(?:\n|$))")


def joined(text: str) -> str:
    """``text`` with lines that only say more of the one before in one with it: "kampas rem beat",
    "yang 2019"."""
    return _GOES_ON.sub(" ", text) if "\n" in text else text


def even(text: str) -> str:
    """Lower case, composed, HTML entities and look-alike signs replaced."""
    if text.isascii() and text.isprintable() and "&" not in text:
        return text.lower().replace("`", "'")
    text = unicodedata.normalize("NFKC", html.unescape(text)).casefold()
    text = text.replace("×", "x").replace("’", "'").replace("`", "'")
    if text.isprintable():
        return text
    return "".join(sign for sign in text if sign == "\n" or unicodedata.category(sign)[0] != "C")


def tokens(text: str) -> list[Token]:
    """The words of ``text`` in order; clauses end at punctuation, never inside a number."""
    return [Token(word, number) for number, words in enumerate(clauses(text)) for word in words]


def clauses(text: str) -> list[tuple[str, ...]]:
    """The words of ``text`` clause by clause; a clause without words is empty."""
    found: list[tuple[str, ...]] = []
    words: list[str] = []
    for said in _TOKEN.findall(even(joined(text))):
        if said.isalnum():
            words.append(said)
        elif _BREAK.fullmatch(said):
            found.append(tuple(words))
            words = []
        else:
            words.append(said.strip().replace(",", ".").replace(" ", "").rstrip("-"))
    found.append(tuple(words))
    return found


def dotted(text: str) -> frozenset[int]:
    """The clauses that follow "…" or "...": a second thought, often a correction."""
    out = set()
    clause = 0
    for match in _TOKEN.finditer(even(text)):
        if _BREAK.fullmatch(match.group()):
            clause += 1
            if match.group().startswith("..") or match.group() == "…":
                out.add(clause)
    return frozenset(out)


def unglue(word: str) -> tuple[str, ...]:
    """``"vario125"`` → ("vario", "125"); anything else stays one word."""
    match = _GLUED.fullmatch(word)
    return match.groups() if match else (word,)


def stems(word: str) -> tuple[str, ...]:
    """The word without "-nya", "-nye", "-ku", or an English plural's ending."""
    found = (ending.fullmatch(word) for ending, _ in _ITS_OR_MANY)
    return tuple(
        match.expand(left)
        for match, (_, left) in zip(found, _ITS_OR_MANY, strict=True)
        if match is not None
    )


def size(word: str) -> str | None:
    """``"0.5"`` → "0.50", ``"14t"`` and ``"80/90-14"`` as they are; None if it is no size."""
    if not word[:1].isdigit() or not _SIZE.fullmatch(word):
        return None
    if re.fullmatch(r"\d+\.\d+", word):
        whole, part = word.split(".")
        return f"{int(whole)}.{part.ljust(2, '0')}"
    return word.rstrip("r") if word.endswith("gr") else word


def plain_code(text: str) -> str:
    """A part code as it is stored: upper case letters and digits only."""
    return re.sub(r"[^A-Z0-9]", "", unicodedata.normalize("NFKC", text).upper())


def skeleton(word: str) -> str:
    """First sign and the consonants after it: "lampu" and "lmpu" share one."""
    return word[:1] + re.sub(r"[aeiou]|(.)(?=\1)", "", word[1:])


_SYMPTOMS = frozenset(
    "bocor rembes netes menetes bunyi berisik mati redup putus patah pecah retak rusak habis abis "
    "aus tipis oblak oblag macet seret bengkok longgar kendor goyang geter getar".split()
)
_ITS = re.compile(r"[a-z]{3,}ny[ae]")


_WHOLES = frozenset("lampu rem ban roda mesin kopling stang gas starter sein klakson".split())


def asks_a_piece_of(broken: Sequence[str], wish: Sequence[str]) -> bool:
    """ "Lampu depannya mati, bohlamnya ada?": the first clause tells what the thing is a piece of.

    Both are the plain words of a clause.
    """
    things = {next(iter(stems(word)), word) for word in broken}
    said = bool(_WHOLES & things) and not _SYMPTOMS.isdisjoint(broken)
    return said and bool(wish) and bool(_ITS.fullmatch(wish[0])) and _SYMPTOMS.isdisjoint(wish)


def without_symptom_words(words: Iterable[str]) -> list[str]:
    """``words`` without those that only tell how a thing is broken."""
    return [word for word in words if word not in _SYMPTOMS]


def without_symptoms(words: Sequence[Token]) -> list[Token]:
    """``words`` without what only tells how a thing named before is broken: "… bocor olinya"."""
    out: list[Token] = []
    for at, word in enumerate(words):
        before = words[at - 1] if at else None
        tells = before is not None and before.clause == word.clause and before.text in _SYMPTOMS
        if not (tells and at > 1 and _ITS.fullmatch(word.text)):
            out.append(word)
    return out
