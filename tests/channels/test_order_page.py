"""An order's own page: what the link shows, what it lets its holder do, and what it refuses."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from werkzeug.test import TestResponse

from channels.context import Context
from crm_core import clock, complaints, conversations, links, orders, payments, shop
from crm_core.orders import Order, OrderState
from crm_core.payments import Payment, PaymentState
from crm_core.timeline import Actor
from tests import factories, selling
from tests.channels.desk import SITE, desk_of, words
from tests.rules.test_qris import PRINTED

SECRET = "only-for-tests"
HOSTILE = "<script>alert(1)</script>\u202e {{7*7}} \" ' \x00"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def jpeg(colour: str = "white") -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(target, "JPEG", exif=b"Exif\0\0GPS here")
    return target.getvalue()


@dataclass
class Page:
    """A browser without JavaScript on the page of one order."""

    here: Context
    client: FlaskClient
    code: str
    order_id: int
    token: str

    @property
    def path(self) -> str:
        return f"/o/{self.token}"

    def get(self, below: str = "", **headers: str) -> TestResponse:
        return self.client.get(self.path + below, base_url=SITE, headers=headers)

    def text(self, below: str = "") -> str:
        answer = self.get(below)
        assert answer.status_code == 200
        return words(answer)

    def post(self, below: str, *, form_token: str | None = None, **fields: object) -> TestResponse:
        """A form as the page holds it; the answer is not followed."""
        if form_token is None:
            found = _TOKEN.search(self.get().get_data(as_text=True))
            form_token = html.unescape(found[1]) if found else ""
        return self.client.post(
            self.path + below, base_url=SITE, data={"csrf_token": form_token, **fields}
        )

    def upload(self, content: bytes, name: str) -> TestResponse:
        """A photo of any size, sent as a browser would."""
        found = _TOKEN.search(self.get().get_data(as_text=True))
        assert found is not None
        head = "Content-Disposition: form-data; name="
        body = (
            f'--B\r\n{head}"csrf_token"\r\n\r\n{html.unescape(found[1])}\r\n'
            f'--B\r\n{head}"photo"; filename="{name}"\r\n'
            "Content-Type: image/jpeg\r\n\r\n"
        ).encode() + content + b"\r\n--B--\r\n"  # fmt: skip
        kind = "multipart/form-data; boundary=B"
        return self.client.post(self.path + "/proof", base_url=SITE, data=body, content_type=kind)

    def send(self, below: str, **fields: object) -> str:
        """A form that is accepted, and what the page says then."""
        answer = self.post(below, **fields)
        assert answer.status_code == 303, words(answer)
        return words(self.client.get(answer.headers["Location"], base_url=SITE))

    def refused(self, status: int, below: str, **fields: object) -> str:
        answer = self.post(below, **fields)
        assert answer.status_code == status
        return words(answer)

    def order(self) -> Order:
        with self.here.unit_of_work() as session:
            return orders.by_code(session, self.code)

    def payment(self) -> Payment:
        with self.here.unit_of_work() as session:
            found = payments.for_order(session, orders.by_code(session, self.code))
            assert found is not None
            return found


@pytest.fixture
def make_page(asleep: Context, flask_app: Flask) -> Callable[..., Page]:
    """``make_page()``: Budi's order of brake pads and a filter, waiting for money."""

    def make(**more: object) -> Page:
        with asleep.unit_of_work() as session:
            selling.part(session)
            selling.part(session, selling.FILTER, price=38_500, name="Filter Oli", pieces=3)
            selling.account(session)
            shop.save_fact(session, "name", "Toko Coba")
            shop.save_fact(session, "whatsapp", "+6281255500101")
            talk = factories.conversation(session)
            lines = [(selling.PADS, 2), (selling.FILTER, 1)]
            order, _ = selling.placed(
                session, talk.customer, lines, conversation_id=talk.id, **more
            )
            code, order_id = order.order_code, order.id
        client = desk_of(flask_app, None).client
        return Page(asleep, client, code, order_id, links.order_token(SECRET, order_id))

    return make


