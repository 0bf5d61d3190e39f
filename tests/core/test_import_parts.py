"""Price lists: good rows in, bad rows named, nothing written twice."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import catalogue, stock
from crm_core.catalogue import ImportReport
from crm_core.catalogue.models import Category, Fitment, Part
from crm_core.money import Rupiah
from crm_core.stock import StockMovement
from crm_core.timeline import Actor, entries

CLERK = Actor("staff", 7, "Gudang")
ROW = {"part_code": "06455-ZZA-001", "name": "Kampas Rem Depan Honda Beat FI", "price_idr": "50000"}


def load(session: Session, *rows: dict[str, Any]) -> ImportReport:
    return catalogue.upsert_parts(session, rows, actor=CLERK)


def counts(report: ImportReport) -> tuple[int, int, int, int]:
    return report.inserted, report.updated, report.unchanged, len(report.rejected)


def test_a_new_part_is_inserted_with_its_code_plain(session: Session) -> None:
    assert counts(load(session, ROW)) == (1, 0, 0, 0)
    part = catalogue.find_part(session, "06455 zza 001")
    assert (part.part_code, part.price_idr) == ("06455ZZA001", Rupiah(50_000))
    assert part.name == "Kampas Rem Depan Honda Beat FI"


def test_the_same_list_again_changes_nothing(session: Session) -> None:
    load(session, ROW | {"stock": "5", "category": "Rem", "weight_g": "200"})
    before = len(entries(session, subject="catalogue"))
    again = load(session, ROW | {"stock": "5", "category": "Rem", "weight_g": "200"})
    assert counts(again) == (0, 0, 1, 0)
    assert len(entries(session, subject="catalogue")) == before
    assert session.scalar(sa.select(sa.func.count(StockMovement.id))) == 1


def test_a_changed_price_is_updated_and_other_columns_stay(session: Session) -> None:
    load(session, ROW | {"stock": "5", "description": "Isi sepasang"})
    report = load(session, {"sku": "06455zza001", "price": 55000})
    assert counts(report) == (0, 1, 0, 0)
    part = catalogue.find_part(session, "06455ZZA001")
    assert (part.price_idr, part.stock_available) == (Rupiah(55_000), 5)
    assert part.description == "Isi sepasang"


@pytest.mark.parametrize("price", ["0", "", "-", None, 0, "0.00"])
def test_a_price_of_nothing_means_on_request(session: Session, price: object) -> None:
    load(session, ROW | {"price_idr": price})
    assert catalogue.find_part(session, "06455ZZA001").price_idr is None


@pytest.mark.parametrize("price", ["0", "", None])
def test_a_list_without_prices_leaves_a_known_price_alone(session: Session, price: object) -> None:
    load(session, ROW)
    report = load(session, ROW | {"price_idr": price})
    assert (report.updated, report.unchanged) == (0, 1)
    assert catalogue.find_part(session, "06455ZZA001").price_idr == Rupiah(50_000)


@pytest.mark.parametrize("price", ["50.000", "Rp 50.000", "50rb", 50000, "50000.0"])
def test_prices_are_read_as_they_are_written_in_lists(session: Session, price: object) -> None:
    load(session, ROW | {"price_idr": price})
    assert catalogue.find_part(session, "06455ZZA001").price_idr == Rupiah(50_000)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"part_code": ""}, "part_code_missing"),
        ({"part_code": "--"}, "part_code_missing"),
        ({"part_code": "A1"}, "part_code_invalid"),
        ({"part_code": "9" * 33}, "part_code_invalid"),
        ({"name": "  "}, "name_missing"),
        ({"price_idr": "mahal"}, "price_unreadable"),
        ({"price_idr": "-5000"}, "price_unreadable"),
        ({"price_idr": "10,5"}, "price_unreadable"),
        ({"stock": "-1"}, "stock_unreadable"),
        ({"stock": "3.5"}, "stock_unreadable"),
        ({"stock": "99999999999"}, "stock_unreadable"),
        ({"weight_g": "berat"}, "weight_unreadable"),
        ({"original": "mungkin"}, "original_unreadable"),
    ],
)
def test_a_bad_row_is_named_with_its_reason_and_stops_no_good_one(
    session: Session, change: dict[str, str], reason: str
) -> None:
    good = ROW | {"part_code": "06455ZZB001"}
    report = load(session, ROW | change, good)
    assert (report.inserted, report.rejected) == (1, [(1, reason)])
    assert session.scalars(sa.select(Part.part_code)).all() == ["06455ZZB001"]


def test_the_first_of_two_rows_of_one_code_wins_and_the_second_is_reported(
    session: Session,
) -> None:
    report = load(session, ROW, ROW | {"part_code": "06455ZZA001", "name": "Lain"})
    assert report.rejected == [(2, "duplicate_of_row_1")]
    assert catalogue.find_part(session, "06455ZZA001").name == ROW["name"]


def test_html_entities_and_odd_spaces_are_resolved(session: Session) -> None:
    load(session, ROW | {"name": "  Gasket &#8211; Beat&nbsp;&amp;\tVario\x00 "})
    assert catalogue.find_part(session, "06455ZZA001").name == "Gasket – Beat & Vario"


def test_stock_is_set_with_a_movement_for_the_difference(session: Session) -> None:
    load(session, ROW | {"stock": "5"})
    load(session, ROW | {"stock": "3"})
    moved = session.scalars(sa.select(StockMovement.quantity).order_by(StockMovement.id)).all()
    assert moved == [5, -2]
    assert stock.available(session, "06455ZZA001") == 3


def test_stock_below_what_orders_hold_is_refused(session: Session) -> None:
    load(session, ROW | {"stock": "5"})
    part = catalogue.find_part(session, "06455ZZA001")
    stock.reserve(session, 1, [(part.id, 4)], CLERK)
    report = load(session, ROW | {"stock": "3", "price_idr": "1"})
    assert report.rejected == [(1, "stock_below_reserved")]
    assert stock.available(session, "06455ZZA001") == 1
    assert catalogue.find_part(session, "06455ZZA001").price_idr == Rupiah(50_000)


def test_a_category_is_found_by_name_or_slug_and_made_when_new(session: Session) -> None:
    catalogue.save_category(
        session, slug="rem", name_id="Rem", name_en="Brakes", position=1, actor=CLERK
    )
    load(session, ROW | {"category": "REM"}, ROW | {"part_code": "111ZZZ", "category": "Oli Mesin"})
    slugs = session.scalars(sa.select(Category.slug).order_by(Category.position)).all()
    assert slugs == ["rem", "oli-mesin"]
    assert catalogue.find_part(session, "06455ZZA001").category == "rem"


def test_models_in_the_name_become_fitments_that_say_so(session: Session) -> None:
    load(session, ROW | {"name": "Busi Honda Beat FI, Scoopy K2F & Spacy"})
    rows = session.execute(sa.select(Fitment.model, Fitment.generation, Fitment.source))
    assert sorted(map(tuple, rows), key=str) == [
        ("Beat", "FI", "name"),
        ("Scoopy", "K2F", "name"),
        ("Spacy", None, "name"),
    ]


def test_stated_models_replace_those_of_the_name(session: Session) -> None:
    load(session, ROW)
    load(session, ROW | {"models": "Vario 125 (2018-2022); Beat Karbu"})
    rows = session.execute(
        sa.select(Fitment.model, Fitment.generation, Fitment.year_from, Fitment.source)
    )
    assert sorted(map(tuple, rows), key=str) == [
        ("Beat", "Karbu", None, "import"),
        ("Vario 125", None, 2018, "import"),
    ]


def test_a_new_name_reads_its_models_again_but_leaves_stated_ones(session: Session) -> None:
    load(session, ROW, ROW | {"part_code": "111ZZZ", "models": ["Genio"]})
    new = {"name": "Kampas Rem Honda Vario 160"}
    load(session, ROW | new, ROW | {"part_code": "111ZZZ"} | new)
    models = {f.model for f in catalogue.find_part(session, "06455ZZA001").fitments}
    assert models == {"Vario 160"}
    assert {f.model for f in catalogue.find_part(session, "111ZZZ").fitments} == {"Genio"}


def test_rows_are_numbered_across_the_calls_of_one_file(session: Session) -> None:
    seen: dict[str, int] = {}
    catalogue.upsert_parts(session, [ROW], actor=CLERK, first_row=1, seen=seen)
    report = catalogue.upsert_parts(session, [ROW], actor=CLERK, first_row=2, seen=seen)
    assert report.rejected == [(2, "duplicate_of_row_1")]
