"""Somebody who writes for the first time, in as few statements as it takes."""

from __future__ import annotations

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from crm_core import honorifics, timeline
from crm_core.customers.models import ChannelAddress, Customer
from crm_core.customers.service import LONGEST_NAME, one_line, phone_in
from crm_core.db import Base, lock_key
from crm_core.timeline import Actor


def meet(session: Session, channel: str, address: str, name: str) -> tuple[int, int] | None:
    """Make the customer of a well-formed address: the ids of both.

    None, and nothing has changed, for an address that is known, and for a ``name`` that says how
    its owner wants to be called: :func:`crm_core.customers.address_row` knows what to do.
    """
    if honorifics.of_name(name):
        return None
    lock_key(session, f"address:{address}")
    known = select(ChannelAddress.id).where(ChannelAddress.address == address)
    if session.execute(known).first() is not None:
        return None
    customer = {
        "phone": phone_in(address),
        "language": "id",
        "name": one_line(name, LONGEST_NAME) or None,
    }
    # The tables, not the classes: nobody needs the objects, and the defaults are the same.
    made = session.execute(
        insert(Base.metadata.tables["customers"]).values(customer).returning(Customer.id)
    )
    customer_id = made.scalar_one()
    place = {"customer_id": customer_id, "channel": channel, "address": address}
    made = session.execute(
        insert(Base.metadata.tables["channel_addresses"]).values(place).returning(ChannelAddress.id)
    )
    timeline.record(
        session,
        subject="customer",
        subject_id=customer_id,
        action="met",
        actor=Actor("customer", customer_id, ""),
        customer_id=customer_id,
        facts={"channel": channel},
    )
    return customer_id, made.scalar_one()
