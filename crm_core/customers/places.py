"""The places a customer has had parts sent to, as they keep them themselves."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm_core.customers.models import Customer, DeliveryAddress
from crm_core.errors import NotFound


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
