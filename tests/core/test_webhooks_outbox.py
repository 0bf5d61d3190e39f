"""A change writes its event in its own transaction, whatever door it came through."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import (
    complaints,
    customers,
    db,
    identity,
    orders,
    payments,
    stock,
    webhooks,
)
from crm_core.customers import Customer
from crm_core.money import Rupiah
from crm_core.orders import Order
from crm_core.payments import Payment
from crm_core.timeline import Actor
from crm_core.webhooks import TYPES, WebhookDelivery, WebhookEndpoint, WebhookEvent
from tests import factories, selling
from tests.core.test_identity import BROWSER, NUMBER, ask

URL = "https://erp.example/sapa"
ADMIN = Actor("staff", None, "Sari")


def told(session: Session) -> list[tuple[str, dict[str, Any]]]:
    """(type, data) of every event, the oldest first."""
    rows = session.scalars(sa.select(WebhookEvent).order_by(WebhookEvent.id))
    return [(row.type, json.loads(row.body)["data"]) for row in rows]


def hear(session: Session, *types: str) -> WebhookEndpoint:
    return webhooks.add(session, URL, types or TYPES, actor=ADMIN)


def test_without_a_receiver_nothing_is_written(
    session: Session, placed: tuple[Order, Payment]
) -> None:
    assert told(session) == []


def test_an_order_is_told_with_its_code_sum_and_customer_and_nothing_private(
    session: Session, customer: Customer
) -> None:
    hear(session, "order.placed")
    order, _ = selling.placed(session, customer, [(selling.PADS, 2)])
    assert told(session) == [
        (
            "order.placed",
            {
                "order_code": order.order_code,
                "total_idr": int(order.total_idr),
                "customer_id": customer.public_id,
            },
        )
    ]


def test_only_the_chosen_types_are_written_and_each_receiver_has_a_delivery(
    session: Session, placed: tuple[Order, Payment], clerk: Actor
) -> None:
    hear(session, "order.placed")
    first, second = hear(session, "order.paid"), hear(session, "order.paid", "order.packed")
    selling.pay(session, placed[1], clerk)
    assert [kind for kind, _ in told(session)] == ["order.paid"]
    to = session.scalars(sa.select(WebhookDelivery.endpoint_id).order_by(WebhookDelivery.id))
    assert list(to) == [first.id, second.id]


def test_an_orders_whole_life_is_told_in_order(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    hear(session, *[kind for kind in TYPES if kind.startswith("order.")])
    order, payment = selling.placed(session, customer)
    selling.pay(session, payment, clerk)
    orders.pack(session, order, clerk)
    orders.ship(session, order, clerk, "JNE")
    orders.deliver(session, order, clerk)
    orders.complete(session, order, clerk)
    names = "placed paid packed shipped delivered completed".split()
    assert [kind for kind, _ in told(session)] == [f"order.{name}" for name in names]


def test_stock_is_told_with_the_figures_after_the_change(
    session: Session, customer: Customer
) -> None:
    hear(session, "stock.changed")
    selling.placed(session, customer, [(selling.PADS, 2)])
    stock.correct(session, selling.PADS, 40, ADMIN, "hitung ulang")
    data = [facts for _, facts in told(session)]
    assert data == [
        {"part_code": selling.PADS, "on_hand": 50, "reserved": 2, "available": 48,
         "kind": "reserved", "quantity": 2},
        {"part_code": selling.PADS, "on_hand": 40, "reserved": 2, "available": 38,
         "kind": "corrected", "quantity": -10},
    ]  # fmt: skip


def test_a_difference_of_money_is_told_with_kind_and_amount(
    session: Session, placed: tuple[Order, Payment], clerk: Actor
) -> None:
    hear(session, "payment.difference", "order.paid")
    order, payment = placed
    payments.accept(
        session, payment, actor=clerk, bank_reference="FT1",
        amount_received_idr=payment.amount_due_idr - Rupiah(1_000),
    )  # fmt: skip
    [(kind, facts)] = told(session)
    assert kind == "payment.difference"
    assert facts.pop("difference_id") > 0
    assert facts == {
        "order_code": order.order_code,
        "kind": "underpaid",
        "amount_idr": 1_000,
        "customer_id": session.get_one(Customer, order.customer_id).public_id,
    }


def test_a_complaint_is_told_without_its_words(
    session: Session, placed: tuple[Order, Payment], customer: Customer
) -> None:
    hear(session, "complaint.filed")
    buyer = Actor.customer(customer)
    complaints.file(session, customer, "barang salah, saya Budi 0812", actor=buyer)
    [(_, facts)] = told(session)
    assert set(facts) <= {"complaint_code", "order_code", "customer_id"}


def test_a_change_that_is_undone_takes_its_event_along(
    session: Session, customer: Customer
) -> None:
    hear(session)
    attempt = session.begin_nested()
    selling.placed(session, customer)
    assert told(session) != []
    attempt.rollback()
    assert told(session) == []


def test_the_worker_hears_of_an_event_after_the_commit(
    session: Session, customer: Customer
) -> None:
    endpoint = hear(session, "order.placed")
    selling.placed(session, customer)
    assert db.Event("webhook_queued", {"endpoint_id": endpoint.id}) in db.announced(session)


def test_a_removed_receiver_hears_nothing_and_a_paused_one_later(
    session: Session, customer: Customer
) -> None:
    gone, away = hear(session, "order.placed"), hear(session, "order.placed")
    webhooks.remove(session, gone, actor=ADMIN)
    webhooks.pause(session, away, actor=ADMIN)
    selling.placed(session, customer)
    to = list(session.scalars(sa.select(WebhookDelivery.endpoint_id)))
    assert to == [away.id]


def test_who_turns_out_to_be_another_customer_is_told_with_both_names_and_no_other(
    session: Session,
) -> None:
    budi = factories.customer(session)
    visitor = customers.for_address(session, "web", "web:" + "b" * 32)
    hear(session, "customer.merged")
    code = ask(session)
    proof = identity.prove(session, NUMBER, code, browser=BROWSER)
    assert proof is not None
    assert told(session) == []
    identity.link(session, visitor, budi, proof=proof)
    identity.link(session, visitor, budi, proof=proof)
    assert told(session) == [
        ("customer.merged", {"customer_id": visitor.public_id, "into_customer_id": budi.public_id})
    ]
