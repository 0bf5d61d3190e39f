"""Other quantities in an unpaid order: one order, priced anew, the amount and the stock with it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import checkout, clock, orders, payments, pricing
from crm_core.customers import Customer
from crm_core.errors import Conflict, CrmError
from crm_core.money import Rupiah
from crm_core.orders import Order, OrderDiscount
from crm_core.payments import Payment
from crm_core.pricing import NewPromotion, PriceTier, Promotion, PromotionUse
from crm_core.timeline import Actor
from tests import factories, selling, world
from tests.factories import MOMENT


@pytest.fixture
def budi(session: Session) -> Customer:
    selling.part(session, pieces=30)
    selling.part(session, selling.FILTER, price=38_500, name="Filter Oli", pieces=5)
    selling.account(session)
    return factories.customer(session)


def order_of(session: Session, budi: Customer, pads: int = 2) -> tuple[Order, Payment]:
    return selling.placed(session, budi, [(selling.PADS, pads), (selling.FILTER, 1)])


def change(session: Session, order: Order, **quantities: int) -> bool:
    codes = {"pads": selling.PADS, "filter": selling.FILTER}
    wanted = {codes[name]: quantity for name, quantity in quantities.items()}
    return checkout.change_quantities(session, order, wanted, actor=Actor.bot())


def agrees(session: Session, order: Order, payment: Payment) -> None:
    """The sums of order and payment, and the equations of the stock."""
    session.refresh(order)
    session.refresh(payment)
    assert order.items_idr == sum(line.unit_price_idr * line.quantity for line in order.lines)
    assert order.discount_idr == sum(one.amount_idr for one in order.discounts)
    assert order.total_idr == order.items_idr + order.shipping_idr - order.discount_idr
    assert payment.amount_due_idr == order.total_idr + payment.unique_code
    selling.refuse_wrong_stock(session)


def test_more_pieces_reach_a_quantity_break_and_fewer_leave_it(
    session: Session, budi: Customer
) -> None:
    part = order_part(session)
    session.add(
        PriceTier(part_id=part, price_class="walk_in", min_quantity=10, price_idr=Rupiah(45_000))
    )
    session.flush()
    order, payment = order_of(session, budi)
    assert change(session, order, pads=10)
    assert {int(line.unit_price_idr) for line in order.lines} == {45_000, 38_500}
    agrees(session, order, payment)
    assert change(session, order, pads=1)
    assert {int(line.unit_price_idr) for line in order.lines} == {50_000, 38_500}
    agrees(session, order, payment)
    assert ("changed", "bot") in selling.actions(session, "order", order.id)
    assert ("adjusted", "bot") in selling.actions(session, "payment", payment.id)


def order_part(session: Session) -> int:
    query = sa.text("SELECT id FROM parts WHERE part_code = :code")
    return int(session.execute(query, {"code": selling.PADS}).scalar_one())


def promotion(session: Session, **more: object) -> Promotion:
    manager = factories.member(session, "manager")
    values = {
        "name_id": "Promo Rem", "name_en": "Brake promo", "kind": "percent", "value": 10,
        "starts_at": clock.now() - timedelta(days=1), "ends_at": clock.now() + timedelta(days=9),
    }  # fmt: skip
    made = pricing.save_promotion(
        session, NewPromotion(**(values | more)), actor=Actor.of_staff(manager)
    )
    return session.get_one(Promotion, made.id)


def test_a_promotion_is_taken_anew_and_counts_once(session: Session, budi: Customer) -> None:
    promo = promotion(session, limit_total=1, limit_per_customer=1)
    order, payment = order_of(session, budi)
    assert int(order.discount_idr) == 13_850
    assert change(session, order, pads=4)
    assert int(order.discount_idr) == 23_850
    agrees(session, order, payment)
    session.refresh(promo)
    assert promo.used == 1
    [use] = session.scalars(sa.select(PromotionUse)).all()
    assert (int(use.amount_idr), use.state) == (23_850, "held")


def test_a_voucher_that_would_no_longer_hold_refuses_the_change(
    session: Session, budi: Customer
) -> None:
    from crm_core import carts

    promo = promotion(session, code="HEMAT", min_items_idr=130_000)
    carts.add(session, budi, selling.PADS, 2, Actor.customer(budi))
    carts.add(session, budi, selling.FILTER, 1, Actor.customer(budi))
    carts.use_voucher(session, budi, "HEMAT", Actor.customer(budi))
    order, payment = selling.placed(session, budi, ())
    before = int(payment.amount_due_idr)
    with pytest.raises(Conflict, match="voucher_below_minimum"):
        change(session, order, pads=1)
    session.expire_all()
    assert int(payment.amount_due_idr) == before
    assert promo.used == 1
    agrees(session, order, payment)


def test_a_price_agreed_for_these_pieces_keeps_them(session: Session, budi: Customer) -> None:
    order, payment = order_of(session, budi)
    order.discounts = [OrderDiscount(kind="bargain", label="Kampas", amount_idr=Rupiah(500))]
    order.discount_idr, order.total_idr = Rupiah(500), order.total_idr - 500
    payment.amount_due_idr -= 500
    session.flush()
    with pytest.raises(Conflict, match="price_agreed"):
        change(session, order, pads=3)
    agrees(session, order, payment)


def test_when_the_time_is_over_nothing_changes_any_more(session: Session, budi: Customer) -> None:
    with time_machine.travel(MOMENT, tick=False) as now:
        order, payment = order_of(session, budi)
        now.shift(timedelta(hours=72))
        with pytest.raises(Conflict, match="order_overdue"):
            change(session, order, pads=1)
    agrees(session, order, payment)


def test_two_amounts_never_become_the_same(session: Session, budi: Customer) -> None:
    order, payment = order_of(session, budi)
    other, second = order_of(session, factories.customer(session, factories.SITI), pads=3)
    # Three pads for the first would be due to the last digit what the second owes already.
    second.unique_code = 1 if payment.unique_code != 1 else 2
    second.amount_due_idr = other.total_idr + payment.unique_code
    session.flush()
    code = payment.unique_code
    assert change(session, order, pads=3)
    assert payment.unique_code != code
    assert payment.amount_due_idr != second.amount_due_idr
    agrees(session, order, payment)


def test_a_change_and_a_report_at_once_end_in_one_truth(database: sa.Engine) -> None:
    def prepare(session: Session) -> tuple[int, int]:
        selling.part(session, pieces=30)
        selling.part(session, selling.FILTER, price=38_500, name="Filter Oli", pieces=5)
        selling.account(session)
        order, payment = order_of(session, factories.customer(session))
        return order.id, payment.id

    order_id, payment_id = world.committed(database, prepare)

    def more(quantity: int) -> object:
        def deed(session: Session) -> object:
            return change(session, session.get_one(Order, order_id), pads=quantity)

        return deed

    def report(session: Session) -> object:
        order = session.get_one(Order, order_id)
        return payments.report(session, order, actor=Actor.bot(), text="sudah").state

    results = world.at_once(database, more(3), report, more(5), more(1))  # type: ignore[arg-type]
    for result in results:
        if isinstance(result, BaseException):
            assert isinstance(result, CrmError), result
            assert result.code == "payment_reported"

    def look(session: Session) -> None:
        order = session.get_one(Order, order_id)
        agrees(session, order, session.get_one(Payment, payment_id))
        assert orders.view(session, order).lines[0].quantity in {1, 2, 3, 5}

    world.committed(database, look)
