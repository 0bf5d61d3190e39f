"""Giving everything of one customer to another, in every table there is.

Which tables those are is read from the metadata, so that a new one cannot be forgotten; the few in
which two customers' rows can collide have a way of their own, and a test refuses a new one without.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Column, Table, delete, func, select, update
from sqlalchemy.orm import Session

from crm_core import clock, loyalty
from crm_core.carts import Cart, CartLine
from crm_core.carts.rules import MOST_PIECES
from crm_core.customers import Customer, CustomerBike, DeliveryAddress
from crm_core.db import Base

OWN_WAY: dict[str, Callable[[Session, int, int], int]] = {}
"""Tables whose rows are not simply given over; each returns how many rows it changed."""


def columns() -> list[Column[object]]:
    """Every column that names a customer, but for the link between customers itself."""
    tables: list[Table] = list(Base.metadata.sorted_tables)
    return [
        column
        for table in tables
        for column in table.columns
        if any(key.target_fullname == "customers.id" for key in column.foreign_keys)
        and table.name != Customer.__tablename__
    ]


def hold(session: Session, *ids: int) -> dict[int, Customer]:
    """These customers, read anew and held in one order for everybody.

    Rows that only point to them need not wait; what so arrives late, ``tidy`` brings after.
    """
    query = (
        select(Customer)
        .where(Customer.id.in_(ids))
        .order_by(Customer.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return {row.id: row for row in session.scalars(query)}


def move(session: Session, source: Customer, target: Customer) -> dict[str, int]:
    """Give all rows of ``source`` to ``target``, both held; returns rows changed by table."""
    moved: dict[str, int] = {}
    # Points are the last rows that anybody locks.
    last = loyalty.PointsAccount.__tablename__
    for column in sorted(columns(), key=lambda one: one.table.name == last):
        name = column.table.name
        own = OWN_WAY.get(name)
        if own is not None:
            count = own(session, source.id, target.id)
        else:
            assert isinstance(column.table, Table)  # noqa: S101 - mapped to tables only
            change = update(column.table).where(column == source.id)
            done = session.execute(change.values({column.name: target.id}))
            count = getattr(done, "rowcount", 0)
        if count:
            moved[name] = moved.get(name, 0) + count
    session.flush()
    session.expire_all()
    return moved


def take_over(session: Session, source: Customer, target: Customer, phone: str | None) -> None:
    """What ``target`` has not said of themselves, ``source`` has; ``source`` is nobody any more.

    Consent and prices are never taken over: each was given to one customer.
    """
    target.phone = target.phone or phone
    target.name = target.name or source.name
    target.email = target.email or source.email
    if target.honorific is None:
        target.honorific, target.honorific_own = source.honorific, source.honorific_own
    target.updated_at = clock.now()
    source.name = source.phone = source.email = None
    source.active, source.promo_consent = False, False
    source.merged_into_id, source.merged_at = target.id, clock.now()
    session.flush()


def _own_way(
    table: str,
) -> Callable[[Callable[[Session, int, int], int]], Callable[[Session, int, int], int]]:
    def keep(way: Callable[[Session, int, int], int]) -> Callable[[Session, int, int], int]:
        OWN_WAY[table] = way
        return way

    return keep


@_own_way("carts")
def _carts(session: Session, source: int, target: int) -> int:
    """The lines add up in the other's cart; the emptied cart stays where it is.

    Somebody may be waiting for it at this moment, and must find a cart.
    """
    held = {
        cart.customer_id: cart
        for cart in session.scalars(
            select(Cart)
            .where(Cart.customer_id.in_([source, target]))
            .order_by(Cart.customer_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    }
    if source not in held:
        return 0
    lines = session.scalars(select(CartLine).where(CartLine.cart_id == held[source].id)).all()
    if not lines:
        return 0
    if target not in held:
        held[target] = Cart(customer_id=target)
        session.add(held[target])
        session.flush()
    into = held[target]
    for line in lines:
        _add_up(session, line, into)
    into.voucher_code = into.voucher_code or held[source].voucher_code
    held[source].voucher_code = None
    into.use_points = into.use_points or held[source].use_points
    into.note, held[source].note = into.note or held[source].note, None
    held[source].use_points = False
    into.updated_at = clock.now()
    return len(lines)


def _add_up(session: Session, line: CartLine, into: Cart) -> None:
    same = session.scalars(
        select(CartLine).where(CartLine.cart_id == into.id, CartLine.part_id == line.part_id)
    ).one_or_none()
    if same is None:
        line.cart_id = into.id
    else:
        same.quantity = min(same.quantity + line.quantity, MOST_PIECES)
        same.bargain_id = same.bargain_id or line.bargain_id
        same.note = same.note or line.note
        session.delete(line)
    session.flush()


@_own_way("delivery_addresses")
def _addresses(session: Session, source: int, target: int) -> int:
    """The other's default stays the default; an address that both had is kept once."""
    theirs = session.scalars(
        select(DeliveryAddress).where(DeliveryAddress.customer_id == target)
    ).all()
    known = {(row.recipient_name, row.address, row.district_id) for row in theirs}
    has_default = any(row.is_default for row in theirs)
    rows = session.scalars(
        select(DeliveryAddress).where(DeliveryAddress.customer_id == source)
    ).all()
    for row in rows:
        if (row.recipient_name, row.address, row.district_id) in known:
            session.delete(row)
        else:
            row.customer_id, row.is_default = target, row.is_default and not has_default
    session.flush()
    return len(rows)


@_own_way("customer_bikes")
def _bikes(session: Session, source: int, target: int) -> int:
    """A motorcycle that both said they ride is one."""
    mine = select(CustomerBike).where(CustomerBike.customer_id == source)
    rows = session.scalars(mine).all()
    for row in rows:
        same = select(func.count()).where(
            CustomerBike.customer_id == target,
            func.lower(CustomerBike.model) == row.model.lower(),
            CustomerBike.generation.is_not_distinct_from(row.generation),
            CustomerBike.year.is_not_distinct_from(row.year),
        )
        if session.scalar(same):
            session.execute(delete(CustomerBike).where(CustomerBike.id == row.id))
        else:
            row.customer_id = target
    session.flush()
    return len(rows)


@_own_way("points_accounts")
def _points(session: Session, source: int, target: int) -> int:
    """Both accounts add up; what one still owes is taken from what the other has."""
    return loyalty.merge(session, source, target)
