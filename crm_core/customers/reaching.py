"""By which numbers a customer can be reached."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core.customers import service
from crm_core.customers.models import ChannelAddress, Customer
from crm_core.db import lock_key


def sms_address(session: Session, customer: Customer, number: str) -> ChannelAddress:
    """Where text messages to ``number`` (E.164) go, made if nobody has written from there.

    The new address is the customer's own only if they write from this very number on WhatsApp. A
    number that somebody merely typed is not proven to be theirs, so its address belongs to a
    customer of its own and nothing of the one shows up at the other. Raises InvalidInput
    ("address_invalid").
    """
    address = f"sms:{number}"
    if number not in proven_numbers(session, customer):
        return service.address_row(session, "sms", address)
    query = select(ChannelAddress).where(ChannelAddress.address == address)
    row = session.scalars(query).first()
    if row is None:
        lock_key(session, f"address:{address}")
        row = session.scalars(query).first()
    if row is None:
        row = ChannelAddress(customer=customer, channel="sms", address=address)
        session.add(row)
        session.flush()
    return row


def proven_numbers(session: Session, customer: Customer) -> frozenset[str]:
    """The numbers (E.164) that the customer has written from."""
    query = select(ChannelAddress.address).where(
        ChannelAddress.customer_id == customer.id, ChannelAddress.channel.in_(("whatsapp", "sms"))
    )
    return frozenset(address.partition(":")[2] for address in session.scalars(query))


def add_address(session: Session, known: ChannelAddress, address: str) -> None:
    """Remember that whoever writes from ``known`` is the same person at ``address``, as their
    provider says; an address that somebody has used already stays theirs."""
    if not address.startswith(f"{known.channel}:") or len(address) > 200:
        return
    query = select(ChannelAddress.id).where(ChannelAddress.address == address)
    if session.scalars(query).first() is None:
        lock_key(session, f"address:{address}")
        if session.scalars(query).first() is None:
            row = ChannelAddress(
                customer_id=known.customer_id, channel=known.channel, address=address
            )
            session.add(row)
            session.flush()
