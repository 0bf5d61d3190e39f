"""Pure decisions about messages: what may be stored, what reaches the assistant, what a status
means."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

from crm_core.conversations.choosing import pick_choice, place_and_rest
from crm_core.conversations.ending import wants_to_end

__all__ = [
    "LONGEST",
    "READ",
    "VIEWED",
    "asks_for_person",
    "clean",
    "clean_json",
    "cuts_burst",
    "joined_status",
    "known_status",
    "map_link",
    "neutralise",
    "only_a_place",
    "outdone_by",
    "pick_choice",
    "place_and_rest",
    "plain",
    "raw_json",
    "settles",
    "stop_word",
    "wants_to_end",
]

LONGEST = 4_000
"""Signs of one inbound message that are kept; providers cut theirs at 1,600 to 4,096."""

_INVISIBLE = re.compile(r"[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
MOST_RAW = 200
"""Fields of a provider's form that are kept."""
READ = frozenset({"text", "tap", "photo", "list"})
"""Kinds of messages whose files the bot is given."""
VIEWED = READ | {"sticker", "voice", "video", "document"}
"""Kinds of messages whose files are fetched for people to look at or listen to."""
_MARKS = 3
"""Combining marks on one letter that are a letter's own; more are a prank that tears lines."""
_MAP = "https://maps.google.com/?q="
_COMMAND = re.compile(r"(?i)^(?:[\s/\\\u2044\u2215\u29f8]+|external\s*:)+")

_STOP = frozenset(
    {"stop", "stopall", "unsubscribe", "end", "quit", "revoke", "optout", "cancel", "berhenti"}
)
_START = frozenset({"start", "unstop", "mulai"})


def clean(text: str, longest: int = LONGEST) -> str:
    """``text`` as PostgreSQL and people can take it: no NUL, surrogates or control signs (line
    breaks stay), at most ``longest`` signs.
    """
    if text.isprintable():  # nearly always, and known at once
        return text[:longest]
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = (
        sign for sign in lines if sign in "\n\t" or unicodedata.category(sign) not in {"Cc", "Cs"}
    )
    return "".join(kept)[:longest]


