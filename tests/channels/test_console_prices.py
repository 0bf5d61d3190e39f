"""Promotions, class prices, margins, bargains in the console: four kinds of values, and roles."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from channels.context import Context
from crm_core import customers, pricing
from crm_core.clock import ZONE
from crm_core.pricing import Promotion
from crm_core.timeline import Actor
from tests import factories, selling
from tests.channels.desk import Desk, desk_of, member


@pytest.fixture
def rina(asleep: Context, flask_app: Flask) -> Desk:
    return desk_of(flask_app, member(asleep, "manager", "Rina"))


@pytest.fixture
def siti(asleep: Context, flask_app: Flask) -> Desk:
    return desk_of(flask_app, member(asleep, "agent", "Siti"))


EASY = {
    "name_id": "Promo Kemerdekaan", "kind": "percent", "value": "10", "listed": "1",
    "starts_at": "2026-08-01T08:00", "ends_at": "2026-08-31T23:59",
}  # fmt: skip
TYPICAL = EASY | {
    "name_en": "Workshop week", "code": "bengkel25", "kind": "amount", "value": "25rb",
    "min_items_idr": "Rp 250.000", "price_class": "workshop", "part_code": selling.PADS,
    "limit_total": "1.000", "limit_per_customer": "2", "listed": "",
}  # fmt: skip
EXTREME = EASY | {
    "name_id": "N" * 80, "name_en": "E" * 80, "code": "A" * 20, "kind": "amount",
    "value": "1000000000000", "max_discount_idr": "1", "min_items_idr": "1000000000000",
    "limit_total": "1000000", "limit_per_customer": "1000000",
    "starts_at": "2000-01-01T00:00", "ends_at": "2100-12-31T23:59",
}  # fmt: skip


def promotions(here: Context) -> list[Promotion]:
    with here.unit_of_work() as session:
        return list(session.scalars(sa.select(Promotion).order_by(Promotion.id)))


def beside(page: str, field: str) -> str:
    """What stands beside a field of a page's source."""
    _, found, after = page.partition(f'id="{field}-wrong" role="alert">')
    return after.partition("</div>")[0] if found else ""


@pytest.mark.parametrize(
    ("form", "kept"),
    [
        (EASY, {"code": None, "kind": "percent", "value": 10, "scope": "all", "listed": True,
                "name_en": "Promo Kemerdekaan", "limit_total": None, "min_items_idr": 0,
                "starts_at": datetime(2026, 8, 1, 8, tzinfo=ZONE)}),
        (TYPICAL, {"code": "BENGKEL25", "kind": "amount", "value": 25_000, "scope": "part",
                   "min_items_idr": 250_000, "price_class": "workshop", "limit_total": 1_000,
                   "limit_per_customer": 2, "listed": False, "name_en": "Workshop week"}),
        (EXTREME, {"name_id": "N" * 80, "code": "A" * 20, "value": 10**12, "max_discount_idr": 1,
                   "min_items_idr": 10**12, "limit_total": 10**6,
                   "ends_at": datetime(2100, 12, 31, 23, 59, tzinfo=ZONE)}),
    ],
    ids=["easy", "typical", "extreme"],
)  # fmt: skip
def test_a_promotion_is_kept_as_it_was_filled_in(
    asleep: Context, rina: Desk, form: dict[str, str], kept: dict[str, Any]
) -> None:
    with asleep.unit_of_work() as session:
        selling.part(session)
    assert "Sudah disimpan" in rina.send("/console/promotions", form)
    (made,) = promotions(asleep)
    assert {name: getattr(made, name) for name in kept} == kept
    again = rina.get(f"/console/promotions/{made.id}").get_data(as_text=True)
    assert f'value="{made.name_id}"' in again


