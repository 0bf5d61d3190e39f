"""Rates taken in from a file, and parcels priced by them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from crm_core import shipping
from crm_core.errors import NotFound
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
