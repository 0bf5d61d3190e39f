"""Money through a gateway: believed only when the gateway itself is asked, counted once."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import pytest
from flask.testing import FlaskClient
from pydantic import SecretStr
from pytest_httpserver import HTTPServer

from channels import context
from channels.context import Context
from channels.gateway import asking
from channels.gateway.midtrans import Midtrans, read_status
from crm_core import orders, payments
from crm_core.payments import GatewayNotice
from crm_core.timeline import Actor
from tests import factories, selling
from tests.channels.desk import SITE

KEY = "SB-Mid-server-only-for-tests"
TRANSACTION = "9aed5972-5b6a-401e-894b-a32c91ed1a3a"


def signed(reference: str, amount: str, word: str, **more: Any) -> dict[str, Any]:
    """A notification or a status in the shape of Midtrans, signed with the server key."""
    code = str(more.pop("status_code", "200"))
    mark = hashlib.sha512(f"{reference}{code}{amount}{KEY}".encode()).hexdigest()
    return {
        "transaction_time": "2026-11-22 10:15:21",
        "transaction_status": word,
        "transaction_id": TRANSACTION,
        "status_message": "midtrans payment notification",
        "status_code": code,
        "signature_key": mark,
        "payment_type": "qris",
        "order_id": reference,
        "merchant_id": "G141532850",
        "gross_amount": amount,
        "fraud_status": "accept",
        "currency": "IDR",
        **more,
    }


@dataclass
class Shop:
    """A shop with a gateway, and an order whose customer has opened the page to pay on."""

    here: Context
    web: FlaskClient
    server: HTTPServer
    reference: str
    due: int
    code: str

    @property
    def amount(self) -> str:
        return f"{self.due}.00"

    def gateway_says(self, body: dict[str, Any] | None = None, status: int = 200) -> None:
        """What the gateway answers from here on when it is asked about the reference."""
        self.server.clear()
        path = f"/v2/{self.reference}/status"
        if body is not None:
            self.server.expect_request(path, method="GET").respond_with_json(body, status)

    def notify(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        answer = self.web.post("/gateway/midtrans", base_url=SITE, json=body)
        return answer.status_code, answer.get_json()

    def state(self) -> tuple[str, str, int | None, str | None]:
        """(order, payment, rupiah received, reference)."""
        with self.here.unit_of_work() as session:
            order = orders.by_code(session, self.code)
            payment = payments.for_order(session, order)
            assert payment is not None
            received = payment.amount_received_idr
            return (
                str(order.state), str(payment.state),
                None if received is None else int(received), payment.bank_reference,
            )  # fmt: skip

    def differences(self) -> list[tuple[str, int]]:
        with self.here.unit_of_work() as session:
            found = payments.worklist.differences(session)
            return [(str(one.kind), int(one.amount_idr)) for one in found]

    def notices(self) -> list[str | None]:
        with self.here.unit_of_work() as session:
            return [one.outcome for one in session.query(GatewayNotice).order_by(GatewayNotice.id)]


UNPAID = ("awaiting_payment", "awaiting", None, None)


@pytest.fixture
def paying(asleep: Context, web: FlaskClient, httpserver: HTTPServer) -> Shop:
    before = asleep.settings
    here = context.use(
        before.model_copy(
            update={
                "midtrans_server_key": SecretStr(KEY),
                "midtrans_api_url": httpserver.url_for("").rstrip("/"),
                "midtrans_page_url": httpserver.url_for("").rstrip("/"),
            }
        )
    )
    with here.unit_of_work() as session:
        selling.part(session)
        selling.account(session)
        talk = factories.conversation(session)
        order, payment = selling.placed(session, talk.customer, conversation_id=talk.id)
        charge = payments.begin_charge(session, payment, "midtrans")
        return Shop(
            here, web, httpserver, charge.reference, int(payment.amount_due_idr), order.order_code
        )


def test_money_that_the_gateway_confirms_pays_the_order_once(paying: Shop) -> None:
    settled = signed(paying.reference, paying.amount, "settlement")
    paying.gateway_says(settled)
    paid = ("paid", "accepted", paying.due, f"MIDTRANS:{TRANSACTION}".upper())
    assert paying.notify(settled) == (200, {"outcome": "paid"})
    assert paying.state() == paid
    assert paying.notify(settled) == (200, {"outcome": "repeated"})  # the same words
    again = signed(paying.reference, paying.amount, "settlement", settlement_time="later")
    assert paying.notify(again) == (200, {"outcome": "repeated"})  # other words, same money
    paying.gateway_says(signed(paying.reference, paying.amount, "pending", status_code="201"))
    late = signed(paying.reference, paying.amount, "pending", status_code="201")
    assert paying.notify(late) == (200, {"outcome": "repeated"})  # the first word comes last
    assert paying.state() == paid
    assert paying.differences() == []
    assert paying.notices() == ["paid", "repeated", "repeated"]


def test_a_notification_that_is_not_signed_as_it_reads_is_not_even_kept(paying: Shop) -> None:
    body = signed(paying.reference, paying.amount, "settlement")
    paying.gateway_says(body)
    for spoil in ("signature_key", "gross_amount", "order_id", "status_code"):
        for value in ("0" * 128, "", None, 1, ["x"]):
            assert paying.notify({**body, spoil: value})[0] == 403
    assert paying.state() == UNPAID
    assert paying.notices() == []


def test_what_the_gateway_does_not_confirm_is_not_believed(paying: Shop) -> None:
    told = signed(paying.reference, paying.amount, "settlement")
    paying.gateway_says(signed(paying.reference, paying.amount, "pending", status_code="201"))
    assert paying.notify(told) == (200, {"outcome": "open"})
    doubted = signed(paying.reference, paying.amount, "capture", fraud_status="challenge")
    paying.gateway_says(doubted)
    assert paying.notify(doubted) == (200, {"outcome": "open"})
    paying.gateway_says({"status_code": "404", "status_message": "Transaction doesn't exist."})
    assert paying.notify({**told, "extra": "1"}) == (200, {"outcome": "unknown"})
    assert paying.state() == UNPAID


def test_an_answer_that_the_gateway_did_not_sign_is_no_answer(paying: Shop) -> None:
    told = signed(paying.reference, paying.amount, "settlement")
    other = signed("P-22222-1", paying.amount, "settlement")
    for answer in ({**told, "signature_key": "0" * 128}, other):
        paying.gateway_says(answer)
        assert paying.notify(told)[0] == 503
    paying.gateway_says({"status_code": "500"}, 500)
    assert paying.notify(told)[0] == 503
    assert paying.state() == UNPAID
    assert paying.notices() == [None]  # it waits for the gateway to come back
    paying.gateway_says(told)
    assert asking.look_up_waiting(paying.here) == 1
    assert paying.state()[0] == "paid"
    assert asking.look_up_waiting(paying.here) == 0


@pytest.mark.parametrize(("extra", "state"), [(-1000, "underpaid"), (2500, "overpaid")])
def test_another_amount_gets_its_own_name_and_pays_nothing(
    paying: Shop, extra: int, state: str
) -> None:
    body = signed(paying.reference, f"{paying.due + extra}.00", "settlement")
    paying.gateway_says(body)
    assert paying.notify(body) == (200, {"outcome": state})
    assert paying.state()[:3] == ("awaiting_payment", state, paying.due + extra)
    assert paying.differences() == [(state, abs(extra))]


def test_money_of_another_kind_waits_for_a_person(paying: Shop) -> None:
    tried = [
        (paying.amount, "USD", "other_currency"),
        (f"{paying.due}.50", "IDR", "not_whole"),
        ("NaN", "IDR", "not_whole"),
        (f"-{paying.due}.00", "IDR", "not_whole"),
    ]
    for amount, currency, outcome in tried:
        body = signed(paying.reference, amount, "settlement", currency=currency)
        paying.gateway_says(body)
        assert paying.notify(body) == (200, {"outcome": outcome})
        assert paying.state() == UNPAID


def test_money_for_an_order_that_has_ended_is_late_and_a_task(paying: Shop) -> None:
    from crm_core import checkout

    with paying.here.unit_of_work() as session:
        order = orders.by_code(session, paying.code)
        clerk = Actor.of_staff(factories.member(session))
        checkout.cancel(session, order, actor=clerk, reason="stok rusak")
    body = signed(paying.reference, paying.amount, "settlement")
    paying.gateway_says(body)
    assert paying.notify(body) == (200, {"outcome": "late"})
    assert paying.state()[:3] == ("cancelled", "late", paying.due)
    assert paying.differences() == [("late", paying.due)]


def test_money_for_an_order_that_is_paid_already_is_a_second_transfer(paying: Shop) -> None:
    with paying.here.unit_of_work() as session:
        payment = payments.for_order(session, orders.by_code(session, paying.code))
        assert payment is not None
        selling.pay(session, payment, Actor.of_staff(factories.member(session)))
    body = signed(paying.reference, paying.amount, "settlement")
    paying.gateway_says(body)
    assert paying.notify(body) == (200, {"outcome": "second"})
    assert paying.state()[:3] == ("paid", "accepted", paying.due)
    assert paying.differences() == [("duplicate", paying.due)]


def test_money_that_the_gateway_takes_back_is_a_task_for_people(paying: Shop) -> None:
    settled = signed(paying.reference, paying.amount, "settlement")
    paying.gateway_says(settled)
    paying.notify(settled)
    back = signed(paying.reference, paying.amount, "chargeback")
    paying.gateway_says(back)
    assert paying.notify(back) == (200, {"outcome": "returned"})
    assert paying.state()[:2] == ("paid", "accepted")
    assert paying.differences() == [("unknown", paying.due)]


def test_a_failed_page_leaves_the_order_waiting(paying: Shop) -> None:
    for word in ("expire", "deny"):
        body = signed(paying.reference, paying.amount, word, status_code="202")
        paying.gateway_says(body)
        assert paying.notify(body) == (200, {"outcome": "failed"})
    assert paying.state() == UNPAID


def test_without_a_key_there_is_no_gateway(asleep: Context, web: FlaskClient) -> None:
    body = signed("P-22222-1", "1000.00", "settlement")
    assert web.post("/gateway/midtrans", base_url=SITE, json=body).status_code == 404


def test_a_page_is_opened_once_and_again_when_the_amount_has_changed(paying: Shop) -> None:
    gateway = Midtrans(KEY, paying.here.settings.midtrans_api_url,
                       paying.here.settings.midtrans_page_url)  # fmt: skip
    asked: list[dict[str, Any]] = []

    def answer(request: Any) -> Any:
        from werkzeug import Response

        asked.append(json.loads(request.data))
        assert request.authorization.username == KEY
        place = f"{paying.here.settings.midtrans_page_url}/snap/v4/redirection/abc"
        return Response(json.dumps({"token": "t", "redirect_url": place}), 201,
                        content_type="application/json")  # fmt: skip

    paying.server.expect_request("/snap/v1/transactions", method="POST").respond_with_handler(
        answer
    )
    address = gateway.open_page(paying.reference, paying.due, paying.code)
    assert address.endswith("/snap/v4/redirection/abc")
    assert asked[0]["transaction_details"] == {
        "order_id": paying.reference, "gross_amount": paying.due,
    }  # fmt: skip
    with paying.here.unit_of_work() as session:
        payments.page_opened(session, paying.reference, address)
        payment = payments.for_order(session, orders.by_code(session, paying.code))
        assert payment is not None
        assert payments.begin_charge(session, payment, "midtrans").reference == paying.reference
        assert payments.open_page_of(session, payment) == address
        payment.amount_due_idr += 1000
        session.flush()
        assert payments.open_page_of(session, payment) is None
        other = payments.begin_charge(session, payment, "midtrans")
        assert other.reference == f"{paying.code}-2"


@pytest.mark.parametrize(
    ("word", "state"),
    [("settlement", "paid"), ("capture", "paid"), ("pending", "open"), ("authorize", "open"),
     ("expire", "failed"), ("refund", "returned"), ("made up", "open"), ("", "open")],
)  # fmt: skip
def test_every_word_of_the_gateway_has_a_meaning(word: str, state: str) -> None:
    assert read_status(signed("P-22222-1", "150123.00", word)).state == state
