"""Reports of transfers: evidence that waits for a person, and never pays."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import payments
from crm_core.conversations import InboundMedia
from crm_core.customers import Customer
from crm_core.errors import Conflict, NotFound
from crm_core.money import Rupiah
from crm_core.orders import Order, OrderState
from crm_core.payments import Payment, PaymentState, TransferReport
from crm_core.timeline import Actor
from tests import factories, selling


@pytest.fixture
def customer(session: Session) -> Customer:
    selling.part(session, pieces=50)
    selling.account(session)
    return factories.conversation(session).customer


@pytest.fixture
def placed(session: Session, customer: Customer) -> tuple[Order, Payment]:
    return selling.placed(session, customer)


@pytest.fixture
def clerk(session: Session) -> Actor:
    return Actor.of_staff(factories.member(session, name="Sari"))


def photo(session: Session, address: str = factories.BUDI, sha256: str = "ab" * 32) -> int:
    """The id of a stored photo that came from ``address``."""
    picture = InboundMedia(None, "image/jpeg", path="x.jpg", sha256=sha256, size=10)
    message = factories.received(session, "", address, media=(picture,)).message
    return message.media[0].id


def test_a_report_never_pays(
    session: Session, customer: Customer, placed: tuple[Order, Payment]
) -> None:
    order, payment = placed
    for _ in range(3):
        payments.report(session, order, actor=Actor.customer(customer), text="sudah transfer lunas")
    assert payment.state == PaymentState.REPORTED
    assert payment.reported_at is not None
    assert order.state == OrderState.AWAITING_PAYMENT


def test_an_album_of_ten_photos_is_one_claim_with_ten_proofs(
    session: Session, customer: Customer, placed: tuple[Order, Payment]
) -> None:
    order, payment = placed
    ids = [photo(session, sha256=f"{number:064x}") for number in range(10)]
    payments.report(session, order, actor=Actor.customer(customer), media_ids=ids)
    payments.report(session, order, actor=Actor.customer(customer), media_ids=ids)
    row = payments.view(session, payment)
    assert row.proof_media_ids == tuple(ids)
    assert [waiting.id for waiting in payments.waiting(session)] == [payment.id]


def test_the_same_message_is_evidence_once(
    session: Session, customer: Customer, placed: tuple[Order, Payment]
) -> None:
    order, payment = placed
    message = factories.received(session, "sudah tf kak").message
    for _ in range(2):
        payments.report(
            session,
            order,
            actor=Actor.customer(customer),
            text=message.text,
            message_id=message.id,
            sender_name="Budi S",
            amount_idr=Rupiah(59_123),
        )
    (report,) = payments.view(session, payment).reports
    assert (report.text, report.sender_name, report.amount_idr, report.message_id) == (
        "sudah tf kak",
        "Budi S",
        Rupiah(59_123),
        message.id,
    )


def test_somebody_elses_photo_is_no_evidence(
    session: Session, customer: Customer, placed: tuple[Order, Payment]
) -> None:
    order, payment = placed
    hers = photo(session, factories.SITI)
    with pytest.raises(NotFound) as refused:
        payments.report(session, order, actor=Actor.customer(customer), media_ids=[hers])
    assert refused.value.code == "media_not_found"
    assert payment.state == PaymentState.AWAITING
    assert session.scalar(sa.select(sa.func.count(TransferReport.id))) == 0


def test_lists_are_narrowed_by_state_code_and_amount(
    session: Session, customer: Customer, placed: tuple[Order, Payment]
) -> None:
    order, payment = placed
    selling.placed(session, customer)
    payments.report(session, order, actor=Actor.customer(customer), text="sudah")

    def ids(**narrow: object) -> list[int]:
        return [row.id for row in payments.listing(session, **narrow).items]  # type: ignore[arg-type]

    assert ids(state="reported") == [payment.id]
    assert ids(query=order.order_code) == [payment.id]
    assert ids(query=str(int(payment.amount_due_idr))) == [payment.id]
    assert len(ids(limit=1)) == 1
    assert len(ids()) == 2


def test_a_code_by_sms_confirms_a_report_and_still_pays_nothing(
    session: Session, customer: Customer, placed: tuple[Order, Payment]
) -> None:
    order, payment = placed
    me = Actor.customer(customer)
    payments.report(session, order, actor=me, text="sudah")
    code = payments.make_sms_code(session, payment, actor=Actor.bot())
    wrong = "000000" if code != "000000" else "111111"
    assert payments.confirm_sms_code(session, payment, wrong, actor=me) is False
    assert payment.state == PaymentState.REPORTED
    assert payments.confirm_sms_code(session, payment, f" {code} ", actor=me) is True
    assert payment.state == PaymentState.VERIFIED_BY_SMS
    assert order.state == OrderState.AWAITING_PAYMENT


def test_a_code_by_sms_is_spent_after_five_wrong_ones(
    session: Session, customer: Customer, placed: tuple[Order, Payment]
) -> None:
    order, payment = placed
    me = Actor.customer(customer)
    payments.report(session, order, actor=me, text="sudah")
    code = payments.make_sms_code(session, payment, actor=Actor.bot())
    for _ in range(5):
        assert not payments.confirm_sms_code(session, payment, "wrong", actor=me)
    with pytest.raises(Conflict) as refused:
        payments.confirm_sms_code(session, payment, code, actor=me)
    assert refused.value.code == "sms_code_spent"


def test_a_code_by_sms_is_good_for_15_minutes(session: Session, customer: Customer) -> None:
    me = Actor.customer(customer)
    with time_machine.travel(factories.MOMENT, tick=False) as clock_:
        order, payment = selling.placed(session, customer)
        payments.report(session, order, actor=me, text="sudah")
        code = payments.make_sms_code(session, payment, actor=Actor.bot())
        clock_.shift(timedelta(minutes=15, seconds=1))
        with pytest.raises(Conflict) as refused:
            payments.confirm_sms_code(session, payment, code, actor=me)
    assert refused.value.code == "sms_code_spent"
    assert payment.state == PaymentState.REPORTED


def test_without_a_report_there_is_nothing_to_confirm_by_sms(
    session: Session, customer: Customer, placed: tuple[Order, Payment]
) -> None:
    order, payment = placed
    deeds = (
        lambda: payments.make_sms_code(session, payment, actor=Actor.bot()),
        lambda: payments.confirm_sms_code(
            session, payment, "123456", actor=Actor.customer(customer)
        ),
    )
    for deed in deeds:
        with pytest.raises(Conflict) as refused:
            deed()
        assert selling.refusal(refused.value) == (
            "nothing_to_confirm",
            {"order_code": order.order_code},
        )
    assert payment.state == PaymentState.AWAITING


def test_lists_are_narrowed_by_customer_words_and_several_states(
    session: Session, customer: Customer, placed: tuple[Order, Payment]
) -> None:
    order, payment = placed
    payments.report(session, order, actor=Actor.customer(customer), text="sudah")
    states = ("reported", "verified_by_sms")
    assert [row.id for row in payments.listing(session, states=states).items] == [payment.id]
    assert payments.listing(session, states=("late",)).items == ()
    assert payments.listing(session, customer_id=-1).items == ()
    assert payments.listing(session, query="no such name").items == ()
    assert payments.counts(session) == {"reported": 1}
    assert payments.states_of(session, [order.id]) == {order.id: PaymentState.REPORTED}
