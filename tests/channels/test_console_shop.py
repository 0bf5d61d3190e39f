"""Stock, customers, staff and the shop's pages from the console."""

from __future__ import annotations

import pytest
from flask import Flask

from channels.context import Context
from crm_core import catalogue, customers, loyalty, shop, staff
from crm_core.money import Rupiah
from crm_core.timeline import Actor
from tests import factories, selling
from tests.channels.desk import Case, Desk, a_case, desk_of, member


@pytest.fixture
def case(asleep: Context) -> Case:
    return a_case(asleep)


@pytest.fixture
def siti(asleep: Context, flask_app: Flask) -> Desk:
    return desk_of(flask_app, member(asleep, name="Siti"))


@pytest.fixture
def manager(asleep: Context, flask_app: Flask) -> Desk:
    return desk_of(flask_app, member(asleep, "manager", "Rina"))


@pytest.fixture
def admin(asleep: Context, flask_app: Flask) -> Desk:
    return desk_of(flask_app, member(asleep, "admin", "Admin"))


def test_a_manager_changes_price_and_stock_with_a_reason(
    asleep: Context, manager: Desk, case: Case
) -> None:
    address = f"/console/parts/{case.part}"
    manager.send(address, {"name": "Kampas Rem", "price": "62.500", "active": "1"})
    manager.send(f"{address}/receive", {"quantity": "5", "reason": "faktur 12"})
    assert "Tulis alasannya" in manager.send(f"{address}/correct", {"quantity": "3"})
    manager.send(f"{address}/correct", {"quantity": "12", "reason": "hitung ulang"})
    page = manager.text(address)
    assert "faktur 12" in page
    assert "hitung ulang" in page
    with asleep.unit_of_work() as session:
        part = catalogue.find_part(session, case.part)
        assert (part.name, part.price_idr) == ("Kampas Rem", Rupiah(62_500))
        assert selling.level(session) == (12, 1)


def test_fewer_pieces_than_are_held_for_orders_are_refused(
    asleep: Context, manager: Desk, case: Case
) -> None:
    data = {"quantity": "0", "reason": "rak kosong"}
    assert "1 sudah dipesan" in manager.send(f"/console/parts/{case.part}/correct", data)
    with asleep.unit_of_work() as session:
        assert selling.level(session) == (10, 1)


def test_a_part_without_a_price_is_on_request(asleep: Context, manager: Desk, case: Case) -> None:
    manager.send(f"/console/parts/{case.part}", {"name": "Kampas", "price": "", "active": "1"})
    with asleep.unit_of_work() as session:
        assert catalogue.find_part(session, case.part).price_idr is None


def test_an_agent_sees_parts_but_no_way_to_change_them(siti: Desk, case: Case) -> None:
    page = siti.get(f"/console/parts/{case.part}").get_data(as_text=True)
    assert "Kampas Rem Depan" in page
    assert 'name="price"' not in page
    assert 'name="quantity"' not in page


def test_a_customers_page_shows_orders_bikes_and_history(
    asleep: Context, siti: Desk, case: Case
) -> None:
    with asleep.unit_of_work() as session:
        found = customers.by_public_id(session, case.customer)
        customers.add_bike(session, found, "Beat", "eSP", 2019)
    page = siti.text(f"/console/customers/{case.customer}")
    for wanted in (case.order, case.complaint, "Beat eSP 2019", "Pesanan dibuat"):
        assert wanted in page


def test_a_customers_page_shows_points_tier_and_what_changed_them(
    asleep: Context, siti: Desk, case: Case
) -> None:
    with asleep.unit_of_work() as session:
        found = customers.by_public_id(session, case.customer)
        rina = Actor.of_staff(factories.member(session))
        loyalty.correct(session, found.id, 12, "hadiah", rina)
    page = " ".join(siti.text(f"/console/customers/{case.customer}").split())
    for wanted in ("Perunggu", "Rp 1.200", "+12", "Dikoreksi", "Poin dikoreksi"):
        assert wanted in page


def test_a_customer_is_renamed_with_the_actor_on_record(
    asleep: Context, siti: Desk, case: Case
) -> None:
    data = {"name": "Budi Santoso", "language": "en", "kind": "workshop"}
    siti.send(f"/console/customers/{case.customer}", data)
    with asleep.unit_of_work() as session:
        found = customers.by_public_id(session, case.customer)
        assert (found.name, found.language, found.kind) == ("Budi Santoso", "en", "workshop")


def test_an_admin_adds_changes_and_closes_accounts(asleep: Context, admin: Desk) -> None:
    data = {"email": "Baru@toko.example", "name": "Baru", "role": "agent"}
    assert "terlalu mudah" in admin.send("/console/staff", {**data, "password": "12345678"})
    admin.send("/console/staff", {**data, "password": factories.PASSWORD})
    with asleep.unit_of_work() as session:
        made = staff.by_email(session, "baru@toko.example")
    admin.send(f"/console/staff/{made.id}", {"role": "manager"})
    admin.send(f"/console/staff/{made.id}", {"active": "0"})
    with asleep.unit_of_work() as session:
        now = staff.by_id(session, made.id)
        assert (now.role, now.active, now.session_epoch) == ("manager", False, 1)


def test_the_last_admin_cannot_lock_everybody_out(asleep: Context, admin: Desk) -> None:
    assert admin.person is not None
    assert "admin terakhir" in admin.send(f"/console/staff/{admin.person.id}", {"active": "0"})
    with asleep.unit_of_work() as session:
        assert staff.by_id(session, admin.person.id).active


def test_a_page_that_is_saved_is_what_the_shop_shows(
    asleep: Context, manager: Desk, case: Case
) -> None:
    data = {"title": "Cara Membeli", "body": "Tanya saja.\n\n<script>alert(1)</script>"}
    manager.send("/console/pages/how_to_buy/id", data)
    shown = manager.get("/info/how_to_buy").get_data(as_text=True)
    assert "Tanya saja." in shown
    assert "<script>alert" not in shown
    assert manager.post("/console/pages/made_up/id", data).status_code == 303
    with asleep.unit_of_work() as session:
        assert [page.slug for page in shop.pages(session)] == ["how_to_buy"]


def test_how_a_customer_is_addressed_is_shown_and_can_be_set(
    asleep: Context, siti: Desk, case: Case
) -> None:
    page = siti.text(f"/console/customers/{case.customer}")
    assert "Sapaan Kak ·" in " ".join(page.split())
    siti.send(f"/console/customers/{case.customer}", {"name": "Budi", "honorific": "Pak"})
    assert "Sapaan Pak ·" in " ".join(siti.text(f"/console/customers/{case.customer}").split())
    with asleep.unit_of_work() as session:
        found = customers.by_public_id(session, case.customer)
        assert (found.honorific, found.honorific_own) == ("Pak", True)
