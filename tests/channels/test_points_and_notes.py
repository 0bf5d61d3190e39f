"""Points, notes and too few pieces on the pages: the shop's, the order's own, and the console's."""

from __future__ import annotations

import io

import pytest
import sqlalchemy as sa
from flask import Flask
from pypdf import PdfReader

from channels.context import Context
from crm_core import carts, catalogue, links, loyalty, orders, stock
from crm_core.orders import Order, OrderState
from crm_core.timeline import Actor
from tests import factories, selling
from tests.channels.desk import desk_of, words
from tests.channels.orderpages import SECRET, Page
from tests.channels.test_shopping import (
    Shopper,
    all_orders,
    checked_out,
    lines,
    only_customer,
    shop,
    shopper,
)
from tests.selling import PADS

__all__ = ["shop", "shopper"]
HOSTILE = '<b>titip</b> & "satpam"'


def with_points(shop: Context, points: int) -> None:
    customer = only_customer(shop)
    with shop.unit_of_work() as session:
        rina = Actor.of_staff(factories.member(session))
        loyalty.correct(session, customer.id, points, "hadiah", rina)


def balance(shop: Context) -> int:
    with shop.unit_of_work() as session:
        return session.scalars(sa.select(loyalty.PointsAccount.balance)).one()


def test_points_are_ticked_at_the_checkout_and_pay_for_a_part(
    shop: Context, shopper: Shopper
) -> None:
    checked_out(shopper)  # two pads of Rp 50.000
    with_points(shop, 300)
    before = words(shopper.get("/checkout"))
    assert "Pakai 300 poin" in before
    after = shopper.send("/checkout/points", "/checkout", points="1")
    assert "300 poin −Rp 30.000" in words(after)
    assert balance(shop) == 300
    shopper.post("/checkout/place", shopper.form("/checkout", "/checkout/place"))
    (order,) = all_orders(shop)
    assert (order.items_idr, order.discount_idr, balance(shop)) == (100_000, 30_000, 0)


def test_a_tick_that_is_taken_away_leaves_the_points(shop: Context, shopper: Shopper) -> None:
    checked_out(shopper)
    with_points(shop, 300)
    shopper.send("/checkout/points", "/checkout", points="1")
    shopper.send("/checkout/points", "/checkout")
    shopper.post("/checkout/place", shopper.form("/checkout", "/checkout/place"))
    assert (int(all_orders(shop)[0].discount_idr), balance(shop)) == (0, 300)


def test_points_that_went_meanwhile_show_the_summary_again(shop: Context, shopper: Shopper) -> None:
    checked_out(shopper)
    with_points(shop, 300)
    shopper.send("/checkout/points", "/checkout", points="1")
    form = shopper.form("/checkout", "/checkout/place")
    with_points(shop, -100)
    shopper.post("/checkout/place", form)
    assert "Ada yang berubah" in words(shopper.get("/checkout"))
    assert (all_orders(shop), balance(shop)) == ([], 200)


def test_who_has_too_few_points_is_not_asked(shop: Context, shopper: Shopper) -> None:
    checked_out(shopper)
    with_points(shop, 9)
    assert "/checkout/points" not in shopper.get("/checkout").get_data(as_text=True)


def test_notes_to_the_order_and_to_a_part_are_kept_with_it(shop: Context, shopper: Shopper) -> None:
    checked_out(shopper)
    shopper.send("/cart/note", "/cart", part_code=PADS, note="warna hitam")
    form = shopper.form("/checkout", "/checkout/place")
    shopper.post("/checkout/place", {**form, "note": HOSTILE + "x" * 600})
    with shop.unit_of_work() as session:
        order = session.scalars(sa.select(Order)).one()
        assert (order.lines[0].note, len(order.note or "")) == ("warna hitam", 500)
        assert (order.note or "").startswith(HOSTILE)


def test_a_note_of_the_talk_stands_in_the_form_and_can_be_emptied_there(
    shop: Context, shopper: Shopper
) -> None:
    form = checked_out(shopper)
    customer = only_customer(shop)
    with shop.unit_of_work() as session:
        carts.write_note(session, customer, HOSTILE, Actor.customer(customer))
    page = shopper.get("/checkout").get_data(as_text=True)
    assert "&lt;b&gt;titip&lt;/b&gt; &amp; &#34;satpam&#34;</textarea>" in page
    shopper.post("/checkout/place", {**form, "note": ""})
    assert all_orders(shop)[0].note is None


