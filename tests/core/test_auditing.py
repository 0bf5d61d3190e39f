"""The audit: silent on right books, and each check names the one row that was tampered with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from channels.cli.app import app
from crm_core import auditing, checkout, orders, payments, pricing, returns, timeline
from crm_core.auditing import Finding
from crm_core.clock import now
from crm_core.customers import Customer
from crm_core.orders import Order
from crm_core.payments import Payment
from crm_core.pricing import NewPromotion
from crm_core.timeline import Actor
from tests import factories, selling
from tests.banking import brought, paid_by, row
from tests.world import committed


@dataclass
class Shop:
    """One order of each fate, by the name of the fate."""

    orders: dict[str, Order]
    payments: dict[str, Payment]
    refund_id: int
    return_id: int


def _placed(session: Session, customer: Customer, made: Shop, name: str) -> tuple[Order, Payment]:
    made.orders[name], made.payments[name] = selling.placed(session, customer)
    return made.orders[name], made.payments[name]


@pytest.fixture
def shop(session: Session) -> Shop:
    """Right books of a small shop in which most things have happened."""
    return build(session)


def build(session: Session) -> Shop:
    """Sent, returned, sent back, part paid, late, two transfers, and nobody's money."""
    selling.part(session, pieces=0)
    sari, dedi = (Actor.of_staff(factories.member(session, name=name)) for name in ("Sari", "Dedi"))
    orders_of = Shop({}, {}, 0, 0)
    _stocked(session, sari)
    selling.account(session)
    customer = factories.conversation(session).customer
    pricing.save_promotion(
        session,
        NewPromotion("Promo", "amount", 5_000, now(), now() + 9 * selling.ALMOST),
        actor=sari,
    )
    sent, paid = _placed(session, customer, orders_of, "sent")
    paid_by(session, paid, reference="2611210001")
    orders.pack(session, sent, sari)
    orders.ship(session, sent, sari, "JNE", "JP0001")
    orders.deliver(session, sent, sari)
    orders_of.return_id = _returned(session, sent, sari)
    ended, ended_money = _placed(session, customer, orders_of, "ended")
    paid_by(session, ended_money)
    checkout.cancel(session, ended, actor=sari, reason="stok rusak")
    done = payments.refund(
        session, ended_money, actor=dedi, to=selling.TO_BUDI, reason="dikembalikan"
    )
    orders_of.refund_id = done.id
    _, part = _placed(session, customer, orders_of, "part")
    paid_by(session, part, extra=-20_000, text=f"TRSF {orders_of.orders['part'].order_code}")
    _, twice = _placed(session, customer, orders_of, "twice")
    brought(session, row(int(twice.amount_due_idr)), row(int(twice.amount_due_idr), number=2))
    _, word = _placed(session, customer, orders_of, "word")
    for who in (sari, dedi):
        selling.pay(session, word, who, reference=None)
    brought(session, row(33_000, "SETORAN"))
    session.flush()
    return orders_of


def _stocked(session: Session, sari: Actor) -> None:
    from crm_core import stock

    stock.receive(session, selling.PADS, 50, sari, "kiriman pusat")


def _returned(session: Session, order: Order, sari: Actor) -> int:
    asked = returns.ask(
        session, order, {selling.PADS: 1}, kind="return", reason="salah beli", actor=sari
    )
    returns.approve(session, asked, actor=sari)
    returns.receive(session, asked, {selling.PADS: "unopened"}, actor=sari)
    returns.settle(session, asked, "refund", actor=sari)
    return asked.id


def found(session: Session) -> list[Finding]:
    session.flush()
    session.expire_all()
    return list(auditing.audit(session).findings)


def test_right_books_have_no_finding_and_no_gap(session: Session, shop: Shop) -> None:
    assert found(session) == []
    report = auditing.audit(session)
    (bank,) = report.accounts
    assert (bank.gap, report.stock.gap) == (0, 0)
    due = {name: int(one.amount_due_idr) for name, one in shop.payments.items()}
    assert bank.on_statements == sum(due.values()) - 20_000 + due["twice"] - due["word"] + 33_000
    assert bank.on_word == due["word"]
    assert bank.refunded == due["ended"]
    assert bank.part_paid == due["part"] - 20_000
    assert bank.open == 45_000 + due["twice"] + 33_000  # the return, the second transfer, nobody's


