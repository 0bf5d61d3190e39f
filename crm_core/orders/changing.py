"""Other quantities in an order that is not paid yet; it stays the same order, priced anew.

Who may ask for it, and what becomes of the payment, ``checkout.change_quantities`` decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_core import pricing, shipping, stock
from crm_core.carts.rules import checked_quantity
from crm_core.catalogue.models import Part
from crm_core.customers.models import Customer
from crm_core.db import Event, announce
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.orders.models import Order, OrderDiscount
from crm_core.orders.moving import lock, record
from crm_core.orders.rules import OrderState
from crm_core.orders.service import placed_before
from crm_core.pricing import CartQuote, Wanted
from crm_core.timeline import Actor

AGREED = frozenset({"bargain", "points"})
"""Taken off by agreement for exactly these pieces: another number is another agreement."""


def begin_change(session: Session, order: Order) -> None:
    """Hold the customer, give the order's promotions back, and hold the order itself.

    Raises Conflict ("illegal_transition") unless it awaits payment, ("price_agreed", order_code)
    where part of its price was agreed for these very pieces.
    """
    placed_before(session, session.get_one(Customer, order.customer_id), None)
    pricing.reopen_promotions(session, order.id)
    lock(session, order)
    if order.state != OrderState.AWAITING_PAYMENT:
        raise Conflict("illegal_transition", subject="order", old=str(order.state), new="changed")
    if any(one.kind in AGREED for one in order.discounts):
        raise Conflict("price_agreed", order_code=order.order_code)


def wanted_quantities(order: Order, quantities: Mapping[str, int]) -> dict[str, int]:
    """Pieces per part code after the change; parts that are not named keep theirs.

    Raises NotFound ("part_not_found") for a part that the order does not hold, InvalidInput
    ("quantity_invalid"), and ("order_empty") when nothing would be left.
    """
    before = {line.part_code: line.quantity for line in order.lines}
    for code, quantity in quantities.items():
        if code not in before:
            raise NotFound("part_not_found", part_code=code[:32])
        if quantity != 0:
            checked_quantity(quantity)
    after = before | dict(quantities)
    if not any(after.values()):
        raise InvalidInput("order_empty")
    return after


def change_lines(session: Session, order: Order, after: Mapping[str, int], actor: Actor) -> None:
    """Give an order that :func:`begin_change` holds the quantities ``after``, at prices of now.

    Stock, promotions, shipping and total follow. Raises Conflict ("stock_short",
    "price_on_request", "promotion_used_up" and what a voucher refuses), NotFound as
    ``shipping.quote``.
    """
    before = int(order.total_idr)
    parts = _parts(session, order, after)
    customer = session.get_one(Customer, order.customer_id)
    voucher = next((one.label for one in order.discounts if one.kind == "voucher"), None)
    asked = [Wanted(code, count) for code, count in after.items() if count]
    quote = pricing.quote(session, customer, asked, voucher)
    pricing.refuse_problem(quote.voucher)
    pricing.hold_promotions(session, customer, order.id, quote)
    for part in sorted(parts, key=lambda one: one.id):
        stock.change_held(session, order.id, part.id, after[part.part_code], actor)
    _write(session, order, parts, quote)
    facts: dict[str, object] = {
        "before_idr": before,
        "total_idr": int(order.total_idr),
        "quantities": {code: count for code, count in after.items() if count},
    }
    record(session, order, "changed", actor, facts)
    announce(session, Event("order_changed", {"order_code": order.order_code}))


def _parts(session: Session, order: Order, after: Mapping[str, int]) -> Sequence[Part]:
    """The order's parts as they are now; more of one that is no longer sold is refused."""
    before = {line.part_id: line.quantity for line in order.lines}
    query = select(Part).where(Part.id.in_(before))
    parts = session.scalars(query.execution_options(populate_existing=True)).all()
    for part in parts:
        more = after[part.part_code] > before[part.id]
        if more and not part.active:
            raise NotFound("part_not_found", part_code=part.part_code)
        if after[part.part_code] and part.price_idr is None:
            raise Conflict("price_on_request", part_code=part.part_code, name=part.name)
    return parts


def _write(session: Session, order: Order, parts: Sequence[Part], quote: CartQuote) -> None:
    priced = {line.part_code: line for line in quote.lines}
    for line in list(order.lines):
        now = priced.get(line.part_code)
        if now is None or now.unit is None:
            order.lines.remove(line)
            continue
        line.quantity, line.unit_price_idr = now.quantity, now.unit
        line.subtotal_idr = now.subtotal
    order.weight_g = sum(line.weight_g * line.quantity for line in order.lines)
    volume = sum(
        part.volume_mm3 * priced[part.part_code].quantity
        for part in parts
        if part.part_code in priced
    )
    way = shipping.quote(session, order.district_id, order.weight_g, order.shipping_method, volume)
    order.charged_g, order.shipping_idr = way.weight_g, way.cost
    order.items_idr, order.discount_idr = quote.items, quote.discount
    order.total_idr = quote.total + way.cost
    order.discounts = [
        OrderDiscount(
            kind=one.kind, label=one.label, amount_idr=one.amount, promotion_id=one.promotion_id
        )
        for one in quote.discounts
    ]
    session.flush()
