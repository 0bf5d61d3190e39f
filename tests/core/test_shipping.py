"""Rates taken in from a file, and parcels priced by them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from channels import parcels
from crm_core import shipping
from crm_core.errors import Conflict, InvalidInput, NotFound
from crm_core.money import Rupiah
from crm_core.shipping import District, ShippingRate
from tests import selling

ROW = {
    "province": "Kalimantan Barat", "regency": "Kabupaten Kubu Raya", "district": "Sungai Raya",
    "method": "driver", "first_kg_idr": "12000", "next_kg_idr": "3000",
    "days_min": "0", "days_max": "1",
}  # fmt: skip


def row(**changes: Any) -> dict[str, Any]:
    return ROW | changes


def test_a_rate_prices_begun_kilograms(session: Session) -> None:
    place = selling.district_id(session)
    quote = shipping.quote(session, place, 2_300)
    assert (quote.cost, quote.method) == (Rupiah(13_000), "driver")
    assert (quote.days_min, quote.days_max) == (0, 1)


def test_the_cheaper_of_two_ways_is_quoted_for_each_weight(session: Session) -> None:
    shipping.load_rates(
        session, [row(), row(method="courier", first_kg_idr="10000", next_kg_idr="9000")]
    )
    place = shipping.find_districts(session, "sungai raya")[0].id
    assert shipping.quote(session, place, 900).method == "courier"
    assert shipping.quote(session, place, 5_000).method == "driver"
    assert shipping.quote(session, place, 900, method="driver").cost == Rupiah(12_000)


def test_the_same_row_again_replaces_the_rate_and_makes_no_second_district(
    session: Session,
) -> None:
    shipping.load_rates(session, [row()])
    report = shipping.load_rates(session, [row(first_kg_idr="15000")])
    assert (report.loaded, report.rejected) == (1, ())
    assert session.scalars(sa.select(ShippingRate.first_kg_idr)).all() == [Rupiah(15_000)]
    assert session.scalars(sa.select(District.name)).all() == ["Sungai Raya"]


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"district": " "}, "district"),
        ({"province": None}, "province"),
        ({"method": "drone"}, "method"),
        ({"first_kg_idr": "9.000"}, "first_kg_idr"),
        ({"next_kg_idr": "-1"}, "next_kg_idr"),
        ({"days_min": "3", "days_max": "2"}, "days_max"),
        ({"days_max": ""}, "days_max"),
    ],
)
def test_a_bad_row_is_named_and_the_good_ones_are_kept(
    session: Session, change: dict[str, Any], column: str
) -> None:
    report = shipping.load_rates(session, [row(**change), row(district="Sungai Kakap")])
    assert (report.loaded, report.rejected) == (1, ((1, f"column_invalid: {column}"),))
    assert session.scalars(sa.select(District.name)).all() == ["Sungai Kakap"]


def test_a_district_without_a_rate_is_said_not_to_be_served(session: Session) -> None:
    place = selling.district_id(session)
    session.execute(sa.delete(ShippingRate))
    with pytest.raises(NotFound) as refused:
        shipping.quote(session, place, 1_000)
    assert selling.refusal(refused.value) == (
        "shipping_rate_not_found",
        {"district": "Pontianak Kota, Kota Pontianak, Kalimantan Barat"},
    )


def test_an_unknown_district_is_refused(session: Session) -> None:
    with pytest.raises(NotFound) as refused:
        shipping.quote(session, 999, 1_000)
    assert refused.value.code == "district_not_found"


def test_the_demo_rates_load_without_a_rejection_and_know_the_neighbourhood(
    session: Session,
) -> None:
    path = Path(__file__).parents[2] / "data" / "demo" / "shipping_rates.csv"
    with path.open(encoding="utf-8", newline="") as file:
        report = shipping.load_rates(session, csv.DictReader(file))
    assert report.rejected == ()
    assert report.loaded >= 200
    labels = [place.label for place in shipping.find_districts(session, "sei raya, kubu raya")]
    assert labels == ["Sungai Raya, Kabupaten Kubu Raya, Kalimantan Barat"]
    both = {place.regency for place in shipping.find_districts(session, "Sungai Raya")}
    assert both == {"Kabupaten Kubu Raya", "Kabupaten Bengkayang"}


def test_the_counter_is_free_everywhere_and_taken_only_when_asked_for(session: Session) -> None:
    place = selling.district_id(session)
    ways = shipping.options(session, place, 2_300)
    assert [(way.method, way.cost) for way in ways] == [("driver", 13_000), ("pickup", 0)]
    assert shipping.quote(session, place, 2_300).method == "driver"
    assert shipping.quote(session, None, 2_300, "pickup").cost == Rupiah(0)


def test_a_way_that_does_not_go_there_is_named(session: Session) -> None:
    place = selling.district_id(session)
    with pytest.raises(NotFound) as refused:
        shipping.quote(session, place, 900, "courier")
    assert selling.refusal(refused.value) == (
        "shipping_method_not_offered",
        {"method": "courier", "district": "Pontianak Kota, Kota Pontianak, Kalimantan Barat"},
    )


@pytest.mark.parametrize(
    ("weight_g", "volume_mm3", "counted", "cost"),
    [
        (300, 0, 300, 9_000),  # measures unknown
        (300, 400 * 300 * 150, 3_000, 13_000),  # 18 litres count as three kilograms
        (3_001, 400 * 300 * 150, 3_001, 15_000),  # heavier than its volume
        (300, 6_000_001, 1_001, 11_000),  # one cubic millimetre beyond a kilogram
    ],
)
def test_what_counts_is_the_weight_or_the_volume_whichever_is_more(
    session: Session, weight_g: int, volume_mm3: int, counted: int, cost: int
) -> None:
    place = selling.district_id(session)
    quote = shipping.quote(session, place, weight_g, None, volume_mm3)
    assert (quote.weight_g, quote.cost) == (counted, cost)


def test_a_dry_run_says_what_would_change_and_keeps_nothing(session: Session) -> None:
    shipping.load_rates(session, [row(), row(district="Sungai Kakap")])
    rows = [row(), row(district="Sungai Kakap", first_kg_idr="15000"), row(district="Rasau Jaya"),
            row(), row(method="drone")]  # fmt: skip
    report = shipping.load_rates(session, rows, dry_run=True)
    assert (report.added, report.changed, report.unchanged) == (1, 1, 1)
    assert report.new_districts == 1
    assert report.rejected == ((4, "duplicate_of_row_1"), (5, "column_invalid: method"))
    assert {int(rate.first_kg_idr) for rate in shipping.rates(session)} == {12_000}
    assert session.scalars(sa.select(District.name).order_by(District.name)).all() == [
        "Sungai Kakap", "Sungai Raya",
    ]  # fmt: skip


def test_exported_rates_come_back_unchanged_also_when_a_name_looks_like_a_formula(
    session: Session,
) -> None:
    shipping.load_rates(session, [row(courier="JNE"), row(district="=Kakap", method="courier")])
    table = parcels.rates_csv(shipping.rates(session))
    assert '"\'=Kakap"' in table
    back = parcels.read_rows(table.encode(), *shipping.COLUMNS)
    report = shipping.load_rates(session, back)
    assert (report.loaded, report.unchanged, report.rejected) == (2, 2, ())


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x00\x01", "file_unreadable"),
        (b"order_code\nP-1\n", "column_missing"),
        (b"", "column_missing"),
        (b"x" * 5_000_001, "file_too_large"),
    ],
)
def test_a_file_that_is_no_table_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parcels.read_rows(data, "order_code", "tracking_number")
    assert refused.value.code == code


def test_headings_of_people_are_understood() -> None:
    rows = parcels.read_rows("Kode Pesanan;No. Resi;Kurir\r\nP-1;JP9;JNE\r\n\r\n".encode("cp1252"))
    assert rows == [{"order_code": "P-1", "tracking_number": "JP9", "courier": "JNE"}]


def test_a_rate_is_edited_and_taken_out(session: Session) -> None:
    clerk = selling.CLERK
    made = shipping.save_rate(session, row(courier=" JNE  Reg "), actor=clerk)
    assert made.courier == "JNE Reg"
    again = shipping.save_rate(session, row(first_kg_idr="14000"), actor=clerk)
    assert (again.id, int(again.first_kg_idr), again.courier) == (made.id, 14_000, None)
    shipping.remove_rate(session, made.id, actor=clerk)
    assert shipping.rates(session) == []
    with pytest.raises(NotFound):
        shipping.remove_rate(session, made.id, actor=clerk)


def test_a_district_is_not_renamed_into_another(session: Session) -> None:
    shipping.load_rates(session, [row(), row(district="Sungai Kakap")])
    first = shipping.find_districts(session, "sungai kakap")[0]
    with pytest.raises(Conflict) as refused:
        shipping.rename_district(
            session, first.id, name="Sungai Raya", regency=first.regency,
            province=first.province, actor=selling.CLERK,
        )  # fmt: skip
    assert refused.value.code == "district_exists"
    assert shipping.district(session, first.id).name == "Sungai Kakap"


def test_a_quarter_or_former_name_means_its_districts_and_a_question_where_it_is_shared(
    session: Session,
) -> None:
    path = Path(__file__).parents[2] / "data" / "demo" / "shipping_rates.csv"
    with path.open(encoding="utf-8", newline="") as lines:
        shipping.load_rates(session, csv.DictReader(lines))

    def found(text: str) -> set[str]:
        return {place.name for place in shipping.find_districts(session, text)}

    assert found("jeruju") == {"Pontianak Barat"}
    assert found("jl khatulistiwa gg teluk betung, batu layang") == {"Pontianak Utara"}
    assert found("siantan") == {"Pontianak Utara", "Jongkat"}
    assert found("siantan mempawah") == {"Jongkat"}
    assert found("jl sungai jawi no 5, pontianak timur") == {"Pontianak Timur"}
    assert found("sungai raya") == {"Sungai Raya"}


def test_other_names_are_replaced_by_a_file_that_has_some_and_kept_by_one_without(
    session: Session,
) -> None:
    shipping.load_rates(session, [row(also="Arang Limbung; Kuala Dua;")])
    assert shipping.load_rates(session, [row()]).unchanged == 1
    assert shipping.find_districts(session, "kuala dua")[0].also == ("Arang Limbung", "Kuala Dua")
    assert shipping.load_rates(session, [row(also="Desa Kapur")]).changed == 1
    assert shipping.find_districts(session, "kuala dua") == []
    refused = shipping.load_rates(session, [row(also="x" * 61)]).rejected
    assert refused == ((1, "column_invalid: also"),)
