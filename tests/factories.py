"""Small builders for tests: each makes one valid thing, told only what the test is about."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from crm_core import conversations, customers, staff
from crm_core.conversations import Conversation, Draft, Inbound, Message, Received, Work
from crm_core.customers import Customer
from crm_core.staff import Staff

MOMENT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
"""A Friday, ten in the morning in Pontianak. Freeze it with ``time_machine.travel``."""
BUDI, SITI = "whatsapp:+6281234567890", "whatsapp:+6285345678901"
BUDI_SMS = "sms:+6281234567890"
PASSWORD = "kereta-api-biru"

_numbers = count(1)


def inbound(text: str = "Halo kak", address: str = BUDI, **others: Any) -> Inbound:
    """A message as a channel hands it over, with an id of its own unless given."""
    values: dict[str, Any] = {
        "provider": "web" if address.startswith("web:") else "twilio",
        "provider_id": f"SM{next(_numbers):032x}",
        "channel": address.partition(":")[0],
    }
    return Inbound(address=address, text=text, **(values | others))


def customer(session: Session, address: str = BUDI, name: str | None = "Budi") -> Customer:
    """A customer known by one address."""
    return customers.for_address(session, address.partition(":")[0], address, profile_name=name)


def received(
    session: Session, text: str = "Halo kak", address: str = BUDI, **more: Any
) -> Received:
    """A message that has just been stored."""
    return conversations.receive(session, inbound(text, address, **more))


def conversation(session: Session, address: str = BUDI) -> Conversation:
    """A conversation in which nothing is waiting: one greeting, answered and delivered."""
    talk = received(session, address=address).conversation
    for message in answered(session, talk, Draft("Halo Kak, ada yang bisa dibantu?")):
        delivered(session, message)
    return talk


def work(session: Session, talk: Conversation) -> Work:
    """The turn that is due in the conversation, begun."""
    found = conversations.begin_turn(session, talk.id)
    assert found is not None
    return found


def answered(session: Session, talk: Conversation, *drafts: Draft) -> list[Message]:
    """The bot answers what is due with these drafts."""
    return conversations.finish_turn(session, work(session, talk).turn_id, drafts)


def delivered(session: Session, message: Message) -> Message:
    """The message has reached the customer."""
    assert conversations.claim_delivery(session, message.id) is not None
    return conversations.mark_sent(
        session, message.id, f"SM{next(_numbers):032x}", provider_status="delivered"
    )


def member(session: Session, role: str = "agent", name: str = "Sari") -> Staff:
    """Somebody who works here, with ``PASSWORD``."""
    email = f"{name.lower()}{next(_numbers)}@toko.example"
    return staff.add(session, email=email, name=name, role=role, password=PASSWORD)
