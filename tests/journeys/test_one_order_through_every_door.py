"""One order: made on WhatsApp, changed and paid on its page, confirmed by SMS, accepted from the
bank's file, sent from the console, followed by SMS. One order, one customer, one history."""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from channels.twin import Twin
from crm_core import clock, payments, staff, timeline
from crm_core.orders import Order
from crm_core.timeline import Actor
from tests.journeys.conftest import Sapa
from tests.journeys.customers import Books, Customer

pytestmark = pytest.mark.journey

NUMBER = "+6281234567788"
ADDRESS = "Budi, Jl. Gajah Mada No. 5, Pontianak Selatan"
PADS = "06455K46N21"
PASSWORD = "satu-pesanan-semua-pintu"
_TOKEN = re.compile(r'(?:name="csrf_token" value|data-csrf)="([^"]+)"')


class Browser:
    """A browser without scripts: reads a form's token before it sends one."""

    def __init__(self, base: str) -> None:
        self.client = httpx.Client(
            base_url=base, follow_redirects=True, timeout=30, trust_env=False
        )

    def close(self) -> None:
        self.client.close()

    def send(self, page: str, path: str, **fields: str) -> str:
        """Fill and send a form of ``page``; the page that follows."""
        token = _TOKEN.search(self.client.get(page).text)
        assert token is not None, page
        data = {"csrf_token": token[1], **fields}
        return self.client.post(path, data=data).raise_for_status().text


def test_one_order_through_every_door_is_one_order(
    shop: Sapa, twilio: Twin, books: Books, tmp_path: Path
) -> None:
    budi = Customer(shop, twilio, NUMBER)
    budi.says("mau 2 kampas rem depan beat 2019")
    budi.says("1")
    budi.says(ADDRESS)
    placed = budi.says("iya, pesankan")
    link = re.search(r"/o/[\w.-]+", placed)
    assert link is not None, placed
    page = link[0].rstrip(".")
    [order] = books.orders(budi)

    with closing(Browser(shop.url)) as browser:
        browser.send(page, f"{page}/change", **{f"q-{PADS}": "3"})
        assert order.order_code in browser.send(page, f"{page}/proof", sender="Budi Santoso")

    by_sms = Customer(shop, twilio, NUMBER, "sms")
    digits = re.search(r"\b\d{6}\b", by_sms.hears())
    assert digits is not None
    assert order.order_code in by_sms.says(digits[0])
    assert state_of_payment(books, order) == "verified_by_sms"

    file = tmp_path / "mutasi.csv"
    file.write_text(statement(due(books, order)), encoding="utf-8")
    imported = shop.command("bank", "import", str(file))
    assert imported.returncode == 0, imported.stderr
    assert state_of_payment(books, order) == "accepted"

    with closing(Browser(shop.url)) as desk:
        sign_in(desk, books)
        at = f"/console/orders/{order.order_code}"
        desk.send(at, f"{at}/pack")
        desk.send(at, f"{at}/ship", courier="JNE", tracking_number="BLIJN0077")
    books.settles(by_sms)
    assert "BLIJN0077" in by_sms.says(f"paket {order.order_code} sampai mana?")

    one_history(books, budi, by_sms, order)


def one_history(books: Books, budi: Customer, by_sms: Customer, order: Order) -> None:
    """Both phones are one customer with this one order, whose moves stand in their order."""
    assert [one.order_code for one in books.orders(budi)] == [order.order_code]
    assert [one.order_code for one in books.orders(by_sms)] == [order.order_code]
    with books.work() as session:
        now = session.get_one(Order, order.id)
        assert [(line.part_code, line.quantity) for line in now.lines] == [(PADS, 3)]
        told = timeline.entries(session, subject="order", subject_id=order.id)
        moves = [entry.action for entry in sorted(told, key=lambda one: one.id)]
    wanted = ["placed", "paid", "packed", "shipped"]
    assert [move for move in moves if move in wanted] == wanted


def state_of_payment(books: Books, order: Order) -> str:
    with books.work() as session:
        payment = payments.for_order(session, session.get_one(Order, order.id))
        assert payment is not None
        return str(payment.state)


def due(books: Books, order: Order) -> int:
    with books.work() as session:
        payment = payments.for_order(session, session.get_one(Order, order.id))
        assert payment is not None
        return int(payment.amount_due_idr)


def statement(amount: int) -> str:
    """The BCA's file of today with this one transfer."""
    today, text = clock.local(clock.now()), "'TRSF E-BANKING CR FTSCY/WS95031 BUDI SANTOSO"
    return "\n".join(
        [
            "Informasi Rekening - Mutasi Rekening",
            "No. rekening : 0290001234",
            "Nama : PT SAPA MOTOR KHATULISTIWA",
            f"Periode : {today:%d/%m/%Y} - {today:%d/%m/%Y}",
            "Kode Mata Uang : Rp",
            "",
            "Tanggal Transaksi,Keterangan,Cabang,Jumlah,,Saldo",
            f'\'{today:%d/%m},{text},\'0000,"{amount:,}.00",CR,"{1_000_000 + amount:,}.00"',
            "",
        ]
    )


def sign_in(desk: Browser, books: Books) -> None:
    """Somebody of the shop opens the console."""
    with books.work() as session:
        staff.add(
            session,
            email="pintu@sapa.example",
            name="Siti",
            role="agent",
            password=PASSWORD,
            actor=Actor.system("journey"),
        )
    login = {"email": "pintu@sapa.example", "password": PASSWORD}
    assert "data-csrf" in desk.send("/console/login", "/console/login", **login)
