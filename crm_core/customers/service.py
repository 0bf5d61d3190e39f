"""Knowing who talks to us: customers, their addresses, motorcycles and delivery addresses."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session, joinedload

from crm_core import clock, honorifics, phone, timeline
from crm_core.customers.models import (
    PRICE_CLASSES,
    ChannelAddress,
    Customer,
    CustomerBike,
    DeliveryAddress,
)
from crm_core.db import lock_key
from crm_core.errors import InvalidInput, NotAllowed, NotFound
from crm_core.recalling import recall
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
        _take_title(session, row.customer, profile_name, Actor.customer(row.customer))
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
    _record(session, customer, "met", Actor.customer(customer), channel=channel)
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
    _record(session, customer, "renamed", actor)
    _take_title(session, customer, cleaned, actor)
    return customer


def set_phone(session: Session, customer: Customer, text: str, *, actor: Actor) -> Customer:
    """Set the phone as typed; InvalidInput("phone_invalid")."""
    customer.phone = phone.to_e164(text)
    _record(session, customer, "phone_set", actor)
    return customer


def reveal_phone(session: Session, customer: Customer, *, actor: Actor) -> str | None:
    """The whole number for somebody who needs to call; that they looked is on the timeline."""
    _record(session, customer, "phone_revealed", actor)
    return customer.phone


def set_email(session: Session, customer: Customer, email: str, *, actor: Actor) -> Customer:
    """Set the e-mail address; InvalidInput("email_invalid")."""
    cleaned = email.strip().lower()
    local, _, domain = cleaned.partition("@")
    if not local or "." not in domain or len(cleaned) > 254 or cleaned.split() != [cleaned]:
        raise InvalidInput("email_invalid")
    customer.email = cleaned
    _record(session, customer, "email_set", actor)
    return customer


def set_language(session: Session, customer: Customer, language: str, *, actor: Actor) -> Customer:
    """Speak Indonesian ("id") or English ("en"); InvalidInput("language_unknown")."""
    if language not in {"id", "en"}:
        raise InvalidInput("language_unknown", languages=["id", "en"])
    if customer.language != language:
        customer.language = language
        _record(session, customer, "language_set", actor, language=language)
    return customer


def set_kind(session: Session, customer: Customer, kind: str, *, actor: Actor) -> Customer:
    """An individual or a workshop; InvalidInput("kind_unknown")."""
    if kind not in {"individual", "workshop"}:
        raise InvalidInput("kind_unknown")
    customer.kind = kind
    _record(session, customer, "kind_set", actor, kind=kind)
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
        _record(session, customer, "price_class_set", actor, price_class=price_class)
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
        _record(session, customer, "honorific_set", actor, honorific=heard)


def set_honorific(
    session: Session, customer: Customer, honorific: str, *, actor: Actor
) -> Customer:
    """Speak to the customer so from now on; InvalidInput("honorific_unknown")."""
    if honorific not in honorifics.FORMS:
        raise InvalidInput("honorific_unknown", honorifics=list(honorifics.FORMS))
    if (customer.honorific, customer.honorific_own) != (honorific, True):
        customer.honorific, customer.honorific_own = honorific, True
        _record(session, customer, "honorific_set", actor, honorific=honorific)
    return customer


def _take_title(session: Session, customer: Customer, name: str, actor: Actor) -> None:
    title = honorifics.of_name(name)
    if title:
        set_honorific(session, customer, title, actor=actor)


def set_consent(session: Session, customer: Customer, *, promo: bool, actor: Actor) -> Customer:
    """Give or take back the consent to promotions; each change is on the timeline."""
    if customer.promo_consent != promo:
        customer.promo_consent = promo
        _record(session, customer, "promo_consent", actor, given=promo)
    return customer


def stop_address(session: Session, address: ChannelAddress, *, actor: Actor) -> None:
    """Send nothing to this address any more, and no promotion to the customer anywhere."""
    if address.stopped_at is None:
        address.stopped_at = clock.now()
        _record(session, address.customer, "address_stopped", actor, channel=address.channel)
    set_consent(session, address.customer, promo=False, actor=actor)


def resume_address(session: Session, address: ChannelAddress, *, actor: Actor) -> None:
    """Send to this address again; consent to promotions stays as it is."""
    if address.stopped_at is not None:
        address.stopped_at = None
        _record(session, address.customer, "address_resumed", actor, channel=address.channel)


def add_bike(
    session: Session,
    customer: Customer,
    model: str,
    generation: str | None = None,
    year: int | None = None,
    *,
    actor: Actor | None = None,
) -> CustomerBike:
    """Remember a motorcycle. The same model again fills in generation and year, makes no second.

    Raises InvalidInput ("bike_model_missing", "bike_year_invalid").
    """
    model = one_line(model, LONGEST_NAME)
    if not model:
        raise InvalidInput("bike_model_missing")
    if year is not None and not 1950 <= year <= clock.local(clock.now()).year + 1:
        raise InvalidInput("bike_year_invalid", year=year)
    session.execute(select(Customer.id).where(Customer.id == customer.id).with_for_update())
    same = _same_bike(session, customer, model, generation, year)
    bike = same or CustomerBike(customer_id=customer.id, model=model)
    bike.generation = generation or bike.generation
    bike.year = year or bike.year
    session.add(bike)
    customer.updated_at = clock.now()
    session.flush()
    session.expire(customer, ["bikes"])
    if same is None:
        _record(session, customer, "bike_added", actor or Actor.customer(customer), model=model)
    return bike


def _same_bike(
    session: Session, customer: Customer, model: str, generation: str | None, year: int | None
) -> CustomerBike | None:
    for bike in bikes(session, customer):
        agrees = (
            bike.model.casefold() == model.casefold()
            and (not generation or not bike.generation or generation == bike.generation)
            and (not year or not bike.year or year == bike.year)
        )
        if agrees:
            return bike
    return None


_BIKES = (
    select(CustomerBike)
    .where(CustomerBike.customer_id == bindparam("customer_id"))
    .order_by(CustomerBike.id)
)


def bikes(session: Session, customer: Customer) -> Sequence[CustomerBike]:
    """The customer's motorcycles, the first remembered first."""
    given = {"customer_id": customer.id}
    return recall(
        session,
        ("bikes", customer.id),
        ("customer_bikes",),
        lambda: tuple(session.scalars(_BIKES, given)),
    )


