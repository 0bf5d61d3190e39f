"""Customers who reach the shop through Twilio: signed webhooks in, the fake's ledger out."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from channels.twin import Twin
from crm_core import clock, conversations, db, orders
from crm_core.conversations import Conversation, Message
from crm_core.orders import Order
from tests.forms import (
    ACCOUNT,
    SHOP_SMS,
    SHOP_WHATSAPP,
    TOKEN,
    post_signed,
)
from tests.journeys.conftest import Sapa

PATIENCE_S = 60.0
SOON = timedelta(minutes=2)


def twilio_settings(twilio: Twin) -> dict[str, object]:
    """Settings of a shop that has an account at the fake Twilio."""
    return {
        "sender": "twilio",
        "twilio_account_sid": ACCOUNT,
        "twilio_auth_token": TOKEN,
        "twilio_whatsapp_from": SHOP_WHATSAPP,
        "twilio_sms_from": SHOP_SMS,
        "twilio_api_url": twilio.url,
        "twilio_timeout_s": 3,
    }


def eventually(true: Callable[[], bool], what: str, limit_s: float = PATIENCE_S) -> None:
    """Wait until ``true()``; fail naming ``what`` did not happen."""
    deadline = time.monotonic() + limit_s
    while not true():
        assert time.monotonic() < deadline, f"not within {limit_s:.0f} s: {what}"
        time.sleep(0.05)


@dataclass
class Customer:
    """One phone. ``says`` sends a message and gives the reply."""

    sapa: Sapa
    twilio: Twin
    number: str
    channel: str = "whatsapp"
    heard: int = 0
    talk: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return f"whatsapp:{self.number}" if self.channel == "whatsapp" else self.number

    def inbox(self) -> list[str]:
        """Everything that the customer got."""
        return self.twilio.bodies_to(self.address)

    def sends(self, text: str = "", **more: str) -> dict[str, str]:
        """Send without waiting for the reply; returns the form that was posted."""
        form = self.twilio.inbound_form(self.address, text, **more)
        assert self.post(form) == 204
        return form

    def post(self, form: dict[str, str]) -> int:
        return post_signed(f"{self.sapa.url}/twilio/messages", form)

    def sends_photo(self, content: bytes) -> str:
        """Send a photo without words and give the reply."""
        url = self.twilio.add_media(content)
        self.sends("", NumMedia="1", MediaUrl0=url, MediaContentType0="image/jpeg")
        return self.hears()

    def taps(self, label: str) -> str:
        """Tap what the last message showed and give the reply."""
        sent = self.twilio.sent_to(self.address)[-1]
        place = [shown for shown, _ in sent.buttons].index(label)
        assert self.post(self.twilio.tap(sent, place)) == 204
        return self.hears()

    def says(self, text: str) -> str:
        """Send and give the reply (one reply per turn)."""
        self.sends(text)
        return self.hears()

    def hears(self, limit_s: float = PATIENCE_S) -> str:
        """The next message that the customer gets."""
        eventually(
            lambda: len(self.inbox()) > self.heard, f"a reply after {self.talk[-3:]}", limit_s
        )
        reply = self.inbox()[self.heard]
        self.heard += 1
        self.talk.append(reply)
        return reply


class Books:
    """What the shop's database says, read while everything runs."""

    def __init__(self, sapa: Sapa) -> None:
        self.engine = db.engine_for(sapa.running().addresses["database_url"])

    def close(self) -> None:
        self.engine.dispose()

    def work(self) -> AbstractContextManager[Session]:
        """One transaction from outside; nobody is woken by it, so the sweep has to find it."""
        return db.unit_of_work(db.sessions(self.engine))

    def talk(self, session: Session, customer: Customer) -> Conversation:
        channel = "" if customer.channel == "whatsapp" else "sms:"
        found = conversations.of_address(session, f"{channel}{customer.address}")
        assert found is not None
        return found

    def orders(self, customer: Customer) -> list[Order]:
        with self.work() as session:
            talk = self.talk(session, customer)
            return list(orders.of_customer(session, talk.customer, 50))

    def settles(self, customer: Customer, limit_s: float = 150) -> None:
        """Wait until nothing of the customer's is unanswered, unfinished or unsent; what is only
        paced, or to be tried again soon, is waited for as well."""

        def calm() -> bool:
            with self.work() as session:
                talk = self.talk(session, customer)
                busy = conversations.due_turns(session)
                sending = session.scalars(
                    select(Message.id).where(
                        Message.conversation_id == talk.id,
                        Message.status == "queued",
                        or_(Message.due_at.is_(None), Message.due_at < clock.now() + SOON),
                    )
                ).all()
                doubtful = conversations.stale_sending(session, 0)
                return talk.id not in busy and not sending and not doubtful

        eventually(calm, f"all of {customer.number} is answered and sent", limit_s)
        customer.heard = len(customer.inbox())
