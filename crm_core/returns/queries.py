"""What screens, sentences and programs read about returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, aliased, selectinload

from crm_core import clock, shop
from crm_core.catalogue.models import Part
from crm_core.codes import RETURN, read_code
from crm_core.cursors import Slice
from crm_core.customers.models import Customer
from crm_core.customers.queries import reached_at
from crm_core.errors import NotFound
from crm_core.listing import Window
from crm_core.money import Rupiah
from crm_core.orders import Order, OrderLine, OrderState
from crm_core.returns import rules
from crm_core.returns.models import Return, ReturnLine
from crm_core.returns.rules import Condition, Outcome, ReturnKind, ReturnState, Sold
from crm_core.staff.models import Staff


@dataclass(frozen=True, slots=True)
class ReturnLineView:
    """Pieces of one part; ``unit_price_idr`` as in the order, ``condition`` once they are here."""

    part_code: str
    name: str
    quantity: int
    unit_price_idr: Rupiah
    condition: Condition | None
    restock: bool


@dataclass(frozen=True, slots=True)
class ReturnView:
    """A return as people read it; ``customer_id`` is the public id, ``worth_idr`` what the goods
    were paid with.
    """

    id: int
    return_code: str
    order_code: str
    order_state: OrderState
    customer_id: str
    customer_name: str | None
    kind: ReturnKind
    state: ReturnState
    reason: str
    lines: tuple[ReturnLineView, ...]
    photo_ids: tuple[int, ...]
    worth_idr: Rupiah
    decided_by: str | None
    decision_reason: str | None
    outcome: Outcome | None
    amount_idr: Rupiah | None
    new_order_code: str | None
    arrived_at: datetime | None
    created_at: datetime
    updated_at: datetime
    decided_at: datetime | None
    received_at: datetime | None
    settled_at: datetime | None

    @property
    def pieces(self) -> int:
        """All pieces together."""
        return sum(line.quantity for line in self.lines)


@dataclass(frozen=True, slots=True)
class Returnable:
    """A line of a sent order of which ``left`` pieces can still be returned.

    ``until`` is the last day for a return, ``warranty_until`` for a warranty claim; None for a
    parcel that is not known to have arrived, or without a warranty.
    """

    part_code: str
    name: str
    left: int
    unit_price_idr: Rupiah
    until: date | None
    warranty_until: date | None


def return_days(session: Session) -> int:
    """Days for a return after arrival: the shop's fact ``return_days``, else seven."""
    said = shop.facts(session).get("return_days", "").strip()
    return int(said) if said.isdigit() and len(said) <= 4 else rules.RETURN_DAYS


def sold_lines(session: Session, order: Order) -> list[Sold]:
    """The lines of ``order`` with what of them is in returns already."""
    held = (
        select(ReturnLine.order_line_id, func.sum(ReturnLine.quantity))
        .join(Return, Return.id == ReturnLine.return_id)
        .where(Return.order_id == order.id, Return.state.in_(rules.COUNTED))
        .group_by(ReturnLine.order_line_id)
    )
    returning = {line_id: int(count) for line_id, count in session.execute(held)}
    ids = [line.part_id for line in order.lines]
    warranties = select(Part.id, Part.warranty_days).where(Part.id.in_(ids))
    days = {row[0]: row[1] for row in session.execute(warranties)}
    return [
        Sold(
            line.part_code,
            line.name,
            line.quantity,
            returning.get(line.id, 0),
            days.get(line.part_id, 0),
        )
        for line in order.lines
    ]


def kind_for(session: Session, order: Order, part_code: str, text: str) -> ReturnKind:
    """What a customer's words about a part of an order count as today."""
    asked = rules.asked_kind(text)
    line = next((one for one in sold_lines(session, order) if one.part_code == part_code), None)
    if line is None:
        return asked
    arrived = clock.local_date(order.delivered_at) if order.delivered_at else None
    today = clock.local_date(clock.now())
    return rules.best_kind(asked, line, arrived, today, return_days(session))


def returnable(session: Session, order: Order) -> list[Returnable]:
    """What of ``order`` can still be returned, and until when; nothing before it is sent."""
    if order.state not in {OrderState.SHIPPED, OrderState.DELIVERED, OrderState.COMPLETED}:
        return []
    arrived = clock.local_date(order.delivered_at) if order.delivered_at else None
    prices = {line.part_code: line.unit_price_idr for line in order.lines}
    days = return_days(session)

    def until(kind: ReturnKind, line: Sold) -> date | None:
        return rules.last_day(kind, arrived, days, line.warranty_days) if arrived else None

    return [
        Returnable(
            part_code=line.part_code,
            name=line.name,
            left=line.left,
            unit_price_idr=prices[line.part_code],
            until=until(ReturnKind.RETURN, line),
            warranty_until=until(ReturnKind.WARRANTY, line),
        )
        for line in sold_lines(session, order)
        if line.left > 0
    ]