def test_more_than_there_is_becomes_what_there_is_and_word_of_the_rest(
    shop: Context, shopper: Shopper
) -> None:
    assert shopper.add(quantity="6").headers["Location"] == f"/cart?short={PADS}&wanted=6"
    answer = shopper.get(f"/cart?short={PADS}&wanted=6")
    assert "Ambil 4, kabari 2 lagi" in words(answer)
    shopper.post("/cart/available", {"part_code": PADS, "quantity": "6"})
    assert lines(shop) == [(PADS, 4)]
    customer = only_customer(shop)
    with shop.unit_of_work() as session:
        (wish,) = catalogue.wishes_of(session, customer.id)
        assert (wish.quantity, wish.understood["at_least"]) == (2, 2)


def test_a_script_gets_the_offer_beside_the_refusal(shop: Context, shopper: Shopper) -> None:
    shopper.add(quantity="1")
    answer = shopper.add(quantity="5", **{"HX-Request": "true", "HX-Target": "said"})
    assert "Ambil 4, kabari 2 lagi" in words(answer)
    assert 'name="quantity" value="6"' in answer.get_data(as_text=True)


@pytest.mark.parametrize("query", ["short=NOSUCH&wanted=5", f"short={PADS}&wanted=3", "wanted=x"])
def test_an_offer_that_does_not_hold_is_not_made(
    shop: Context, shopper: Shopper, query: str
) -> None:
    assert "kabari" not in words(shopper.get(f"/cart?{query}"))


def test_a_line_that_went_short_offers_what_is_left(shop: Context, shopper: Shopper) -> None:
    shopper.add(quantity="3")
    with shop.unit_of_work() as session:
        stock.correct(session, PADS, 1, Actor.system("test"), "hitung ulang")
    assert "Ambil 1, kabari 2 lagi" in words(shopper.get("/cart"))


@pytest.fixture
def page(asleep: Context, flask_app: Flask) -> Page:
    with asleep.unit_of_work() as session:
        selling.part(session)
        selling.account(session)
        customer = factories.conversation(session).customer
        order, _ = selling.placed(session, customer, [(PADS, 2)], note="titip di satpam")
        token = links.order_token(SECRET, order.id)
        return Page(asleep, flask_app.test_client(), order.order_code, order.id, token)


def notes(page: Page) -> tuple[str | None, str | None]:
    with page.here.unit_of_work() as session:
        order = orders.by_code(session, page.code)
        return order.note, order.lines[0].note


def test_on_the_orders_page_notes_are_changed_until_it_is_packed(page: Page) -> None:
    said = page.send("/note", **{"note": "", f"n-{PADS}": HOSTILE})
    assert ("Catatannya disimpan." in said, notes(page)) == (True, (None, HOSTILE))
    assert "&lt;b&gt;titip" in page.get().get_data(as_text=True)
    form = page.get().get_data(as_text=True)
    assert "/note" in form
    with page.here.unit_of_work() as session:
        order = orders.by_code(session, page.code)
        order.pay_on_delivery = True
        orders.pack(session, order, Actor.of_staff(factories.member(session)))
        assert order.state == OrderState.PACKED
    assert "dikemas" in page.refused(409, "/note", note="terlambat", **{f"n-{PADS}": ""})
    assert notes(page) == (None, HOSTILE)


def test_staff_and_paper_show_both_notes(page: Page, flask_app: Flask) -> None:
    with page.here.unit_of_work() as session:
        siti = desk_of(flask_app, factories.member(session, name="Siti"))
    page.send("/note", **{"note": "titip di satpam", f"n-{PADS}": "warna hitam"})
    seen = siti.text(f"/console/orders/{page.code}")
    printed = siti.text(f"/console/orders/{page.code}/print")
    for text in (seen, printed):
        assert "titip di satpam" in text
        assert "warna hitam" in text
    read = PdfReader(io.BytesIO(page.get("/invoice.pdf").get_data())).pages[0].extract_text()
    assert "titip di satpam" in read
    assert "warna hitam" in read