def remove_bike(session: Session, customer: Customer, bike_id: int, *, actor: Actor) -> None:
    """Forget a motorcycle; NotFound("bike_not_found") if it is not the customer's."""
    bike = session.get(CustomerBike, bike_id)
    if bike is None or bike.customer_id != customer.id:
        raise NotFound("bike_not_found")
    session.delete(bike)
    customer.updated_at = clock.now()
    session.flush()
    session.expire(customer, ["bikes"])
    _record(session, customer, "bike_removed", actor, model=bike.model)


def remember_address(
    session: Session,
    customer: Customer,
    *,
    recipient_name: str,
    phone: str | None,
    address: str,
    district_id: int | None,
) -> DeliveryAddress:
    """Keep where parts were sent, as the default from now on; the same one is kept once.

    ``phone`` is E.164 or None. Raises InvalidInput ("name_missing", "delivery_address_missing").
    """
    name, street = one_line(recipient_name, LONGEST_NAME), one_line(address, LONGEST_ADDRESS)
    if not name:
        raise InvalidInput("name_missing")
    if not street:
        raise InvalidInput("delivery_address_missing")
    session.execute(select(Customer.id).where(Customer.id == customer.id).with_for_update())
    owned = DeliveryAddress.customer_id == customer.id
    session.execute(update(DeliveryAddress).where(owned).values(is_default=False))
    query = select(DeliveryAddress).where(
        owned,
        DeliveryAddress.recipient_name == name,
        DeliveryAddress.address == street,
        DeliveryAddress.district_id.is_not_distinct_from(district_id),
    )
    row = session.scalars(query).first() or DeliveryAddress(
        customer_id=customer.id, recipient_name=name, address=street, district_id=district_id
    )
    row.phone, row.is_default = phone, True
    session.add(row)
    session.flush()
    _take_title(session, customer, name, Actor.customer(customer))
    return row


_DEFAULT_ADDRESS = select(DeliveryAddress).where(
    DeliveryAddress.customer_id == bindparam("customer_id"), DeliveryAddress.is_default
)


def default_address(session: Session, customer: Customer) -> DeliveryAddress | None:
    """Where to send parts unless told otherwise; None if nothing was ever sent."""
    given = {"customer_id": customer.id}
    return recall(
        session,
        ("default_address", customer.id),
        ("delivery_addresses",),
        lambda: session.scalars(_DEFAULT_ADDRESS, given).first(),
    )


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


def _record(
    session: Session, customer: Customer, action: str, actor: Actor, **facts: object
) -> None:
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
