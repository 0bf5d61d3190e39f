"""Knowing who talks to us: customers and the addresses at which they write."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from crm_core import clock, honorifics, phone, timeline
from crm_core.customers.models import (
    PRICE_CLASSES,
    ChannelAddress,
    Customer,
)
from crm_core.db import lock_key
from crm_core.errors import InvalidInput, NotAllowed, NotFound
from crm_core.timeline import Actor

CHANNELS = ("whatsapp", "sms", "web")
LONGEST_NAME, LONGEST_ADDRESS = 80, 500


def for_address(
    session: Session, channel: str, address: str, profile_name: str | None = None
) -> Customer:
    """The customer of a channel address; a new address makes a new customer.

    Parallel first messages from one address make one customer. ``profile_name`` is what the
    provider says they call themselves: taken only as the name of somebody without one. The number
    in a WhatsApp or SMS address becomes the phone of a new customer. Raises InvalidInput
    ("address_invalid").
    """
    return address_row(session, channel, address, profile_name).customer


def address_row(
    session: Session, channel: str, address: str, profile_name: str | None = None
) -> ChannelAddress:
    """As :func:`for_address`, but the address itself."""
    if channel not in CHANNELS or not address.startswith(f"{channel}:") or len(address) > 200:
        raise InvalidInput("address_invalid")
    query = (
        select(ChannelAddress)
        .where(ChannelAddress.address == address)
        .options(joinedload(ChannelAddress.customer, innerjoin=True))
    )
    row = session.scalars(query).first()
    if row is None:
        lock_key(session, f"address:{address}")
        row = session.scalars(query).first() or _new_address(session, channel, address)
    if row.customer.name is None and profile_name:
        row.customer.name = one_line(profile_name, LONGEST_NAME) or None
        take_title(session, row.customer, profile_name, Actor.customer(row.customer))
        session.flush()
    return row


def known_at(session: Session, address: str) -> Customer | None:
    """The customer of a channel address, or None if nobody has used it; makes nothing."""
    query = select(Customer).join(ChannelAddress).where(ChannelAddress.address == address)
    return session.scalars(query).one_or_none()


def _new_address(session: Session, channel: str, address: str) -> ChannelAddress:
    customer = Customer(phone=phone_in(address), language="id")
    row = ChannelAddress(customer=customer, channel=channel, address=address)
    session.add(row)
    session.flush()
    record(session, customer, "met", Actor.customer(customer), channel=channel)
    return row


def by_public_id(session: Session, public_id: str) -> Customer:
    """The customer with this public id, or who they turned out to be.

    Raises NotFound ("customer_not_found").
    """
    try:
        wanted = str(UUID(public_id))
    except ValueError:
        raise NotFound("customer_not_found") from None
    customer = session.scalars(select(Customer).where(Customer.public_id == wanted)).first()
    while customer is not None and customer.merged_into_id is not None:
        customer = session.get(Customer, customer.merged_into_id)
    if customer is None:
        raise NotFound("customer_not_found")
    return customer


def by_id(session: Session, customer_id: int) -> Customer:
    """The customer with this internal id; NotFound("customer_not_found")."""
    customer = session.get(Customer, customer_id)
    if customer is None:
        raise NotFound("customer_not_found")
    return customer


def ids_of(session: Session, customer: Customer) -> list[int]:
    """The internal ids under which the customer's past is recorded: their own and merged ones."""
    merged = select(Customer.id).where(Customer.merged_into_id == customer.id)
    return [customer.id, *session.scalars(merged)]


def same_phone(session: Session, customer: Customer) -> Sequence[Customer]:
    """Others with the same phone: perhaps the same person, for staff to decide."""
    if customer.phone is None:
        return []
    query = select(Customer).where(Customer.phone == customer.phone, Customer.id != customer.id)
    return session.scalars(query.order_by(Customer.id)).all()


def rename(session: Session, customer: Customer, name: str, *, actor: Actor) -> Customer:
    """Set the name; InvalidInput("name_missing") for an empty one."""
    cleaned = one_line(name, LONGEST_NAME)
    if not cleaned:
        raise InvalidInput("name_missing")
    customer.name = cleaned
    record(session, customer, "renamed", actor)
    take_title(session, customer, cleaned, actor)
    return customer


def set_phone(session: Session, customer: Customer, text: str, *, actor: Actor) -> Customer:
    """Set the phone as typed; InvalidInput("phone_invalid")."""
    customer.phone = phone.to_e164(text)
    record(session, customer, "phone_set", actor)
    return customer


def reveal_phone(session: Session, customer: Customer, *, actor: Actor) -> str | None:
    """The whole number for somebody who needs to call; that they looked is on the timeline."""
    record(session, customer, "phone_revealed", actor)
    return customer.phone


