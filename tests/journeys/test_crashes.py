"""kill -9 in the middle of an order: afterwards one order or a clear question, never silence."""

from __future__ import annotations

import os
import re
import signal
import time

import pytest

from channels.twin import Twin
from tests.journeys.conftest import Sapa
from tests.journeys.customers import Books, Customer, eventually

pytestmark = pytest.mark.journey

ADDRESS = "Budi, Jl. Gajah Mada No. 5, Pontianak Selatan"
BACK_WITHIN_S = 240


def kill(shop: Sapa, name: str) -> None:
    """kill -9; the supervisor will start it again."""
    os.kill(shop.running().children[name][0], signal.SIGKILL)


def at_the_summary(customer: Customer) -> None:
    assert "keranjang" in customer.says("mau 2 kampas rem depan beat 2019")
    assert "Kirim ke mana" in customer.says("lanjut pesan")
    assert "Total Rp" in customer.says(ADDRESS)


def ends_well(customer: Customer, books: Books) -> None:
    """One order, or a question whose yes makes one; the reply names the code either way."""
    before = customer.heard
    books.settles(customer, BACK_WITHIN_S)
    assert len(customer.inbox()) > before, "silence"
    for answer in ("ya, pesankan", "lanjut pesan", "ya, pesankan"):
        if not books.orders(customer):
            customer.says(answer)
            books.settles(customer, BACK_WITHIN_S)
    assert len(books.orders(customer)) == 1, "\n-----\n".join(customer.inbox())
    [order] = books.orders(customer)
    told = re.findall(r"P-[0-9A-Z]{5}", "\n".join(customer.inbox()))
    assert set(told) == {order.order_code}


@pytest.mark.parametrize("after_s", [0.0, 0.15, 0.4, 0.8])
@pytest.mark.parametrize("name", ["worker", "actions"])
def test_one_order_after_a_kill_while_it_is_being_placed(
    shop: Sapa, twilio: Twin, books: Books, name: str, after_s: float
) -> None:
    number = f"+6281{'1' if name == 'worker' else '2'}000{int(after_s * 100):04d}"
    customer = Customer(shop, twilio, number)
    at_the_summary(customer)
    form = customer.sends("ya, pesankan")
    time.sleep(after_s)  # the moment of the crash is what is varied here
    kill(shop, name)
    ends_well(customer, books)
    assert customer.post(form) == 204  # Twilio may deliver it again, even much later
    books.settles(customer)
    assert len(books.orders(customer)) == 1


def test_one_order_after_the_assistant_is_killed_while_it_is_being_placed(
    shop: Sapa, twilio: Twin, books: Books
) -> None:
    customer = Customer(shop, twilio, "+62813000001")
    at_the_summary(customer)
    customer.sends("ya, pesankan")
    time.sleep(0.15)
    kill(shop, "rasa")
    ends_well(customer, books)


@pytest.mark.parametrize("name", ["postgres", "valkey"])
def test_one_order_after_a_database_is_killed_while_it_is_being_placed(
    shop: Sapa, twilio: Twin, books: Books, name: str
) -> None:
    customer = Customer(shop, twilio, f"+6281600{len(name):04d}")
    at_the_summary(customer)
    customer.sends("ya, pesankan")
    time.sleep(0.1)
    kill(shop, name)
    eventually(shop.is_ready, f"{name} is back", BACK_WITHIN_S)
    ends_well(customer, books)


def test_an_answer_in_a_form_is_not_taken_for_the_next_question_after_a_crash(
    shop: Sapa, twilio: Twin, books: Books
) -> None:
    customer = Customer(shop, twilio, "+62814000001")
    customer.says("mau 1 kampas rem depan beat 2019")
    customer.says("lanjut pesan")
    customer.sends(ADDRESS)
    time.sleep(0.3)
    kill(shop, "worker")
    books.settles(customer, BACK_WITHIN_S)
    summary = next(text for text in customer.inbox() if "Total Rp" in text)
    assert "Kirim ke Budi, Jl. Gajah Mada No. 5, Pontianak Selatan" in summary


def test_after_the_whole_machine_fails_the_customer_is_answered_by_the_next_start(
    shop: Sapa, twilio: Twin
) -> None:
    customer = Customer(shop, twilio, "+62815000001")
    at_the_summary(customer)
    customer.sends("ya, pesankan")
    shop.process.kill()
    shop.process.wait(20)
    books = Books(shop.start().wait_ready())  # at another address
    ends_well(customer, books)
    books.close()
