"""What screens, sentences and programs read about orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, bindparam, func, or_, select
from sqlalchemy.orm import Session, selectinload

from crm_core.codes import ORDER, read_code
from crm_core.cursors import Slice
from crm_core.customers.models import Customer
from crm_core.customers.queries import reached_at
from crm_core.errors import NotFound
from crm_core.listing import Window
from crm_core.money import Rupiah
from crm_core.orders import rules
from crm_core.orders.models import Order
from crm_core.orders.rules import OPEN, STATES, OrderState, plain_tracking
from crm_core.phone import to_e164


@dataclass(frozen=True, slots=True)
class OrderLineView:
    """One part as it was called and priced when the order was placed."""

    part_code: str
    name: str
    quantity: int
    unit_price_idr: Rupiah
    subtotal_idr: Rupiah
    note: str | None = None


@dataclass(frozen=True, slots=True)
class OrderDiscountView:
    """Something taken off an order: "promotion", "voucher", "points" or "bargain"."""

    kind: str
    label: str
    amount_idr: Rupiah


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as people read it; ``customer_id`` is the customer's public id."""

    id: int
    order_code: str
    customer_id: str
    customer_name: str | None
    state: OrderState
    lines: tuple[OrderLineView, ...]
    items_idr: Rupiah
    shipping_idr: Rupiah
    discounts: tuple[OrderDiscountView, ...]
    discount_idr: Rupiah
    total_idr: Rupiah
    weight_g: int
    recipient_name: str
    recipient_phone: str | None
    address: str
    district: str
    shipping_method: str
    pay_on_delivery: bool
    days_min: int
    days_max: int
    courier: str | None
    tracking_number: str | None
    note: str | None
    end_reason: str | None
    created_at: datetime
    updated_at: datetime
    expires_at: datetime
    paid_at: datetime | None
    packed_at: datetime | None
    shipped_at: datetime | None
    delivered_at: datetime | None
    ended_at: datetime | None


def view(session: Session, order: Order) -> OrderView:
    """``order`` as people read it."""
    return _view(order, session.get_one(Customer, order.customer_id))


def by_code(session: Session, code: str, *, customer: Customer | None = None) -> Order:
    """The order named in ``code`` (any writing of it).

    With ``customer``, somebody else's order is as unknown as none: NotFound ("order_not_found",
    order_code).
    """
    order_code = read_code(code, ORDER) or code.strip().upper()
    query = select(Order).where(Order.order_code == order_code)
    if customer is not None:
        query = query.where(Order.customer_id == customer.id)
    order = session.scalars(query).one_or_none()
    if order is None:
        raise NotFound("order_not_found", order_code=order_code[:20])
    return order


def by_tracking(session: Session, number: str, *, customer: Customer | None = None) -> Order:
    """The newest order whose parcel has this tracking number, in any writing of it.

    With ``customer``, somebody else's is as unknown as none: NotFound ("shipment_not_found").
    """
    plain = plain_tracking(number)
    query = select(Order).where(Order.tracking_number == plain).order_by(Order.id.desc()).limit(1)
    if customer is not None:
        query = query.where(Order.customer_id == customer.id)
    order = session.scalars(query).one_or_none()
    if order is None or not plain:
        raise NotFound("shipment_not_found", tracking_number=plain[:60])
    return order


def moves(order: Order) -> frozenset[OrderState]:
    """The states that can follow for this very order."""
    return STATES.after(order.state, facts_of(order))


def facts_of(order: Order) -> frozenset[str]:
    """What holds of ``order``, for the guards of its moves."""
    return rules.facts_of(
        pay_on_delivery=order.pay_on_delivery,
        paid=order.paid_at is not None,
        method=order.shipping_method,
    )


def owes_cash(order: Order) -> bool:
    """Whether ``order`` is to be paid on delivery and has not been."""
    open_ = order.state in rules.PAID_AT_DOOR
    return order.pay_on_delivery and order.paid_at is None and open_