def clean_json(value: Any) -> Any:
    """A JSON value whose texts PostgreSQL can take."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(str(name)): clean_json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(item) for item in value]
    return value


def raw_json(form: dict[str, Any]) -> dict[str, Any]:
    """A provider's form for keeping: as it came, what PostgreSQL cannot take written as its code.

    At most MOST_RAW fields, each of at most LONGEST signs.
    """

    def kept(value: Any) -> Any:
        if not isinstance(value, str):
            return clean_json(value)
        if value.isprintable():
            return value[:LONGEST]
        signs = (
            f"\\u{ord(sign):04x}" if sign == "\0" or unicodedata.category(sign) == "Cs" else sign
            for sign in value[:LONGEST]
        )
        return "".join(signs)

    names = list(form)[:MOST_RAW]
    return {clean(str(name), 200): kept(form[name]) for name in names}


def plain(text: str) -> str:
    """``text`` as the assistant and its actions read it; the message itself keeps what was typed.

    Look-alike forms become the usual signs ("\uff11\uff10" is "10"), invisible ones and floods of
    accents go. Done once, where a turn is made.
    """
    usual = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    marks, kept = 0, []
    for sign in usual:
        marks = marks + 1 if unicodedata.combining(sign) else 0
        if marks <= _MARKS:
            kept.append(sign)
    return "".join(kept)


def map_link(latitude: float, longitude: float) -> str:
    """Where people can look at a shared place."""
    return f"{_MAP}{latitude:.6f},{longitude:.6f}"


def only_a_place(text: str) -> bool:
    """Whether a message is a place on the map and no word beside it."""
    return text.startswith(_MAP) and len(text.split()) == 1


def neutralise(text: str) -> str:
    """``text`` in a form that the assistant can only read as words.

    A leading ``/`` (any of its look-alikes, also behind invisible signs or at the start of a later
    line) or ``EXTERNAL:`` would be obeyed as a command by Rasa, so it is taken away. Only internal
    code may speak in commands. What is nothing but slashes becomes "?"; an empty text stays empty.
    """
    usual = plain(text)
    lines = [_COMMAND.sub("", line).strip() for line in usual.splitlines()]
    words = "\n".join(line for line in lines if line)
    return words or ("?" if usual.strip() else "")


def stop_word(text: str) -> str | None:
    """ "stop" or "start" if an SMS is one of the words by which carriers end or resume messages.

    The English ones are Twilio's own list, on which it acts before us; ours add "BERHENTI" and
    "MULAI". Only the bare word counts.
    """
    word = text.strip().strip(".!").casefold()
    if word in _STOP:
        return "stop"
    return "start" if word in _START else None


_CALLS_OFF = re.compile(
    r"\b(?:stop|berhenti|batal\w*|cancel\w*|unsubscribe|never ?mind|forget it|"
    r"(?:ga|gak|g|nggak|ngga|enggak|tak|ndak|tadak|tidak|tdk)\s*(?:usah\s+)?(?:jadi|jd)|gajadi)\b"
)
_PERSON = re.compile(
    r"\b(?:orang\w*|manusia|admin|cs|operator|petugas|staf\w*|karyawan|human|person|someone|agent|"
    r"representative)\b"
)
_SPEAKING = re.compile(
    r"\b(?:mau|mo|maok|minta|bisa|tolong|ngomong|omong|ngobrol|bicara|sambung\w*|hubung\w*|"
    r"panggil\w*|chat|want|need|get|speak|talk|connect|real|langsung)\b"
)
_ALONE = frozenset({"admin", "cs", "operator", "human", "agent"})
_FEW_WORDS = {"off": 4, "person": 8}


def settles(text: str) -> bool:
    """Whether a message ends or hands over what is going on, whatever was said just before it:
    "batal", "ga jadi deh kak", "mau ngomong sama orang aja". Long or numbered ones say more.
    """
    said = text.strip().strip(".!?").casefold()
    words = said.split()
    if not words or re.search(r"\d", said):
        return False
    if len(words) <= _FEW_WORDS["off"] and _CALLS_OFF.search(said):
        return True
    return asks_for_person(said)


def asks_for_person(text: str) -> bool:
    """Whether a short message asks for a person only: "admin", "mau ngomong sama orang".

    Where the assistant reads, it knows more ways of asking; this is for where it cannot.
    """
    said = text.strip().strip(".!?").casefold()
    asked = said in _ALONE or (_PERSON.search(said) and _SPEAKING.search(said))
    return bool(asked) and len(said.split()) <= _FEW_WORDS["person"]


def cuts_burst(text: str, *, tapped: bool, pictured: bool) -> bool:
    """Whether a message is answered without waiting for more: a tap, a picture, "batal", a wish
    for a person, a cry for help."""
    return tapped or pictured or settles(text) or text.strip().strip(".!").casefold() == "tolong"


_RANK = {"unknown": 0, "queued": 0, "sending": 0, "sent": 1, "failed": 2, "delivered": 3, "read": 4}
_KNOWN = {
    "accepted": "sent",
    "scheduled": "sent",
    "queued": "sent",
    "sending": "sent",
    "sent": "sent",
    "partially_delivered": "sent",
    "delivered": "delivered",
    "read": "read",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}


def known_status(provider_status: str) -> str | None:
    """Our name for what a provider reports; None for what says nothing about an outgoing message.

    Whatever a provider reports proves that it has the message, so its "queued" is our "sent".
    """
    return _KNOWN.get(provider_status.strip().lower())


def joined_status(now: str, reported: str) -> str:
    """The status after a report, the same for every order in which reports arrive.

    sent < failed < delivered < read: a late "sent" takes nothing back, "failed" gives way only to
    proof that the customer has the message. A dropped message stays dropped.
    """
    if now not in _RANK:
        return now
    return reported if _RANK[reported] > _RANK[now] else now


@lru_cache
def outdone_by(reported: str) -> list[str]:
    """The states that give way to a report, see :func:`joined_status`; not to be changed."""
    return [now for now in _RANK if joined_status(now, reported) != now]
