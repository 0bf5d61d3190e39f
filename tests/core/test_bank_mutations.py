"""What comes on the account, from the file to the order: booked by rule or put on a list."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import checkout, clock, payments
from crm_core.conversations import Message
from crm_core.customers import Customer
from crm_core.errors import Conflict, InvalidInput, NotAllowed
from crm_core.orders import Order, OrderState
from crm_core.payments import BankFile, BankMutation, Difference, Payment, PaymentState
from crm_core.timeline import Actor
from tests import banking, factories, selling
from tests.banking import brought, paid_by, row, taken

Pair = tuple[Order, Payment]


def notices(session: Session) -> list[str]:
    query = sa.select(Message.text).where(Message.author == "system").order_by(Message.id)
    return list(session.scalars(query))


def tasks(session: Session) -> list[tuple[str, str, int]]:
    """(kind, state, amount) of all differences, oldest first."""
    found = session.scalars(sa.select(Difference).order_by(Difference.id))
    return [(str(one.kind), str(one.state), int(one.amount_idr)) for one in found]


def number(session: Session, model: type) -> int:
    return int(session.execute(sa.select(sa.func.count()).select_from(model)).scalar_one())


def test_the_exact_amount_pays_the_order_by_rule_with_the_mutations_reference(
    session: Session, placed: Pair
) -> None:
    order, payment = placed
    made = paid_by(session, payment, reference="2611210001")
    assert (payment.state, order.state) == (PaymentState.ACCEPTED, OrderState.PAID)
    assert (payment.bank_reference, payment.decided_by) == ("2611210001", None)
    assert payment.amount_received_idr == payment.amount_due_idr
    assert (made.state, made.payment_id, made.counted) == ("booked", payment.id, True)
    assert selling.actions(session, "payment", payment.id)[-1] == ("accepted", "system")
    assert selling.actions(session, "order", order.id)[-1] == ("paid", "system")
    assert order.order_code in notices(session)[-1]
    assert tasks(session) == []


@pytest.mark.parametrize(
    ("text", "state"),
    [
        ("QRIS SAPA MOTOR RRN 000000000012", PaymentState.ACCEPTED),
        ("KR OTOMATIS MID 885001 QR : 59123", PaymentState.ACCEPTED),
        ("TRSF E-BANKING CR BUDI", PaymentState.AWAITING),
        ("SETORAN BUDI QRAMAT", PaymentState.AWAITING),
    ],
)
def test_money_by_qris_is_known_by_its_amount_on_whatever_account_of_ours_it_comes(
    session: Session, placed: Pair, text: str, state: PaymentState
) -> None:
    _, payment = placed
    selling.account(session, "7770001", position=5)
    (made,) = brought(session, row(int(payment.amount_due_idr), text, account="7770001"))
    assert payment.state == state
    booked = state == PaymentState.ACCEPTED
    assert (made.state, made.payment_id) == (("booked", payment.id) if booked else ("open", None))


def test_two_orders_of_one_amount_on_two_accounts_leave_qris_to_people(
    session: Session, placed: Pair
) -> None:
    _, first = placed
    other = factories.conversation(session, factories.SITI).customer
    elsewhere = selling.account(session, "7770001", position=5)
    _, second = selling.placed(session, other)
    session.execute(
        sa.update(Payment)
        .where(Payment.id == second.id)
        .values(
            bank_account_id=elsewhere.id,
            amount_due_idr=first.amount_due_idr,
            unique_code=first.unique_code,
        )
    )
    session.expire_all()
    (made,) = brought(session, row(int(first.amount_due_idr), "QRIS SAPA MOTOR RRN 12"))
    assert {first.state, second.state} == {PaymentState.AWAITING}
    assert (made.state, made.payment_id) == ("open", None)


def test_a_bank_without_references_gives_each_mutation_a_stable_one(
    session: Session, placed: Pair
) -> None:
    made = paid_by(session, placed[1])
    assert made.reference == f"M-{made.fingerprint[:16].upper()}-1"
    assert placed[1].bank_reference == made.reference


def test_the_same_file_again_changes_nothing(session: Session, placed: Pair) -> None:
    _, payment = placed
    rows = [row(int(payment.amount_due_idr)), row(75_000, "SETORAN", number=2)]
    brought(session, *rows)
    told = notices(session)
    again = taken(session, rows)
    assert (again.new, again.known, again.known_rows) == ((), 2, (1, 2))
    assert number(session, BankMutation) == 2
    assert notices(session) == told
    assert tasks(session) == [("unknown", "open", 75_000)]


def test_overlapping_files_add_only_what_is_new(session: Session, placed: Pair) -> None:
    first = [row(1_000, "A"), row(2_000, "B")]
    brought(session, *first)
    again = taken(session, [*first, row(3_000, "C", number=3)])
    assert (len(again.new), again.known) == (1, 2)


def test_two_equal_transfers_of_one_file_are_two_and_the_second_is_a_duplicate(
    session: Session, placed: Pair
) -> None:
    order, payment = placed
    due = int(payment.amount_due_idr)
    first, second = brought(session, row(due), row(due, number=2))
    assert (first.occurrence, second.occurrence) == (1, 2)
    assert (first.state, second.state) == ("booked", "open")
    assert (second.payment_id, second.counted) == (payment.id, False)
    assert tasks(session) == [("duplicate", "open", due)]
    assert payment.amount_received_idr == due
    assert (payment.state, order.state) == (PaymentState.ACCEPTED, OrderState.PAID)
    assert "masuk lagi" in notices(session)[-1]


def test_a_file_that_cannot_belong_to_the_shop_stores_nothing(
    session: Session, placed: Pair
) -> None:
    with pytest.raises(InvalidInput) as refused, session.begin_nested():
        taken(session, [row(1_000), row(2_000, account="999888777")])
    assert (refused.value.code, refused.value.facts) == (
        "bank_account_unknown",
        {"number": "999888777"},
    )
    assert (number(session, BankFile), number(session, BankMutation)) == (0, 0)


def test_a_file_without_account_is_for_the_one_account_of_its_bank_or_asked_for(
    session: Session, placed: Pair
) -> None:
    (made,) = brought(session, row(1_000, account=None))
    assert made.bank_account_id == placed[1].bank_account_id
    selling.account(session, "0290000001", position=1)
    with pytest.raises(InvalidInput) as refused, session.begin_nested():
        taken(session, [row(2_000, account=None)])
    assert refused.value.code == "bank_account_needed"


def test_days_that_one_kind_of_file_covered_are_not_read_from_another(
    session: Session, placed: Pair
) -> None:
    brought(session, row(1_000))
    with pytest.raises(Conflict) as refused, session.begin_nested():
        taken(session, [row(1_000)], shape="mt940")
    assert refused.value.code == "statement_shape_differs"
    tomorrow = clock.local_date(clock.now()) + timedelta(days=1)
    assert len(taken(session, [row(1_000, day=tomorrow)], shape="mt940").new) == 1


def test_money_of_nobody_known_waits_on_a_list_with_the_likeliest_orders(
    session: Session, placed: Pair
) -> None:
    order, payment = placed
    made = paid_by(session, payment, extra=-payment.unique_code)  # the unique code left out
    assert (made.state, made.payment_id, made.reason) == ("open", None, "none")
    assert payment.state == PaymentState.AWAITING
    assert tasks(session) == [("unknown", "open", int(order.total_idr))]
    (found,) = payments.worklist.suggestions(session, made.id)
    assert (found.order_code, found.gap_idr) == (order.order_code, -payment.unique_code)
    assert notices(session) == []


def test_money_that_leaves_the_account_is_kept_and_matched_to_nothing(
    session: Session, placed: Pair
) -> None:
    (made,) = brought(session, row(int(placed[1].amount_due_idr), "TRSF KELUAR", out=True))
    assert (made.state, made.payment_id) == ("outgoing", None)
    assert placed[1].state == PaymentState.AWAITING


def test_too_little_with_the_orders_code_is_underpaid_and_the_rest_pays(
    session: Session, placed: Pair
) -> None:
    order, payment = placed
    text = f"TRSF BUDI {order.order_code}"
    paid_by(session, payment, extra=-20_000, text=text)
    assert (payment.state, order.state) == (PaymentState.UNDERPAID, OrderState.AWAITING_PAYMENT)
    assert tasks(session) == [("underpaid", "open", 20_000)]
    assert "Rp 20.000" in notices(session)[-1]
    brought(session, row(20_000, "TRSF SISA"))
    assert (payment.state, order.state) == (PaymentState.ACCEPTED, OrderState.PAID)
    assert payment.amount_received_idr == payment.amount_due_idr
    assert tasks(session) == [("underpaid", "topped_up", 20_000)]


def test_a_refused_report_does_not_stand_in_the_statements_way(
    session: Session, placed: Pair, clerk: Actor
) -> None:
    order, payment = placed
    payments.reject(session, payment, actor=clerk, reason="belum ada")
    paid_by(session, payment)
    assert (payment.state, order.state) == (PaymentState.ACCEPTED, OrderState.PAID)


def test_late_money_goes_to_a_person_with_the_order_and_is_not_booked_on_another(
    session: Session, customer: Customer
) -> None:
    with time_machine.travel(factories.MOMENT, tick=False) as clock_:
        order, payment = selling.placed(session, customer)
        clock_.shift(selling.JUST_OVER)
        checkout.expire_due(session)
        made = paid_by(session, payment)
        assert (payment.state, order.state) == (PaymentState.LATE, OrderState.EXPIRED)
        assert (made.state, made.payment_id, made.counted) == ("open", payment.id, True)
        view = payments.ledger.mutation(session, made.id)
    assert view.difference is not None
    assert (view.difference.kind, view.difference.order_code) == ("late", order.order_code)
    assert view.difference.order_state == OrderState.EXPIRED
    assert "sudah tidak aktif" in notices(session)[-1]


def test_late_money_is_used_for_the_customers_new_order(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    with time_machine.travel(factories.MOMENT, tick=False) as clock_:
        _, old = selling.placed(session, customer)
        clock_.shift(selling.JUST_OVER)
        checkout.expire_due(session)
        made = paid_by(session, old)
        order, payment = selling.placed(session, customer)
        payments.assign(session, made.id, order, actor=clerk)
    gap = int(old.amount_due_idr) - int(payment.amount_due_idr)
    wanted = "overpaid" if gap > 0 else "underpaid"
    assert payment.state == wanted
    assert (old.state, old.amount_received_idr) == (PaymentState.LATE, 0)
    assert not payments.view(session, old).refund_due
    assert tasks(session) == [
        ("late", "assigned", int(old.amount_due_idr)),
        (wanted, "open", abs(gap)),
    ]
    assert (made.payment_id, made.counted, made.state) == (payment.id, True, "booked")


def test_what_a_person_accepted_by_hand_is_confirmed_by_the_file_and_counted_once(
    session: Session, placed: Pair, clerk: Actor
) -> None:
    _, payment = placed
    selling.pay(session, payment, clerk, reference="FT77")
    told = notices(session)
    made = paid_by(session, payment)
    assert (made.state, made.payment_id, made.counted) == ("booked", payment.id, True)
    assert (tasks(session), notices(session)) == ([], told)
    assert payment.amount_received_idr == payment.amount_due_idr
    assert payment.bank_reference == "FT77"


def test_a_reference_typed_for_another_order_is_found_in_the_banks_text(
    session: Session, customer: Customer, placed: Pair, clerk: Actor
) -> None:
    _, first = placed
    _, second = selling.placed(session, customer)
    selling.pay(session, first, clerk, reference="2011/FTSCY/WS95031")
    (made,) = brought(
        session, row(int(second.amount_due_idr), "TRSF CR 2011/FTSCY/WS95031 BUDI SANTOSO")
    )
    assert (made.state, made.reason) == ("open", "claimed")
    assert second.state == PaymentState.AWAITING


def test_a_person_assigns_unknown_money_and_the_amount_decides(
    session: Session, placed: Pair, clerk: Actor
) -> None:
    order, payment = placed
    made = paid_by(session, payment, day=clock.local_date(clock.now()) - timedelta(days=2))
    assert made.state == "open"
    payments.assign(session, made.id, order, actor=clerk)
    assert (payment.state, order.state) == (PaymentState.ACCEPTED, OrderState.PAID)
    assert (payment.decided_by, payment.bank_reference) == (clerk.id, made.reference)
    assert tasks(session) == [("unknown", "assigned", int(payment.amount_due_idr))]
    with pytest.raises(Conflict) as refused:
        payments.assign(session, made.id, order, actor=clerk)
    assert refused.value.code == "mutation_settled"


def test_from_the_set_amount_on_two_people_assign_unknown_money(
    session: Session, placed: Pair, clerk: Actor
) -> None:
    order, payment = placed
    made = paid_by(session, payment, day=clock.local_date(clock.now()) - timedelta(days=2))
    payments.assign(session, made.id, order, actor=clerk, second_person_from=10_000)
    assert (payment.state, made.state) == (PaymentState.AWAITING, "open")
    assert tasks(session) == [("unknown", "open", int(payment.amount_due_idr))]
    with pytest.raises(Conflict) as refused:
        payments.assign(session, made.id, order, actor=clerk, second_person_from=10_000)
    assert refused.value.code == "second_approver_needed"
    dedi = Actor.of_staff(factories.member(session, name="Dedi"))
    payments.assign(session, made.id, order, actor=dedi, second_person_from=10_000)
    assert (payment.state, made.state) == (PaymentState.ACCEPTED, "booked")


def test_money_that_is_not_ours_needs_a_reason_and_can_be_opened_again(
    session: Session, placed: Pair, clerk: Actor
) -> None:
    (made,) = brought(session, row(12_000, "BUNGA"))
    with pytest.raises(InvalidInput) as refused:
        payments.not_ours(session, made.id, actor=clerk, reason=" ")
    assert (refused.value.code, made.state) == ("reason_missing", "open")
    payments.not_ours(session, made.id, actor=clerk, reason="bunga bank")
    assert (made.state, made.reason) == ("not_ours", "bunga bank")
    payments.reopen(session, made.id, actor=clerk)
    assert tasks(session) == [("unknown", "not_ours", 12_000), ("unknown", "open", 12_000)]


def test_only_staff_settles_what_the_rule_left_open(
    session: Session, customer: Customer, placed: Pair
) -> None:
    (made,) = brought(session, row(12_000, "SETORAN"))
    for actor in (Actor.customer(customer), Actor.bot(), banking.IMPORT):
        with pytest.raises(NotAllowed):
            payments.assign(session, made.id, placed[0], actor=actor)
        with pytest.raises(NotAllowed):
            payments.not_ours(session, made.id, actor=actor, reason="x")
    assert tasks(session) == [("unknown", "open", 12_000)]


@pytest.mark.slow
def test_an_amount_whose_order_ended_lately_is_given_out_last(
    session: Session, customer: Customer
) -> None:
    used = set()
    for _ in range(30):
        order, payment = selling.placed(session, customer)
        assert payment.unique_code not in used
        used.add(payment.unique_code)
        checkout.cancel(session, order, actor=Actor.customer(customer), reason="tidak jadi")


def test_a_difference_left_for_three_days_comes_back_to_its_owner(
    session: Session, placed: Pair, clerk: Actor
) -> None:
    paid_by(session, placed[1], extra=-1)
    (task,) = payments.worklist.differences(session)
    payments.take(session, task.id, actor=clerk)
    other = factories.member(session, name="Andi").id
    assert clerk.id is not None
    age = payments.worklist.OLD_AFTER + timedelta(minutes=1)
    assert payments.worklist.old(session, clerk.id, manages=False) == []
    session.execute(sa.update(Difference).values(created_at=clock.now() - age))
    assert [one.id for one in payments.worklist.old(session, clerk.id, manages=False)] == [task.id]
    assert payments.worklist.old(session, other, manages=True) == []
    session.execute(sa.update(Difference).values(owner_id=None))
    assert [one.id for one in payments.worklist.old(session, other, manages=True)] == [task.id]
    assert payments.worklist.old(session, other, manages=False) == []
