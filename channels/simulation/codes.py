"""Codes by SMS: read off the phone, typed rightly, wrongly, or too late."""

from __future__ import annotations

import re
from random import Random

from sqlalchemy import select
from sqlalchemy.orm import Session

from channels.simulation.world import AT_ONCE, After, Deed, World
from crm_core import customers, payments
from crm_core.conversations import Conversation, Message
from crm_core.timeline import Actor

_SIX = re.compile(r"(?<!\d)\d{6}(?!\d)")
_LATELY = 5


def latest(session: Session, customer_id: int) -> str | None:
    """The six digits that the shop has sent this customer last."""
    texts = session.scalars(
        select(Message.text)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.customer_id == customer_id, Message.author == "system")
        .order_by(Message.id.desc())
        .limit(_LATELY)
    )
    found = (_SIX.search(text) for text in texts)
    return next((one.group() for one in found if one), None)


def wrong(digits: str) -> str:
    """Another code than this."""
    return f"{(int(digits) + 1) % 1_000_000:06d}"


def answered(world: World, customer_id: int, random: Random) -> list[After]:
    """What somebody who has reported a transfer does about the code that came."""
    chance = random.random()
    if chance < 0.4:
        return []
    steps = AT_ONCE if chance < 0.9 else 0  # hours later it is too late
    return [After(steps, "sms code answered", _answer(world, customer_id, right=chance < 0.8))]


def _answer(world: World, customer_id: int, *, right: bool) -> Deed:
    def deed(session: Session, _: Random) -> list[After]:
        digits = latest(session, customer_id)
        if digits is None:
            return []
        customer = customers.by_id(session, customer_id)
        text = digits if right else wrong(digits)
        said = payments.answer_code(session, customer, text, actor=Actor.customer(customer))
        world.count("sms codes right" if said.right else "sms codes wrong")
        if said.right or right:
            return []
        return [After(AT_ONCE, "sms code answered", _answer(world, customer_id, right=True))]

    return deed