ILLEGAL = [
    ("name_id", {"name_id": " "}, "Wajib diisi."),
    ("name_id", {"name_id": "N" * 81}, "Paling panjang 80 huruf."),
    ("name_id", {"name_id": "Promo\0"}, "Ada tanda yang tidak terlihat. Ketik ulang."),
    ("code", {"code": "AB"}, "3 sampai 20 huruf A–Z atau angka, tanpa spasi."),
    ("code", {"code": "HEMAT 10"}, "3 sampai 20 huruf A–Z atau angka, tanpa spasi."),
    ("kind", {"kind": "gratis"}, "Pilih salah satu dari daftar."),
    ("value", {"value": ""}, "Wajib diisi."),
    ("value", {"value": "0"}, "Persen: 1 sampai 100. Rupiah: lebih dari 0."),
    ("value", {"value": "101"}, "Persen: 1 sampai 100. Rupiah: lebih dari 0."),
    ("value", {"value": "10,5"}, "Tulis angka bulat, misalnya 10."),
    ("value", {"value": "9" * 40}, "Tulis angka bulat, misalnya 10."),
    ("value", {"kind": "amount", "value": "-5000"}, "Jumlahnya tidak terbaca."),
    ("max_discount_idr", {"max_discount_idr": "0"}, "Lebih dari 0, atau kosongkan."),
    ("min_items_idr", {"min_items_idr": "1000000000001"}, "Jumlahnya terlalu besar."),
    ("category", {"category": "tidak-ada"}, "Kategori itu tidak ada."),
    ("part_code", {"part_code": "99999-X"}, "Suku cadang 99999X tidak ada."),
    ("price_class", {"price_class": "keluarga"}, "Pilih salah satu dari daftar."),
    ("starts_at", {"starts_at": "kemarin"}, "Pilih tanggal dan jam"),
    ("starts_at", {"starts_at": "0001-01-01T00:00"}, "Pilih tanggal dan jam"),
    ("ends_at", {"ends_at": EASY["starts_at"]}, "Harus sesudah mulai."),
    ("limit_total", {"limit_total": "0"}, "1 sampai 1.000.000, atau kosongkan."),
    ("limit_per_customer", {"limit_per_customer": "1000001"}, "1 sampai 1.000.000"),
]


def test_an_illegal_promotion_changes_nothing_and_is_told_beside_its_field(
    asleep: Context, rina: Desk
) -> None:
    rina.send("/console/promotions", EASY | {"code": "LAMA"})
    before = [(one.name_id, one.code, one.value, one.updated_at) for one in promotions(asleep)]
    cases = [*ILLEGAL, ("code", {"code": "lama"}, "Kode LAMA sudah dipakai promo lain.")]
    for field, typed, text in cases:
        answer = rina.post("/console/promotions", EASY | typed)
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422, typed
        assert beside(page, field).startswith(text), (typed, beside(page, field))
        assert EASY["ends_at"] in page or field == "ends_at"
    after = [(one.name_id, one.code, one.value, one.updated_at) for one in promotions(asleep)]
    assert after == before


def test_a_refusal_is_told_in_the_readers_language(rina: Desk) -> None:
    rina.post("/console/language", {"language": "en"})
    page = rina.post("/console/promotions", EASY | {"value": "101"}).get_data(as_text=True)
    assert beside(page, "value") == "Percent: 1 to 100. Rupiah: more than 0."


def test_a_promotion_is_changed_ended_and_started_again(asleep: Context, rina: Desk) -> None:
    rina.send("/console/promotions", EASY)
    (made,) = promotions(asleep)
    address = f"/console/promotions/{made.id}"
    refused = rina.post(address, EASY | {"value": "0"})
    assert (refused.status_code, promotions(asleep)[0].value) == (422, 10)
    rina.send(address, EASY | {"value": "15"})
    assert "Promo diakhiri" in rina.send(f"{address}/end")
    assert [(one.value, one.active) for one in promotions(asleep)] == [(15, False)]
    rina.send(address, EASY | {"value": "15"})
    assert [(one.value, one.active) for one in promotions(asleep)] == [(15, True)]


