"""Payments: amounts that cannot be confused, reports that never pay, and decisions by people."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from sqlalchemy.orm import Session

from crm_core import checkout, conversations, orders, payments
from crm_core.conversations import InboundMedia, Message
from crm_core.customers import Customer
from crm_core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from crm_core.money import Rupiah
from crm_core.orders import Order, OrderState
from crm_core.payments import BankAccount, Payment, PaymentState, TransferReport
from crm_core.timeline import Actor
from tests import factories, selling
from tests.world import at_once, committed


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


def pay(
    session: Session, payment: Payment, clerk: Actor, extra: int = 0, reference: str | None = "FT1"
) -> Payment:
    return payments.accept(
        session,
        payment,
        actor=clerk,
        amount_received_idr=payment.amount_due_idr + extra,
        bank_reference=reference,
    )


def last_notice(session: Session) -> str:
    query = sa.select(Message.text).where(Message.author == "system").order_by(Message.id.desc())
    return session.scalars(query.limit(1)).one()


def photo(session: Session, address: str = factories.BUDI, sha256: str = "ab" * 32) -> int:
    """The id of a stored photo that came from ``address``."""
    picture = InboundMedia(None, "image/jpeg", path="x.jpg", sha256=sha256, size=10)
    message = factories.received(session, "", address, media=(picture,)).message
    return message.media[0].id


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
            pay(session, payment, clerk)
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


def test_the_exact_amount_pays_the_order_and_tells_the_customer(
    session: Session, placed: tuple[Order, Payment], clerk: Actor
) -> None:
    order, payment = placed
    pay(session, payment, clerk)
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
    pay(session, payment, clerk, extra=extra)
    assert (payment.state, order.state) == (state, OrderState.AWAITING_PAYMENT)
    assert payment.closed_at is None
    assert "Rp 1" in last_notice(session)


def test_the_missing_rest_makes_an_underpaid_payment_whole(
    session: Session, placed: tuple[Order, Payment], clerk: Actor
) -> None:
    order, payment = placed
    pay(session, payment, clerk, extra=-20_000)
    pay(session, payment, clerk, reference="FT2")
    assert (payment.state, order.state) == (PaymentState.ACCEPTED, OrderState.PAID)


def test_money_for_an_expired_order_is_late_and_due_for_a_refund(
    session: Session, customer: Customer, clerk: Actor
) -> None:
    with time_machine.travel(factories.MOMENT, tick=False) as clock_:
        order, payment = selling.placed(session, customer)
        clock_.shift(selling.JUST_OVER)
        checkout.expire_due(session)
        pay(session, payment, clerk)
    assert (payment.state, order.state) == (PaymentState.LATE, OrderState.EXPIRED)
    assert payments.view(session, payment).refund_due
    payments.refund(session, payment, actor=clerk, reason="dikembalikan ke BCA")
    assert payment.state == PaymentState.REFUNDED
    assert not payments.view(session, payment).refund_due


def test_one_bank_reference_pays_one_order(
    session: Session, customer: Customer, placed: tuple[Order, Payment], clerk: Actor
) -> None:
    first, payment = placed
    second, other = selling.placed(session, customer)
    pay(session, payment, clerk, reference="FT 77 x")
    pay(session, other, clerk, reference="ft77X")
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
    pay(session, payment, clerk)
    pay(session, other, clerk, reference=None)
    assert other.state == PaymentState.DUPLICATE
    assert second.state == OrderState.AWAITING_PAYMENT


def test_without_a_reference_two_different_people_must_vouch(
    session: Session, placed: tuple[Order, Payment], clerk: Actor
) -> None:
    order, payment = placed
    pay(session, payment, clerk, reference=None)
    assert (payment.state, order.state) == (PaymentState.AWAITING, OrderState.AWAITING_PAYMENT)
    assert payments.view(session, payment).approved_by == "Sari"
    with pytest.raises(Conflict) as refused:
        pay(session, payment, clerk, reference=None)
    assert selling.refusal(refused.value) == (
        "second_approver_needed",
        {"order_code": order.order_code, "by": "Sari"},
    )
    second = Actor.of_staff(factories.member(session, name="Dedi"))
    pay(session, payment, second, reference=None)
    assert (payment.state, order.state) == (PaymentState.ACCEPTED, OrderState.PAID)


def test_a_decision_is_made_once_and_the_second_learns_by_whom(
    session: Session, placed: tuple[Order, Payment], clerk: Actor
) -> None:
    order, payment = placed
    pay(session, payment, clerk)
    dedi = Actor.of_staff(factories.member(session, name="Dedi"))
    facts = {"order_code": order.order_code, "state": "accepted", "by": "Sari"}
    with pytest.raises(Conflict) as refused:
        pay(session, payment, dedi, reference="FT2")
    assert selling.refusal(refused.value) == ("already_decided", facts)
    with pytest.raises(Conflict) as refused:
        payments.reject(session, payment, actor=dedi, reason="tidak ada")
    assert selling.refusal(refused.value) == ("already_decided", facts)
    assert (payment.state, order.state) == (PaymentState.ACCEPTED, OrderState.PAID)


def test_the_same_short_amount_is_not_decided_twice(
    session: Session, placed: tuple[Order, Payment], clerk: Actor
) -> None:
    _, payment = placed
    pay(session, payment, clerk, extra=-1)
    with pytest.raises(Conflict) as refused:
        pay(session, payment, clerk, extra=-1)
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


def test_nobody_but_staff_decides_on_money(
    session: Session, customer: Customer, placed: tuple[Order, Payment]
) -> None:
    order, payment = placed
    for actor in (Actor.customer(customer), Actor.bot(), Actor.system("bank")):
        with pytest.raises(NotAllowed) as refused:
            pay(session, payment, actor)
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
        return str(pay(session, payment, Actor("staff", sari, "Sari")).state)

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
        return str(pay(session, payment, Actor("staff", staff_id, "Sari"), reference="FT5").state)

    results = at_once(database, *[lambda s, i=one: accept(s, i) for one in ids])
    assert sorted(map(str, results)) == ["accepted", "duplicate"]


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


def test_the_conversation_is_told_in_the_customers_language(
    session: Session, customer: Customer, placed: tuple[Order, Payment], clerk: Actor
) -> None:
    customer.language = "en"
    pay(session, placed[1], clerk)
    assert last_notice(session).startswith("We have received Rp 59.")
    (talk,) = conversations.of_customer(session, customer)
    assert talk.handler == "bot"
