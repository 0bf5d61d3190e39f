"""Pure decisions about comments: the states, what counts as one in a chat, what nobody may send."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from crm_core.errors import InvalidInput
from crm_core.states import StateTable, Transition

LONGEST = 2000
MOST_LINKS = 1
MOST_A_DAY = 5
"""Comments of one customer within a day. Our choice: enough for anybody who means it."""
LEAST_WORDS = 3
"""Fewer words of praise than this are a thank-you, not something to keep."""


class CommentKind(StrEnum):
    """What somebody wants to say; a review is about one part."""

    SUGGESTION = "suggestion"
    PRAISE = "praise"
    QUESTION = "question"
    REVIEW = "review"


class CommentState(StrEnum):
    """States of a comment as people see them; an answer may stand under a published one."""

    NEW = "new"
    ANSWERED = "answered"
    PUBLISHED = "published"
    HIDDEN = "hidden"


KINDS = (CommentKind.SUGGESTION, CommentKind.PRAISE, CommentKind.QUESTION)
"""What a form of the shop offers; a review has its own place."""

_S = CommentState
_STAFF = frozenset({"staff"})
_PUBLISHED, _HIDDEN = Transition("published", _STAFF), Transition("hidden", _STAFF)

STATES = StateTable(
    "comment",
    _S.NEW,
    {
        (_S.NEW, _S.ANSWERED): Transition("answered", _STAFF),
        (_S.HIDDEN, _S.ANSWERED): Transition("answered", _STAFF),
        (_S.NEW, _S.PUBLISHED): _PUBLISHED,
        (_S.ANSWERED, _S.PUBLISHED): _PUBLISHED,
        (_S.HIDDEN, _S.PUBLISHED): _PUBLISHED,
        (_S.NEW, _S.HIDDEN): _HIDDEN,
        (_S.ANSWERED, _S.HIDDEN): _HIDDEN,
        (_S.PUBLISHED, _S.HIDDEN): _HIDDEN,
    },
)
"""Every move of a comment; people alone decide what the shop shows."""

_LINK = re.compile(r"(?:https?://|www\.|\b[a-z0-9-]+\.(?:com|net|org|ru|xyz|top|info|id)\b)", re.I)
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CALL = r"(?:(?:kak|min|gan|bang|pak|bu|om|hi|hello|halo)[,!.]*\s+)?"
_SUGGESTION = r"kritik\s*(?:dan|&|/)\s*saran|saran|kritik|masukan|usul(?:an)?|suggestions?|feedback"
_PRAISE = r"pujian|testimoni|testimonial|compliment|praise"
_LABELLED = re.compile(
    rf"{_CALL}(?:(?P<suggestion>{_SUGGESTION})|(?P<praise>{_PRAISE}))"
    r"(?:\s+(?:saya|aku|dari saya|aja|nih|buat toko\w*|untuk toko\w*))?\s*[:–—-]\s*(?P<words>.+)",
    re.IGNORECASE | re.DOTALL,
)
_OFFERED = re.compile(
    rf"{_CALL}(?:(?:saya|aku|sy)\s+)?(?:mau|ingin|pengen|pengin|izin|ijin)\s+"
    r"(?:ng?asih|kasih|memberi|beri|sampaikan|menyampaikan|kirim)\w*\s+"
    r"(?:kritik(?:\s*(?:dan|&)\s*saran)?|saran|masukan|usul(?:an)?)\b[\s,.:–—-]*(?P<words>.+)",
    re.IGNORECASE | re.DOTALL,
)
_GOOD = re.compile(
    r"\b(?:puas|mantap\w*|mantul|bagus|keren|senang|suka|ramah\w*|rapi|recommended|jempol|terbaik|"
    r"great|awesome|love|excellent|friendly|amazing)\b",
    re.IGNORECASE,
)
_BAD = re.compile(
    r"\b(?:tidak|tdk|gak|ga|nggak|ndak|bukan|kurang|belum|not|but|tapi|cuma|sayang\w*)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Said:
    """What a message says to the shop as such: its kind, and the words of it."""

    kind: CommentKind
    words: str


def heard(text: str) -> Said | None:
    """The comment that ``text`` announces itself to be ("saran: …"); None for everything else."""
    found = _LABELLED.fullmatch(text.strip())
    if found is not None:
        praised = found["praise"] is not None
        return _said(CommentKind.PRAISE if praised else CommentKind.SUGGESTION, found["words"])
    offered = _OFFERED.fullmatch(text.strip())
    return _said(CommentKind.SUGGESTION, offered["words"]) if offered else None


def praise(text: str) -> Said | None:
    """The praise in a thank-you, if it says what is good and takes nothing of it back."""
    good = _GOOD.search(text) and not _BAD.search(text) and "?" not in text
    enough = len(text.split()) > LEAST_WORDS
    return _said(CommentKind.PRAISE, text) if good and enough else None


def _said(kind: CommentKind, words: str) -> Said | None:
    words = words.strip()
    return Said(kind, words) if len(words.split()) >= LEAST_WORDS else None


def checked(text: str) -> str:
    """``text`` as it is kept: single line breaks, nothing unseen in it.

    Raises InvalidInput ("comment_empty", "comment_too_long" with ``most``, "comment_links").
    """
    lines = [" ".join(line.split()) for line in _UNSEEN.sub("", text).splitlines()]
    words = "\n".join(line for line in lines if line)
    if not any(sign.isalnum() for sign in words):
        raise InvalidInput("comment_empty")
    if len(words) > LONGEST:
        raise InvalidInput("comment_too_long", most=LONGEST)
    if len(_LINK.findall(words)) > MOST_LINKS:
        raise InvalidInput("comment_links")
    return words
