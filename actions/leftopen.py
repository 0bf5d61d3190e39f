"""What is open and must not be lost: a choice that was ordered and then left for another part, and
what is offered in place of a part that is out of stock ("yang murah aja", "qty 2")."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from actions import finding, pending, reading
from actions.reply import Reply
from actions.showing import bike_text
from actions.topic import Topic
from actions.wishes import ENDS, Wish
from crm_core import catalogue
from crm_core.money import find_amount

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from actions.turn import Turn
    from crm_core.catalogue import PartView

_THAT = re.compile(
    r"\b(?:it[ue]|tu|ini|pengganti\w*|gantinya|substitute|replacement|that|this|instead|"
    r"yg ad[ae]|yang ad[ae]|ter(?:se)?dia|(?:ter)?mur[ae]h\w*|cheap\w*)\b",
    re.IGNORECASE,
)
_CHEAP = re.compile(r"\b(?:ter)?(?:murah\w*|mure|cheap\w*)\b", re.IGNORECASE)
_TELL = re.compile(
    r"\b(?:di)?kabar\w*|\bkasih tau\b|\btunggu\w*|\bnunggu\w*|\bpesan(?:kan|in)\b|\btell\b|"
    r"\bwait\b|\blet me know\b|\bnotify\b|\?",
    re.IGNORECASE,
)
_ONE = re.compile(r"\b(?:the|this|that)\s+(?:\w+\s+)?one\b", re.IGNORECASE)
_FEW = 6
_MOST_PIECES = 500
"""A larger bare number is a year or a price."""


def unchosen(session: Session, turn: Turn, reply: Reply) -> Wish | None:
    """The order behind a choice that was left for something else; None when it was made, was
    called off or still stands."""
    query = str(turn.slots.get("query") or "")
    ordered = turn.awaiting == "choose_part" and turn.slots.get("goal") == "order"
    if not ordered or not query or not reply.says or reply.awaiting == "choose_part":
        return None
    if turn.intent in ENDS or reading.calls_off(turn.typed) or reading.removes(turn.typed):
        return None
    if _codes(turn) & {reply.slots.get("part_code"), (reply.slots.get("added") or {}).get(
        "part_code")}:  # fmt: skip
        return None
    if reply.form or reply.leave_form or _same_matter(turn, reply):
        return None
    number = turn.number("quantity")
    words = (str(number) if number else "", query, bike_text(finding.bike_of(session, turn)))
    return Wish("order_part", " ".join(word for word in words if word))


def _same_matter(turn: Turn, reply: Reply) -> bool:
    """ "Buat beat 2019" below a choice: another bike for the same part."""
    before, now = Topic.read(turn.slots.get("topic")), Topic.read(reply.slots.get("topic"))
    return before is not None and now is not None and set(before.terms) == set(now.terms)


def _codes(turn: Turn) -> set[object]:
    """The parts that stand below the last answer, each by its code."""
    found: set[object] = set()
    for option in pending.offered(turn):
        intent, brace, values = option.payload.partition("{")
        if brace and intent in {"/find_part", "/order_part"}:
            found.add(json.loads(brace + values).get("part_code"))
    return found - {None}


def substitute(session: Session, turn: Turn) -> Reply | None:
    """The part that is offered in place of one that is gone, when the words can only mean it."""
    text = turn.typed
    if turn.awaiting != "offer_wish" or not text or len(text.split()) > _FEW:
        return None
    if turn.active_form or turn.intent in ENDS or _TELL.search(text) or reading.removes(text):
        return None
    parts = [catalogue.find_part(session, str(code)) for code in _codes(turn)]
    said = catalogue.understand(session, text)
    if not parts or finding.names_part(said) or said.bike or said.codes or find_amount(text):
        return None
    count = None if reading.YEAR.search(text) else catalogue.find_quantity(_ONE.sub(" ", text))
    count = count if count and count <= _MOST_PIECES else None
    if not (count or _THAT.search(text)):
        return None
    if len(parts) > 1 and not _CHEAP.search(text):
        return pending.back_to(session, turn)
    part = min(parts, key=_rupiah)
    number = catalogue.sold_as(count, text, part.unit) if count else None
    bike = finding.bike_of(session, turn)
    return finding.show_part(session, turn, part, quantity=number, bike=bike)


def _rupiah(part: PartView) -> int:
    return int(part.price_idr or 0)
