"""The decision on money: by people, once, and exact to the rupiah."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import checkout, conversations, payments
from crm_core.conversations import InboundMedia, Message
from crm_core.customers import Customer
from crm_core.errors import Conflict, InvalidInput, NotAllowed
from crm_core.orders import Order, OrderState
from crm_core.payments import Payment, PaymentState
from crm_core.timeline import Actor
from tests import factories, selling
from tests.world import at_once, committed


def last_notice(session: Session) -> str:
    query = sa.select(Message.text).where(Message.author == "system").order_by(Message.id.desc())
    return session.scalars(query.limit(1)).one()


def photo(session: Session, address: str = factories.BUDI, sha256: str = "ab" * 32) -> int:
    """The id of a stored photo that came from ``address``."""
    picture = InboundMedia(None, "image/jpeg", path="x.jpg", sha256=sha256, size=10)
    message = factories.received(session, "", address, media=(picture,)).message
    return message.media[0].id


def test_the_exact_amount_pays_the_order_and_tells_the_customer(
    session: Session, placed: tuple[Order, Payment], clerk: Actor
) -> None:
    order, payment = placed
    selling.pay(session, payment, clerk)
    assert (payment.state, order.state) == (PaymentState.ACCEPTED, OrderState.PAID)
    assert payment.amount_received_idr == payment.amount_due_idr
    assert payment.bank_reference == "FT1"
    row = payments.view(session, payment)
    assert (row.decided_by, row.refund_due) == ("Sari", False)
    assert order.order_code in last_notice(session)
    assert selling.actions(session, "payment", payment.id) == [
        ("requested", "customer"),
        ("accepted", "staff"),
    ]


@pytest.mark.parametrize(
    ("extra", "state"), [(-1, PaymentState.UNDERPAID), (1, PaymentState.OVERPAID)]
)
def test_one_rupiah_too_little_or_too_much_does_not_pay(
    session: Session,
    placed: tuple[Order, Payment],
    clerk: Actor,
    extra: int,
    state: PaymentState,
) -> None:
    order, payment = placed
    selling.pay(session, payment, clerk, extra=extra)
    assert (payment.state, order.state) == (state, OrderState.AWAITING_PAYMENT)
    assert payment.closed_at is None
    assert "Rp 1" in last_notice(session)


def test_the_missing_rest_makes_an_underpaid_payment_whole(
    session: Session, placed: tuple[Order, Payment], clerk: Actor
) -> None:
    order, payment = placed
    selling.pay(session, payment, clerk, extra=-20_000)
    selling.pay(session, payment, clerk, reference="FT2")
    assert (payment.state, order.state) == (PaymentState.ACCEPTED, OrderState.PAID)


def test_money_for_an_expired_order_is_late_and_due_for_a_refund(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    with time_machine.travel(factories.MOMENT, tick=False) as clock_:
        order, payment = selling.placed(session, customer)
        clock_.shift(selling.JUST_OVER)
        checkout.expire_due(session)
        selling.pay(session, payment, clerk)
    assert (payment.state, order.state) == (PaymentState.LATE, OrderState.EXPIRED)
    assert payments.view(session, payment).refund_due
    payments.refund(session, payment, actor=clerk, to=selling.TO_BUDI, reason="dikembalikan ke BCA")
    assert payment.state == PaymentState.REFUNDED
    assert not payments.view(session, payment).refund_due


def test_one_bank_reference_pays_one_order(
    session: Session, customer: Customer, placed: tuple[Order, Payment], clerk: Actor
) -> None:
    first, payment = placed
    second, other = selling.placed(session, customer)
    selling.pay(session, payment, clerk, reference="FT 77 x")
    selling.pay(session, other, clerk, reference="ft77X")
    assert (other.state, second.state) == (PaymentState.DUPLICATE, OrderState.AWAITING_PAYMENT)
    assert other.reason == f"same_as:{first.order_code}"
    assert second.order_code in last_notice(session)


def test_without_a_reference_the_same_photo_pays_one_order(
    session: Session, customer: Customer, placed: tuple[Order, Payment], clerk: Actor
) -> None:
    first, payment = placed
    second, other = selling.placed(session, customer)
    for order in (first, second):
        payments.report(session, order, actor=Actor.customer(customer), media_ids=[photo(session)])
    assert payments.view(session, other).same_proof_as == (first.order_code,)
    selling.pay(session, payment, clerk)
    selling.pay(session, other, clerk, reference=None)
    assert other.state == PaymentState.DUPLICATE
    assert second.state == OrderState.AWAITING_PAYMENT


def test_without_a_reference_two_different_people_must_vouch(
    session: Session, placed: tuple[Order, Payment], clerk: Actor
) -> None:
    order, payment = placed
    selling.pay(session, payment, clerk, reference=None)
    assert (payment.state, order.state) == (PaymentState.AWAITING, OrderState.AWAITING_PAYMENT)
    assert payments.view(session, payment).approved_by == "Sari"
    with pytest.raises(Conflict) as refused:
        selling.pay(session, payment, clerk, reference=None)
    assert selling.refusal(refused.value) == (
        "second_approver_needed",
        {"order_code": order.order_code, "by": "Sari"},
    )
    second = Actor.of_staff(factories.member(session, name="Dedi"))
    selling.pay(session, payment, second, reference=None)
    assert (payment.state, order.state) == (PaymentState.ACCEPTED, OrderState.PAID)


def test_a_decision_is_made_once_and_the_second_learns_by_whom(
    session: Session, placed: tuple[Order, Payment], clerk: Actor
) -> None:
    order, payment = placed
    selling.pay(session, payment, clerk)
    dedi = Actor.of_staff(factories.member(session, name="Dedi"))
    facts = {"order_code": order.order_code, "state": "accepted", "by": "Sari"}
    with pytest.raises(Conflict) as refused:
        selling.pay(session, payment, dedi, reference="FT2")
    assert selling.refusal(refused.value) == ("already_decided", facts)
    with pytest.raises(Conflict) as refused:
        payments.reject(session, payment, actor=dedi, reason="tidak ada")
    assert selling.refusal(refused.value) == ("already_decided", facts)
    assert (payment.state, order.state) == (PaymentState.ACCEPTED, OrderState.PAID)


def test_the_same_short_amount_is_not_decided_twice(
    session: Session, placed: tuple[Order, Payment], clerk: Actor
) -> None:
    _, payment = placed
    selling.pay(session, payment, clerk, extra=-1)
    with pytest.raises(Conflict) as refused:
        selling.pay(session, payment, clerk, extra=-1)
    assert refused.value.code == "already_decided"


@pytest.mark.parametrize("amount", [0, -1, True, 59_000.0, "59000"])
def test_an_amount_that_is_none_decides_nothing(
    session: Session, placed: tuple[Order, Payment], clerk: Actor, amount: object
) -> None:
    _, payment = placed
    with pytest.raises(InvalidInput) as refused:
        payments.accept(
            session,
            payment,
            actor=clerk,
            amount_received_idr=amount,  # type: ignore[arg-type]
            bank_reference="FT1",
        )
    assert refused.value.code == "amount_invalid"
    assert payment.state == PaymentState.AWAITING


def test_the_system_decides_only_with_a_reference_of_the_bank(
    session: Session, placed: tuple[Order, Payment]
) -> None:
    order, payment = placed
    rule = Actor.system("bank statement")
    with pytest.raises(NotAllowed) as refused:
        selling.pay(session, payment, rule, reference=None)
    assert refused.value.code == "staff_only"
    assert payment.state == PaymentState.AWAITING
    selling.pay(session, payment, rule, reference="FT1")
    assert (payment.state, order.state) == (PaymentState.ACCEPTED, OrderState.PAID)
    assert (payment.decided_by, payment.bank_reference) == (None, "FT1")


def test_from_the_set_amount_on_one_person_is_not_enough_even_with_a_reference(
    session: Session, placed: tuple[Order, Payment], clerk: Actor
) -> None:
    order, payment = placed
    limit = int(payment.amount_due_idr)
    due = payment.amount_due_idr

    def accept(actor: Actor, second_person_from: int) -> None:
        payments.accept(
            session,
            payment,
            actor=actor,
            amount_received_idr=due,
            bank_reference="FT1",
            second_person_from=second_person_from,
        )

    accept(clerk, limit)
    assert (payment.state, order.state) == (PaymentState.AWAITING, OrderState.AWAITING_PAYMENT)
    with pytest.raises(Conflict) as refused:
        accept(clerk, limit)
    assert refused.value.code == "second_approver_needed"
    accept(Actor.of_staff(factories.member(session, name="Dedi")), limit)
    assert (payment.state, order.state) == (PaymentState.ACCEPTED, OrderState.PAID)


def test_below_the_set_amount_one_person_with_a_reference_is_enough(
    session: Session, placed: tuple[Order, Payment], clerk: Actor
) -> None:
    _, payment = placed
    payments.accept(
        session,
        payment,
        actor=clerk,
        amount_received_idr=payment.amount_due_idr,
        bank_reference="FT1",
        second_person_from=int(payment.amount_due_idr) + 1,
    )
    assert payment.state == PaymentState.ACCEPTED


def test_neither_customers_nor_the_bot_decide_on_money(
    session: Session, customer: Customer, placed: tuple[Order, Payment]
) -> None:
    order, payment = placed
    for actor in (Actor.customer(customer), Actor.bot()):
        with pytest.raises(NotAllowed) as refused:
            selling.pay(session, payment, actor)
        assert refused.value.code == "staff_only"
    assert (payment.state, order.state) == (PaymentState.AWAITING, OrderState.AWAITING_PAYMENT)


def test_a_rejected_report_leaves_the_order_open_and_can_be_reported_again(
    session: Session, customer: Customer, placed: tuple[Order, Payment], clerk: Actor
) -> None:
    order, payment = placed
    payments.report(session, order, actor=Actor.customer(customer), text="sudah")
    payments.reject(session, payment, actor=clerk, reason="belum ada di mutasi")
    assert (payment.state, order.state) == (PaymentState.REJECTED, OrderState.AWAITING_PAYMENT)
    assert "belum ada di mutasi" in last_notice(session)
    payments.report(session, order, actor=Actor.customer(customer), text="ini yang benar")
    assert payment.state == PaymentState.REPORTED


def test_a_rejection_needs_a_reason(
    session: Session, placed: tuple[Order, Payment], clerk: Actor
) -> None:
    _, payment = placed
    with pytest.raises(InvalidInput) as refused:
        payments.reject(session, payment, actor=clerk, reason=" ")
    assert refused.value.code == "reason_missing"
    assert payment.state == PaymentState.AWAITING


def test_two_who_decide_at_once_make_one_decision(database: sa.Engine) -> None:
    def prepare(session: Session) -> tuple[int, int, int]:
        selling.part(session)
        selling.account(session)
        customer = factories.conversation(session).customer
        _, payment = selling.placed(session, customer)
        sari, dedi = (factories.member(session, name=name) for name in ("Sari", "Dedi"))
        return payment.id, sari.id, dedi.id

    payment_id, sari, dedi = committed(database, prepare)

    def accept(session: Session) -> str:
        payment = session.get_one(Payment, payment_id)
        return str(selling.pay(session, payment, Actor("staff", sari, "Sari")).state)

    def reject(session: Session) -> str:
        payment = session.get_one(Payment, payment_id)
        clerk = Actor("staff", dedi, "Dedi")
        return str(payments.reject(session, payment, actor=clerk, reason="tidak ada").state)

    results = at_once(database, accept, reject)
    done = [result for result in results if isinstance(result, str)]
    (refused,) = [result for result in results if not isinstance(result, str)]
    assert len(done) == 1
    code, facts = selling.refusal(refused)
    assert (code, facts["state"]) == ("already_decided", done[0])
    assert facts["by"] == {"accepted": "Sari", "rejected": "Dedi"}[done[0]]


def test_one_reference_for_two_orders_at_once_pays_one(database: sa.Engine) -> None:
    def prepare(session: Session) -> tuple[list[int], int]:
        selling.part(session)
        selling.account(session)
        customer = factories.conversation(session).customer
        ids = [selling.placed(session, customer)[1].id for _ in range(2)]
        return ids, factories.member(session).id

    ids, staff_id = committed(database, prepare)

    def accept(session: Session, payment_id: int) -> str:
        payment = session.get_one(Payment, payment_id)
        return str(
            selling.pay(session, payment, Actor("staff", staff_id, "Sari"), reference="FT5").state
        )

    results = at_once(database, *[lambda s, i=one: accept(s, i) for one in ids])
    assert sorted(map(str, results)) == ["accepted", "duplicate"]


def test_the_conversation_is_told_in_the_customers_language(
    session: Session, customer: Customer, placed: tuple[Order, Payment], clerk: Actor
) -> None:
    customer.language = "en"
    selling.pay(session, placed[1], clerk)
    assert "for order" in last_notice(session)
    (talk,) = conversations.of_customer(session, customer)
    assert talk.handler == "bot"


def test_a_second_amount_that_is_still_short_is_a_decision_of_its_own(
    session: Session, placed: tuple[Order, Payment], clerk: Actor
) -> None:
    order, payment = placed
    selling.pay(session, payment, clerk, extra=-2_000)
    selling.pay(session, payment, clerk, extra=-1_000, reference=None)
    assert (payment.state, payment.bank_reference) == (PaymentState.UNDERPAID, "FT1")
    assert "Rp 1.000" in last_notice(session)
    assert order.state == OrderState.AWAITING_PAYMENT


def test_money_is_given_back_with_a_reason_and_only_if_there_is_some(
    session: Session, placed: tuple[Order, Payment], clerk: Actor
) -> None:
    _, payment = placed
    with pytest.raises(InvalidInput) as refused:
        payments.refund(session, payment, actor=clerk, to=selling.TO_BUDI, reason=" ")
    assert refused.value.code == "reason_missing"
    with pytest.raises(Conflict) as conflict:
        payments.refund(session, payment, actor=clerk, to=selling.TO_BUDI, reason="salah")
    assert conflict.value.code == "illegal_transition"
    assert payment.state == PaymentState.AWAITING
