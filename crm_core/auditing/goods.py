"""Pieces and promotions: what the shelves hold, what left once, what took money off."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from crm_core import orders
from crm_core.auditing.columns import total
from crm_core.auditing.values import Finding, StockSums
from crm_core.orders import ENDED_UNPAID, Order, OrderDiscount
from crm_core.pricing import Bargain, Promotion, PromotionUse
from crm_core.stock import StockLevel, StockMovement


def stock_faults(session: Session) -> Iterator[Finding]:
    """I4: every equation between levels, movements, reservations and orders."""
    for one in orders.audit_stock(session):
        row = f"part {one.part_code}" + (f" of order {one.order_code}" if one.order_code else "")
        said = f"{one.equation}: {one.expected:,} pieces should be, {one.found:,} are"
        yield Finding("I4", row, said)


def sent_twice(session: Session) -> Iterator[Finding]:
    """I3: a part left the shelf twice for one order."""
    query = (
        select(StockMovement.order_id, StockMovement.part_id, func.count())
        .where(StockMovement.kind == "shipped", StockMovement.order_id.is_not(None))
        .group_by(StockMovement.order_id, StockMovement.part_id)
        .having(func.count() > 1)
    )
    for order_id, part_id, times in session.execute(query):
        yield Finding("I3", f"order id {order_id}", f"part id {part_id} was sent {times} times")


def stock_sums(session: Session) -> StockSums:
    """All pieces, by what moved them."""
    kinds = session.execute(
        select(StockMovement.kind, total(StockMovement.quantity)).group_by(StockMovement.kind)
    )
    by_kind: dict[str, int] = {row[0]: row[1] for row in kinds}
    levels = select(total(StockLevel.on_hand), total(StockLevel.reserved))
    on_hand, reserved = session.execute(levels).one()
    return StockSums(by_kind, on_hand, reserved)


def promotions_used(session: Session) -> Iterator[Finding]:
    """What a promotion says was used is what orders hold of it, within its limits."""
    held = (
        select(func.count())
        .where(PromotionUse.promotion_id == Promotion.id, PromotionUse.state == "held")
        .correlate(Promotion)
        .scalar_subquery()
    )
    query = select(Promotion.id, Promotion.name_id, Promotion.used, held).where(
        Promotion.used != held
    )
    for promotion_id, name, used, uses in session.execute(query):
        said = f"says {used} uses, orders hold {uses}"
        yield Finding("promotions", f"promotion {promotion_id} ({name})", said)
    per_customer = (
        select(Promotion.id, PromotionUse.customer_id, func.count())
        .join(PromotionUse, PromotionUse.promotion_id == Promotion.id)
        .where(PromotionUse.state == "held")
        .group_by(Promotion.id, PromotionUse.customer_id)
        .having(func.count() > Promotion.limit_per_customer)
    )
    for promotion_id, customer_id, uses in session.execute(per_customer):
        said = f"customer id {customer_id} holds {uses} uses, more than the limit"
        yield Finding("promotions", f"promotion {promotion_id}", said)


def discounts_held(session: Session) -> Iterator[Finding]:
    """An order that lives holds what was taken off it, one that ended unpaid holds nothing."""
    ended = Order.state.in_(ENDED_UNPAID)
    same = and_(
        PromotionUse.order_id == OrderDiscount.order_id,
        PromotionUse.promotion_id == OrderDiscount.promotion_id,
    )
    missing = (
        select(Order.order_code, OrderDiscount.amount_idr, PromotionUse.amount_idr)
        .join(OrderDiscount, OrderDiscount.order_id == Order.id)
        .outerjoin(PromotionUse, and_(same, PromotionUse.state == "held"))
        .where(OrderDiscount.promotion_id.is_not(None), ~ended)
        .where(or_(PromotionUse.id.is_(None), PromotionUse.amount_idr != OrderDiscount.amount_idr))
    )
    for code, off, held in session.execute(missing):
        said = f"Rp {off:,} was taken off, Rp {held or 0:,} of the promotion is held"
        yield Finding("promotions", f"order {code}", said)
    useless = (
        select(Order.order_code, PromotionUse.promotion_id)
        .join(PromotionUse, PromotionUse.order_id == Order.id)
        .outerjoin(OrderDiscount, same)
        .where(PromotionUse.state == "held", or_(ended, OrderDiscount.id.is_(None)))
    )
    for code, promotion_id in session.execute(useless):
        said = f"holds promotion {promotion_id} for nothing"
        yield Finding("promotions", f"order {code}", said)
    used = (
        select(Bargain.id, Bargain.order_id)
        .outerjoin(Order, Order.id == Bargain.order_id)
        .where(Bargain.state == "used", Order.id.is_(None))
    )
    for bargain_id, order_id in session.execute(used):
        yield Finding("promotions", f"bargain {bargain_id}", f"used in no order ({order_id})")
