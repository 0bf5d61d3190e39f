"""Parts, categories and deliveries: easy, typical, extreme and illegal values of their forms."""

from __future__ import annotations

import io
from typing import Any

import pytest
from flask import Flask

from channels.context import Context
from crm_core import catalogue, stock
from tests import selling
from tests.channels.desk import Desk, desk_of, member, words

PART = {"part_code": "06455-KVB-405", "name": "Kampas Rem Beat", "unit": "pcs", "active": "1"}
CATEGORY = {"slug": "rem", "name_id": "Rem", "name_en": "Brakes", "position": "1"}
GOODS = {"supplier": "AHM", "document": "SJ-1182", "lines": f"{selling.PADS} 5"}


@pytest.fixture
def manager(asleep: Context, flask_app: Flask) -> Desk:
    with asleep.unit_of_work() as session:
        selling.part(session)
    return desk_of(flask_app, member(asleep, "manager", "Rina"))


def state_of(here: Context) -> object:
    with here.unit_of_work() as session:
        parts = catalogue.listing(session, include_inactive=True).items
        seen = [(p.part_code, p.name, p.price_idr, p.length_mm, p.stock_available) for p in parts]
        shelves = [(c.slug, c.name_id) for c in catalogue.categories(session)]
        return seen, shelves, len(stock.receipts(session))


ACCEPTED: list[tuple[str, str, dict[str, str]]] = [
    ("easy", "/console/parts", PART),
    (
        "typical",
        "/console/parts",
        PART | {"price": "62.500", "weight_g": "300", "length_mm": "120", "warranty_days": "30"},
    ),
    (
        "extreme",
        "/console/parts",
        PART | {"name": "K" * 200, "length_mm": "5000", "width_mm": "1", "weight_g": "1000000"},
    ),
    ("easy", "/console/categories", CATEGORY),
    ("extreme", "/console/categories", CATEGORY | {"slug": "a" * 64, "position": "9999"}),
    ("easy", "/console/goods", GOODS),
    ("typical", "/console/goods", GOODS | {"lines": f"{selling.PADS}\t12\r\n{selling.PADS};3"}),
]
REFUSED: list[tuple[str, dict[str, str], str, str]] = [
    ("/console/parts", {"part_code": ""}, "part_code", "Wajib diisi"),
    ("/console/parts", {"part_code": "A!"}, "part_code", "tidak benar"),
    ("/console/parts", {"part_code": selling.PADS}, "part_code", "sudah ada"),
    ("/console/parts", {"name": "  "}, "name", "Wajib diisi"),
    ("/console/parts", {"name": "K" * 201}, "name", "Paling panjang 200"),
    ("/console/parts", {"price": "-5"}, "price", ""),
    ("/console/parts", {"price": "0"}, "price", ""),
    ("/console/parts", {"price": "murah"}, "price", "tidak terbaca"),
    ("/console/parts", {"length_mm": "5001"}, "length_mm", "tidak benar"),
    ("/console/parts", {"width_mm": "0"}, "width_mm", "tidak benar"),
    ("/console/parts", {"height_mm": "1,5"}, "height_mm", "angka bulat"),
    ("/console/parts", {"warranty_days": "-1"}, "warranty_days", "angka bulat"),
    ("/console/parts", {"category": "tidak-ada"}, "category", "tidak ada"),
    ("/console/categories", {"slug": "Rem Depan"}, "slug", "huruf kecil"),
    ("/console/categories", {"name_id": ""}, "name_id", "Wajib diisi"),
    ("/console/categories", {"position": "10000"}, "position", "9999"),
    ("/console/goods", {"supplier": ""}, "supplier", "Wajib diisi"),
    ("/console/goods", {"document": "S" * 81}, "document", "Paling panjang 80"),
    ("/console/goods", {"lines": ""}, "lines", "paling sedikit satu"),
    ("/console/goods", {"lines": "06455KVB405 sepuluh"}, "lines", "Baris 1"),
    ("/console/goods", {"lines": f"{selling.PADS} 0"}, "lines", "tidak benar"),
    ("/console/goods", {"lines": "TIDAKADA 1"}, "lines", "tidak ada"),
]
FULL: dict[str, dict[str, str]] = {
    "/console/parts": PART, "/console/categories": CATEGORY, "/console/goods": GOODS,
}  # fmt: skip


@pytest.mark.parametrize(("kind", "address", "data"), ACCEPTED)
def test_a_good_form_is_taken(
    asleep: Context, manager: Desk, kind: str, address: str, data: dict[str, str]
) -> None:
    before = state_of(asleep)
    answer = manager.post(address, data)
    assert answer.status_code == 303, (kind, words(answer))
    assert state_of(asleep) != before