@pytest.fixture
def page(make_page: Callable[..., Page]) -> Page:
    return make_page()


def paid(page: Page) -> None:
    with page.here.unit_of_work() as session:
        payment = payments.for_order(session, orders.by_code(session, page.code))
        assert payment is not None
        clerk = Actor.of_staff(factories.member(session))
        payments.report(session, orders.by_code(session, page.code), actor=Actor.bot(), text="ok")
        selling.pay(session, payment, clerk)


def test_the_page_says_what_to_pay_where_and_until_when(page: Page) -> None:
    payment = page.payment()
    shown = page.text()
    amount = f"Rp {int(payment.amount_due_idr):,}".replace(",", ".")
    for wanted in (page.code, amount, "0291234567", "a.n. PT Sapa".replace("a.n.", "atas nama"),
                   "Kampas Rem Depan", "2 × Rp 50.000", "Rp 38.500", "Budi Santoso",
                   f"kode unik {payment.unique_code:03d}"):  # fmt: skip
        assert wanted in shown, wanted
    source = page.get().get_data(as_text=True)
    assert f'data-copy="{int(payment.amount_due_idr)}"' in source
    assert 'data-copy="0291234567"' in source
    assert "+6281234567890" not in source  # whoever has the link need not have the number


def test_the_answer_is_kept_by_nobody_and_names_no_referrer(page: Page) -> None:
    for below in ("", "/print", "/invoice.pdf"):
        answer = page.get(below)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["X-Robots-Tag"] == "noindex, nofollow, noarchive"
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]


def test_a_link_that_is_not_ours_shows_no_order_but_a_way_out(page: Page, web: FlaskClient) -> None:
    name, moment, signature = page.token.split(".")
    foreign = links.order_token("another shop's key", page.order_id)
    nobody = links.order_token(SECRET, page.order_id + 1000)
    altered = f"{links.order_token(SECRET, 99).split('.')[0]}.{moment}.{signature}"
    for token in (foreign, nobody, altered, f"{name}.{moment}.AAAA", "x", page.token[:-1]):
        for below in ("", "/print", "/invoice.pdf", "/qris.png"):
            answer = web.get(f"/o/{token}{below}", base_url=SITE)
            assert answer.status_code == 404
            shown = words(answer)
            assert "Tautan ini tidak cocok" in shown
            assert page.code not in shown
            assert "https://wa.me/6281255500101" in answer.get_data(as_text=True)


def test_after_45_days_the_link_has_run_out(page: Page) -> None:
    with time_machine.travel(clock.now() + timedelta(days=45, minutes=1), tick=False):
        answer = page.get()
    assert answer.status_code == 410
    assert "sudah lewat masa berlakunya" in words(answer)


def test_nobody_tries_out_links(page: Page, web: FlaskClient) -> None:
    answers = [web.get(f"/o/wrong{n}", base_url=SITE).status_code for n in range(42)]
    assert answers[:40] == [404] * 40
    assert answers[41] == 429
    assert page.get().status_code == 429  # the same address; tomorrow's customer reads on
    assert "Retry-After" in page.get().headers


def test_other_methods_are_refused(page: Page) -> None:
    tried = (("put", ""), ("delete", ""), ("get", "/proof"), ("post", ""), ("post", "/print"))
    for verb, below in tried:
        answer = getattr(page.client, verb)(page.path + below, base_url=SITE)
        assert answer.status_code == 405, (verb, below)


def test_a_form_from_elsewhere_changes_nothing(page: Page) -> None:
    fields = {"sender": "Budi", "text": "rusak", f"q-{selling.PADS}": "1", "code": "123456"}
    found = _TOKEN.search(page.get().get_data(as_text=True))
    assert found is not None
    own = html.unescape(found[1])
    for below in ("/proof", "/code", "/code/again", "/change", "/cancel", "/complain"):
        for token, site in (("", "same-origin"), ("made-up", "same-origin"), (own, "cross-site")):
            answer = page.client.post(
                page.path + below,
                base_url=SITE,
                data={"csrf_token": token, **fields},
                headers={"Sec-Fetch-Site": site},
            )
            assert answer.status_code == 403, below
            assert "belum ada yang disimpan" in words(answer)
    assert page.order().state == OrderState.AWAITING_PAYMENT
    assert page.payment().state == PaymentState.AWAITING
    with page.here.unit_of_work() as session:
        assert complaints.listing(session).items == ()


