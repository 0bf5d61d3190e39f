"""Asking for money: amounts that cannot be confused, accounts that orders keep."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import checkout, orders, payments
from crm_core.customers import Customer
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.orders import Order
from crm_core.payments import BankAccount, Payment, PaymentState
from crm_core.timeline import Actor
from tests import factories, selling
from tests.world import at_once, committed


def fill_codes(session: Session, account: BankAccount, customer: Customer, codes: int) -> None:
    """Open payments with the codes 1 … ``codes`` on an account, without going through the shop."""
    model = selling.order(session, customer)
    columns = [column.name for column in Order.__table__.columns if column.name != "id"]
    other = {"order_code": "'X-' || n", "expires_at": "'2099-01-01'"}
    copied = ", ".join(other.get(name, name) for name in columns)
    session.execute(
        sa.text(
            f"insert into orders ({', '.join(columns)}) "  # noqa: S608 - names of our own table
            f"select {copied} from orders, generate_series(1, :codes) n where id = :id"
        ),
        {"codes": codes, "id": model.id},
    )
    session.execute(
        sa.text(
            "insert into payments (order_id, bank_account_id, state, amount_due_idr, unique_code,"
            " sms_attempts, created_at, updated_at)"
            " select id, :account, 'awaiting', 500000000 + substr(order_code, 3)::int,"
            " substr(order_code, 3)::int, 0, now(), now() from orders where order_code like 'X-%'"
        ),
        {"account": account.id},
    )


def test_the_amount_due_is_the_total_plus_a_code_of_three_digits(
    placed: tuple[Order, Payment],
) -> None:
    order, payment = placed
    assert 1 <= payment.unique_code <= 999
    assert payment.amount_due_idr == order.total_idr + payment.unique_code
    assert payment.state == PaymentState.AWAITING


def test_asking_again_gives_the_same_payment(
    session: Session, placed: tuple[Order, Payment], clerk: Actor
) -> None:
    order, payment = placed
    assert payments.request(session, order, clerk).id == payment.id


def test_an_order_that_awaits_no_payment_is_asked_for_none(
    session: Session, customer: Customer
) -> None:
    order = selling.order(session, customer)
    orders.cancel(session, order, Actor.customer(customer), "salah")
    with pytest.raises(Conflict) as refused:
        payments.request(session, order, Actor.bot())
    assert refused.value.code == "illegal_transition"
    assert payments.for_order(session, order) is None


def test_without_an_account_nothing_can_be_asked_for(session: Session, customer: Customer) -> None:
    session.execute(sa.update(BankAccount).values(active=False))
    order = selling.order(session, customer)
    with pytest.raises(Conflict) as refused:
        payments.request(session, order, Actor.bot())
    assert refused.value.code == "no_bank_account"


def test_the_last_free_code_is_found(session: Session, customer: Customer) -> None:
    account = session.scalars(sa.select(BankAccount)).one()
    fill_codes(session, account, customer, 998)
    payment = payments.request(session, selling.order(session, customer), Actor.bot())
    assert payment.unique_code == 999


def test_the_thousandth_open_order_goes_to_the_next_account(
    session: Session, customer: Customer
) -> None:
    account = session.scalars(sa.select(BankAccount)).one()
    fill_codes(session, account, customer, 999)
    second = selling.account(session, "0299999999", position=1)
    payment = payments.request(session, selling.order(session, customer), Actor.bot())
    assert payment.bank_account_id == second.id


def test_when_every_account_is_full_the_refusal_says_so(
    session: Session, customer: Customer
) -> None:
    account = session.scalars(sa.select(BankAccount)).one()
    fill_codes(session, account, customer, 999)
    order = selling.order(session, customer)
    with pytest.raises(Conflict) as refused:
        payments.request(session, order, Actor.bot())
    assert refused.value.code == "no_unique_code_free"
    assert payments.for_order(session, order) is None


@pytest.mark.parametrize("end", ["accepted", "cancelled", "expired"])
def test_a_payment_that_is_over_gives_its_code_free(
    session: Session, customer: Customer, clerk: Actor, end: str
) -> None:
    account = session.scalars(sa.select(BankAccount)).one()
    fill_codes(session, account, customer, 998)
    with time_machine.travel(factories.MOMENT, tick=False) as clock_:
        order, payment = selling.placed(session, customer)
        if end == "accepted":
            selling.pay(session, payment, clerk)
        elif end == "cancelled":
            checkout.cancel(session, order, actor=clerk, reason="stok rusak")
        else:
            clock_.shift(selling.JUST_OVER)
            checkout.expire_due(session)
        _, later = selling.placed(session, customer)
    assert payment.unique_code == later.unique_code == 999
    assert order.state == {"accepted": "paid"}.get(end, end)


def test_an_order_keeps_its_account_when_the_shop_changes_it(
    session: Session, customer: Customer, placed: tuple[Order, Payment], clerk: Actor
) -> None:
    _, payment = placed
    old = payment.bank_account_id
    new = payments.change_account(session, old, "Mandiri", "146-000-1234", "PT Sapa", actor=clerk)
    _, later = selling.placed(session, customer)
    assert payments.view(session, payment).bank_account.bank == "BCA"
    assert payments.view(session, later).bank_account.number == "1460001234"
    assert [account.id for account in payments.accounts(session)] == [new.id]


@pytest.mark.parametrize(
    ("bank", "number", "holder", "field"),
    [("", "1", "PT", "bank"), ("BCA", "12a", "PT", "number"), ("BCA", "1", " ", "holder")],
)
def test_an_account_that_cannot_be_paid_into_is_refused(
    session: Session, clerk: Actor, bank: str, number: str, holder: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        payments.add_account(session, bank, number, holder, actor=clerk)
    assert selling.refusal(refused.value) == ("bank_account_invalid", {"field": field})
    assert list(payments.accounts(session)) == []


def test_the_same_account_is_taken_up_once(session: Session, clerk: Actor) -> None:
    payments.add_account(session, "BCA", "029-123", "PT Sapa", actor=clerk)
    with pytest.raises(Conflict) as refused:
        payments.add_account(session, "BCA", "029123", "PT Sapa", actor=clerk)
    assert refused.value.code == "bank_account_exists"


def test_parallel_orders_of_the_same_worth_never_share_an_amount(database: sa.Engine) -> None:
    buyers = 16

    def prepare(session: Session) -> list[int]:
        selling.part(session, pieces=100)
        account = selling.account(session)
        selling.district_id(session)
        customer = factories.conversation(session).customer
        # Leave 20 codes, so that the buyers run into each other.
        fill_codes(session, account, customer, 979)
        return [
            factories.customer(session, f"whatsapp:+62812000000{number:02}").id
            for number in range(buyers)
        ]

    ids = committed(database, prepare)

    def buy(session: Session, customer_id: int) -> int:
        customer = session.get_one(Customer, customer_id)
        return selling.placed(session, customer)[1].unique_code

    results = at_once(database, *[lambda s, i=one: buy(s, i) for one in ids])
    codes = [result for result in results if isinstance(result, int)]
    assert len(codes) == buyers
    assert len(set(codes)) == buyers
    assert min(codes) > 979


def test_a_holders_new_name_shows_on_old_orders_too(
    session: Session, placed: tuple[Order, Payment], clerk: Actor
) -> None:
    _, payment = placed
    old = payment.bank_account_id
    same = payments.change_account(session, old, "BCA", "029-123-4567", "PT Sapa Baru", actor=clerk)
    assert same.id == old
    assert payments.view(session, payment).bank_account.holder == "PT Sapa Baru"


def test_an_account_that_does_not_exist_cannot_be_retired(session: Session, clerk: Actor) -> None:
    with pytest.raises(NotFound) as refused:
        payments.retire_account(session, 999, actor=clerk)
    assert refused.value.code == "bank_account_not_found"


def test_what_was_never_asked_for_cannot_be_reported(session: Session, customer: Customer) -> None:
    order = selling.order(session, customer)
    with pytest.raises(NotFound) as refused:
        payments.report(session, order, actor=Actor.customer(customer), text="sudah")
    assert selling.refusal(refused.value) == (
        "payment_not_found",
        {"order_code": order.order_code},
    )