def test_promotions_are_listed_by_state_and_found_by_code(asleep: Context, rina: Desk) -> None:
    rina.send("/console/promotions", EASY | {"name_id": "Lewat", "code": "LEWAT",
              "starts_at": "2020-01-01T00:00", "ends_at": "2020-02-01T00:00"})  # fmt: skip
    rina.send("/console/promotions", EASY | {"name_id": "Kini", "code": "KINI",
              "starts_at": "2020-01-01T00:00", "ends_at": "2090-02-01T00:00"})  # fmt: skip
    rina.send("/console/promotions", EASY | {"name_id": "Nanti", "code": "NANTI",
              "starts_at": "2089-01-01T00:00", "ends_at": "2090-02-01T00:00"})  # fmt: skip
    shown = {
        tab: [code for code in ("LEWAT", "KINI", "NANTI")
              if code in rina.text(f"/console/promotions?tab={tab}")]
        for tab in ("running", "planned", "over", "all")
    }  # fmt: skip
    assert shown == {"running": ["KINI"], "planned": ["NANTI"], "over": ["LEWAT"],
                     "all": ["LEWAT", "KINI", "NANTI"]}  # fmt: skip
    found = rina.text("/console/promotions?tab=all&q=nant")
    assert "NANTI" in found
    assert "KINI" not in found


def test_an_agent_reads_promotions_and_makes_none(asleep: Context, rina: Desk, siti: Desk) -> None:
    rina.send("/console/promotions", EASY)
    (made,) = promotions(asleep)
    page = siti.get(f"/console/promotions/{made.id}").get_data(as_text=True)
    assert '<fieldset class="stackform" disabled>' in page
    assert siti.post("/console/promotions", EASY).status_code == 403
    assert siti.post(f"/console/promotions/{made.id}/end").status_code == 403
    assert [one.active for one in promotions(asleep)] == [True]


def tiers_form(*rows: tuple[str, str, str]) -> dict[str, list[str]]:
    columns = list(zip(*rows, strict=True)) or [(), (), ()]
    names = ("price_class", "min_quantity", "price_idr")
    return {name: list(column) for name, column in zip(names, columns, strict=True)}


def tiers(here: Context) -> list[tuple[str, int, int]]:
    with here.unit_of_work() as session:
        found = pricing.tiers(session, selling.PADS)
        return [(one.price_class, one.min_quantity, int(one.price_idr)) for one in found]


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        ([("workshop", "1", "45000")], [("workshop", 1, 45_000)]),
        (
            [("workshop", "1", "Rp 45.000"), ("walk_in", "12", "47rb"), ("walk_in", "", "")],
            [("walk_in", 12, 47_000), ("workshop", 1, 45_000)],
        ),
        (
            [("reseller", "10.000", "1"), ("walk_in", "2", "50000")],
            [("reseller", 10_000, 1), ("walk_in", 2, 50_000)],
        ),
    ],
    ids=["easy", "typical", "extreme"],
)
def test_class_prices_are_kept_as_filled_in_and_an_emptied_row_goes(
    asleep: Context, rina: Desk, rows: list[tuple[str, str, str]], kept: list[Any]
) -> None:
    with asleep.unit_of_work() as session:
        selling.part(session)
    address = f"/console/parts/{selling.PADS}/prices"
    assert "Sudah disimpan" in rina.send(address, tiers_form(*rows))
    assert tiers(asleep) == kept
    rina.send(address, tiers_form(("walk_in", "", "")))
    assert tiers(asleep) == []


ILLEGAL_TIERS = [
    ("price_class_1", ("keluarga", "2", "45000"), "Pilih salah satu dari daftar."),
    ("min_quantity_1", ("walk_in", "1", "45000"), "1 sampai 10.000; untuk Umum mulai dari 2."),
    ("min_quantity_1", ("workshop", "0", "45000"), "1 sampai 10.000; untuk Umum mulai dari 2."),
    ("min_quantity_1", ("workshop", "10001", "45000"), "1 sampai 10.000"),
    ("min_quantity_1", ("workshop", "dua", "45000"), "Tulis angka bulat, misalnya 10."),
    ("min_quantity_1", ("workshop", "", "45000"), "Wajib diisi."),
    ("price_idr_1", ("workshop", "2", ""), "Wajib diisi."),
    ("price_idr_1", ("workshop", "2", "0"), "Lebih dari 0 dan tidak di atas harga biasa."),
    ("price_idr_1", ("workshop", "2", "50001"), "Lebih dari 0 dan tidak di atas harga biasa."),
    ("price_idr_1", ("workshop", "2", "-1"), "Jumlahnya tidak terbaca."),
]