def _order(name: str) -> Callable[[Shop], str]:
    return lambda shop: f"order {shop.orders[name].order_code}"


def _payment(name: str) -> Callable[[Shop], str]:
    return lambda shop: f"payment {shop.payments[name].id} of order {shop.orders[name].order_code}"


TAMPERED: dict[str, tuple[str, str, Callable[[Shop], str]]] = {
    "I3 an effect without result": (
        "I3", "INSERT INTO effects (key, created_at) VALUES ('x', now())", lambda _: "effect x",
    ),
    "I3 sent back twice": (
        "I3",
        ("INSERT INTO refunds (difference_id, amount_idr, to_bank, to_number, to_holder, reason, "
        "requested_by, created_at, done_at, withdrawn_at) SELECT difference_id, amount_idr, "
        "to_bank, to_number, to_holder, reason, requested_by, created_at, done_at, now() "
        "FROM refunds WHERE id = {refund}"),
        lambda _: "difference ",
    ),
    "I3 left the shelf twice": (
        "I3",
        ("INSERT INTO stock_movements (part_id, kind, quantity, order_id, actor_kind, actor_name, "
        "reason, at) SELECT part_id, kind, quantity, order_id, actor_kind, actor_name, reason, at "
        "FROM stock_movements WHERE kind = 'shipped'"),
        lambda shop: f"order id {shop.orders['sent'].id}",
    ),
    "I4 a piece vanishes": (
        "I4", "UPDATE stock_levels SET on_hand = on_hand - 1", lambda _: f"part {selling.PADS}",
    ),
    "I4 a reservation grows": (
        "I4", "UPDATE reservations SET quantity = 2 WHERE order_id = {part}",
        lambda shop: f"part {selling.PADS} of order {shop.orders['part'].order_code}",
    ),
    "I5 said to be paid, but is not": (
        "I5", "UPDATE orders SET paid_at = NULL WHERE id = {twice}", lambda _: "message ",
    ),
    "I5 an order that is not there": (
        "I5", "UPDATE messages SET text = 'Pesanan P-ZZZZZ sudah dibuat' WHERE author = 'bot'",
        lambda _: "message ",
    ),
    "I6 sent without a number": (
        "I6", "UPDATE messages SET status = 'sent', provider_id = NULL WHERE author = 'system'",
        lambda _: "message ",
    ),
    "I6 lost in the queue": (
        "I6", ("UPDATE messages SET created_at = now() - interval '3 days' "
        "WHERE status = 'queued'"), lambda _: "message ",
    ),
    "I7 a state nobody moved to": (
        "I7", "UPDATE payments SET state = 'rejected' WHERE id = {word_payment}",
        lambda shop: f"payment {shop.payments['word'].id}",
    ),
    "I7 a jump": (
        "I7", ("INSERT INTO timeline (at, subject, subject_id, action, actor_kind, actor_name, "
        "facts) VALUES (now(), 'order', {part}, 'delivered', 'system', 'x', '{{}}')"),
        _order("part"),
    ),
    "I7 packed before paid": (
        "I7", "UPDATE orders SET packed_at = paid_at - interval '1 hour' WHERE id = {sent}",
        _order("sent"),
    ),
    "I8 paid without a reason": (
        "I8", "DELETE FROM bank_references WHERE payment_id = {sent_payment}", _order("sent"),
    ),
    "I8 one reference, two orders": (
        "I8", "UPDATE payments SET bank_reference = '2611210001' WHERE id = {twice_payment}",
        lambda shop: f"payment {shop.payments['sent'].id}",
    ),
    "I9 an unknown person": (
        "I9", ("INSERT INTO timeline (at, subject, subject_id, action, actor_kind, actor_id, "
        "actor_name, facts) VALUES (now(), 'order', {part}, 'seen', 'staff', 999999, 'x', '{{}}')"),
        lambda _: "timeline ",
    ),
    "money a line changes": (
        "money", ("UPDATE orders SET items_idr = items_idr + 1, total_idr = total_idr + 1 "
        "WHERE id = {part}"), _order("part"),
    ),
    "money received more": (
        "money", ("UPDATE payments SET amount_received_idr = amount_received_idr + 1 "
        "WHERE id = {sent_payment}"), _payment("sent"),
    ),
    "money a booking grows": (
        "money", ("UPDATE bank_mutations SET amount_idr = amount_idr + 7 "
        "WHERE payment_id = {sent_payment}"), _payment("sent"),
    ),
    "money a booking shrinks": (
        "money", ("UPDATE bank_mutations SET amount_idr = amount_idr - 7 "
        "WHERE payment_id = {sent_payment}"), _payment("sent"),
    ),
    "money a booking is forgotten": (
        "money", "UPDATE bank_mutations SET state = 'not_ours' WHERE description = 'SETORAN'",
        lambda _: "bank_mutation ",
    ),
    "money a refund grows": (
        "money", "UPDATE refunds SET amount_idr = amount_idr + 1 WHERE id = {refund}",
        lambda shop: f"refund {shop.refund_id}",
    ),
    "money a difference shrinks": (
        "money", "UPDATE differences SET amount_idr = 1 WHERE kind = 'unknown'",
        lambda _: "difference ",
    ),
    "promotions used more than held": (
        "promotions", "UPDATE promotions SET used = used + 1", lambda _: "promotion ",
    ),
    "points nobody earned": (
        "points",
        "UPDATE points_accounts SET balance = balance + 1",
        lambda _: "points of customer id ",
    ),
    "points taken off an order that nobody redeemed": (
        "points", "UPDATE order_discounts SET kind = 'points' WHERE order_id = {sent}",
        _order("sent"),
    ),
    "money awaited for an order that has ended": (
        "money", "UPDATE payments SET closed_at = NULL WHERE id = {ended_payment}",
        _payment("ended"),
    ),
    "promotions a discount nobody holds": (
        "promotions", "UPDATE promotion_uses SET amount_idr = 1 WHERE order_id = {sent}",
        _order("sent"),
    ),
}  # fmt: skip