def test_a_photo_becomes_a_report_and_is_seen_by_staff(page: Page) -> None:
    said = page.send("/proof", photo=(io.BytesIO(jpeg() + SVG), "bukti.jpg"), sender="Budi Santoso")
    assert "buktinya sudah kami terima" in said
    assert "Pembayaran sedang dicek" in said
    payment = page.payment()
    assert payment.state == PaymentState.REPORTED
    with page.here.unit_of_work() as session:
        [report] = payments.view(session, session.get_one(Payment, payment.id)).reports
        assert report.sender_name == "Budi Santoso"
        assert report.media_id is not None
        kept = conversations.media_by_id(session, report.media_id)
        stored = (page.here.settings.data_dir / str(kept.path)).read_bytes()
        assert kept.content_type == "image/jpeg"
        assert b"GPS here" not in stored
        assert b"<svg" not in stored
        talk = conversations.by_id(session, page.order().conversation_id or 0)
        assert talk.unread == 2  # the greeting, and this
        assert talk.waiting_since is None or talk.last_inbound_at < kept.created_at
        last = conversations.latest(session, talk.id)
        assert any(page.code in one.text and one.media for one in last)


def test_the_same_photo_again_is_one_report(page: Page) -> None:
    for _ in range(2):
        page.send("/proof", photo=(io.BytesIO(jpeg()), "bukti.jpg"))
    page.send("/proof", photo=(io.BytesIO(jpeg("black")), "bukti.jpg"))
    with page.here.unit_of_work() as session:
        row = payments.view(session, session.get_one(Payment, page.payment().id))
        assert len(row.reports) == 2


def test_what_is_no_photo_is_refused_and_nothing_is_kept(page: Page) -> None:
    huge = b"\xff\xd8\xff" + b"0" * (10 * 1024 * 1024 + 1)
    tried = [
        (SVG, "bukti.svg", "bukan foto"),
        (SVG, "bukti.jpg", "bukan foto"),
        (b"%PDF-1.7 ...", "bukti.pdf", "bukan foto"),
        (b"GIF89a<script>alert(1)</script>", "bukti.gif", "bukan foto"),
        (b"", "bukti.jpg", "Fotonya kosong"),
        (huge, "bukti.jpg", "terlalu besar"),
    ]
    for content, name, said in tried:
        answer = page.upload(content, name)
        assert (answer.status_code, said in words(answer)) == (422, True), name
    assert "Pilih foto buktinya" in page.refused(422, "/proof", sender="  ")
    assert page.payment().state == PaymentState.AWAITING
    assert not list((page.here.settings.data_dir / "media").rglob("*.jpg"))


def test_an_endless_upload_is_cut_off_with_a_page(page: Page) -> None:
    answer = page.upload(b"0" * (13 * 1024 * 1024), "bukti.jpg")
    assert answer.status_code == 413
    assert "Paling besar 10 MB" in words(answer)
    assert page.payment().state == PaymentState.AWAITING


def test_html_in_every_field_is_text(make_page: Callable[..., Page]) -> None:
    page = make_page(note=HOSTILE.replace("\x00", ""))
    page.send("/complain", text=HOSTILE)
    page.send("/proof", sender=HOSTILE)
    page.send("/code", code=HOSTILE)
    source = page.get().get_data(as_text=True)
    assert "<script>alert" not in source
    assert "&lt;script&gt;alert(1)" in source
    assert "{{7*7}}" in html.unescape(source)
    assert "49" not in words(page.get()).split("alert(1)")[1][:12]


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