def test_an_illegal_class_price_changes_nothing_and_is_told_beside_its_field(
    asleep: Context, rina: Desk
) -> None:
    with asleep.unit_of_work() as session:
        selling.part(session)
    address = f"/console/parts/{selling.PADS}/prices"
    rina.send(address, tiers_form(("workshop", "1", "45000")))
    for field, row, text in ILLEGAL_TIERS:
        answer = rina.post(address, tiers_form(row))
        assert answer.status_code == 422, row
        assert beside(answer.get_data(as_text=True), field).startswith(text), row
    twice = rina.post(address, tiers_form(("workshop", "2", "4rb"), ("workshop", "2", "5rb")))
    assert beside(twice.get_data(as_text=True), "min_quantity_2").startswith("Kelas dan jumlah")
    assert tiers(asleep) == [("workshop", 1, 45_000)]


def margins(here: Context) -> list[tuple[str | None, str | None, int, bool]]:
    with here.unit_of_work() as session:
        return [
            (one.category, one.price_class, one.max_percent, one.active)
            for one in pricing.margin_rules(session)
        ]


def test_a_margin_is_set_replaced_and_refused_beside_its_field(asleep: Context, rina: Desk) -> None:
    rina.send("/console/margins", {"max_percent": "5", "active": "1"})
    rina.send("/console/margins", {"max_percent": "50", "price_class": "reseller", "active": "1"})
    rina.send("/console/margins", {"max_percent": "0"})
    kept = [(None, None, 0, False), (None, "reseller", 50, True)]
    assert sorted(margins(asleep), key=str) == sorted(kept, key=str)
    for field, typed, text in (
        ("max_percent", {"max_percent": "51"}, "0 sampai 50 persen."),
        ("max_percent", {"max_percent": "-1"}, "Tulis angka bulat, misalnya 10."),
        ("max_percent", {"max_percent": ""}, "Wajib diisi."),
        ("price_class", {"max_percent": "5", "price_class": "x"}, "Pilih salah satu"),
        ("category", {"max_percent": "5", "category": "x"}, "Kategori itu tidak ada."),
    ):
        answer = rina.post("/console/margins", typed)
        assert answer.status_code == 422, typed
        assert beside(answer.get_data(as_text=True), field).startswith(text), typed
    assert sorted(margins(asleep), key=str) == sorted(kept, key=str)


def asked(here: Context, price: int = 40_000) -> tuple[str, int]:
    """A customer asks for a price that a person has to decide: the talk and the bargain."""
    with here.unit_of_work() as session:
        selling.part(session)
        talk = factories.conversation(session)
        made = pricing.bargain(session, talk.customer, selling.PADS, 2, price)
        assert made.state == "asked"
        return talk.public_id, made.id


def standing(here: Context, bargain_id: int) -> tuple[str, int | None]:
    with here.unit_of_work() as session:
        found = pricing.bargain_of(session, bargain_id)
        return found.state, found.offered_idr


def test_a_bargain_is_answered_beside_the_conversation_that_it_came_from(
    asleep: Context, rina: Desk
) -> None:
    talk, bargain = asked(asleep)
    page = rina.text(f"/console/conversations/{talk}")
    assert "Menawar harga 2 × Kampas Rem Depan" in page
    form = {"talk": talk, "offered_idr": "40000", "answer": "offer"}
    answer = rina.post(f"/console/bargains/{bargain}", form)
    assert answer.headers["Location"] == f"/console/conversations/{talk}"
    assert standing(asleep, bargain) == ("offered", 40_000)
    assert "Rp 40.000" in rina.text(f"/console/conversations/{talk}")
    twice = rina.send(f"/console/bargains/{bargain}", form)
    assert "Tidak bisa dari" in twice
    assert standing(asleep, bargain) == ("offered", 40_000)


