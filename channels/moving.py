"""A code from the web chat that arrives on WhatsApp: the talk goes on there, whoever has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crm_core import carts, handoffs, identity, notices
from crm_core import conversations as talks
from crm_core.timeline import Actor

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from crm_core.conversations import Conversation, Inbound, Received

SHOWN = 200
"""Signs of the cart that the answer names."""


def is_code(inbound: Inbound) -> bool:
    """Whether a message that has not been stored yet holds a code to be acted on."""
    return inbound.channel == "whatsapp" and identity.code_in(inbound.text) is not None


def hear(session: Session, received: Received) -> bool:
    """Act on a code in a WhatsApp message that came for the first time; whether there was one.

    In the transaction that stores the message, so that it is done once or not at all. The sender
    of an SMS can be forged, so a code counts on WhatsApp only.
    """
    talk, message = received.conversation, received.message
    code = identity.code_in(message.text) if talk.channel == "whatsapp" else None
    if code is None or not received.first:
        return False
    moved = identity.move(session, code, talk)
    if moved.outcome == "moved" and moved.talk is not None:
        actor = Actor.customer(talk.customer)
        handoffs.carry_over(session, moved.talk, talk, actor=actor)
    message.awaits_bot = False  # said below; the assistant would not know what the code means
    author = "bot" if talk.handler == "bot" else "system"
    talks.say(session, talk, _answer(session, talk, moved.outcome), author=author)
    return True


def _answer(session: Session, talk: Conversation, outcome: str) -> str:
    spoken = talk.customer
    held = carts.show(session, spoken)
    facts: dict[str, object] = {}
    code = {"spent": "move_code_spent", "refused": "move_refused"}.get(outcome, "moved_here")
    if code == "moved_here" and not held.empty:
        code = "moved_here_with_cart"
        lines = [f"{line.quantity} x {line.name.partition(' — ')[0]}" for line in held.lines]
        facts = {"inside": ", ".join(lines)[:SHOWN], "amount": held.total}
    return notices.render(code, spoken.language, spoken.honorific, **facts)
