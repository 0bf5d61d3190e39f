"""What the holder of an order's link does: confirm, change, cancel, complain, pay by QRIS."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask
from PIL import Image

from channels.context import Context
from crm_core import complaints, conversations, orders, payments, shop
from crm_core.orders import OrderState
from crm_core.payments import Payment, PaymentState
from crm_core.timeline import Actor
from tests import selling
from tests.channels.orderpages import Page, opened, paid
from tests.rules.test_qris import PRINTED


@pytest.fixture
def page(asleep: Context, flask_app: Flask) -> Page:
    return opened(asleep, flask_app)


def test_the_code_of_the_sms_confirms_the_report(page: Page) -> None:
    said = page.send("/proof", sender="Budi")
    assert "kode enam angka" in said.lower()
    with page.here.unit_of_work() as session:
        payment = session.get_one(Payment, page.payment().id)
        sent = payments.make_sms_code(session, payment, actor=Actor.bot())
    wrong = "000000" if sent != "000000" else "111111"
    assert "Kodenya belum cocok" in page.send("/code", code=wrong)
    assert page.payment().sms_attempts == 1
    assert "Kodenya cocok" in page.send("/code", code=f"{sent[:3]} {sent[3:]}")
    assert page.payment().state == PaymentState.VERIFIED_BY_SMS


def test_a_customer_changes_quantities_and_the_amount_follows(page: Page) -> None:
    before = page.payment()
    assert "Pesanan sudah diubah" in page.send(
        "/change", **{f"q-{selling.PADS}": "3", f"q-{selling.FILTER}": "0"}
    )
    order, payment = page.order(), page.payment()
    with page.here.unit_of_work() as session:
        seen = orders.view(session, orders.by_code(session, page.code))
        assert [(one.part_code, one.quantity) for one in seen.lines] == [(selling.PADS, 3)]
        assert selling.level(session, selling.PADS) == (10, 3)
        assert selling.level(session, selling.FILTER) == (3, 0)
        selling.refuse_wrong_stock(session)
    assert int(order.total_idr) == 150_000 + int(order.shipping_idr)
    assert payment.amount_due_idr == order.total_idr + payment.unique_code
    assert payment.unique_code == before.unique_code
    assert (order.order_code, order.expires_at) == (page.code, page.order().expires_at)


def test_a_change_that_cannot_be_is_refused_whole(page: Page) -> None:
    before = page.payment().amount_due_idr
    tried = [
        ({selling.PADS: "9", selling.FILTER: "4"}, 409, "Stok Filter Oli tinggal"),
        ({selling.PADS: "0", selling.FILTER: "0"}, 422, "Setidaknya satu barang"),
        ({selling.PADS: "-1"}, 422, "angka biasa"),
        ({selling.PADS: "1e3"}, 422, "angka biasa"),
        ({selling.PADS: "10001"}, 422, "angka biasa"),
    ]
    for wanted, status, said in tried:
        fields = {f"q-{code}": quantity for code, quantity in wanted.items()}
        assert said in page.refused(status, "/change", **fields)
    assert page.payment().amount_due_idr == before
    with page.here.unit_of_work() as session:
        assert selling.level(session, selling.PADS) == (10, 2)
        assert selling.level(session, selling.FILTER) == (3, 1)


def test_a_reported_payment_leaves_the_order_as_it_is(page: Page) -> None:
    page.send("/proof", sender="Budi")
    assert "tidak bisa diubah sendiri" in page.refused(409, "/change", **{f"q-{selling.PADS}": "1"})
    assert "tidak bisa diubah sendiri" in page.refused(409, "/cancel")
    assert page.order().state == OrderState.AWAITING_PAYMENT
    assert "Ubah jumlah" not in page.text()


def test_a_customer_cancels_once_and_the_stock_is_free(page: Page) -> None:
    assert "Pesanan sudah dibatalkan" in page.send("/cancel", reason="salah beli")
    assert page.order().end_reason == "salah beli"
    assert "sudah berjalan lebih jauh" in page.refused(409, "/cancel")
    with page.here.unit_of_work() as session:
        assert selling.level(session, selling.PADS) == (10, 0)
    shown = page.text()
    assert "Jangan transfer" in shown
    assert "0291234567" not in shown


def test_a_complaint_is_filed_once_however_often_it_is_sent(page: Page) -> None:
    for _ in range(2):
        said = page.send("/complain", text="Kampas yang datang salah ukuran")
    assert "Keluhannya sudah kami terima" in said
    with page.here.unit_of_work() as session:
        [filed] = complaints.listing(session).items
        assert (filed.order_code, filed.category) == (page.code, "wrong_item")
        assert filed.complaint_code in said
    assert "Tulis dulu" in page.refused(422, "/complain", text="  ")


def test_the_way_of_the_order_is_told_from_its_times(page: Page) -> None:
    paid(page)
    with page.here.unit_of_work() as session:
        order = orders.by_code(session, page.code)
        orders.pack(session, order, selling.CLERK)
        orders.ship(session, order, selling.CLERK, "JNE", "BDJ0012345")
    shown = page.text()
    assert "Sedang dalam perjalanan" in shown
    assert "BDJ0012345" in shown
    source = page.get().get_data(as_text=True)
    steps = re.findall(r'<li class="(done|here|next)"><b>([^<]+)</b>(<span>)?', source)
    assert [(mark, name) for mark, name, _ in steps] == [
        ("done", "Dipesan"), ("done", "Lapor bayar"), ("done", "Lunas"), ("done", "Dikemas"),
        ("done", "Dikirim"), ("here", "Sampai"),
    ]  # fmt: skip
    assert "0291234567" not in shown
    assert "sudah lunas" in page.refused(409, "/proof", sender="Budi")


def test_the_page_speaks_the_customers_language_and_can_be_switched(page: Page) -> None:
    with page.here.unit_of_work() as session:
        order = orders.by_code(session, page.code)
        customer = conversations.by_id(session, order.conversation_id or 0).customer
        customer.language = "en"
    assert "Waiting for your payment" in page.text()
    assert "Menunggu pembayaran" in page.text("?lang=id")
    assert "Menunggu pembayaran" in page.text()


def test_a_shop_with_qris_shows_a_code_for_exactly_this_amount(page: Page) -> None:
    assert "QRIS" not in page.text()
    assert page.get("/qris.png").status_code == 404
    with page.here.unit_of_work() as session:
        shop.save_fact(session, "qris", PRINTED[:-1])
    assert "QRIS" not in page.text()  # half a code is none
    with page.here.unit_of_work() as session:
        shop.save_fact(session, "qris", PRINTED)
    assert "SAPA MOTOR KHATULISTIWA" in page.text()
    import qriskit
    import zxingcpp

    drawn = page.get("/qris.png")
    with Image.open(io.BytesIO(drawn.data)) as picture:
        [read] = zxingcpp.read_barcodes(picture.convert("L"))
    assert qriskit.parse(read.text).amount == page.payment().amount_due_idr


def test_a_stranger_cannot_flood_one_page(page: Page) -> None:
    answers = [page.post("/complain", text=f"rusak {n}").status_code for n in range(11)]
    assert answers == [303] * 10 + [429]
