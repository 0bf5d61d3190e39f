"""The customer's own page: opened by a code to the phone, and nobody else's."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from channels.context import Context
from crm_core import (
    carts,
    catalogue,
    clock,
    conversations,
    customers,
    identity,
    loyalty,
    orders,
)
from crm_core.customers import Customer
from crm_core.timeline import Actor
from tests import factories, selling
from tests.channels.desk import words
from tests.channels.test_shopping import Shopper

BUDI, NUMBER = factories.BUDI, "0812-3456-7890"
SITI, HERS = factories.SITI, "0853-4567-8901"


@pytest.fixture
def shop(asleep: Context) -> Context:
    with asleep.unit_of_work() as session:
        selling.part(session, pieces=20)
        selling.part(session, selling.FILTER, price=20_000, pieces=0, name="Saringan Oli")
        selling.account(session)
        budi = factories.customer(session)
        selling.order(session, budi, (selling.PADS, 2))
        customers.add_bike(session, budi, "Beat", "FI", 2013)
        to = {"phone": None, "district_id": selling.district_id(session)}
        for street in ("Jl. A 1", "Jl. B 2"):
            customers.remember_address(session, budi, recipient_name="Budi", address=street, **to)
    return asleep


@pytest.fixture
def shopper(shop: Context, web: FlaskClient) -> Shopper:
    return Shopper(web)


def code_sent_to(shop: Context, number: str) -> str:
    with shop.unit_of_work() as session:
        row = session.scalars(
            sa.select(identity.PhoneCode).where(identity.PhoneCode.phone == number)
        ).all()[-1]
        text = session.get_one(conversations.Message, row.message_id).text
    found = re.search(r"\b\d{6}\b", text)
    assert found is not None
    return found.group()


def sign_in(shopper: Shopper, shop: Context, number: str = NUMBER, **more: str) -> str:
    """What the page says after the code was typed."""
    asked = shopper.post(
        "/me/code", {**shopper.form("/me", "/me/code"), "phone": number, **more}
    ).get_data(as_text=True)
    token = re.search(r'name="csrf_token" value="([^"]+)"', asked)
    assert token is not None, asked
    e164 = "+62" + number.replace("-", "")[1:]
    data = {"csrf_token": token[1], "phone": e164, "code": code_sent_to(shop, e164), **more}
    answer = shopper.post("/me/prove", data)
    return answer.headers.get("Location", words(answer))


def customer(shop: Context, address: str = BUDI) -> Customer:
    with shop.unit_of_work() as session:
        found = customers.known_at(session, address)
        assert found is not None
        return found


def test_the_members_page_shows_what_was_done_on_whatsapp(shop: Context, shopper: Shopper) -> None:
    shopper.add(quantity="3")
    assert sign_in(shopper, shop) == "/me"
    page = words(shopper.get("/me"))
    [order] = all_of(shop)
    for said in ("Halo, Budi", order, "Menunggu bayar", "Rp 109.000", "Beat 2013", "Jl. B 2"):
        assert said in page, said
    assert "Rp 150.000" in words(shopper.get("/cart"))
    with shop.unit_of_work() as session:
        held = carts.show(session, customer(shop))
    assert [line.quantity for line in held.lines] == [3]


def test_the_members_page_tells_points_tier_and_the_next_step(
    shop: Context, shopper: Shopper
) -> None:
    with shop.unit_of_work() as session:
        rina = Actor.of_staff(factories.member(session))
        loyalty.correct(session, customer(shop).id, 12, "hadiah", rina)
    sign_in(shopper, shop)
    page = words(shopper.get("/me"))
    for wanted in (
        "12 poin",
        "Perunggu",
        "Senilai Rp 1.200",
        "Kurang 100 poin lagi ke tingkat Perak",
    ):
        assert wanted in page


def all_of(shop: Context) -> list[str]:
    with shop.unit_of_work() as session:
        return [one.order_code for one in orders.of_customer(session, customer(shop))]


def test_a_known_and_an_unknown_number_get_the_same_answer(shop: Context, shopper: Shopper) -> None:
    said = []
    for number in (NUMBER, "0819-0000-0001"):
        form = shopper.form("/me", "/me/code")
        answer = shopper.post("/me/code", {**form, "phone": number})
        page = words(answer)
        said.append((answer.status_code, re.sub(r"\+62\d+", "N", page)))
    assert said[0] == said[1]
    assert "Kode enam angka sudah dikirim" in said[0][1]


def test_a_wrong_code_opens_nothing(shop: Context, shopper: Shopper) -> None:
    form = shopper.form("/me", "/me/code")
    shopper.post("/me/code", {**form, "phone": NUMBER})
    wrong = f"{(int(code_sent_to(shop, '+6281234567890')) + 1) % 10**6:06d}"
    data = {**form, "phone": "+6281234567890", "code": wrong}
    assert "belum cocok" in words(shopper.post("/me/prove", data))
    assert "Kirim kode" in words(shopper.get("/me"))
    with shop.unit_of_work() as session:
        assert session.scalars(sa.select(identity.PhoneCode.attempts)).all() == [1]


def test_the_fourth_code_of_an_hour_is_refused_in_words(shop: Context, shopper: Shopper) -> None:
    form = shopper.form("/me", "/me/code")
    for _ in range(3):
        assert shopper.post("/me/code", {**form, "phone": NUMBER}).status_code == 200
    assert shopper.post("/me/code", {**form, "phone": NUMBER}).status_code == 303
    assert "Terlalu banyak kode" in words(shopper.get("/me"))


def test_whoever_knew_the_browser_before_has_nothing_after(shop: Context, shopper: Shopper) -> None:
    """The browser's name changes with the proof: an older chat token reads nothing of it."""
    before = shopper.web.post("/webchat/session", base_url="https://sapa.test", json={}).json
    shopper.add()
    sign_in(shopper, shop)
    assert before is not None
    with shop.unit_of_work() as session:
        assert customers.known_at(session, f"web:{before['visitor']}") is None
    now = shopper.web.post(
        "/webchat/session", base_url="https://sapa.test", json={"token": before["token"]}
    ).json
    assert now is not None
    assert now["visitor"] != before["visitor"]


