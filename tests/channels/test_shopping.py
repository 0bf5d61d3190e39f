"""Buying on the page: the cart of the conversation, checked out once."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from channels.context import Context
from crm_core import carts, catalogue, conversations, customers, orders
from crm_core.customers import Customer
from crm_core.money import Rupiah
from crm_core.orders import Order
from crm_core.timeline import Actor
from tests import factories, selling
from tests.channels.desk import SITE, words

HERE = {"Origin": SITE, "Referer": f"{SITE}/cart"}
TO_BUDI = {
    "recipient_name": "Budi Santoso",
    "phone": "0812-3456-7890",
    "address": "Jl. Gajah Mada No. 12",
    "district": "Pontianak Kota",
    "email": "",
}
_FIELD = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"')


class Shopper:
    """A browser without scripts: follows redirects and sends what the form on the page holds."""

    def __init__(self, web: FlaskClient) -> None:
        self.web = web

    def get(self, path: str) -> TestResponse:
        return self.web.get(path, base_url=SITE, follow_redirects=True)

    def form(self, path: str, form_action: str) -> dict[str, str]:
        """The hidden fields of the form that goes to ``form_action``."""
        page = self.get(path).get_data(as_text=True)
        _, _, rest = page.partition(f'action="{form_action}"')
        assert rest, f"no form for {form_action} on {path}"
        found = _FIELD.findall(rest.partition("</form>")[0])
        return {name: html.unescape(value) for name, value in found}

    def post(self, path: str, data: dict[str, Any], **headers: str) -> TestResponse:
        return self.web.post(path, base_url=SITE, data=data, headers=HERE | headers)

    def add(self, code: str = selling.PADS, quantity: str = "1", **headers: str) -> TestResponse:
        return self.post("/cart/add", {"part_code": code, "quantity": quantity}, **headers)

    def send(self, path: str, page: str, **fields: str) -> TestResponse:
        """Fill in the form on ``page`` and follow where it leads."""
        self.post(path, {**self.form(page, path), **fields})
        return self.get(page)


@pytest.fixture
def shop(asleep: Context) -> Context:
    with asleep.unit_of_work() as session:
        selling.part(session, pieces=4)
        selling.part(session, selling.FILTER, price=20_000, pieces=1, name="Saringan Oli")
        selling.part(session, selling.ON_REQUEST, price=None, name="Cakram")
        selling.district_id(session)
        selling.account(session)
    return asleep


@pytest.fixture
def shopper(shop: Context, web: FlaskClient) -> Shopper:
    return Shopper(web)


def only_customer(shop: Context) -> Customer:
    with shop.unit_of_work() as session:
        return session.scalars(sa.select(Customer)).one()


def lines(shop: Context) -> list[tuple[str, int]]:
    customer = only_customer(shop)
    with shop.unit_of_work() as session:
        return [(one.part_code, one.quantity) for one in carts.show(session, customer).lines]


def all_orders(shop: Context) -> list[Order]:
    with shop.unit_of_work() as session:
        return list(session.scalars(sa.select(Order)))


def checked_out(shopper: Shopper) -> dict[str, str]:
    """Something in the cart and everything known: the form that places the order."""
    shopper.add(quantity="2")
    shopper.post("/checkout/address", {**shopper.form("/checkout", "/checkout/address"), **TO_BUDI})
    return shopper.form("/checkout", "/checkout/place")


def test_the_pages_cart_is_the_conversations_cart(shop: Context, shopper: Shopper) -> None:
    shopper.add(quantity="2")
    facts = shopper.web.post("/webchat/session", base_url=SITE, json={}).json
    assert facts is not None
    with shop.unit_of_work() as session:
        chatting = customers.for_address(session, "web", f"web:{facts['visitor']}")
        carts.add(session, chatting, selling.FILTER, 1, Actor.customer(chatting))
    page = words(shopper.get("/cart"))
    assert "Kampas Rem Depan" in page
    assert "Saringan Oli" in page
    assert "Rp 120.000" in page
    assert lines(shop) == [(selling.PADS, 2), (selling.FILTER, 1)]


def test_a_chat_that_came_first_gives_the_page_its_cart(shop: Context, shopper: Shopper) -> None:
    facts = shopper.web.post("/webchat/session", base_url=SITE, json={}).json
    assert facts is not None
    with shop.unit_of_work() as session:
        chatting = customers.for_address(session, "web", f"web:{facts['visitor']}")
        carts.add(session, chatting, selling.PADS, 3, Actor.customer(chatting))
    assert "Rp 150.000" in words(shopper.get("/cart"))


def test_the_cookie_cannot_be_read_or_sent_by_others(shopper: Shopper) -> None:
    cookie = shopper.add().headers.getlist("Set-Cookie")
    [mine] = [one for one in cookie if one.startswith("__Host-sapa-shop=")]
    assert {"HttpOnly", "Secure", "SameSite=Lax", "Path=/"} <= set(mine.split("; "))


def test_a_cookie_that_we_did_not_sign_is_nobody(shop: Context, shopper: Shopper) -> None:
    shopper.add()
    token = shopper.web.post("/webchat/session", base_url=SITE, json={}).json
    assert token is not None
    for forged in (token["token"], token["visitor"], "x" * 500):
        shopper.web.set_cookie("__Host-sapa-shop", forged, domain="sapa.test", secure=True)
        assert "masih kosong" in words(shopper.get("/cart"))


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example", "Referer": ""},
        {"Origin": "", "Referer": ""},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_sites_form_changes_nothing(
    shop: Context, shopper: Shopper, headers: dict[str, str]
) -> None:
    assert shopper.add(**headers).status_code == 403
    assert shopper.post("/wish", {"part_code": selling.ON_REQUEST}, **headers).status_code == 403
    assert shopper.post("/bike", {"model": "Beat"}, **headers).status_code == 403
    assert "motormu" in words(shopper.get("/parts"))
    with shop.unit_of_work() as session:
        assert session.scalars(sa.select(Customer)).all() == []


def test_a_form_without_its_token_changes_nothing(shop: Context, shopper: Shopper) -> None:
    shopper.add(quantity="2")
    answer = shopper.post("/cart/set", {"part_code": selling.PADS, "quantity": "4"})
    assert answer.status_code == 400
    assert lines(shop) == [(selling.PADS, 2)]


def test_a_quantity_is_changed_and_none_takes_the_part_out(shop: Context, shopper: Shopper) -> None:
    shopper.add()
    shopper.send("/cart/set", "/cart", quantity="3")
    assert lines(shop) == [(selling.PADS, 3)]
    shopper.send("/cart/set", "/cart", quantity="0")
    assert lines(shop) == []


@pytest.mark.parametrize(
    ("code", "quantity", "said"),
    [
        (selling.PADS, "5", "Kampas Rem Depan: tinggal 4"),
        (selling.PADS, "-1", "angka dari 1 sampai 10000"),
        (selling.PADS, "dua", "angka dari 1 sampai 10000"),
        (selling.PADS, "0", "angka dari 1 sampai 10000"),
        (selling.ON_REQUEST, "1", "Cakram belum ada harganya"),
        ("NOSUCHPART", "1", "sudah tidak dijual"),
    ],
)
def test_what_cannot_be_added_is_said_in_words(
    shop: Context, shopper: Shopper, code: str, quantity: str, said: str
) -> None:
    shopper.add(code, quantity)
    assert said in words(shopper.get("/cart"))
    with shop.unit_of_work() as session:
        assert session.scalars(sa.select(carts.CartLine)).all() == []


def test_a_script_gets_a_note_and_the_new_count(shopper: Shopper) -> None:
    answer = words(shopper.add(quantity="3", **{"HX-Request": "true", "HX-Target": "said"}))
    assert answer.startswith("Sudah masuk keranjang. Lihat keranjang")
    assert answer.endswith("Keranjang 3 barang")


def test_what_changed_in_the_shop_meanwhile_stands_in_the_cart(
    shop: Context, shopper: Shopper
) -> None:
    shopper.add(quantity="4")
    shopper.add(selling.FILTER)
    with shop.unit_of_work() as session:
        other = customers.for_address(session, "whatsapp", "whatsapp:+6285345678901")
        selling.order(session, other, (selling.PADS, 2), (selling.FILTER, 1))
    page = words(shopper.get("/cart"))
    assert "Tinggal 2" in page
    assert "Baru saja habis" in page


def test_the_summary_holds_everything_and_the_order_is_placed(
    shop: Context, shopper: Shopper
) -> None:
    form = checked_out(shopper)
    page = words(shopper.get("/checkout"))
    for said in ("Budi Santoso", "Jl. Gajah Mada No. 12", "Pontianak Kota", "Rp 100.000",
                 "Rp 9.000", "Rp 109.000"):  # fmt: skip
        assert said in page, said
    answer = shopper.post("/checkout/place", {**form, "note": "titip satpam"})
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/o/")
    [order] = all_orders(shop)
    assert (int(order.total_idr), order.note, order.recipient_phone) == (
        109_000, "titip satpam", "+6281234567890",
    )  # fmt: skip
    assert lines(shop) == []


def test_the_same_form_sent_again_leads_to_the_same_order(shop: Context, shopper: Shopper) -> None:
    form = checked_out(shopper)
    first = shopper.post("/checkout/place", form)
    shopper.add(selling.FILTER)
    again = shopper.post("/checkout/place", form)
    assert first.headers["Location"].split(".")[0] == again.headers["Location"].split(".")[0]
    assert len(all_orders(shop)) == 1
    assert lines(shop) == [(selling.FILTER, 1)]


def test_a_price_that_changed_after_the_summary_is_shown_first(
    shop: Context, shopper: Shopper
) -> None:
    form = checked_out(shopper)
    with shop.unit_of_work() as session:
        catalogue.change_part(session, selling.PADS, selling.CLERK, price_idr=Rupiah(60_000))
    shopper.post("/checkout/place", form)
    assert all_orders(shop) == []
    page = words(shopper.get("/checkout"))
    assert "Ada yang berubah" in page
    assert "Rp 129.000" in page


def test_stock_that_went_meanwhile_is_said_and_nothing_is_ordered(
    shop: Context, shopper: Shopper
) -> None:
    form = checked_out(shopper)
    with shop.unit_of_work() as session:
        other = customers.for_address(session, "whatsapp", "whatsapp:+6285345678901")
        selling.order(session, other, (selling.PADS, 3))
    shopper.post("/checkout/place", form)
    assert len(all_orders(shop)) == 1
    assert "tinggal 1" in words(shopper.get("/cart"))


def test_a_district_of_several_is_asked_about(shop: Context, shopper: Shopper) -> None:
    with shop.unit_of_work() as session:
        selling.district_id(session, "Pontianak Timur")
    shopper.add()
    form = shopper.form("/checkout", "/checkout/address")
    answer = words(
        shopper.post("/checkout/address", {**form, **TO_BUDI, "district": "Kota Pontianak"})
    )
    assert "Pilih satu" in answer
    assert "Pontianak Timur, Kota Pontianak" in answer
    with shop.unit_of_work() as session:
        wanted = selling.district_id(session, "Pontianak Timur")
    chosen = {"district": "Kota Pontianak", "district_id": str(wanted)}
    shopper.post("/checkout/address", {**form, **TO_BUDI, **chosen})
    assert "Pontianak Timur" in words(shopper.get("/checkout"))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("recipient_name", "", "Tulis nama penerimanya"),
        ("phone", "12", "Nomornya belum benar"),
        ("address", "", "Tulis alamatnya"),
        ("district", "Atlantis", "tidak kami kenali"),
        ("email", "budi@", "e-mailnya belum benar"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_what_was_typed_stays(
    shop: Context, shopper: Shopper, field: str, value: str, said: str
) -> None:
    shopper.add()
    form = shopper.form("/checkout", "/checkout/address")
    answer = shopper.post("/checkout/address", {**form, **TO_BUDI, field: value})
    page = answer.get_data(as_text=True)
    assert said in words(answer)
    assert f'id="p-{field}"' in page
    assert 'value="Jl. Gajah Mada No. 12"' in page or field == "address"
    assert only_customer(shop).name is None


def test_who_fetches_the_parts_needs_no_address(shop: Context, shopper: Shopper) -> None:
    shopper.add()
    form = shopper.form("/checkout", "/checkout/address")
    typed = {**form, "recipient_name": "Budi", "phone": "081234567890", "address": "",
             "district": "", "email": "", "way": "pickup"}  # fmt: skip
    shopper.post("/checkout/address", typed)
    shopper.post("/checkout/place", shopper.form("/checkout", "/checkout/place"))
    [order] = all_orders(shop)
    assert (order.shipping_method, int(order.shipping_idr)) == ("pickup", 0)


def test_pages_about_one_visitor_are_kept_by_nobody(shop: Context, shopper: Shopper) -> None:
    shopper.add()
    for path in ("/cart", "/checkout", "/me"):
        answer = shopper.get(path)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Robots-Tag"] == "noindex"
    assert shopper.get("/").headers["Cache-Control"] == "private, no-cache"


def test_two_browsers_have_two_carts(
    shop: Context, flask_app: Flask, shopper: Shopper, web: FlaskClient
) -> None:
    shopper.add(quantity="2")
    other = Shopper(flask_app.test_client())
    other.add(quantity="1")
    assert "Rp 100.000" in words(shopper.get("/cart"))
    assert "Rp 50.000" in words(other.get("/cart"))


def test_two_clicks_at_once_place_one_order(
    shop: Context, shopper: Shopper, flask_app: Flask, at_the_same_time: Callable[..., list[Any]]
) -> None:
    form = checked_out(shopper)
    cookies = {one.key: one.value for one in shopper.web._cookies.values()}  # type: ignore[union-attr]

    def click() -> str:
        web = flask_app.test_client()
        for name, value in cookies.items():
            web.set_cookie(name, value, domain="sapa.test", secure=True)
        answer = web.post("/checkout/place", base_url=SITE, data=form, headers=HERE)
        return str(answer.headers.get("Location"))

    places = at_the_same_time(click, click, click)
    [order] = all_orders(shop)
    with shop.unit_of_work() as session:
        assert orders.by_code(session, order.order_code).id == order.id
    assert len({place.split(".")[0] for place in places}) == 1
    assert places[0].startswith("/o/")


@pytest.fixture
def at_the_same_time() -> Callable[..., list[Any]]:
    from concurrent.futures import ThreadPoolExecutor

    def run(*deeds: Callable[[], Any]) -> list[Any]:
        with ThreadPoolExecutor(len(deeds)) as pool:
            return [one.result() for one in [pool.submit(deed) for deed in deeds]]

    return run


def test_the_chat_is_told_of_the_order_and_where_it_is(shop: Context, shopper: Shopper) -> None:
    facts = shopper.web.post("/webchat/session", base_url=SITE, json={}).json
    assert facts is not None
    with shop.unit_of_work() as session:
        conversations.receive(session, factories.inbound("halo", f"web:{facts['visitor']}"))
    shopper.post("/checkout/place", checked_out(shopper))
    [order] = all_orders(shop)
    with shop.unit_of_work() as session:
        talk = conversations.of_address(session, f"web:{facts['visitor']}")
        assert talk is not None
        told = conversations.latest(session, talk.id)[-1].text
    assert order.conversation_id == talk.id
    assert order.order_code in told
    assert f"{SITE}/o/" in told


@pytest.mark.parametrize("path", ["/tidak-ada", "/c/none", "/p/NONE000"])
def test_an_address_that_is_none_has_the_shops_own_page(shopper: Shopper, path: str) -> None:
    answer = shopper.get(path)
    assert answer.status_code == 404
    assert "Semua barang" in words(answer)


@pytest.mark.parametrize("path", ["/api/v1/none", "/console/none", "/webchat/none"])
def test_a_missing_address_elsewhere_is_answered_as_there(shopper: Shopper, path: str) -> None:
    answer = shopper.web.get(path, base_url=SITE)
    assert answer.status_code in {401, 404}
    assert "Semua barang" not in words(answer)