def worth(session: Session, found: Return) -> Rupiah:
    """Rupiah that the goods of a return were paid with, after what was settled before it.

    What an order was paid with in goods is no discount.
    """
    order = session.get_one(Order, found.order_id)
    price = {line.id: int(line.unit_price_idr) for line in order.lines}
    query = (
        select(ReturnLine.order_line_id, ReturnLine.quantity)
        .join(Return, Return.id == ReturnLine.return_id)
        .where(
            Return.order_id == order.id,
            Return.id != found.id,
            Return.state == ReturnState.SETTLED,
        )
    )
    if found.settled_at is not None:
        query = query.where(Return.settled_at < found.settled_at)
    before = sum(price[line_id] * quantity for line_id, quantity in session.execute(query))
    goods = sum(price[line.order_line_id] * line.quantity for line in found.lines)
    discount = sum(int(one.amount_idr) for one in order.discounts if one.kind != "exchange")
    return Rupiah(rules.worth(goods, before, int(order.items_idr), discount))


def by_code(session: Session, code: str, *, customer: Customer | None = None) -> Return:
    """The return named in ``code`` (any writing of it).

    With ``customer``, somebody else's is as unknown as none: NotFound ("return_not_found",
    return_code).
    """
    return_code = read_code(code, RETURN) or code.strip().upper()
    query = select(Return).where(Return.return_code == return_code)
    if customer is not None:
        query = query.where(Return.customer_id == customer.id)
    found = session.scalars(query).one_or_none()
    if found is None:
        raise NotFound("return_not_found", return_code=return_code[:20])
    return found


def of_customer(session: Session, customer: Customer, limit: int = 10) -> Sequence[Return]:
    """The customer's newest returns first."""
    query = select(Return).where(Return.customer_id == customer.id)
    return session.scalars(query.order_by(Return.id.desc()).limit(limit)).all()


def of_order(session: Session, order: Order) -> list[ReturnView]:
    """All returns of an order, the oldest first."""
    rows = session.execute(_joined().where(Return.order_id == order.id).order_by(Return.id))
    return [_view(session, row) for row in rows]


def view(session: Session, found: Return) -> ReturnView:
    """``found`` as people read it."""
    return _view(session, session.execute(_joined().where(Return.id == found.id)).one())


def counts(session: Session) -> dict[str, int]:
    """How many returns are in each state; states without any are left out."""
    rows = session.execute(select(Return.state, func.count()).group_by(Return.state))
    return {str(state): number for state, number in rows}


def listing(
    session: Session,
    *,
    states: Sequence[str] = (),
    query: str | None = None,
    customer_id: int | None = None,
    phone: str | None = None,
    updated_since: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Slice[ReturnView]:
    """Returns as :class:`crm_core.listing.Window` orders them; no ``states`` means all.

    ``query`` looks in code, order code, customer and reason; ``phone``, as typed, is the
    customer's whole number.
    """
    found = _joined()
    if states:
        found = found.where(Return.state.in_([one for one in ReturnState if one in states]))
    if customer_id is not None:
        found = found.where(Return.customer_id == customer_id)
    if phone:
        found = found.where(reached_at(phone))
    if query and query.strip():
        searched = (Return.return_code, Order.order_code, Customer.name, Return.reason)
        part = query.strip()
        found = found.where(or_(*[one.icontains(part, autoescape=True) for one in searched]))
    window = Window(updated_since, cursor, limit)
    found = window.cut(found, Return.id, Return.created_at, Return.updated_at)
    rows = session.execute(found).all()
    return window.slice(
        [(_view(session, row), row[0].id, row[0].created_at, row[0].updated_at) for row in rows]
    )


_Joined = tuple[Return, Order, Customer, str | None, str | None]


def _joined() -> Select[Return, Order, Customer, str | None, str | None]:
    other = aliased(Order)
    return (
        select(Return, Order, Customer, Staff.name, other.order_code)
        .join(Order, Order.id == Return.order_id)
        .join(Customer, Customer.id == Return.customer_id)
        .outerjoin(Staff, Staff.id == Return.decided_by)
        .outerjoin(other, other.id == Return.new_order_id)
        .options(selectinload(Return.lines), selectinload(Return.photos))
    )


def _view(session: Session, row: _Joined) -> ReturnView:
    found, order, customer, decided_by, new_order_code = row
    sold: dict[int, OrderLine] = {line.id: line for line in order.lines}
    return ReturnView(
        id=found.id,
        return_code=found.return_code,
        order_code=order.order_code,
        order_state=order.state,
        customer_id=customer.public_id,
        customer_name=customer.name,
        kind=found.kind,
        state=found.state,
        reason=found.reason,
        lines=tuple(
            ReturnLineView(
                sold[line.order_line_id].part_code,
                sold[line.order_line_id].name,
                line.quantity,
                sold[line.order_line_id].unit_price_idr,
                line.condition,
                line.restock,
            )
            for line in found.lines
        ),
        photo_ids=tuple(photo.media_id for photo in found.photos),
        worth_idr=worth(session, found),
        decided_by=decided_by,
        decision_reason=found.decision_reason,
        outcome=found.outcome,
        amount_idr=found.amount_idr,
        new_order_code=new_order_code,
        arrived_at=order.delivered_at,
        created_at=found.created_at,
        updated_at=found.updated_at,
        decided_at=found.decided_at,
        received_at=found.received_at,
        settled_at=found.settled_at,
    )
