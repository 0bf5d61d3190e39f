"""Plays a written talk against the assistant and says what came of it.

A file of this folder holds talks of one register. ``says`` are the messages in their order: a
sentence, a list of sentences sent at once, or ``sentence: words`` where one of the words, parted by
`` / ``, must stand in the answer or it is beside the point; the sentence ``photo`` is a picture.
``goal`` is what must be in the books at the end. A person who is called on the way, for a bid
that only people may take, hands back at once; where a talk is about a person or a grievance, nobody
does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from channels import sms
from crm_core import carts, complaints, handoffs, orders, payments, returns, staff
from crm_core.conversations import Conversation, Message
from crm_core.learning import Misunderstood
from crm_core.orders import Order
from crm_core.timeline import Actor
from tests import selling, spoken
from tests.conversations.conftest import Answer, Phone, ordered

HERE = Path(__file__).parent
REGISTERS = ("formal", "everyday", "slang", "english", "pontianak", "fresh", "later")
MOST_SMS_PARTS = 5
_DRAWN = re.compile(r"https?://\S+|\b[PKR]-[A-Z0-9]{5}\b")
"""What is drawn anew each time: it may look like any word."""


@dataclass(frozen=True)
class Said:
    """What is sent before the customer waits: texts, photos, and what the answer must hold."""

    texts: tuple[str, ...]
    photos: int = 0
    point: tuple[str, ...] = ()


@dataclass(frozen=True)
class Talk:
    """One customer from the first word to the last."""

    name: str
    register: str
    says: tuple[Said, ...]
    goal: dict[str, Any]
    channel: str = "whatsapp"
    language: str = "id"
    before: dict[str, dict[str, int]] = field(default_factory=dict)


@dataclass
class Played:
    """What came of a talk. ``missed`` is empty where the goal was reached."""

    lines: list[str] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    misunderstood: int = 0
    answers: int = 0


def all_talks() -> list[Talk]:
    """Every written talk, register after register."""
    return [
        _talk(row, register)
        for register in REGISTERS
        if (HERE / f"{register}.yaml").exists()
        for row in yaml.safe_load((HERE / f"{register}.yaml").read_text(encoding="utf-8"))
    ]


def _talk(row: dict[str, Any], register: str) -> Talk:
    rest = {key: value for key, value in row.items() if key not in {"talk", "says"}}
    says = tuple(_said(one) for one in row["says"])
    return Talk(name=row["talk"], says=says, **{"register": register, **rest})


def _said(one: str | list[str] | dict[str, str | int]) -> Said:
    if isinstance(one, str):
        return Said((one,))
    if isinstance(one, list):
        return Said(tuple(one))
    [(text, point)] = one.items()
    return Said(
        ("",) if text == "photo" else (text,),
        photos=int(text == "photo"),
        point=tuple(str(point).split(" / ")) if point else (),
    )


def play(phone: Phone, talk: Talk) -> Played:
    """Say all of ``talk``; the last look is at the books."""
    played = Played()
    _prepare(phone, talk)
    for said in talk.says:
        if _person_has_it(phone) and not _hands_back(phone, talk, played):
            played.lines.append(f"> {' + '.join(said.texts)}   (a person has the talk)")
            continue
        _turn(phone, talk, said, played)
    played.missed = phone.look(lambda s, c: _missed(s, c, talk.goal))
    played.misunderstood = phone.look(_misunderstood)
    return played


def _prepare(phone: Phone, talk: Talk) -> None:
    """Orders from before the talk, paid or delivered."""
    if not talk.before:
        return
    phone.says("hello" if talk.language == "en" else "halo kak")
    [(state, lines)] = talk.before.items()

    def make(session: Session, conversation: Conversation) -> None:
        customer = conversation.customer
        clerk = Actor.of_staff(staff.listing(session)[-1])
        order, payment = selling.placed(session, customer, list(lines.items()))
        selling.pay(session, payment, clerk, reference=f"FT-{order.order_code}")
        if state == "delivered":
            orders.pack(session, order, clerk)
            orders.ship(session, order, clerk, "JNE", f"JNE{order.id:06}")
            orders.deliver(session, order, Actor.customer(customer))

    phone.look(make)


def _person_has_it(phone: Phone) -> bool:
    return bool(phone.heard) and phone.look(lambda _, c: c.handler) != "bot"


def _hands_back(phone: Phone, talk: Talk, played: Played) -> bool:
    """Whether the bot goes on because the person who was called had nothing to settle."""
    if talk.goal.get("person") or talk.goal.get("trouble"):
        return False

    def serve(session: Session, conversation: Conversation) -> None:
        agent = staff.listing(session)[0]
        if conversation.handler == "queue":
            handoffs.claim(session, conversation, agent)
        handoffs.hand_back(session, conversation, agent)

    phone.look(serve)
    answer = phone.waits()
    played.lines.append(f"< {answer.text}   (a person handed back)")
    return True


def _turn(phone: Phone, talk: Talk, said: Said, played: Played) -> None:
    before = phone.heard[-1] if phone.heard else None
    asked = " + ".join(said.texts) or "(photo)"
    answer = phone.sends(*said.texts, photos=said.photos)
    played.answers += 1
    played.lines += [f"> {asked}", f"< {answer.text}   {list(answer.labels)}"]
    whole = _DRAWN.sub("", "\n".join((answer.text, *answer.labels))).lower()
    if said.point and not any(word.lower() in whole for word in said.point):
        played.beside.append(f"{asked} -> {answer.text}")
    played.faults += [f"{fault} after {asked!r}: {answer.text}" for fault in _faults(
        talk, answer, before)]  # fmt: skip


def _faults(talk: Talk, answer: Answer, before: Answer | None) -> list[str]:
    """What no answer may do, whatever was asked."""
    found = []
    if not answer.text.strip():
        found.append("an empty answer")
    if spoken.leaks("\n".join((answer.text, *answer.labels))):
        found.append("machinery")
    if before is not None and _DRAWN.sub("", before.text) == _DRAWN.sub("", answer.text):
        found.append("the same answer twice")
    own = spoken.own_words(_DRAWN.sub("", answer.text))
    if talk.language != "mixed" and spoken.sentences_not_in(talk.language, own):
        found.append(f"not in {talk.language}")
    if talk.channel == "sms":
        found += [
            "too long for SMS"
            for body in answer.bodies
            if sms.parts(sms.plain(body)) > MOST_SMS_PARTS
        ]
    return found


def _missed(session: Session, talk: Conversation, goal: dict[str, Any]) -> list[str]:
    """How the books differ from ``goal``."""
    found: list[str] = []
    open_orders = [
        one
        for one in orders.of_customer(session, talk.customer, limit=100)
        if one.state not in {"cancelled", "expired"}
    ]
    if "order" in goal:
        found += _order_missed(session, open_orders, goal)
    if "paid" in goal and [ordered(one) for one in open_orders] != [goal["paid"]]:
        found.append(f"open orders {[ordered(one) for one in open_orders]}")
    if "cart" in goal:
        cart = {line.part_code: line.quantity for line in carts.show(session, talk.customer).lines}
        if cart != goal["cart"]:
            found.append(f"cart {cart}")
    if goal.get("person") and talk.handler == "bot":
        found.append("no person was called")
    told = complaints.of_customer(session, talk.customer)
    if goal.get("trouble") and not told and not returns.of_customer(session, talk.customer):
        found.append("neither complaint nor return")
    return found


def _order_missed(session: Session, found: list[Order], goal: dict[str, Any]) -> list[str]:
    if len(found) != 1:
        cart = [ordered(one) for one in found]
        return [f"{len(found)} open orders {cart}"]
    [order] = found
    payment = payments.for_order(session, order)
    have = {
        "order": ordered(order),
        "to": order.recipient_name,
        "at": order.address,
        "district": order.district_label,
        "method": order.shipping_method,
        "payment": str(payment.state) if payment else None,
    }
    return [
        f"{key} is {have[key]}" for key, wanted in goal.items() if not _agrees(wanted, have[key])
    ]


def _agrees(wanted: Any, have: Any) -> bool:
    if isinstance(wanted, str) and isinstance(have, str):
        return wanted.lower() in have.lower()
    return bool(wanted == have)


def _misunderstood(session: Session, talk: Conversation) -> int:
    query = (
        select(func.count())
        .select_from(Misunderstood)
        .join(Message, Message.id == Misunderstood.message_id)
        .where(Message.conversation_id == talk.id)
    )
    return session.scalar(query) or 0
