"""The invoice on paper: the PDF is read back, and holds what the order holds."""

from __future__ import annotations

import io
import re

import pytest
from flask import Flask, g
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from channels import invoicepdf, invoices
from channels.context import Context
from crm_core import orders, payments, shop
from crm_core.amountwords import in_words
from crm_core.money import format_rupiah
from crm_core.orders import OrderDiscount
from crm_core.timeline import Actor
from tests import factories, selling
from tests.channels.desk import Desk, desk_of, member

LONG = "Kampas Rem Depan " * 14
HOSTILE = "\u202eBudi\u0000 (hi) Tj \\ % <b>Śri</b> Нгуен 王小明 👍 )" + "X" * 300


def read(content: bytes) -> str:
    """The text of all pages as a reader shows it, in single spaces."""
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def amounts(text: str) -> list[int]:
    return [int(one.replace(".", "")) for one in re.findall(r"Rp (\d[\d.]*)", text)]


@pytest.fixture
def made(asleep: Context, flask_app: Flask) -> tuple[Context, str]:
    """An order of two parts by somebody with a name of every script."""
    with asleep.unit_of_work() as session:
        shop.save_fact(session, "name", "Sapa Motor Khatulistiwa")
        shop.save_fact(session, "address", "Jl. Gajah Mada No. 218")
        selling.part(session, price=1_250_000, name=LONG)
        selling.part(session, selling.FILTER, price=38_500, name="Filter Oli — Beat")
        selling.account(session)
        talk = factories.conversation(session)
        to = selling.delivery(session, recipient_name=HOSTILE.replace("\x00", ""))
        lines = [(selling.PADS, 3), (selling.FILTER, 1)]
        order, _ = selling.placed(session, talk.customer, lines, delivery=to)
        return asleep, order.order_code


def content(app: Flask, made: tuple[Context, str], language: str = "id") -> bytes:
    here, code = made
    with app.test_request_context("/"), here.unit_of_work() as session:
        g.language = language
        return invoicepdf.pdf(invoices.invoice_of(session, orders.by_code(session, code)))


def test_the_invoice_holds_what_the_order_holds(
    flask_app: Flask, made: tuple[Context, str]
) -> None:
    text = read(content(flask_app, made))
    here, code = made
    with here.unit_of_work() as session:
        order = orders.by_code(session, code)
        view = orders.view(session, order)
        payment = payments.for_order(session, order)
        assert payment is not None
        due = payment.amount_due_idr
    assert code in text
    assert "Sapa Motor Khatulistiwa" in text
    assert LONG.strip() in text
    for line in view.lines:
        assert format_rupiah(line.unit_price_idr) in text
        assert format_rupiah(line.subtotal_idr) in text
    assert f"Total {format_rupiah(view.total_idr)}" in text
    assert in_words(int(view.total_idr)).capitalize() in text
    assert f"Transfer tepat {format_rupiah(due)} ke BCA 0291234567" in text
    assert "BELUM DIBAYAR" in text
    printed = amounts(text)
    assert sum(int(line.subtotal_idr) for line in view.lines) == int(view.items_idr)
    assert printed.count(int(view.total_idr)) == 1
    assert 3_750_000 in printed


def test_every_name_is_printed_with_question_marks_for_foreign_signs(
    flask_app: Flask, made: tuple[Context, str]
) -> None:
    text = read(content(flask_app, made))
    assert "Budi (hi) Tj \\ % <b>Śri</b> Нгуен ??? ? )" in text
    assert "\u202e" not in text
    assert "X" * 20 in text.replace(" ", "")


def test_a_discount_and_the_stamp_of_a_paid_order_are_on_it(
    flask_app: Flask, made: tuple[Context, str]
) -> None:
    here, code = made
    with here.unit_of_work() as session:
        order = orders.by_code(session, code)
        order.discounts = [OrderDiscount(kind="promotion", label="Promo Rem", amount_idr=8_500)]
        order.discount_idr, order.total_idr = 8_500, order.total_idr - 8_500
        session.flush()
        payment = payments.for_order(session, order)
        assert payment is not None
        payment.amount_due_idr -= 8_500
        session.flush()
        selling.pay(session, payment, Actor.of_staff(factories.member(session)))
    text = read(content(flask_app, made))
    assert "Promo Rem -Rp 8.500" in text
    assert "LUNAS" in text
    assert "Transfer tepat" not in text
    assert "PAID" in read(content(flask_app, made, "en"))


@pytest.mark.slow
def test_many_lines_go_over_pages_and_the_head_is_repeated(
    asleep: Context, flask_app: Flask
) -> None:
    with asleep.unit_of_work() as session:
        codes = [f"06455K{n:02d}B01" for n in range(40)]
        for n, code in enumerate(codes):
            selling.part(
                session, code, price=10_000 + n, name=f"Barang {n} {LONG[:60]}", weight_g=1
            )
        selling.account(session)
        talk = factories.conversation(session)
        order, _ = selling.placed(session, talk.customer, [(code, 1) for code in codes])
        made = asleep, order.order_code
    made_pdf = content(flask_app, made)
    pages = PdfReader(io.BytesIO(made_pdf)).pages
    assert len(pages) >= 2
    assert "Subtotal" in pages[1].extract_text()
    text = read(made_pdf)
    assert all(format_rupiah(10_000 + n) in text for n in range(40))


def test_staff_print_an_order_and_strangers_do_not(
    flask_app: Flask, made: tuple[Context, str]
) -> None:
    here, code = made
    desk: Desk = desk_of(flask_app, member(here))
    page = desk.get(f"/console/orders/{code}").get_data(as_text=True)
    for path in (f"/console/orders/{code}/print", f"/console/orders/{code}/invoice.pdf"):
        assert path in page
        assert desk.get(path).status_code == 200
        assert desk_of(flask_app, None).get(path).status_code in {302, 303}
    assert "Rp 3.750.000" in desk.text(f"/console/orders/{code}/print")


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "nol rupiah"),
        (11, "sebelas rupiah"),
        (100, "seratus rupiah"),
        (1_000, "seribu rupiah"),
        (1_015, "seribu lima belas rupiah"),
        (150_123, "seratus lima puluh ribu seratus dua puluh tiga rupiah"),
        (1_000_000, "satu juta rupiah"),
        (21_001_100, "dua puluh satu juta seribu seratus rupiah"),
        (2_000_000_000, "dua miliar rupiah"),
    ],
)
def test_a_sum_in_words(amount: int, words: str) -> None:
    assert in_words(amount) == words


_VALUES = {
    "nol": 0, "satu": 1, "dua": 2, "tiga": 3, "empat": 4, "lima": 5, "enam": 6, "tujuh": 7,
    "delapan": 8, "sembilan": 9, "sepuluh": 10, "sebelas": 11,
}  # fmt: skip
_SCALES = {"ribu": 10**3, "juta": 10**6, "miliar": 10**9, "triliun": 10**12}


def heard(words: str) -> int:
    """The number behind the words, reckoned the other way round."""
    total = part = last = 0
    spoken = words.removesuffix(" rupiah").replace("seratus", "satu ratus")
    for word in spoken.replace("seribu", "satu ribu").split():
        if word in _VALUES:
            last = _VALUES[word]
            part += last
        elif word == "belas":
            part += 10
        elif word in {"puluh", "ratus"}:
            part += last * (9 if word == "puluh" else 99)
        else:
            total, part = total + part * _SCALES[word], 0
    return total + part


@settings(max_examples=200)
@given(st.integers(0, 10**15 - 1))
def test_words_say_the_very_sum(amount: int) -> None:
    assert heard(in_words(amount)) == amount