_OF_CUSTOMER = (
    select(Order)
    .where(Order.customer_id == bindparam("customer_id"))
    .options(selectinload(Order.lines))
    .order_by(Order.id.desc())
    .limit(bindparam("most"))
)
_OPEN_OF_CUSTOMER = _OF_CUSTOMER.where(Order.state.in_(OPEN))


def of_customer(
    session: Session, customer: Customer, limit: int = 10, *, only_open: bool = False
) -> Sequence[Order]:
    """The customer's newest orders first; ``only_open``: those they still wait for."""
    query = _OPEN_OF_CUSTOMER if only_open else _OF_CUSTOMER
    return session.scalars(query, {"customer_id": customer.id, "most": limit}).all()


def counts(session: Session) -> dict[str, int]:
    """How many orders are in each state; states without any are left out."""
    rows = session.execute(select(Order.state, func.count()).group_by(Order.state))
    return {str(state): number for state, number in rows}


def listing(
    session: Session,
    *,
    state: str | None = None,
    query: str | None = None,
    customer_id: int | None = None,
    phone: str | None = None,
    updated_since: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Slice[OrderView]:
    """Orders as :class:`crm_core.listing.Window` orders them.

    ``query`` looks in code, recipient, phone and tracking number; ``phone``, as typed, is the
    customer's or the recipient's whole number.
    """
    found = (
        select(Order, Customer)
        .join(Customer, Customer.id == Order.customer_id)
        .options(selectinload(Order.lines))
        .where(*_conditions(state, query, phone))
    )
    if customer_id is not None:
        found = found.where(Order.customer_id == customer_id)
    window = Window(updated_since, cursor, limit)
    found = window.cut(found, Order.id, Order.created_at, Order.updated_at)
    return window.slice(
        [
            (_view(order, customer), order.id, order.created_at, order.updated_at)
            for order, customer in session.execute(found)
        ]
    )


def _conditions(
    state: str | None, query: str | None, phone: str | None
) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if state:
        conditions.append(Order.state.in_([one for one in OrderState if one == state]))
    if phone:
        conditions.append(or_(reached_at(phone), Order.recipient_phone == to_e164(phone)))
    if query and query.strip():
        code = read_code(query, ORDER)
        searched = (
            Order.order_code,
            Order.recipient_name,
            Order.recipient_phone,
            Order.tracking_number,
            Customer.name,
        )
        part = query.strip()
        conditions.append(
            Order.order_code == code
            if code
            else or_(*[column.icontains(part, autoescape=True) for column in searched])
        )
    return conditions


def _view(order: Order, customer: Customer) -> OrderView:
    lines = tuple(
        OrderLineView(
            line.part_code,
            line.name,
            line.quantity,
            line.unit_price_idr,
            line.subtotal_idr,
            line.note,
        )
        for line in order.lines
    )
    return OrderView(
        id=order.id,
        order_code=order.order_code,
        customer_id=customer.public_id,
        customer_name=customer.name,
        state=order.state,
        lines=lines,
        items_idr=order.items_idr,
        shipping_idr=order.shipping_idr,
        discounts=tuple(
            OrderDiscountView(one.kind, one.label, one.amount_idr) for one in order.discounts
        ),
        discount_idr=order.discount_idr,
        total_idr=order.total_idr,
        weight_g=order.weight_g,
        recipient_name=order.recipient_name,
        recipient_phone=order.recipient_phone,
        address=order.address,
        district=order.district_label,
        shipping_method=order.shipping_method,
        pay_on_delivery=order.pay_on_delivery,
        days_min=order.days_min,
        days_max=order.days_max,
        courier=order.courier,
        tracking_number=order.tracking_number,
        note=order.note,
        end_reason=order.end_reason,
        created_at=order.created_at,
        updated_at=order.updated_at,
        expires_at=order.expires_at,
        paid_at=order.paid_at,
        packed_at=order.packed_at,
        shipped_at=order.shipped_at,
        delivered_at=order.delivered_at,
        ended_at=order.ended_at,
    )