def test_each_row_that_was_tampered_with_is_named(session: Session, shop: Shop) -> None:
    ids = {one: order.id for one, order in shop.orders.items()}
    ids |= {f"{one}_payment": payment.id for one, payment in shop.payments.items()}
    expected = {name: row_of(shop) for name, (_, _, row_of) in TAMPERED.items()}
    missed = {}
    for name, (check, statement, _) in TAMPERED.items():
        session.flush()
        undone = session.begin_nested()
        changed = session.execute(sa.text(statement.format(**ids, refund=shop.refund_id)))
        assert changed.rowcount > 0, name  # type: ignore[attr-defined]
        named = found(session)
        undone.rollback()
        if not any(one.check == check and one.row.startswith(expected[name]) for one in named):
            missed[name] = named
    assert missed == {}
    assert found(session) == []


def test_the_command_prints_the_sums_and_fails_on_a_finding(
    database: sa.Engine, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAPA_DATABASE_URL", database_url)
    monkeypatch.setenv("SAPA_DATA_DIR", str(tmp_path))
    committed(database, build)
    right = CliRunner().invoke(app, ["audit", "all"])
    assert (right.exit_code, right.output.splitlines()[-1]) == (0, "clean")
    assert "gap" in right.output
    committed(database, timeline.seal)
    with database.begin() as connection:
        connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        touched = connection.scalar(sa.text("SELECT min(id) FROM timeline"))
        change = sa.text("UPDATE timeline SET actor_name = 'x' WHERE id = :id")
        connection.execute(change, {"id": touched})
        connection.execute(sa.text("UPDATE refunds SET amount_idr = amount_idr + 1"))
    books = CliRunner().invoke(app, ["audit", "books"])
    whole = CliRunner().invoke(app, ["audit", "all"])
    assert (books.exit_code, whole.exit_code) == (1, 1)
    assert "money: refund " in books.output
    assert f"I9: timeline {touched}:" in whole.output
    assert "I9" not in books.output