@pytest.mark.parametrize(("address", "bad", "field", "told"), REFUSED)
def test_a_bad_form_says_beside_the_field_what_is_wrong_and_changes_nothing(
    asleep: Context, manager: Desk, address: str, bad: dict[str, str], field: str, told: str
) -> None:
    before = state_of(asleep)
    answer = manager.post(address, FULL[address] | bad)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    beside = page.partition(f'id="{field}-wrong" role="alert">')[2].partition("<")[0]
    assert beside
    assert told in beside
    assert state_of(asleep) == before


def test_a_part_is_changed_and_a_bad_measure_changes_nothing(
    asleep: Context, manager: Desk
) -> None:
    address = f"/console/parts/{selling.PADS}"
    data = {"name": "Kampas", "unit": "set", "length_mm": "90", "warranty_days": "14"}
    manager.send(address, data)
    answer = manager.post(address, data | {"name": "Lain", "length_mm": "9999"})
    assert answer.status_code == 422
    assert 'id="length_mm-wrong"' in answer.get_data(as_text=True)
    with asleep.unit_of_work() as session:
        part = catalogue.view_part(session, selling.PADS)
        seen = (part.name, part.unit, part.length_mm, part.warranty_days, part.active)
        assert seen == ("Kampas", "set", 90, 14, False)


def test_the_refusal_is_in_the_readers_language(manager: Desk) -> None:
    manager.post("/console/language", {"language": "en"})
    page = words(manager.post("/console/parts", PART | {"length_mm": "x"}))
    assert "Write a whole number" in page


def test_a_table_is_tried_before_it_is_kept_and_bad_rows_are_named(
    asleep: Context, manager: Desk
) -> None:
    table = (
        b"\ncode;name;price_idr;length_mm\n77777CCC777;Busi;20000;80\n;;;\n"
        b"88888DDD888;Aki;x;\n77777-CCC-777;Busi;1;\n99999EEE999;;5000;\n"
    )

    def sent(mode: str) -> str:
        data: dict[str, Any] = {"file": (io.BytesIO(table), "barang.csv"), "mode": mode}
        return words(manager.post("/console/parts/import", data))

    before = state_of(asleep)
    tried = sent("try")
    assert "Baru 1 · berubah 0 · sama 0 · ditolak 3" in tried
    assert "Baris 5 Harganya tidak terbaca. Tulis dalam rupiah penuh" in tried
    assert "Baris 6 Sudah ada di baris 3." in tried
    assert "Baris 7 Namanya kosong" in tried
    assert state_of(asleep) == before
    assert "Baru 1" in sent("keep")
    assert "Baru 0 · berubah 0 · sama 1" in sent("try")
    manager.post("/console/language", {"language": "en"})
    assert "Row 5 The price cannot be read." in sent("try")


def test_the_lists_own_file_comes_back_unchanged(asleep: Context, manager: Desk) -> None:
    with asleep.unit_of_work() as session:
        selling.part(session, "11111AAA111", name="=1+1 Busi", price=None, pieces=0)
    file = manager.get("/console/lists/parts.csv").get_data()
    data: dict[str, Any] = {"file": (io.BytesIO(file), "parts.csv"), "mode": "keep"}
    page = words(manager.post("/console/parts/import", data))
    assert "Baru 0 · berubah 0 · sama 2 · ditolak 0" in page


def test_a_category_in_use_stays_and_an_empty_one_goes(asleep: Context, manager: Desk) -> None:
    manager.send("/console/categories", CATEGORY)
    manager.send("/console/categories", CATEGORY | {"slug": "oli", "name_id": "Oli"})
    manager.send(
        f"/console/parts/{selling.PADS}", {"name": "Kampas", "category": "rem", "active": "1"}
    )
    assert "masih dipakai (1 " in manager.send("/console/categories/rem/retire")
    manager.send("/console/categories/oli/retire")
    with asleep.unit_of_work() as session:
        assert [one.slug for one in catalogue.categories(session)] == ["rem"]


def test_a_document_counts_once(asleep: Context, manager: Desk) -> None:
    manager.send("/console/goods", GOODS)
    manager.send("/console/goods", GOODS)
    answer = manager.post("/console/goods", GOODS | {"lines": f"{selling.PADS} 6"})
    assert answer.status_code == 422
    with asleep.unit_of_work() as session:
        assert stock.available(session, selling.PADS) == 15
