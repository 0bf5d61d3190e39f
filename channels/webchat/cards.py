"""Parts that a message speaks of or offers, as cards: a picture, a price, the way to their page."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from crm_core import catalogue, pricing
from crm_core.errors import NotFound
from crm_core.money import format_rupiah

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from crm_core.conversations import Conversation, MessageView

_NAMED = re.compile(r"^.+ \(([0-9A-Z]{6,32})\)$")
"""The first line of an answer about one part: its name, and its code in brackets."""


def card(
    session: Session, conversation: Conversation, message: MessageView
) -> dict[str, Any] | None:
    """The part that an answer of the bot is about; None for any other message."""
    named = _NAMED.match(message.text.partition("\n")[0]) if message.author == "bot" else None
    if named is None:
        return None
    try:
        part = catalogue.find_part(session, named.group(1))
    except NotFound:  # sold no more since; the words stand as they were said
        return None
    prices = pricing.price_of(session, conversation.customer, {part.part_code: 1})
    own = prices.get(part.part_code)
    unit = own.unit if own is not None else part.price_idr
    return {
        "code": part.part_code,
        "name": part.name,
        "price": None if unit is None else format_rupiah(unit),
        "picture": _picture(part.part_code),
        "page": f"/p/{part.part_code}",
    }


def picture_of(payload: str) -> str | None:
    """The picture of the part that a choice offers; None where a choice is no part by name."""
    if not payload.startswith(("/find_part{", "/order_part{", "/inform{")):
        return None
    try:
        code = json.loads(payload[payload.index("{") :]).get("part_code")
    except ValueError:
        return None
    return _picture(code) if isinstance(code, str) and code.isalnum() else None


def _picture(code: str) -> str:
    # Written out: a stream makes its events when the request that began it is over.
    return f"/webchat/pictures/{code}"
