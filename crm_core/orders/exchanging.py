"""A new order in place of goods that came back; ``crm_core.returns`` decides when and for what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import clock, codes, pricing, stock
from crm_core.catalogue.models import Part
from crm_core.customers.models import Customer
from crm_core.db import Event, announce
from crm_core.errors import Conflict, NotFound
from crm_core.money import Rupiah
from crm_core.orders import rules
from crm_core.orders.models import Order, OrderDiscount, OrderLine
from crm_core.orders.moving import record
from crm_core.orders.rules import STATES
from crm_core.orders.sending import mark_paid
from crm_core.orders.service import placed_before
from crm_core.pricing import Wanted
from crm_core.timeline import Actor


def exchange(
    session: Session,
    original: Order,
    *,
    wanted: Mapping[str, int],
    known_prices: Mapping[str, Rupiah],
    credit: Rupiah,
    label: str,
    actor: Actor,
) -> Order:
    """An order of ``wanted`` (part code → pieces) to where ``original`` went, shipping on us.

    A part among ``known_prices`` costs what it did then, any other what it does now. ``credit``
    rupiah are paid in goods; an order that owes nothing more is paid at once. The caller holds no
    order but ``original``. Raises NotFound ("part_not_found"), Conflict ("stock_short",
    "price_on_request"), InvalidInput ("quantity_invalid", "order_empty").
    """
    pieces = rules.merge_lines(list(wanted.items()))
    customer = session.get_one(Customer, original.customer_id)
    with session.begin_nested():
        placed_before(session, customer, None)
        lines = _lines(session, customer, pieces, known_prices)
        items = sum((line.subtotal_idr for line in lines), Rupiah(0))
        paid_in_goods = min(credit, items)
        made = _order(session, original, lines, items, paid_in_goods)
        if paid_in_goods:
            made.discounts = [OrderDiscount(kind="exchange", label=label, amount_idr=paid_in_goods)]
        session.add(made)
        session.flush()
        stock.reserve(session, made.id, [(one.part_id, one.quantity) for one in lines], actor)
        facts: dict[str, object] = {"total_idr": int(made.total_idr), "in_place_of": label}
        record(session, made, "placed", actor, facts)
        if not made.total_idr:
            mark_paid(session, made, actor)
    announce(session, Event("order_changed", {"order_code": made.order_code}))
    return made


def _lines(
    session: Session,
    customer: Customer,
    pieces: Mapping[str, int],
    known_prices: Mapping[str, Rupiah],
) -> list[OrderLine]:
    found = session.scalars(select(Part).where(Part.part_code.in_(pieces), Part.active)).all()
    parts = {part.part_code: part for part in found}
    now = {
        line.part_code: line.unit
        for line in pricing.quote(
            session, customer, [Wanted(code, count) for code, count in pieces.items()]
        ).lines
    }
    made = []
    for code, count in pieces.items():
        if code not in parts:
            raise NotFound("part_not_found", part_code=code[:32])
        unit = known_prices.get(code) or now.get(code)
        part = parts[code]
        if unit is None:
            raise Conflict("price_on_request", part_code=code, name=part.name)
        made.append(
            OrderLine(
                part_id=part.id,
                part_code=code,
                name=part.name,
                quantity=count,
                unit_price_idr=unit,
                subtotal_idr=unit * count,
                weight_g=part.weight_g,
            )
        )
    return made


def _order(
    session: Session, original: Order, lines: Sequence[OrderLine], items: Rupiah, credit: Rupiah
) -> Order:
    weight_g = sum(line.weight_g * line.quantity for line in lines)
    return Order(
        order_code=_free_code(session),
        customer_id=original.customer_id,
        conversation_id=original.conversation_id,
        state=STATES.start,
        recipient_name=original.recipient_name,
        recipient_phone=original.recipient_phone,
        address=original.address,
        district_id=original.district_id,
        district_label=original.district_label,
        shipping_method=original.shipping_method,
        days_min=original.days_min,
        days_max=original.days_max,
        items_idr=items,
        shipping_idr=Rupiah(0),
        discount_idr=credit,
        total_idr=items - credit,
        weight_g=weight_g,
        charged_g=weight_g,
        created_at=clock.now(),
        expires_at=clock.now() + timedelta(hours=rules.UNPAID_HOURS),
        lines=list(lines),
    )


def _free_code(session: Session) -> str:
    while True:
        code = codes.new_code(codes.ORDER)
        if session.execute(select(Order.id).where(Order.order_code == code)).first() is None:
            return code