def test_the_chats_token_opens_no_members_page(
    shop: Context, shopper: Shopper, flask_app: Flask
) -> None:
    sign_in(shopper, shop)
    facts = shopper.web.post("/webchat/session", base_url="https://sapa.test", json={}).json
    assert facts is not None
    other = Shopper(flask_app.test_client())
    resumed = other.web.post(
        "/webchat/session", base_url="https://sapa.test", json={"token": facts["token"]}
    ).json
    assert resumed is not None
    assert resumed["visitor"] == facts["visitor"]
    page = words(other.get("/me"))
    assert "Kirim kode" in page
    assert "Halo" not in page


def test_after_signing_out_the_browser_is_nobody(shop: Context, shopper: Shopper) -> None:
    shopper.add()
    sign_in(shopper, shop)
    kept = {one.key: one.value for one in shopper.web._cookies.values()}  # type: ignore[union-attr]
    shopper.send("/me/out", "/me")
    assert "Kirim kode" in words(shopper.get("/me"))
    assert "masih kosong" in words(shopper.get("/cart"))
    shopper.web.set_cookie(
        "__Host-sapa-shop", kept["__Host-sapa-shop"], domain="sapa.test", secure=True
    )
    assert "Kirim kode" in words(shopper.get("/me"))  # a cookie kept from before is nobody's either


def test_a_proof_ends_after_thirty_days(shop: Context, shopper: Shopper) -> None:
    sign_in(shopper, shop)
    with time_machine.travel(clock.now() + timedelta(days=31), tick=True):
        assert "Kirim kode" in words(shopper.get("/me"))


@pytest.mark.parametrize(
    "path", ["/me/orders/{order}/again", "/me/bikes/{bike}/remove", "/me/bikes/{bike}/use",
             "/me/addresses/{place}/remove", "/me/addresses/{place}/use",
             "/me/wishes/{wish}/remove"],
)  # fmt: skip
def test_what_is_somebody_elses_is_not_there(shop: Context, shopper: Shopper, path: str) -> None:
    with shop.unit_of_work() as session:
        budi = customer(shop)
        wish = catalogue.record_wish(
            session, query="spion", reason="not_found", customer_id=budi.id, notify=True
        )
        names = {
            "order": all_of(shop)[0],
            "bike": customers.bikes(session, budi)[0].id,
            "place": customers.delivery_addresses(session, budi)[1].id,
            "wish": wish.id,
        }
    with shop.unit_of_work() as session:
        factories.customer(session, SITI, "Siti")
    sign_in(shopper, shop, HERS)
    token = shopper.form("/me", "/me/profile")
    before = state_of(shop)
    assert shopper.post(path.format(**names), token).status_code == 404
    assert state_of(shop) == before
    assert shopper.get(f"/me/orders/{names['order']}").status_code == 404