def set_email(session: Session, customer: Customer, email: str, *, actor: Actor) -> Customer:
    """Set the e-mail address; InvalidInput("email_invalid")."""
    cleaned = email.strip().lower()
    local, _, domain = cleaned.partition("@")
    if not local or "." not in domain or len(cleaned) > 254 or cleaned.split() != [cleaned]:
        raise InvalidInput("email_invalid")
    customer.email = cleaned
    record(session, customer, "email_set", actor)
    return customer


def set_language(session: Session, customer: Customer, language: str, *, actor: Actor) -> Customer:
    """Speak Indonesian ("id") or English ("en"); InvalidInput("language_unknown")."""
    if language not in {"id", "en"}:
        raise InvalidInput("language_unknown", languages=["id", "en"])
    if customer.language != language:
        customer.language = language
        record(session, customer, "language_set", actor, language=language)
    return customer


def set_kind(session: Session, customer: Customer, kind: str, *, actor: Actor) -> Customer:
    """An individual or a workshop; InvalidInput("kind_unknown")."""
    if kind not in {"individual", "workshop"}:
        raise InvalidInput("kind_unknown")
    customer.kind = kind
    record(session, customer, "kind_set", actor, kind=kind)
    return customer


def set_price_class(
    session: Session, customer: Customer, price_class: str, *, actor: Actor
) -> Customer:
    """Let the customer pay the prices of a class: walk_in, workshop or reseller.

    Raises InvalidInput ("price_class_unknown", classes), NotAllowed ("staff_only") for anybody
    but the shop.
    """
    if price_class not in PRICE_CLASSES:
        raise InvalidInput("price_class_unknown", classes=list(PRICE_CLASSES))
    if actor.kind not in {"staff", "system"}:
        raise NotAllowed("staff_only")
    if customer.price_class != price_class:
        customer.price_class = price_class
        record(session, customer, "price_class_set", actor, price_class=price_class)
    return customer


def hear_honorific(session: Session, customer: Customer, text: str, *, actor: Actor) -> None:
    """Keep how the customer wants to be spoken to, as far as ``text`` says it.

    A title that they give themselves stays; how they address the shop counts until then.
    """
    claimed = honorifics.own(text)
    if claimed:
        set_honorific(session, customer, claimed, actor=actor)
        return
    heard = honorifics.mirrored(text)
    if heard and not customer.honorific_own and heard != customer.honorific:
        customer.honorific = heard
        record(session, customer, "honorific_set", actor, honorific=heard)


def set_honorific(
    session: Session, customer: Customer, honorific: str, *, actor: Actor
) -> Customer:
    """Speak to the customer so from now on; InvalidInput("honorific_unknown")."""
    if honorific not in honorifics.FORMS:
        raise InvalidInput("honorific_unknown", honorifics=list(honorifics.FORMS))
    if (customer.honorific, customer.honorific_own) != (honorific, True):
        customer.honorific, customer.honorific_own = honorific, True
        record(session, customer, "honorific_set", actor, honorific=honorific)
    return customer


def take_title(session: Session, customer: Customer, name: str, actor: Actor) -> None:
    """Address the customer by the title that a name brings with it ("Pak Joko")."""
    title = honorifics.of_name(name)
    if title:
        set_honorific(session, customer, title, actor=actor)


def set_consent(session: Session, customer: Customer, *, promo: bool, actor: Actor) -> Customer:
    """Give or take back the consent to promotions; each change is on the timeline."""
    if customer.promo_consent != promo:
        customer.promo_consent = promo
        record(session, customer, "promo_consent", actor, given=promo)
    return customer


def stop_address(session: Session, address: ChannelAddress, *, actor: Actor) -> None:
    """Send nothing to this address any more, and no promotion to the customer anywhere."""
    if address.stopped_at is None:
        address.stopped_at = clock.now()
        record(session, address.customer, "address_stopped", actor, channel=address.channel)
    set_consent(session, address.customer, promo=False, actor=actor)


def resume_address(session: Session, address: ChannelAddress, *, actor: Actor) -> None:
    """Send to this address again; consent to promotions stays as it is."""
    if address.stopped_at is not None:
        address.stopped_at = None
        record(session, address.customer, "address_resumed", actor, channel=address.channel)


def phone_in(address: str) -> str | None:
    """The number in a channel address, if it is one."""
    number = address.partition(":")[2]
    try:
        return phone.to_e164(number) if number.startswith("+") else None
    except InvalidInput:
        return None


def one_line(text: str, longest: int) -> str:
    """One line without control signs, at most ``longest`` signs."""
    kept = "".join(
        " " if unicodedata.category(sign) in {"Cc", "Cs", "Zl", "Zp"} else sign for sign in text
    )
    return " ".join(kept.split())[:longest].strip()


def record(
    session: Session, customer: Customer, action: str, actor: Actor, **facts: object
) -> None:
    """Note in the history what was done to the customer."""
    session.flush()
    timeline.record(
        session,
        subject="customer",
        subject_id=customer.id,
        action=action,
        actor=actor,
        customer_id=customer.id,
        facts=facts,
    )