def test_whoever_answers_a_bargain_sees_the_lowest_price_and_who_asks(
    asleep: Context, rina: Desk, siti: Desk
) -> None:
    with asleep.unit_of_work() as session:
        selling.part(session, pieces=30)
        selling.account(session)
        budi = factories.conversation(session).customer
        customers.set_price_class(session, budi, "workshop", actor=Actor.system("test"))
        order, payment = selling.placed(session, budi, [(selling.PADS, 3)])
        rina_row = factories.member(session, "manager", "Tono")
        selling.pay(session, payment, Actor.of_staff(rina_row))
        first = pricing.bargain(session, budi, selling.PADS, 1, 41_000)
        pricing.decide_bargain(session, first.id, by=rina_row, offered_idr=None)
        asked_now = pricing.bargain(session, budi, selling.PADS, 2, 40_000)
        paid = f"{int(order.total_idr):,}".replace(",", ".")
    address = f"/console/bargains/{asked_now.id}"
    page = siti.text(address).replace("\N{NO-BREAK SPACE}", " ")
    assert "Paling rendah menurut aturan Rp 50.000 di bawah batas, hanya manajer" in page
    assert "Belum ada batas nego" in page
    rina.send("/console/margins", {"max_percent": "20", "price_class": "workshop", "active": "1"})
    page = siti.text(address).replace("\N{NO-BREAK SPACE}", " ")
    assert "Paling rendah menurut aturan Rp 40.000 masih dalam batas" in page
    assert "Boleh turun 20%" in page
    assert "Kelas harga Bengkel" in page
    assert f"1 pesanan, 3 barang · Rp {paid}" in page
    assert "Stok tersedia 27" in page
    assert "Rp 50.000 → Rp 41.000" in page


def test_an_agent_stays_within_the_margin_and_may_refuse(
    asleep: Context, rina: Desk, siti: Desk
) -> None:
    _, bargain = asked(asleep)
    rina.send("/console/margins", {"max_percent": "10", "active": "1"})
    for typed, text in (
        ("40rb", "Paling rendah Rp 45.000. Lebih murah dari itu hanya manajer."),
        ("50001", "Lebih dari 0 dan tidak di atas harga."),
        ("0", "Lebih dari 0 dan tidak di atas harga."),
        ("", "Wajib diisi."),
        ("murah", "Jumlahnya tidak terbaca."),
    ):
        answer = siti.post(f"/console/bargains/{bargain}", {"offered_idr": typed})
        assert answer.status_code == 422, typed
        page = answer.get_data(as_text=True).replace("\N{NO-BREAK SPACE}", " ")
        assert beside(page, "offered_idr").startswith(text), (typed, beside(page, "offered_idr"))
    assert standing(asleep, bargain) == ("asked", None)
    assert "Perlu dijawab" in siti.text("/console/bargains")
    siti.send(f"/console/bargains/{bargain}", {"answer": "refuse"})
    assert standing(asleep, bargain) == ("refused", None)


def test_a_manager_sets_the_price_class_of_a_customer_and_an_agent_does_not(
    asleep: Context, rina: Desk, siti: Desk
) -> None:
    with asleep.unit_of_work() as session:
        customer = factories.conversation(session).customer.public_id
    address = f"/console/customers/{customer}/price-class"
    assert siti.post(address, {"price_class": "reseller"}).status_code == 403
    assert "Kelas harga Umum" in siti.text(f"/console/customers/{customer}")
    page = rina.send(address, {"price_class": "workshop"})
    assert "Kelas harga Bengkel" in page
    assert "Kelas harga diubah" in page
    rina.post(address, {"price_class": "keluarga"})
    page = rina.text(f"/console/customers/{customer}")
    assert "Kelas harga itu tidak ada." in page
    assert "Kelas harga Bengkel" in page