def state_of(shop: Context) -> list[object]:
    """All of Budi's that a stranger could try to touch, and what lies in carts."""
    with shop.unit_of_work() as session:
        budi = customer(shop)
        return [
            [one.id for one in customers.bikes(session, budi)],
            [(one.id, one.is_default) for one in customers.delivery_addresses(session, budi)],
            [one.id for one in catalogue.wishes_of(session, budi.id)],
            session.scalar(sa.select(sa.func.count()).select_from(carts.CartLine)),
        ]


@pytest.mark.parametrize("path", ["/me/wishes", "/me/bikes", "/me/profile", "/me/out"])
def test_without_a_proof_no_deed_of_a_member_is_done(
    shop: Context, shopper: Shopper, path: str
) -> None:
    """A cart in the browser is no proof of a phone."""
    shopper.add()
    form = shopper.form("/me", "/me/code")
    before = state_of(shop)
    data = {**form, "name": "Mallory", "query": "x", "model": "Beat", "promo": "yes"}
    assert shopper.post(path, data).status_code == 303
    assert state_of(shop) == before
    assert (customer(shop).name, customer(shop).promo_consent) == ("Budi", False)


def test_a_member_keeps_their_own_things(shop: Context, shopper: Shopper) -> None:
    sign_in(shopper, shop)
    shopper.send("/me/wishes", "/me", query="spion beat merah")
    shopper.send("/me/bikes", "/me", model="Vario 125", year="2019")
    shopper.send("/me/profile", "/me", name="Budi S.", email="budi@contoh.id", language="en",
                 promo="yes")  # fmt: skip
    page = words(shopper.get("/me"))
    for said in ("Hello, Budi S.", "spion beat merah", "Vario 125 2019"):
        assert said in page, said
    budi = customer(shop)
    assert (budi.email, budi.language, budi.promo_consent) == ("budi@contoh.id", "en", True)
    shopper.send("/me/profile", "/me", name="Budi S.", email="", language="en")
    assert customer(shop).promo_consent is False


def test_an_order_is_repeated_as_far_as_there_is_stock(shop: Context, shopper: Shopper) -> None:
    sign_in(shopper, shop)
    [code] = all_of(shop)
    shopper.send(f"/me/orders/{code}/again", "/me")
    assert "Rp 100.000" in words(shopper.get("/cart"))
    with shop.unit_of_work() as session:
        other = factories.customer(session, SITI, "Siti")
        selling.order(session, other, (selling.PADS, 17))
    assert "tinggal 1" in words(shopper.send(f"/me/orders/{code}/again", "/me"))
    assert "Rp 100.000" in words(shopper.get("/cart"))


def test_a_missing_part_is_noted_and_told_to_whoever_proves_a_phone(
    shop: Context, shopper: Shopper
) -> None:
    answer = shopper.post("/wish", {"part_code": selling.FILTER})
    assert answer.headers["Location"].startswith("/me?next=")
    sign_in(shopper, shop, next=f"/p/{selling.FILTER}")
    with shop.unit_of_work() as session:
        [wish] = catalogue.wishes_of(session, customer(shop).id)
    assert (wish.reason, wish.query) == ("out_of_stock", "Saringan Oli")


def test_a_form_leads_nowhere_but_to_our_own_pages(shop: Context, shopper: Shopper) -> None:
    assert sign_in(shopper, shop, next="https://evil.example/") == "/me"
    for wicked in ("//evil.example", "/\\evil.example", "javascript:alert(1)"):
        answer = shopper.post("/cart/add", {"part_code": selling.PADS, "next": wicked})
        assert answer.headers["Location"] == "/cart"


def test_a_customer_who_is_merged_is_shown_to_nobody_twice(shop: Context, shopper: Shopper) -> None:
    shopper.add()
    sign_in(shopper, shop)
    with shop.unit_of_work() as session:
        listed = customers.recent(session).items
        assert [one.name for one in listed] == ["Budi"]
        assert customers.by_public_id(session, merged(session).public_id).id == listed[0].id


def merged(session: object) -> Customer:
    query = sa.select(Customer).where(Customer.merged_into_id.is_not(None))
    found: Customer = session.scalars(query).one()  # type: ignore[attr-defined]
    assert found.phone is None
    assert Actor.customer(found).name == ""
    return found
