"""What a customer must never read, whatever they wrote: found in the words of a reply alone."""

from __future__ import annotations

import re

_ENGLISH = frozenset(
    "the you your yours we our us please what which where how when is are was were do does not "
    "have has for with and this that it can will would there here from into yet only now just "
    "thanks thank sorry order write tell send choose one by of to if let know still".split()
)
_INDONESIAN = frozenset(
    "yang kak dan atau untuk tidak ada belum mau berapa silakan ini itu di ke saya kami sudah ya "
    "bisa apa mana dari dengan pesanan kirim tulis pilih kalau dulu lagi akan juga masih boleh "
    "terima kasih maaf bantu barang nomor semua siap motor alamat".split()
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_WORD = re.compile(r"[a-z']+")
_LEAKS = (
    re.compile(r"(?<![\w/.:])/[a-z_]+(?:\{|$)"),
    re.compile(r"\{[a-z_]+\}"),
    re.compile(r"\butter_\w+|\baction_\w+|\bNone\b|\bnull\b|Traceback|\[\]|\{\}"),
)
_LEADS_ON = re.compile(
    r"\?|\b(?:tulis|ketik|pilih|ubah|kirim\w*|coba|balas|bilang|kabari|sebut\w*|cerita\w*|chat|"
    r"contoh|dikabari|paling lambat|begitu|langsung kami|transfer tepat|cek lagi|kapan saja|mohon|"
    r"please check|change|write|type|pick|send|try|tell|say|reply|example|answer by|as soon as|"
    r"we will|whenever|keep)\b",
    re.I,
)
_QUOTED = re.compile(r'"[^"\n]*"')
_APOLOGY = re.compile(
    r"\b(?:maaf|sorry|belum (?:paham|mengerti|nangkap)|didn't (?:get|catch))\b", re.I
)


def language_of(sentence: str) -> str | None:
    """``en`` or ``id`` where the small words of a sentence settle it, else None."""
    words = _WORD.findall(sentence.lower())
    english = sum(word in _ENGLISH for word in words)
    indonesian = sum(word in _INDONESIAN for word in words)
    if max(english, indonesian) < 2 or english == indonesian:
        return None
    return "en" if english > indonesian else "id"


def sentences_not_in(language: str, reply: str) -> list[str]:
    """The sentences of ``reply`` that are surely in the other language."""
    found = [(sentence, language_of(sentence)) for sentence in _SENTENCE.split(reply)]
    return [sentence for sentence, spoken in found if spoken not in {None, language}]


def leaks(reply: str) -> list[str]:
    """Pieces of machinery in ``reply``: a command, a placeholder, a name of ours."""
    return [found.group() for leak in _LEAKS if (found := leak.search(reply))]


def apologises(reply: str) -> bool:
    """Whether ``reply`` says that something was not understood or did not work."""
    return bool(_APOLOGY.search(reply))


def leads_on(reply: str, labels: tuple[str, ...] = ()) -> bool:
    """Whether ``reply`` asks, offers a choice, or says what to do or what happens next."""
    return bool(labels) or bool(_LEADS_ON.search(reply))


def own_words(reply: str) -> str:
    """``reply`` without what it quotes of the customer."""
    return _QUOTED.sub('""', reply)
