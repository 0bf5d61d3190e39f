"""A tap on something that we showed: by a short reference to the message and the place in it.

A choice's own command never leaves the house, and a reference means something only in the
conversation whose message it names.
"""

from __future__ import annotations

import re

from sqlalchemy.orm import Session

from crm_core.conversations.models import Conversation, Message

_REFERENCE = re.compile(r"m([0-9]{1,18})\.([0-9]{1,2})")


def tap_reference(message_id: int, place: int) -> str:
    """What comes back when choice ``place`` (from 0) of a message is tapped: ``m42.0``."""
    return f"m{message_id}.{place}"


def meant_by_tap(session: Session, conversation: Conversation, tapped: str) -> str:
    """The command of the choice that a reference names, in this conversation only.

    Anything else is returned as it came; whether it was ever offered is asked when it is used.
    """
    found = _REFERENCE.fullmatch(tapped)
    if found is None:
        return tapped
    message, place = session.get(Message, int(found[1])), int(found[2])
    if message is None or message.conversation_id != conversation.id:
        return tapped
    offered = message.choices if message.direction == "outbound" else []
    return str(offered[place]["payload"]) if place < len(offered) else tapped
