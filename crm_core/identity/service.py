"""Who a visitor is: signing in with a proven phone, and one customer instead of two.

Two customers become one only on a proof (decisions 0005 and 0032): a code read on the phone whose
own addresses the other customer writes from. A number that somebody merely typed proves nothing.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock, customers, timeline
from crm_core.conversations import Conversation
from crm_core.customers import ChannelAddress, Customer
from crm_core.db import Event, announce
from crm_core.errors import Conflict, NotAllowed
from crm_core.identity import codes, merging
from crm_core.identity.codes import PhoneProof
from crm_core.identity.models import PhoneCode
from crm_core.timeline import Actor

LATE = timedelta(minutes=15)
"""So long after a merge something begun before it may still arrive for the customer that was."""


def sign_in(session: Session, proof: PhoneProof, *, old: str, new: str) -> Customer:
    """The customer of a proven phone, reached at the web address ``new`` from here on.

    ``old`` is the address the browser had: what was done there comes along, and it ends, so that
    whoever knew it before the proof has nothing. Raises as :func:`link`.
    """
    target = _of_phone(session, proof)
    visitor = customers.known_at(session, old)
    if visitor is not None:
        link(session, visitor, target, proof=proof)
    row = session.scalars(select(ChannelAddress).where(ChannelAddress.address == old)).one_or_none()
    if row is None:
        row = ChannelAddress(customer=target, channel="web", address=new)
        session.add(row)
    row.address = new
    session.flush()
    return target


def sign_out(session: Session, address: str) -> None:
    """End a browser's address: its conversation stays with the customer, and nobody reads there."""
    query = select(ChannelAddress).where(ChannelAddress.address == address)
    row = session.scalars(query.with_for_update()).one_or_none()
    if row is not None:
        row.address, row.closed_at = f"web:{secrets.token_hex(16)}", clock.now()
        session.flush()


def link(session: Session, visitor: Customer, proven: Customer, *, proof: PhoneProof) -> Customer:
    """Make ``visitor`` the customer ``proven``, whose phone they have just proven; returns them.

    Everything of theirs is the other's from here on; carts add up. Doing it again changes nothing.
    Raises NotAllowed ("not_proven") unless ``proof`` is fresh and ``proven`` writes from its
    number, Conflict ("visitor_known") if ``visitor`` is somebody with a phone of their own.
    """
    if visitor.id == proven.id:
        return proven
    _refuse_unproven(session, proven, proof)
    return join(session, visitor, proven, proof.phone)


def join(session: Session, visitor: Customer, proven: Customer, phone: str | None) -> Customer:
    """Give everything of ``visitor`` to ``proven``; the caller has seen the proof of ``phone``.

    Raises Conflict ("visitor_known") if ``visitor`` is somebody with a phone of their own.
    """
    locked = merging.hold(session, visitor.id, proven.id)
    visitor, proven = locked[visitor.id], locked[proven.id]
    if visitor.merged_into_id == proven.id:
        return proven
    others = customers.proven_numbers(session, visitor) - {phone}
    if others or visitor.merged_into_id is not None or proven.merged_into_id is not None:
        raise Conflict("visitor_known")
    moved = merging.move(session, visitor, proven)
    merging.take_over(session, visitor, proven, phone)
    _record(session, visitor, proven, moved)
    return proven


def tidy(session: Session) -> int:
    """Bring after what arrived for merged customers while they were merged; hide spent codes.

    Returns how many rows were brought after.
    """
    codes.hide_old(session)
    recent = select(Customer.id, Customer.merged_into_id).where(
        Customer.merged_at > clock.now() - LATE, Customer.merged_into_id.is_not(None)
    )
    late: list[int] = []
    for visitor_id, proven_id in session.execute(recent.order_by(Customer.id)).all():
        if proven_id is not None:
            locked = merging.hold(session, visitor_id, proven_id)
            late += merging.move(session, locked[visitor_id], locked[proven_id]).values()
    return sum(late)


def _of_phone(session: Session, proof: PhoneProof) -> Customer:
    """Who writes from a proven number, one customer from here on.

    Whoever reads the SMS of a number can also open WhatsApp with it, so an SMS proves both; a code
    read in WhatsApp proves that alone.
    """
    addresses = [f"whatsapp:{proof.phone}"]
    if proof.channel == "sms":
        addresses.append(f"sms:{proof.phone}")
    found = [one for one in (customers.known_at(session, a) for a in addresses) if one is not None]
    target = found[0] if found else customers.for_address(session, "sms", f"sms:{proof.phone}")
    for other in found[1:]:
        if not customers.proven_numbers(session, other) - {proof.phone}:
            link(session, other, target, proof=proof)
    return target


def _refuse_unproven(session: Session, proven: Customer, proof: PhoneProof) -> None:
    row = session.get(PhoneCode, proof.id)
    fresh = row is not None and row.proven_at is not None and row.phone == proof.phone
    if not fresh or row is None or row.proven_at is None or clock.now() - row.proven_at > LATE:
        raise NotAllowed("not_proven")
    if proof.phone not in customers.proven_numbers(session, proven):
        raise NotAllowed("not_proven")


def _record(session: Session, visitor: Customer, proven: Customer, moved: dict[str, int]) -> None:
    actor = Actor.customer(proven)
    for subject, action in ((proven, "linked"), (visitor, "linked_into")):
        other = visitor if subject is proven else proven
        timeline.record(
            session,
            subject="customer",
            subject_id=subject.id,
            action=action,
            actor=actor,
            customer_id=subject.id,
            facts={"customer": other.public_id, "moved": moved},
        )
    talks = select(Conversation.public_id).where(Conversation.customer_id == proven.id)
    for public_id in session.scalars(talks):
        announce(session, Event("conversation_changed", {"conversation_id": public_id}))
