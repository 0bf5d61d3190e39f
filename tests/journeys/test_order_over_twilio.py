"""One customer, one order: signed webhooks in, a fake Twilio out, every process real."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from channels.twin import Twin
from crm_core import conversations, handoffs, payments
from crm_core.timeline import Actor
from tests.factories import member
from tests.forms import encoded
from tests.journeys.conftest import Sapa
from tests.journeys.customers import Books, Customer, eventually

pytestmark = pytest.mark.journey

ADDRESS = "Budi, Jl. Gajah Mada No. 5, Pontianak Selatan"


def test_from_the_first_question_to_the_parcel_paid_and_a_person_in_between(
    shop: Sapa, twilio: Twin, books: Books
) -> None:
    budi = Customer(shop, twilio, "+6281234560001")
    assert "Halo" in budi.says("halo kak")
    assert "2 x Kampas Rem Depan" in budi.says("mau 2 kampas rem depan beat 2019")
    assert "Kirim ke mana" in budi.says("1")
    summary = budi.says(ADDRESS)
    assert "Total Rp" in summary
    assert "Jl. Gajah Mada No. 5" in summary
    placed = budi.says("iya, pesankan")
    code = re.search(r"P-[0-9A-Z]{5}", placed)
    amount = re.search(r"tepat Rp ([\d.]+)", placed)
    assert code is not None, placed
    assert amount is not None, placed

    assert code[0] in budi.says("sudah saya transfer ya kak")
    assert code[0] in budi.sends_photo(encoded(size=(300, 500)))
    [order] = books.orders(budi)
    assert (order.order_code, order.state.value) == (code[0], "awaiting_payment")
    with books.work() as session:
        actor = Actor.of_staff(member(session, "manager", "Rina"))
        payment = payments.for_order(session, order)
        assert payment is not None
        due = int(amount[1].replace(".", ""))
        payments.accept(
            session, payment, actor=actor, amount_received_idr=due, bank_reference="BCA-0001"
        )
    assert f"Rp {amount[1]} untuk pesanan {code[0]} sudah masuk" in budi.hears()

    _talk_to_a_person_and_back(budi, books)
    _nothing_lost_doubled_or_out_of_order(budi, books)


def _talk_to_a_person_and_back(budi: Customer, books: Books) -> None:
    assert "orang toko" in budi.says("saya mau bicara dengan admin")
    budi.sends("ini soal barang yang tadi")
    with books.work() as session:
        talk = books.talk(session, budi)
        sari = member(session, name="Sari")
        handoffs.claim(session, talk, sari)
        handoffs.reply(session, talk, sari, "Halo Kak Budi, ini Sari. Barangnya dikirim sore ini.")
    assert budi.hears() == "Halo Kak Budi, ini Sari. Barangnya dikirim sore ini."
    with books.work() as session:
        talk = books.talk(session, budi)
        handoffs.hand_back(session, talk, sari)
    books.settles(budi)
    assert "Busi" in budi.says("busi beat 2019 ada?")


def _nothing_lost_doubled_or_out_of_order(budi: Customer, books: Books) -> None:
    with books.work() as session:
        talk = books.talk(session, budi)
        said = conversations.latest(session, talk.id, limit=100)
    out = [message for message in said if message.direction == "outbound"]
    assert [message.status for message in out] == ["sent"] * len(out)
    assert len(budi.inbox()) == len(out)
    assert len([message for message in said if message.direction == "inbound"]) == 10


def test_a_whatsapp_customer_orders_by_tapping(shop: Sapa, twilio: Twin, books: Books) -> None:
    rudi = Customer(shop, twilio, "+6281234560003")
    rudi.says("mau 2 kampas rem depan beat 2019")
    assert "Kirim ke mana" in rudi.taps("Lanjut pesan")
    assert "Total Rp" in rudi.says(ADDRESS)
    placed = rudi.taps("Ya, pesankan")
    [order] = books.orders(rudi)
    assert order.order_code in placed
    assert {sent.error_code for sent in twilio.sent_to(rudi.address)} == {None}


def test_every_webhook_of_a_conversation_replayed_changes_nothing(
    shop: Sapa, twilio: Twin, books: Books
) -> None:
    siti = Customer(shop, twilio, "+6281234560002", "sms")
    posted = []
    for text in ("mau 1 kampas rem depan beat 2019", "1", ADDRESS, "ya"):
        posted.append(siti.sends(text))
        siti.hears()
    [order] = books.orders(siti)
    before = siti.inbox()
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(siti.post, posted * 5))
    books.settles(siti)
    assert codes == [204] * 20
    assert [one.order_code for one in books.orders(siti)] == [order.order_code]
    assert siti.inbox() == before


def test_whatsapp_sms_and_web_customers_are_served_at_the_same_time(
    shop: Sapa, twilio: Twin
) -> None:
    people = [
        Customer(shop, twilio, f"+628123457{number:04d}", "sms" if number % 2 else "whatsapp")
        for number in range(6)
    ]
    texts = ["kampas rem depan beat 2019 ada?", "ongkir ke Pontianak Barat berapa?", "makasih"]

    def talk(customer: Customer) -> list[str]:
        return [customer.says(text) for text in texts]

    with ThreadPoolExecutor(8) as pool:
        web = pool.submit(_web_visitor, shop, texts)
        answers = list(pool.map(talk, people))
    for answer in [*answers, web.result()]:
        assert "Kampas Rem Depan" in answer[0]
        assert "Rp" in answer[1]
        assert len(answer) == 3


def _web_visitor(shop: Sapa, texts: list[str]) -> list[str]:
    def call(path: str, body: dict[str, object], token: str = "") -> dict[str, object]:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        answer = httpx.post(
            f"{shop.url}/webchat{path}", json=body, headers=headers, timeout=20, trust_env=False
        )
        return dict(answer.raise_for_status().json())

    token = str(call("/session", {})["token"])

    def replies() -> list[str]:
        messages = call("/session", {"token": token})["messages"]
        assert isinstance(messages, list)
        return [message["text"] for message in messages if message["author"] == "bot"]

    for number, text in enumerate(texts, start=1):
        call("/messages", {"client_id": f"message-{number}", "text": text}, token)
        eventually(lambda number=number: len(replies()) == number, "an answer in the web chat")
    return replies()
