"""The places a customer has had parts sent to, as they keep them themselves."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from crm_core.customers.models import Customer, DeliveryAddress
from crm_core.customers.service import LONGEST_ADDRESS, LONGEST_NAME, one_line, take_title
from crm_core.errors import InvalidInput, NotFound
from crm_core.recalling import recall
from crm_core.timeline import Actor


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
    take_title(session, customer, name, Actor.customer(customer))
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


def delivery_addresses(session: Session, customer: Customer) -> Sequence[DeliveryAddress]:
    """All of them, the default first."""
    query = select(DeliveryAddress).where(DeliveryAddress.customer_id == customer.id)
    return session.scalars(
        query.order_by(DeliveryAddress.is_default.desc(), DeliveryAddress.id)
    ).all()


def choose_address(session: Session, customer: Customer, address_id: int) -> None:
    """Send there from now on; NotFound("address_not_found") if it is not the customer's."""
    row = _own(session, customer, address_id)
    own = DeliveryAddress.customer_id == customer.id
    session.execute(update(DeliveryAddress).where(own).values(is_default=False))
    session.flush()
    row.is_default = True
    session.flush()


def forget_address(session: Session, customer: Customer, address_id: int) -> None:
    """Forget a place; NotFound("address_not_found") if it is not the customer's.

    Orders keep the address they were placed with.
    """
    session.delete(_own(session, customer, address_id))
    session.flush()


def _own(session: Session, customer: Customer, address_id: int) -> DeliveryAddress:
    session.execute(select(Customer.id).where(Customer.id == customer.id).with_for_update())
    row = session.get(DeliveryAddress, address_id, populate_existing=True)
    if row is None or row.customer_id != customer.id:
        raise NotFound("address_not_found")
    return row
