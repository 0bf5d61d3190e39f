"""An order's own page: what the link shows, which photos it takes, and what it refuses."""

from __future__ import annotations

import html
import io
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from channels.context import Context
from crm_core import clock, complaints, conversations, links, payments
from crm_core.orders import OrderState
from crm_core.payments import Payment, PaymentState
from tests import selling
from tests.channels.desk import SITE, words
from tests.channels.orderpages import HOSTILE, SECRET, SVG, TOKEN, Page, jpeg, opened


@pytest.fixture
def page(asleep: Context, flask_app: Flask) -> Page:
    return opened(asleep, flask_app)


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
    found = TOKEN.search(page.get().get_data(as_text=True))
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


def test_html_in_every_field_is_text(asleep: Context, flask_app: Flask) -> None:
    page = opened(asleep, flask_app, note=HOSTILE.replace("\x00", ""))
    page.send("/complain", text=HOSTILE)
    page.send("/proof", sender=HOSTILE)
    page.send("/code", code=HOSTILE)
    source = page.get().get_data(as_text=True)
    assert "<script>alert" not in source
    assert "&lt;script&gt;alert(1)" in source
    assert "{{7*7}}" in html.unescape(source)
    assert "49" not in words(page.get()).split("alert(1)")[1][:12]
